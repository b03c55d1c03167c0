"""Every row is visited once an epoch; what fills up the last batch counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_training import distance, rows, same_bits, trained

from offbeat.training import batches, layout, loop
from offbeat.training.batches import BatchPlan, chunks_of_epochs, order_of_epoch, plan_batches, words_of_epochs
from offbeat.training.epoch import Chunk

LAYOUT_TOLERANCE = 2e-6
"""Both layouts add the same float32 numbers, in programs that the compiler fuses differently."""


def _rows_of(chunk: Chunk) -> np.ndarray:
    """The real rows of a chunk, one after another, having seen that what fills up is zero."""
    batches_of_chunk, sizes = np.asarray(chunk.batches), np.asarray(chunk.rows)
    assert not sizes[int(chunk.used) :].any()
    for batch, size in zip(batches_of_chunk, sizes, strict=True):
        assert not batch[size:].any()
    return np.concatenate([batch[:size] for batch, size in zip(batches_of_chunk, sizes, strict=True)])


@given(
    count=st.integers(1, 300),
    batch_size=st.integers(1, 400),
    epochs=st.integers(1, 5),
    chunk_bytes=st.sampled_from([1, 100, 1000, 2**24]),
    steps=st.sampled_from([1, 7, 2**12]),
)
def test_every_row_is_in_one_batch_an_epoch_and_padding_is_told_apart(
    count: int, batch_size: int, epochs: int, chunk_bytes: int, steps: int
) -> None:
    features = np.arange(1, count + 1, dtype=np.float32)[:, None] * np.float32([1, 1000])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("CHUNK_BYTES", chunk_bytes), ("CHUNK_STEPS", steps), ("BURST_STEPS", steps)):
            patch.setattr(batches, name, value)
        plan = plan_batches(count, 2, batch_size, together=epochs > 1)
    epochs = min(epochs, plan.epochs)
    orders = [order_of_epoch(np.arange(count), seed=3, epoch=epoch, share=1.0) for epoch in range(epochs)]
    words = words_of_epochs(3, 0, plan.epochs)
    chunks = [chunk._replace(batches=chunk.batches.copy()) for chunk in chunks_of_epochs(features, orders, words, plan)]
    assert plan.batch_size == min(batch_size, count)
    assert {chunk.batches.shape for chunk in chunks} == {(plan.batches, plan.batch_size, 2)}
    assert np.array_equal(np.concatenate([_rows_of(chunk) for chunk in chunks]), features[np.concatenate(orders)])
    places = [
        (int(chunk.epoch[index]), int(chunk.number[index])) for chunk in chunks for index in range(int(chunk.used))
    ]
    assert places == [(epoch, number) for epoch in range(epochs) for number in range(-(-count // plan.batch_size))]


@pytest.mark.parametrize(
    ("count", "batch_size", "expected"),
    [(20, 32, BatchPlan(20, 1)), (20, 8, BatchPlan(8, 3)), (20, 1, BatchPlan(1, 20)), (1, 512, BatchPlan(1, 1))],
)
def test_plans_by_hand(count: int, batch_size: int, expected: BatchPlan) -> None:
    assert plan_batches(count, 210, batch_size) == expected


def test_large_tables_are_cut_into_even_chunks() -> None:
    plan = plan_batches(200_000, 100, 512)
    assert plan == BatchPlan(512, 20)  # 391 batches in 20 chunks of at most 20
    assert plan.batches * plan.batch_size * 400 <= 2**22


def test_slow_steps_leave_the_clock_unread_for_no_more_than_4096_of_them() -> None:
    assert plan_batches(1_000_000, 3, 1).batches <= 4096


@pytest.mark.parametrize(("share", "expected"), [(1.0, 20), (0.5, 10), (0.3, 6), (0.01, 1), (0.976, 20), (3.0, 20)])
def test_a_share_of_an_epoch_visits_as_many_different_rows(share: float, expected: int) -> None:
    rows_of_table = np.arange(100, 120)
    order = order_of_epoch(rows_of_table, seed=1, epoch=4, share=share)
    assert len(order) == len(set(order.tolist())) == expected
    assert set(order.tolist()) <= set(rows_of_table.tolist())


def test_order_changes_with_seed_and_epoch_and_repeats_with_both() -> None:
    orders = [tuple(order_of_epoch(np.arange(50), seed, epoch, 1.0)) for seed in (0, 1, 2**40) for epoch in range(5)]
    assert len(set(orders)) == 15
    assert orders[7] == tuple(order_of_epoch(np.arange(50), 1, 2, 1.0))


def test_short_epochs_go_together_where_nothing_comes_between() -> None:
    assert plan_batches(20, 210, 1, together=True) == BatchPlan(1, 500, 25)  # 512 steps are the limit
    assert plan_batches(2335, 140, 512, together=True) == BatchPlan(512, 25, 5)  # eight megabytes are
    assert plan_batches(20, 210, 1, together=False) == BatchPlan(1, 20, 1)


def test_randomness_differs_between_epochs_and_seeds_and_repeats_with_both() -> None:
    words = np.concatenate([words_of_epochs(seed, 0, 5) for seed in range(4)])
    assert len(np.unique(words, axis=0)) == 20
    assert np.array_equal(words_of_epochs(2, 3, 2), words[13:15])


def test_a_batch_larger_than_the_data_equals_one_of_all_rows_exactly() -> None:
    data = rows(20)
    results = [trained(data, batch_size=size)[0] for size in (20, 32, 10_000)]
    assert same_bits(results[0], results[1])
    assert same_bits(results[0], results[2])


def test_padding_counts_for_nothing() -> None:
    """Batches cut as for 24 rows leave room for 4 more; 20 rows must train as they do without that room."""
    data = rows(20)
    assert same_bits(trained(data, {"like_rows": 24})[0], trained(data)[0])
    padded, history = trained(data, {"like_rows": 24}, batch_size=24)
    exact, expected = trained(data, batch_size=20)
    assert distance(padded, exact) < LAYOUT_TOLERANCE
    assert history.loss == pytest.approx(expected.loss, rel=1e-6)


@pytest.mark.parametrize("limit", [("CHUNK_BYTES", 8 * 4 * 6), ("CHUNK_STEPS", 2), ("BURST_STEPS", 6)])
def test_the_cut_into_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch, limit: tuple[str, int]) -> None:
    """Noise included: it follows from the epoch and the batch's place in it."""
    data = rows(20)
    whole, history = trained(data, noise=0.1)
    if limit[0].startswith("CHUNK"):
        monkeypatch.setattr(batches, "BURST_STEPS", 1)
    monkeypatch.setattr(batches, *limit)
    assert (
        plan_batches(20, 6, 8, together=True).batches
        == {"CHUNK_BYTES": 1, "CHUNK_STEPS": 2, "BURST_STEPS": 6}[limit[0]]
    )
    cut, cut_history = trained(data, noise=0.1)
    assert same_bits(cut, whole)
    assert cut_history.loss == pytest.approx(history.loss, rel=1e-6)


