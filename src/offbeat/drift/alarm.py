"""`Alarm`: that rows or scores are no longer what they were, since when and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Alarm:
    """One alarm.

    Attributes:
        when: In UTC, as ISO 8601.
        detector: The name of whose rows it is about.
        kind: "columns", the cells are distributed in another way; or "scores", the scores are.
        first: The first row that was looked at, counted from 0 over all batches.
        rows: How many rows had been seen; the alarm is about those from `first` to before this one.
        columns: Columns that changed, each with its p-value, the smallest first.
        capital: What 1 had become by betting against the scores' order; 0 where the alarm is about columns.
        sentence: The same in words.
    """

    when: str
    detector: str
    kind: Literal["columns", "scores"]
    first: int
    rows: int
    columns: tuple[tuple[str, float], ...]
    capital: float
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """The alarm as plain values."""
        return {
            "when": self.when,
            "detector": self.detector,
            "kind": self.kind,
            "first": self.first,
            "rows": self.rows,
            "columns": [{"column": name, "p_value": p_value} for name, p_value in self.columns],
            "capital": self.capital,
            "sentence": self.sentence,
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Alarm:
        """The alarm of which `to_dict` gave the record.

        Raises:
            KeyError, TypeError, ValueError: The record is none.
        """
        columns = tuple((str(column["column"]), float(column["p_value"])) for column in record["columns"])
        return cls(**{**record, "columns": columns})
