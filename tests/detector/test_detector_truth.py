"""What a table says about its own rows: the label column of the training table, or one that is named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from small_detectors import NAMES, fitted, framed, labelled, new_readings, readings, same_bits

import offbeat
from offbeat.errors import DataError, SchemaError

TRUTH = [row in (3, 11) for row in range(16)]
STATES = ["bad" if bad else "good" for bad in TRUTH]
NEW = framed(new_readings())


@pytest.fixture(scope="module")
def unnamed() -> offbeat.Detector:
    """A detector of columns without names, whose label stood last."""
    table, is_bad = labelled()
    return fitted(np.column_stack([table.drop("state").to_numpy(), is_bad]), label=-1, normal=0)


def _labels(detector: offbeat.Detector, table: object, **named: object) -> list[bool] | None:
    found = detector.detect(table, **named)  # type: ignore[arg-type]
    assert same_bits(found.scores, detector.score(new_readings()))
    return None if found.labels is None else found.labels.tolist()


def test_the_own_label_is_found_by_name_wherever_it_stands(with_label: offbeat.Detector) -> None:
    table = NEW.with_columns(state=pl.Series(STATES))

    for columns in ((*NAMES, "state"), ("state", *NAMES), ("heat", "state", "load", "flow", "rpm")):
        assert _labels(with_label, table.select(columns)) == TRUTH


def test_a_label_that_was_named_by_its_index_is_found_by_its_name() -> None:
    detector = fitted(labelled()[0], label=-1, normal="good")
    table = NEW.with_columns(state=pl.Series(STATES))

    assert _labels(detector, table.select("state", *NAMES)) == TRUTH


def test_without_the_label_nothing_is_known(with_label: offbeat.Detector, unnamed: offbeat.Detector) -> None:
    assert _labels(with_label, NEW) is None
    assert _labels(with_label, new_readings()) is None
    assert _labels(unnamed, new_readings()) is None


def test_another_column_in_its_place_is_no_label(with_label: offbeat.Detector) -> None:
    assert _labels(with_label, NEW.with_columns(day=pl.lit("Monday"))) is None


def test_a_label_that_nobody_has_filled_in_says_nothing(with_label: offbeat.Detector) -> None:
    assert _labels(with_label, NEW.with_columns(state=pl.lit(None, pl.String))) is None
    assert _labels(with_label, NEW.with_columns(state=pl.Series([None, *STATES[1:]]))) is None


def test_rows_that_are_all_anomalous_are_scored_and_evaluated(with_label: offbeat.Detector) -> None:
    bad = NEW.with_columns(state=pl.lit("bad"))[[3, 11]]

    found = with_label.detect(bad)

    assert found.labels is not None and found.labels.all()
    assert found.metrics is not None and found.metrics.anomalous.recall == 1.0
    assert found.metrics.roc_auc is None
    assert with_label.evaluate(bad).accuracy == 1.0


def test_a_label_is_found_by_position_where_there_are_no_names(unnamed: offbeat.Detector) -> None:
    assert _labels(unnamed, np.column_stack([new_readings(), TRUTH])) == TRUTH


def test_a_label_that_is_named_now_is_taken_instead_of_the_own_one(
    with_label: offbeat.Detector, unnamed: offbeat.Detector
) -> None:
    table = NEW.with_columns(verdict=pl.Series(["no" if bad else "yes" for bad in TRUTH]))

    assert _labels(with_label, table, label="verdict", normal="yes") == TRUTH
    assert _labels(unnamed, np.column_stack([TRUTH, new_readings()]), label=0) == TRUTH


def test_a_label_beside_the_columns_of_a_detector_that_knew_none(quick: offbeat.Detector) -> None:
    numbers = np.column_stack([new_readings(), TRUTH])

    assert _labels(quick, NEW.with_columns(state=pl.Series(STATES)), label="state", normal="good") == TRUTH
    assert _labels(quick, numbers, label=-1, normal=0) == TRUTH
    assert quick.evaluate(numbers, label=4, normal=0).roc_auc == 1.0


def test_a_label_never_counts_as_a_feature_by_position(quick: offbeat.Detector) -> None:
    # As many columns as were fitted, the label among them: one feature is lacking.
    with pytest.raises(SchemaError, match="3 columns; 4 were expected"):
        quick.detect(np.column_stack([new_readings()[:, :3], TRUTH]), label=-1, normal=0)


@pytest.mark.parametrize(
    ("table", "named", "words"),
    [
        (NEW, {}, "The table lacks the label column of the training table, 'state'. Say which column holds the labels"),
        (NEW, {"label": "verdict"}, "there is no column 'verdict'"),
        (NEW.with_columns(state=pl.lit("odd")), {"label": "state"}, "no row of the label column 'state' is 'good'"),
        (
            NEW.with_columns(state=pl.Series([None, *STATES[1:]])),
            {},
            "The table: the label column 'state' is missing at row 0 (1 such rows)",
        ),
    ],
)
def test_evaluating_needs_labels(
    table: pl.DataFrame, named: dict[str, str], words: str, with_label: offbeat.Detector
) -> None:
    with pytest.raises(DataError) as error:
        with_label.evaluate(table, **named)

    assert words in str(error.value)


def test_training_rows_are_scored_with_their_label(unnamed: offbeat.Detector) -> None:
    table, is_bad = labelled()
    found = unnamed.detect(np.column_stack([table.drop("state").to_numpy(), is_bad]))

    assert found.labels is not None and found.labels.tolist() == is_bad.tolist()
    assert same_bits(found.scores, unnamed.score(table.drop("state").to_numpy()))
    assert readings(3).shape[1] == len(unnamed.schema.columns)
