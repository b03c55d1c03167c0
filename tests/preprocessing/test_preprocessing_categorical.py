"""Categories as one-hot features: frequent, rare, missing and unseen levels, and the way back."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive.preprocessing_one_hot import one_hot, slots_of
from offbeat.preprocessing import OTHER, UNSEEN, CategoricalColumn, PreprocessingSettings
from offbeat.preprocessing.categorical import fit_categorical

SETTINGS = PreprocessingSettings()


def _encode(column: CategoricalColumn, words: list[str | None]) -> np.ndarray:
    features = np.full((len(words), len(column.slots)), np.nan, dtype=np.float32)
    column.encode(pl.Series(words, dtype=pl.String), features)
    return features


def _fit(words: list[str | None], **settings: object) -> CategoricalColumn:
    return fit_categorical("valve", pl.Series(words, dtype=pl.String), PreprocessingSettings.model_validate(settings))


words = st.lists(st.one_of(st.none(), st.sampled_from(["", "a", "b", "ß", "(other)", "(unseen)"])), min_size=1)


@pytest.mark.parametrize(("count", "height"), [(7, 100), (14, 100), (28, 100), (1, 1000)])
def test_a_level_with_the_stated_share_is_not_rare(count: int, height: int) -> None:
    """.07 * 100 is a little more than 7."""
    training: list[str | None] = ["shut"] * count + ["open"] * (height - count)
    assert not _fit(training, rare_level_share=count / height).rare
    assert _fit(training, rare_level_share=(count + 0.01) / height).rare


@given(training=words, cells=words, share=st.sampled_from([0.0, 0.1, 0.4]), most=st.integers(1, 4))
def test_features_are_those_of_the_naive_twin(
    training: list[str | None], cells: list[str | None], share: float, most: int
) -> None:
    column = _fit(training, rare_level_share=share, max_levels=most)
    kept, other, missing = slots_of(training, share, most)
    assert (list(column.levels), bool(column.rare), column.missing) == (kept, other, missing)
    assert _encode(column, cells).tolist() == one_hot(training, cells, share, most)


@given(training=words)
def test_round_trip_gives_the_levels_back(training: list[str | None]) -> None:
    column = _fit(training)
    assert column.decode(_encode(column, training)).tolist() == training


@given(training=words, order=st.randoms(use_true_random=False))
def test_row_order_changes_nothing(training: list[str | None], order: object) -> None:
    shuffled = training.copy()
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert _fit(shuffled) == _fit(training)


def test_frequent_levels_come_first_and_equal_ones_by_name() -> None:
    column = _fit(["shut", "open", "ajar", "open", "ajar", "stuck"])
    assert column.feature_names == ("valve=ajar", "valve=open", "valve=shut", "valve=stuck", f"valve={UNSEEN}")


def test_a_code_is_its_level_whether_its_column_is_numbers_or_text() -> None:
    column = _fit(["1.0", "1.0", "2.0", "x"])
    assert _encode(column, ["1", "2", "2.00", "3"]).argmax(axis=1).tolist() == [0, 1, 1, 3]
    assert column.spelled(pl.Series("valve", ["1", "3", None])).to_list() == ["1.0", "3", None]


def test_what_training_did_not_show_is_never_expected() -> None:
    column = CategoricalColumn("valve", ("open", "shut"), (), missing=False)
    features = np.array([[0.1, 0.2, 0.9], [0.3, 0.2, 0.1]], np.float32)

    assert column.decode(features).tolist() == ["(unseen)", "open"]
    assert column.decode_seen(features).tolist() == ["shut", "open"]
    assert CategoricalColumn("valve", (), (), missing=False).decode_seen(features[:, 2:]).tolist() == ["(unseen)"] * 2


def test_unseen_level_lights_a_slot_that_training_never_lit() -> None:
    training: list[str | None] = ["open", "shut", "open", "rare"]
    column = _fit(training, rare_level_share=0.3)
    assert column.slots == ("open", OTHER, UNSEEN)
    assert _encode(column, training)[:, -1].tolist() == [0.0] * 4
    assert _encode(column, ["melted", "rare"]).tolist() == [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    # Far from every training row: a reconstruction of the nearest one errs in two features.
    nearest = np.abs(_encode(column, training) - _encode(column, ["melted"])).sum(axis=1).min()
    assert nearest == 2.0


def test_missing_cell_has_its_own_slot_only_if_training_had_one() -> None:
    with_missing, without = _fit(["open", None, "open"]), _fit(["open", "open"])
    assert with_missing.feature_names == ("valve=open", "valve=(missing)", "valve=(unseen)")
    assert _encode(with_missing, [None]).tolist() == [[0.0, 1.0, 0.0]]
    assert _encode(without, [None]).tolist() == [[0.0, 1.0]]


def test_way_back_names_what_has_no_level() -> None:
    column = _fit(["open"] * 9 + ["rare", None], rare_level_share=0.2)
    assert column.decode(_encode(column, ["open", "rare", None, "new"])).tolist() == ["open", OTHER, None, UNSEEN]


def test_way_back_takes_the_largest_feature_and_the_more_frequent_of_equal_ones() -> None:
    column = _fit(["open", "open", "shut"])
    reconstruction = np.array([[0.2, 0.9, 0.1], [0.5, 0.5, 0.0], [-3.0, -2.0, -4.0]], dtype=np.float32)
    assert column.decode(reconstruction).tolist() == ["shut", "open", "shut"]


@pytest.mark.parametrize("training", [["open"], [None], [None, None, "open"]])
def test_one_level_or_none_at_all(training: list[str | None]) -> None:
    column = _fit(training)
    assert column.decode(_encode(column, training)).tolist() == training


def test_many_levels_keep_the_most_frequent() -> None:
    training: list[str | None] = [f"L{i:04d}" for i in range(2000) for _ in range(1 + (i < 7))]
    column = _fit(training, max_levels=10, rare_level_share=0.0)
    assert column.levels == tuple(f"L{i:04d}" for i in range(10))
    assert len(column.rare) == 1990
    assert _encode(column, ["L1999"])[0, 10] == 1.0
