"""How frames become what the network learns: encodings, row weights, missing cells, columns left out."""

from __future__ import annotations

import datetime as dt
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from offbeat import h2o
from offbeat.errors import DataError, SettingsError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.estimators.encoding import FilledNumbers
from offbeat.h2o.estimators.parameters import checked_parameters
from offbeat.h2o.estimators.row_weights import one_epoch
from offbeat.h2o.estimators.training_frame import prepared
from offbeat.h2o.frame import H2OFrame

# Of a level's share among rows; eigenvectors are found to this.
CLOSE = 1e-9
ALL = np.ones(5, bool)


def _trained(frame: H2OFrame, **chosen: Any) -> Any:
    settings: dict[str, Any] = {"hidden": [2], "activation": "Tanh", "epochs": 1, "seed": 1}
    return H2OAutoEncoderEstimator(**{**settings, **chosen}).train(training_frame=frame)


def _mixed() -> H2OFrame:
    """Two numbers and three columns of levels, in this order: number, 13 levels, number, 3 levels, 2 levels."""
    many = [f"v{min(row % 13, row % 17):02d}" for row in range(150)]
    cells = {
        "x1": [float(row % 7) for row in range(150)],
        "many": many,
        "x2": [float(row % 5) for row in range(150)],
        "few": [None if row % 30 == 7 else "aaabbc"[row % 6] for row in range(150)],
        "two": ["p" if row % 3 else "q" for row in range(150)],
    }
    return H2OFrame(pl.DataFrame(cells), column_types=dict.fromkeys(["many", "few", "two"], "enum"))


def _inputs(frame: H2OFrame, **chosen: Any) -> Any:
    return prepared(frame, None, list(frame.names), checked_parameters(chosen))


def test_label_encoder_keeps_places_in_place() -> None:
    """H2O 3.46.0.6 calls them so, in the frame's order."""
    model = _trained(_mixed(), categorical_encoding="LabelEncoder")
    assert model.predict(_mixed()).names == [f"reconstr_{name}" for name in ["x1", "many", "x2", "few", "two"]]
    # A mean over the levels' places, from 0, missing ones left out.
    places = ["aaabbc"[row % 6] for row in range(150) if row % 30 != 7]
    assert model.model.network.subtracted[3] == pytest.approx(np.mean(["abc".index(place) for place in places]))


