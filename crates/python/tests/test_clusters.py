"""Sweeps over the workers of others: the templates of docs/clusters run, and what is killed costs no rows."""

from __future__ import annotations

import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
import tilesim

HERE = Path(__file__).parent
TEMPLATES = HERE.parents[2] / "docs" / "clusters"

# 2,000 points of few programs; those at an impossible rate have no result.
LARGE: dict[str, Any] = {
    "schema": "tilesim-study/1",
    "name": "many",
    "description": "Tiles, exchange and memory of a small chip",
    "fixed": {"machine": "mk2", "model": "mobilenet-v1", "resolution": 32},
    "axes": [
        {"key": "machine.tiles", "values": [16, 32, 48, 64]},
        {"key": "machine.exchange_bytes_per_cycle", "values": [4, 8, 16, 32, 0]},
        {"key": "machine.tile_memory_bytes", "range": {"from": 50_000, "to": 743_000, "step": 7_000}},
    ],
    "metrics": ["time.cycles", "memory.peak_bytes", "fits"],
    "objectives": [{"metric": "time.cycles", "goal": "minimise"}],
}
SMALL: dict[str, Any] = {
    **LARGE,
    "name": "few",
    "axes": [*LARGE["axes"][:2], {"key": "batch", "values": [1, 2]}],
}


def needed(tool: str) -> None:
    """Skips a test whose tool is not there, and says so; in CI it fails."""
    # Those of this Python's environment first: `tilesim`, `snakemake`, `mpiexec`.
    if shutil.which(tool, path=path()) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{tool} is not installed")
        pytest.skip(f"{tool} is not installed")


def module(name: str) -> Any:
    """A module whose types are its own matter."""
    return importlib.import_module(name)


def path() -> str:
    """Where commands are looked for."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def run(*command: object, **variables: str) -> str:
    """What a command prints; it has to work."""
    words = [str(word) for word in command]
    environment = {**os.environ, **variables, "PATH": path()}
    answer = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300)
    assert answer.returncode == 0, f"{words}\n{answer.stdout}\n{answer.stderr}"
    return answer.stdout


def study(folder: Path, of: dict[str, Any]) -> Path:
    file = folder / "study.json"
    file.write_text(json.dumps(of))
    return file


def table(folder: Path) -> bytes:
    return (folder / "results.parquet").read_bytes()


def swept(folder: Path, of: dict[str, Any]) -> bytes:
    """The table of one process."""
    run("tilesim", "sweep", study(folder, of), "--quiet", "--out", folder / "alone")
    return table(folder / "alone")


def merged(folder: Path) -> bytes:
    """The table of the shards in a folder, which have to be all."""
    shards = sorted(folder.glob("shard-*"))
    state = json.loads(run("tilesim", "sweep", "status", *shards, "--format", "json"))
    assert (state["missing"], state["missing_shards"], state["damaged"]) == (0, [], [])
    run("tilesim", "sweep", "merge", *shards, "--out", folder / "merged")
    return table(folder / "merged")


@pytest.fixture(scope="module")
def chance() -> random.Random:
    """Other moments in every run of the tests, or those of the seed in TILESIM_TEST_SEED."""
    seed = int(os.environ.get("TILESIM_TEST_SEED", time.time_ns() % 2**32))
    print(f"TILESIM_TEST_SEED={seed}")
    return random.Random(seed)


def test_a_killed_dask_worker_costs_no_rows(chance: random.Random) -> None:
    distributed = module("distributed")
    alone = list(tilesim.sweep(LARGE))
    assert len(alone) == 2000
    assert sum(row["failure"] is not None for row in alone) == 400
    moment = chance.randrange(1, 1900)
    of_two = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with of_two as cluster, distributed.Client(cluster) as client:
        rows: list[tilesim.Row] = []
        for row in tilesim.sweep(LARGE, executor=client.get_executor(), chunk=20):
            rows.append(row)
            if len(rows) == moment:
                os.kill(chance.choice(list(cluster.workers.values())).pid, signal.SIGKILL)
        assert rows == alone, f"a worker was killed at row {moment}"
        assert list(tilesim.sweep(SMALL, executor=client)) == list(tilesim.sweep(SMALL))


@pytest.mark.parametrize(
    ("template", "launcher"),
    [
        ("dask_cluster.py", [sys.executable]),
        ("ray_cluster.py", [sys.executable]),
        ("mpi_pool.py", ["mpiexec", "-n", "3", sys.executable, "-m", "mpi4py.futures"]),
    ],
)
def test_python_templates_give_all_rows(tmp_path: Path, template: str, launcher: list[str]) -> None:
    needed(launcher[0])
    printed = run(*launcher, TEMPLATES / template, study(tmp_path, SMALL), RAY_USAGE_STATS_ENABLED="0")
    rows = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    assert rows == list(tilesim.sweep(SMALL))


@pytest.fixture
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The configuration of a Slurm of one node."""
    for tool in ("sbatch", "slurmctld", "slurmd", "munged"):
        needed(tool)
    folder = tmp_path_factory.mktemp("slurm")
    run(HERE / "one_node_slurm.sh", "start", folder)
    yield str(folder / "slurm.conf")
    run(HERE / "one_node_slurm.sh", "stop", folder)


