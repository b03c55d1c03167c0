"""The export as a whole: compared before it is written, refused in words, and described in the file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
import polars as pl
import pytest
from onnx_detectors import beats, pumps, require_equal, untrained

import offbeat
from offbeat.detector.detector import Detector
from offbeat.errors import DataError, DetectorFileError, FileError, MissingDependencyError, SchemaError
from offbeat.integrations import export_onnx, open_keras, open_mojo
from offbeat.integrations.onnx import detector_graph, export, verification
from offbeat.integrations.onnx.example_rows import NEVER_SEEN, example_rows
from offbeat.integrations.onnx.scorer import FEWEST_FOR_A_SHARE, LARGEST_LEVEL, ROUNDING, OnnxScorer
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.layers import Affine
from offbeat.scoring.reconstruction import ReconstructionError
from offbeat.thresholds import selection


@pytest.fixture(scope="module")
def detector() -> Detector:
    return untrained(pumps(), hidden=[6])


# --- compared before it is written ---


def test_made_up_rows_are_of_all_sorts_and_always_the_same() -> None:
    detector = untrained(pumps(), hidden=[6], score="combined")
    rows = example_rows(detector)
    assert rows.cells.equals(example_rows(detector).cells)  # type: ignore[union-attr, arg-type]
    assert rows.names == detector.schema.names
    assert rows.height == 2 * 3 * 64
    speed = rows.numbers(["speed"])[:, 0]
    assert np.isnan(speed).any() and np.nanmax(speed) > 1e5
    assert {"booster", NEVER_SEEN, None} < set(rows.words("machine").to_list())
    scores = detector.score(rows)
    assert np.isfinite(scores).all()
    known = detector.scorer.components[1].reference[0]  # type: ignore[attr-defined]
    np.testing.assert_allclose(detector.features(rows)[128, : len(known)], known, rtol=1e-5, atol=1e-5)


def test_a_graph_that_answers_otherwise_is_not_written(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a fault of the export, or of a version of onnxruntime, would show."""
    shifted = replace(
        detector,
        network=eqx.tree_at(
            lambda network: network.layers[1].bias, detector.network, replace_fn=lambda bias: bias + 1e-4
        ),
    )
    made = export.graph_of
    monkeypatch.setattr(export, "graph_of", lambda _, precision: made(shifted, precision))
    (tmp_path / "a.onnx").write_text("the old file")
    with pytest.raises(DetectorFileError) as problem:
        export_onnx(detector, tmp_path / "a.onnx")
    assert str(problem.value).startswith("The ONNX graph of this detector does not answer as the detector does: '")
    assert " where 1e-05 was allowed, over 256 rows. Nothing was written. Please report it" in str(problem.value)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the old file"]


def test_rows_that_fit_too_well_for_float32_are_compared_in_float64(tmp_path: Path) -> None:
    """A rotation and its way back: all that is left of an error is rounding, by the order of the 400 terms."""
    rows = np.random.default_rng(0).normal(3.0, 1.0, (320, 400)).astype(np.float32)
    fitted = untrained(offbeat.read(rows), hidden=[400], activation="linear", scaling="none", threshold="mean+3std")
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(400, 400)))[0].astype(np.float32)
    still = np.zeros(400, np.float32)
    turned = replace(fitted.network, layers=(Affine(turn, still), Affine(np.ascontiguousarray(turn.T), still)))
    detector = replace(fitted, network=turned)
    scorer = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx", table=rows))
    assert scorer.facts["precision"] == "float64"
    assert scorer.facts["compared"]["largest_difference"] < 1e-6
    exact = np.square(rows.astype(np.float64) @ turn @ turn.T - rows).mean(axis=1)
    np.testing.assert_allclose(scorer.score(rows), exact, rtol=1e-6)
    assert np.abs(detector.score(rows) / exact - 1.0).max() > 0.1


NUMBERS = np.random.default_rng(1).normal(size=(500, 1))
PHASES = np.random.default_rng(0).uniform(0.0, 6.0, (320, 1))
CLOSE_ROWS: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "one column": (NUMBERS, {}),
    "equal columns": (NUMBERS @ np.ones((1, 4)), {"score": "neighbours", "hidden": [4]}),
    "smooth curves": (np.sin(np.linspace(0.0, 12.0, 40) + PHASES), {"score": "neighbours", "hidden": [4]}),
    "moved curves": (np.sin(np.linspace(0.0, 12.0, 40) + PHASES), {"score": "aligned-neighbours", "hidden": [4]}),
}


@pytest.mark.parametrize("kind", CLOSE_ROWS)
def test_rows_too_close_for_float32_have_their_neighbours_found_in_float64(kind: str, tmp_path: Path) -> None:
    rows, settings = CLOSE_ROWS[kind]
    detector = untrained(offbeat.read(rows), **settings)
    facts = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx", table=rows)).facts
    assert facts["precision"] == "float64"
    assert facts["compared"]["largest_difference"] < 1e-6