def test_label_encoder_takes_whole_numbers_for_themselves_as_h2o_does() -> None:
    """The rows are those that `tests/files/imported/own-numbers.json` was trained on, by H2O 3.46.0.6."""
    random, rows = np.random.default_rng(1), 200
    cells = {"flow": random.normal(3, 0.4, rows), "postcode": random.choice(["10115", "20095", "80331", "1067"], rows)}
    random.choice(["C:", "D:", "E:"], rows), random.normal(0, 1, rows)
    table = pl.DataFrame(cells)
    lost = random.choice(rows, rows // 8, replace=False)
    table = table.with_columns(
        pl.when(pl.int_range(rows).is_in(lost)).then(None).otherwise("postcode").alias("postcode")
    )
    frame = H2OFrame(table, column_types={"postcode": "enum"})
    model = H2OAutoEncoderEstimator(
        activation="Tanh", hidden=[3], epochs=3, seed=1, reproducible=True, categorical_encoding="LabelEncoder"
    )
    model.train(x=["flow", "postcode"], training_frame=frame)
    folder = Path(__file__).parents[1] / "files" / "imported"
    of_h2o = json.loads((folder / "own-numbers.json").read_text())
    assert model.mse() == pytest.approx(of_h2o["mse"], rel=1e-6)
    new = H2OFrame(pl.read_csv(folder / "codes.csv"), column_types={"postcode": "enum"})
    found = model.anomaly(new).cells.to_series()
    np.testing.assert_allclose(found, of_h2o["anomaly"]["Reconstruction.MSE"], rtol=1e-5)


def test_levels_that_are_numbers_are_known_in_other_spellings() -> None:
    """A pandas column of whole numbers with a gap is one of floats, whose words end with ".0"."""
    learned = H2OFrame(
        {"code": ["1", "2", "10"] * 20, "x": [float(row % 7) for row in range(60)]}, column_types={"code": "enum"}
    )
    model = _trained(learned, categorical_encoding="label_encoder")
    new = [pl.DataFrame({"code": words, "x": [1.0, 2.0, 3.0]}) for words in (["1", "2", "10"], ["1.0", "2.0", " 10"])]
    one, other = (model.anomaly(H2OFrame(cells, column_types={"code": "enum"})).cells.to_series() for cells in new)
    assert one.equals(other)


@pytest.mark.parametrize("word", ["auto", "label_encoder", "binary", "eigen", "enum_limited"])
def test_numbers_are_read_as_the_levels_that_they_spell(word: str) -> None:
    """1, 2 and 3 are no places, which go from 0."""
    raw = H2OFrame({"kind": [1, 2, 3] * 20, "x": [row * 0.5 for row in range(60)]})
    levels = H2OFrame(raw)
    levels["kind"] = raw["kind"].asfactor()
    model = _trained(levels, categorical_encoding=word)
    expected = model.anomaly(levels).cells.to_series()
    for frame in (raw, H2OFrame(raw.cells.cast(pl.Float64))):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert model.anomaly(frame).cells.to_series().equals(expected)


@pytest.mark.parametrize("word", ["label_encoder", "binary", "eigen"])
def test_numbers_that_are_no_levels_are_refused(word: str) -> None:
    model = _trained(_mixed(), categorical_encoding=word)
    odd = _mixed()
    odd["few"] = 1.5
    with pytest.raises(DataError, match=r"Column 'few' holds numbers, but the model was trained on the categories "):
        model.anomaly(odd)
    gone = _mixed()
    gone["few"] = None
    assert model.anomaly(gone).nrows == 150


def test_a_new_label_stands_behind_the_known_ones() -> None:
    """H2O 3.46.0.6: the first new level of a frame has the place behind them, a missing one counts as the mean."""
    encoding = _inputs(_mixed(), categorical_encoding="LabelEncoder").encoding
    cells = H2OFrame({"many": ["new", "v00", None], "few": ["c", None, "d"]})
    assert encoding.encoded(cells).cells.rows() == [(13.0, 2.0), (0.0, None), (None, 3.0)]


def test_binary_gives_the_bits_of_places_behind_the_numbers() -> None:
    """H2O 3.46.0.6: 'many:0', ..., lowest bit first, as many bits as the count of levels has; 0 is missing."""
    data = _inputs(_mixed(), categorical_encoding="binary", standardize=False, ignore_const_cols=False)
    bits = [f"many:{bit}" for bit in range(4)] + ["few:0", "few:1", "two:0", "two:1"]
    assert data.layout.feature_names == ("x1", "x2", *bits)
    # Row 7: x1 0, x2 2, 'v07' is the eighth level, few is missing, 'p' is the first level.
    assert data.rows.scored[7].tolist() == [0, 2, 0, 0, 0, 1, 0, 0, 1, 0]
    unseen = H2OFrame({"x1": [0.0], "many": ["new"], "x2": [0.0], "few": ["c"], "two": ["q"]})
    # The fourteenth and third level; the third of two has both bits, the fourth of three (100) none of its two.
    assert data.encoding.encoded(unseen).cells.row(0) == (0, 0, 0, 1, 1, 1, 1, 1, 0, 1)
    more = H2OFrame({"few": ["new", None], "two": ["new", None]})
    assert data.encoding.encoded(more).cells.rows() == [(0, 0, 1, 1), (0, 0, 0, 0)]


def test_enum_limited_keeps_the_ten_most_common_levels() -> None:
    """H2O 3.46.0.6: 'many.top_10_levels.v10', ..., the most common one first, 'other' last; few levels stay."""
    data = _inputs(_mixed(), categorical_encoding="EnumLimited")
    counts = _mixed().cells["many"].to_physical().value_counts(sort=True).head(10)
    kept = data.layout.levels["many.top_10_levels"]
    assert kept[-1] == "other" and len(kept) == 11
    assert {f"v{place:02d}" for place in counts["many"].to_list()} == set(kept[:-1])
    assert data.layout.levels["few"] == ("a", "b", "c")
    unseen = H2OFrame({"many": ["new", None]}, column_types={"many": "enum"})
    assert data.encoding.encoded(unseen).cells.to_series().to_list() == ["other", None]


def test_eigen_projects_levels_onto_the_leading_direction() -> None:
    data = _inputs(_mixed(), categorical_encoding="eigen", standardize=False)
    assert data.layout.feature_names == ("x1", "many.Eigen", "x2", "few.Eigen", "two.Eigen")
    one_hot = np.eye(2)[["pq".index(word) for word in _mixed().cells["two"].to_list()]]
    strengths, directions = np.linalg.eigh(np.cov(one_hot.T, bias=True))
    leading = directions[:, np.argmax(strengths)]
    np.testing.assert_allclose(abs(data.rows.scored[:, 4]), abs(one_hot @ leading), atol=CLOSE)
    assert len(set(data.rows.scored[:, 1].round(6))) == 13  # no two of the thirteen levels fall together


@pytest.mark.parametrize("word", ["label_encoder", "binary", "enum_limited", "eigen"])
def test_every_encoding_scores_frames_as_it_was_trained(word: str) -> None:
    frame = _mixed()
    model = _trained(frame, categorical_encoding=word, score_training_samples=0)
    scores = model.anomaly(frame).cells.to_series().to_numpy()
    assert scores.mean() == pytest.approx(model.mse(), abs=1e-7)
    each = model.anomaly(frame, per_feature=True).cells.to_numpy()
    np.testing.assert_allclose(each.mean(axis=1), scores, atol=1e-7)


@pytest.mark.parametrize("word", ["label_encoder", "binary", "enum_limited", "eigen"])
def test_the_detector_by_itself_is_refused_where_columns_are_replaced(word: str, tmp_path: Path) -> None:
    frame = _mixed()
    model = _trained(frame, categorical_encoding=word)
    for ask in (lambda: model.detector, lambda: model.export_onnx(tmp_path / "model.onnx")):
        with pytest.raises(
            SettingsError, match=rf"categorical_encoding='{word}' replaces .*'many'.*model\.detect\("
        ) as refused:
            ask()
        assert "model.threshold(rule)" in str(refused.value) and isinstance(refused.value, AttributeError)
    assert not hasattr(model, "detector") and not hasattr(model.model, "detector")
    assert hasattr(_trained(frame), "detector")
    scores = model.anomaly(frame).cells.to_series().to_numpy()
    np.testing.assert_allclose(model.detect(frame).scores, scores, rtol=1e-3, atol=1e-6)
    assert len(model.explain(frame[:1, :])) == 1
    detector = model.threshold(0.5, frame)
    np.testing.assert_allclose(detector.detect(model.table_of(frame)).scores, scores, rtol=1e-3, atol=1e-6)
    again = h2o.load_model(h2o.save_model(model, tmp_path))
    np.testing.assert_array_equal(again.detect(frame).scores, model.detect(frame).scores)


def test_slots_beyond_max_categorical_features_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"have 21 slots, 13 levels of 'many' among them.*enum_limited"):
        _trained(_mixed(), max_categorical_features=20)
    with pytest.raises(SettingsError, match=r"have 19 slots, 11 levels of 'many' among them") as refused:
        _trained(_mixed(), max_categorical_features=18, categorical_encoding="EnumLimited")
    assert str(refused.value).endswith(
        "Set max_categorical_features=19, or categorical_encoding='binary' or 'eigen', or leave the column out."
    )
    assert len(_trained(_mixed(), max_categorical_features=21).model.network.feature_names) == 23


