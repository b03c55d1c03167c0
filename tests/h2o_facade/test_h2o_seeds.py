"""What a seed decides, against the weights and the orders of a running H2O 3.46.0.12."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from offbeat import h2o
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.estimators.seeds import first_weights, shuffled_rows
from offbeat.h2o.frame import H2OFrame

# Four columns, hidden=[3], epochs=0, seed=7, initial_weight_scale=0.5: the first unit of each layer.
FIRST_WEIGHTS = {
    "uniform_adaptive": (
        [0.32292941212654114, 0.44320523738861084, -0.5934615135192871, -0.802814781665802],
        [-0.4936942160129547, -0.7618919610977173, -0.24802322685718536],
    ),
    "uniform": ([0.17440181970596313, 0.23935818672180176, -0.32050585746765137, -0.4335695505142212], None),
    "normal": ([-0.08769740164279938, -0.2662281095981598, -0.06792232394218445, 0.6631349921226501], None),
}


@pytest.mark.parametrize("distribution", FIRST_WEIGHTS)
def test_first_weights_are_h2os_to_the_last_bit(distribution: str) -> None:
    hidden, output = FIRST_WEIGHTS[distribution]
    drawn = first_weights(7, 0, 4, 3, distribution, 0.5)
    assert drawn.shape == (4, 3)
    np.testing.assert_array_equal(drawn[:, 0], np.float32(hidden))
    if output:
        np.testing.assert_array_equal(first_weights(7, 1, 3, 4, distribution, 0.5)[:, 0], np.float32(output))


def test_gaussian_weights_have_the_moments_asked_for() -> None:
    drawn = first_weights(1, 0, 300, 300, "normal", 0.5)
    assert abs(drawn.mean()) < 0.01
    assert drawn.std() == pytest.approx(0.5, rel=0.01)


@given(st.integers(0, 2**63 - 1), st.integers(1, 40), st.integers(1, 9))
@hypothesis_settings(max_examples=40)
def test_an_order_has_each_row_once_and_hangs_on_the_seed_alone(seed: int, rows: int, iteration: int) -> None:
    order = shuffled_rows(seed, rows, iteration, (iteration - 1) * rows)
    assert sorted(order.tolist()) == list(range(rows))
    np.testing.assert_array_equal(order, shuffled_rows(seed, rows, iteration, (iteration - 1) * rows))


def test_orders_differ_from_one_epoch_and_seed_to_the_next() -> None:
    orders = [shuffled_rows(seed, 30, epoch, 30 * (epoch - 1)).tolist() for seed in (1, 2) for epoch in (1, 2)]
    assert len({tuple(order) for order in orders}) == 4


@pytest.mark.parametrize("seed", [-7, -(2**63), 2**63 - 1])
def test_every_seed_but_minus_one_gives_the_same_model_again(seed: int) -> None:
    weights = [1.0 + row % 3 for row in range(40)]
    frame = H2OFrame({"a": [row * 0.5 for row in range(40)], "b": [row % 7 for row in range(40)], "w": weights})
    chosen = {"hidden": [2], "activation": "TanhWithDropout", "epochs": 2, "weights_column": "w"}
    one, two = (H2OAutoEncoderEstimator(seed=seed, **chosen).train(training_frame=frame) for _ in range(2))
    assert one.mse() == two.mse() and one.actual_params["seed"] == seed
    np.testing.assert_array_equal(one.normal_scores[0], two.normal_scores[0])


def test_the_seed_that_the_clock_gave_is_told_and_makes_the_model_again(tmp_path: Path) -> None:
    frame = H2OFrame({"a": [row * 0.5 for row in range(40)], "b": [row % 7 for row in range(40)]})
    chosen = {"hidden": [2], "activation": "Tanh", "epochs": 2}
    one, other = (H2OAutoEncoderEstimator(**chosen).train(training_frame=frame) for _ in range(2))
    drawn = one.actual_params["seed"]
    assert one.seed == -1 and one.params["seed"] == {"default": -1, "actual": drawn, "input": -1}
    assert drawn >= 0 and drawn != other.actual_params["seed"] and one.mse() != other.mse()
    again = H2OAutoEncoderEstimator(seed=drawn, **chosen).train(training_frame=frame)
    assert again.mse() == one.mse()
    np.testing.assert_array_equal(again.normal_scores[0], one.normal_scores[0])
    loaded = h2o.load_model(one.save(tmp_path))
    assert loaded.actual_params["seed"] == drawn and loaded.seed == -1


@pytest.mark.parametrize(
    ("activation", "hidden", "scores"),
    [
        ("Tanh", [3], [0.021176013, 0.181585325, 0.106442701, 0.278951915, 0.070641886, 0.097400959]),
        ("Rectifier", [3, 2], [0.183407070, 0.054669626, 0.646646916, 1.356772023, 0.022528551, 1.141742700]),
    ],
)
def test_a_seed_gives_the_model_that_h2o_gives(activation: str, hidden: list[int], scores: list[float]) -> None:
    """H2O 3.46.0.12, reproducible=True, overwrite_with_best_model=False, epochs=5, seed=7; its first six scores."""
    rows = np.random.default_rng(0).normal(size=(12, 4)).round(6)
    frame = H2OFrame(pl.DataFrame(rows, schema=["C1", "C2", "C3", "C4"]))
    chosen = {"activation": activation, "hidden": hidden, "seed": 7, "epochs": 5, "overwrite_with_best_model": False}
    model = H2OAutoEncoderEstimator(**chosen).train(training_frame=frame)
    np.testing.assert_allclose(model.anomaly(frame).cells.to_numpy()[:6, 0], scores, atol=5e-7)
