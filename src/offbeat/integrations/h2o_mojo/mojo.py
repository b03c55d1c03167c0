"""`Mojo`: an H2O autoencoder as its exported file describes it, read as data and audited."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float32, Float64

from offbeat.errors import DetectorFileError, name_some
from offbeat.integrations.foreign_zip import DAMAGED, ForeignZip, open_zip
from offbeat.integrations.h2o_mojo.coded_columns import CodedColumn, read_coded
from offbeat.integrations.h2o_mojo.details import read_details
from offbeat.integrations.h2o_mojo.domains import parse_levels
from offbeat.integrations.h2o_mojo.model_ini import ModelIni, parse_model_ini
from offbeat.integrations.h2o_mojo.time_columns import read_time_columns
from offbeat.integrations.h2o_mojo.training_error import TrainingError, read_training_error
from offbeat.persistence.format import shown

MAX_MODEL_BYTES: Final = 2 * 1024**3
MAX_DOMAIN_BYTES: Final = 64 * 1024**2
MAX_LAYERS: Final = 1000
LARGEST_LAYER: Final = 10**9
LARGEST_WEIGHT: Final = float(np.finfo(np.float32).max)

VERSIONS: Final = ("1.00", "1.10")
ACTIVATIONS: Final = {"Tanh": "tanh", "Rectifier": "relu", "ExpRectifier": "elu"}
"""H2O's word for an activation to offbeat's; each also comes as `...WithDropout`."""
WITH_DROPOUT: Final = "WithDropout"


@dataclass(frozen=True, eq=False)
class MojoLayer:
    """One layer: activation(weight @ input + bias).

    Attributes:
        weight: As H2O keeps it.
        bias: As H2O keeps it.
        dropout: Share of the units that training dropped. H2O does not rescale while training; when it scores, it
            multiplies the activations by 1 - dropout.
    """

    weight: Float32[np.ndarray, "outputs inputs"]
    bias: Float64[np.ndarray, "outputs"]
    dropout: float


@dataclass(frozen=True, eq=False)
class Mojo:
    """An autoencoder of H2O, in H2O's order: categorical columns first, then numeric ones.

    Attributes:
        source: Name of the file.
        h2o_version: Which H2O wrote it.
        levels: The levels of each categorical column, in the order of their slots. One slot more stands for missing
            and unseen levels.
        numeric: The numeric columns.
        subtracted: From each numeric column, before it is multiplied: its training mean; 0 without standardization.
        multiplied: Each numeric column: by the inverse of its training range; 1 without standardization.
        standardized: Whether H2O scaled the numeric columns.
        activation: offbeat's word for that of all layers, the output included.
        layers: From input to output.
        training_error: What H2O measured on its training rows, where the file tells it.
        coded: The columns of categories that H2O turned into numeric ones; those are among `numeric`.
        times: The columns that were dates or times: among `numeric`, in milliseconds since 1970-01-01 UTC.
    """

    source: str
    h2o_version: str
    levels: dict[str, tuple[str, ...]]
    numeric: tuple[str, ...]
    subtracted: Float64[np.ndarray, "numeric"]
    multiplied: Float64[np.ndarray, "numeric"]
    standardized: bool
    activation: str
    layers: tuple[MojoLayer, ...]
    training_error: TrainingError | None = None
    coded: tuple[CodedColumn, ...] = ()
    times: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the network sees, in H2O's order."""
        return (*self.levels, *self.numeric)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """H2O's names of the network's inputs, in H2O's order: `pump.A`, `pump.missing(NA)`, `pressure`.

        Reference:
            hex.DataInfo.coefNames, H2O-3 3.46.
        """
        slots = [f"{name}.{level}" for name, levels in self.levels.items() for level in (*levels, "missing(NA)")]
        return (*slots, *self.numeric)


def read_mojo(path: str | os.PathLike[str]) -> Mojo:
    """Read an H2O autoencoder that was exported as a MOJO; nothing in the file is executed, and no Java is needed.

    Args:
        path: What `model.download_mojo()` or `model.save_mojo()` wrote.

    Raises:
        DetectorFileError: The file is damaged or hostile, or holds another kind of model, or one that offbeat cannot
            express.
    """
    with open_zip(Path(path)) as archive:
        ini = parse_model_ini(archive.read("model.ini", MAX_MODEL_BYTES), f"{archive.where}: model.ini")
        _audit_kind(ini)
        coded = read_coded(archive, ini)
        levels = _levels(archive, ini)
        sizes = _sizes(ini, levels)
        numeric = ini.columns[len(levels) :]
        subtracted, multiplied = _scale(ini, len(numeric))
        details = read_details(archive)
        return Mojo(
            source=Path(path).name,
            h2o_version=ini.info.get("h2o_version", "of an unknown version"),
            levels=levels,
            numeric=numeric,
            subtracted=subtracted,
            multiplied=multiplied,
            standardized=ini.word("norm_mul") != "null",
            activation=ACTIVATIONS[ini.word("activation").removesuffix(WITH_DROPOUT)],
            layers=_layers(ini, sizes),
            training_error=read_training_error(details),
            coded=coded,
            times=tuple(name for name in read_time_columns(details, ini.columns) if name in numeric),
        )