def test_weights_of_whole_numbers_are_as_good_as_repeated_rows() -> None:
    cells = pl.DataFrame({"x": [1.0, 2.0, 5.0, 9.0], "y": [3.0, 1.0, 4.0, 4.0], "times": [2, 1, 3, 0]})
    repeated = cells[np.repeat(np.arange(4), cells["times"])].drop("times")
    weighted = _inputs(H2OFrame(cells), weights_column="times")
    layout = _inputs(H2OFrame(repeated)).layout
    weighted_layout = prepared(
        H2OFrame(cells), None, ["x", "y"], checked_parameters({"weights_column": "times"})
    ).layout
    np.testing.assert_allclose(weighted_layout.subtracted, layout.subtracted)
    np.testing.assert_allclose(weighted_layout.multiplied, layout.multiplied)
    assert len(weighted.rows.scored) == 3


@pytest.mark.parametrize("word", ["enum_limited", "eigen"])
def test_weights_count_in_what_levels_become(word: str) -> None:
    """Two rows of weight 20 are the most common level, as forty rows of it are."""
    kinds = ["a"] * 2 + [f"l{place:02d}" for place in range(12)] * 3
    cells = pl.DataFrame({"kind": kinds, "x": [float(row) for row in range(38)], "times": [20] * 2 + [1] * 36})
    repeated = H2OFrame(cells[np.repeat(np.arange(38), cells["times"])].drop("times"), column_types={"kind": "enum"})
    weighted = H2OFrame(cells, column_types={"kind": "enum"})
    found, expected = (
        prepared(frame, None, ["kind", "x"], checked_parameters({"categorical_encoding": word, **given})).encoding
        for frame, given in ((weighted, {"weights_column": "times"}), (repeated, {}))
    )
    assert found == expected
    if word == "enum_limited":
        assert found.steps[0].kept[0] == "a"


