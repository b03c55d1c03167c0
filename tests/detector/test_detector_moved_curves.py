"""Curves moved in time: as corruption and by the score of aligned neighbours, and refused where rows are no curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_detectors import readings, same_bits

import offbeat
from offbeat.errors import DetectorFileError, SettingsError
from offbeat.persistence import read_archive, write_archive

STEPS = 30
SMALL = {"hidden": [3], "epochs": 2, "threshold": "mean+3std", "progress": "none"}


def _curves(count: int = 40, seed: int = 0) -> np.ndarray:
    """Bumps somewhere around the middle."""
    at = np.random.default_rng(seed).uniform(12, 18, (count, 1))
    return np.exp(-np.square((np.arange(STEPS) - at) / 4.0))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"shift": 0.1}, "shift=0.1 moves curves in time, .* expected; neighbouring columns of this table differ too"),
        (
            {"warp": 0.2, "shift": 0.1, "kind": "rows"},
            "shift=0.1, warp=0.2 moves curves in time.*; kind='rows' says that",
        ),
        ({"score": "aligned-neighbours"}, r"score='aligned-neighbours' moves curves in time.*say kind='curves'"),
    ],
)
def test_rows_are_not_moved_in_time(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        offbeat.fit(readings(), **{**SMALL, **settings})


@pytest.mark.parametrize(
    ("table", "settings", "words"),
    [
        (readings(), {"kind": "rows"}, "kind='rows' says that there are none. .* say kind='curves'"),
        ({"at": ["a", "b"] * 20, "flow": np.arange(40.0)}, {}, "the table has categories. .* leave the categories out"),
    ],
)
def test_a_convolution_does_not_slide_over_what_is_no_series(
    table: object, settings: dict[str, object], words: str
) -> None:
    rows = pl.DataFrame(table) if isinstance(table, dict) else table
    with pytest.raises(SettingsError, match=f"network='convolutional' slides over .* {words}"):
        offbeat.fit(rows, **SMALL, network="convolutional", **settings)


def test_columns_that_do_not_look_like_curves_may_be_said_to_be_some_by_the_network() -> None:
    assert not offbeat.fit(readings(), **SMALL, network="convolutional").facts.curves


def test_words_for_a_kernel_that_is_longer_than_the_curve() -> None:
    with pytest.raises(SettingsError, match=r"kernel=31 is longer than the curves, which have 30 steps. Give as many"):
        offbeat.fit(_curves(), **SMALL, network="convolutional", kernel=31)
    short = offbeat.fit(readings(), **SMALL, network="convolutional", kernel=7)  # the default, which is longer too
    assert short.resolved.kernel == 7


def test_what_is_said_to_be_curves_is_moved() -> None:
    assert offbeat.fit(readings(), **SMALL, shift=0.5, kind="curves").facts.curves


def test_shift_and_warp_change_what_is_learned_and_are_kept(tmp_path: Path) -> None:
    plain, moved = offbeat.fit(_curves(), **SMALL), offbeat.fit(_curves(), **SMALL, shift=0.1, warp=0.1)
    assert not same_bits(plain.score(_curves()), moved.score(_curves()))
    again = offbeat.load(moved.save(tmp_path / "a.offbeat"))
    assert (again.resolved.shift, again.resolved.warp) == (0.1, 0.1)
    assert same_bits(again.score(_curves()), moved.score(_curves()))


def test_the_score_of_aligned_neighbours_goes_from_fit_to_file(tmp_path: Path) -> None:
    detector = offbeat.fit(_curves(), **SMALL, score="aligned-neighbours", alignment=0.1, neighbours=3)
    odd = _curves(5, seed=1)
    odd[2] *= 0.5
    found = detector.detect(odd)
    assert found.ranking[0] == 2
    assert sum(found.explain([2])[0].contributions.values()) == pytest.approx(found.scores[2], rel=1e-6)
    assert "nearest training curves, each shifted in time to fit best" in detector.describe()
    again = offbeat.load(detector.save(tmp_path / "a.offbeat"))
    assert same_bits(again.score(odd), detector.score(odd))


def test_missing_cells_have_marks_that_stay_in_place() -> None:
    holes = _curves()
    holes[::5, 3] = np.nan
    detector = offbeat.fit(holes, **SMALL, score="aligned-neighbours", kind="curves", shift=0.1)
    assert detector.preprocessor.features == STEPS + 1
    assert detector.scorer.components[0].arrays()["moves"].tolist() == [1.0] * STEPS + [0.0]
    assert np.isfinite(detector.score(holes)).all()


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        ("moves", np.full(STEPS, 1e9, np.float32), "'moves' is not as many times 1 as there are steps"),
        ("moves", np.zeros(STEPS, np.float32), "'moves' is not as many times 1"),
        ("moves", np.eye(1, STEPS, 3, np.float32)[0], "'moves' is not as many times 1"),
        ("reference", np.zeros((5001, STEPS), np.float32), "has 5001 curves; at most 5000 can be"),
    ],
)
def test_curves_that_would_cost_more_than_any_fit_are_refused(
    name: str, array: np.ndarray, words: str, tmp_path: Path
) -> None:
    detector = offbeat.fit(_curves(), **SMALL, score="aligned-neighbours")
    archive = read_archive(path := detector.save(tmp_path / "a.offbeat"))
    arrays = {group: dict(members) for group, members in archive.arrays.items()}
    arrays["weights"][f"score.aligned-neighbours.{name}"] = array
    write_archive(path, archive.manifest, arrays)
    with pytest.raises(DetectorFileError, match=words):
        offbeat.load(path)
