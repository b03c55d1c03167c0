"""Detector files of earlier days can still be read, and say what they said then."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import offbeat
from offbeat.persistence import FORMAT, read_archive

FILES = Path(__file__).resolve().parents[1] / "files"

OTHER_MACHINES = 1e-4
"""Sums of float32 products in the order of another processor or JAX version, relative."""


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_an_old_file_gives_the_scores_that_were_stored_with_it(number: int) -> None:
    path = FILES / f"format-{number}.offbeat"
    said = json.loads((FILES / f"format-{number}.json").read_text(encoding="utf-8"))

    detector = offbeat.load(path)
    found = detector.detect(FILES / f"format-{number}.csv")

    np.testing.assert_allclose(found.scores, said["scores"], rtol=OTHER_MACHINES)
    np.testing.assert_allclose(found.p_values, said["p_values"], rtol=OTHER_MACHINES)
    assert found.threshold == pytest.approx(said["threshold"], rel=OTHER_MACHINES)
    assert found.flags.tolist() == said["anomalous"]
    assert found.labels is not None and found.labels.tolist() == said["labelled"]
    expected = detector.reconstruct(FILES / f"format-{number}.csv")["flow"]
    np.testing.assert_allclose(expected, said["expected_flow"], rtol=OTHER_MACHINES)


def test_the_file_of_format_1_is_one_and_stays_small() -> None:
    path = FILES / "format-1.offbeat"

    assert read_archive(path).format_number == 1
    assert path.stat().st_size < 30_000
    assert offbeat.load(path).settings.given() == {
        "label": "state",
        "normal": "good",
        "hidden": (4,),
        "epochs": 30.0,
        "learning_rate": 0.02,
        "score": "combined",
    }
