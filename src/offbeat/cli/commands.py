"""The commands and one line on each: all that `offbeat --help` needs, so that it imports none of them.

A command's module has its name, and holds a function of that name; a test compares these lines with the docstrings.
Where Python keeps the name for itself, both have an underscore behind it. The commands of a group are in one module,
each a function of both words.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from keyword import iskeyword
from typing import Any, Final

COMMANDS: Final = {
    "detect": "Learn what normal looks like, and find the rows of a table that do not fit.",
    "fit": "Learn what normal looks like from a table, and write the detector to a file.",
    "tune": "Search for settings that suit a table better than auto does, without labels.",
    "score": "Give every row of a table its score, its p-value and its flag.",
    "explain": "Say why rows are anomalous: which columns, by how much, and what was expected.",
    "evaluate": "Compare what a detector finds with labels: accuracy, precision, recall, ROC AUC.",
    "inspect": "Show what a detector learned from, its network, training and threshold.",
    "threshold": "Give a detector another threshold, without training, and write it to a file.",
    "import": "Make a detector of an autoencoder that H2O or Keras trained.",
    "export": "Write a detector as a file or a directory that other programs run.",
    "runs list": "List the fits that were recorded in a tracking folder, the latest first.",
    "runs show": "Show what one recorded fit saw, how it went and what it left.",
    "runs compare": "Lay recorded fits side by side: settings that differ, and metrics.",
    "runs mirror": "Copy a recorded fit to an MLflow server.",
    "registry add": "Copy a detector, or that of a recorded fit, as the next version of a name.",
    "registry promote": "Put a version of a named detector in a stage, such as production.",
    "registry rollback": "Put the version that a stage had before there again.",
    "registry list": "List the named detectors, their versions and the stages that these serve.",
    "serve": "Answer for detectors over HTTP: score, detect, explain, evaluate.",
    "watch": "Watch rows as they come in, and raise an alarm where they are no longer like those of the fit.",
    "demo": "Find bad heartbeats in built-in data, or repeat one of two public ECG jobs.",
}
"""What each command does, in the order of the help page; one of two words belongs to a group."""

GROUPS: Final = {
    "runs": "List, show, compare or mirror the fits that were recorded with --track.",
    "registry": "Name detectors, and say which version of each serves which stage.",
}
"""What the commands of each group do together."""


def command_function(name: str) -> Callable[..., Any]:
    """The function behind a command; imports its module.

    Args:
        name: A key of `COMMANDS`.

    Example:
        >>> command_function("import").__name__
        'import_'
        >>> command_function("runs list").__name__
        'runs_list'
    """
    name_in_python = f"{name}_" if iskeyword(name) else name.replace(" ", "_")
    module = name.split()[0] if " " in name else name_in_python
    function: Callable[..., Any] = getattr(import_module(f"offbeat.cli.{module}"), name_in_python)
    return function
