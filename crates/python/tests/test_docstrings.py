"""Every public name says what it is; functions say what they raise, and figures have units."""

from __future__ import annotations

import inspect

import tilesim

# Names whose meaning is Python's, or that are types of values.
SILENT = {"Row", "SettingValue", "__version__"}


def test_every_public_name_has_a_docstring() -> None:
    missing: list[str] = []
    for name in sorted(set(tilesim.__all__) - SILENT):
        value = getattr(tilesim, name)
        if not inspect.getdoc(value):
            missing.append(name)
        if not inspect.isclass(value) or issubclass(value, (Exception, dict)):
            continue
        for member, described in vars(value).items():
            if not member.startswith("_") and not inspect.getdoc(described):
                missing.append(f"{name}.{member}")
    assert not missing


def test_functions_say_what_they_raise() -> None:
    functions = [name for name in tilesim.__all__ if inspect.isfunction(getattr(tilesim, name))]
    assert {"simulate", "train", "execute", "gradients"} <= set(functions)
    silent = [name for name in functions if "Raises" not in (inspect.getdoc(getattr(tilesim, name)) or "")]
    assert not silent


def test_figures_have_units() -> None:
    units = {
        tilesim.Run.cycles: "cycles",
        tilesim.Run.seconds: "Seconds",
        tilesim.Run.images_per_second: "Images a second",
        tilesim.Run.largest_batch: "batch",
        tilesim.WeightUpdate.cycles: "cycles",
        tilesim.WeightUpdate.images_per_second: "Images a second",
    }
    for figure, unit in units.items():
        assert unit in (inspect.getdoc(figure) or ""), figure
