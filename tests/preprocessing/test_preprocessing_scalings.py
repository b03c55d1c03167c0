"""The contract of a scaling, over the table of scalings, and the particular rules of each."""

from __future__ import annotations

import pickle
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from naive.preprocessing_scaling import features_of, scale_of
from offbeat.data.schema import Column, Schema
from offbeat.data.table import Table
from offbeat.preprocessing import SCALINGS, PreprocessingSettings, Preprocessor, fit_preprocessor
from offbeat.preprocessing.settings import ScalingWord

WORDS = sorted(SCALINGS)

ROUNDING = 1e-6
"""Features are float32: six digits are theirs."""

_random = np.random.default_rng(7)
TABLES = {
    "random": _random.normal(size=(200, 5)) * 10.0 ** np.arange(-2, 3) + [0, 3, -70, 1e4, 1e5],
    "constant": np.full((30, 3), [0.0, 5.0, -1e6]),
    "one row": np.array([[1.0, -2.5, 1e9]]),
    "tied": _random.integers(0, 3, size=(101, 4)).astype(float),
    "mostly tied": np.where(_random.random((100, 3)) < 0.1, 5.0, 2.0),
    "missing": np.where(_random.random((80, 4)) < 0.3, np.nan, _random.normal(size=(80, 4))),
    "all missing in one": np.column_stack([np.full(20, np.nan), np.arange(20.0)]),
}


def _fit(matrix: np.ndarray, word: str, **more: object) -> Preprocessor:
    schema = Schema(tuple(Column(name, "numeric") for name in Table(matrix).names))
    settings = PreprocessingSettings.model_validate({"scaling": word, "missing_indicator": False, **more})
    return fit_preprocessor(Table(matrix), schema, settings)