def test_weights_count_in_what_fills_gaps() -> None:
    weighted = H2OFrame({"a": [0.0, 4.0, None], "b": [1.0, 2.0, 3.0], "w": [3, 1, 1]})
    data = prepared(weighted, None, ["a", "b"], checked_parameters({"weights_column": "w", "standardize": False}))
    assert data.encoding.steps == (FilledNumbers("a", 1.0),)
    assert data.rows.scored[2].tolist() == data.rows.learnt[2].tolist() == [1.0, 3.0]


def test_an_epoch_shows_rows_as_often_as_they_weigh() -> None:
    seen = np.zeros(4)
    for epoch in range(100):
        seen += np.bincount(one_epoch(np.array([1.0, 2.0, 4.0, 1.0]), 7, 4 * epoch, ALL[:4]), minlength=4)
    np.testing.assert_allclose(seen / 100, [0.5, 1.0, 2.0, 0.5], atol=0.1)
    assert sorted(one_epoch(np.ones(5), 7, 0, ALL).tolist()) == [0, 1, 2, 3, 4]


def test_rows_with_gaps_are_passed_over_in_an_order_of_all_rows() -> None:
    learnt_from = np.array([True, True, False, True, False])
    order = one_epoch(np.ones(5), 7, 0, learnt_from).tolist()
    assert order == [row for row in one_epoch(np.ones(5), 7, 0, ALL).tolist() if learnt_from[row]]
    drawn = one_epoch(np.array([1.0, 2.0, 9.0, 0.0, 9.0]), 7, 0, learnt_from)
    assert sorted(drawn.tolist()) == [0, 1, 1]


def test_weights_move_what_is_learnt_and_measured() -> None:
    draw = np.random.default_rng(0)
    cells = pl.DataFrame(draw.normal(size=(40, 3)), schema=list("abc")).with_columns(
        w=np.where(np.arange(40) < 20, 5.0, 1.0)
    )
    model = _trained(H2OFrame(cells), weights_column="w", epochs=20)
    assert model.predict(H2OFrame(cells)).names == ["reconstr_a", "reconstr_b", "reconstr_c"]
    scores = model.anomaly(H2OFrame(cells)).cells.to_series().to_numpy()
    assert model.mse() == pytest.approx(np.average(scores, weights=cells["w"].to_numpy()))
    assert model.mse() != pytest.approx(scores.mean())


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1.0, -1.0, 2.0], "holds -1.0 at row 1 \\(1 such row\\); numbers of at least 0"),
        ([1.0, None, 2.0], "holds None at row 1"),
        ([0.0, 0.0, 0.0], "nothing but 0; no row is left"),
        (["a", "b", "a"], "numbers of at least 0 were expected"),
    ],
)
def test_weights_that_are_none_are_refused(weights: list[Any], words: str) -> None:
    frame = H2OFrame(pl.DataFrame({"x": [1.0, 2.0, 4.0], "w": weights}))
    with pytest.raises(DataError, match=words):
        _trained(frame, weights_column="w")
    with pytest.raises(DataError, match="no column 'v' to take as weights_column"):
        _trained(frame, weights_column="v")


