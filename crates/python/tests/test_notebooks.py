"""The notebooks run, and say what they say in the repository. `UPDATE_NOTEBOOKS=1` writes what they say now."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = pathlib.Path(__file__).parents[3] / "docs" / "notebooks"


def said(notebook: Any) -> list[list[str]]:
    """What the cells print and show, as text; pictures by their kind, as their bytes are those of a library's version."""
    cells: list[list[str]] = []
    for cell in notebook.cells:
        outputs: list[str] = []
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                outputs.append(output["text"])
                continue
            kinds = sorted(output["data"])
            picture = any(kind.startswith("image/") for kind in kinds)
            outputs.append(", ".join(kinds) if picture else output["data"]["text/plain"])
        cells.append(outputs)
    return cells


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_says_what_it_said(path: pathlib.Path) -> None:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    before = said(notebook)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    for cell in notebook.cells:
        # When it ran is nobody's business, nor what a library warned of where it is installed.
        cell.metadata.pop("execution", None)
        outputs = cell.get("outputs", [])
        outputs[:] = [output for output in outputs if output.get("name") != "stderr"]
    if os.environ.get("UPDATE_NOTEBOOKS"):
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    else:
        assert said(notebook) == before
