"""The models in tests/files/imported: trained by H2O and Keras, with their own answers. And copies of them, forged."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "files" / "imported"
PUMPS = FOLDER / "pumps.csv"
CODES = FOLDER / "codes.csv"
CURVES = FOLDER / "curves.csv"
MOJOS = ("tanh-dropout", "rectifier-raw", "exp-rectifier", "only-categories")
CODED_MOJOS = ("label-encoder", "binary")
"""Their categories are numbers, for which a detector has no place."""
KERAS = ("sequential", "functional", "pair", "tutorial")


def mojo(name: str) -> Path:
    """A model that H2O exported."""
    return FOLDER / f"{name}.zip"


def keras_file(name: str) -> Path:
    """A model that Keras saved."""
    return FOLDER / f"{name}.keras"


def answers_of_h2o(name: str) -> dict[str, Any]:
    """What H2O answers for `pumps.csv`: a frame's columns by name, by the frame's name; and `mse`."""
    answers: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return answers


def answer_of_keras(name: str) -> np.ndarray:
    """Keras's reconstruction of `curves.csv`."""
    return np.loadtxt(FOLDER / f"{name}.csv", delimiter=",")


def repacked(
    source: Path, target: Path, changes: Mapping[str, bytes | None], method: int = zipfile.ZIP_DEFLATED
) -> Path:
    """A copy of a zip with some entries replaced, added, or (None) left out."""
    with zipfile.ZipFile(source) as archive:
        contents: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in {**contents, **changes}.items():
            if content is not None:
                archive.writestr(name, content)
    return target


def with_ini(target: Path, edit: Callable[[str], str], name: str = "tanh-dropout") -> Path:
    """A MOJO whose `model.ini` was edited."""
    with zipfile.ZipFile(mojo(name)) as archive:
        text = archive.read("model.ini").decode()
    edited = edit(text)
    assert edited != text
    return repacked(mojo(name), target, {"model.ini": edited.encode()})


def with_value(target: Path, key: str, value: str, name: str = "tanh-dropout") -> Path:
    """A MOJO with another value of one key."""

    def replace(text: str) -> str:
        lines = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in text.split("\n")]
        return "\n".join(lines)

    return with_ini(target, replace, name)


def with_config(target: Path, edit: Callable[[dict[str, Any]], None], name: str = "sequential") -> Path:
    """A Keras file whose configuration was edited."""
    with zipfile.ZipFile(keras_file(name)) as archive:
        config = json.loads(archive.read("config.json"))
    edit(config)
    return repacked(keras_file(name), target, {"config.json": json.dumps(config).encode()})


def with_arrays(target: Path, edit: Callable[[Any], None], name: str = "sequential") -> Path:
    """A Keras file whose HDF5 file was edited."""
    with zipfile.ZipFile(keras_file(name)) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content, "r+") as file:
        edit(file)
    return repacked(keras_file(name), target, {"model.weights.h5": content.getvalue()})


Layers = dict[str, tuple[str, int, int]]
"""By the place in the file: what Keras calls the layer, its inputs and its outputs."""


def weight_of(name: str, inputs: int, outputs: int) -> np.ndarray:
    return np.random.default_rng(list(name.encode())).normal(size=(inputs, outputs)).astype(np.float32)


def file_of_a_class(
    tmp_path: Path,
    layers: Layers,
    others: dict[str, str] | None = None,
    *,
    kind: str = "Mine",
    shape: tuple[int, ...] | None = None,
) -> Path:
    """As Keras 3 saves a class that says nothing of its parts; `others` are models and layers without arrays."""

    def edit(file: Any) -> None:
        for old in list(file):
            del file[old]
        for place, (name, inputs, outputs) in layers.items():
            group = file.create_group(f"{place}/vars")
            group.attrs["name"] = name
            group["0"], group["1"] = weight_of(name, inputs, outputs), np.zeros(outputs, np.float32)
        for place, name in (others or {}).items():
            file.create_group(f"{place}/vars").attrs["name"] = name

    arrays = with_arrays(tmp_path / "arrays.keras", edit, "tutorial")
    example = shape or (next(iter(layers.values()))[1],)
    config = {"class_name": kind, "build_config": {"input_shape": [None, *example]}}
    return repacked(arrays, tmp_path / "mine.keras", {"config.json": json.dumps(config).encode()})
