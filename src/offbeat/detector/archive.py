"""A detector as manifest and arrays, and back; nothing in the file is executed."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jax
import numpy as np

from offbeat.data.schema import Schema
from offbeat.detector.audit import (
    calibration_scores,
    contradiction,
    require_no_others,
    require_resolved,
    require_same_columns,
    score_arrays,
)
from offbeat.detector.config import Settings, parse_settings
from offbeat.detector.detector import Detector
from offbeat.detector.plan import probabilities_in
from offbeat.detector.record import DetectorRecord, OdderRecord, read_record
from offbeat.detector.truth import label_position
from offbeat.errors import DataError, DetectorFileError, SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import encode
from offbeat.networks.build import build_network, parameter_count
from offbeat.networks.settings import NetworkSettings
from offbeat.persistence import read_archive, write_archive
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.preprocessing.reference import ColumnReference, reference_from
from offbeat.scoring.combine import Odder, Scorer
from offbeat.scoring.fit import COMPONENTS, restore_components
from offbeat.scoring.settings import ScoringSettings
from offbeat.thresholds.threshold import Threshold


def save(detector: Detector, path: str | os.PathLike[str]) -> Path:
    """Write a detector to a file, in one piece or not at all."""
    record = DetectorRecord(
        settings=detector.settings.given(),
        resolved=detector.resolved.given(),
        table_schema=detector.schema.to_dict(),
        preprocessor=detector.preprocessor.to_dict(),
        weights=list(detector.scorer.weights),
        exponents=list(detector.scorer.exponents),
        odder=None if (odder := detector.scorer.odder) is None else OdderRecord(**asdict(odder)),
        threshold=detector.threshold.to_dict(),
        history=detector.history,
        facts=detector.facts,
    )
    # A build from before there was a choice opens the files of detectors that make none.
    unused: dict[str, Any] = {"odder": True} if record.odder is None else {}
    unused |= {} if detector.facts.decimal_commas else {"facts": {"decimal_commas"}}
    manifest = record.model_dump(mode="json", exclude={"beside": True, **unused})
    calibration = {"scores": detector.threshold.calibration.scores}
    if detector.reference is not None:
        calibration |= {f"columns.{name}": array for name, array in detector.reference.arrays().items()}
    write_archive(Path(path), manifest, {"weights": _weights(detector), "calibration": calibration})
    return Path(path)


def load(path: str | os.PathLike[str]) -> Detector:
    """Read a detector from a file that `save` wrote.

    A file that is damaged or hostile is refused with one error, in bounded memory; nothing in it is executed.

    Raises:
        DetectorFileError: The file is not a detector file that this version reads.
    """
    archive = read_archive(Path(path))
    record = read_record(archive.manifest, str(path))
    try:
        own = {n: array for n, array in archive.arrays.get("weights", {}).items() if not n.startswith("beside.")}
        return _rebuild(record, own, archive.arrays.get("calibration", {}))
    except (SettingsError, DataError, KeyError) as problem:
        reason = f"the array {problem} is lacking." if isinstance(problem, KeyError) else str(problem)
        raise DetectorFileError(
            f"{path}: this is no complete detector: {reason} Fit and save the detector again."
        ) from problem
    except DetectorFileError as problem:
        raise DetectorFileError(f"{path}: {problem}") from problem


def _weights(detector: Detector) -> dict[str, np.ndarray]:
    arrays = {f"network.{name}": np.asarray(leaf) for name, leaf in named_leaves(detector.network)}
    # Not strict: a detector of an earlier version may have fewer components than scores of its name have by now.
    for word, component in zip(COMPONENTS[detector.resolved.score], detector.scorer.components, strict=False):
        arrays |= {f"score.{word}.{name}": array for name, array in component.arrays().items()}
    return arrays


def named_leaves(network: AbstractAutoencoder) -> list[tuple[str, Any]]:
    """A network's arrays with their place in it, such as "layers.0.weight"."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(network)
    return [(".".join(str(step).strip(".[]") for step in path), leaf) for path, leaf in leaves]


