"""Optimizers by their settings word, as optax transformations that leave the learning rate to the schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import optax

from offbeat.training.settings import TrainingSettings


def build_optimizer(settings: TrainingSettings) -> optax.GradientTransformation:
    """Gradient clipping, then the optimizer; the result is a step to be multiplied by minus the learning rate.

    All of them start from zeros, so that a state can be made without compiling anything (a test holds them to it).
    """
    optimizer = OPTIMIZERS[settings.optimizer](settings)
    if settings.clip_norm is None:
        return optimizer
    return optax.chain(optax.clip_by_global_norm(settings.clip_norm), optimizer)


def _adam(settings: TrainingSettings) -> optax.GradientTransformation:
    return optax.scale_by_adam(eps=settings.epsilon)


def _adamw(settings: TrainingSettings) -> optax.GradientTransformation:
    return optax.chain(_adam(settings), optax.add_decayed_weights(settings.weight_decay))


def _sgd(settings: TrainingSettings) -> optax.GradientTransformation:
    return optax.trace(settings.momentum, nesterov=settings.nesterov) if settings.momentum > 0 else optax.identity()


def _adadelta(settings: TrainingSettings) -> optax.GradientTransformation:
    return optax.scale_by_adadelta(rho=settings.rho, eps=settings.epsilon)


def _rmsprop(settings: TrainingSettings) -> optax.GradientTransformation:
    return optax.scale_by_rms(eps=settings.epsilon)


OPTIMIZERS: Mapping[str, Callable[[TrainingSettings], optax.GradientTransformation]] = MappingProxyType(
    {"adam": _adam, "adamw": _adamw, "sgd": _sgd, "adadelta": _adadelta, "rmsprop": _rmsprop}
)
"""From the settings word to the rule. adamw decays every parameter, biases too, as optax and PyTorch do by default."""
