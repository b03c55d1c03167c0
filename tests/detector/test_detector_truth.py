"""What a table says about its own rows: the label column of the training table, or one that is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from small_detectors import NAMES, fitted, framed, labelled, new_readings, readings, same_bits

import offbeat
from offbeat.data.table import Table
from offbeat.detector.labels import values_of_label
from offbeat.errors import DataError, SchemaError, SettingsError

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


@pytest.mark.parametrize("spelled", [["True", "False"], ["faulty", "fine"], ["bad", "fine"]])
def test_labels_that_are_spelled_otherwise_than_at_the_fit_are_refused(
    spelled: list[str], with_label: offbeat.Detector
) -> None:
    table = NEW.with_columns(state=pl.Series([spelled[0] if bad else spelled[1] for bad in TRUTH]))

    with pytest.raises(DataError) as error:
        with_label.evaluate(table)
    with pytest.raises(DataError, match="no row of the label column 'state' is 'good'"):
        with_label.with_threshold("quantile:0.9", table=table)
    with pytest.raises(DataError, match="no row of the label column 'state' is 'excellent'"):
        with_label.detect(table, normal="excellent")

    assert str(error.value) == (
        f"The table: no row of the label column 'state' is 'good'. It holds '{spelled[1]}', '{spelled[0]}'. The "
        "training table held 'good', 'bad'. Say which of these labels is normal with normal=... (--normal), or spell "
        "them as there; where all rows are anomalies, say normal='good' (--normal good)."
    )
    assert with_label.evaluate(table, normal=spelled[1]).roc_auc == 1.0


@pytest.mark.parametrize(("fitted_as", "asked"), [([True, False], [1, 0]), ([1, 0], [True, False])])
def test_truth_values_and_1_and_0_are_the_same_labels(fitted_as: list[object], asked: list[object]) -> None:
    detector = fitted(framed(readings()).with_columns(fine=pl.lit(fitted_as[0])), label="fine", normal=fitted_as[0])
    table = NEW.with_columns(fine=pl.Series([asked[1] if bad else asked[0] for bad in TRUTH]))
    for given in (None, fitted_as[0], asked[0]):
        assert _labels(detector, table, normal=given) == TRUTH
    assert _labels(detector, NEW.with_columns(fine=pl.lit(fitted_as[0]))) == [False] * len(TRUTH)


def test_anomalies_of_a_new_kind_alone_are_evaluated_where_the_normal_label_is_said(
    with_label: offbeat.Detector,
) -> None:
    broken = NEW.with_columns(state=pl.lit("broken"))[[3, 11]]

    with pytest.raises(DataError, match="no row of the label column 'state' is 'good'"):
        with_label.evaluate(broken)

    assert with_label.evaluate(broken, normal="good").anomalous.recall == 1.0
    assert with_label.detect(broken, normal="good").label_note.endswith("the label column 'state' calls no row normal.")


def test_a_normal_label_that_neither_the_table_nor_the_fit_held_is_refused(with_label: offbeat.Detector) -> None:
    table = NEW.with_columns(state=pl.Series(STATES))
    older = replace(with_label, facts=replace(with_label.facts, labels=None))

    words = r"no row of the label column 'state' is 'Good'\. It holds 'good', 'bad'\. "
    for ask in (with_label.evaluate, with_label.detect, older.evaluate):
        with pytest.raises(DataError, match=words):
            ask(table, normal="Good")
    for rule in ("quantile:0.9", "best-f1"):
        with pytest.raises(DataError, match=words):
            with_label.with_threshold(rule, table=table, normal="Good")

    bad = table.filter(pl.col("state") == "bad")
    assert older.evaluate(bad, normal="good").anomalous.recall == with_label.evaluate(bad, normal="good").accuracy == 1
    assert with_label.evaluate(table, normal="bad").confusion.normal_flagged == sum(TRUTH)


def test_several_normal_labels_are_refused_as_the_settings_refuse_them(with_label: offbeat.Detector) -> None:
    table = NEW.with_columns(state=pl.Series(STATES))

    for label in (None, "state"):
        for ask in (with_label.evaluate, with_label.detect):
            with pytest.raises(
                SettingsError, match=r"The setting 'normal' cannot be \['good'\]: it should be a valid str"
            ):
                ask(table, label=label, normal=["good"])


@pytest.mark.parametrize(
    "labels",
    [np.array(TRUTH), np.arange(16), list(TRUTH), pl.Series(TRUTH)],
    ids=["truth", "numbers", "list", "series"],
)
def test_labels_that_are_held_apart_are_told_how_to_get_into_the_table(labels: object, quick: offbeat.Detector) -> None:
    words = (
        r"^The setting 'label' names a column; several values were given\. Labels that are held apart go into the "
        r"table as a column: numpy\.column_stack\(\[X, y\]\) with label=-1\.$"
    )
    for ask in (quick.evaluate, quick.detect):
        with pytest.raises(SettingsError, match=words):
            ask(NEW, label=labels, normal=0)
    with pytest.raises(SettingsError, match=words):
        quick.with_threshold("best-f1", table=NEW, label=labels, normal=0)
    with pytest.raises(SettingsError, match=words):
        offbeat.fit(NEW, label=labels, normal=0)


def test_a_label_is_named_as_a_fit_takes_it(quick: offbeat.Detector) -> None:
    numbers = np.column_stack([new_readings(), TRUTH])

    for column in (4.0, np.array(4)):
        assert _labels(quick, numbers, label=column, normal=0) == TRUTH
    with pytest.raises(SettingsError, match="The setting 'label' cannot be True"):
        quick.evaluate(numbers, label=True, normal=0)


def test_labels_that_are_spelled_otherwise_are_left_out_of_detections(with_label: offbeat.Detector) -> None:
    found = with_label.detect(NEW.with_columns(state=pl.Series(["no" if bad else "yes" for bad in TRUTH])))

    assert found.labels is None and found.metrics is None
    assert found.label_note == (
        "The table: no row of the label column 'state' is 'good'. It holds 'yes', 'no'. The training table held "
        "'good', 'bad': either all these rows are anomalies of another kind, or the labels are spelled otherwise, so "
        "nothing is compared with them. Say which is normal with normal=... (offbeat evaluate --normal ...): 'good' "
        "where all rows are anomalies."
    )
    assert with_label.detect(NEW.with_columns(state=pl.Series(STATES))).label_note == ""


def test_where_the_labels_of_the_fit_are_not_known_a_table_of_anomalies_is_doubted(
    with_label: offbeat.Detector,
) -> None:
    older = replace(with_label, facts=replace(with_label.facts, labels=None))

    found = older.detect(NEW.with_columns(state=pl.lit("broken")))

    assert found.labels is not None and found.labels.all()
    assert found.label_note == "The table: the label column 'state' calls no row normal."


def test_a_detector_keeps_the_labels_that_are_classes(with_label: offbeat.Detector, quick: offbeat.Detector) -> None:
    table = framed(readings(120)).with_columns(state=pl.Series(range(120)))

    assert with_label.facts.labels == ("good", "bad")
    assert quick.facts.labels is None
    assert values_of_label(Table(table, "pumps.csv"), "state") is None


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
            "The table: the label column 'state' is missing at row 0 (1 such row)",
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
