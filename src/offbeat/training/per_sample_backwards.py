"""The way back through the layers: each moves by the error signal that reached it, and passes on what its inputs did.

Of a row and of a batch alike; what differs is how slopes are made of inputs and signals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jaxtyping import Array, Float

from offbeat.training.per_sample_signals import ACTIVATIONS
from offbeat.training.per_sample_state import LayerState, PerSampleSettings, PerSampleState
from offbeat.training.per_sample_updates import ACTIVATION_MEMORY, Slopes, made_sparse, moved


def layers_after(
    settings: PerSampleSettings,
    state: PerSampleState,
    inputs: Sequence[Float[Array, "*rows _"]],
    signal: Float[Array, "*rows features"],
    slopes: Callable[[int, Array, Array], Slopes],
    activations: Sequence[Float[Array, "_"]],
    memory: float | Array = ACTIVATION_MEMORY,
) -> tuple[LayerState, ...]:
    """The layers after one step.

    Args:
        settings: How to update.
        state: Before the step.
        inputs: What went into each layer, from `forward`.
        signal: The error signal of the last layer.
        slopes: Of a layer, given which it is, its inputs and its signal.
        activations: Of the units of each hidden layer, for a row, or the mean over a batch.
        memory: Which share of their running mean is kept.
    """
    layers: list[LayerState] = []
    for depth in reversed(range(len(state.layers))):
        layer, before = state.layers[depth], inputs[depth]
        # What reaches the layer before is measured with the weights as they were before the step.
        passed = _through(layer, signal) * ACTIVATIONS[settings.activation].slope(before) if depth else signal
        after, rates = moved(settings, layer, slopes(depth, before, signal), depth, state)
        if settings.sparsity_beta > 0 and depth < len(activations):
            after = made_sparse(settings, after, rates, activations[depth], memory)
        layers.append(after)
        signal = passed
    return tuple(reversed(layers))


def _through(layer: LayerState, signal: Float[Array, "*rows outputs"]) -> Float[Array, "*rows inputs"]:
    # A row's signal times the turned weights would be summed in another order, and round otherwise.
    return layer.weight @ signal if signal.ndim == 1 else signal @ layer.weight.T
