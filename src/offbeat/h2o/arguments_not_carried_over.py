"""Arguments of H2O's functions that change nothing at H2O's default, and say what to do instead at others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from offbeat.h2o.not_carried_over import NotCarriedOver

_ANY = object()
"""Stands for every value: those that only tell H2O how to work."""

_PANDAS = "h2o.H2OFrame(pandas.read_csv(path, ...)) reads"
_WRITE = "use frame.as_data_frame().to_csv(path, ...) or .to_parquet(path)"
_TYPES = "use frame[name] = frame[name].asfactor(), .asnumeric() or .ascharacter() afterwards"

_READING: Mapping[str, tuple[Sequence[Any], str]] = {
    "parse": ((True, None), "the file is read at once: leave parse out"),
    "quotechar": ((None, '"'), f"cells are quoted by double quotes; {_PANDAS} others"),
    "escapechar": ((None, "", '"'), f"a quote within a cell is doubled; {_PANDAS} others"),
    "partition_by": ((None, [], ()), "import the folders one by one, and rbind the frames"),
    "force_col_types": ((None, False), _TYPES),
    "tz_adjust_to_local": ((None, False), "times are in UTC always"),
}

_ARGUMENTS: Mapping[str, Mapping[str, tuple[Sequence[Any], str]]] = {
    "h2o.import_file": _READING,
    "H2OFrame": {
        "skipped_columns": ((None, [], ()), "use H2OFrame(...).drop([...])"),
        "force_col_types": _READING["force_col_types"],
    },
    "h2o.export_file": {
        "compression": ((None, "none"), _WRITE),
        "parts": ((1,), "the file is written as one: leave parts out"),
        "format": ((None, "csv"), "give a path that ends in .parquet for Parquet"),
        **dict.fromkeys(("quote_header", "parallel", "write_checksum"), ((_ANY,), "")),
    },
    "h2o.get_frame": dict.fromkeys(("rows", "rows_offset", "cols", "full_cols", "cols_offset", "light"), ((_ANY,), "")),
    "H2OFrame.show": dict.fromkeys(("verbosity", "fmt"), ((_ANY,), "")),
    "H2OTwoDimTable.show": dict.fromkeys(("prefer_pandas", "verbosity", "fmt"), ((_ANY,), "")),
    "model.show": dict.fromkeys(("verbosity", "fmt"), ((_ANY,), "")),
    "model.learning_curve_plot": dict.fromkeys(("cv_ribbon", "cv_lines"), ((_ANY,), "")),
}
"""Of each function its arguments, the values that change nothing, and what to do at others."""


def check_arguments(function: str, given: Mapping[str, Any]) -> None:
    """Nothing where the arguments that H2O takes besides change nothing.

    Args:
        function: Its name, with what owns it.
        given: The arguments that offbeat's does not name.

    Raises:
        TypeError: H2O has no such argument.
        NotCarriedOver: H2O has, and would do something else.

    Example:
        >>> check_arguments("h2o.export_file", {"parts": 1})
    """
    for name, value in given.items():
        if name not in _ARGUMENTS[function]:
            raise TypeError(f"{function}() got an unexpected keyword argument '{name}'.")
        harmless, instead = _ARGUMENTS[function][name]
        if harmless != (_ANY,) and value not in harmless:
            raise NotCarriedOver(f"{function}({name}={value!r}) is not carried over from H2O; {instead}.")
