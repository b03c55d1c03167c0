"""What the service counts, in the words of Prometheus."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from threading import Lock

import numpy as np
from jaxtyping import Float
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import HistogramMetricFamily, Metric

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
SCORE_RATIOS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 100.0)
"""Scores have the unit of their detector; divided by its threshold they can be told apart by the same bounds."""


class Metrics:
    """Counters of one service.

    Args:
        under_way: How many requests wait or are worked on now.
    """

    def __init__(self, under_way: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("offbeat_requests", "Requests answered.", ["route", "status"], registry=self._registry)
        self._seconds = Histogram(
            "offbeat_request_seconds", "Time to answer.", ["route"], buckets=SECONDS, registry=self._registry
        )
        self._rows = Counter("offbeat_rows", "Rows scored.", ["detector"], registry=self._registry)
        self._anomalies = Counter("offbeat_anomalies", "Rows flagged.", ["detector"], registry=self._registry)
        self._by_answer: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        gauge = Gauge("offbeat_queue", "Requests that wait for a thread or are in one.", registry=self._registry)
        gauge.set_function(under_way)
        self._ratios = _ScoreRatios()
        self._registry.register(self._ratios)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Note one request.

        Args:
            route: The address with {name} for names, so that callers cannot make new ones.
            status: Of the answer.
            seconds: From the first byte to the last.
        """
        if (found := self._by_answer.get((route, status))) is None:  # finding these again took longer than counting
            found = self._by_answer[route, status] = (
                self._requests.labels(route, str(status)),
                self._seconds.labels(route),
            )
        found[0].inc()
        found[1].observe(seconds)

    def scored(self, detector: str, scores: Float[np.ndarray, "rows"], anomalies: int, threshold: float) -> None:
        """Note the rows of one request.

        Args:
            detector: Its name.
            scores: One a row.
            anomalies: How many rows were flagged.
            threshold: The score that flags a row which comes alone, so that a row counts alike in every request; the
                largest finite number where none does, and its rows have no ratio.
        """
        self._rows.labels(detector).inc(len(scores))
        self._anomalies.labels(detector).inc(anomalies)
        if 0 < threshold < sys.float_info.max:
            self._ratios.add(detector, scores / threshold)

    def also(self, counted: Callable[[], Iterator[Metric]]) -> None:
        """Tell what another part counts, too.

        Args:
            counted: Gives it when it is asked.
        """
        self._registry.register(_Others(counted))

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self._registry)


class _Others:
    """What another part counts."""

    def __init__(self, counted: Callable[[], Iterator[Metric]]) -> None:
        self._counted = counted

    def collect(self) -> Iterator[Metric]:
        """All of it, as prometheus_client's registry asks for it."""
        return self._counted()


class _ScoreRatios:
    """How scores lie to their threshold, a histogram for each detector.

    prometheus_client's own takes one value a call, which is as long as scoring a row takes.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, np.ndarray] = {}
        self._sums: dict[str, float] = {}

    def add(self, detector: str, ratios: Float[np.ndarray, "rows"]) -> None:
        """Count some scores, divided by their threshold."""
        places = np.searchsorted(SCORE_RATIOS, ratios, side="left")
        counts = np.bincount(places, minlength=len(SCORE_RATIOS) + 1)
        with self._lock:
            self._counts[detector] = self._counts.get(detector, 0) + counts
            self._sums[detector] = self._sums.get(detector, 0.0) + float(ratios.sum())

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histograms, as prometheus_client's registry asks for them."""
        family = HistogramMetricFamily(
            "offbeat_score_ratio", "Scores of rows divided by the threshold.", labels=["detector"]
        )
        bounds = [*(str(bound) for bound in SCORE_RATIOS), "+Inf"]
        with self._lock:
            for detector, counts in self._counts.items():
                cumulative = np.cumsum(counts).tolist()
                family.add_metric([detector], list(zip(bounds, cumulative, strict=True)), self._sums[detector])
        yield family
