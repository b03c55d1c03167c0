"""The Mahalanobis distance of residuals as a detector's score, from fit to file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_detectors import fitted, new_readings, same_bits

import offbeat
from offbeat.errors import DetectorFileError, SettingsError
from offbeat.persistence import read_archive, write_archive


@pytest.fixture(scope="module")
def detector() -> offbeat.Detector:
    return fitted(score="mahalanobis")


def test_bad_rows_are_found_and_said(detector: offbeat.Detector) -> None:
    found = detector.detect(new_readings())
    assert set(found.ranking[:2].tolist()) == {3, 11}
    contributions = found.explain([11])[0].contributions
    assert sum(contributions.values()) == pytest.approx(found.scores[11], rel=1e-6)
    assert "Mahalanobis distance of the residual by the training residuals" in detector.describe()


def test_the_file_scores_the_same_bits(detector: offbeat.Detector, tmp_path: Path) -> None:
    again = offbeat.load(detector.save(tmp_path / "a.offbeat"))
    assert same_bits(again.score(new_readings()), detector.score(new_readings()))


@pytest.mark.parametrize(("shape", "words"), [((2, 4), "as many rows as columns"), ((4, 3), "4 features in the last")])
def test_a_root_of_another_shape_is_refused(
    shape: tuple[int, int], words: str, detector: offbeat.Detector, tmp_path: Path
) -> None:
    archive = read_archive(path := detector.save(tmp_path / "a.offbeat"))
    arrays = {group: dict(members) for group, members in archive.arrays.items()}
    arrays["weights"]["score.mahalanobis.root"] = np.zeros(shape, np.float32)
    write_archive(path, archive.manifest, arrays)
    with pytest.raises(DetectorFileError, match=words):
        offbeat.load(path)


def test_too_wide_a_table_is_refused_before_training() -> None:
    wide = np.random.default_rng(0).normal(size=(10, 2001))
    with pytest.raises(SettingsError, match=r"2,001 features err together; at most 2,000"):
        offbeat.fit(wide, hidden=[2], score="mahalanobis", epochs=1e9, progress="none")
