"""The classes of a tutorial that many copy, whose activations are known although files do not tell them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple


class Activations(NamedTuple):
    """Keras's names: that of all hidden layers, and that of the output."""

    hidden: str
    output: str


TUTORIAL: Final = Activations("relu", "sigmoid")


def published_activations(
    kind: str, units: Sequence[Sequence[int]], shape: tuple[int, ...] | None
) -> Activations | None:
    """The activations of a class of the tutorial; None of any other, also of one with its name and other layers.

    The first example's encoder and decoder are one dense layer each and its examples are images, of two axes. In the
    third each layer of the encoder has half as many units as the one before, and the decoder has these backwards.

    Args:
        kind: The name of the class.
        units: Of the dense layers of encoder and decoder, in their order.
        shape: Of one example, where it is known.

    Example:
        >>> published_activations("AnomalyDetector", [(32, 16, 8), (16, 32, 140)], (140,))
        Activations(hidden='relu', output='sigmoid')
        >>> published_activations("Autoencoder", [(64,), (784,)], (784,)) is None
        True

    Reference:
        https://www.tensorflow.org/tutorials/generative/autoencoder, first and third example.
    """
    counts = [len(part) for part in units]
    if kind == "Autoencoder" and counts == [1, 1] and shape is not None and len(shape) == 2:
        return TUTORIAL
    if kind == "AnomalyDetector" and counts == [3, 3]:
        code = units[0][-1]
        halves = [*units[0], *units[1][:-1]]
        return TUTORIAL if halves == [4 * code, 2 * code, code, 2 * code, 4 * code] else None
    return None
