"""Training rows that are not all normal: the worst rows of a batch left out, and the entropy of the losses watched."""

from __future__ import annotations

import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from small_training import arrays, network, rows, same_bits, settings, trained

from naive import training_losses as naive
from offbeat.networks.blocks import reconstruct
from offbeat.training import stopping
from offbeat.training.epoch import epoch_program
from offbeat.training.layout import choose_layout
from offbeat.training.loop import train
from offbeat.training.stopping import Watch, entropy_of, looked_at
from offbeat.training.trimming import without_largest

WIDTHS = [6, 4, 6]
GRADIENT_TOLERANCE = 3e-6
"""As for untrimmed steps: float32 against central differences in float64."""


def _kept(losses: list[float], share: float, real: int | None = None) -> list[float]:
    weights = np.arange(len(losses)) < (len(losses) if real is None else real)
    return np.asarray(
        without_largest(jnp.asarray(losses, jnp.float32), jnp.asarray(weights, jnp.float32), np.float32(share))
    ).tolist()


def test_the_rows_with_the_largest_loss_are_left_out() -> None:
    assert _kept([1.0, 9.0, 3.0, 7.0], 0.5) == [1, 0, 1, 0]
    assert _kept([1.0, 9.0, 3.0, 7.0], 0.25) == [1, 0, 1, 1]
    assert _kept([1.0, 9.0, 3.0, 7.0], 0.0) == [1, 1, 1, 1]


def test_a_part_of_a_row_is_rounded_up_and_a_rounded_share_is_not() -> None:
    assert sum(_kept(list(range(32)), 0.01)) == 31
    for share in (0.1, 0.2, 0.3, 0.7):
        assert sum(_kept(list(range(20)), share)) == pytest.approx(20 - 20 * share)


def test_one_row_is_always_left_and_padding_is_no_row() -> None:
    assert _kept([5.0], 0.9) == [1]
    assert _kept([5.0, 4.0, 99.0, 99.0], 0.5, real=2) == [0, 1, 0, 0]


def test_of_equal_losses_as_many_are_left_out() -> None:
    assert sum(_kept([2.0] * 10, 0.3)) == 7


def test_a_step_follows_the_gradient_of_the_rows_that_are_left() -> None:
    data = rows(5)
    data[3] *= 10
    start = np.concatenate([part.ravel() for part in arrays(network())]).astype(float).tolist()
    sizes = np.square(reconstruct(network(), data) - data).mean(axis=1)
    left = data[np.argsort(sizes)[:3]].tolist()

    after, history = trained(data, optimizer="sgd", learning_rate=1.0, epochs=1, batch_size=5, trim=0.4, l2=0.5)

    found = np.subtract(start, np.concatenate([part.ravel() for part in after]))
    expected = naive.gradient(lambda weights: naive.objective(weights, WIDTHS, "tanh", left, l2=0.5), start)
    np.testing.assert_allclose(found, expected, rtol=0, atol=GRADIENT_TOLERANCE)
    # What is told is the loss of all rows.
    assert history.loss == (pytest.approx(sizes.mean(), rel=1e-5),)


def test_no_share_needs_a_program_of_its_own() -> None:
    layout = choose_layout(network(), 8)
    one, other, none = (epoch_program(layout, settings(trim=share)) for share in (0.1, 0.4, 0.0))
    assert one is other and one is not none


def test_rows_unlike_the_others_are_not_learned_where_they_are_left_out() -> None:
    data = rows(100)
    data[:10] = 4.0
    losses = [
        np.square(reconstruct(train(network(), data, chosen)[0], data[:10]) - data[:10]).mean()
        for chosen in (settings(epochs=100, learning_rate=0.01, batch_size=50, trim=share) for share in (0.0, 0.1))
    ]
    assert losses[1] > 3 * losses[0]


