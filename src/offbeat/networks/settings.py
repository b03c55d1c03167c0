"""What a user can say about the network."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator


def _with_a_slope(word: str) -> str:
    if not re.fullmatch(r"leaky-relu:(0?\.\d{1,20}|0|1)", word):
        raise ValueError("be leaky-relu with a slope from 0 to 1, as in leaky-relu:0.2")
    return word


Share = Annotated[float, Field(ge=0, lt=1)]
ActivationWord = Literal["tanh", "relu", "silu", "leaky-relu", "elu", "selu", "gelu", "softplus", "sigmoid", "linear"]
NetworkWord = Literal["auto", "dense", "denoiser", "variational", "contractive", "memory", "convolutional"]
Activation = ActivationWord | Annotated[str, AfterValidator(_with_a_slope)]


def asks_for_something(settings: BaseModel, name: str) -> bool:
    """Whether a setting has any effect where something heeds it; a default, or a 0 (for each layer), asks for nothing.

    Args:
        settings: Of any part.
        name: Of the setting.
    """
    value = getattr(settings, name)
    if isinstance(value, tuple) and value and all(entry == 0 for entry in value):
        return False
    return value not in (type(settings).model_fields[name].default, 0)


class NetworkSettings(BaseModel):
    """The shape of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    network: NetworkWord = Field(
        default="auto",
        description="Kind of network: 'dense' is the textbook autoencoder (a sparse one with the setting sparsity), "
        "'denoiser' a wide network trained at many noise levels, 'variational' has a random code (beta-VAE), "
        "'contractive' resists small changes of its input, 'memory' recalls normal codes, 'convolutional' slides over "
        "the steps of curves; 'auto' takes dense when hidden layers are given, else the default detector.",
    )
    hidden: tuple[Annotated[int, Field(ge=1, le=65536)], ...] | None = Field(
        default=None,
        description="Units of each hidden layer, from input to output, such as 32,16,8,16,32; of a "
        "convolutional network the channels of each layer of the encoder, such as 16,8,4.",
    )
    activation: Activation | tuple[Activation, ...] | None = Field(
        default=None,
        description="Activation of the hidden layers, one for all or one a layer: tanh for dense networks unless said "
        "otherwise. leaky-relu has slope 0.01, leaky-relu:0.2 another.",
    )
    output_activation: Activation = Field(
        default="linear", description="Activation of the output layer; sigmoid suits data scaled to 0..1."
    )
    dropout: Share | tuple[Share, ...] = Field(
        default=0.0, description="Share of hidden units dropped while training, one for all layers or one a layer."
    )
    noise_levels: tuple[Annotated[float, Field(gt=0, le=1000)], ...] = Field(
        default=(0.05, 0.2, 0.6),
        min_length=1,
        max_length=16,
        description="Standard deviations of the denoiser's noise, rising, in units of the scaled features: it trains "
        "on all sizes from the first to the last, and scores at these.",
    )
    input_dropout: Share = Field(default=0.0, description="Share of inputs dropped while training.")
    kl_weight: float = Field(
        default=0.1,
        ge=0,
        le=1e15,
        description="Variational: weight of the code's divergence from a normal one, the variance of the decoder's "
        "noise; 1 is the plain bound with unit noise, and more than the data's own variance empties the code.",
    )
    contraction: float = Field(
        default=0.1,
        ge=0,
        le=1e15,
        description="Contractive: weight of the reconstruction's squared Jacobian; works as noise of that variance.",
    )
    memory_slots: int = Field(default=50, ge=2, le=65536, description="Memory: how many normal codes it holds.")
    kernel: int = Field(
        default=7,
        ge=1,
        le=1023,
        description="Convolutional: how many neighbouring steps each layer looks at; at most as many as a curve has.",
    )

    linear_skip: int = Field(
        default=0,
        ge=0,
        le=65536,
        description="Dense: how many principal components of the training rows a linear path beside the network starts "
        "from; what the network adds to it starts at 0. 0: there is no such path.",
    )
    ensemble: int = Field(
        default=1,
        ge=1,
        le=64,
        description="How many networks of this kind are trained side by side, each from first weights of its own; the "
        "reconstruction of a row is the mean of theirs.",
    )

    @field_validator("noise_levels")
    @classmethod
    def _rise(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if list(levels) != sorted(levels):
            raise ValueError("should rise from the smallest level to the largest")
        return levels
