"""The commands and one line on each: all that `offbeat --help` needs, so that it imports none of them.

A command's module has its name, and holds a function of that name; a test compares these lines with the docstrings.
Where Python keeps the name for itself, both have an underscore behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from keyword import iskeyword
from typing import Any, Final

COMMANDS: Final = {
    "detect": "Learn what normal looks like, and find the rows of a table that do not fit.",
    "fit": "Learn what normal looks like from a table, and write the detector to a file.",
    "score": "Give every row of a table its score, its p-value and its flag.",
    "explain": "Say why rows are anomalous: which columns, by how much, and what was expected.",
    "evaluate": "Compare what a detector finds with labels: accuracy, precision, recall, ROC AUC.",
    "inspect": "Show what a detector learned from, its network, training and threshold.",
    "threshold": "Give a detector another threshold, without training, and write it to a file.",
    "import": "Make a detector of an autoencoder that H2O or Keras trained.",
    "export": "Write a detector as a file that other programs run without offbeat.",
    "serve": "Answer for detectors over HTTP: score, detect, explain, evaluate.",
    "demo": "Find bad heartbeats in built-in data, or repeat one of two public ECG jobs.",
}
"""What each command does, in the order of the help page."""


def command_function(name: str) -> Callable[..., Any]:
    """The function behind a command; imports its module.

    Args:
        name: A key of `COMMANDS`.

    Example:
        >>> command_function("import").__name__
        'import_'
    """
    name_in_python = f"{name}_" if iskeyword(name) else name
    function: Callable[..., Any] = getattr(import_module(f"offbeat.cli.{name_in_python}"), name_in_python)
    return function
