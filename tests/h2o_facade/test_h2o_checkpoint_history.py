"""The scoring history of a model that goes on from a checkpoint, beside what a running H2O 3.46.0.12 gave."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from offbeat import h2o
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.frame import H2OFrame

PRINTED = 6e-7
"""H2O's numbers were read off a table with six decimals."""
FIRST_EIGHT = [0.078828, 0.029605, 0.015775, 0.007825, 0.003712, 0.001746, 0.000957, 0.000659, 0.000545]
"""H2O's errors from before the first epoch to after the eighth, of `_frame`."""


@cache
def _frame(rows: int = 400) -> H2OFrame:
    draw = np.random.default_rng(0)
    hidden = draw.normal(size=(400, 2))
    cells = hidden @ draw.normal(size=(2, 6)) + 0.1 * draw.normal(size=(400, 6))
    return H2OFrame.of(pl.DataFrame(cells[:rows], schema=list("abcdef")))


def _trained(checkpoint: Any = None, rows: int = 400, **chosen: Any) -> Any:
    same = {"activation": "Tanh", "hidden": [3], "seed": 1, "reproducible": True}
    return H2OAutoEncoderEstimator(checkpoint=checkpoint, **{**same, **chosen}).train(training_frame=_frame(rows))


@cache
def _first() -> Any:
    return _trained(epochs=8)


def _columns(model: Any, first: int = 0) -> dict[str, list[float]]:
    history = model.scoring_history()[first:]
    return {name: history[name].tolist() for name in ("epochs", "iterations", "samples", "training_mse")}


def test_the_checkpoints_rows_come_first_and_its_score_again() -> None:
    """H2O: 0 to 3 epochs, then 3 to 6, the error after the third epoch twice."""
    first = _trained(epochs=3)
    more = _trained(first.model_id, epochs=6)
    found = _columns(more)
    assert found["epochs"] == [0, 1, 2, 3, 3, 4, 5, 6]
    assert found["iterations"] == [0, 1, 2, 3, 3, 4, 5, 6]
    assert found["samples"] == [0, 400, 800, 1200, 1200, 1600, 2000, 2400]
    np.testing.assert_allclose(found["training_mse"], [*FIRST_EIGHT[:4], *FIRST_EIGHT[3:7]], atol=PRINTED)
    assert more.scoring_history()[:4].equals(first.scoring_history())
    assert more.mse() == more.scoring_history()["training_mse"].iloc[-1]


def test_times_go_on_where_the_checkpoint_ended() -> None:
    """H2O: rows of 0.640 s and .704 s, 4 s of waiting between two runs left out."""
    events = _trained(_first(), epochs=10).model.descent.history
    seconds = [event.seconds for event in events]
    assert seconds == sorted(seconds)
    stamps = [event.timestamp for event in events]
    assert stamps == sorted(stamps)
    assert events[9].seconds - events[8].seconds < (stamps[9] - stamps[8]).total_seconds()


def test_the_history_goes_through_a_file(tmp_path: Path) -> None:
    """H2O's `load_model` gives the whole history, and what goes on from it goes on as from the model itself."""
    more = _trained(_trained(epochs=3), epochs=6)
    loaded = h2o.load_model(h2o.save_model(more, str(tmp_path)))
    assert loaded.scoring_history().equals(more.scoring_history())
    last = _columns(_trained(loaded, epochs=8))
    assert last == _columns(_trained(more, epochs=8))
    assert last["iterations"] == [0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8]
    np.testing.assert_allclose(last["training_mse"][-3:], FIRST_EIGHT[6:], atol=PRINTED)


def test_validation_errors_of_the_checkpoint_are_kept() -> None:
    """H2O's validation_mse, for the last 100 rows."""
    chosen: dict[str, Any] = {"hidden": [3], "activation": "Tanh", "seed": 1, "reproducible": True}
    held = H2OFrame.of(_frame().cells[300:])
    first = H2OAutoEncoderEstimator(epochs=3, **chosen).train(training_frame=_frame(), validation_frame=held)
    more = H2OAutoEncoderEstimator(epochs=6, checkpoint=first, **chosen)
    more.train(training_frame=_frame(), validation_frame=held)
    h2os = [0.082460, 0.030701, 0.016223, 0.008045, 0.008045, 0.003744, 0.001730, 0.000914]
    np.testing.assert_allclose(more.scoring_history()["validation_mse"], h2os, atol=PRINTED)