TIED_ROWS: dict[str, tuple[Any, dict[str, Any]]] = {
    "words": (pl.DataFrame({"a": ["x", "y", "z", "x"] * 100, "b": ["u", "v"] * 200}), {}),
    "yes and no": ((np.random.default_rng(3).random((400, 5)) < 0.15).astype(float), {}),
    "counts": (
        np.random.default_rng(0).poisson(2, (400, 4)).astype(float),
        {"score": "neighbours", "scaling": "none", "hidden": [4]},
    ),
    "rounded curves": (
        np.round(2 * np.sin(np.linspace(0.0, 12.0, 60) + PHASES)),
        {"score": "aligned-neighbours", "hidden": [4]},
    ),
}


@pytest.mark.parametrize("kind", TIED_ROWS)
def test_which_of_equally_near_rows_is_taken_refuses_no_graph(kind: str, tmp_path: Path) -> None:
    """The scores are the same whichever is."""
    rows, settings = TIED_ROWS[kind]
    detector = untrained(offbeat.read(rows), **settings)
    scorer = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx", table=rows))
    assert scorer.facts["precision"] == "float32"
    named = {name: np.asarray(detector.read(rows).column(name)) for name in detector.schema.names}
    np.testing.assert_allclose(scorer.score(named), detector.score(rows), rtol=1e-5)


def test_other_errors_of_a_row_without_equally_near_ones_refuse_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, settings = TIED_ROWS["words"]
    detector = untrained(offbeat.read(rows), **settings)
    monkeypatch.setattr(verification, "has_equally_near", lambda *_: False)
    with pytest.raises(DetectorFileError, match=r"'errors' differs by .* where 1e-05 was allowed"):
        export_onnx(detector, tmp_path / "a.onnx", table=rows)


@pytest.fixture(scope="module")
def of_tied_rows() -> Detector:
    rows, settings = TIED_ROWS["yes and no"]
    return untrained(offbeat.read(rows), **settings)


@pytest.mark.parametrize("rule", ["conformal", "tail", "quantile:0.8", "mean+3std"])
def test_rows_that_share_a_score_have_the_detectors_p_values_and_flags(
    rule: str, of_tied_rows: Detector, tmp_path: Path
) -> None:
    detector = of_tied_rows.with_threshold(rule, fdr=0.3 if rule in ("conformal", "tail") else None)
    new = (np.random.default_rng(4).random((400, 5)) < 0.15).astype(float)
    found = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx", table=new)).detect(new)
    expected = detector.detect(new)
    assert np.isin(expected.scores, detector.threshold.calibration.scores).mean() > 0.5
    np.testing.assert_allclose(found.p_values, expected.p_values, rtol=1e-5)
    assert found.flags.tolist() == expected.flags.tolist()


@pytest.mark.parametrize("rule", ["conformal", "quantile:0.8"])
def test_rows_whose_ties_a_graph_breaks_refuse_it(
    rule: str, of_tied_rows: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detector_graph, "settled", lambda _, scores: scores)
    with pytest.raises(DetectorFileError, match=r"'(p_value|is_anomaly)' differs by .* was allowed"):
        export_onnx(of_tied_rows.with_threshold(rule), tmp_path / "a.onnx", table=TIED_ROWS["yes and no"][0])


def test_the_file_tells_how_it_compared_and_what_it_is(detector: Detector, tmp_path: Path) -> None:
    facts = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx", table=pumps())).facts
    assert (facts["format"], facts["offbeat_version"]) == (1, offbeat.__version__)
    assert facts["columns"][:4] == [
        {"name": "machine", "kind": "categorical", "as_spelled": []},
        {"name": "mode", "kind": "categorical", "as_spelled": []},
        {"name": "shift", "kind": "categorical", "as_spelled": []},
        {"name": "ambient_temperature", "kind": "numeric"},
    ]
    assert facts["features"] == list(detector.preprocessor.feature_names)
    assert facts["compared"]["rows"] == 256 + 320
    assert facts["compared"]["largest_difference"] < 1e-5
    assert facts["units"]["score"] == "mean squared error of the reconstruction, in the scaled space"
    threshold = facts["threshold"]
    assert (threshold["rule"], threshold["selects_together"], threshold["fdr"]) == ("conformal", True, 0.05)
    assert threshold["value"] == detector.threshold.value
    assert threshold["description"] == detector.threshold.describe()


def test_the_file_tells_how_many_rows_are_near() -> None:
    wide = untrained(beats(), hidden=[4], score="neighbourhood", neighbours=20)
    reference = len(wide.scorer.components[0].reference)  # type: ignore[attr-defined]
    words = f"mean squared distance to the nearest 20 of {reference} training rows, in the scaled space"
    assert detector_graph.facts_of(wide, np.dtype("float32"))["units"]["score"] == words


# --- refused in words ---


class _Unknown(DenseAutoencoder):
    """A kind of network that the export has never heard of."""


class _OtherError(ReconstructionError):
    """A score that the export has never heard of."""


