"""Which rows learn, which measure the loss, which set the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.detector.calibration import folds_apart, with_a_twin
from offbeat.detector.config import parse_settings
from offbeat.detector.rows import MOST_CALIBRATION_ROWS, Roles, assign_roles
from offbeat.errors import DataError, SettingsError

NOBODY = np.arange(0)


def _roles(rows: int, **settings: Any) -> Roles:
    return assign_roles(np.arange(rows), NOBODY, parse_settings(settings))


def _all_of(roles: Roles) -> list[int]:
    return sorted([*roles.train.tolist(), *roles.validation.tolist(), *roles.calibration.tolist()])


@given(
    st.integers(1, 700),
    st.sampled_from([0.0, 0.01, 0.2, 0.9]),
    st.sampled_from([0.0, 0.001, 0.2, 0.99]),
    st.sampled_from(["conformal", "mean+2std", "quantile:0.9", 3.5]),
    st.integers(0, 3),
)
def test_every_row_has_one_role_and_somebody_trains(
    rows: int, validation: float, calibration: float, threshold: str | float, seed: int
) -> None:
    roles = _roles(rows, validation=validation, calibration=calibration, threshold=threshold, seed=seed)

    assert _all_of(roles) == list(range(rows))
    assert len(roles.train) > 0
    assert not roles.in_folds or len(roles.calibration) == 0
    assert roles.train.tolist() == sorted(roles.train)


def test_from_300_rows_on_a_share_is_held_out() -> None:
    roles = _roles(300)

    assert (len(roles.train), len(roles.calibration), roles.in_folds) == (240, 60, False)


def test_of_fewer_rows_each_is_held_out_once() -> None:
    roles = _roles(299)

    assert (len(roles.train), len(roles.calibration), roles.in_folds) == (299, 0, True)
    features = np.random.default_rng(0).normal(size=(299, 3)).astype(np.float32)
    assert np.bincount(folds_apart(features, seed=3)).tolist() == [60, 60, 60, 60, 59]


@pytest.mark.parametrize(("rows", "folds"), [(2, [0, 1]), (3, [0, 1, 2]), (7, [0, 0, 1, 1, 2, 3, 4])])
def test_no_fold_holds_out_all_rows(rows: int, folds: list[int]) -> None:
    assert sorted(folds_apart(np.arange(rows, dtype=np.float32)[:, None], seed=1)) == folds


def test_the_only_two_of_a_kind_are_in_different_folds() -> None:
    centres = np.random.default_rng(0).normal(size=(15, 40)).astype(np.float32)
    twins = np.concatenate([centres, centres + 1e-3])
    for seed in range(20):
        folds = folds_apart(twins, seed)
        assert (folds[:15] != folds[15:]).all()
    assert len({tuple(folds_apart(twins, seed)) for seed in range(20)}) > 10, "the seed draws them"


def test_a_row_and_its_equal_are_twins_also_where_a_zero_has_a_sign() -> None:
    rows = np.float32([[0.0, 1.0], [-0.0, 1.0], [0.0, 2.0]])
    assert with_a_twin(rows).tolist() == [True, True, False]


def test_a_single_row_has_to_do_both() -> None:
    roles = _roles(1, validation=0.5)

    assert (roles.train.tolist(), len(roles.validation), roles.in_folds) == ([0], 0, False)


@pytest.mark.parametrize("settings", [{"threshold": "mean+1std"}, {"threshold": "Mean + std"}, {"calibration": 0}])
def test_all_rows_train_where_the_user_asks_for_it(settings: dict[str, Any]) -> None:
    for rows in (20, 500):
        roles = _roles(rows, **settings)
        assert roles.train.tolist() == list(range(rows))
        assert not roles.in_folds


@pytest.mark.parametrize("threshold", ["quantile:0.99", "median+3mad", "tail", 0.5])
def test_other_thresholds_rest_on_rows_that_were_held_out(threshold: str | float) -> None:
    assert len(_roles(500, threshold=threshold).calibration) == 100
    assert _roles(50, threshold=threshold).in_folds


def test_validation_rows_go_first() -> None:
    roles = _roles(1000, validation=0.1, calibration=0.5)

    assert (len(roles.validation), len(roles.calibration), len(roles.train)) == (100, 450, 450)


def test_a_very_large_table_holds_out_no_more_than_enough() -> None:
    assert len(_roles(200_000).calibration) == MOST_CALIBRATION_ROWS
    assert len(_roles(200_000, calibration=0.2).calibration) == MOST_CALIBRATION_ROWS
    assert len(_roles(200_000, calibration=0.3).calibration) == 60_000, "another share is taken as it is given"


def test_the_seed_decides() -> None:
    one, same, other = (_roles(400, validation=0.1, seed=seed) for seed in (0, 0, 1))

    assert np.array_equal(one.train, same.train) and np.array_equal(one.calibration, same.calibration)
    assert not np.array_equal(one.validation, other.validation)
    assert not np.array_equal(one.calibration, other.calibration)


def test_roles_are_numbers_of_the_table_not_of_the_normal_rows() -> None:
    normal = np.arange(0, 1000, 2)
    roles = assign_roles(normal, np.arange(1, 1000, 2), parse_settings({"validation": 0.1}))

    assert _all_of(roles) == normal.tolist()
    assert roles.anomalous.tolist() == list(range(1, 1000, 2))


def test_without_rows_there_is_nothing_to_train_on() -> None:
    with pytest.raises(DataError, match="There is no row to train on"):
        assign_roles(NOBODY, NOBODY, parse_settings({}))


def test_a_threshold_between_two_classes_needs_both() -> None:
    with pytest.raises(SettingsError) as error:
        _roles(20, threshold="best-f1")

    assert str(error.value) == (
        "The threshold 'best-f1' separates normal from anomalous rows, and no row is known to be anomalous. Say "
        "label=... and normal=... (--label, --normal), or set it later on labelled rows: "
        "detector.with_threshold('best-f1', table=..., label=..., normal=...)."
    )
