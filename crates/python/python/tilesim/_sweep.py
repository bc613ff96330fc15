"""Studies over the processors of a machine or a cluster."""

from __future__ import annotations

import json
import sys
import uuid
from collections import deque
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, Deque, Dict, Iterator, List, Mapping, Optional, Protocol, Tuple, Union

from ._tilesim import Sweep

Row = Dict[str, Any]
"""A point of a study: its number (`point`), the settings that vary, `fits`, the study's metrics, and `failure`."""


class _Executor(Protocol):
    """What runs parts of a sweep: `concurrent.futures`, `mpi4py.futures`, a Dask client."""

    def submit(self, function: Any, /, *arguments: Any) -> Any: ...


class _Ray(Protocol):
    """The module `ray`, which has remote functions and no executor."""

    @property
    def remote(self) -> Any: ...

    @property
    def get(self) -> Any: ...


class _RayExecutor:
    """An executor of a Ray that is started: a reference to what will be there gives a future."""

    def __init__(self, ray: _Ray) -> None:
        # What is lost with a worker is Ray's to run again before it is ours.
        self._rows = ray.remote(_rows).options(max_retries=3)

    def submit(self, function: Any, /, *arguments: Any) -> Any:
        assert function is _rows, "parts of a sweep"
        return self._rows.remote(*arguments).future()


def sweep(
    study: Union[str, Path, Mapping[str, Any]],
    *,
    executor: Union[_Executor, _Ray, None] = None,
    workers: Optional[int] = None,
    chunk: int = 16,
    retries: int = 3,
    progress: bool = False,
) -> Iterator[Row]:
    """What becomes of every point of a study, in the order of points, as soon as it is known.

    `study` is a bundled name, a JSON file, or what such a file holds. Without `executor` this process works on all of its processors, or
    `workers` processes do. An `executor` is whatever has `submit` and gives futures: those of `concurrent.futures`, `mpi4py.futures`, a
    Dask `Client` or its `get_executor()`; or the module `ray`, once `ray.init()` was called. It gets `chunk` points at a time; what is
    lost with a worker runs again, `retries` times. `progress` writes how far it is to standard error.

    A point that has no result is a row whose `failure` says why. Raises `InputError` where the study makes no sense.
    """
    text = _text(study)
    points = len(Sweep(text))
    ranges = [(first, min(first + chunk, points)) for first in range(0, points, chunk)]
    if executor is not None:
        given: Any = executor
        parts = _through(given if hasattr(given, "submit") else _RayExecutor(given), text, ranges, retries, ahead=None)
        return _watched(chain.from_iterable(parts), points, progress)
    if workers is not None:
        return _watched(_in_processes(workers, text, ranges, retries), points, progress)
    return _watched(_here(text, points), points, progress)


def _text(study: Union[str, Path, Mapping[str, Any]]) -> str:
    """The study as the compiled part takes it; the text of a file, so that workers elsewhere need not have it."""
    if isinstance(study, Mapping):
        return json.dumps(dict(study))
    path = Path(study)
    if path.suffix == ".json" and path.is_file():
        return path.read_text(encoding="utf-8")
    return str(study)


def _rows(study: str, first: int, end: int, ticket: str = "") -> List[Row]:
    """The rows of a part; what a worker runs. The ticket tells attempts apart: Dask gives equal calls one answer, lost ones too."""
    return Sweep(study).rows(first, end)


def _here(study: str, points: int) -> Iterator[Row]:
    parsed = Sweep(study)
    # Small at first, so that something is there soon; large then, because parts share what they have in common.
    first, size = 0, 16
    while first < points:
        yield from parsed.rows(first, first + size)
        first, size = first + size, min(4 * size, 1024)


def _in_processes(
    workers: int, study: str, ranges: List[Tuple[int, int]], retries: int
) -> Iterator[Row]:
    done = 0
    while done < len(ranges):
        try:
            with ProcessPoolExecutor(workers) as executor:
                for rows in _through(executor, study, ranges[done:], retries, ahead=4 * workers):
                    # Before it is handed out: what whoever takes it does is not this part's.
                    done += 1
                    yield from rows
        except BrokenExecutor:
            # A process that is killed takes all of its pool with it.
            if retries == 0:
                raise
            retries -= 1


def _through(
    executor: _Executor,
    study: str,
    ranges: List[Tuple[int, int]],
    retries: int,
    ahead: Optional[int],
) -> Iterator[List[Row]]:
    """The rows of every part, in order."""
    sweep = uuid.uuid4().hex
    waiting = deque(ranges)

    def submitted(part: Tuple[int, int], left: int) -> Any:
        return executor.submit(_rows, study, *part, f"{sweep}-{part[0]}-{left}")

    running: Deque[Tuple[Tuple[int, int], Any, int]] = deque()
    try:
        while waiting or running:
            while waiting and (ahead is None or len(running) < ahead):
                part = waiting.popleft()
                running.append((part, submitted(part, retries), retries))
            part, future, left = running.popleft()
            try:
                rows: List[Row] = future.result()
            except BrokenExecutor:
                # Nothing can be given to it any more.
                raise
            except Exception as lost:
                # What was asked wrongly stays wrong. All else went with its worker.
                if left == 0 or type(lost).__module__.startswith("tilesim"):
                    raise
                running.appendleft((part, submitted(part, left - 1), left - 1))
                continue
            yield rows
    finally:
        for _, future, _ in running:
            future.cancel()


def _watched(rows: Iterator[Row], points: int, progress: bool) -> Iterator[Row]:
    if not progress:
        return rows
    return _counted(rows, points)


def _counted(rows: Iterator[Row], points: int) -> Iterator[Row]:
    done = 0
    for row in rows:
        done += 1
        print(f"\r{done} of {points} points", end="", file=sys.stderr, flush=True)
        yield row
    print(file=sys.stderr)


__all__ = ["Row", "sweep"]