def test_every_word_of_the_settings_has_a_scaling() -> None:
    assert set(SCALINGS) == set(get_args(ScalingWord))


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("name", sorted(TABLES))
def test_scale_is_that_of_the_naive_twin(word: str, name: str) -> None:
    matrix = TABLES[name]
    scale = _fit(matrix, word).numeric.scale
    expected = np.array(scale_of(word, matrix.T.tolist()))
    np.testing.assert_allclose(scale.offset, expected[:, 0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(scale.divisor, expected[:, 1], rtol=1e-12)
    np.testing.assert_allclose(scale.centre, expected[:, 2], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("name", sorted(TABLES))
@pytest.mark.parametrize("order", ["C", "F"])
def test_features_are_those_of_the_naive_twin(word: str, name: str, order: str) -> None:
    matrix = np.asarray(TABLES[name], order=order)  # type: ignore[call-overload]
    features = _fit(matrix, word).transform(Table(matrix))
    expected = np.array(features_of(word, matrix.T.tolist(), matrix.T.tolist())).T
    np.testing.assert_allclose(features, expected, rtol=ROUNDING, atol=ROUNDING)
    assert features.dtype == np.float32
    assert features.flags.c_contiguous


# These leave a large constant in a unit of its own: a deviation of 1000 counts as 1000, or as it does elsewhere.
_SMALL_CONSTANTS_ONLY = ("none", "standard-global", "minmax-global", "normalize")


@pytest.mark.parametrize(
    ("word", "constant"),
    [(word, constant) for word in WORDS for constant in (1.0, 0.1, -3.0)]
    + [(word, 1e6) for word in WORDS if word not in _SMALL_CONSTANTS_ONLY],
)
@pytest.mark.parametrize("noise", [0, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tiny_deviation_of_a_constant_column_counts_less_than_an_ordinary_one(
    word: str, constant: float, noise: int, dtype: type
) -> None:
    training = np.column_stack([np.full(500, constant), _random.normal(50.0, 2.0, size=500)]).astype(dtype)
    training[:, 0] += _random.integers(-noise, noise + 1, size=500) * np.spacing(dtype(constant))
    preprocessor = _fit(training, word)
    features = preprocessor.transform(Table(training))
    ordinary = np.median(np.abs(features[:, 1] - np.median(features[:, 1])))
    deviating = np.array([[constant * 1.001, 50.0]], dtype=dtype)
    deviation = preprocessor.transform(Table(deviating))[0, 0] - features[0, 0]
    assert abs(deviation) < 0.05 * ordinary


@pytest.mark.parametrize("word", WORDS)
def test_leaving_a_constant_zero_counts_by_its_size(word: str) -> None:
    preprocessor = _fit(np.zeros((9, 1)), word)
    assert preprocessor.transform(Table(np.array([[0.25]]))).tolist() == [[0.25]]


@pytest.mark.parametrize("word", WORDS)
def test_time_stamp_keeps_its_digits(word: str) -> None:
    seconds = 1.7e9 + np.linspace(-100, 100, 41)[:, np.newaxis]
    preprocessor = _fit(seconds, word)
    back = preprocessor.inverse(preprocessor.transform(Table(seconds)))["C1"]
    # 'none' hands a float32 the full number, which is its own wish: 128 s between neighbours.
    tolerance = 128 if word == "none" else 1e-4
    assert np.abs(back - seconds[:, 0]).max() < tolerance


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_far_outside_stay_finite(word: str, dtype: type) -> None:
    preprocessor = _fit(np.array([[0.0], [1.0]], dtype=dtype), word)
    largest = np.finfo(dtype).max
    features = preprocessor.transform(Table(np.array([[largest], [-largest]], dtype=dtype)))
    assert features[:, 0].tolist() == [np.float32(1e15), np.float32(-1e15)]


@pytest.mark.parametrize("word", [word for word in WORDS if word != "none"])
@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_units_far_from_one_are_no_trouble(word: str, unit: float) -> None:
    matrix = np.array([[1.0], [2.0], [4.0], [9.0]])
    ordinary, far = _fit(matrix, word), _fit(matrix * unit, word)
    np.testing.assert_allclose(far.transform(Table(matrix * unit)), ordinary.transform(Table(matrix)), rtol=ROUNDING)


@pytest.mark.parametrize("word", WORDS)
def test_bound_holds_for_every_feature(word: str) -> None:
    preprocessor = _fit(TABLES["random"], word, clip=0.25)
    features = preprocessor.transform(Table(TABLES["random"]))
    assert np.abs(features).max() == 0.25


cells = st.floats(-1e6, 1e6, width=32)
matrices = arrays(
    np.float64, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=st.one_of(cells, st.just(np.nan))
)


@given(matrix=matrices, word=st.sampled_from(WORDS))
def test_round_trip_gives_the_cells_back(matrix: np.ndarray, word: str) -> None:
    preprocessor = _fit(matrix, word)
    back = np.column_stack(list(preprocessor.inverse(preprocessor.transform(Table(matrix))).values()))
    scale = preprocessor.numeric.scale
    expected = np.where(np.isnan(matrix), scale.centre, matrix)
    # A feature has 24 bits; in the column's unit its rounding is that share of the distance from the offset.
    tolerance = 2.0**-23 * (np.abs(expected - scale.offset) + np.abs(scale.offset) * 1e-7)
    assert (np.abs(back - expected) <= tolerance + 1e-30).all()


@given(matrix=matrices, word=st.sampled_from(WORDS), seed=st.integers(0, 1000))
def test_row_order_changes_nothing(matrix: np.ndarray, word: str, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(matrix))
    features = _fit(matrix, word).transform(Table(matrix))
    shuffled = _fit(matrix[order], word).transform(Table(matrix))
    np.testing.assert_allclose(shuffled, features, rtol=ROUNDING, atol=ROUNDING)


@given(
    matrix=arrays(np.float64, (8, 2), elements=st.integers(-50, 50).map(float), fill=st.nothing()),
    word=st.sampled_from(["standard", "robust", "minmax", "normalize"]),
    power=st.integers(-6, 6),
    offset=st.integers(-1000, 1000),
)
def test_unit_of_a_column_changes_no_feature(matrix: np.ndarray, word: str, power: int, offset: int) -> None:
    matrix[0], matrix[1] = -1.0, 1.0  # constant columns have no unit-free scale, see scaling.py
    other = (matrix + offset) * 10.0**power
    features = _fit(matrix, word).transform(Table(matrix))
    np.testing.assert_allclose(_fit(other, word).transform(Table(other)), features, rtol=ROUNDING, atol=ROUNDING)


@given(matrix=matrices, word=st.sampled_from(WORDS))
def test_features_of_a_row_do_not_depend_on_other_rows(matrix: np.ndarray, word: str) -> None:
    preprocessor = _fit(matrix, word)
    alone = [preprocessor.transform(Table(matrix[row : row + 1])) for row in range(len(matrix))]
    assert np.concatenate(alone).tobytes() == preprocessor.transform(Table(matrix)).tobytes()


def test_scikit_learn_agrees() -> None:
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    peers = {"standard": StandardScaler(), "minmax": MinMaxScaler(), "robust": RobustScaler(unit_variance=True)}
    for word, peer in peers.items():
        for name in ("random", "tied"):
            expected = peer.fit_transform(TABLES[name])
            features = _fit(TABLES[name], word).transform(Table(TABLES[name]))
            np.testing.assert_allclose(features, expected, rtol=ROUNDING, atol=ROUNDING, err_msg=f"{word}, {name}")
        present = ~np.isnan(TABLES["missing"])
        expected = peer.fit_transform(TABLES["missing"])[present]
        features = _fit(TABLES["missing"], word).transform(Table(TABLES["missing"]))[present]
        np.testing.assert_allclose(features, expected, rtol=ROUNDING, atol=ROUNDING, err_msg=word)


def test_robust_ignores_outliers_and_standard_does_not() -> None:
    clean = _random.normal(10.0, 2.0, size=(1000, 1))
    dirty = np.concatenate([clean, np.full((20, 1), 1e5)])
    assert _fit(dirty, "robust").numeric.scale.divisor[0] == pytest.approx(2.0, rel=0.1)
    assert _fit(dirty, "standard").numeric.scale.divisor[0] > 1000


def test_robust_takes_the_standard_deviation_where_half_of_the_cells_are_equal() -> None:
    matrix = np.array([[0.0]] * 18 + [[3.0]] * 2)
    assert _fit(matrix, "robust").numeric.scale.divisor[0] == pytest.approx(0.9)


def test_normalize_divides_a_constant_by_one_as_h2o_does() -> None:
    scale = _fit(np.full((5, 1), 1e6), "normalize").numeric.scale
    assert (scale.offset[0], scale.divisor[0]) == (1e6, 1.0)


def test_minmax_global_has_one_scale_for_the_whole_table() -> None:
    scale = _fit(np.array([[0.0, 10.0], [1.0, 50.0]]), "minmax-global").numeric.scale
    assert scale.offset.tolist() == [0.0, 0.0]
    assert scale.divisor.tolist() == [50.0, 50.0]


@pytest.mark.parametrize("rows", [1, 2, 4_682, 30_000])
def test_features_of_more_rows_than_are_scaled_at_once(rows: int) -> None:
    random = np.random.default_rng(3)
    matrix = random.normal(size=(30_000, 7)) * 10.0 ** np.arange(-3, 4) + np.arange(7)
    matrix[random.random(matrix.shape) < 0.001] = np.nan
    fitted = _fit(matrix, "standard")
    scale = fitted.numeric.scale
    expected = ((np.where(np.isnan(matrix), scale.centre, matrix) - scale.offset) / scale.divisor).astype(np.float32)
    assert np.array_equal(fitted.transform(Table(matrix[-rows:])), expected[-rows:])


def test_what_is_computed_again_is_not_written_with_a_detector() -> None:
    fitted = _fit(TABLES["random"], "standard")
    before = fitted.transform(Table(TABLES["random"]))
    written = pickle.dumps(fitted)
    assert len(written) < 10_000
    assert np.array_equal(pickle.loads(written).transform(Table(TABLES["random"])), before)
