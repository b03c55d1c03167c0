"""Every kind of detector as an ONNX graph: the answers of the file are the detector's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import onnx
import pytest
from imported_models import CURVES, KERAS, MOJOS, PUMPS, keras_file, mojo
from onnx_detectors import beats, pumps, require_equal, untrained

import offbeat
from offbeat.errors import DetectorFileError
from offbeat.integrations import export_onnx, open_keras, open_mojo
from offbeat.integrations.onnx.graph import LABEL_OPERATORS, OPERATORS
from offbeat.integrations.onnx.scorer import OnnxScorer
from offbeat.networks.build import BUILDERS
from offbeat.networks.convolutional import MOST_SLICES
from offbeat.preprocessing.settings import ScalingWord
from offbeat.scoring.fit import COMPONENTS
from offbeat.thresholds.rules import RULES

SMALL = {"hidden": [6]}
OF_ROWS = [network for network in BUILDERS if network != "convolutional"]
"""Networks that take categories."""


@pytest.mark.parametrize(
    ("network", "rows"), [*((network, beats) for network in BUILDERS), *((network, pumps) for network in OF_ROWS)]
)
def test_every_network(network: str, rows: Any, tmp_path: Path) -> None:
    detector = untrained(rows(), network=network, hidden=[8, 6])
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), rows())


def test_a_kernel_of_many_taps(tmp_path: Path) -> None:
    detector = untrained(beats(), network="convolutional", hidden=[4, 3], kernel=MOST_SLICES + 1)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), beats())


@pytest.mark.parametrize("network", OF_ROWS)
def test_probabilities_of_categories(network: str, tmp_path: Path) -> None:
    settings = {"network": network, "hidden": [8, 6], "category_loss": "cross-entropy", "score": "whitened"}
    detector = untrained(pumps(), **settings)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), pumps())


@pytest.mark.parametrize("network", ["dense", "denoiser", "memory"])
def test_ensembles(network: str, tmp_path: Path) -> None:
    settings = {"network": network, "hidden": [6], "ensemble": 3, "category_loss": "cross-entropy"}
    detector = untrained(pumps(), score="combined", **settings)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), pumps())


@pytest.mark.parametrize("hidden", [[], [5]])
def test_denoisers_with_few_layers(hidden: list[int], tmp_path: Path) -> None:
    detector = untrained(beats(), network="denoiser", hidden=hidden, noise_levels=(0.1, 0.3))
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), beats())


def test_the_default_detector(tmp_path: Path) -> None:
    detector = offbeat.fit(pumps(), progress="none", epochs=2)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx", table=pumps()), pumps())
    assert OnnxScorer(tmp_path / "a.onnx").facts["precision"] == "float32"


def test_the_odder_of_the_residual_and_the_distances(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    linked = rng.normal(size=(320, 2)) @ rng.normal(size=(2, 8)) + 0.1 * rng.normal(size=(320, 8))
    detector = untrained(offbeat.read(linked))
    linked[::10, 3] += 3.0
    linked[5::10, 2] = np.nan
    table = offbeat.read(linked)
    assert detector.scorer.odder is not None

    for weight in (detector.scorer.odder.weight, 0.4):
        odder = replace(detector.scorer.odder, weight=weight)
        changed = replace(detector, scorer=replace(detector.scorer, odder=odder))
        require_equal(changed, export_onnx(changed, tmp_path / "a.onnx"), table)


@pytest.mark.parametrize("scaling", get_args(ScalingWord))
def test_every_scaling(scaling: str, tmp_path: Path) -> None:
    detector = untrained(pumps(), scaling=scaling, clip=None if scaling == "none" else 2.0, **SMALL)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), pumps())


@pytest.mark.parametrize("score", [word for word in COMPONENTS if word != "svdd"])
def test_every_score(score: str, tmp_path: Path) -> None:
    rows, kind = (beats(), "curves") if score == "aligned-neighbours" else (pumps(), "rows")
    own = {"neighbours": 3} if score.endswith(("neighbours", "neighbourhood", "combined")) else {}
    own |= {"huber_delta": 0.5} if score == "huber" else {}
    detector = untrained(rows, kind=kind, score=score, **own, **SMALL)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), rows)


def test_words_for_gradients_that_onnx_has_no_operators_for(tmp_path: Path) -> None:
    detector = untrained(pumps(), score="svdd", **SMALL)
    with pytest.raises(DetectorFileError, match="a part of its score is HypersphereDistance"):
        export_onnx(detector, tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()


@pytest.mark.parametrize("rule", [kind.example for kind in RULES.values()])
def test_every_threshold(rule: str, tmp_path: Path) -> None:
    detector = _with_rule(rule)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), beats())


def _with_rule(rule: str) -> Any:
    fitted = untrained(beats(), **SMALL)
    if not rule.startswith("best-f"):
        return fitted.with_threshold(rule, fdr=0.2 if rule in ("conformal", "tail") else None)
    marked = np.column_stack([beats().numbers(beats().names), np.arange(beats().height) % 9 == 0])
    labelled = untrained(offbeat.read(marked), label=-1, normal=0, **SMALL)
    return labelled.with_threshold(rule, table=marked)


@pytest.mark.parametrize("indicator", [True, False, "auto"])
def test_missing_cells_with_and_without_marks(indicator: object, tmp_path: Path) -> None:
    detector = untrained(pumps(), missing_indicator=indicator, **SMALL)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx"), pumps())


@pytest.mark.parametrize("loss", ["error", "cross-entropy"])
def test_words_only_rare_ones_and_missing_ones_among_them(loss: str, tmp_path: Path) -> None:
    words = pumps().select(["machine", "mode"])
    cells = words.cells.with_columns(shift=pumps().words("shift").shuffle(seed=1)[: words.height])  # type: ignore[union-attr]
    with_gaps = cells.with_columns(mode=cells["mode"].set(cells["machine"] == "feed", None))
    detector = untrained(offbeat.read(with_gaps), category_loss=loss, **SMALL)
    assert detector.preprocessor.categorical[1].missing
    path = export_onnx(detector, tmp_path / "a.onnx")
    require_equal(detector, path, offbeat.read(with_gaps))
    never_seen = {"machine": ["booster", "press"], "mode": ["run", None], "shift": ["night", ""]}
    import polars

    expected = detector.score(polars.DataFrame({**never_seen, "shift": ["night", None]}))
    np.testing.assert_allclose(OnnxScorer(path).score(never_seen), expected, rtol=1e-5)


@pytest.mark.parametrize("name", MOJOS)
def test_models_of_h2o(name: str, tmp_path: Path) -> None:
    detector = open_mojo(mojo(name))
    path = export_onnx(detector, tmp_path / "a.onnx", table=PUMPS)
    require_equal(detector, path, detector.read(PUMPS))
    facts = OnnxScorer(path).facts
    assert (facts["precision"], facts["threshold"]["rows"]) == ("float64", 0)
    assert facts["compared"]["largest_difference"] < 1e-9


@pytest.mark.filterwarnings("ignore:.*does not tell its activations")
@pytest.mark.parametrize("name", KERAS)
def test_models_of_keras(name: str, tmp_path: Path) -> None:
    detector = open_keras(keras_file(name), scaling="none").with_threshold("mean+1std", table=CURVES)
    require_equal(detector, export_onnx(detector, tmp_path / "a.onnx", table=CURVES), detector.read(CURVES))


def test_the_file_is_valid_and_asks_for_no_newer_operators(tmp_path: Path) -> None:
    path = export_onnx(untrained(pumps(), score="combined", **SMALL), tmp_path / "a.onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    versions = {entry.domain: entry.version for entry in model.opset_import}
    assert versions == {"": OPERATORS, "ai.onnx.ml": LABEL_OPERATORS} == {"": 17, "ai.onnx.ml": 3}
    assert model.ir_version == 8
    assert [entry.name for entry in model.graph.input] == ["numbers", "words"]
    assert [entry.name for entry in model.graph.output] == [
        *("score", "p_value", "is_anomaly", "errors", "reconstruction", "reconstruction_words")
    ]


def test_the_same_detector_gives_the_same_bytes(tmp_path: Path) -> None:
    detector = untrained(beats(), **SMALL)
    assert (
        export_onnx(detector, tmp_path / "a.onnx").read_bytes()
        == export_onnx(detector, tmp_path / "b.onnx").read_bytes()
    )
