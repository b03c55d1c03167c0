"""P-values, discoveries, ranks and bets: against their slow twins, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from naive import drift_tests as naive
from offbeat.drift.column_tests import kolmogorov_smirnov_p_value
from offbeat.drift.discoveries import discoveries, share_of
from offbeat.drift.exact_test import fisher_p_value
from offbeat.drift.martingale import Martingale
from offbeat.drift.ranks import Ranks

CHANCES = st.floats(0, 1)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_fisher_is_that_of_the_textbook(found: int, others: int, known: int, rest: int) -> None:
    assert fisher_p_value(found, found + others, known, known + rest) == pytest.approx(
        naive.fisher(found, found + others, known, known + rest), rel=1e-9
    )


def test_fisher_of_large_samples_stays_in_range() -> None:
    assert 0 < fisher_p_value(120, 500, 40, 5000) < 1e-90
    assert fisher_p_value(5, 500, 50, 5000) == 1.0


@given(st.lists(CHANCES, min_size=1, max_size=12), st.floats(0.001, 0.4))
def test_discoveries_are_those_of_benjamini_and_yekutieli(p_values: list[float], rate: float) -> None:
    found = discoveries({str(number): p_value for number, p_value in enumerate(p_values)}, rate)
    assert set(map(int, found)) == naive.benjamini_yekutieli(p_values, rate)
    assert sorted(p_values)[: len(found)] == [p_values[int(name)] for name in found]


def test_no_columns_and_no_discoveries() -> None:
    assert discoveries({}, 0.1) == ()


def test_the_distance_is_bounded_as_published() -> None:
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(3)
    for rows, others, shift in ((200, 500, 0.2), (500, 5000, 0.1), (50, 300, 0.6)):
        apart = ks_2samp(rng.normal(shift, 1, rows), rng.normal(0, 1, others), method="asymp")
        bound = kolmogorov_smirnov_p_value(float(apart.statistic), rows, others)
        assert apart.pvalue <= bound * 1.05 and bound <= apart.pvalue * 1.8
    assert kolmogorov_smirnov_p_value(0.5, 0, 10) == 1.0


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, np.inf]), max_size=30),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5, 3.0, np.inf]), max_size=40),
    st.integers(0, 40),
)
def test_ranks_are_those_of_a_loop_however_they_are_cut(
    calibration: list[float], scores: list[float], cut: int
) -> None:
    draws = np.random.default_rng(0).random(len(scores))
    ranks = Ranks(np.array(calibration))
    parts = (slice(0, cut), slice(cut, None))
    found = np.concatenate([ranks.p_values(np.array(scores)[part], draws[part]) for part in parts])
    np.testing.assert_allclose(found, naive.ranks(calibration, scores, draws.tolist()), rtol=1e-12)


@pytest.mark.parametrize("levels", [0, 3], ids=["continuous", "tied"])
def test_ranks_of_an_exchangeable_stream_are_uniform_and_independent(levels: int) -> None:
    """Among few calibration scores too, where ranks among these alone are not: their deviation would stay."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(100):
        scores = rng.random(320)
        scores = np.round(scores * levels) if levels else scores
        found.append(Ranks(scores[:20]).p_values(scores[20:], rng.random(300)))
    p_values = np.array(found)
    assert np.abs(np.histogram(p_values, 10, (0, 1))[0] / 3000 - 1).max() < 0.08
    assert abs(np.corrcoef(p_values[:, :-1].ravel(), p_values[:, 1:].ravel())[0, 1]) < 0.02
    assert p_values.mean(axis=1).std() == pytest.approx(np.sqrt(1 / 12 / 300), rel=0.25)


@given(st.lists(CHANCES, max_size=60))
def test_bets_are_those_of_the_paper(p_values: list[float]) -> None:
    path = naive.simple_jumper(p_values)
    for rows, capital in enumerate(path, start=1):
        martingale, taken = Martingale(0.0).after(p_values[:rows])
        assert (martingale.capital, taken) == (pytest.approx(capital, rel=1e-12), rows)
    _, taken = Martingale(0.0).after(p_values, enough=1.5)
    assert taken == next((row for row, capital in enumerate(path, start=1) if capital >= 1.5), len(p_values))


@given(st.floats(0, 0.4), st.lists(CHANCES, max_size=10), CHANCES)
@example(0.4, [], 0.0)
@example(0.4, [1.0] * 10, 1.0)
def test_no_bet_is_better_than_fair(anomalies: float, before: list[float], odd: float) -> None:
    """What a bet may win, over a uniform p-value or that of an anomalous row; after any rows, whichever bet leads."""
    martingale, _ = Martingale(anomalies).after(before)
    grid = (np.arange(50) + 0.5) / 50
    uniform = np.mean([martingale.after([float(p_value)])[0].capital for p_value in grid])
    expected = (1 - anomalies) * uniform + anomalies * martingale.after([odd])[0].capital
    assert expected <= martingale.capital * (1 + 1e-9)


def test_the_rate_is_used_up_and_no_more() -> None:
    shares = [share_of(0.05, number) for number in range(1, 2000)]
    assert sum(shares) < 0.05 and sum(shares) == pytest.approx(0.05, rel=1e-3)
    assert shares == sorted(shares, reverse=True)
