"""Features back to columns, as `Preprocessor.inverse` gives them: numbers in their own units, and words."""

from __future__ import annotations

import numpy as np

from offbeat.integrations.onnx.cells import MISSING_WORD
from offbeat.integrations.onnx.graph import LABELS, WORDS, Value
from offbeat.preprocessing.categorical import CategoricalColumn
from offbeat.preprocessing.numeric import NumericColumns
from offbeat.preprocessing.preprocessor import Preprocessor


def numbers_of(numeric: NumericColumns, features: Value) -> Value:
    """The numeric columns in their own units, float64 (rows, numeric columns).

    Args:
        numeric: The preprocessor's part for them.
        features: (rows, features), of all columns.
    """
    scaled = features.take(np.arange(len(numeric.names)), 1).as_type(np.float64)
    return scaled * numeric.scale.divisor + numeric.scale.offset


def words_of(preprocessor: Preprocessor, features: Value) -> Value:
    """The likeliest level of each categorical column, empty for missing; text (rows, categorical columns).

    Args:
        preprocessor: The detector's.
        features: (rows, features), of all columns.
    """
    first = len(preprocessor.numeric.feature_names)
    words = []
    for column in preprocessor.categorical:
        slots = features.take(np.arange(first, first + len(column.slots)), 1)
        words.append(_level(column, slots).new_axis(1))
        first += len(column.slots)
    return features.graph.concatenate(*words, axis=1)


def _level(column: CategoricalColumn, slots: Value) -> Value:
    # What training did not show, the last slot, is never expected.
    seen = slots.take(np.arange(max(1, len(column.slots) - 1)), 1)
    likeliest = slots.graph.apply("ArgMax", seen, attributes={"axis": 1, "keepdims": 0}, dtype=np.int64)
    answers = [*column.slots]
    if column.missing:
        answers[-2] = MISSING_WORD
    return slots.graph.apply(
        "LabelEncoder",
        likeliest,
        attributes={"keys_int64s": list(range(len(answers))), "values_strings": answers},
        dtype=WORDS,
        domain=LABELS,
    )
