"""An H2O model as one detector file, and back: the detector, and beside it what H2O's methods need."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.errors import DetectorFileError, OffbeatError
from offbeat.h2o.estimators.descent import Descent
from offbeat.h2o.estimators.parameters import checked_parameters
from offbeat.h2o.model import TrainedModel
from offbeat.h2o.model_arrays import PREFIX, arrays_of, history_of, state_of, vectors_of
from offbeat.h2o.model_record import NOT_OF_FILES, ModelRecord, encoding_of, read_model_record, record_of
from offbeat.h2o.training_run import TrainingRun
from offbeat.integrations.h2o_mojo import Mojo
from offbeat.integrations.h2o_mojo.mojo import MojoLayer
from offbeat.persistence import read_archive, write_archive
from offbeat.persistence.format import DAMAGED
from offbeat.training.per_sample_state import PerSampleState

BESIDE = "beside"
"""Where the manifest of a detector file keeps what a face needs on top of the detector."""


def write_model(model: TrainedModel, path: Path) -> None:
    """Write a model to a file, in one piece or not at all.

    Args:
        model: To be saved. Where its threshold was not asked for yet, it is set now.
        path: The file; its folder must exist.

    Raises:
        FileError: The file cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        detector = read_archive(model.detector_of_layout.save(Path(folder) / "detector.offbeat"))
    manifest = {**detector.manifest, BESIDE: record_of(model).model_dump(mode="json")}
    weights = {**detector.arrays["weights"], **arrays_of(model.descent)}
    write_archive(path, manifest, {**detector.arrays, "weights": weights})


def read_model(path: str | os.PathLike[str]) -> Any:
    """The estimator that holds a saved model; nothing in the file is executed.

    Args:
        path: What `write_model` wrote.

    Raises:
        DetectorFileError: The file is damaged, hostile, or holds no H2O model.
    """
    from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator

    where, archive = str(path), read_archive(path)
    if BESIDE not in archive.manifest:
        raise DetectorFileError(
            f"{where} holds a detector, but not what H2O's methods need beside it: open it with offbeat.load(path)."
        )
    record = read_model_record(archive.manifest[BESIDE], where)
    told = {name: value for name, value in record.parameters.items() if name not in NOT_OF_FILES}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parameters without effect were said when the model was made
            estimator = H2OAutoEncoderEstimator(**told)
            parameters = checked_parameters(told | {"autoencoder": True})
    except (OffbeatError, TypeError) as problem:
        raise DetectorFileError(f"{where}: the H2O model has parameters that it cannot have: {problem}") from None
    weights, scores = archive.arrays["weights"], archive.arrays["calibration"].get("scores", np.empty(0))
    if scores.ndim != 1 or scores.dtype != np.float64 or not scores.size or (np.diff(scores) < 0).any():
        raise DetectorFileError(f"{where}: the calibration scores are lacking or not in order. {DAMAGED}")
    sizes = _sizes(record, parameters["hidden"], where)
    state = state_of(weights, sizes, record.samples, where)
    descent = _descent(record, state, weights, where)
    frames, columns = (record.training_frame, record.validation_frame), tuple(record.columns)
    run = TrainingRun(*frames, record.began, record.ended, columns, seed=record.seed)
    estimator.adopt(
        TrainedModel(record.model_id, descent, parameters, record.rows, scores, run, held_out=record.held_out)
    )
    return estimator


def _sizes(record: ModelRecord, hidden: Any, where: str) -> list[int]:
    features = len(record.numeric) + sum(len(levels) + 1 for levels in record.levels)
    if not features or len(record.dropout) != len(hidden) + 1:
        raise DetectorFileError(f"{where}: the H2O model's layers contradict its parameters. {DAMAGED}")
    return [features, *hidden, features]


def _descent(record: ModelRecord, state: PerSampleState, weights: dict[str, np.ndarray], where: str) -> Descent:
    features, layers, numeric = len(state.layers[0].weight), len(state.layers), len(record.numeric)
    lengths = dict.fromkeys(("mean_rates", "rate_deviations", "momenta"), layers)
    lengths |= {"never_fed": features, "subtracted": numeric, "multiplied": numeric}
    vectors = vectors_of(weights, lengths, where)
    _require_no_others(weights, set(lengths), where)
    columns = [*record.categorical, *record.numeric]
    is_sound = len(set(columns)) == len(columns) == len(record.levels) + numeric
    if not is_sound or not (vectors["multiplied"] > 0).all():
        raise DetectorFileError(f"{where}: the H2O model's columns contradict each other. {DAMAGED}")
    network = Mojo(
        source=record.source,
        h2o_version=record.h2o_version,
        levels={name: tuple(levels) for name, levels in zip(record.categorical, record.levels, strict=True)},
        numeric=tuple(record.numeric),
        subtracted=vectors["subtracted"],
        multiplied=vectors["multiplied"],
        standardized=record.standardized,
        activation=record.activation,
        times=tuple(record.times),
        layers=tuple(
            MojoLayer(np.asarray(layer.weight).T.copy(), np.asarray(layer.bias, np.float64), dropout)
            for layer, dropout in zip(state.layers, record.dropout, strict=True)
        ),
    )
    return Descent(
        model=network,
        history=history_of(weights, where),
        state=state,
        mean_rates=vectors["mean_rates"],
        rate_deviations=vectors["rate_deviations"],
        momenta=vectors["momenta"],
        never_fed=vectors["never_fed"],
        scored_rows=record.scored_rows,
        scored_held=record.scored_held,
        encoding=encoding_of(record, where),
    )


def _require_no_others(weights: dict[str, np.ndarray], known: set[str], where: str) -> None:
    for name in weights:
        plain = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and plain not in known and not plain.startswith(("layer.", "history.")):
            raise DetectorFileError(f"{where}: the H2O model has an array that nothing reads. {DAMAGED}")