@pytest.mark.parametrize(
    ("losses", "entropy"),
    [
        ([2.0] * 8, math.log(8)),
        ([0.0, 5.0, 0.0], 0.0),
        ([1.0, 3.0], 0.5623351),
        ([0.0, 0.0], 0.0),
        ([1.0, np.inf], np.inf),
    ],
)
def test_the_entropy_of_losses(losses: list[float], entropy: float) -> None:
    assert entropy_of(np.array(losses, np.float32)) == pytest.approx(entropy, rel=1e-6)


def _watched(entropies: list[float]) -> Watch:
    watch = Watch()
    for epoch, entropy in enumerate(entropies, start=1):
        watch = watch.after_entropy(entropy, epoch)
    return watch


def test_the_first_look_is_the_best_until_it_is_undercut() -> None:
    assert _watched([5.0]) == Watch(best_loss=5.0, best_epoch=1, last=5.0)
    assert _watched([5.0, 4.0]) == Watch(best_loss=4.0, best_epoch=2, last=4.0)
    assert _watched([5.0, 5.5, 5.2]).waited == 2


def test_a_lower_entropy_counts_only_where_the_way_led_down() -> None:
    # Up by 1, down by 1.05: of a way of 2.05, 0.05 led down, which is less than a tenth.
    assert _watched([5.0, 6.0, 4.95]).best_epoch == 1
    assert _watched([5.0, 6.0, 4.7]).best_epoch == 3
    # The way goes on until a look counts: another step down by 0.2 makes it 0.25 of 2.25.
    assert _watched([5.0, 6.0, 4.95, 4.75]).best_epoch == 4


def test_training_ends_where_the_entropy_no_longer_falls_and_keeps_those_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entropies = iter([3.0, 2.0, 1.0, 2.0, 2.5, 3.0, 0.5])
    monkeypatch.setattr("offbeat.training.loop.entropy_of", lambda _: next(entropies))
    data = rows(20)

    weights, history = trained(data, epochs=50, stopping="entropy", patience=3)

    assert (history.best_epoch, history.stopped, len(history)) == (3, "entropy", 6)
    assert same_bits(weights, trained(data, epochs=3)[0])


def test_unless_said_it_waits_twenty_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.training.loop.entropy_of", lambda _: 1.0)
    _, history = trained(rows(20), epochs=50, stopping="entropy")
    assert (history.best_epoch, len(history)) == (1, 21)


def test_what_is_watched_are_the_losses_of_training_rows_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    monkeypatch.setattr("offbeat.training.loop.entropy_of", lambda losses: float(len(seen.append(losses) or seen)))  # type: ignore[func-returns-value]
    data = rows(20)
    chosen = np.arange(0, 20, 2)
    made, _ = train(network(), data, settings(epochs=1, stopping="entropy", noise=0.5, batch_size=8), train_rows=chosen)
    expected = np.square(reconstruct(made, data[chosen]) - data[chosen]).mean(axis=1)
    np.testing.assert_allclose(seen[0], expected, rtol=1e-5)


def test_of_many_rows_some_from_all_over_the_table_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "MOST_ROWS_LOOKED_AT", 10)
    assert looked_at(np.arange(10)).tolist() == list(range(10))
    assert looked_at(np.arange(31)).tolist() == [0, 4, 8, 12, 16, 20, 24, 28]


def test_a_killed_training_goes_on_with_what_it_remembers(tmp_path: Path) -> None:
    data, words = rows(20), {"stopping": "entropy", "patience": 4, "learning_rate": 0.05}
    whole, history = trained(data, epochs=12, **words)
    trained(data, call={"checkpoint": tmp_path / "a"}, epochs=12, max_seconds=1e-9, **words)

    resumed, again = trained(data, call={"checkpoint": tmp_path / "a"}, epochs=12, **words)

    assert same_bits(resumed, whole)
    assert (again.loss, again.best_epoch, again.stopped) == (history.loss, history.best_epoch, history.stopped)
