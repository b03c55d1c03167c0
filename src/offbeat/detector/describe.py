"""A detector in words: what it learned from, what it is, when it flags a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.data.schema import AS_ASKED
from offbeat.detector.archive import named_leaves
from offbeat.detector.config import Settings
from offbeat.detector.doubt import doubt_about_categories, outlying_rows, suspected_contamination
from offbeat.detector.settings_words import settings_in_words
from offbeat.errors import name_some
from offbeat.networks.memory import MemoryAutoencoder
from offbeat.networks.softmax import CategoryProbabilities
from offbeat.networks.wrapper import innermost
from offbeat.scoring.neighbours import NeighbourDistance, neighbourhood_size

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


_MOST_NAMED = 5


def inspect(detector: Detector) -> dict[str, Any]:
    """All there is to know about a detector, as plain values that JSON can hold."""
    return {
        "source": detector.facts.source,
        "origin": detector.facts.origin,
        "rows": detector.facts.rows,
        "trained_on": detector.facts.trained_on,
        "validated_on": detector.facts.validated_on,
        "curves": detector.facts.curves,
        "columns": [column.name for column in detector.schema.columns],
        "categories": _categories(detector),
        "ignored": [{"column": name, "reason": reason} for name, reason in detector.schema.ignored],
        "categories_note": doubt_about_categories(detector),
        "constant": [column.name for column in detector.schema.columns if column.constant],
        "features": detector.preprocessor.features,
        "network": {
            "kind": detector.resolved.network,
            "ensemble": detector.resolved.ensemble,
            "parameters": sum(np.size(leaf) for _, leaf in named_leaves(detector.network)),
            "layers": layers(detector),
        },
        "score": detector.resolved.score,
        "threshold": {
            "rule": str(detector.threshold.rule),
            "value": detector.threshold.value,
            "calibration_rows": detector.threshold.rows,
            "held_out": detector.threshold.held_out,
            "expected_share": None if detector.threshold.rows == 0 else detector.threshold.expected_share,
            "description": detector.threshold.describe(),
        },
        "training": {
            "epochs": len(detector.history),
            "best_epoch": detector.history.best_epoch,
            "stopped": detector.history.stopped,
            "loss": detector.history.loss[-1] if detector.history.loss else None,
            "validation_loss": detector.history.validation_loss[-1] if detector.history.validation_loss else None,
            "seconds": detector.history.seconds,
        },
        "settings": detector.settings.given(),
        "resolved": detector.resolved.given(),
    }


def _categories(detector: Detector) -> list[dict[str, Any]]:
    """The columns that are compared as words, and how many levels training showed of each."""
    return [
        {"column": column.name, "levels": len(column.levels) + len(column.rare)}
        for column in detector.preprocessor.categorical
    ]


def layers(detector: Detector) -> list[dict[str, Any]]:
    """One entry a layer: its size, and the mean and spread of its weights, as H2O's table of neuron layers has them."""
    arrays = dict(named_leaves(innermost(detector.network)))
    network: Any = innermost(detector.network)
    names = [f"layers.{place}" for place in range(len(network.layers))]
    words = _activations(network, len(names))
    if isinstance(network, MemoryAutoencoder):
        names.insert(network.code + 1, "memory")
        words.insert(network.code + 1, "memory")
    answer = []
    for index, name in enumerate(names):
        # A memory has no bias; the last axis is that of the units, of a convolution the channels.
        weight, bias = np.asarray(arrays[f"{name}.weight"]), np.asarray(arrays.get(f"{name}.bias", np.zeros(0)))
        answer.append(
            {
                "layer": index + 1,
                "units": int(weight.shape[-1]),
                "activation": words[index],
                "parameters": int(weight.size + bias.size),
                "mean_weight": float(weight.mean()),
                "std_weight": float(weight.std()),
                "mean_bias": float(bias.mean()) if bias.size else 0.0,
                "std_bias": float(bias.std()) if bias.size else 0.0,
            }
        )
    return answer


def _activations(network: Any, layers: int) -> list[str]:
    """The activation of each layer, the last one's at the end."""
    if hasattr(network, "layer_words"):
        return list(network.layer_words)
    hidden = [network.activation] * (layers - 1) if isinstance(network.activation, str) else network.activation
    return [*hidden, getattr(network, "output_activation", "linear")]


