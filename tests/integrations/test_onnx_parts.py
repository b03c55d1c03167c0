"""Parts of the ONNX graph, each against the part of the detector that it stands for."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from onnx_detectors import answer

from offbeat.data.schema import infer_schema
from offbeat.data.table import Table
from offbeat.errors import DetectorFileError
from offbeat.integrations.onnx.activations import activate
from offbeat.integrations.onnx.columns import numbers_of, words_of
from offbeat.integrations.onnx.graph import WORDS, Graph
from offbeat.integrations.onnx.p_values import p_values_of
from offbeat.integrations.onnx.preprocessing import features_of
from offbeat.integrations.onnx.scorer import open_session, select
from offbeat.integrations.onnx.selection import flags_of
from offbeat.integrations.onnx.verification import inputs_of_table
from offbeat.networks.activations import ACTIVATIONS, activation_function
from offbeat.preprocessing import SCALINGS, PreprocessingSettings, fit_preprocessor
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.thresholds import Threshold, ThresholdSettings, fit_threshold, parse_rule

ROWS = 8
FEW = settings(max_examples=20)


# --- activations ---


@pytest.mark.parametrize("word", [*ACTIVATIONS, "leaky-relu:0.25", "leaky-relu:0"])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_activations_are_jaxs(word: str, precision: Any) -> None:
    sizes = np.concatenate([[0.0], np.geomspace(1e-6, 300.0, 200)])
    x = np.concatenate([-sizes, sizes]).astype(precision)[:, None]
    found = answer(lambda value: activate(word, value), x, axes=("rows", "units"))
    with jax.enable_x64(precision == np.float64):
        wanted = np.asarray(activation_function(word)(jax.numpy.asarray(x)))
    assert found.dtype == wanted.dtype == precision
    # onnxruntime has a float32 Erf only, so gelu is no better in float64.
    exact = precision == np.float64 and word != "gelu"
    np.testing.assert_allclose(found, wanted, rtol=1e-13 if exact else 1e-6, atol=1e-14 if exact else 5e-7)


def test_an_activation_without_nodes_is_refused_by_name() -> None:
    with pytest.raises(DetectorFileError) as problem:
        answer(lambda value: activate("maxout", value), np.zeros((1, 1)), axes=("rows", "units"))
    assert "ONNX cannot express this detector: its activation 'maxout' is not known" in str(problem.value)


# --- columns to features and back ---


def _table(numbers: np.ndarray, valve: list[str | None]) -> Table:
    cells = {"flow": numbers[:, 0], "heat": numbers[:, 1], "valve": pl.Series(valve, dtype=pl.String)}
    return Table(pl.DataFrame(cells))


def _fitted(table: Table, **chosen: Any) -> Preprocessor:
    return fit_preprocessor(table, infer_schema(table), PreprocessingSettings(**chosen))


@FEW
@given(
    numbers=arrays(np.float64, (ROWS, 2), elements=st.floats(-1e6, 1e6)),
    valve=st.lists(st.sampled_from(["open", "shut", "half", None]), min_size=ROWS, max_size=ROWS),
    scaling=st.sampled_from(sorted(SCALINGS)),
    clip=st.sampled_from([None, 0.5, 3.0]),
    indicator=st.sampled_from([True, False, "auto"]),
    gaps=arrays(bool, (ROWS, 2)),
    absurd=arrays(bool, (ROWS, 2)),
)
def test_features_are_the_preprocessors_bit_for_bit(
    numbers: np.ndarray,
    valve: list[str | None],
    scaling: Any,
    clip: float | None,
    indicator: Any,
    gaps: np.ndarray,
    absurd: np.ndarray,
) -> None:
    whole = _table(numbers, ["open", "shut", "open", "shut", "half", "rare", "open", "open"])
    preprocessor = _fitted(whole, scaling=scaling, clip=clip, missing_indicator=indicator, max_levels=3)
    asked = _table(np.where(gaps, np.nan, np.where(absurd, 1e300, numbers)), valve)
    graph = Graph()
    inputs = graph.input("numbers", np.float64, ("rows", 2)), graph.input("words", WORDS, ("rows", 1))
    graph.output("features", features_of(graph, preprocessor, *inputs), ("rows", preprocessor.features))
    session = open_session(graph.to_model().SerializeToString(), "the features", threads=1)
    (found,) = session.run(None, inputs_of_table(preprocessor, asked))
    assert found.tobytes() == preprocessor.transform(asked).tobytes()


def test_infinite_numbers_lie_on_the_bound() -> None:
    numbers = np.array([[1.0, 2.0], [3.0, 5.0]])
    preprocessor = _fitted(_table(numbers, ["a", "b"]), clip=4.0)
    far = np.array([[np.inf, -np.inf]])
    found = answer(
        lambda value: features_of(value.graph, Preprocessor(("flow", "heat"), preprocessor.numeric, ()), value, None),
        far,
        axes=("rows", "features"),
    )
    assert found.tolist() == [[4.0, -4.0]]


def test_columns_come_back_in_their_own_units_and_words() -> None:
    numbers = np.array([[1e9, 2.0], [1e9 + 50, np.nan], [1e9 - 7, 5.0]])
    preprocessor = _fitted(_table(numbers, ["open", None, "rare"]), max_levels=1)
    features = np.random.default_rng(0).normal(size=(40, preprocessor.features))
    wanted = preprocessor.expected(features)
    found = answer(lambda value: numbers_of(preprocessor.numeric, value), features, axes=("rows", "columns"))
    np.testing.assert_allclose(found.T, [wanted["flow"], wanted["heat"]], rtol=1e-15)
    levels = answer(lambda value: words_of(preprocessor, value), features, axes=("rows", "columns"))
    assert levels[:, 0].tolist() == ["" if word is None else word for word in wanted["valve"]]
    assert set(levels[:, 0]) == {"open", "(other)", ""}


def test_empty_text_as_a_level_is_refused() -> None:
    preprocessor = _fitted(_table(np.ones((3, 2)) * [[1.0], [2.0], [3.0]], ["open", "", ""]))
    with pytest.raises(DetectorFileError) as problem:
        features_of(Graph(), preprocessor, None, None)
    assert str(problem.value) == (
        "ONNX cannot express this detector: empty text is a level of 'valve', and in ONNX it also stands for a missing "
        "cell. Replace empty text by missing cells in the training table, and fit again."
    )


# --- scores to p-values and flags ---

scores = st.floats(0.0, 50.0) | st.sampled_from([0.0, 1.0, 2.0, 1e-300, 1e30, np.inf])


def _threshold(rule: str, calibration: list[float], fdr: float = 0.2) -> Threshold:
    return fit_threshold(ThresholdSettings(threshold=rule, fdr=fdr), np.array(calibration), held_out=True)


def _p_values(threshold: Threshold, rows: np.ndarray) -> np.ndarray:
    return answer(lambda value: p_values_of(parse_rule(threshold.rule), threshold.calibration, value), rows)


@FEW
@given(
    rule=st.sampled_from(["conformal", "tail", "quantile:0.5"]),
    calibration=st.lists(scores.filter(np.isfinite), min_size=1, max_size=40),
    asked=st.lists(scores, min_size=1, max_size=20),
)
def test_p_values_are_the_thresholds(rule: str, calibration: list[float], asked: list[float]) -> None:
    threshold = _threshold(rule, calibration)
    rows = np.array([*asked, *calibration])
    np.testing.assert_allclose(_p_values(threshold, rows), threshold.p_values(rows), rtol=1e-9)


def test_p_values_of_many_calibration_scores_far_beyond_and_of_nan() -> None:
    calibration = np.random.default_rng(0).lognormal(size=9_999)
    for rule in ("conformal", "tail"):
        threshold = _threshold(rule, calibration.tolist())
        rows = np.concatenate([calibration, np.geomspace(1e-9, 1e9, 500), [np.inf]])
        np.testing.assert_allclose(_p_values(threshold, rows), threshold.p_values(rows), rtol=1e-9)
        assert _p_values(threshold, np.array([np.inf, np.nan])).tolist()[0] == 1e-12
        assert np.isnan(_p_values(threshold, np.array([np.nan, 1.0]))).tolist() == [True, False]


def test_arrays_that_no_node_takes_are_left_out() -> None:
    """onnxruntime warns of them, as of the calibration scores of a detector that has none."""
    graph = Graph()
    scores = graph.input("scores", np.float64, ("rows",))
    threshold = fit_threshold(ThresholdSettings(threshold=0.5), np.empty(0), held_out=True)
    graph.output("p_values", p_values_of(parse_rule(threshold.rule), threshold.calibration, scores), ("rows",))
    made = graph.to_model().graph
    used = {name for node in made.node for name in node.input}
    assert {array.name for array in made.initializer} <= used


def test_p_values_without_calibration_scores_are_1() -> None:
    threshold = fit_threshold(ThresholdSettings(threshold=0.5), np.empty(0), held_out=True)
    assert _p_values(threshold, np.array([0.1, 7.0])).tolist() == [1.0, 1.0]


@FEW
@given(
    rule=st.sampled_from(["conformal", "tail", "quantile:0.5", "none", "3.5"]),
    asked=st.lists(scores, min_size=1, max_size=30),
    fdr=st.sampled_from([0.05, 0.3, 0.9]),
    held=st.sampled_from([25, 6, 5, 2, 1]),
    size=st.sampled_from([None, 19, 20, 300]),
)
def test_flags_are_the_thresholds_in_the_graph_and_in_the_scorer(
    rule: str, asked: list[float], fdr: float, held: int, size: int | None
) -> None:
    threshold = _threshold(rule, np.linspace(0.0, 9.0, held).tolist(), fdr)
    rows = np.array(asked) if size is None else np.resize(asked, size)
    decision = threshold.decide(rows)
    found = answer(lambda value, p_values: flags_of(threshold, value, p_values), rows, decision.p_values)
    assert found.tolist() == decision.flags.tolist()
    if rule in ("conformal", "tail"):
        assert select(rows, decision.p_values, fdr, held).tolist() == decision.flags.tolist()


@pytest.mark.parametrize("rule", ["conformal", "quantile:0.5"])
def test_no_rows_give_no_flags(rule: str) -> None:
    threshold, nothing = _threshold(rule, [1.0, 2.0, 3.0]), np.empty(0)
    assert _p_values(threshold, nothing).shape == (0,)
    assert answer(lambda value, p: flags_of(threshold, value, p), nothing, nothing).shape == (0,)
    assert select(nothing, nothing, 0.05, 3).shape == (0,)