GAPS = pl.DataFrame({"a": [1.0, None, 5.0, 6.0], "b": [2.0, 3.0, 9.0, None]})


def test_missing_cells_of_unscaled_columns_are_the_mean_in_training_and_scoring() -> None:
    """H2O trains with the mean and scores with 0: its weights after a row are those of the mean (3.46.0.6)."""
    data = _inputs(H2OFrame(GAPS), standardize=False)
    assert data.rows.scored[1].tolist() == [4.0, 3.0]
    np.testing.assert_allclose(data.rows.learnt, data.rows.scored, rtol=1e-6)
    strict = _inputs(H2OFrame(GAPS), standardize=False, strict_h2o=True)
    assert strict.rows.scored[1].tolist() == [0.0, 3.0]
    assert strict.rows.learnt[1].tolist() == [4.0, 3.0]
    model = _trained(H2OFrame(GAPS), standardize=False)
    assert model.anomaly(H2OFrame(GAPS)).cells.to_series().mean() == pytest.approx(model.mse())


def test_sparse_gives_the_same_model_and_strictly_h2os_mismatch() -> None:
    frame = H2OFrame(pl.DataFrame({"a": [0.0, 0.0, 4.0], "b": [1.0, 3.0, 5.0]}))
    dense, sparse = (_trained(frame, sparse=word) for word in (False, True))
    assert dense.mse() == sparse.mse()
    strict = _inputs(frame, sparse=True, strict_h2o=True)
    np.testing.assert_allclose(strict.rows.learnt, [[0.0, 0.25], [0.0, 0.75], [1.0, 1.25]])
    np.testing.assert_allclose(strict.rows.scored.mean(axis=0), 0.0, atol=CLOSE)


def test_strictly_sparse_rows_with_free_places_lose_their_first_input_as_in_h2o() -> None:
    """A free place says that input 0 is 0, also where that is a level; a missing number is in use."""
    numbers = H2OFrame({"a": [1.0, 2.0, 0.0, 3.0], "b": [0.0, 4.0, 4.0, None]})
    chosen: dict[str, Any] = {"sparse": True, "strict_h2o": True, "standardize": False}
    learnt = _inputs(numbers, **chosen).rows.learnt
    assert learnt[:, 0].tolist() == [0.0, 2.0, 0.0, 3.0]
    assert _inputs(numbers, sparse=True, standardize=False).rows.learnt[:, 0].tolist() == [1.0, 2.0, 0.0, 3.0]
    levels = H2OFrame({"a": [1.0, 2.0, 0.0, 3.0], "kind": ["x", "x", "x", "y"]}, column_types={"kind": "enum"})
    assert _inputs(levels, **chosen).rows.learnt[:, :2].tolist() == [[1, 0], [1, 0], [0, 0], [0, 1]]


def test_places_of_a_sparse_row_grow_by_half_from_16() -> None:
    """As H2O's `DataInfo.Row.addNum` has it: with 40 columns a row of 16, 24 or 36 numbers has no free place."""
    rows = {count: [1.0] * count + [0.0] * (40 - count) for count in (15, 16, 17, 24, 25, 36, 37, 40)}
    frame = H2OFrame({f"c{column}": list(cells) for column, cells in enumerate(zip(*rows.values(), strict=True))})
    data = _inputs(frame, sparse=True, strict_h2o=True, standardize=False, ignore_const_cols=False)
    assert [count for count, row in zip(rows, data.rows.learnt, strict=True) if row[0] == 1] == [16, 24, 36]


