"""What every score promises, over the table of scores."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scored_rows import FEATURES, network, reconstructed, rows, scorer

from offbeat.networks import blocks
from offbeat.networks.blocks import ReconstructedRows, reconstruct_in_blocks
from offbeat.networks.softmax import CategoryProbabilities
from offbeat.scoring.fit import COMPONENTS, fit_components, restore_components
from offbeat.scoring.neighbours import NeighbourDistance
from offbeat.scoring.parts import PARTS
from offbeat.scoring.settings import ScoringSettings
from offbeat.scoring.whitening import WhitenedError, fit_whitening

SUM_ROUNDING = 1e-5
"""Contributions are added in another order than the score."""

every_score = pytest.mark.parametrize("word", COMPONENTS)

MANY = rows(3000, seed=5)


def _scores(word: str, features: np.ndarray) -> np.ndarray:
    return scorer(word, features.shape[1]).scores(network(features.shape[1]), features)


def test_every_word_of_the_setting_but_auto_is_in_the_table() -> None:
    words = set(ScoringSettings.model_json_schema()["properties"]["score"]["enum"])

    assert words == {"auto", *COMPONENTS}


def test_every_part_is_a_score_by_itself_and_every_score_is_made_of_parts() -> None:
    assert all(COMPONENTS[word] == (word,) for word in PARTS)
    assert {part for parts in COMPONENTS.values() for part in parts} == set(PARTS)


@every_score
def test_contributions_are_not_negative_and_sum_to_the_score(word: str) -> None:
    (piece,) = reconstruct_in_blocks(network(), rows(300))

    added = scorer(word).contributions(piece)

    assert added.shape == (300, FEATURES) and added.dtype == np.float64
    assert (added >= 0).all()
    np.testing.assert_allclose(added.sum(axis=1), _scores(word, rows(300)), rtol=SUM_ROUNDING)


@every_score
@pytest.mark.parametrize("height", [1, 255, 256, 257, 3000])
def test_a_row_scores_the_same_bits_whatever_stands_beside_it(word: str, height: int) -> None:
    whole = _scores(word, MANY)

    for first in (0, 3000 - height):
        assert _scores(word, MANY[first : first + height]).tobytes() == whole[first : first + height].tobytes()


@every_score
def test_scores_that_do_not_read_views_are_the_same_bits_whatever_the_views(word: str) -> None:
    for component in scorer(word).components:
        (piece,) = reconstruct_in_blocks(network(), MANY[:200])
        spoiled = ReconstructedRows(piece.features, np.full_like(piece.views, np.nan))
        same = component.scores(piece).tobytes() == component.scores(spoiled).tobytes()
        assert same != component.reads_views


@pytest.mark.parametrize("word", ["neighbours", "neighbourhood", "aligned-neighbours", "svdd"])
def test_scores_that_do_not_read_views_run_no_network_for_them(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (piece,) = reconstruct_in_blocks(network(), MANY[:200])
    (component,) = scorer(word).components
    monkeypatch.delitem(blocks._PROGRAMS, "views")
    assert _scores(word, MANY[:200]).tobytes() == component.scores(piece).astype(np.float64).tobytes()


@every_score
def test_a_row_scores_the_same_bits_in_any_position(word: str) -> None:
    order = np.random.default_rng(0).permutation(600)

    assert _scores(word, MANY[order]).tobytes() == _scores(word, MANY[:600])[order].tobytes()


@every_score
def test_a_row_scores_the_same_bits_alone_and_beside_an_absurd_one(word: str) -> None:
    pair = np.stack([MANY[7], np.full(FEATURES, 1e15, np.float32)])

    beside, alone = _scores(word, pair), _scores(word, pair[:1])

    assert beside[:1].tobytes() == alone.tobytes()
    assert np.isfinite(beside[1])
    # A code of tanh is bounded, and so is the distance of codes.
    assert beside[1] > (1 if word == "svdd" else 1e9) * beside[0]


@pytest.mark.parametrize("width", [1, 2, 200])
def test_one_feature_or_so_many_that_rows_go_in_several_calls_change_no_bit(width: int) -> None:
    features = rows(3000, width, seed=6)
    whole = _scores("combined", features)

    assert _scores("combined", features[2559:]).tobytes() == whole[2559:].tobytes()
    assert _scores("combined", features[::7].copy()).tobytes() == whole[::7].tobytes()


@pytest.mark.parametrize("word", [word for word in COMPONENTS if word != "mahalanobis"])
def test_more_features_than_a_buffer_of_numpy_holds_change_no_bit(word: str) -> None:
    features = rows(30, 9000, seed=6)  # the covariance of so many is refused

    alone = [_scores(word, row[np.newaxis]) for row in features]

    assert np.concatenate(alone).tobytes() == _scores(word, features).tobytes()


def test_more_neighbours_times_features_than_a_buffer_of_numpy_holds_change_no_bit() -> None:
    reference, features = rows(30, 400, seed=1), rows(27, 400, seed=6)  # differences are squared 26 rows at a time
    distance = NeighbourDistance(reference, 25)

    forth, back = (distance.scores(reconstructed(part, part)) for part in (features, features[::-1].copy()))

    assert forth.tobytes() == back[::-1].tobytes()


@every_score
def test_no_rows_have_no_scores(word: str) -> None:
    assert _scores(word, rows(0)).shape == (0,)


@every_score
def test_constant_features_do_not_dominate(word: str) -> None:
    learned = rows(200, 8, seed=3)
    learned[:, 3:] = 0.0  # scaled: 1.0 in every row; five of eight
    settings = ScoringSettings.model_validate({"score": word})
    components = fit_components(settings, network(8), learned, np.arange(200), huber_delta=1.0, seed=0)
    usual = rows(50, 8, seed=4)
    usual[:, 3:] = 0.0
    deviating = usual.copy()
    deviating[:, 3:] = 0.001  # scaled: 1.001

    for component in components:
        # A network that learned: the columns that vary within a tenth, the constant ones exactly.
        values = usual * np.float32(0.9)
        one, other = (component.scores(reconstructed(part, values)) for part in (usual, deviating))
        np.testing.assert_allclose(other, one, rtol=0.02, atol=2e-3)


@every_score
def test_arrays_restore_the_score_bit_for_bit(word: str) -> None:
    fitted = scorer(word).components
    arrays = {part: component.arrays() for part, component in zip(COMPONENTS[word], fitted, strict=True)}
    settings = ScoringSettings.model_validate({"score": word})

    restored = restore_components(settings, arrays, network=network(), huber_delta=0.5)

    (piece,) = reconstruct_in_blocks(network(), MANY[:50])
    for one, other in zip(fitted, restored, strict=True):
        assert type(one) is type(other)
        assert one.contributions(piece).tobytes() == other.contributions(piece).tobytes()


@every_score
def test_what_is_computed_again_is_not_written_with_a_score(word: str) -> None:
    settings = ScoringSettings.model_validate({"score": word})
    fitted = fit_components(settings, network(), MANY, np.arange(300), huber_delta=0.5, seed=0)
    written = pickle.dumps(fitted)
    (piece,) = reconstruct_in_blocks(network(), MANY[:50])
    before = [component.contributions(piece).tobytes() for component in fitted]

    assert pickle.dumps(fitted) == written
    assert [component.contributions(piece).tobytes() for component in pickle.loads(written)] == before


@pytest.mark.parametrize("word", ["whitened", "neighbours", "neighbourhood", "svdd", "combined"])
def test_a_lacking_array_is_named(word: str) -> None:
    with pytest.raises(KeyError, match=r"variance|reference|centre"):
        restore_components(ScoringSettings.model_validate({"score": word}), {}, network=network(), huber_delta=1.0)


def test_a_score_of_before_it_had_all_its_components_has_the_first_ones() -> None:
    arrays = {"whitened": {"variance": np.ones(3, np.float32)}, "neighbours": {"reference": rows(9, 3)}}

    restored = restore_components(
        ScoringSettings(score="combined"), arrays, network=network(3), huber_delta=1.0, count=2
    )

    assert [type(component) for component in restored] == [WhitenedError, NeighbourDistance]


def test_features_of_one_column_have_less_say_each() -> None:
    settings, all_rows = ScoringSettings(score="whitened"), np.arange(len(MANY))

    (alone,) = fit_components(settings, network(), MANY, all_rows, huber_delta=1.0, seed=0)
    (grouped,) = fit_components(
        settings, network(), MANY, all_rows, columns=(0, 1, 1, 1, 1, 2), huber_delta=1.0, seed=0
    )

    ratio = grouped.arrays()["variance"] / alone.arrays()["variance"]
    np.testing.assert_allclose(ratio, [[1, 2, 2, 2, 2, 1]], rtol=1e-6)


def test_levels_that_are_probabilities_have_the_say_of_one_number_together() -> None:
    settings, all_rows = ScoringSettings(score="whitened"), np.arange(len(MANY))
    made = CategoryProbabilities(network(), (4,))

    (alone,) = fit_components(settings, made, MANY, all_rows, huber_delta=1.0, seed=0)
    (grouped,) = fit_components(settings, made, MANY, all_rows, columns=(0, 1, 2, 2, 2, 2), huber_delta=1.0, seed=0)

    ratio = grouped.arrays()["variance"] / alone.arrays()["variance"]
    np.testing.assert_allclose(ratio, [[1, 1, 4, 4, 4, 4]], rtol=1e-6)


@pytest.mark.parametrize(("numbers", "typical"), [(None, [0, 1, 2]), (2, [0, 1]), (0, [0, 1, 2])])
def test_the_floor_of_variances_is_a_tenth_of_a_typical_one(numbers: int | None, typical: list[int]) -> None:
    features = np.concatenate([MANY[:, :3], np.zeros((len(MANY), 3), np.float32)], axis=1)
    views = features[:, None] + np.sqrt(np.arange(1.0, 7.0)).astype(np.float32)

    fitted = fit_whitening([ReconstructedRows(features, views)], numbers)

    own = np.arange(1.0, 7.0)
    np.testing.assert_allclose(fitted.variance, [own + 0.1 * np.median(own[typical])], rtol=1e-5)


def test_whitening_looks_at_the_whole_table_when_it_looks_at_few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.scoring.parts.MOST_WHITENING_ROWS", 10)
    settings = ScoringSettings(score="whitened")
    features = np.concatenate([rows(500), 3 * rows(500, seed=1)])

    (few,) = fit_components(settings, network(), features, np.arange(1000), huber_delta=1.0, seed=0)
    (late,) = fit_components(settings, network(), features, np.arange(500, 1000), huber_delta=1.0, seed=0)

    assert few.arrays()["variance"].mean() > 0.3 * late.arrays()["variance"].mean()