def describe(detector: Detector) -> str:
    """The detector as `offbeat inspect` prints it."""
    facts = inspect(detector)
    training, network = facts["training"], facts["network"]
    lines = [
        _beginning(facts),
        *kinds_in_words(detector),
        *[f"Left out: {entry['column']} ({entry['reason']})." for entry in facts["ignored"]],
        *([facts["categories_note"]] if facts["categories_note"] else []),
        *([f"Never changed in the training table: {name_some(facts['constant'])}."] if facts["constant"] else []),
        "",
        f"Network: {network['kind']}, {network['parameters']:,} parameters{_around(detector.resolved)}",
        f"  {'layer':>5} {'units':>6}  {'activation':<11} {'mean weight':>11} {'std':>9} {'mean bias':>10} {'std':>9}",
        f"  {'input':>5} {facts['features']:>6}",
        *[
            f"  {layer['layer']:>5} {layer['units']:>6}  {layer['activation']:<11} {layer['mean_weight']:>11.5f} "
            f"{layer['std_weight']:>9.5f} {layer['mean_bias']:>10.5f} {layer['std_bias']:>9.5f}"
            for layer in network["layers"]
        ],
        "",
        *([] if facts["origin"] else [f"Training: {_training(training)}."]),
        *([PROBABILITIES] if isinstance(detector.network, CategoryProbabilities) else []),
        *_of_anomalies_among_training_rows(detector),
        f"Settings: {settings_in_words(detector.resolved)}.",
        f"Score: {score_in_words(detector)}.",
        f"Threshold ({facts['threshold']['rule']}): {facts['threshold']['description']}",
        outlying_rows(detector),
    ]
    return "\n".join(lines).rstrip("\n")


def columns_in_words(detector: Detector) -> list[str]:
    """What whoever looks at a result should know of the columns: their kinds, which were left out, what is in doubt.

    Args:
        detector: Any.
    """
    ignored = [f"{column} ({reason})" for column, reason in detector.schema.ignored if reason != AS_ASKED]
    left_out = [f"Left out: {name_some(ignored)}."] if ignored else []
    return [*kinds_in_words(detector), *left_out, *filter(None, [doubt_about_categories(detector)])]


def kinds_in_words(detector: Detector) -> list[str]:
    """How many columns are numbers and which are categories, with how many levels; nothing where all are numbers.

    Args:
        detector: Any.
    """
    categories = _categories(detector)
    if not categories:
        return []
    shown = [f"{each['column']}: {_count(each['levels'], 'level')}" for each in categories[:_MOST_NAMED]]
    more = len(categories) - len(shown)
    rest = f" and {more} more" if more else ""
    numbers = len(detector.schema.columns) - len(categories)
    kinds = ([_count(numbers, "number")] if numbers else []) + [_count(len(categories), "category", "categories")]
    return [f"Columns: {', '.join(kinds)} ({', '.join(shown)}{rest})."]


