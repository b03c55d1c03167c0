"""The distance of latent codes as a detector's score, from fit to file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_detectors import fitted, new_readings, readings

import offbeat
from offbeat.errors import DetectorFileError
from offbeat.persistence import read_archive, write_archive


@pytest.fixture(scope="module")
def by_code() -> offbeat.Detector:
    return fitted(score="svdd", network="memory", hidden=[3], memory_slots=8)


def test_the_score_is_the_distance_of_the_code_to_the_mean_code(by_code: offbeat.Detector) -> None:
    centre = by_code.encode(readings()).mean(axis=0)
    expected = np.square(by_code.encode(new_readings()) - centre).mean(axis=1)
    np.testing.assert_allclose(by_code.score(new_readings()), expected, rtol=1e-4)


def test_contributions_sum_to_the_score_and_explanations_tell_them(by_code: offbeat.Detector) -> None:
    scores = by_code.score(new_readings())
    np.testing.assert_allclose(by_code.feature_errors(new_readings()).sum(axis=1), scores, rtol=1e-9)
    found = by_code.detect(new_readings())
    assert sum(found.explain([3])[0].contributions.values()) == pytest.approx(scores[3], rel=1e-6)
    assert "latent code to the mean code" in by_code.describe()


def test_a_centre_of_another_width_is_refused(by_code: offbeat.Detector, tmp_path: Path) -> None:
    path = by_code.save(tmp_path / "a.offbeat")
    archive = read_archive(path)
    arrays = {group: dict(members) for group, members in archive.arrays.items()}
    arrays["weights"]["score.svdd.centre"] = np.zeros(2, np.float32)
    write_archive(path, archive.manifest, arrays)
    with pytest.raises(
        DetectorFileError, match=r"'centre' is float32 \(2,\); float32, 3 units of the code in the last"
    ):
        offbeat.load(path)
