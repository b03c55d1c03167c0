"""Notebooks that are kept as text, executed cell by cell in a kernel of the running Python, as Jupyter would."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

import offbeat

MOST_SECONDS_A_CELL = 240


@dataclass(frozen=True)
class Cell:
    """One cell of code that was executed.

    Attributes:
        source: Its code.
        text: What it printed, and its last value as text.
        warnings: What it wrote to standard error.
        pictures: The PNG files that it shows.
    """

    source: str
    text: str
    warnings: str
    pictures: tuple[bytes, ...]


def execute(path: Path, folder: Path, data: Path) -> list[Cell]:
    """The cells of code of a notebook with what they gave; the first one that fails raises, and is named.

    Args:
        path: The notebook as percent script.
        folder: Where it runs and writes.
        data: The folder of public data sets.
    """
    notebook = jupytext.read(path)
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=MOST_SECONDS_A_CELL, km=_kernel(folder), resources=where)
    # nbclient leaves a kernel that it was given running unless told otherwise.
    client.execute(env=_environment(folder, data), cleanup_kc=True)
    return [_executed(cell) for cell in notebook.cells if cell.cell_type == "code"]


def _kernel(folder: Path) -> AsyncKernelManager:
    """The kernel of the running Python: with no folder to search, ipykernel's own specification is taken.

    A kernel called python3 that someone has registered for their account would come before it.
    """
    installed = KernelSpecManager(kernel_dirs=[])
    connection = str(folder / "kernel.json")
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=installed, connection_file=connection)


def _environment(folder: Path, data: Path) -> dict[str, str]:
    """That of someone's Jupyter: the tests' choice of a backend would hide whether Jupyter's own shows the figures."""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    here = Path(offbeat.__file__).parents[1]
    return {**environment, "PYTHONPATH": str(here), "OFFBEAT_DATA": str(data), "IPYTHONDIR": str(folder / "ipython")}


def _executed(cell: Any) -> Cell:
    shown = [output.data for output in cell.outputs if "data" in output]
    printed = [output for output in cell.outputs if output.output_type == "stream"]
    last_value = "".join(data.get("text/plain", "") for data in shown)
    return Cell(
        source=cell.source,
        text="".join(output.text for output in printed if output.name == "stdout") + last_value,
        warnings="".join(output.text for output in printed if output.name == "stderr"),
        pictures=tuple(base64.b64decode(data["image/png"]) for data in shown if "image/png" in data),
    )