def test_a_strictly_sparse_model_is_h2os() -> None:
    """H2O 3.46.0.6."""
    frame = H2OFrame({"b": [1.0] + [0] * 59, "z": [0] * 59 + [1]})
    chosen: dict[str, Any] = {"hidden": [2], "activation": "Tanh", "epochs": 1, "seed": 1, "standardize": False}
    chosen |= {"adaptive_rate": False, "rate": 0.001, "overwrite_with_best_model": False}
    first, second = _trained(frame, **chosen, sparse=True, strict_h2o=True).model.network.layers
    np.testing.assert_allclose(first.weight.ravel(), [0.984765, -0.091614, -0.416453, -0.698476], atol=1e-6)
    np.testing.assert_allclose(second.bias, [-0.000768, 0.00232], atol=1e-6)


def test_skipping_leaves_no_row_where_every_one_has_a_gap() -> None:
    cells = pl.DataFrame({"a": [1.0, None, 2.0, None], "b": [None, 1.0, None, 3.0]})
    with pytest.raises(DataError, match=r"Every row has a missing cell.*mean_imputation"):
        _trained(H2OFrame(cells), missing_values_handling="Skip")


def test_rows_with_gaps_are_skipped_in_learning_and_scored_all_the_same() -> None:
    """H2O 3.46.0.12, reproducible=True: an epoch has five rows, of which three are learnt from an iteration."""
    frame = H2OFrame({"a": [1.0, 2, 3, None, 9], "b": [1.0, 3, None, 4, 5]})
    model = _trained(frame, missing_values_handling="Skip", epochs=3, seed=3)
    history = model.model.descent.history
    assert [event.samples for event in history] == [0, 3, 6, 9, 12, 15]
    np.testing.assert_allclose([event.epochs for event in history], [0, 0.6, 1.2, 1.8, 2.4, 3.0])
    h2o = [0.10459047, 0.10300851, 0.10151037, 0.10012945, 0.09879770, 0.09749454]
    np.testing.assert_allclose([event.training for event in history], h2o, rtol=1e-6)
    assert model.mse() == pytest.approx(model.anomaly(frame).mean()[0])
    assert model.model_performance(train=True).nobs() == 5


def test_rows_with_gaps_are_skipped_from_a_checkpoint_on_as_before() -> None:
    frame = H2OFrame({"a": [1.0, 2.0, None, 4.0] * 5, "b": [1.0, 3.0, 2.0, 5.0] * 5})
    chosen = {"missing_values_handling": "skip", "standardize": False}
    start = _trained(frame, epochs=2, **chosen)
    on, whole = _trained(frame, epochs=4, checkpoint=start, **chosen), _trained(frame, epochs=4, **chosen)
    assert start.model.rows == on.model.rows == whole.model.rows == 15
    assert on.model.descent.encoding == start.model.descent.encoding
    assert [event.samples for event in on.model.descent.history[:3]] == [0, 15, 30]
    # A gap where the checkpoint's rows had none is filled by the mean of these rows, the others by the old ones.
    other = H2OFrame({"a": [9.0, None, 6.0, 9.0], "b": [1.0, 3.0, 2.0, None]})
    learnt = prepared(other, None, ["a", "b"], checked_parameters(chosen), start.model).rows
    assert learnt.seen.tolist() == [True, False, True, False]
    assert learnt.scored.tolist() == [[9.0, 1.0], [pytest.approx(7 / 3), 3.0], [6.0, 2.0], [9.0, 2.0]]


def test_columns_are_chosen_by_x_or_by_what_is_ignored() -> None:
    frame = H2OFrame(pl.DataFrame(np.random.default_rng(0).normal(size=(20, 4)), schema=list("abcd")))
    estimator = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1)
    assert estimator.train(x={"a", "d"}, training_frame=frame).model.network.columns == ("a", "d")
    assert estimator.train(x=[-1, 0], training_frame=frame).model.network.columns == ("a", "d")
    assert estimator.train(training_frame=frame, ignored_columns=["b"]).model.network.columns == ("a", "c", "d")
    assert estimator.train(y="a", training_frame=frame).model.network.columns == ("a", "b", "c", "d")
    with pytest.raises(SettingsError, match="x and ignored_columns were both given"):
        estimator.train(x=["a"], training_frame=frame, ignored_columns=["b"])
    with pytest.raises(DataError, match="no column 'e', '9'; it has 'a', 'b', 'c', 'd'"):
        estimator.train(x=["e", 9], training_frame=frame)
    with pytest.raises(TypeError, match="unexpected keyword argument 'epochs'"):
        estimator.train(training_frame=frame, epochs=3)
    with pytest.raises(DataError, match="The training frame has no rows"):
        estimator.train(training_frame=H2OFrame.of(frame.cells.clear()))


