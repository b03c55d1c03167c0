"""Signs, cut-offs and inputs of the estimator, beside the native detector that it wraps."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import offbeat
from offbeat.errors import DataError
from offbeat.sklearn import AutoEncoderDetector

SMALL = {"hidden": (2,), "epochs": 5}
NAMES = ["flow", "rpm", "load"]
NORMAL = np.random.default_rng(0).normal(size=(60, 3))
OTHERS = np.vstack([np.random.default_rng(1).normal(size=(20, 3)), [[9.0, -9.0, 9.0]]])


@pytest.fixture(scope="module")
def estimator() -> AutoEncoderDetector:
    return AutoEncoderDetector(**SMALL).fit(NORMAL)


@pytest.fixture(scope="module")
def of_a_frame() -> AutoEncoderDetector:
    return AutoEncoderDetector(**SMALL).fit(pd.DataFrame(NORMAL, columns=NAMES))


def test_the_native_detector_of_the_same_seed_says_the_same(estimator: AutoEncoderDetector) -> None:
    native = offbeat.fit(NORMAL, hidden=[2], epochs=5, progress="none")
    assert np.array_equal(native.score(OTHERS), estimator.anomaly_score(OTHERS))
    assert np.array_equal(native.p_values(OTHERS), estimator.p_value(OTHERS))
    assert native.threshold.value == -estimator.offset_


def test_signs_are_those_of_scikit_learn(estimator: AutoEncoderDetector) -> None:
    scores = estimator.detector_.score(OTHERS)
    assert np.array_equal(estimator.anomaly_score(OTHERS), scores)
    assert np.array_equal(estimator.score_samples(OTHERS), -scores)
    assert np.array_equal(estimator.decision_function(OTHERS), -scores - estimator.offset_)
    anomalous = scores > estimator.detector_.threshold.value
    assert np.array_equal(estimator.predict(OTHERS), np.where(anomalous, -1, 1))
    assert estimator.predict(OTHERS)[-1] == -1
    assert np.argmin(estimator.score_samples(OTHERS)) == np.argmin(estimator.p_value(OTHERS)) == 20


def test_a_score_at_the_cut_off_is_normal(estimator: AutoEncoderDetector) -> None:
    score = float(estimator.anomaly_score(OTHERS)[3])
    at_the_cut = AutoEncoderDetector(**SMALL, threshold=score).fit(NORMAL)
    assert at_the_cut.decision_function(OTHERS)[3] == 0.0
    assert at_the_cut.predict(OTHERS)[3] == 1


@pytest.mark.parametrize(("threshold", "rows"), [("none", 60), ("conformal", 5)])
def test_where_no_finite_score_is_an_outlier_the_decision_function_keeps_the_order(threshold: str, rows: int) -> None:
    out_of_reach = AutoEncoderDetector(**SMALL, threshold=threshold).fit(NORMAL[:rows])
    assert out_of_reach.offset_ == -np.inf
    extreme = np.vstack([OTHERS, OTHERS[-1:] * 1e300])
    samples, decisions = out_of_reach.score_samples(extreme), out_of_reach.decision_function(extreme)
    assert len(set(samples)) == len(set(decisions)) == len(extreme)
    assert np.array_equal(np.argsort(decisions), np.argsort(samples))
    assert (decisions > 0).all() and np.isfinite(decisions).all()
    assert (out_of_reach.predict(extreme) == 1).all()


def test_scores_of_nothing_and_of_infinity_keep_their_order_and_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    out_of_reach = AutoEncoderDetector(**SMALL, threshold="none").fit(NORMAL)
    monkeypatch.setattr(out_of_reach, "score_samples", lambda X: -np.array(X))
    scores = [0.0, 1e-300, 1e-30, 1.0, 1e30, sys.float_info.max]
    decisions = out_of_reach.decision_function(scores)
    assert (np.diff(decisions) < 0).all() and (decisions > 0).all() and np.isfinite(decisions).all()
    assert out_of_reach.predict([*scores, np.inf]).tolist() == [1] * len(scores) + [-1]


def test_the_largest_number_as_the_cut_off_of_earlier_versions_is_out_of_reach_too() -> None:
    out_of_reach = AutoEncoderDetector(**SMALL, threshold="none").fit(NORMAL)
    decisions = out_of_reach.decision_function(OTHERS)
    out_of_reach.offset_ = -sys.float_info.max
    restored = pickle.loads(pickle.dumps(out_of_reach))
    assert np.array_equal(restored.decision_function(OTHERS), decisions)
    assert (restored.predict(OTHERS) == 1).all()


def test_attributes_of_the_fit(estimator: AutoEncoderDetector, of_a_frame: AutoEncoderDetector) -> None:
    assert (estimator.n_features_in_, estimator.n_iter_) == (3, 5)
    assert isinstance(estimator.detector_, offbeat.Detector)
    assert not hasattr(estimator, "feature_names_in_")
    assert of_a_frame.feature_names_in_.tolist() == NAMES


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_contamination_is_the_share_of_training_rows_below_the_offset(share: float) -> None:
    contaminated = AutoEncoderDetector(**SMALL, contamination=share).fit(NORMAL)
    assert (contaminated.predict(NORMAL) == -1).mean() == share
    assert contaminated.offset_ == np.percentile(contaminated.score_samples(NORMAL), 100 * share)
    assert contaminated.detector_.detect(NORMAL).flags.mean() == share
    assert np.array_equal(contaminated.fit_predict(NORMAL), contaminated.predict(NORMAL))


@pytest.mark.parametrize("given", [0.09, "unknown", "none"])
@pytest.mark.parametrize("network", [{}, {"hidden": (2,), "batch_size": 16}])
def test_contamination_means_what_it_means_to_fit(given: float | str, network: dict[str, Any]) -> None:
    """A share has a cut-off of its own, and that alone."""
    crowded = np.vstack([np.random.default_rng(0).normal(size=(91, 3)), np.full((9, 3), 6.0)])
    estimator = AutoEncoderDetector(epochs=5, contamination=given, **network).fit(crowded)
    native = offbeat.fit(crowded, epochs=5, contamination=given, progress="none", **network)
    assert np.array_equal(estimator.anomaly_score(crowded), native.score(crowded))
    assert np.array_equal(estimator.p_value(crowded), native.p_values(crowded))
    assert estimator.detector_.resolved.with_changes(threshold="none") == native.resolved.with_changes(threshold="none")
    if isinstance(given, str):
        assert estimator.offset_ == -native.threshold.value
    else:
        assert (estimator.predict(crowded) == -1).mean() == given


def test_a_crowd_of_outliers_of_a_stated_share_is_found() -> None:
    """Each is as near to the others as normal rows are to their neighbours: for normal rows, all would be such."""
    rng = np.random.default_rng(0)
    on_a_plane = rng.normal(size=(400, 2)) @ rng.normal(size=(2, 5)) + 0.1 * rng.normal(size=(400, 5))
    crowded = np.vstack([on_a_plane, 6 + 0.1 * rng.normal(size=(40, 5))])
    stated = AutoEncoderDetector(epochs=1, contamination=40 / 440).fit(crowded)
    assert np.array_equal(stated.predict(crowded), np.repeat([1, -1], [400, 40]))
    taken_for_normal = AutoEncoderDetector(epochs=1, contamination="none").fit(crowded)
    assert (taken_for_normal.predict(crowded[400:]) == 1).all()


FORMS = {
    "list": lambda rows: rows.tolist(),
    "fortran order": np.asfortranarray,
    "objects": lambda rows: rows.astype(object),
    "read-only": lambda rows: np.frombuffer(rows.tobytes()).reshape(rows.shape),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_rows_changes_no_score(estimator: AutoEncoderDetector, form: str) -> None:
    assert np.array_equal(estimator.score_samples(FORMS[form](OTHERS)), estimator.score_samples(OTHERS))


def test_float32_scores_as_the_same_numbers_in_float64(estimator: AutoEncoderDetector) -> None:
    single = OTHERS.astype(np.float32)
    assert np.array_equal(estimator.score_samples(single), estimator.score_samples(single.astype(np.float64)))


def test_a_row_on_its_own_is_judged_as_among_others(estimator: AutoEncoderDetector) -> None:
    alone = [estimator.decision_function(row[None, :])[0] for row in OTHERS]
    assert alone == estimator.decision_function(OTHERS).tolist()
    assert [estimator.predict([row.tolist()])[0] for row in OTHERS] == estimator.predict(OTHERS).tolist()


def test_frames_of_every_library_score_alike(of_a_frame: AutoEncoderDetector, estimator: AutoEncoderDetector) -> None:
    polars = pl.DataFrame(OTHERS, schema=NAMES)
    for frame in (pd.DataFrame(OTHERS, columns=NAMES), polars, polars.to_arrow()):
        assert np.array_equal(of_a_frame.score_samples(frame), estimator.score_samples(OTHERS))
    of_polars = AutoEncoderDetector(**SMALL).fit(pl.DataFrame(NORMAL, schema=NAMES))
    assert of_polars.feature_names_in_.tolist() == NAMES
    assert np.array_equal(of_polars.score_samples(polars), estimator.score_samples(OTHERS))


def test_lazy_frames_are_collected() -> None:
    rows, others = pl.DataFrame(NORMAL, schema=NAMES), pl.DataFrame(OTHERS, schema=NAMES)
    estimator = AutoEncoderDetector(**SMALL).fit(rows.lazy())
    assert estimator.feature_names_in_.tolist() == NAMES
    expected = AutoEncoderDetector(**SMALL).fit(rows).score_samples(others)
    assert np.array_equal(estimator.score_samples(others.lazy()), expected)
    with pytest.raises(DataError, match=r"The LazyFrame given cannot be collected: "):
        estimator.predict(others.lazy().select("nowhere"))


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_columns_that_are_not_those_of_fit_are_refused(of_a_frame: AutoEncoderDetector, make: type) -> None:
    frame = make(dict(zip(NAMES, OTHERS.T, strict=True)))
    with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
        of_a_frame.predict(frame[["rpm", "flow", "load"]])
    with pytest.raises(ValueError, match="Feature names seen at fit time, yet now missing:\n- load"):
        of_a_frame.predict(frame[["flow", "rpm"]])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        of_a_frame.predict(OTHERS)


def test_another_number_of_columns_is_refused(estimator: AutoEncoderDetector) -> None:
    with pytest.raises(ValueError, match="X has 2 features, but AutoEncoderDetector is expecting 3 features"):
        estimator.predict(OTHERS[:, :2])


def test_missing_cells_are_allowed_and_infinite_ones_are_not(
    estimator: AutoEncoderDetector, of_a_frame: AutoEncoderDetector
) -> None:
    holes = OTHERS.copy()
    holes[:, 1] = np.nan
    assert np.isfinite(estimator.score_samples(holes)).all()
    assert AutoEncoderDetector(**SMALL).fit(np.vstack([NORMAL, holes])).predict(holes).shape == (21,)
    infinite = OTHERS.copy()
    infinite[4, 2] = np.inf
    with pytest.raises(ValueError, match="Input X contains infinity"):
        estimator.predict(infinite)
    with pytest.raises(DataError, match="column 'load' holds inf at row 4"):
        of_a_frame.predict(pd.DataFrame(infinite, columns=NAMES))


def test_frames_may_hold_categories_and_arrays_may_not() -> None:
    valve = np.where(np.arange(60) % 2, "open", "shut")
    frame = pd.DataFrame({"flow": NORMAL[:, 0], "valve": valve, "pump": pd.Categorical(valve)})
    frame.loc[3, "flow"], frame.loc[4, "valve"] = np.nan, None
    mixed = AutoEncoderDetector(**SMALL).fit(frame)
    assert mixed.predict(frame.iloc[:1]).tolist() == [1]
    assert np.array_equal(mixed.score_samples(frame), mixed.score_samples(pl.from_pandas(frame)))
    expected = mixed.reconstruct(frame)
    assert (expected.shape, expected.dtype) == ((60, 3), object)
    assert set(expected[:, 2]) <= {"open", "shut", "(other)", "(unseen)"}
    with pytest.raises(ValueError, match="could not convert string to float"):
        AutoEncoderDetector(**SMALL).fit(frame.to_numpy(dtype=str))


def test_one_series_is_no_table(estimator: AutoEncoderDetector) -> None:
    for series in (pd.Series(OTHERS[0]), pl.Series(OTHERS[0]), OTHERS[0]):
        with pytest.raises(ValueError, match=r"Expected (a )?2"):
            estimator.predict(series)


def test_reconstructions_codes_and_explanations_are_the_native_ones(estimator: AutoEncoderDetector) -> None:
    native = estimator.detector_
    expected = estimator.reconstruct(OTHERS)
    assert (expected.shape, expected.dtype) == (OTHERS.shape, float)
    assert [expected[:, at].tolist() for at in range(3)] == [
        column.tolist() for column in native.reconstruct(OTHERS).values()
    ]
    assert np.array_equal(estimator.encode(OTHERS), native.encode(OTHERS))
    assert estimator.encode(OTHERS).shape == (21, 2)
    (reason,) = estimator.explain(OTHERS[-1:])
    assert reason.sentence == native.explain(OTHERS[-1:])[0].sentence
    assert sum(reason.contributions.values()) == pytest.approx(estimator.anomaly_score(OTHERS)[-1])


@pytest.mark.parametrize(
    "method",
    ["predict", "decision_function", "score_samples", "anomaly_score", "p_value", "explain", "reconstruct", "encode"],
)
def test_nothing_can_be_asked_before_fit(method: str) -> None:
    with pytest.raises(NotFittedError, match="This AutoEncoderDetector instance is not fitted yet"):
        getattr(AutoEncoderDetector(), method)(OTHERS)


def test_fitting_is_silent_unless_asked(capfd: pytest.CaptureFixture[str]) -> None:
    AutoEncoderDetector(**SMALL).fit(NORMAL)
    assert capfd.readouterr() == ("", "")


def test_pickling_changes_no_bit_of_a_score(estimator: AutoEncoderDetector) -> None:
    restored = pickle.loads(pickle.dumps(estimator))
    assert np.array_equal(restored.decision_function(OTHERS), estimator.decision_function(OTHERS))
    assert np.array_equal(restored.p_value(OTHERS), estimator.p_value(OTHERS))
    assert restored.get_params() == estimator.get_params()


def test_the_spelled_out_defaults_of_earlier_versions_can_be_cloned_and_fitted_again() -> None:
    earlier = {"threshold": "conformal", "trim": 0.0, "stopping": "loss", "contamination": 0.1}
    restored = pickle.loads(pickle.dumps(AutoEncoderDetector(**SMALL, **earlier)))
    again = clone(restored).fit(NORMAL)
    assert again.get_params()["threshold"] == "conformal"
    assert (again.predict(NORMAL) == -1).mean() == 0.1


def test_another_process_reads_what_joblib_wrote(estimator: AutoEncoderDetector, tmp_path: Path) -> None:
    joblib.dump((estimator, OTHERS), tmp_path / "estimator.joblib")
    program = (
        "import joblib, sys\n"
        "estimator, rows = joblib.load(sys.argv[1], mmap_mode='r')\n"
        "print(estimator.decision_function(rows).tobytes().hex())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "estimator.joblib")]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == estimator.decision_function(OTHERS).tobytes().hex(), answer.stderr
