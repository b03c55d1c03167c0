"""Epochs, seeds, validation, patience and the limit on time, as a caller sees them."""

from __future__ import annotations

import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_training import arrays, distance, network, rows, same_bits, settings, trained

from offbeat.errors import TrainingError
from offbeat.networks.blocks import reconstruct
from offbeat.training import batches, loop
from offbeat.training.epoch import Pace, epoch_program, first_state
from offbeat.training.layout import choose_layout
from offbeat.training.loop import train
from offbeat.training.losses import mean_loss
from offbeat.training.stopping import Watch


def test_training_makes_the_loss_smaller_and_says_so() -> None:
    weights, history = trained(rows(20), epochs=100, learning_rate=0.01)
    assert len(history) == len(history.loss) == 100
    assert history.loss[-1] < 0.4 * history.loss[0]
    assert history.validation_loss == ()
    assert (history.best_epoch, history.stopped) == (100, "epochs")
    assert history.seconds > 0
    assert all(part.dtype == np.float32 for part in weights)


def test_same_seed_same_bits_other_seed_other_weights() -> None:
    data = rows(20)
    one, history = trained(data, seed=7)
    again, same_history = trained(data, seed=7)
    other, _ = trained(data, seed=8)
    assert same_bits(one, again)
    assert history.loss == same_history.loss
    assert not same_bits(one, other)


def test_no_global_randomness_is_used_or_changed() -> None:
    np.random.seed(5)
    before = np.random.get_state()[1].tolist()
    one, _ = trained(rows(20), noise=0.1)
    assert np.random.get_state()[1].tolist() == before
    # Python's own generator cannot be watched here: beartype draws from it to choose which items of a list it checks.
    np.random.seed(6)
    assert same_bits(one, trained(rows(20), noise=0.1)[0])


def test_what_was_given_stays_as_it_was() -> None:
    data, start = rows(20), network()
    before, weights = data.copy(), [part.copy() for part in arrays(start)]
    after, _ = train(start, data, settings())
    assert np.array_equal(data, before)
    assert same_bits(arrays(start), weights)
    assert not same_bits(arrays(after), weights)


@pytest.mark.parametrize("patience", [None, 2])
def test_no_epochs_leave_the_first_weights(patience: int | None) -> None:
    weights, history = trained(rows(20), {"validation": rows(5)}, epochs=0, patience=patience)
    assert same_bits(weights, arrays(network()))
    assert (history.loss, history.validation_loss, history.best_epoch, history.stopped) == ((), (), 0, "epochs")


def test_one_row_and_one_feature_can_be_learned() -> None:
    _, history = trained(np.array([[0.5]], np.float32), epochs=200, learning_rate=0.05)
    assert history.loss[-1] < 1e-4


@pytest.mark.parametrize("rows_to_learn_from", [None, np.array([], int)])
def test_words_for_no_rows(rows_to_learn_from: np.ndarray | None) -> None:
    data = rows(20) if rows_to_learn_from is not None else rows(0)
    with pytest.raises(TrainingError) as problem:
        trained(data, {"train_rows": rows_to_learn_from})
    assert str(problem.value) == ("There are no rows to learn from. Give at least one row, or hold back fewer of them.")


@pytest.mark.parametrize("loss", ["squared", "absolute", "huber"])
def test_validation_loss_is_that_of_the_weights_after_the_epoch(loss: str) -> None:
    data, held = rows(20), rows(7, seed=1)
    chosen = settings(loss=loss)
    after, history = train(network(), data, chosen, validation=held)
    residual = reconstruct(after, held) - held
    assert len(history.validation_loss) == 3
    assert history.validation_loss[-1] == pytest.approx(float(mean_loss(chosen, residual).mean()), rel=1e-6)
    assert history.validation_loss[0] != history.validation_loss[-1]


def test_validation_rows_change_no_weights() -> None:
    assert same_bits(trained(rows(20), {"validation": rows(7, seed=1)})[0], trained(rows(20))[0])


@pytest.mark.parametrize("batch_size", [8, 128])
def test_patience_restores_the_weights_of_the_best_epoch(batch_size: int) -> None:
    """Other rows than those learned from get worse after a while; both layouts."""
    data, call = rows(150 if batch_size == 128 else 20), {"validation": rows(7, seed=1)}
    more = {"learning_rate": 0.05, "batch_size": batch_size}
    kept, history = trained(data, call, patience=4, epochs=300, **more)
    best = history.best_epoch
    assert history.stopped == "patience"
    assert len(history) == best + 4
    assert history.validation_loss[best - 1] == min(history.validation_loss)
    stopped_there, _ = trained(data, call, epochs=best, **more)
    assert same_bits(kept, stopped_there)
    assert not same_bits(kept, trained(data, call, epochs=best + 4, **more)[0])


