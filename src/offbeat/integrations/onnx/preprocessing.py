"""Raw cells to features, as `Preprocessor.transform` makes them."""

from __future__ import annotations

import numpy as np

from offbeat.errors import DetectorFileError, name_some
from offbeat.integrations.onnx.cells import MISSING_WORD
from offbeat.integrations.onnx.graph import LABELS, Graph, Value
from offbeat.preprocessing.categorical import CategoricalColumn
from offbeat.preprocessing.numeric import NumericColumns
from offbeat.preprocessing.preprocessor import Preprocessor


def features_of(graph: Graph, preprocessor: Preprocessor, numbers: Value | None, words: Value | None) -> Value:
    """The features of every row, float32, as the network sees them.

    Args:
        graph: To add to.
        preprocessor: The detector's.
        numbers: float64 (rows, numeric columns), NaN for missing; None where there is no such column.
        words: Text (rows, categorical columns), empty for missing; None where there is no such column.

    Raises:
        DetectorFileError: A column has an empty text as a level.
    """
    require_no_empty_level(preprocessor)
    parts = [] if numbers is None else _numeric_features(graph, preprocessor.numeric, numbers)
    if words is not None:
        parts += [_slots(graph, column, words.take(at, 1)) for at, column in enumerate(preprocessor.categorical)]
    return graph.concatenate(*parts, axis=1)


def require_no_empty_level(preprocessor: Preprocessor) -> None:
    """Refuse what the graph could not tell from a missing cell.

    Raises:
        DetectorFileError: A column has an empty text as a level.
    """
    odd = [column.name for column in preprocessor.categorical if MISSING_WORD in (*column.levels, *column.rare)]
    if odd:
        raise DetectorFileError(
            f"ONNX cannot express this detector: empty text is a level of {name_some(odd)}, and in ONNX it also stands "
            "for a missing cell. Replace empty text by missing cells in the training table, and fit again."
        )


def _numeric_features(graph: Graph, numeric: NumericColumns, numbers: Value) -> list[Value]:
    missing = numbers.is_nan()
    # In float64, as the detector does it: a time stamp (1.7e9 s +- 100 s) has no digits to lose.
    scaled = (numbers - numeric.scale.offset) / numeric.scale.divisor
    bounded = scaled.at_least(-numeric.bound).at_most(numeric.bound)
    values = graph.where(missing, graph.constant(_stand_ins(numeric)), bounded).as_type(np.float32)
    marked = np.flatnonzero(numeric.marked)
    return [values, missing.take(marked, 1).as_type(np.float32)] if len(marked) else [values]


def _stand_ins(numeric: NumericColumns) -> np.ndarray:
    """What a missing cell of each column counts as: the features of a row without any."""
    width = len(numeric.names)
    features = np.empty((1, len(numeric.feature_names)), np.float32)
    numeric.encode(np.full((1, width), np.nan), None, features)
    return features[:, :width].astype(np.float64)


def _slots(graph: Graph, column: CategoricalColumn, words: Value) -> Value:
    unseen = len(column.slots) - 1
    places = column.known.by_plain_spelling | {word: place for place, word in enumerate(column.known.levels)}
    slot_of = {word: min(place, len(column.levels)) for word, place in places.items()}
    slot_of[MISSING_WORD] = unseen - 1 if column.missing else unseen
    slots = graph.apply(
        "LabelEncoder",
        words,
        attributes={
            "keys_strings": list(slot_of),
            "values_int64s": list(slot_of.values()),
            "default_int64": unseen,
        },
        dtype=np.int64,
        domain=LABELS,
    )
    off_and_on = np.array([0.0, 1.0], np.float32)
    return graph.apply("OneHot", slots, np.array(len(column.slots)), off_and_on, dtype=np.float32)
