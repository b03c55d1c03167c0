"""What a user can say about training."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# Its square, which adam's divisors hold, stays within float32.
LARGEST_WEIGHT = 1e15
Loss = Literal["squared", "absolute", "huber"]


class TrainingSettings(BaseModel):
    """How the network learns."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    loss: Loss = Field(default="squared", description="Error of one feature that training makes small.")
    # Where float32 would make it 0 or infinite, no step could be told from none: so for epsilon.
    huber_delta: float = Field(
        default=1.0,
        ge=1e-30,
        le=1e30,
        description="Where the Huber loss turns from squared to absolute; it is twice the usual one, as H2O's is: the "
        "squared error up to there.",
    )
    category_loss: Literal["auto", "error", "cross-entropy"] = Field(
        default="auto",
        description="How training measures categories: error (each level as a feature of its own, by the loss), "
        "cross-entropy (the levels' probabilities, a column of any number of them weighing as one numeric column); "
        "auto takes cross-entropy for the default detector, error for a named network.",
    )
    optimizer: Literal["adam", "adamw", "sgd", "adadelta", "rmsprop"] = Field(
        default="adam", description="Rule that turns gradients into steps."
    )
    learning_rate: float | None = Field(
        default=None, ge=1e-30, le=1e30, description="Step size: unless given, 0.001, and 1 for adadelta, 0.01 for sgd."
    )
    schedule: Literal["constant", "cosine", "linear", "exponential"] = Field(
        default="constant", description="How the learning rate falls: to 0 (cosine, linear), or to 1 % (exponential)."
    )
    warmup: float = Field(
        default=0.0, ge=0, lt=1, description="Share of the steps in which the learning rate rises from 0."
    )
    momentum: float = Field(default=0.0, ge=0, lt=1, description="Momentum of sgd.")
    nesterov: bool = Field(default=False, description="Nesterov's form of the momentum of sgd.")
    rho: float = Field(default=0.99, gt=0, lt=1, description="Memory of adadelta's running averages.")
    epsilon: float = Field(
        default=1e-8,
        ge=1e-30,
        le=1e30,
        description="Keeps the divisors of adam, adamw, adadelta and rmsprop from 0.",
    )
    weight_decay: float = Field(default=0.01, ge=0, le=LARGEST_WEIGHT, description="Decoupled weight decay of adamw.")
    batch_size: int = Field(default=32, ge=1, description="Rows a step; more than there are rows means all of them.")
    epochs: float = Field(
        default=100.0, ge=0, description="Passes over the training rows; may be fractional, such as 13.3."
    )
    l1: float = Field(
        default=0.0, ge=0, le=LARGEST_WEIGHT, description="Pull of every weight towards 0 by a constant step."
    )
    l2: float = Field(
        default=0.0, ge=0, le=LARGEST_WEIGHT, description="Pull of every weight towards 0 in proportion to it."
    )
    sparsity: float = Field(
        default=0.0, ge=0, le=LARGEST_WEIGHT, description="Weight of the mean absolute activation of the hidden units."
    )
    trim: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of each batch's rows, those with the largest loss, that a step leaves out, rounded up; for "
        "training rows that are not all normal.",
    )
    noise: float = Field(
        default=0.0, ge=0, le=1000, description="Standard deviation of Gaussian noise on the scaled input."
    )
    masking: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the input's cells set to 0 (denoising), a category with all of its features.",
    )
    shift: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="Curves: largest shift in time of what the network sees, as a share of the curve's length, drawn "
        "for each row; it is to answer with the curve as it was.",
    )
    warp: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Curves: largest change of pace by a smooth random warp of what the network sees; 0.2 lets time "
        "run at 0.8 to 1.2 of its pace.",
    )
    clip_norm: float | None = Field(
        default=None, ge=1e-30, le=1e30, description="Longest gradient; longer ones are scaled down."
    )
    validation: float = Field(
        default=0.0, ge=0, lt=1, description="Share of the training rows that only measures the loss of each epoch."
    )
    patience: int | None = Field(
        default=None,
        ge=1,
        description="Stop after so many epochs without a better loss, and keep the best weights; after each epoch, the "
        "loss of the validation rows is measured, or without such that of 1,000 training rows at most.",
    )
    stopping: Literal["loss", "entropy"] = Field(
        default="loss",
        description="What early stopping watches: the loss, where patience is given, or the entropy of the training "
        "rows' losses (patience 20 unless given), for training rows that are not all normal.",
    )
    min_improvement: float = Field(
        default=0.0, ge=0, lt=1, description="Share by which a loss must fall below the best one to count as better."
    )
    max_seconds: float | None = Field(
        default=None, gt=0, description="Stop training after so many seconds; folds then train as long."
    )
    seed: int = Field(default=0, ge=0, lt=2**63, description="Everything random follows from it.")


DEFAULT_LEARNING_RATES = {"adam": 1e-3, "adamw": 1e-3, "sgd": 1e-2, "adadelta": 1.0, "rmsprop": 1e-3}
