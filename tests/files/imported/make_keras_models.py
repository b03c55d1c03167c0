"""Saves small autoencoders of Keras, with Keras's own answers: `python make_keras_models.py`.

Needs `pip install keras` and a backend. What it wrote, with Keras 3.15.1, stays as it is. The weights are random, not
trained: what counts is that the same numbers come out.

- `curves.csv`: rows to score, scaled to 0..1;
- `NAME.keras`: the model, packed more tightly than Keras does;
- `NAME.csv`: Keras's reconstruction of `curves.csv`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import Model, Sequential, layers

FOLDER = Path(__file__).resolve().parent
WIDTH = 12


class AnomalyDetector(Model):
    """As in https://www.tensorflow.org/tutorials/generative/autoencoder; saves its arrays only."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Sequential([layers.Dense(units, activation="relu") for units in (8, 4, 2)])
        self.decoder = Sequential(
            [
                layers.Dense(4, activation="relu"),
                layers.Dense(8, activation="relu"),
                layers.Dense(WIDTH, activation="sigmoid"),
            ]
        )

    def call(self, x: object) -> object:
        """Encodes, then decodes."""
        return self.decoder(self.encoder(x))


@keras.saving.register_keras_serializable()
class Pair(Model):
    """Saves the configuration of both halves."""

    def __init__(self, encoder: Model, decoder: Model, **others: object) -> None:
        super().__init__(**others)
        self.encoder, self.decoder = encoder, decoder

    def call(self, x: object) -> object:
        """Encodes, then decodes."""
        return self.decoder(self.encoder(x))

    def get_config(self) -> dict[str, object]:
        """Both halves."""
        halves = {"encoder": self.encoder, "decoder": self.decoder}
        return {name: keras.saving.serialize_keras_object(half) for name, half in halves.items()}


def sequential() -> Model:
    """The usual form."""
    hidden = [layers.Dense(units, activation="relu") for units in (8, 4, 8)]
    return Sequential([keras.Input((WIDTH,)), *hidden, layers.Dense(WIDTH, activation="sigmoid")])


def functional() -> Model:
    """Models within a model, other activations, and all that can be multiplied into a dense layer."""
    scale = layers.Normalization(mean=[0.5] * WIDTH, variance=[0.1] * WIDTH)
    encoder = Sequential(
        [
            keras.Input((WIDTH,)),
            scale,
            layers.Dense(6, name="squash"),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Dropout(0.2),
            layers.Dense(3, use_bias=False, name="code"),
        ],
        name="encoder",
    )
    squares = keras.Input((4, 3))
    code = encoder(layers.Flatten()(squares))
    widened = layers.BatchNormalization()(layers.Dense(6, activation="selu")(code))
    return Model(squares, layers.Reshape((4, 3))(layers.Dense(WIDTH, activation="gelu", name="out")(widened)))


def pair() -> Model:
    """A class of its own that says what it is made of."""
    encoder = Sequential([layers.Dense(5, activation="elu"), layers.Dense(2)])
    decoder = Sequential([layers.Dense(5, activation="tanh"), layers.Dense(WIDTH)])
    return Pair(encoder, decoder)


MODELS: dict[str, Callable[[], Model]] = {
    "sequential": sequential,
    "functional": functional,
    "pair": pair,
    "tutorial": AnomalyDetector,
}


def main() -> None:
    """Write all of it."""
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    rows = random.uniform(size=(8, WIDTH)).astype(np.float32)
    np.savetxt(FOLDER / "curves.csv", rows, delimiter=",", fmt="%.9g")
    for name, build in MODELS.items():
        model = build()
        given = rows.reshape(-1, 4, 3) if name == "functional" else rows
        model(given)
        for weight in model.weights:  # zeros and ones hide mistakes
            weight.assign(weight + 0.1 * random.uniform(size=weight.shape))
        model.compile(optimizer="adam", loss="mae" if name == "sequential" else "mse")
        np.savetxt(FOLDER / f"{name}.csv", np.asarray(model(given)).reshape(len(rows), -1), delimiter=",", fmt="%.9g")
        path = FOLDER / f"{name}.keras"
        model.save(path)
        _pack_tightly(path)


def _pack_tightly(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    main()