def _changes(detector: Detector) -> Iterator[tuple[Detector, str]]:
    network: Any = detector.network
    fields = {name: getattr(network, name) for name in ("layers", "activation", "output_activation", "dropout")}
    unknown = _Unknown(**fields, input_dropout=0.0)
    yield replace(detector, network=unknown), "its network is a _Unknown; the export knows DenseAutoencoder, MultiSc"
    scorer = replace(detector.scorer, components=(_OtherError("squared"),))
    yield replace(detector, scorer=scorer), "a part of its score is _OtherError; the export knows ReconstructionError,"


@pytest.mark.parametrize("case", [0, 1])
def test_what_cannot_be_expressed_is_named(detector: Detector, case: int, tmp_path: Path) -> None:
    changed, words = list(_changes(detector))[case]
    with pytest.raises(DetectorFileError) as problem:
        export_onnx(changed, tmp_path / "a.onnx")
    assert str(problem.value).startswith("ONNX cannot express this detector: ")
    assert words in str(problem.value)
    assert not list(tmp_path.iterdir())


def test_files_beyond_two_gibibytes_are_refused(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LARGEST_FILE", 100)
    with pytest.raises(DetectorFileError, match=r"its numbers take 0\.0 GiB, and an ONNX file holds 2 GiB at most"):
        export_onnx(detector, tmp_path / "a.onnx")


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_package_is_told_before_anything_is_computed(
    package: str, detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError) as problem:
        export_onnx(detector, tmp_path / "a.onnx", table="absent.csv")
    assert str(problem.value) == (
        f"The export to ONNX needs the package {package}, which is not installed: pip install 'offbeat[onnx]'."
    )


def test_a_place_that_cannot_be_written_and_a_table_that_does_not_fit(detector: Detector, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder; the name of a file was expected"):
        export_onnx(detector, tmp_path)
    with pytest.raises(SchemaError, match="'machine'"):
        export_onnx(detector, tmp_path / "a.onnx", table=pl.DataFrame({"flow": [1.0]}))


def test_a_network_that_overflows_is_told_as_the_detector_tells_it(tmp_path: Path) -> None:
    fitted = untrained(beats(), hidden=[6], activation="linear", score="squared", threshold=1.0)
    huge = jax.tree.map(lambda leaf: np.sign(leaf) * np.float32(3e38), fitted.network)
    with pytest.raises(DataError, match="is NaN; a number was expected"), np.errstate(invalid="ignore"):
        export_onnx(replace(fitted, network=huge), tmp_path / "a.onnx")


def test_the_scorers_rule_is_the_thresholds() -> None:
    assert (ROUNDING, LARGEST_LEVEL) == (selection._ROUNDING, selection._LARGEST_LEVEL)
    assert FEWEST_FOR_A_SHARE == selection._FEWEST_FOR_A_SHARE


# --- real data ---

SETS = ("WDBC", "satellite")


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("settings", [{"hidden": [16]}, {"score": "neighbours", "network": "denoiser", "hidden": [64]}])
def test_real_rows(name: str, settings: dict[str, Any], real_data: Path, tmp_path: Path) -> None:
    with np.load(real_data / "rows" / f"{name}.npz") as arrays:
        rows, labels = arrays["X"].astype(np.float64), arrays["y"].ravel()
    detector = offbeat.fit(rows[labels == 0][:1000], epochs=2, progress="none", **settings)
    table = offbeat.read(rows[-1000:])
    path = export_onnx(detector, tmp_path / "a.onnx", table=table)
    np.testing.assert_allclose(OnnxScorer(path).score(rows[-1000:]), detector.score(table), rtol=1e-5)


@pytest.mark.slow
def test_real_heartbeats_with_the_default_detector(real_data: Path, tmp_path: Path) -> None:
    cells = np.loadtxt(real_data / "ecg5000.csv", delimiter=",")
    rows, normal = cells[:, :-1], cells[:, -1] == 1
    detector = offbeat.fit(rows[normal][:600], epochs=1, progress="none")
    scorer = OnnxScorer(export_onnx(detector, tmp_path / "a.onnx", table=rows))
    np.testing.assert_allclose(scorer.score(rows), detector.score(rows), rtol=1e-5)
    # A training row scores what it set the threshold by, to the last bit: of flags the bit would decide.
    new = np.delete(rows, np.flatnonzero(normal)[:600], axis=0)
    found, expected = scorer.detect(new), detector.detect(new)
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
    assert found.flags.tolist() == expected.flags.tolist()
    assert found.rows[:100].tolist() == expected.rows[:100].tolist()


def test_real_models_of_h2o_and_keras(real_data: Path, tmp_path: Path) -> None:
    for folder in sorted((real_data / "h2o_mojo").iterdir()):
        opened = open_mojo(next(folder.glob("*.zip")))
        require_equal(opened, export_onnx(opened, tmp_path / "a.onnx"), opened.read(folder / "input.csv"))
    keras = open_keras(real_data / "keras" / "ecg5000_dense_sigmoid.keras", scaling="none")
    table = keras.read(real_data / "keras" / "input_scaled.csv")
    require_equal(keras, export_onnx(keras, tmp_path / "a.onnx", table=table), table)