def test_a_requeued_task_of_a_slurm_array_costs_no_rows(tmp_path: Path, slurm: str, chance: random.Random) -> None:
    alone = swept(tmp_path, LARGE)
    log = tmp_path / "log-%a.txt"
    job = run(
        "sbatch", "--parsable", "--array=0-3", f"--output={log}", TEMPLATES / "slurm.sh", tmp_path / "study.json", tmp_path,
        SLURM_CONF=slurm,
    ).strip()
    task = chance.randrange(4)
    chunks = tmp_path / f"shard-{task}" / "chunks"
    end = time.monotonic() + 200
    # Some way into it, wherever that is.
    while not (chunks.is_dir() and len(list(chunks.iterdir())) >= 5):
        assert time.monotonic() < end, run("squeue", SLURM_CONF=slurm)
        time.sleep(0.01)
    run("scontrol", "requeue", f"{job}_{task}", SLURM_CONF=slurm)
    assert "Restarts=1" in run("scontrol", "show", "job", f"{job}_{task}", SLURM_CONF=slurm)
    while run("squeue", "--noheader", SLURM_CONF=slurm).strip():
        assert time.monotonic() < end, run("squeue", SLURM_CONF=slurm)
        time.sleep(0.2)
    assert merged(tmp_path) == alone


@pytest.mark.parametrize(
    "jobs",
    [
        ("pbs.sh", 8, {"PBS_ARRAY_INDEX": "JOB"}),
        (
            "slurm.sh",
            3,
            {
                "SLURM_ARRAY_TASK_ID": "JOB",
                "SLURM_ARRAY_TASK_MIN": "0",
                "SLURM_ARRAY_TASK_MAX": "2",
                "SLURM_ARRAY_TASK_COUNT": "3",
            },
        ),
    ],
    ids=["pbs", "slurm"],
)
def test_scripts_of_jobs_run_as_the_manuals_say(tmp_path: Path, jobs: tuple[str, int, dict[str, str]]) -> None:
    """Without a scheduler: each job has the variables that the manual states."""
    alone = swept(tmp_path, SMALL)
    script, count, variables = jobs
    for job in range(count):
        named = {"STUDY": str(tmp_path / "study.json"), "DIR": str(tmp_path)}
        stated = {name: value.replace("JOB", str(job)) for name, value in variables.items()}
        run("bash", TEMPLATES / script, *named.values(), **named, **stated)
    assert merged(tmp_path) == alone


def test_gnu_parallel_runs_shards(tmp_path: Path) -> None:
    needed("parallel")
    alone = swept(tmp_path, SMALL)
    run("bash", TEMPLATES / "parallel.sh", tmp_path / "study.json", tmp_path, 3, "--jobs", 2)
    assert merged(tmp_path) == alone


def test_snakemake_tries_again(tmp_path: Path) -> None:
    needed("snakemake")
    alone = swept(tmp_path, SMALL)
    # The first shard dies once, half-way.
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "tilesim"
    tilesim_command = shutil.which("tilesim", path=path())
    command.write_text(
        f'#!/bin/sh\ncase "$*" in *1/3*) [ -f {tmp_path}/died ] || {{ touch {tmp_path}/died; exit 137; }};; esac\n'
        f'exec {tilesim_command} "$@"\n'
    )
    command.chmod(0o755)
    run(
        "sh", "-c", f'PATH={tmp_path}/bin:$PATH exec snakemake "$@"', "sh",
        "--snakefile", TEMPLATES / "Snakefile", "--directory", tmp_path, "--cores", 2,
        "--config", f"study={tmp_path / 'study.json'}", f"out={tmp_path}", "shards=3",
    )
    assert (tmp_path / "died").exists()
    assert table(tmp_path / "merged") == alone


def test_the_kubernetes_job_is_one(tmp_path: Path) -> None:
    job = module("yaml").safe_load((TEMPLATES / "kubernetes.yaml").read_text())
    module("kubernetes_validate").validate(job, "1.31", strict=True)
    spec = job["spec"]
    container = spec["template"]["spec"]["containers"][0]
    given = {variable["name"]: variable["value"] for variable in container["env"]}
    assert given == {"TILESIM_SHARD_COUNT": str(spec["completions"])}
    # What a pod runs, for each index.
    alone = swept(tmp_path, SMALL)
    words = container["command"]
    words[-1] = words[-1].replace("/study/", f"{tmp_path}/").replace("/results/", f"{tmp_path}/")
    for index in range(spec["completions"]):
        run(*words, **given, JOB_COMPLETION_INDEX=str(index))
    assert merged(tmp_path) == alone
