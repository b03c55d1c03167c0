"""Anomalies among the training rows: said by the user, or found."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from small_detectors import QUICK, readings

import offbeat
from offbeat.errors import SettingsError
from offbeat.scoring.fit import shares_of

BAD = slice(0, 15)
"""Rows of `_contaminated` that are another kind of thing, all alike."""


def _contaminated(height: int = 600, bad: slice = BAD) -> np.ndarray:
    rows, others = readings(height), readings(bad.stop, seed=1)
    rows[bad] = 0.2 * (others - others.mean(axis=0)) + [35.0, 1800.0, 50.0, 0.05]
    return rows


def _fitted(table: np.ndarray, **settings: object) -> offbeat.Detector:
    return offbeat.fit(table, **{"epochs": 1, "progress": "none", **settings})


def test_a_crowd_of_anomalies_is_found_and_ranked_first() -> None:
    detector = _fitted(_contaminated())

    assert (detector.resolved.score, detector.resolved.contamination) == ("neighbourhood", "unknown")
    assert detector.settings.contamination == "auto"
    assert len(set(detector.detect(_contaminated()).ranking[:15]) & set(range(15))) >= 12
    assert "Training rows: some seem to be anomalies" in detector.describe()


def test_what_was_found_is_said_beside_the_threshold_unless_it_was_stated() -> None:
    words = "Some training rows seem to be anomalies, so the score is the distance to the nearest twentieth"

    assert words in _fitted(_contaminated()).detect(_contaminated()).note
    for unchanged in ({"contamination": "unknown"}, {"contamination": 0.08}, {"contamination": "none"}):
        assert words not in _fitted(_contaminated(), **unchanged).detect(_contaminated()).note


def test_rows_that_are_labelled_normal_are_believed_to_be() -> None:
    labelled = np.column_stack([_contaminated(), np.zeros(len(_contaminated()))])
    detector = _fitted(labelled, label=-1, normal=0)

    assert (detector.resolved.score, detector.resolved.contamination) == ("combined", "none")
    stated = _fitted(labelled, label=-1, normal=0, contamination="unknown")
    assert (stated.resolved.score, stated.resolved.contamination) == ("neighbourhood", "unknown")


def test_two_near_neighbours_would_not_have_found_them() -> None:
    found = _fitted(_contaminated(), score="neighbours", neighbours=2).detect(_contaminated())

    assert len(set(found.ranking[:15]) & set(range(15))) < 9


def test_the_nearer_a_crowd_is_to_certain_the_less_near_neighbours_count() -> None:
    few = _fitted(_contaminated(1500, slice(0, 6)))

    assert (few.resolved.score, few.resolved.contamination) == ("combined", "auto"), "neither none nor all of it"
    whitened, neighbours, neighbourhood = few.scorer.exponents
    assert 0 < whitened < 0.25 < neighbourhood < 1 and neighbours == pytest.approx(2 * whitened)
    words = (
        f"ome training rows may be anomalies, so {100 * neighbourhood:.0f} % of the score's weight is the distance to"
    )
    assert f"{words} the nearest twentieth" in few.describe()
    assert few.inspect()["resolved"]["contamination"] == "auto"
    assert words not in few.detect(readings(100)).note, "which is less than a half"


def test_where_crowds_rule_the_score_what_was_found_says_so() -> None:
    few = _fitted(_contaminated(1500, slice(0, 6)))
    surer = replace(few, scorer=replace(few.scorer, exponents=shares_of("combined", crowds=0.98)))

    assert surer.detect(readings(100)).note.endswith(
        "Some training rows may be anomalies, so 94 % of the score's weight is the distance to the nearest twentieth "
        "of the training rows; with contamination='none' (--contamination none) they count as normal, and with "
        "'unknown' the threshold allows for them as well."
    )


def test_rows_without_a_crowd_are_taken_as_normal() -> None:
    detector = _fitted(readings(600))

    assert (detector.resolved.score, detector.resolved.contamination) == ("combined", "none")
    assert detector.scorer.exponents == (0.25, 0.5, 0.25)
    units = "each in units of its median over normal rows, or of its mean where that is 0; in shares of 0.25, 0.5, 0.25"
    assert units in detector.describe()
    assert "anomalies" not in detector.describe().split("Threshold")[0]


def test_a_user_who_knows_better_is_believed() -> None:
    assert _fitted(_contaminated(), contamination="none").resolved.score == "combined"
    assert _fitted(readings(600), contamination="unknown").resolved.score == "neighbourhood"
    assert _fitted(_contaminated(), score="whitened").resolved.score == "whitened"


def test_a_stated_share_sets_the_threshold() -> None:
    detector = _fitted(_contaminated(), contamination=0.08)

    assert str(detector.threshold.rule) == "quantile:0.92"
    assert detector.resolved.neighbours == 2, "a twentieth of the rows are more than there are of one kind"
    assert "distance to the nearest twentieth of the training rows" in detector.describe()
    axis = detector.detect(_contaminated()).plot_scores().axes[0].get_xlabel()
    assert axis == "squared distance to nearest 5 % of training rows"
    found = detector.detect(_contaminated())
    assert set(range(15)) <= set(found.rows)
    assert 15 <= len(found.rows) <= 66


def test_neighbours_that_are_given_stay_as_they_are_given() -> None:
    table = _contaminated(600, slice(0, 120))
    assert _fitted(table, contamination=0.2, neighbours=3).resolved.neighbours == 3


@pytest.mark.parametrize("network", [{}, {"hidden": [2]}])
def test_the_score_that_a_share_leads_to_is_as_wide_when_it_is_named(network: dict[str, object]) -> None:
    table = _contaminated(600, slice(0, 120))
    detector = _fitted(table, contamination=0.2, score="neighbourhood", **network)

    assert detector.resolved.neighbours == _fitted(table, contamination=0.2).resolved.neighbours == 200


def test_what_contamination_did_and_did_not_change_is_told() -> None:
    words = "some are said to be anomalies (contamination=0.1), but with the settings that were given neither the "
    only = "training nor the score allows for them; only the threshold does."
    for score in ("combined", "whitened"):
        assert words + only in _fitted(readings(), contamination=0.1, score=score).describe()
    both = _fitted(readings(), contamination=0.1, score="combined", threshold="tail")
    assert "allows for them; nor does the threshold." in both.describe()
    widened = _fitted(readings(), contamination=0.1).describe()
    assert "a share of 0.1 is said to be anomalies, so that no row is normal for being like a few" in widened
    for heeded in (
        widened,
        _fitted(readings(), contamination=0.1, hidden=[2]).describe(),
        _fitted(readings()).describe(),
    ):
        assert "allows for them" not in heeded


def test_an_unknown_share_sets_a_threshold_that_a_third_of_anomalies_could_not_move() -> None:
    assert str(_fitted(_contaminated(), contamination="unknown").threshold.rule) == "median+3mad"
    assert str(_fitted(_contaminated(), contamination="unknown", threshold="tail").threshold.rule) == "tail"


def test_a_named_network_keeps_its_score() -> None:
    detector = offbeat.fit(_contaminated(), **{**QUICK, "threshold": "conformal", "contamination": "unknown"})

    assert (detector.resolved.score, str(detector.threshold.rule)) == ("squared", "conformal")


@pytest.mark.parametrize("share", [0, 0.5, "some"])
def test_words_for_what_is_no_share(share: object) -> None:
    with pytest.raises(SettingsError) as caught:
        _fitted(readings(), contamination=share)
    assert "The setting 'contamination' cannot be" in str(caught.value)
    assert "'auto', 'none' or 'unknown'" in str(caught.value)


@pytest.mark.parametrize("stated", [0.2, "unknown"])
def test_a_fifth_of_the_rows_all_of_one_kind_is_ranked_first_where_anomalies_are_stated(stated: float | str) -> None:
    table = _contaminated(600, slice(0, 120))
    detector = _fitted(table, contamination=stated)

    assert detector.resolved.neighbours >= 200, "of 500 reference rows, a hundred of which are the crowd"
    words = f"distance to the nearest {detector.resolved.neighbours} of 500 training rows"
    assert words in detector.describe()
    assert detector.detect(table).plot_scores().axes[0].get_xlabel() == f"squared {words.replace('the ', '')}"
    assert len(set(detector.detect(table).ranking[:120]) & set(range(120))) >= 90
    narrow = _fitted(table, contamination=stated, neighbours=4)
    assert narrow.resolved.neighbours == 4
    assert len(set(narrow.detect(table).ranking[:120]) & set(range(120))) < 10


def test_a_neighbourhood_stays_a_twentieth_where_the_anomalies_are_scattered() -> None:
    table = readings(600)
    table[:120] += np.random.default_rng(1).normal(size=(120, 4)) * 6 * table.std(axis=0)
    detector = _fitted(table, contamination=0.2)

    assert detector.resolved.neighbours == 2
    assert len(set(detector.detect(table).ranking[:120]) & set(range(120))) >= 105


def test_rows_far_above_all_others_are_told_of_where_nothing_was_said_about_them() -> None:
    table = readings(600)
    table[:60] += np.random.default_rng(1).normal(size=(60, 4)) * 20 * table.std(axis=0)
    detector = _fitted(table)
    found = detector.detect(table)

    told = re.search(r"([0-9.]+) % of the rows that set the threshold score far above all others", found.note)
    assert told and 5 <= float(told[1]) <= 15
    assert "say contamination=0." in found.note and told[0] in detector.describe()
    for quiet in (_fitted(table, contamination=0.1), _fitted(table, contamination="none"), _fitted(readings(600))):
        assert "far above all others" not in quiet.detect(table).note + quiet.describe()


@pytest.mark.parametrize("rows", [60, 290, 400])
def test_they_are_told_of_in_small_tables_too(rows: int) -> None:
    table = readings(rows)
    table[: rows // 12] += np.random.default_rng(1).normal(size=(rows // 12, 4)) * 30 * table.std(axis=0)
    assert "far above all others" in _fitted(table).detect(readings(50, seed=3)).note
    assert "far above all others" not in _fitted(readings(rows)).detect(readings(50, seed=3)).note


def test_rows_far_above_all_others_of_another_table_are_to_be_left_out_of_it() -> None:
    table = readings(430, seed=2)
    table[:30] += np.random.default_rng(1).normal(size=(30, 4)) * 20 * table.std(axis=0)
    detector = _fitted(readings(600)).with_threshold("conformal", table=table)
    imported = replace(detector, facts=replace(detector.facts, recalibrated=False, origin="From elsewhere."))

    for found in (detector.detect(table), imported.detect(table)):
        assert (
            "score far above all others, and count as normal. If they are anomalies, leave them out of the table "
            in (found.note)
        )
        assert "contamination=" not in found.note
    assert detector.with_threshold("tail").facts.recalibrated
    assert "leave them out of the table that sets the threshold." in detector.describe()
