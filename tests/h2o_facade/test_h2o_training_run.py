"""Training runs: where they start, what is scored when, how they end, and H2O's numbers where a defect gives others."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from offbeat import h2o
from offbeat.data.heartbeats import NORMAL, heartbeats
from offbeat.errors import SettingsError, TrainingError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.estimators.initial_weights import initial_state
from offbeat.h2o.estimators.parameters import checked_parameters
from offbeat.h2o.frame import H2OFrame
from offbeat.training.per_sample_state import MOST_SAMPLES

# H2O prints seven digits; its weights are float32.
PRINTED = 2e-6
DRAW = np.random.default_rng(0)
ROWS = DRAW.normal(size=(3, 4))
WEIGHTS = [DRAW.normal(size=(2, 4)) * 0.5, DRAW.normal(size=(4, 2)) * 0.5]
BIASES = [np.zeros((2, 1)), np.zeros((4, 1))]


def _frame(rows: int = 60, seed: int = 0) -> H2OFrame:
    draw = np.random.default_rng(seed)
    return H2OFrame(pl.DataFrame(draw.normal(size=(rows, 2)) @ draw.normal(size=(2, 5)), schema=list("abcde")))


def _trained(frame: H2OFrame | None = None, held: H2OFrame | None = None, **chosen: Any) -> Any:
    settings: dict[str, Any] = {"hidden": [2], "activation": "Tanh", "epochs": 3, "seed": 1}
    model = H2OAutoEncoderEstimator(**{**settings, **chosen})
    return model.train(training_frame=_frame() if frame is None else frame, validation_frame=held)


def _from_h2os_start(rows: np.ndarray = ROWS, **chosen: Any) -> tuple[np.ndarray, np.ndarray]:
    """The weights after an epoch of three rows; seed 1 shows them to H2O and to offbeat last to first."""
    settings: dict[str, Any] = {"epochs": 1, "initial_weights": WEIGHTS, "initial_biases": BIASES}
    settings |= {"overwrite_with_best_model": False}
    model = _trained(H2OFrame(pl.DataFrame(rows, schema=list("abcd"))), **settings, **chosen)
    first, second = model.model.network.layers
    return first.weight, second.weight


# --- where a run starts ---


def test_given_weights_are_where_training_starts() -> None:
    model = _trained(
        H2OFrame(pl.DataFrame(ROWS, schema=list("abcd"))),
        epochs=0,
        initial_weights=[H2OFrame(pl.DataFrame(weight)) for weight in WEIGHTS],
        initial_biases=[None, np.full((4, 1), 0.25)],
    )
    for layer, weight in zip(model.model.network.layers, WEIGHTS, strict=True):
        np.testing.assert_allclose(layer.weight, weight, rtol=1e-6)
    assert model.model.network.layers[1].bias.tolist() == [0.25] * 4
    assert [event.samples for event in model.model.descent.history] == [0]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"initial_weights": [None]}, "initial_weights has 1 entries; 2 were expected"),
        ({"initial_weights": [np.ones((5, 2)), None]}, "initial_weights\\[0\\] is 5 x 2; 2 x 5 \\(units x inputs\\)"),
        ({"initial_biases": [None, np.ones((5, 2))]}, "initial_biases\\[1\\] is 5 x 2; 5 x 1"),
        ({"initial_biases": [None, np.full((5, 1), np.nan)]}, "initial_biases\\[1\\] holds cells that are no finite"),
        ({"hidden": [10**5, 10**5]}, "would have 10,001,000,000 weights; at most 100,000,000"),
    ],
    ids=str,
)
def test_weights_that_do_not_fit_are_refused(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        _trained(**chosen)


def test_weights_are_drawn_by_the_distribution_and_rectifiers_start_in_their_upper_half() -> None:
    chosen = checked_parameters({"hidden": [100, 50], "initial_weight_distribution": "Normal"})
    state = initial_state(40, chosen | {"initial_weight_scale": 0.2}, 5)
    assert [np.asarray(layer.bias)[0] for layer in state.layers] == [0.5, 1.0, 0.0]
    assert float(np.asarray(state.layers[0].weight).std()) == pytest.approx(0.2, rel=0.05)
    adaptive = initial_state(40, checked_parameters({"hidden": [100, 50]}), 5)
    assert float(abs(np.asarray(adaptive.layers[1].weight)).max()) == pytest.approx(np.sqrt(6 / 150), rel=0.01)


def test_frames_may_be_given_to_the_constructor_and_by_name() -> None:
    frame, held = _frame(), _frame(seed=0)
    model = H2OAutoEncoderEstimator(
        hidden=[2], epochs=1, seed=1, training_frame=frame.key, validation_frame=held, model_id="of_the_constructor"
    )
    model.train()
    assert model.mse(valid=True) == pytest.approx(model.mse(), rel=1e-9)
    assert model.model_id == "of_the_constructor"
    assert model.train(model_id="of_the_call").model_id == "of_the_call"


def test_without_hidden_layers_inputs_lead_straight_to_outputs() -> None:
    model = _trained(hidden=[])
    assert len(model.model.network.layers) == 1
    assert model.anomaly(_frame()).cells.to_series().mean() == pytest.approx(model.mse(), abs=1e-7)


# --- what is scored when ---


def test_each_iteration_is_scored() -> None:
    events = _trained(epochs=1.5, train_samples_per_iteration=25).model.descent.history
    assert [event.samples for event in events][:5] == [0, 25, 50, 75, 90]
    assert [event.iterations for event in events][:5] == [0, 1, 2, 3, 4]
    assert all(one.timestamp <= two.timestamp for one, two in pairwise(events))


@pytest.mark.parametrize("chosen", [{"score_interval": 3600.0}, {"score_duty_cycle": 0.0}], ids=str)
def test_the_clock_decides_where_it_is_asked_to(chosen: dict[str, Any]) -> None:
    """H2O scores before, and after the last iteration, and in between as time allows."""
    few = [event.samples for event in _trained(overwrite_with_best_model=False, **chosen).model.descent.history]
    assert few == [0, 180]
    each = _trained(overwrite_with_best_model=False, score_each_iteration=True, **chosen)
    assert [event.samples for event in each.model.descent.history] == [0, 60, 120, 180]


def test_scores_are_of_as_many_rows_as_were_asked_for() -> None:
    held = _frame(40, seed=3)
    model = _trained(held=held, score_training_samples=20, score_validation_samples=10)
    assert (model.model.descent.scored_rows, model.model.descent.scored_held) == (20, 10)
    exact = _trained(held=held, score_training_samples=0)
    assert exact.mse(valid=True) == pytest.approx(exact.anomaly(held).cells.to_series().mean(), abs=1e-9)
    assert model.mse() != exact.mse()


# --- how a run ends ---


def test_time_is_up_after_max_runtime_secs() -> None:
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1e6, seed=1, stopping_rounds=0, regression_stop=-1)
    model.train(training_frame=_frame(2000), max_runtime_secs=0.5)
    last = model.model.last
    assert last.seconds > 0.5
    assert 0 < last.epochs < 1e6
    samples = [event.samples for event in model.model.descent.history]
    assert samples == sorted(set(samples))  # no row for a restored best model


def _seen(model: Any, samples: int) -> Any:
    """A model as it would be after so many rows of 60."""
    state = model.descent.state._replace(samples=np.int32(samples))
    last = replace(model.last, samples=samples, epochs=samples / 60)
    return replace(model, descent=replace(model.descent, state=state, history=(*model.descent.history[:-1], last)))


@pytest.mark.parametrize("batch_size", [1, 16])
@pytest.mark.parametrize("left", [90, 0])
def test_training_ends_with_the_rows_that_can_be_counted(batch_size: int, left: int) -> None:
    """It went on for ever once, after a count below 0."""
    before = _seen(_trained(overwrite_with_best_model=False).model, MOST_SAMPLES - left)
    with pytest.warns(UserWarning, match=r"Training ended after 2,147,483,647 of 2,147,484,000 rows: more are not"):
        model = _trained(
            checkpoint=before,
            epochs=35_791_400,
            stopping_rounds=0,
            overwrite_with_best_model=False,
            mini_batch_size=batch_size,
        )
    assert model.model.last.samples == int(model.model.descent.state.samples) == MOST_SAMPLES


def test_an_error_as_low_as_regression_stop_ends_training() -> None:
    assert _trained(epochs=50, regression_stop=10.0).model.last.epochs == 1
    assert _trained(epochs=5, regression_stop=-1).model.last.samples == 300


def test_a_model_that_explodes_says_what_to_change_and_answers_nothing() -> None:
    """H2O's DeepLearningTest.testNumericalExplosion, on spirals made here."""
    turn = np.linspace(0, 3 * np.pi, 100)
    spirals = np.vstack([sign * np.column_stack([turn * np.cos(turn), turn * np.sin(turn)]) for sign in (1, -1)])
    frame = H2OFrame(pl.DataFrame(spirals, schema=["x", "y"]))
    model = H2OAutoEncoderEstimator(
        hidden=[10] * 16,
        activation="Rectifier",
        initial_weight_distribution="Uniform",
        initial_weight_scale=1e20,
        max_w2=1e20,
        train_samples_per_iteration=10,
        seed=1,
    )
    with pytest.raises(
        TrainingError, match=r"became unstable after 0 rows: the weights of layer 1.*bounded activation"
    ):
        model.train(training_frame=frame)
    with pytest.raises(TrainingError, match=r"There is no model, for its training failed.*became unstable"):
        model.predict(frame)


