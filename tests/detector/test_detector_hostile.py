"""Detector files whose pieces are sound and do not fit together: one error in words, bounded memory, nothing run."""

from __future__ import annotations

import copy
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_detectors import fitted, labelled

import offbeat
from offbeat.errors import DetectorFileError
from offbeat.persistence import read_archive, write_archive

Manifest = dict[str, Any]
Arrays = dict[str, dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Manifest, Arrays]:
    """Manifest and arrays of a detector with both kinds of score arrays and a label."""
    detector = fitted(labelled()[0], label="state", normal="good", score="combined", epochs=2)
    archive = read_archive(detector.save(tmp_path_factory.mktemp("sound") / "a.offbeat"))
    return archive.manifest, {group: dict(arrays) for group, arrays in archive.arrays.items()}


def _refusal(path: Path, manifest: Manifest, arrays: Arrays) -> str:
    write_archive(path, manifest, arrays)
    with pytest.raises(DetectorFileError) as error:
        offbeat.load(path)
    assert str(error.value).startswith(f"{path}: ")
    return str(error.value)


def _with(manifest: Manifest, place: str, value: object) -> Manifest:
    changed = copy.deepcopy(manifest)
    *steps, last = place.split("/")
    inner: Any = changed
    for step in steps:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    inner[last] = value
    return changed


def test_the_sound_file_is_loaded(sound: tuple[Manifest, Arrays], tmp_path: Path) -> None:
    write_archive(tmp_path / "a.offbeat", *sound)

    assert offbeat.load(tmp_path / "a.offbeat").facts.trained_on == 60


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("settings/hiden", [3], "There is no setting 'hiden'. Did you mean 'hidden'?"),
        ("resolved/hidden", [3], "the network has 31 parameters by its settings, but the file holds 22."),
        ("resolved/hidden", [65536, 65536], "parameters by its settings, but the file holds 22."),
        ("resolved/hidden", [65536] * 10_000, "parameters by its settings, but the file holds 22."),
        ("resolved/hidden", [10**12], "The setting 'hidden' cannot be 1000000000000"),
        ("resolved/network", "auto", "its setting 'network' is still 'auto'; one of 'dense', 'denoiser',"),
        ("resolved/network", "denoiser", "parameters by its settings, but the file holds 22."),
        ("resolved/network", "evil.module", "The setting 'network' cannot be 'evil.module'"),
        ("resolved/score", "auto", "its setting 'score' is still 'auto'"),
        ("resolved/score", "whitened", "there are 1 score components and 3 weights."),
        ("resolved/score", "squared", "there are 1 score components and 3 weights."),
        ("settings/label", "verdict", "there is no column 'verdict'"),
        ("settings/label", 77, "there is no column 77"),
        ("weights", [1.0], "there are 1 score components and 3 exponents."),
        ("weights", [-1.0, 1.0], "the manifest's 'weights.0' is not as a detector file has it"),
        ("weights", [0.0, 1.0], "the manifest's 'weights.0' is not as a detector file has it"),
        ("exponents", [0.5], "there are 3 score components and 1 exponents."),
        ("exponents", [1.5, 0.5], "the manifest's 'exponents.0' is not as a detector file has it"),
        (
            "odder",
            {"weight": 1.5, "spreads": [0.1, 0.1], "filled": []},
            "the manifest's 'odder.weight' is not as a detector file",
        ),
        (
            "odder",
            {"weight": 0.5, "spreads": [0.1], "filled": []},
            "the manifest's 'odder.spreads.1' is not as a detector file",
        ),
        (
            "odder",
            {"weight": 0.5, "spreads": [0.1, 0.0], "filled": []},
            "the manifest's 'odder.spreads.1' is not as a detector file",
        ),
        (
            "odder",
            {"weight": 0.5, "spreads": [0.1, 0.1], "filled": [0.0] * 99},
            "and 99 stand-ins for missing ones.",
        ),
        ("weights", [], "the manifest's 'weights' is not as a detector file has it"),
        ("weights", "heavy", "the manifest's 'weights' is not as a detector file has it"),
        ("history/best_epoch", 9, "not as a detector file has it (the history of 2 epochs contradicts itself)"),
        ("history/loss", ["low"], "the manifest's 'history.loss.0' is not as"),
        ("facts/rows", "many", "the manifest's 'facts.rows' is not as"),
        ("content", "recipe", "the manifest's 'content' is not as"),
        ("surprise", 1, "the manifest's 'surprise' is not as a detector file has it (extra inputs are not permitted)"),
        ("table_schema/columns", [], "The column schema is damaged"),
        ("table_schema/columns/0/name", "fl0w", "The column schema is damaged"),
        ("table_schema/columns/0/kind", "categorical", "the columns of the schema and of the preprocessor differ."),
        ("preprocessor/columns", ["flow"], "This is not a preprocessor as offbeat writes it"),
        ("preprocessor/numeric/divisor", [1.0, 1.0, 0.0, 1.0], "This is not a preprocessor as offbeat writes it"),
        ("preprocessor/numeric/offset", [1.0], "This is not a preprocessor as offbeat writes it"),
        ("threshold/rule", "conformall", "Did you mean 'conformal'?"),
        ("threshold/value", "high", "has value = 'high'"),
        ("threshold/rows", 61, "has rows = 61"),
        ("threshold/held_out", 1, "has held_out = 1"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    place: str, value: object, words: str, sound: tuple[Manifest, Arrays], tmp_path: Path
) -> None:
    manifest, arrays = sound

    assert words in _refusal(tmp_path / "a.offbeat", _with(manifest, place, value), arrays)