@pytest.mark.parametrize("batch_size", [8, 20])
def test_patience_watches_the_training_loss_after_the_epoch_without_validation_rows(batch_size: int) -> None:
    """With one batch an epoch, the loss of the epoch is that of the weights before it."""
    data, chosen = rows(20), settings(patience=2, epochs=500, learning_rate=2.0, batch_size=batch_size)
    kept, history = train(network(), data, chosen)
    # These rows as validation rows measure the same; they come in another order of summing.
    watched, same = train(network(), data, chosen, validation=data)
    assert (history.stopped, history.best_epoch) == (same.stopped, same.best_epoch)
    assert same_bits(arrays(kept), arrays(watched))
    assert float(mean_loss(chosen, reconstruct(kept, data) - data).mean()) == pytest.approx(min(same.validation_loss))


@given(
    losses=st.lists(st.floats(1e-6, 100), min_size=1, max_size=30),
    min_improvement=st.sampled_from([0.0, 0.01, 0.5]),
)
def test_watch_remembers_the_last_real_improvement(losses: list[float], min_improvement: float) -> None:
    watch, best, best_epoch = Watch(), float("inf"), 0
    for epoch, loss in enumerate(losses, start=1):
        watch = watch.after(loss, epoch, min_improvement)
        if loss < best - min_improvement * best or epoch == 1:
            best, best_epoch = loss, epoch
        assert (watch.best_loss, watch.best_epoch, watch.waited) == (best, best_epoch, epoch - best_epoch)


def test_a_schedule_may_reach_beyond_the_epochs() -> None:
    data, pace = rows(20), {"schedule": "cosine", "warmup": 0.4, "learning_rate": 0.1}
    _, history = trained(data, {"scheduled": 6.0}, epochs=3, **pace)
    _, whole = trained(data, epochs=6, **pace)
    _, squeezed = trained(data, epochs=3, **pace)
    assert history.loss == whole.loss[:3] != squeezed.loss


def test_small_improvements_do_not_count_as_better() -> None:
    data = rows(20)
    _, history = trained(data, patience=3, epochs=200, min_improvement=0.2)
    assert (history.stopped, history.best_epoch, len(history)) == ("patience", 1, 4)


def _clock(monkeypatch: pytest.MonkeyPatch, tick: float) -> None:
    """A clock that moves on by a tick whenever it is read."""
    now = iter(np.arange(0, 1e6, tick).tolist())
    monkeypatch.setattr(loop, "time", types.SimpleNamespace(monotonic=lambda: next(now)))


def test_training_stops_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    _clock(monkeypatch, 1.0)
    _, history = trained(rows(20), epochs=1e6, max_seconds=30)
    assert history.stopped == "time"
    assert 0 < len(history) < 5000  # a few handfuls of rows go to the device between two looks at the clock
    assert history.best_epoch == len(history)


def test_time_that_ends_in_the_last_epoch_is_told_apart_from_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BURST_STEPS", 1)
    monkeypatch.setattr(batches, "CHUNK_STEPS", 1)
    _clock(monkeypatch, 1.0)
    cut, history = trained(rows(20), epochs=1, max_seconds=1.5)
    assert history.stopped == "time"
    assert len(history) == 1
    whole, history = trained(rows(20), epochs=1, max_seconds=1000)
    assert history.stopped == "epochs"
    assert distance(cut, whole) > 1e-4


def test_a_real_clock_stops_training_too() -> None:
    _, history = trained(rows(20), epochs=1e6, max_seconds=0.2)
    assert history.stopped == "time"
    assert history.seconds >= 0.2


@pytest.mark.parametrize("epochs", [1e39, 1e308])
def test_epochs_without_end_stop_in_time_too(epochs: float) -> None:
    _, history = trained(rows(20), epochs=epochs, max_seconds=0.05, schedule="cosine", warmup=0.1)
    assert history.stopped == "time"
    assert np.isfinite(history.loss).all()


def test_steps_are_counted_beyond_what_a_float32_can_count() -> None:
    layout, chosen = choose_layout(network(), 8), settings(schedule="linear")
    run = epoch_program(layout, chosen)
    plan = batches.plan_batches(20, 6, 8)
    state = first_state(layout, chosen, network())._replace(step=np.int32(2**24))
    (chunk,) = batches.chunks_of_epochs(rows(20), [np.arange(20)], batches.words_of_epochs(0, 0, 1), plan)
    state, _ = run(state, chunk, Pace(np.float32(1e-3), np.float32(2**26)))
    assert int(state.step) == 2**24 + 3


def test_programs_are_shared_between_settings_that_are_data_to_them() -> None:
    layout = choose_layout(network(), 8)
    one = epoch_program(layout, settings(seed=1, learning_rate=0.1, epochs=7, patience=3, max_seconds=9))
    assert one is epoch_program(layout, settings(seed=2))
    assert one is not epoch_program(layout, settings(l1=0.5))
    assert one is epoch_program(layout, settings(), (0, 0, 1))
    assert epoch_program(layout, settings(masking=0.1), (0, 0, 1)) is not epoch_program(layout, settings(masking=0.1))