def _count(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _around(settings: Settings) -> str:
    """What there is of the network besides its layers."""
    skip = f", beside a linear path of {settings.linear_skip} components" if settings.linear_skip else ""
    return skip + (f", in an ensemble of {settings.ensemble}" if settings.ensemble > 1 else "")


def _beginning(facts: dict[str, Any]) -> str:
    """What the detector was fitted on, or where it was imported from, and what it sees of a table."""
    sees = f"{len(facts['columns']):,} columns as {facts['features']:,} features"
    shared = facts["resolved"].get("scaling") == "standard-global" and "scaling" not in facts["settings"]
    sees += " (each row one curve)." if facts["curves"] else " (all of one unit: one scale for all)." if shared else "."
    if facts["origin"]:
        return f"{facts['origin']}\nIt sees {sees}"
    return f"Detector trained on {facts['trained_on']:,} of {facts['rows']:,} rows of {facts['source']}, {sees}"


ENDS_IN_WORDS = {
    "patience": ", ended because the loss no longer fell",
    "entropy": ", ended because the entropy of the rows' losses no longer fell",
    "time": ", ended by the limit on time",
}
BEGINNING_KEPT = "made the loss larger, so the principal components it began with were kept"
PROBABILITIES = "Categories: reconstructed as the probabilities of their levels, learned by cross-entropy."
CONTAMINATED = (
    "Training rows: some seem to be anomalies, so that no row is normal for being like a few others. If they are not, "
    "say contamination='none' (--contamination none)."
)
SAID_TO_BE_CONTAMINATED = (
    "Training rows: a share of {:g} is said to be anomalies, so that no row is normal for being like a few others."
)
UNHEEDED = (
    "Training rows: some are said to be anomalies (contamination={}), but with the settings that were given neither "
    "the training nor the score allows for them; {}."
)
TWENTIETH = "nearest twentieth of the training rows"
ODDER_IN_WORDS = (
    "; the columns follow from one another, so the odder of the residual and the distances, for how far each usually "
    "spreads, counts {:.2g} of it"
)
ONLY_THE_THRESHOLD = "only the threshold does"
SCORES_IN_WORDS = {
    "squared": "mean squared error of the reconstruction, in the scaled space",
    "absolute": "mean absolute error of the reconstruction, in the scaled space",
    "huber": "mean Huber error of the reconstruction, in the scaled space",
    "whitened": "mean squared residual in units of each feature's training residual",
    "mahalanobis": "squared Mahalanobis distance of the residual by the training residuals, over the feature count",
    "neighbours": "mean squared distance to the nearest training rows, in the scaled space",
    "aligned-neighbours": "mean squared distance to the nearest training curves, each shifted in time to fit best, in "
    "the scaled space",
    "svdd": "mean squared distance of the latent code to the mean code of the training rows",
    "neighbourhood": f"mean squared distance to the {TWENTIETH}, in the scaled space",
    "combined": "geometric mean of the whitened residual and of the distances to the nearest training rows and to the "
    "nearest twentieth of them, each in units of its median over normal rows, or of its mean where that is 0",
}


def _of_anomalies_among_training_rows(detector: Detector) -> list[str]:
    """What was done because some training rows may be anomalies."""
    settings, suspected = detector.resolved, suspected_contamination(detector)
    done = [suspected] if suspected else []
    if settings.contamination == "unknown" and settings.score == "neighbourhood":
        done.append(CONTAMINATED)
    if isinstance(settings.contamination, float) and settings.score == "neighbourhood":
        done.append(SAID_TO_BE_CONTAMINATED.format(settings.contamination))
    if settings.trim > 0:
        done.append(f"Training rows: those that fit worst, a share of {settings.trim:g} of each batch, were left out.")
    if settings.stopping == "entropy":
        done.append(
            "Training rows: some may be anomalies, so the weights are those at which the entropy of the rows' losses "
            "was lowest."
        )
    if not done and settings.contamination not in ("auto", "none"):
        by_hand = "threshold" in detector.settings.model_fields_set
        done.append(
            UNHEEDED.format(settings.contamination, "nor does the threshold" if by_hand else ONLY_THE_THRESHOLD)
        )
    return done


def score_in_words(detector: Detector) -> str:
    """What the score measures; of several components also the share of each, in the order in which they are named."""
    words, shares = as_wide(detector, SCORES_IN_WORDS[detector.resolved.score], TWENTIETH), detector.scorer.exponents
    if not shares:
        return words
    words += f"; in shares of {', '.join(f'{share:.2g}' for share in shares)}"
    odder = detector.scorer.odder
    return words if odder is None else words + ODDER_IN_WORDS.format(odder.weight)


def as_wide(detector: Detector, words: str, twentieth: str) -> str:
    """Words on the score, with the number of nearest rows instead of the twentieth where these are more."""
    for part in detector.scorer.components if detector.resolved.score == "neighbourhood" else ():
        if isinstance(part, NeighbourDistance) and part.neighbours > neighbourhood_size(len(part.reference), 0):
            words = words.replace(twentieth, f"nearest {part.neighbours} of {len(part.reference)} training rows")
    return words


def _training(training: dict[str, Any]) -> str:
    if training["loss"] is None:
        return "none; the weights are the first, random ones"
    words = f"{training['epochs']} epochs in {training['seconds']:.2f} s, last loss {training['loss']:.5g}"
    if training["validation_loss"] is not None:
        words += f", validation {training['validation_loss']:.5g}"
    kept = f"weights of epoch {training['best_epoch']}" if training["best_epoch"] else BEGINNING_KEPT
    return f"{words}{ENDS_IN_WORDS.get(training['stopped'], '')}; {kept}"