def _audit_kind(ini: ModelIni) -> None:
    if ini.word("algo") != "deeplearning" or ini.word("category") != "AutoEncoder":
        raise DetectorFileError(
            f"{ini.where}: this is a model of the kind {shown(ini.word('algo'))} ({shown(ini.word('category'))}); an "
            "autoencoder (deeplearning, AutoEncoder) was expected."
        )
    if (version := ini.word("mojo_version")) not in VERSIONS:
        raise DetectorFileError(
            f"{ini.where}: the MOJO has version {shown(version)}; {' or '.join(VERSIONS)} was expected. Export the "
            "model from an H2O that writes one of these."
        )
    activation = ini.word("activation")
    if activation.removesuffix(WITH_DROPOUT) not in ACTIVATIONS:
        raise DetectorFileError(
            f"{ini.where}: the activation is {shown(activation)}; {', '.join(ACTIVATIONS)}, with or without dropout, "
            "can be read. H2O itself trains no autoencoder with Maxout."
        )


def _levels(archive: ForeignZip, ini: ModelIni) -> dict[str, tuple[str, ...]]:
    """The levels of the categorical columns, which stand first."""
    categorical, numeric = ini.whole_number("cats"), ini.whole_number("nums")
    if categorical + numeric != len(ini.columns) or set(ini.domains) != set(range(categorical)):
        raise DetectorFileError(
            f"{ini.where}: of {len(ini.columns)} columns {categorical} are said to be categorical and {numeric} "
            f"numeric, and {len(ini.domains)} have levels. {DAMAGED}"
        )
    # Before any is read: many columns may have the levels of one file.
    slots, weights = sum(domain.levels + 1 for domain in ini.domains.values()), ini.length("weight_layer0")
    if slots > weights:
        raise DetectorFileError(
            f"{ini.where}: the levels of the categorical columns have {slots} slots, and the first layer {weights} "
            f"weights. {DAMAGED}"
        )
    levels = {}
    for position, domain in sorted(ini.domains.items()):
        entry = f"domains/{domain.file}"
        raw = archive.read(entry, MAX_DOMAIN_BYTES)
        where, escaped = f"{archive.where}: {entry}", ini.escaped_levels
        levels[ini.columns[position]] = parse_levels(raw, domain.levels, where, escaped=escaped)
    return levels


def _sizes(ini: ModelIni, levels: dict[str, tuple[str, ...]]) -> list[int]:
    """Units of every layer, the input's first."""
    count = ini.length("neural_network_sizes")
    if not 2 <= count <= MAX_LAYERS:
        raise DetectorFileError(f"{ini.where}: neural_network_sizes has {count} entries. {DAMAGED}")
    sizes = ini.numbers("neural_network_sizes", count)
    offsets = np.cumsum([0, *(len(own) + 1 for own in levels.values())])
    if ini.numbers("cat_offsets", len(offsets)).tolist() != offsets.tolist():
        raise DetectorFileError(
            f"{ini.where}: cat_offsets does not give each category one slot a level and one for missing ones. {DAMAGED}"
        )
    inputs = offsets[-1] + ini.whole_number("nums")
    are_sizes = (sizes >= 1) & (sizes <= LARGEST_LAYER) & (sizes == np.round(sizes))
    if not are_sizes.all() or sizes[0] != inputs or sizes[-1] != inputs:
        raise DetectorFileError(
            f"{ini.where}: the network has the sizes {name_some(sizes.tolist())}; {inputs} inputs and as many outputs "
            f"were expected. {DAMAGED}"
        )
    return [int(size) for size in sizes]


def _scale(ini: ModelIni, count: int) -> tuple[Float64[np.ndarray, "_"], Float64[np.ndarray, "_"]]:
    if ini.word("norm_mul") == "null":  # standardize=False
        return np.zeros(count), np.ones(count)
    multiplied = ini.numbers("norm_mul", count)
    if not (multiplied > 1e-300).all():
        raise DetectorFileError(f"{ini.where}: norm_mul holds numbers that are not positive. {DAMAGED}")
    return ini.numbers("norm_sub", count), multiplied


def _layers(ini: ModelIni, sizes: list[int]) -> tuple[MojoLayer, ...]:
    dropout = ini.numbers("hidden_dropout_ratios", len(sizes) - 1)
    if not ((dropout >= 0) & (dropout < 1)).all():
        raise DetectorFileError(f"{ini.where}: hidden_dropout_ratios holds numbers outside of 0 to 1. {DAMAGED}")
    if not ini.word("activation").endswith(WITH_DROPOUT):
        dropout = np.zeros_like(dropout)
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        weight = ini.numbers(f"weight_layer{index}", inputs * outputs)
        if (np.abs(weight) > LARGEST_WEIGHT).any():
            raise DetectorFileError(f"{ini.where}: weight_layer{index} holds numbers beyond float32. {DAMAGED}")
        weight = weight.astype(np.float32).reshape(outputs, inputs)
        layers.append(MojoLayer(weight, ini.numbers(f"bias_layer{index}", outputs), float(dropout[index])))
    return tuple(layers)
