"""Threads, forks, Ctrl-C, and parts of a sweep."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
import tilesim

STUDY: dict[str, Any] = {
    "schema": "tilesim-study/1",
    "name": "small",
    "description": "What if a small chip had other tiles and exchanged data faster?",
    "fixed": {"machine": "mk2", "model": "mobilenet-v1", "resolution": 32},
    "axes": [
        {"key": "machine.tiles", "values": [16, 32, 64]},
        {"key": "machine.exchange_bytes_per_cycle", "values": [4, 8, 16]},
    ],
    "metrics": ["time.cycles", "memory.peak_bytes"],
    "objectives": [{"metric": "time.cycles", "goal": "minimise"}],
}


def cycles(tiles: int) -> int:
    return tilesim.simulate("mobilenet-v1", set={"machine.tiles": tiles, "resolution": 32}).cycles


def test_threads_share_a_simulator() -> None:
    alone = [cycles(tiles) for tiles in (16, 32, 48, 64)]
    with tilesim.Simulator() as simulator, concurrent.futures.ThreadPoolExecutor(4) as threads:
        def run(tiles: int) -> int:
            return simulator.simulate(
                "mobilenet-v1", set={"machine.tiles": tiles, "resolution": 32}
            ).cycles

        assert list(threads.map(run, (16, 32, 48, 64))) == alone


def test_a_fork_has_threads_of_its_own() -> None:
    here = cycles(32)
    fork = multiprocessing.get_context("fork")
    with fork.Pool(2) as pool:
        assert pool.map_async(cycles, [32, 32]).get(timeout=60) == [here, here]


def test_ctrl_c_stops_a_sweep() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "import tilesim; print(1, flush=True); list(tilesim.sweep('what-if'))"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, said = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in said
    assert time.monotonic() - begun < 30


def test_a_sweep_in_parts_is_the_whole() -> None:
    alone = list(tilesim.sweep(STUDY))
    assert [row["point"] for row in alone] == list(range(9))
    assert alone[0]["machine.tiles"] == 16
    assert alone[0]["fits"] in (True, False)
    assert alone[0]["failure"] is None
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        assert list(tilesim.sweep(STUDY, executor=threads, chunk=2)) == alone
    assert list(tilesim.sweep(STUDY, workers=2, chunk=4)) == alone
    assert tilesim.Sweep("exchange").study["name"] == "exchange"


class Forgetful(concurrent.futures.ThreadPoolExecutor):
    """Loses the first two parts that it is given."""

    lost = 0

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Any:
        if self.lost < 2:
            self.lost += 1
            future: concurrent.futures.Future[Any] = concurrent.futures.Future()
            future.set_exception(ConnectionError("the worker is gone"))
            return future
        return super().submit(function, *arguments, **named)


def test_what_a_worker_loses_runs_again() -> None:
    alone = list(tilesim.sweep(STUDY))
    with Forgetful(2) as executor:
        assert list(tilesim.sweep(STUDY, executor=executor, chunk=2)) == alone
    with Forgetful(2) as executor, pytest.raises(ConnectionError):
        list(tilesim.sweep(STUDY, executor=executor, chunk=9, retries=0))


def test_a_process_that_is_killed_costs_no_rows() -> None:
    alone = list(tilesim.sweep(STUDY))
    rows = tilesim.sweep(STUDY, workers=2, chunk=1)
    first = next(rows)
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
    assert [first, *rows] == alone


def test_threads_of_their_own() -> None:
    simulator = tilesim.Simulator(threads=1)
    setting = {"machine.tiles": 16, "resolution": 32}
    alone = tilesim.simulate("mobilenet-v1", set=setting).json()
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(simulator.simulate, "mobilenet-v1", set=setting) for _ in range(16)]
        assert {answer.result().json() for answer in asked} == {alone}
    with pytest.raises(tilesim.InputError) as raised:
        tilesim.Simulator(threads=0)
    assert raised.value.field == "threads"


def test_memory_stays_flat() -> None:
    simulator = tilesim.Simulator()

    def run(count: int) -> int:
        for index in range(count):
            setting = {"machine.tiles": 16 + index % 7, "resolution": 32}
            simulator.simulate("mobilenet-v1", set=setting)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = run(40)
    assert run(160) < before + 64 * 1024, "kilobytes"


def test_pipes_that_close_are_no_errors() -> None:
    command = f"{sys.executable} -m tilesim models | head -1"
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert answer.stderr == ""
    assert os.linesep in answer.stdout


@pytest.mark.parametrize(
    "call",
    [
        "simulate('resnet50', batch=4096, set={'resolution': 2048})",
        "execute('resnet50', batch=16)",
        "execute('resnet50', batch=16, check=True)",
        "train(system='B4-G16-GN-Half_16IPU_4x4', max_batch=True)",
    ],
)
def test_ctrl_c_ends_a_single_run(call: str) -> None:
    # It would take many times as long as it is given.
    code = f"import tilesim; print(1, flush=True); tilesim.{call}; print(2, flush=True)"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    more, said = child.communicate(timeout=60)
    assert "KeyboardInterrupt" in said
    assert more == ""
