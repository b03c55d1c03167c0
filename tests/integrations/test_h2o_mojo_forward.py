"""H2O's mean squared errors, row by row: in blocks, on several cores, in float64 and float32."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
from imported_models import MOJOS, PUMPS, mojo
from threadpoolctl import threadpool_info

import offbeat
from offbeat.integrations import h2o_mojo
from offbeat.integrations.h2o_mojo.answers import quick_anomaly
from offbeat.integrations.h2o_mojo.forward import BLOCK_ROWS, ERROR_TOLD_BY_FLOAT32, mean_squared_errors
from offbeat.integrations.h2o_mojo.mojo import Mojo, MojoLayer

# What H2O's own tests allow between a model's error and the mean of its scores.
H2O_TOLERANCE = 1e-7
every_mojo = pytest.mark.parametrize("name", MOJOS)


def _many_rows() -> pl.DataFrame:
    cells = offbeat.read(PUMPS).cells
    assert isinstance(cells, pl.DataFrame)
    copies = 1 + 3 * BLOCK_ROWS // cells.height
    return pl.concat([cells] * copies)


@every_mojo
def test_float32_differs_by_less_than_h2o_allows(name: str) -> None:
    model = h2o_mojo.read_mojo(mojo(name))
    exact, quick = (answer(model, PUMPS).to_numpy() for answer in (h2o_mojo.anomaly, quick_anomaly))
    np.testing.assert_allclose(quick, exact, rtol=H2O_TOLERANCE, atol=H2O_TOLERANCE)


@every_mojo
def test_large_errors_are_those_of_float64(name: str) -> None:
    model, rows = h2o_mojo.read_mojo(mojo(name)), _many_rows()
    exact, quick = (answer(model, rows).to_numpy()[:, 0] for answer in (h2o_mojo.anomaly, quick_anomaly))
    large = exact > 2 * ERROR_TOLD_BY_FLOAT32
    assert large.any()
    np.testing.assert_array_equal(quick[large], exact[large])


@every_mojo
@pytest.mark.parametrize("answer", [h2o_mojo.anomaly, quick_anomaly])
def test_a_score_depends_on_no_other_row(name: str, answer: Callable[..., pl.DataFrame]) -> None:
    model, rows = h2o_mojo.read_mojo(mojo(name)), _many_rows()
    scores = answer(model, rows).to_numpy()[:, 0]
    height = offbeat.read(PUMPS).height
    np.testing.assert_array_equal(scores, np.resize(scores[:height], len(scores)))
    for row in (0, BLOCK_ROWS - 1, BLOCK_ROWS, len(scores) - 1):
        assert answer(model, rows[row : row + 1]).item() == scores[row]


def test_of_many_inputs_the_error_depends_on_no_other_row() -> None:
    """The last block may be a single row: NumPy sums the squares of one row otherwise, from 8,193 inputs on."""
    width, random = 9000, np.random.default_rng(0)
    layers = tuple(
        MojoLayer(random.normal(size=shape).astype(np.float32), np.zeros(shape[0]), 0.0)
        for shape in ((1, width), (width, 1))
    )
    names = tuple(f"x{number}" for number in range(width))
    model = Mojo("wide.zip", "3.46", {}, names, np.zeros(width), np.ones(width), False, "tanh", layers)
    inputs = random.normal(size=(BLOCK_ROWS + 1, width))

    errors = mean_squared_errors(model, inputs.__getitem__, len(inputs))

    again = mean_squared_errors(model, inputs[::-1].__getitem__, len(inputs))[::-1]
    np.testing.assert_array_equal(errors, again)


def test_errors_are_the_mean_of_those_of_the_features() -> None:
    model, rows = h2o_mojo.read_mojo(mojo("tanh-dropout")), _many_rows()
    each = h2o_mojo.anomaly_per_feature(model, rows).to_numpy()
    np.testing.assert_allclose(h2o_mojo.anomaly(model, rows).to_numpy()[:, 0], each.mean(axis=1), rtol=1e-9)


def test_calls_side_by_side_leave_numpys_threads_as_they_were() -> None:
    model, rows = h2o_mojo.read_mojo(mojo("tanh-dropout")), _many_rows()
    before = [library["num_threads"] for library in threadpool_info()]
    with ThreadPoolExecutor(4) as pool:
        scores = list(pool.map(lambda _: h2o_mojo.anomaly(model, rows).to_numpy(), range(8)))
    assert all(np.array_equal(scores[0], each) for each in scores)
    assert [library["num_threads"] for library in threadpool_info()][: len(before)] == before
