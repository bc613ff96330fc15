"""What lives in tile memory while the network runs, and what lives at the peak: polars and matplotlib.

python liveness.py DIR [liveness.svg]
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import polars as pl

CATEGORIES = {"parameters": "#332288", "activations": "#44AA99", "temporaries": "#DDCC77", "code": "#CC6677"}


def liveness(folder: Path) -> pl.DataFrame:
    """Live bytes by category over time, for every step of every run."""
    return pl.read_parquet(folder / "steps.parquet").select(
        "run",
        "step",
        "start_cycles",
        "fullest_tile_bytes",
        *(f"live_{category}_bytes" for category in CATEGORIES),
    )


def residents(folder: Path, run: str, count: int = 10) -> pl.DataFrame:
    """The variables that take the most of the fullest tile at its fullest step."""
    return (
        pl.scan_parquet(folder / "memory.parquet")
        .filter((pl.col("run") == run) & pl.col("lives_at_peak") & (pl.col("peak_tile_bytes") > 0))
        .sort("peak_tile_bytes", "variable", descending=[True, False])
        .head(count)
        .select("variable", "category", "layer", "peak_tile_bytes")
        .collect()
    )


def plot(folder: Path, path: Path) -> None:
    table = liveness(folder)
    names = table["run"].unique(maintain_order=True).to_list()
    figure, all_axes = plt.subplots(len(names), figsize=(9, 2.6 * len(names)), squeeze=False)
    for axes, name in zip(all_axes.flat, names):
        run = table.filter(pl.col("run") == name)
        areas = [run[f"live_{category}_bytes"] / 2**20 for category in CATEGORIES]
        axes.stackplot(run["start_cycles"], *areas, step="post", labels=CATEGORIES, colors=CATEGORIES.values())
        axes.set(title=name, xlabel="cycles", ylabel="MiB on all tiles")
    all_axes[0, 0].legend(loc="upper right")
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    plot(folder, Path(sys.argv[2] if len(sys.argv) > 2 else "liveness.svg"))
    for run in liveness(folder)["run"].unique(maintain_order=True):
        print(run, residents(folder, run), sep="\n")
