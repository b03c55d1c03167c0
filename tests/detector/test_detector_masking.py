"""Masking hides whole cells of a table: a category with all of its features."""

from __future__ import annotations

import jax
import numpy as np
from small_detectors import same_bits

from offbeat.data.mixed_rows import mixed_rows
from offbeat.detector.config import parse_settings
from offbeat.detector.fit import fit
from offbeat.detector.member import fit_member

SETTINGS = {
    "network": "dense",
    "hidden": [4],
    "epochs": 3,
    "masking": 0.4,
    "threshold": "mean+3std",
    "score": "squared",
}


def _weights(network: object) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(network)]


def test_a_fit_masks_by_column() -> None:
    table = mixed_rows(120, seed=1).table
    detector = fit(table, progress="none", **SETTINGS)
    columns = tuple(detector.preprocessor.feature_columns.tolist())
    assert max(np.bincount(columns)) > 2
    features, rows = detector.features(table), np.arange(120)
    by_column = fit_member(parse_settings(SETTINGS), features, rows, columns=columns)
    by_feature = fit_member(parse_settings(SETTINGS), features, rows)
    fitted = _weights(detector.network)
    assert all(same_bits(one, other) for one, other in zip(fitted, _weights(by_column.network), strict=True))
    assert not any(same_bits(one, other) for one, other in zip(fitted, _weights(by_feature.network), strict=True))
