"""Another threshold on the same detector: nothing is trained, the first one stays as it was."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_detectors import fitted, framed, labelled, new_readings, readings, same_bits

import offbeat
from offbeat.errors import DataError, SettingsError

RULES = ["conformal", "tail", "mean+1std", "median+3mad", "quantile:0.9", "0.75"]


@pytest.fixture(scope="module")
def held_out() -> offbeat.Detector:
    """A detector with 60 rows held out for the threshold."""
    return fitted(readings(300), threshold="conformal", epochs=3)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_changes_the_threshold_and_nothing_else(
    rule: str, held_out: offbeat.Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was trained")

    monkeypatch.setattr("offbeat.detector.member.train", refuse)
    before = held_out.threshold

    changed = held_out.with_threshold(rule)

    assert changed.threshold.rule == changed.settings.threshold == changed.resolved.threshold == rule
    assert changed.network is held_out.network and changed.scorer is held_out.scorer
    assert same_bits(changed.score(new_readings()), held_out.score(new_readings()))
    assert same_bits(changed.threshold.calibration.scores, before.calibration.scores)
    assert changed.threshold.held_out
    assert held_out.threshold is before and held_out.settings.threshold == "conformal"


def test_rules_of_numbers_are_numpys_over_the_calibration_scores(held_out: offbeat.Detector) -> None:
    scores = held_out.threshold.calibration.scores

    values = {rule: held_out.with_threshold(rule).threshold.value for rule in RULES}

    assert values["mean+1std"] == pytest.approx(scores.mean() + scores.std())
    assert values["quantile:0.9"] == pytest.approx(np.quantile(scores, 0.9))
    spread = 1.482602218505602 * np.median(np.abs(scores - np.median(scores)))
    assert values["median+3mad"] == pytest.approx(np.median(scores) + 3 * spread)
    assert values["0.75"] == held_out.with_threshold(0.75).threshold.value == 0.75


def test_a_lower_rate_of_false_alarms_asks_for_a_higher_score(held_out: offbeat.Detector) -> None:
    strict, lax = held_out.with_threshold("tail", fdr=0.001), held_out.with_threshold("tail", fdr=0.5)

    assert strict.threshold.value > lax.threshold.value
    assert (strict.settings.fdr, lax.settings.fdr, held_out.settings.fdr) == (0.001, 0.5, 0.05)


def test_another_table_may_set_the_threshold(held_out: offbeat.Detector) -> None:
    table = readings(100, seed=8)

    changed = held_out.with_threshold("quantile:0.5", table=table)

    assert changed.threshold.rows == 100
    assert changed.threshold.value == pytest.approx(np.median(held_out.score(table)))


def test_best_f1_separates_labelled_rows(held_out: offbeat.Detector) -> None:
    table, is_bad = labelled()

    changed = held_out.with_threshold("best-f1", table=table, label="state", normal="good")

    assert changed.detect(table.drop("state")).flags.tolist() == is_bad.tolist()
    assert changed.threshold.rows == 60, "p-values rest on the normal rows"


def test_the_label_may_stand_in_a_table_without_names(held_out: offbeat.Detector) -> None:
    table, is_bad = labelled()
    numbers = np.column_stack([table.drop("state").to_numpy(), is_bad])

    changed = held_out.with_threshold("best-f1", table=numbers, label=-1, normal=0)

    assert changed.detect(numbers[:, :4]).flags.tolist() == is_bad.tolist()


def test_the_detectors_own_label_need_not_be_named_again(with_label: offbeat.Detector) -> None:
    table, is_bad = labelled()

    assert with_label.with_threshold("best-f1", table=table).detect(table).flags.tolist() == is_bad.tolist()


def test_other_rules_are_set_on_the_normal_rows_of_a_labelled_table(with_label: offbeat.Detector) -> None:
    table, is_bad = labelled()
    normal = table.filter(pl.Series(~is_bad))

    changed = with_label.with_threshold("quantile:0.9", table=table)

    assert changed.threshold.rows == 60
    assert changed.threshold.value == pytest.approx(np.quantile(with_label.score(normal), 0.9))


def test_best_f1_without_labels_asks_for_them(held_out: offbeat.Detector) -> None:
    for table in (None, readings(20)):
        with pytest.raises(SettingsError, match="The threshold 'best-f1' needs labelled rows and there are none"):
            held_out.with_threshold("best-f1", table=table)


@pytest.mark.parametrize("named", [{"label": "state"}, {"normal": "good"}, {"label": "state", "normal": "good"}])
def test_labels_of_no_table_are_refused(named: dict[str, str], with_label: offbeat.Detector) -> None:
    with pytest.raises(
        SettingsError, match=r"none is given to set the threshold on. Give it with table=... \(--table\)"
    ):
        with_label.with_threshold("quantile:0.9", **named)


def test_of_the_rows_of_before_no_anomalous_ones_are_kept() -> None:
    table, _ = labelled()
    detector = fitted(table, label="state", normal="good", threshold="best-f1")

    with pytest.raises(SettingsError, match=r"'best-f2', table=\.\.\., label=.* \(offbeat threshold --table\)"):
        detector.with_threshold("best-f2")
    assert str(detector.with_threshold("best-f2", table=table).threshold.rule) == "best-f2"


def test_best_f1_needs_both_classes(with_label: offbeat.Detector) -> None:
    table, is_bad = labelled()

    with pytest.raises(DataError, match="needs normal and anomalous rows; all 60 labelled rows are normal"):
        with_label.with_threshold("best-f1", table=table.filter(pl.Series(~is_bad)))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("conformall", "Did you mean 'conformal'?"),
        ("quantile:1.5", "quantile:1.5"),
        ("mean", "Unknown threshold 'mean'"),
    ],
)
def test_a_rule_that_there_is_not_is_refused_and_changes_nothing(
    rule: str, words: str, held_out: offbeat.Detector
) -> None:
    with pytest.raises(SettingsError) as error:
        held_out.with_threshold(rule)

    assert words in str(error.value)
    assert held_out.threshold.rule == "conformal"


def test_a_table_that_does_not_fit_sets_no_threshold(held_out: offbeat.Detector) -> None:
    with pytest.raises(DataError, match="5 columns; 4 were expected"):
        held_out.with_threshold("tail", table=np.zeros((3, 5)))


@given(
    st.sampled_from(RULES),
    st.lists(st.floats(0, 20), min_size=1, max_size=12),
    st.data(),
)
def test_raising_a_score_never_unflags_the_row(
    held_out: offbeat.Detector, rule: str, scores: list[float], data: st.DataObject
) -> None:
    threshold = held_out.with_threshold(rule).threshold
    row = data.draw(st.integers(0, len(scores) - 1))
    raised = np.array(scores)
    raised[row] += data.draw(st.floats(0, 1e6))

    before, after = threshold.decide(np.array(scores)), threshold.decide(raised)

    assert after.flags[row] or not before.flags[row]


def test_a_saved_detector_keeps_the_changed_threshold(
    held_out: offbeat.Detector, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("changed") / "a.offbeat"
    changed = held_out.with_threshold("quantile:0.9", table=framed(readings(40, seed=8)).to_numpy())

    changed.save(path)

    assert offbeat.load(path).threshold.to_dict() == changed.threshold.to_dict()


@pytest.mark.parametrize("states", [[[3.0, 5.0]], [[0.0, 1.0], [1.0, 0.0]]], ids=["one state", "two states"])
def test_training_rows_that_are_all_alike_are_ordinary(states: list[list[float]]) -> None:
    rows = np.tile(states, (60 // len(states), 1))
    found = offbeat.fit(rows, progress="none").detect(rows)
    assert not len(found)
    assert found.p_values.min() > 0.3


def test_one_training_row_says_too_little_to_flag_any() -> None:
    rng = np.random.default_rng(0)
    detector = offbeat.fit(rng.normal(size=(1, 4)), hidden=[2], epochs=1, progress="none")
    found = detector.detect(rng.normal(size=(50, 4)))
    assert not len(found)
    assert found.note.startswith("Only 1 calibration row")


@pytest.mark.parametrize("height", [2, 3, 4, 5])
def test_a_handful_of_training_rows_flags_nothing_and_says_so(height: int) -> None:
    """By chance a few rows are alike, and all others beyond them: that is no evidence against these."""
    normal = np.random.default_rng(0).normal(size=(200, 3))
    for seed in range(3):
        first = 10 * seed
        detector = offbeat.fit(normal[first : first + height], hidden=[2], epochs=2, seed=seed, progress="none")
        found = detector.detect(normal[100:])
        assert not found.flags.any()
        assert "so no row can be flagged" in found.note


@pytest.mark.parametrize("rule", ["mean+1std", "median+3mad", "quantile:0.9", "none", "0.75"])
def test_a_rate_of_false_alarms_is_refused_where_the_rule_reads_none(rule: str, held_out: offbeat.Detector) -> None:
    with pytest.raises(SettingsError) as error:
        held_out.with_threshold(rule, fdr=0.1)
    assert str(error.value) == (
        f"The setting 'fdr' does not apply to threshold='{rule}'. Leave it out, or take threshold='conformal'."
    )


@pytest.mark.parametrize("rule", ["mean+1std", "median+3mad", "quantile:0.9"])
def test_the_same_rule_on_the_same_training_rows_is_the_same_threshold(rule: str) -> None:
    fitted_with_it = fitted(threshold=rule, calibration=0 if rule != "mean+1std" else 0.2)

    changed = fitted_with_it.with_threshold(rule)

    assert fitted_with_it.threshold.basis == changed.threshold.basis == "training"
    assert changed.threshold.describe() == fitted_with_it.threshold.describe()
    assert "of the training scores; " in changed.threshold.describe()
    assert changed.threshold.value == fitted_with_it.threshold.value


def test_rows_of_another_table_are_no_training_rows(quick: offbeat.Detector) -> None:
    assert quick.with_threshold("mean+1std", table=readings(100, seed=8)).threshold.basis == "calibration"


def test_where_no_row_stands_out_it_is_said_how_many_would_alone(held_out: offbeat.Detector) -> None:
    rows, threshold = readings(200, seed=3), held_out.threshold
    found = held_out.detect(rows)
    above = int((found.scores > threshold.value).sum())
    assert (len(found), above > 10 + 2 * 10**0.5) == (0, True)
    words = (
        f"{above} of these rows score above the cut-off for a single row, {threshold.value:.4g}, where about 10 of as"
    )
    assert f"{words} many normal rows would; threshold='quantile:0.99' (--threshold quantile:0.99) flags" in found.note

    few = rows[found.scores < threshold.value]
    for other in (held_out.detect(few), held_out.detect(rows[:1]), held_out.with_threshold("none").detect(rows)):
        assert "of these rows score above" not in other.note
    rows[7] *= 5.0
    assert len(held_out.detect(rows)) == 1
    assert "of these rows score above" not in held_out.detect(rows).note