def test_the_checkpoint_is_kept_where_going_on_made_it_worse() -> None:
    """H2O with l1 = .5 from the eighth epoch on: the restored model has seen 4400 rows, and goes on from there."""
    worse = _trained(_first(), epochs=11, l1=0.5)
    found = _columns(worse, first=9)
    assert found["epochs"] == [8, 9, 10, 11, 11] and found["iterations"] == [8, 9, 10, 11, 11]
    assert found["samples"] == [3200, 3600, 4000, 4400, 4400]
    np.testing.assert_allclose(found["training_mse"], [0.000545, 0.024033, 0.024654, 0.024638, 0.000545], atol=PRINTED)
    after = _columns(_trained(worse, epochs=13), first=14)
    assert after["samples"] == [4400, 4800]
    np.testing.assert_allclose(after["training_mse"], [0.000545, 0.000525], atol=PRINTED)


def test_a_step_size_goes_on_from_all_rows_that_were_seen() -> None:
    """H2O with rate .2: the fourth of five epochs was the best, and the model goes on from it at 2000 rows."""
    chosen: dict[str, Any] = {"adaptive_rate": False, "rate": 0.2, "rate_annealing": 0.0}
    found = _columns(_trained(_trained(epochs=5, **chosen), epochs=9, **chosen))
    assert found["samples"][5:] == [2000, 2000, 2000, 2400, 2800, 3200, 3600]
    h2os = [0.000553, 0.000454, 0.000454, 0.000558, 0.000495, 0.000458, 0.000373]
    np.testing.assert_allclose(found["training_mse"][5:], h2os, atol=PRINTED)


@pytest.mark.parametrize(
    "chosen", [{"stopping_rounds": 2, "stopping_tolerance": 0.95}, {"regression_stop": 0.01}], ids=str
)
def test_the_checkpoints_scores_count_for_stopping_after_one_more_iteration(chosen: dict[str, Any]) -> None:
    """H2O: an epoch after the checkpoint's eight, and no further."""
    found = _columns(_trained(_first(), epochs=30, **chosen), first=8)
    assert found["epochs"] == [8, 8, 9]
    np.testing.assert_allclose(found["training_mse"], [0.000545, 0.000545, 0.000527], atol=PRINTED)


def test_an_error_that_is_low_from_the_start_stops_after_an_iteration() -> None:
    """H2O with regression_stop = 1, without a checkpoint."""
    found = _columns(_trained(epochs=4, regression_stop=1.0))
    assert found["epochs"] == [0, 1]
    np.testing.assert_allclose(found["training_mse"], FIRST_EIGHT[:2], atol=PRINTED)


def test_epochs_count_the_rows_of_the_frame_that_there_is_now() -> None:
    """H2O: 3200 rows are 12.8 epochs of 250 rows, beyond the 9 asked for; it sees the 250 rows once all the same.

    Its error there is that of the new rows' means and ranges; with the checkpoint's it gives .000578, as here.
    """
    found = _columns(_trained(_first(), rows=250, epochs=9), first=8)
    assert found["epochs"] == [8, 12.8, 13.8] and found["samples"] == [3200, 3200, 3450]
    assert found["training_mse"][1] == pytest.approx(0.000578, abs=PRINTED)
    assert found["training_mse"][2] < found["training_mse"][1]


def test_only_the_time_of_the_run_itself_counts_against_its_limit() -> None:
    first = _trained(epochs=1)
    descent = first.model.descent
    slow = (*descent.history[:-1], replace(descent.history[-1], seconds=1000.0))
    model = replace(first.model, descent=replace(descent, history=slow))
    assert _columns(_trained(model, epochs=3, max_runtime_secs=60))["epochs"] == [0, 1, 1, 2, 3]