def test_models_tell_the_columns_that_they_ignore() -> None:
    frame = H2OFrame(pl.DataFrame(np.random.default_rng(0).uniform(size=(20, 4)), schema=list("abcd")))
    estimator = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1)

    def told(**chosen: Any) -> Any:
        return estimator.train(training_frame=frame, **chosen).actual_params["ignored_columns"]

    assert told() is None and told(x=["a", "b", "c", "d"]) is None
    assert told(x=["d", "b"]) == ["a", "c"] and told(ignored_columns=["b"]) == ["b"]
    assert told(x=["a"], weights_column="d") == ["b", "c"] and estimator.ignored_columns is None
    assert estimator.params["ignored_columns"] == {"default": None, "actual": ["b", "c"], "input": ["b", "c"]}


def test_times_are_milliseconds_and_offsets_are_left_out() -> None:
    """H2O 3.46.0.6 reconstructs a time as a number of about 1.58e12; an offset_column makes it fail."""
    days = pl.datetime_range(dt.datetime(2020, 1, 1), dt.datetime(2020, 2, 1), "1d", eager=True)
    frame = H2OFrame(pl.DataFrame({"t": days, "x": np.arange(32.0) ** 2, "o": np.arange(32.0)}))
    with pytest.warns(RuntimeWarning, match="no effect in offbeat's autoencoder: 'offset_column'"):
        model = _trained(frame, offset_column="o", activation="Tanh", epochs=3)
    assert model.model.network.columns == ("t", "x")
    rebuilt = model.predict(frame).cells["reconstr_t"].to_numpy()
    assert 1.57e12 < rebuilt.mean() < 1.59e12
    assert model.anomaly(frame).cells.to_series().mean() == pytest.approx(model.mse(), abs=1e-7)


def test_text_is_left_out_and_constant_columns_unless_they_are_wanted() -> None:
    cells = pl.DataFrame({"a": [1.0, 2.0, 3.0], "same": [5.0, 5.0, 5.0], "gone": [None, None, None], "t": list("xyz")})
    frame = H2OFrame(cells, column_types={"t": "string"})
    with pytest.warns(RuntimeWarning, match=r"^Dropping bad and constant columns: \[same, gone, t\]$"):
        trained = _trained(frame)
    assert trained.model.network.columns == ("a",)
    assert trained.params["ignored_columns"] == {"default": None, "actual": None, "input": None}
    with pytest.warns(RuntimeWarning, match=r"columns: \[t\]$"):
        assert _trained(frame, ignore_const_cols=False).model.network.columns == ("a", "same", "gone")
    with pytest.raises(DataError, match="all are constant, empty, text or ignored"):
        _trained(H2OFrame(cells.select("same")))


@pytest.mark.parametrize("form", ["%d", "%02d"])
def test_enum_limited_reads_numbers_as_the_levels_that_they_spell(form: str) -> None:
    words = [form % (row % 12) for row in range(240)]
    training = H2OFrame({"k": words, "x": [float(row % 7) for row in range(240)]}, column_types={"k": "enum"})
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1, categorical_encoding="enum_limited")
    model.train(training_frame=training)

    def scores(cells: list[Any]) -> list[float]:
        return model.anomaly(H2OFrame({"k": cells, "x": [0.0] * len(cells)})).cells.to_series().to_list()

    asked = scores([form % 1, form % 2, form % 3])
    assert len(set(asked)) == 3
    assert scores([1.0, 2.0, 3.0]) == asked
    assert scores([1.0, 2.0, 3.0, 77.5])[:3] == asked
