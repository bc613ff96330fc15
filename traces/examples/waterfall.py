"""Where the cycles of one image go, run beside run: pandas and matplotlib.

python waterfall.py DIR [waterfall.svg]
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import pyarrow.parquet as pq

# Paul Tol's "muted" palette and two greys: told apart by colour-blind readers and in print.
COLOURS = ["#332288", "#88CCEE", "#44AA99", "#DDCC77", "#CC6677", "#AA4499", "#117733", "#999933", "#882255", "#BBBBBB", "#777777"]


def runs(folder: Path) -> dict:
    """The input of every run, which the metadata of every table hold."""
    return json.loads(pq.read_metadata(folder / "layers.parquet").metadata[b"tilesim.runs"])


def cycles_by_cause(folder: Path) -> pd.DataFrame:
    """Cycles of one image: a row for each run, a column for each cause."""
    layers = pd.read_parquet(folder / "layers.parquet")
    causes = [name for name in layers.columns if name.endswith("_cycles")]
    batches = pd.Series({name: run["run"]["batch"] for name, run in runs(folder).items()})
    sums = layers.groupby("run", sort=False)[causes].sum()
    return sums.div(batches[sums.index], axis=0).rename(columns=lambda name: name.removesuffix("_cycles"))


def plot(folder: Path, path: Path) -> None:
    causes = cycles_by_cause(folder)
    causes = causes.loc[:, causes.sum() > 0]
    axes = causes.plot.barh(stacked=True, color=COLOURS, figsize=(9, 1.2 + 0.7 * len(causes)), edgecolor="white")
    axes.invert_yaxis()
    axes.set(xlabel="cycles of one image", ylabel="")
    axes.legend(ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.25 - 0.1 / len(causes)), frameon=False)
    axes.figure.savefig(path, bbox_inches="tight")
    plt.close(axes.figure)


if __name__ == "__main__":
    plot(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "waterfall.svg"))