def _rebuild(record: DetectorRecord, weights: dict[str, np.ndarray], calibration: dict[str, np.ndarray]) -> Detector:
    resolved = parse_settings(record.resolved)
    preprocessor = Preprocessor.from_dict(record.preprocessor)
    schema = Schema.from_dict(record.table_schema)
    settings = parse_settings(record.settings)
    scores = {name: array for name, array in calibration.items() if not name.startswith("columns.")}
    require_resolved(resolved)
    require_same_columns(schema, preprocessor)
    if settings.label is not None:
        label_position(schema, settings.label)
    network = _network(resolved, preprocessor, weights)
    detector = Detector(
        settings=settings,
        resolved=resolved,
        schema=schema,
        preprocessor=preprocessor,
        network=network,
        scorer=_scorer(resolved, preprocessor.features, network, weights, record),
        threshold=Threshold.from_dict(record.threshold, calibration_scores(scores)),
        history=record.history,
        facts=record.facts,
        reference=_reference(preprocessor, calibration),
    )
    require_no_others(weights, _weights(detector))
    return detector


def _scorer(
    resolved: Settings,
    features: int,
    network: AbstractAutoencoder,
    weights: dict[str, np.ndarray],
    record: DetectorRecord,
) -> Scorer:
    latent = encode(network, np.empty((0, features), np.float32)).shape[1]
    arrays = score_arrays(COMPONENTS[resolved.score], weights, features, network.view_count, latent)
    components = restore_components(
        resolved.part(ScoringSettings),
        arrays,
        network=network,
        huber_delta=resolved.huber_delta,
        count=len(record.weights),
    )
    if len(components) != len(record.weights):
        raise contradiction(f"there are {len(components)} score components and {len(record.weights)} weights.")
    if record.exponents and len(record.exponents) != len(components):
        raise contradiction(f"there are {len(components)} score components and {len(record.exponents)} exponents.")
    if record.odder and len(record.exponents) < 2:
        raise contradiction("the odder of its parts counts, but they have no exponents.")
    if record.odder and len(record.odder.filled) > features:
        raise contradiction(
            f"there are {features} features, and {len(record.odder.filled)} stand-ins for missing ones."
        )
    odder = None if record.odder is None else Odder(record.odder.weight, record.odder.spreads, record.odder.filled)
    return Scorer(components, tuple(record.weights), tuple(record.exponents), odder)


def _reference(preprocessor: Preprocessor, calibration: dict[str, np.ndarray]) -> ColumnReference | None:
    """How normal rows were distributed; None of a file from before that was kept."""
    arrays = {n.removeprefix("columns."): array for n, array in calibration.items() if n.startswith("columns.")}
    return reference_from(preprocessor, arrays) if arrays else None


def _network(resolved: Settings, preprocessor: Preprocessor, weights: dict[str, np.ndarray]) -> AbstractAutoencoder:
    held = sum(array.size for name, array in weights.items() if name.startswith("network."))
    settings, features = resolved.part(NetworkSettings), preprocessor.features
    # Counted before anything is made: settings that ask for a network of absurd size must not get the memory for it.
    if (needed := parameter_count(settings, features)) != held:
        raise contradiction(f"the network has {needed} parameters by its settings, but the file holds {held}.")
    probabilities = probabilities_in(resolved, preprocessor)
    template = build_network(settings, features, np.random.default_rng(0), probabilities=probabilities)
    leaves = [_array(weights, f"network.{name}", leaf) for name, leaf in named_leaves(template)]
    return jax.tree.unflatten(jax.tree.structure(template), leaves)


def _array(weights: dict[str, np.ndarray], name: str, like: np.ndarray) -> np.ndarray:
    array = weights[name]
    # An imported network may have kept the precision that it was trained in.
    if array.shape != like.shape or array.dtype not in (like.dtype, np.float64):
        raise contradiction(
            f"the array '{name}' is {array.dtype} {array.shape}; {like.dtype} {like.shape} was expected."
        )
    return array
