"""The commands and one line on each: all that `offbeat --help` needs, so that it imports none of them.

A command's module has its name, and holds a function of that name; a test compares these lines with the docstrings.
"""

from __future__ import annotations

from typing import Final

COMMANDS: Final = {
    "detect": "Learn what normal looks like, and find the rows of a table that do not fit.",
    "fit": "Learn what normal looks like from a table, and write the detector to a file.",
    "score": "Give every row of a table its score, its p-value and its flag.",
    "explain": "Say why rows are anomalous: which columns, by how much, and what was expected.",
    "evaluate": "Compare what a detector finds with labels: accuracy, precision, recall, ROC AUC.",
    "inspect": "Show what a detector learned from, its network, training and threshold.",
    "demo": "Find bad heartbeats in built-in data, or repeat one of two public ECG jobs.",
}
"""What each command does, in the order of the help page."""
