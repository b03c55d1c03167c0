"""`save_model`, `load_model` and their kin: H2O's names for keeping a trained model in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from offbeat.errors import DetectorFileError, FileError, SettingsError
from offbeat.h2o.model import TrainedModel
from offbeat.h2o.model_file import read_model, write_model
from offbeat.h2o.model_names import checked_model_name

SUFFIX = ".offbeat"


def save_model(
    model: Any,
    path: str | os.PathLike[str] = "",
    force: bool = False,
    export_cross_validation_predictions: bool = False,
    filename: str | None = None,
) -> str:
    """Write a trained model to a file, which `load_model` reads; the file is a detector file of offbeat.

    Args:
        model: A trained estimator.
        path: The folder to write to, made where it is not there; the current one where empty. A path that ends in
            ".offbeat" is the file itself.
        force: Whether a file of that name is replaced.
        export_cross_validation_predictions: Without effect: an autoencoder is not cross-validated.
        filename: The file's name; the model's own where None.

    Returns:
        The path of the file.

    Raises:
        SettingsError: It is no trained model, or its name leads to another folder.
        DetectorFileError: There is such a file already.
        FileError: It cannot be written.
    """
    trained = model if isinstance(model, TrainedModel) else getattr(model, "model", None)
    if not isinstance(trained, TrainedModel):
        raise SettingsError(f"save_model() takes a trained model; {type(model).__name__} was given.")
    folder = Path(path)
    is_file = filename is None and folder.suffix == SUFFIX
    file = (folder if is_file else folder / (filename or checked_model_name(trained.model_id))).absolute()
    if file.exists() and not force:
        raise DetectorFileError(
            f"There is a file {file} already. Replace it with force=True, or give another filename."
        )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(f"The folder {file.parent} cannot be made: {reason}. Give another path.", reason) from None
    write_model(trained, file)
    return str(file)


def load_model(path: str | os.PathLike[str]) -> Any:
    """The estimator that `save_model` wrote: it scores, tells its history and goes on training as before.

    Nothing in the file is executed, and no place to write to is taken from it: export_checkpoints_dir is left out.

    Args:
        path: The file.

    Raises:
        DetectorFileError: The file is missing, damaged, hostile, or holds no H2O model.
    """
    return read_model(path)


def download_model(
    model: Any,
    path: str | os.PathLike[str] = "",
    export_cross_validation_predictions: bool = False,
    filename: str | None = None,
) -> str:
    """`save_model` that replaces a file of that name, as H2O's does: there is no server to download from.

    Args:
        model: As for `save_model`.
        path: As for `save_model`.
        export_cross_validation_predictions: Without effect.
        filename: As for `save_model`.
    """
    return save_model(model, path, force=True, filename=filename)


def upload_model(path: str | os.PathLike[str]) -> Any:
    """The same as `load_model`: there is no server to upload to.

    Args:
        path: The file.
    """
    return load_model(path)
