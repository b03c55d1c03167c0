"""A saved detector is the same detector, to the last bit, for every network, score and scaling."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_detectors import fitted, framed, labelled, new_readings, readings, same_bits

import offbeat
from offbeat.data.mixed_rows import MixedRows
from offbeat.errors import FileError
from offbeat.networks.blocks import reconstruct
from offbeat.networks.build import BUILDERS
from offbeat.persistence import read_archive, write_archive
from offbeat.preprocessing.scaling import SCALINGS
from offbeat.scoring.fit import COMPONENTS
from offbeat.scoring.whitening import WhitenedError

SCALING_WORDS = list(SCALINGS)
# Each network with each score, and the scalings in turn.
GRID = [
    (network, score, SCALING_WORDS[place % len(SCALING_WORDS)])
    for place, (network, score) in enumerate((network, score) for network in BUILDERS for score in COMPONENTS)
]


def _again(detector: offbeat.Detector, folder: Path) -> offbeat.Detector:
    return offbeat.load(detector.save(folder / "a.offbeat"))


def _assert_the_same(one: offbeat.Detector, other: offbeat.Detector, table: object) -> None:
    for verb in ("score", "p_values", "encode", "feature_errors"):
        assert same_bits(getattr(one, verb)(table), getattr(other, verb)(table)), verb
    for name, column in one.reconstruct(table).items():
        again = other.reconstruct(table)[name]
        assert same_bits(column, again) if column.dtype.kind == "f" else column.tolist() == again.tolist()
    assert same_bits(one.detect(table).flags, other.detect(table).flags)
    assert one.detect(table).to_dict() == other.detect(table).to_dict()
    assert [why.sentence for why in one.explain(table)] == [why.sentence for why in other.explain(table)]
    for part in ("settings", "resolved", "schema", "history", "facts"):
        assert getattr(one, part) == getattr(other, part), part
    assert one.threshold.to_dict() == other.threshold.to_dict()
    assert one.describe() == other.describe()


@pytest.mark.parametrize(("network", "score", "scaling"), GRID)
def test_saving_and_loading_changes_no_bit(network: str, score: str, scaling: str, tmp_path: Path) -> None:
    kind = "curves" if score == "aligned-neighbours" or network == "convolutional" else "rows"
    detector = fitted(network=network, score=score, scaling=scaling, epochs=2, kind=kind)

    _assert_the_same(detector, _again(detector, tmp_path), new_readings())


def test_a_file_of_before_there_were_views_scores_as_it_did(tmp_path: Path) -> None:
    """Its variances have one axis: those of the mean reconstruction over the levels of noise."""
    detector = fitted(network="denoiser", hidden=[8], score="whitened", noise_levels=[0.1, 0.5])
    variance = np.array([0.1, 0.2, 0.3, 0.4], np.float32)
    of_mean = replace(detector, scorer=replace(detector.scorer, components=(WhitenedError(variance[None]),)))
    of_mean.save(tmp_path / "new.offbeat")
    archive = read_archive(tmp_path / "new.offbeat")
    archive.arrays["weights"]["score.whitened.variance"] = variance
    write_archive(tmp_path / "old.offbeat", archive.manifest, archive.arrays)

    scores = offbeat.load(tmp_path / "old.offbeat").score(new_readings())

    residual = detector.features(new_readings()) - reconstruct(detector.network, detector.features(new_readings()))
    np.testing.assert_allclose(scores, (residual**2 / variance).mean(axis=1), rtol=1e-4)


def test_words_gaps_and_the_default_detector_are_kept(
    pumps: offbeat.Detector, new_pumps: MixedRows, tmp_path: Path
) -> None:
    _assert_the_same(pumps, _again(pumps, tmp_path), new_pumps.table)


@pytest.mark.parametrize(
    "settings",
    [
        {"label": -1, "normal": "good", "ignore": ("rpm",)},
        {"label": "state", "normal": "good", "threshold": "best-f1"},
        {"label": "-1", "normal": "good", "validation": 0.2, "patience": 2, "loss": "huber", "huber_delta": 0.3},
        {"ignore": (4,), "clip": 2.0, "missing": ("gone",), "threshold": 1.5, "kind": "curves", "epochs": 20},
    ],
)
def test_settings_are_kept_as_they_were_given(settings: dict[str, Any], tmp_path: Path) -> None:
    detector = fitted(labelled()[0], **settings)
    again = _again(detector, tmp_path)

    assert again.settings.given() == detector.settings.given()
    assert {**settings, "epochs": 20}.items() <= again.settings.given().items()
    _assert_the_same(detector, again, labelled()[0])


def test_a_given_default_is_not_forgotten(tmp_path: Path) -> None:
    detector = fitted(epochs=100, seed=0)

    assert _again(detector, tmp_path).settings.model_fields_set == detector.settings.model_fields_set


def test_the_same_detector_makes_the_same_file_twice(quick: offbeat.Detector, tmp_path: Path) -> None:
    first, second = quick.save(tmp_path / "a.offbeat"), quick.save(str(tmp_path / "b.offbeat"))

    assert first.read_bytes() == second.read_bytes()
    assert offbeat.load(second).save(tmp_path / "c.offbeat").read_bytes() == first.read_bytes()


def test_a_detector_is_loaded_where_nothing_was_fitted(quick: offbeat.Detector, tmp_path: Path) -> None:
    import subprocess
    import sys

    quick.save(tmp_path / "a.offbeat")
    np.save(tmp_path / "new.npy", new_readings())
    program = (
        "import sys, numpy, offbeat; folder = sys.argv[1]; "
        "scores = offbeat.load(folder + '/a.offbeat').score(folder + '/new.npy'); "
        "sys.stdout.write(scores.tobytes().hex())"
    )
    source = str(Path(offbeat.__file__).parents[1])

    answer = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )

    assert answer.stdout == quick.score(new_readings()).tobytes().hex()


def test_a_file_that_cannot_be_written_leaves_the_old_one(quick: offbeat.Detector, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no folder"):
        quick.save(tmp_path / "none" / "a.offbeat")
    assert list(tmp_path.iterdir()) == []

    path = quick.save(tmp_path / "a.offbeat")
    before = path.read_bytes()
    with pytest.raises(FileError, match="is a folder"):
        quick.save(tmp_path)
    assert path.read_bytes() == before


def test_a_detector_of_names_from_all_over_the_world(tmp_path: Path) -> None:
    table = framed(readings()).rename({"flow": "Durchfluß / m³", "rpm": "转速", "heat": "a'b\"c\n", "load": ""})
    detector = fitted(table, epochs=2)

    assert _again(detector, tmp_path).schema == detector.schema