def test_what_is_no_mean_has_no_odder_side(sound: tuple[Manifest, Arrays], tmp_path: Path) -> None:
    manifest, arrays = sound
    summed = _with(_with(manifest, "exponents", []), "odder", {"weight": 0.5, "spreads": [0.1, 0.1], "filled": []})

    assert "the odder of its parts counts, but they have no exponents." in _refusal(
        tmp_path / "a.offbeat", summed, arrays
    )


@pytest.mark.parametrize("key", ["settings", "preprocessor", "weights", "threshold", "history", "facts"])
def test_a_manifest_that_lacks_something_is_refused(key: str, sound: tuple[Manifest, Arrays], tmp_path: Path) -> None:
    manifest, arrays = sound
    lacking = {name: value for name, value in manifest.items() if name != key}

    words = _refusal(tmp_path / "a.offbeat", lacking, arrays)

    assert f"the manifest's '{key}' is not as a detector file has it (field required)" in words
    assert words.endswith("The file is damaged, or was not written by offbeat; fit and save the detector again.")


def test_columns_in_another_order_in_schema_and_preprocessor_are_refused(
    sound: tuple[Manifest, Arrays], tmp_path: Path
) -> None:
    manifest, arrays = sound
    swapped = copy.deepcopy(manifest)
    columns = swapped["table_schema"]["columns"]
    columns[0], columns[1] = columns[1], columns[0]

    words = _refusal(tmp_path / "a.offbeat", swapped, arrays)

    assert "the columns of the schema and of the preprocessor differ." in words


def _float16(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float16)


def _twice(array: np.ndarray) -> np.ndarray:
    return np.concatenate([array, array])


def _float64(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float64)


