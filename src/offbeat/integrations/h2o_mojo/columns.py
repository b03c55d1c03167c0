"""The columns of an H2O model as offbeat's schema and preprocessor; both orders, and the way between them."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from jaxtyping import Int

from offbeat.data.kinds import Kind
from offbeat.data.missing_words import MISSING_WORDS
from offbeat.data.names import repeated
from offbeat.data.schema import Column, Schema
from offbeat.data.spelling import plain
from offbeat.errors import DetectorFileError, name_some
from offbeat.integrations.h2o_mojo.mojo import Mojo
from offbeat.persistence.format import shown
from offbeat.preprocessing.categorical import CategoricalColumn
from offbeat.preprocessing.numeric import LARGEST_FEATURE, NumericColumns
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.preprocessing.scaling import Scale

_MADE_UP = re.compile(r"C([1-9]\d{0,6})")
UNUSED = "not used by H2O"


def schema_of(model: Mojo) -> Schema:
    """The columns that tables must have.

    H2O calls the columns of a file without a header C1, C2, ...: where all are called so, tables are aligned by these
    positions, and columns that H2O left out (constant ones) count as ignored. How many it left out behind the last one
    the file does not tell.
    """
    kinds = _kinds(model)
    positions = [_MADE_UP.fullmatch(name) for name in kinds]
    made_up = {int(found[1]): found[0] for found in positions if found}
    if len(made_up) < len(kinds):
        columns = tuple(Column(name, kind, time=name in model.times) for name, kind in kinds.items())
        return Schema(columns, named=True, all_names=tuple(kinds))
    order = [made_up[position] for position in sorted(made_up)]
    every = tuple(f"C{position}" for position in range(1, max(made_up) + 1))
    return Schema(
        tuple(Column(name, kinds[name], time=name in model.times) for name in order),
        named=False,
        ignored=tuple((name, UNUSED) for name in every if name not in kinds),
        all_names=every,
        open_ended=True,
    )


def preprocessor_of(model: Mojo) -> Preprocessor:
    """H2O's scaling and one-hot slots; its one slot for missing and unseen levels is offbeat's "(unseen)".

    Raises:
        DetectorFileError: Two levels differ by blanks around them only, which offbeat does not tell apart; or
            categories became numbers, for which a preprocessor has no place.
    """
    if model.coded:
        names = name_some([column.name for column in model.coded])
        raise DetectorFileError(
            f"{model.source}: H2O turned categories into numbers ({model.coded[0].encoding}: {names}), which a "
            "detector does not do. Score tables in Python (h2o_mojo.read_mojo, h2o_mojo.anomaly), or train the model "
            "with categorical_encoding 'auto'."
        )
    scale = Scale(offset=model.subtracted, divisor=1.0 / model.multiplied, centre=model.subtracted)
    unmarked = np.zeros(len(model.numeric), dtype=bool)
    return Preprocessor(
        columns=schema_of(model).names,
        numeric=NumericColumns(model.numeric, scale, unmarked, LARGEST_FEATURE),
        categorical=tuple(_categorical(model, name, levels) for name, levels in model.levels.items()),
    )


def feature_order(model: Mojo) -> Int[np.ndarray, "features"]:
    """For each of `model.feature_names` the position of that feature in offbeat's order, which has numbers first.

    Args:
        model: From `read_mojo`.
    """
    numbers = len(model.numeric)
    return np.concatenate([np.arange(numbers, len(model.feature_names)), np.arange(numbers)])


def levels_read_as_missing(model: Mojo) -> list[str]:
    """Levels that offbeat's reader takes for missing cells, such as "?"."""
    return sorted({level for levels in model.levels.values() for level in levels if level.strip() in MISSING_WORDS})


def levels_spelled_alike(model: Mojo) -> dict[str, list[str]]:
    """By column, the levels that are one number or truth value in several spellings, such as "001" and "1".

    Where all cells of a table's column are numbers, it is read as these, and the spelling is lost.
    """
    alike = {}
    for name, levels in model.levels.items():
        words = plain([level.strip() for level in levels])
        several = {word for word, count in Counter(words).items() if count > 1}
        if found := [level for level, word in zip(levels, words, strict=True) if word in several]:
            alike[name] = found
    return alike


def _kinds(model: Mojo) -> dict[str, Kind]:
    """What the columns of tables hold, categories first."""
    coded = {name for column in model.coded for name in column.names}
    numeric = [name for name in model.numeric if name not in coded]
    categorical = [*model.levels, *(column.name for column in model.coded)]
    return {**dict.fromkeys(categorical, "categorical"), **dict.fromkeys(numeric, "numeric")}


def _categorical(model: Mojo, name: str, levels: tuple[str, ...]) -> CategoricalColumn:
    words = tuple(level.strip() for level in levels)
    if twice := repeated(words):
        raise DetectorFileError(
            f"{model.source}: column {shown(name)} has two levels {shown(twice[0])} that differ only by blanks around "
            "them; offbeat does not tell these apart. Rename one, and train the model again."
        )
    return CategoricalColumn(name, words, (), False)
