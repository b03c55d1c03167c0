"""Thresholds where nothing is known of normal rows, as with a model that came from elsewhere."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from offbeat.errors import DataError, DetectorFileError
from offbeat.thresholds import RULES, Threshold, ThresholdSettings, fit_threshold

NOTHING = np.empty(0)
WITHOUT_ROWS = {"none", "0.05"}


def fit(rule: str, scores: np.ndarray = NOTHING) -> Threshold:
    return fit_threshold(ThresholdSettings(threshold=rule), scores, held_out=True)


def test_a_number_needs_no_rows() -> None:
    threshold = fit("0.05")
    decision = threshold.decide(np.array([0.04, 0.06, np.inf]))
    assert (threshold.value, threshold.rows) == (0.05, 0)
    assert decision.flags.tolist() == [False, True, True]
    assert decision.p_values.tolist() == [1.0, 1.0, 1.0]
    assert decision.note == "There are no calibration rows, so p-values are unknown and given as 1."
    assert threshold.describe() == (
        "Flags rows that score above the number given; the cut-off is 0.05, and how many normal rows exceed it is not "
        "known."
    )
    assert math.isnan(threshold.expected_share)


@pytest.mark.parametrize("scores", [NOTHING, np.array([1.0, 2.0])])
def test_no_threshold_flags_nothing_and_says_so(scores: np.ndarray) -> None:
    threshold = fit("none", scores)
    decision = threshold.decide(np.array([0.0, 1e300]))
    assert threshold.value == sys.float_info.max
    assert not decision.flags.any()
    way = "on a table of normal rows." if len(scores) == 0 else "with with_threshold('conformal') (offbeat threshold "
    assert decision.note.startswith(f"No threshold is set, so no row is flagged: set one {way}")
    assert threshold.describe() == (
        "Flags no rows, because no threshold is set; no finite score is high enough for a single row to be flagged."
    )


@pytest.mark.parametrize("rule", sorted({kind.example for kind in RULES.values()} - WITHOUT_ROWS))
def test_every_other_rule_asks_for_rows(rule: str) -> None:
    with pytest.raises(DataError) as problem:
        fit(rule)
    assert str(problem.value) == (
        "No calibration scores: a threshold needs at least one normal row to compare with. Set it on a table of them: "
        "table=normal (--table NORMAL.csv)."
    )


@pytest.mark.parametrize("rule", sorted(WITHOUT_ROWS))
def test_a_threshold_without_rows_is_saved_and_loaded(rule: str) -> None:
    threshold = fit(rule)
    loaded = Threshold.from_dict(threshold.to_dict(), NOTHING)
    assert (loaded.value, loaded.rows, loaded.describe()) == (threshold.value, 0, threshold.describe())


def test_a_file_cannot_claim_another_rule_without_rows() -> None:
    with pytest.raises(DetectorFileError, match=r"The threshold in the detector file is damaged\. No cal"):
        Threshold.from_dict(fit("0.05").to_dict() | {"rule": "quantile:0.99"}, NOTHING)
