"""The schema as plain values for JSON, and back without trusting them."""

from __future__ import annotations

from math import isfinite
from typing import Any, get_args

from offbeat.data.kinds import Kind
from offbeat.data.schema import Column, Schema
from offbeat.errors import DataError, name_some


def record_of(schema: Schema) -> dict[str, object]:
    """The schema as dicts, lists, text, numbers and booleans.

    Args:
        schema: What to write down.

    Example:
        >>> record_of(Schema((Column("flow", "numeric"),), all_names=("flow",)))["columns"]
        [{'name': 'flow', 'kind': 'numeric', 'constant': False, 'missing': 0}]
    """
    return {
        "columns": [
            {"name": column.name, "kind": column.kind, "constant": column.constant, "missing": column.missing}
            | ({"time": True} if column.time else {})
            | ({} if column.rises_to is None else {"rises_to": column.rises_to})
            for column in schema.columns
        ],
        "named": schema.named,
        "ignored": [list(pair) for pair in schema.ignored],
        "all_names": list(schema.all_names),
    } | ({"open_ended": True} if schema.open_ended else {})


def schema_from_record(record: object) -> Schema:
    """The schema that `record_of` wrote down.

    Args:
        record: Parsed JSON from a file that may be damaged or hostile.

    Raises:
        DataError: A key is lacking, unknown or of another type, or the names do not fit together.
    """
    optional = {"open_ended": bool} if isinstance(record, dict) and "open_ended" in record else {}
    types = {"columns": list, "named": bool, "ignored": list, "all_names": list}
    fields = _keys(record, "the schema", types | optional)
    columns = tuple(_column(entry) for entry in fields["columns"])
    ignored = tuple(_pair(entry) for entry in fields["ignored"])
    all_names = tuple(_text(entry) for entry in fields["all_names"])
    parts = sorted([column.name for column in columns] + [name for name, _ in ignored])
    _require(len(columns) > 0, "it has no columns")
    _require(len(set(parts)) == len(parts), "a column is listed twice")
    _require(parts == sorted(all_names), "'all_names' is not the columns and the ignored ones together")
    open_ended = fields.get("open_ended", False)
    return Schema(columns, fields["named"], ignored, all_names, open_ended)


def _column(entry: object) -> Column:
    # Nearly all columns are no times, nor do they rise, and say nothing of it: so files of before and for before stay
    # what they are.
    known = {"time": bool, "rises_to": float}
    optional = {key: known[key] for key in known if isinstance(entry, dict) and key in entry}
    fields = _keys(entry, "a column", {"name": str, "kind": str, "constant": bool, "missing": int} | optional)
    _require(fields["kind"] in get_args(Kind), f"no column kind is called {fields['kind']!r}")
    _require(fields["missing"] >= 0, f"column '{fields['name']}' has {fields['missing']} missing cells")
    time, rises_to = fields.get("time", False), fields.get("rises_to")
    numeric = fields["kind"] == "numeric"
    _require(not time or numeric, f"column '{fields['name']}' is of times and not numeric")
    can_rise = rises_to is None or (numeric and isfinite(rises_to))
    _require(can_rise, f"column '{fields['name']}' cannot rise to {rises_to}")
    return Column(fields["name"], fields["kind"], fields["constant"], fields["missing"], time, rises_to)


def _pair(entry: object) -> tuple[str, str]:
    if not (isinstance(entry, list) and len(entry) == 2):
        raise _damaged("an ignored column is not a name and a reason")
    return _text(entry[0]), _text(entry[1])


def _text(entry: object) -> str:
    if not isinstance(entry, str):
        raise _damaged(f"a name is {type(entry).__name__}, not str")
    return entry


def _keys(record: object, what: str, types: dict[str, type]) -> dict[str, Any]:
    """The record, once it is a dict with exactly these keys and types (True is no number)."""
    if not isinstance(record, dict):
        raise _damaged(f"{what} is {type(record).__name__}, not dict")
    if set(record) != set(types):
        raise _damaged(f"{what} has the keys {name_some(sorted(map(str, record)))}, not {name_some(sorted(types))}")
    for key, expected in types.items():
        if type(record[key]) is not expected:
            raise _damaged(f"'{key}' of {what} is {type(record[key]).__name__}, not {expected.__name__}")
    return record


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise _damaged(otherwise)


def _damaged(why: str) -> DataError:
    return DataError(f"The column schema is damaged: {why}. Fit and save the detector again.")
