"""What a host program set as JAX's defaults changes no bit of a detector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
import pytest
from small_detectors import fitted, new_readings, same_bits


@contextmanager
def _default(name: str, value: object) -> Iterator[None]:
    before = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        yield
    finally:
        jax.config.update(name, before)


@pytest.mark.parametrize(
    ("name", "value"), [("jax_enable_x64", True), ("jax_numpy_dtype_promotion", "strict")], ids=["float64", "strict"]
)
@pytest.mark.parametrize("settings", [{"noise": 0.1, "dropout": 0.1}, {"network": "contractive", "score": "svdd"}])
def test_a_seed_gives_the_same_detector(name: str, value: object, settings: dict[str, Any]) -> None:
    plain = fitted(epochs=3, **settings)
    with _default(name, value):
        other = fitted(epochs=3, **settings)
        scores, errors = other.score(new_readings()), other.feature_errors(new_readings())
    for one, two in zip(jax.tree.leaves(plain.network), jax.tree.leaves(other.network), strict=True):
        assert same_bits(np.asarray(one), np.asarray(two))
    assert same_bits(scores, plain.score(new_readings()))
    assert same_bits(errors, plain.feature_errors(new_readings()))
