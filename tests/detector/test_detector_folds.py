"""Where few rows set the threshold by folds, new normal rows keep to the stated rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import offbeat


@pytest.mark.parametrize(
    ("rows", "columns", "settings"),
    [
        (20, 210, {"hidden": [8]}),
        (20, 210, {"hidden": [8], "scaling": "normalize", "score": "mahalanobis"}),
        (40, 300, {"hidden": [8], "scaling": "robust"}),
        (20, 60, {"hidden": [4], "scaling": "minmax"}),
    ],
)
def test_new_normal_rows_have_no_smaller_p_values_than_they_may(
    rows: int, columns: int, settings: dict[str, Any]
) -> None:
    """With columns scaled by all rows, those held out among them, half of the new rows had p <= .05."""
    unlikely, flagged = [], []
    for seed in range(6):
        random = np.random.default_rng(seed)
        detector = offbeat.fit(random.normal(size=(rows, columns)), epochs=3, seed=seed, progress="none", **settings)
        found = detector.detect(random.normal(size=(200, columns)))
        unlikely.append(np.mean(found.p_values <= 0.05))
        flagged.append(np.mean(found.flags))
    # Six sets of calibration rows: the share varies from one to the next by as much as it is.
    assert np.mean(unlikely) <= 0.1
    assert np.mean(flagged) <= 0.01


@pytest.mark.parametrize("size", [30.0, 1e4])
def test_an_odd_cell_among_few_rows_hides_no_anomaly_elsewhere(size: float) -> None:
    """In the others' unit its row would score thousands; the cut-off would follow it."""
    random = np.random.default_rng(0)
    table = random.normal(size=(20, 6))
    table[0, 2] = size
    detector = offbeat.fit(table, progress="none")
    odd = random.normal(size=(50, 6))
    odd[:, 0] = 12.0
    assert detector.detect(odd).flags.all()


def test_columns_that_one_row_changes_hide_no_anomaly_elsewhere() -> None:
    """Rare counters: for the row that counts, all others are alike, and tell no unit."""
    random = np.random.default_rng(1)
    table = random.normal(size=(60, 15))
    table[:, :10] = 0
    table[np.arange(10), np.arange(10)] = 1e5
    detector = offbeat.fit(table, progress="none")
    odd = np.append(np.zeros(10), [0, 0, 50, 0, 0])[None]
    assert detector.detect(odd).flags.all()


def test_a_column_with_one_value_has_the_unit_of_that() -> None:
    """For the row that has it, the others know no unit; its raw one would make the cut-off a million times as high."""
    random = np.random.default_rng(0)
    table = random.normal(size=(20, 5)) * [1, 1, 1e6, 1, 1]
    table[1:, 2] = np.nan
    detector = offbeat.fit(table, hidden=[2], epochs=3, progress="none")
    assert detector.threshold.value < 1e3


def test_words_alone_have_folds_too() -> None:
    import polars as pl

    valves = pl.DataFrame({"valve": ["open", "shut"] * 15, "mode": ["a", "b", "c"] * 10})
    detector = offbeat.fit(valves, hidden=[2], epochs=5, progress="none")
    assert not detector.detect(valves).flags.any()
    assert detector.threshold.rows == 30


def test_folds_have_the_pace_of_a_training_that_ended_early() -> None:
    """With the whole warm-up in the one epoch that was kept, the folds learned; a third of new rows had p <= .05."""
    random = np.random.default_rng(0)
    table = random.normal(size=(600, 3)) @ random.normal(size=(3, 12)) + 0.05 * random.normal(size=(600, 12))
    settings: dict[str, Any] = {"hidden": [3], "batch_size": 8, "epochs": 1000, "learning_rate": 0.1, "warmup": 0.5}
    early: dict[str, Any] = {"patience": 1, "min_improvement": 0.9}
    detector = offbeat.fit(table[:100], progress="none", **settings, **early)
    assert detector.history.best_epoch == 1
    assert np.mean(detector.p_values(table[100:]) <= 0.05) <= 0.1
