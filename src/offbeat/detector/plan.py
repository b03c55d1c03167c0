"""What "auto" means for this data: the settings with every choice made."""

from __future__ import annotations

from offbeat.detector.config import Settings

# The default detector's training, in steps rather than epochs: small tables get many epochs, large ones few.
AUTO_BATCH = 128
AUTO_STEPS = 1200
MOST_AUTO_EPOCHS = 200.0
FEWEST_AUTO_EPOCHS = 2.0
AUTO_SCHEDULE = "cosine"
# Noise on neighbouring steps of a smooth curve averages out, so a curve needs more of it to be hidden as well.
CURVE_NOISE_LEVELS = (0.5, 1.0, 2.0)


def resolve(settings: Settings, rows: int, *, curves: bool) -> Settings:
    """Settings in which nothing is left to "auto", for so many training rows.

    A network is named by saying so, or by giving hidden layers; it is then trained as the settings say and scored by
    the loss in use. Otherwise the default detector is meant: a wide multi-scale denoiser, whose whitened residual is
    combined with the distance to the nearest training rows.
    """
    if settings.network == "auto" and settings.hidden is None:
        return _default_detector(settings, rows, curves=curves)
    network = "dense" if settings.network == "auto" else settings.network
    score = settings.loss if settings.score == "auto" else settings.score
    return settings.with_changes(network=network, score=score)


def _default_detector(settings: Settings, rows: int, *, curves: bool) -> Settings:
    given = settings.model_fields_set
    batch = settings.batch_size if "batch_size" in given else AUTO_BATCH
    steps_an_epoch = max(1, -(-rows // batch))
    epochs = min(MOST_AUTO_EPOCHS, max(FEWEST_AUTO_EPOCHS, round(AUTO_STEPS / steps_an_epoch)))
    chosen: dict[str, object] = {
        "batch_size": batch,
        "epochs": settings.epochs if "epochs" in given else epochs,
        "schedule": settings.schedule if "schedule" in given else AUTO_SCHEDULE,
        "scaling": "standard-global" if curves and "scaling" not in given else settings.scaling,
        "noise_levels": CURVE_NOISE_LEVELS if curves and "noise_levels" not in given else settings.noise_levels,
        "score": "combined" if settings.score == "auto" else settings.score,
    }
    return settings.with_changes(network="denoiser", **chosen)