@pytest.mark.parametrize(
    ("group", "name", "change", "words"),
    [
        ("weights", "network.layers.0.weight", None, "has 22 parameters by its settings, but the file holds 14."),
        ("weights", "network.layers.0.weight", _float16, "layers.0.weight' is float16 (4, 2); float32 (4, 2) was"),
        ("weights", "network.layers.0.weight", np.transpose, "is float32 (2, 4); float32 (4, 2) was expected."),
        ("weights", "score.whitened.variance", None, "the array 'variance' is lacking. Fit and save the"),
        ("weights", "score.whitened.variance", np.negative, "'variance' holds numbers that are not positive."),
        ("weights", "score.whitened.variance", np.zeros_like, "'variance' holds numbers that are not positive."),
        ("weights", "score.whitened.variance", _float64, "float64 (1, 4); float32, 4 features in the last of 2 axes"),
        ("weights", "score.whitened.variance", lambda array: array[None], "'variance' is float32 (1, 1, 4);"),
        ("weights", "score.whitened.variance", lambda array: array[:, :3], "'variance' is float32 (1, 3);"),
        ("weights", "score.whitened.variance", _twice, "the score has variances of 2 views, but the network has 1."),
        ("weights", "score.neighbours.reference", None, "the array 'reference' is lacking"),
        ("weights", "score.neighbours.reference", lambda array: array[:0], "'reference' is float32 (0, 4);"),
        ("weights", "score.neighbours.reference", lambda array: array[:, :3], "'reference' is float32 (60, 3);"),
        ("weights", "score.neighbours.reference", lambda array: array[None], "'reference' is float32 (1, 60, 4);"),
        ("calibration", "scores", lambda array: array[::-1].copy(), "one axis of float64, ascending, was expected."),
        ("calibration", "scores", lambda array: array.astype(np.float32), "the calibration scores are float32 (60,);"),
        ("calibration", "scores", lambda array: array[None], "the calibration scores are float64 (1, 60);"),
        ("calibration", "scores", lambda array: array[:9], "has rows = 60, which no threshold over 9 calibration"),
        ("calibration", "scores", lambda array: array[:0], "has rows = 60, which no threshold over 0 calibration"),
        ("calibration", "scores", None, "the array 'scores' is lacking"),
    ],
)  # fmt: skip
def test_an_array_that_does_not_fit_is_refused(
    group: str,
    name: str,
    change: Callable[[np.ndarray], np.ndarray] | None,
    words: str,
    sound: tuple[Manifest, Arrays],
    tmp_path: Path,
) -> None:
    manifest, arrays = sound
    changed = {one: dict(members) for one, members in arrays.items()}
    held = changed[group].pop(name)
    if change is not None:
        changed[group][name] = np.ascontiguousarray(change(held))

    assert words in _refusal(tmp_path / "a.offbeat", manifest, changed)


@pytest.mark.parametrize(
    ("group", "name"),
    [("weights", "payload"), ("weights", "score.neighbours.payload"), ("calibration", "payload")],
)
def test_arrays_that_nothing_reads_are_refused(
    group: str, name: str, sound: tuple[Manifest, Arrays], tmp_path: Path
) -> None:
    manifest, arrays = sound
    changed = {**arrays, group: {**arrays[group], name: np.zeros(3, np.float32)}}

    words = _refusal(tmp_path / "a.offbeat", manifest, changed)

    assert "payload" in words


@pytest.mark.parametrize("name", ["network.layers.0.weight", "score.whitened.variance"])
def test_weights_that_are_no_numbers_are_refused(
    name: str, sound: tuple[Manifest, Arrays], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, arrays = sound
    broken = arrays["weights"][name].copy()
    broken.flat[0] = np.nan
    # Only a forger writes such a file: the writer refuses.
    monkeypatch.setattr("offbeat.persistence.writer.audit_values", lambda *_, **__: None)

    words = _refusal(tmp_path / "a.offbeat", manifest, {**arrays, "weights": {**arrays["weights"], name: broken}})

    assert f"array '{name}' " in words and "finite number at [0" in words


def test_no_calibration_scores_are_refused(sound: tuple[Manifest, Arrays], tmp_path: Path) -> None:
    manifest, arrays = sound
    none = {**arrays, "calibration": {"scores": np.zeros(0)}}

    words = _refusal(tmp_path / "a.offbeat", _with(manifest, "threshold/rows", 0), none)

    assert "No calibration scores: a threshold needs at least one normal row" in words


@pytest.mark.parametrize("hidden", [[65536] * 4, [65536, 1] * 5000])
@pytest.mark.timeout(60)
def test_settings_of_absurd_size_cost_neither_memory_nor_time(
    hidden: list[int], sound: tuple[Manifest, Arrays], tmp_path: Path
) -> None:
    manifest, arrays = sound
    write_archive(tmp_path / "a.offbeat", _with(manifest, "resolved/hidden", hidden), arrays)

    tracemalloc.start()
    with pytest.raises(DetectorFileError, match="parameters by its settings, but the file holds 22"):
        offbeat.load(tmp_path / "a.offbeat")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 50e6
