"""Small requests for scores, several at a time: their rows go through the network in one call.

A call takes a whole block of rows however few there are, and a row's score does not depend on the others in the block:
a shared call gives every request, to the last bit, what a call of its own would have given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from jaxtyping import Float, Float32

from offbeat.data.polars_faults import told_as_data_errors
from offbeat.data.table import Table
from offbeat.detector.detections import Detections
from offbeat.detector.detector import Detector
from offbeat.detector.table_scores import score_table
from offbeat.networks.blocks import BLOCK_ROWS

Made = TypeVar("Made")
LARGEST_BODY = 16_384
"""Bytes of a request that shares a call: none should wait long until another's body is parsed."""


@dataclass(frozen=True, eq=False)
class SmallRequest:
    """A request that may share a call.

    Attributes:
        read: Gives its table.
        answer: From what was found in the table to the bytes of the answer.
    """

    read: Callable[[], Table]
    answer: Callable[[Detections], bytes]


@dataclass(frozen=True, eq=False)
class _Rows:
    """What the network is to see of one request; no features where there would be many."""

    table: Table
    features: Float32[np.ndarray, "rows features"] | None


def answer_together(detector: Detector, requests: Sequence[SmallRequest]) -> list[bytes | Exception]:
    """The answer of each request, or the error that it alone met.

    Args:
        detector: Who scores all of them.
        requests: In any order.
    """
    read = _scaled(detector, [_unless_error(partial(_aligned, detector, request)) for request in requests])
    scores = iter(_scores_of(detector, [rows for rows in read if isinstance(rows, _Rows)]))
    return [
        _unless_error(partial(_answer, detector, request, rows.table, next(scores)))
        if isinstance(rows, _Rows)
        else rows
        for request, rows in zip(requests, read, strict=True)
    ]


def _unless_error(make: Callable[[], Made]) -> Made | Exception:
    try:
        with told_as_data_errors():
            return make()
    except Exception as error:
        return error


def _aligned(detector: Detector, request: SmallRequest) -> Table:
    return detector.schema.align(request.read())


def _scaled(detector: Detector, tables: Sequence[Table | Exception]) -> list[_Rows | Exception]:
    """Each table with its features: of all in one go, or of each by itself where something is wrong with one."""
    good = [table for table in tables if isinstance(table, Table)]
    if len(good) == len(tables) and (joined := _joined(good)) is not None:
        features = _unless_error(partial(detector.preprocessor.transform, joined))
        if not isinstance(features, Exception):
            parts = np.split(features, np.cumsum([table.height for table in good])[:-1])
            return [_Rows(table, part) for table, part in zip(good, parts, strict=True)]
    return [
        table if isinstance(table, Exception) else _unless_error(partial(_alone, detector, table)) for table in tables
    ]


def _joined(tables: Sequence[Table]) -> Table | None:
    """The rows of all tables; None where they are many, or have columns that are no numbers."""
    cells = [table.cells for table in tables if isinstance(table.cells, np.ndarray)]
    if len(cells) < len(tables) or sum(map(len, cells)) > BLOCK_ROWS:
        return None
    return replace(tables[0], cells=np.concatenate(cells))


def _alone(detector: Detector, table: Table) -> _Rows:
    return _Rows(table, detector.preprocessor.transform(table) if table.height <= BLOCK_ROWS else None)


def _scores_of(detector: Detector, requests: Sequence[_Rows]) -> list[Float[np.ndarray, "rows"] | None]:
    """The scores of each request's rows; None where its rows are too many to share a call."""
    few = [rows.features for rows in requests if rows.features is not None]
    if not few:
        return [None] * len(requests)
    scores = detector.scorer.scores(detector.network, np.concatenate(few) if len(few) > 1 else few[0])
    parts = iter(np.split(scores, np.cumsum([len(features) for features in few])[:-1]))
    return [None if rows.features is None else next(parts) for rows in requests]


def _answer(detector: Detector, request: SmallRequest, table: Table, scores: Float[np.ndarray, "rows"] | None) -> bytes:
    own = score_table(detector, table) if scores is None else scores
    return request.answer(Detections(detector, table, own, detector.threshold.decide(own)))
