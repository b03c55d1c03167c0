"""Files and folders that are often taken for a model that can be opened, and what to do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from offbeat.errors import DetectorFileError

_ZIP: Final = b"PK\x03\x04"
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_OTHERS: Final = {
    _HDF5: "an HDF5 file, Keras's older format. Open it in Keras and save it as model.keras",
    b"\x80": "a Python pickle, which would run code. Export the model in the format of its own program",
    b"\xac\xed": "a Java object. Export the model as a MOJO (download_mojo)",
    b"\x1c\xed": "H2O's own model file. Load it in H2O (load_model), and export the model as a MOJO (download_mojo)",
    b"/*": "source code, perhaps an H2O POJO. Export the model as a MOJO (download_mojo)",
}
"""How files begin that are often taken for one of these, and what to do."""
_WEIGHTS_ENDING: Final = ".weights.h5"
_WEIGHTS: Final = (
    'what save_weights of Keras writes, weights only. Build the model, model.load_weights(...), then model.save("model'
    '.keras")'
)

_FOLDERS: Final = {
    "saved_model.pb": "a SavedModel of TensorFlow. Open it in Keras 2 (tf_keras), and save it as model.keras",
    "model.weights.h5": "an unpacked Keras file. Pack what is in it into a zip file, and call that model.keras",
}
"""Folders that are models, by a file in them, and what to do."""


def refuse_model_folder(path: Path) -> None:
    """Nothing where a path is no folder that is a model.

    Args:
        path: Of whatever was given.

    Raises:
        DetectorFileError: It is one; says which it looks like, and what to do.
    """
    try:
        looks = next((words for entry, words in _FOLDERS.items() if (path / entry).is_file()), None)
    except OSError:  # such as a name that is too long: opening the file says so
        return
    if looks is not None:
        raise DetectorFileError(f"{path} is a folder; a model file was expected. This is {looks}.")


def require_start_of_zip(start: bytes, where: str) -> None:
    """Nothing where a file begins as H2O's and Keras's do.

    Args:
        start: Its first 8 bytes, or all of it.
        where: What errors call it.

    Raises:
        DetectorFileError: It does not; says which it looks like, and what to do.
    """
    if start.startswith(_ZIP):
        return
    looks = next((words for begin, words in _OTHERS.items() if start.startswith(begin)), None)
    if start.startswith(_HDF5) and where.endswith(_WEIGHTS_ENDING):
        looks = _WEIGHTS
    unknown = f"it begins with the bytes {start!r}" if start else "the file is empty"
    seen = f"this is {looks}" if looks else unknown
    raise DetectorFileError(f"{where}: an H2O MOJO (.zip) or a Keras file (.keras) was expected; {seen}.")