def test_a_rate_far_too_high_is_told_as_well() -> None:
    with pytest.raises(TrainingError, match=r"became unstable after .* rows"):
        _trained(activation="Rectifier", hidden=[20, 20], adaptive_rate=False, rate=50.0, rate_annealing=0.0, epochs=20)


# --- what is shown and kept ---


def test_a_bar_counts_rows_on_a_terminal_until_silence_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("offbeat.training.reporting.SECONDS_BEFORE_SHOWING", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    _trained()
    assert "180/180" in capsys.readouterr().err
    h2o.no_progress()
    _trained()
    assert capsys.readouterr().err == ""
    h2o.show_progress()
    _trained()
    assert "180/180" in capsys.readouterr().err


def test_a_trained_model_is_kept_in_the_folder_of_checkpoints(tmp_path: Path) -> None:
    model = _trained(export_checkpoints_dir=str(tmp_path), model_id="kept")
    [file] = tmp_path.iterdir()
    assert file.name.startswith("kept")
    loaded = h2o.load_model(str(file))
    assert loaded.mse() == model.mse()
    on = _trained(checkpoint=loaded, epochs=5)
    assert on.model.last.epochs == 5


# --- batches ---


def test_batches_find_the_bad_heartbeats_and_repeat_themselves() -> None:
    beats = heartbeats(60, samples=40, anomalies=3)
    normal = np.flatnonzero([kind == NORMAL for kind in beats.kinds])
    bad = np.flatnonzero([kind != NORMAL for kind in beats.kinds])
    names = [f"C{i + 1}" for i in range(40)]
    train = H2OFrame(pl.DataFrame(beats.curves[normal[:40]], schema=names))
    test = H2OFrame(pl.DataFrame(beats.curves[[*normal[40:], *bad]], schema=names))
    one, two = (_trained(train, hidden=[20], epochs=100, mini_batch_size=4, l1=1e-5) for _ in range(2))
    scores = one.anomaly(test).cells.to_series().to_numpy()
    assert set(np.argsort(scores)[-len(bad) :]) == set(range(len(test.cells) - len(bad), len(test.cells)))
    np.testing.assert_array_equal(scores, two.anomaly(test).cells.to_series().to_numpy())
    assert one.mse() < 0.3 * one.model.descent.history[0].training


# --- checkpoints ---


def test_a_checkpoint_goes_on_with_its_own_scaling() -> None:
    """H2O takes the new frame's means, which the weights never saw: the old frame's scores become 40 times as high."""
    first = _trained(epochs=3, model_id="first_part")
    shifted = H2OFrame.of(_frame().cells * 3 + 5)
    for checkpoint in ("first_part", first, first.model):
        on = _trained(shifted, epochs=5, checkpoint=checkpoint, overwrite_with_best_model=False)
        np.testing.assert_array_equal(on.model.network.subtracted, first.model.network.subtracted)
        assert on.model.last.epochs == 5
    assert on.anomaly(shifted).cells.to_series().mean() == pytest.approx(on.mse(), abs=1e-7)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"rho": 0.9}, "was trained with rho=0.99, and rho is 0.9. From a checkpoint on, these parameters stay"),
        ({"activation": "Rectifier"}, "was trained with activation='tanh', and activation is 'rectifier'"),
        ({"standardize": False, "sparse": True}, "stay as they were: 'standardize', 'sparse'"),
        ({"hidden": [3]}, "has the hidden layers \\[2\\], and hidden is \\[3\\]"),
        ({"epochs": 3}, "epochs is 3; more than the 3 of the checkpoint were expected"),
        ({"checkpoint": 7}, "checkpoint is 7; a trained model, its estimator or its name was expected"),
    ],
    ids=str,
)
def test_what_a_checkpoint_does_not_allow_is_refused(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        _trained(**{"checkpoint": _trained(), "epochs": 5, **chosen})


def test_a_checkpoint_wants_the_same_columns_and_frames_to_measure_on() -> None:
    first = _trained()
    with pytest.raises(SettingsError, match="trained on other columns or levels: 'e', 'f'"):
        _trained(H2OFrame.of(_frame().cells.rename({"e": "f"})), checkpoint=first, epochs=5)
    with pytest.raises(SettingsError, match="had no validation frame, and there is a validation frame now"):
        _trained(held=_frame(), checkpoint=first, epochs=5)
    assert _trained(checkpoint=first, epochs=5, l1=1e-4, seed=9, input_dropout_ratio=0.1).model.last.epochs == 5


# --- H2O's numbers, its defects included ---


def test_strictly_momentum_is_that_of_row_minus_one() -> None:
    """H2O 3.46.0.6, reproducible=True, rate 0.1, momentum .2 to .9 over a ramp of 2 rows: it uses -.15 throughout."""
    chosen: dict[str, Any] = {"adaptive_rate": False, "rate": 0.1, "momentum_start": 0.2, "momentum_stable": 0.9}
    first, second = _from_h2os_start(**chosen, momentum_ramp=2.0, strict_h2o=True)
    h2o = [[-1.1163502, -0.1015594, -0.6172404, -0.3908078], [-0.1242924, -0.1453014, 0.2117529, 0.4281859]]
    np.testing.assert_allclose(first, h2o, atol=PRINTED)
    output = [[-0.2139837, 0.5697235], [-0.3928165, 0.2082223], [0.2264936, 0.0875672], [-0.3241087, -0.3318623]]
    np.testing.assert_allclose(second, output, atol=PRINTED)
    climbing, _ = _from_h2os_start(**chosen, momentum_ramp=2.0)
    assert abs(climbing - first).max() > 0.01


def test_strictly_the_rate_is_annealed_by_the_rows_before_an_iteration() -> None:
    """H2O 3.46.0.12, reproducible=True: in the first epoch nothing is annealed, whatever rate_annealing is."""
    rows = np.random.default_rng(0).normal(size=(400, 2))
    rows[:, 1] += rows[:, 0]
    chosen: dict[str, Any] = {"hidden": [3], "seed": 3, "adaptive_rate": False, "rate": 0.01, "rate_annealing": 0.01}
    of_h2o = {1: 0.025695, 2: 0.022291, 3: 0.020623}
    frame = H2OFrame(pl.DataFrame(rows, schema=list("ab")))
    for epochs, mse in of_h2o.items():
        assert _trained(frame, **chosen, epochs=epochs, strict_h2o=True).mse() == pytest.approx(mse, abs=1e-6)
    assert _trained(frame, **chosen, epochs=1).mse() == pytest.approx(0.041972, abs=1e-6)


def test_strictly_elu_has_h2os_slope() -> None:
    """H2O 3.46.0.6 with activation ExpRectifier set behind the back of its Python client."""
    chosen: dict[str, Any] = {"activation": "ExpRectifier", "adaptive_rate": False, "rate": 0.1}
    first, _ = _from_h2os_start(**chosen, strict_h2o=True)
    h2o = [[-1.1090959, -0.0798961, -0.5957134, -0.3712337], [-0.1547835, -0.162779, 0.1955576, 0.4303628]]
    np.testing.assert_allclose(first, h2o, atol=PRINTED)
    right, _ = _from_h2os_start(**chosen)
    assert abs(right - first).max() > 0.001


def test_strictly_sparse_rows_are_learnt_without_their_mean() -> None:
    """H2O 3.46.0.6, sparse=True."""
    rows = np.abs(ROWS) + 1
    first, _ = _from_h2os_start(rows, sparse=True, strict_h2o=True)
    h2o = [[-1.1615523, -0.1086828, -0.6219401, -0.3653327], [-0.270547, -0.1567486, 0.2076386, 0.5231981]]
    np.testing.assert_allclose(first, h2o, atol=PRINTED)
    dense, _ = _from_h2os_start(rows, sparse=True)
    of_dense = [[-1.1616337, -0.1104953, -0.6202229, -0.3634168], [-0.2704946, -0.1563845, 0.2044823, 0.5198938]]
    np.testing.assert_allclose(dense, of_dense, atol=PRINTED)


def test_unscaled_missing_cells_are_learnt_as_their_mean_as_in_h2o() -> None:
    """H2O 3.46.0.6, standardize=False, one cell missing; its scores then take 0 for the mean, strictly so here."""
    rows = ROWS + 2
    rows[0, 1] = np.nan
    h2o = [[-1.1633412, -0.110143, -0.6238414, -0.3671295], [-0.2722723, -0.1586143, 0.2054078, 0.5209545]]
    for strict in (False, True):
        first, _ = _from_h2os_start(rows, standardize=False, strict_h2o=strict)
        np.testing.assert_allclose(first, h2o, atol=PRINTED)
    frame = H2OFrame(pl.DataFrame(rows, schema=list("abcd")))
    settings: dict[str, Any] = {"epochs": 1, "initial_weights": WEIGHTS, "initial_biases": BIASES, "standardize": False}
    model = _trained(frame, overwrite_with_best_model=False, strict_h2o=True, **settings)
    of_h2o = [4.049554976262208, 6.700238615410509, 1.9433689664317084]
    np.testing.assert_allclose(model.anomaly(frame).cells.to_series().to_numpy(), of_h2o, rtol=1e-5)