def test_both_layouts_train_to_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    data = rows(20)
    more: dict[str, object] = {"optimizer": "adamw", "clip_norm": 0.5, "l1": 0.01, "noise": 0.1, "epochs": 10}
    listed, _ = trained(data, **more)
    monkeypatch.setattr(layout, "FLAT_FROM_BATCH", 1)
    flat, _ = trained(data, **more)
    assert distance(flat, listed) < 10 * LAYOUT_TOLERANCE  # thirty steps
    assert [part.shape for part in flat] == [(6, 4), (4,), (4, 6), (6,)]


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [(0.5, [10]), (1, [20]), (2.25, [20, 20, 5]), (0.01, [1]), (13.3, [20] * 13 + [6])],
)
def test_fractional_epochs_visit_their_share_of_rows(
    monkeypatch: pytest.MonkeyPatch, epochs: float, expected: list[int]
) -> None:
    visited: list[int] = []

    def counted(*arguments: object) -> Iterator[Chunk]:
        for chunk in chunks_of_epochs(*arguments):
            visited.extend(np.bincount(chunk.epoch[: int(chunk.used)], chunk.rows[: int(chunk.used)]).tolist())
            yield chunk

    monkeypatch.setattr(loop, "chunks_of_epochs", counted)
    _, history = trained(rows(20), epochs=epochs)
    assert visited == expected
    assert len(history) == len(expected)
    assert history.stopped == "epochs"
    assert history.best_epoch == len(expected)


def test_batches_of_one_row_take_a_step_for_each() -> None:
    data = rows(3)
    one_by_one, _ = trained(data, batch_size=1, epochs=1)
    together, _ = trained(data, batch_size=3, epochs=1)
    # Adam's first steps are as long as the learning rate: three of them lead farther than one.
    start, _ = trained(data, epochs=0)
    assert distance(together, start) == pytest.approx(1e-3, rel=1e-3)
    assert 2e-3 < distance(one_by_one, start) < 3.01e-3


def test_only_the_rows_to_learn_from_change_weights() -> None:
    data = rows(25)
    chosen = np.array([3, 5, 7, 11, 13, 17, 19, 23])
    spoiled = np.full_like(data, np.nan)
    spoiled[chosen] = data[chosen]
    assert same_bits(trained(spoiled, {"train_rows": chosen})[0], trained(data, {"train_rows": chosen})[0])
    assert not same_bits(trained(data, {"train_rows": chosen})[0], trained(data)[0])


def test_float64_rows_train_as_float32() -> None:
    data = rows(20)
    assert same_bits(trained(data.astype(np.float64))[0], trained(data)[0])
    assert same_bits(trained(np.asfortranarray(data))[0], trained(data)[0])
