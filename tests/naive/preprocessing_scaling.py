"""Scalings in plain loops over lists; NaN for missing. The slow twins of offbeat.preprocessing.scaling and .missing."""

from __future__ import annotations

import math

ROUNDING_STEPS = 8
FLOAT64_STEP = 2.0**-52


def scale_of(word: str, columns: list[list[float]], step: float = FLOAT64_STEP) -> list[tuple[float, float, float]]:
    """Offset, divisor and stand-in for missing values of each column."""
    whole = [cell for column in columns for cell in _present(column)]
    if word == "standard-global":
        return _one_divisor(columns, step)
    return [_scale_of_column(word, _present(column), whole, step) for column in columns]


def features_of(word: str, training: list[list[float]], columns: list[list[float]]) -> list[list[float]]:
    """The scaled columns, missing cells replaced."""
    features = []
    for (offset, divisor, centre), column in zip(scale_of(word, training), columns, strict=True):
        filled = [centre if math.isnan(cell) else cell for cell in column]
        features.append([(cell - offset) / divisor for cell in filled])
    return features


def _scale_of_column(word: str, cells: list[float], whole: list[float], step: float) -> tuple[float, float, float]:
    mean = math.fsum(cells) / len(cells) if cells else 0.0
    low, high = (min(cells), max(cells)) if cells else (0.0, 0.0)
    magnitude = max(abs(low), abs(high))
    noise = ROUNDING_STEPS * step * magnitude
    constant = high - low <= noise
    of_constant = max(magnitude, 1.0)
    std = math.sqrt(math.fsum((cell - mean) ** 2 for cell in cells) / len(cells)) if cells else 0.0
    if word == "none":
        return 0.0, 1.0, mean
    if word == "standard":
        return mean, of_constant if constant else std, mean
    if word == "normalize":
        return mean, 1.0 if constant else high - low, mean
    if word == "minmax":
        return low, of_constant if constant else high - low, mean
    if word == "minmax-global":
        return _global_scale(whole, step, mean)
    if word == "robust":
        median = quantile(cells, 0.5)
        spread = quantile(cells, 0.75) - quantile(cells, 0.25)
        wide = spread / 1.3489795003921634 if spread > noise else std
        return median, of_constant if constant else wide, median
    raise ValueError(word)


def _one_divisor(columns: list[list[float]], step: float) -> list[tuple[float, float, float]]:
    means, variances, largest = [], [], 0.0
    for cells in map(_present, columns):
        mean = math.fsum(cells) / len(cells) if cells else 0.0
        means.append(mean)
        magnitude = max(map(abs, cells), default=0.0)
        largest = max(largest, magnitude)
        if cells and max(cells) - min(cells) > ROUNDING_STEPS * step * magnitude:
            variances.append(math.fsum((cell - mean) ** 2 for cell in cells) / len(cells))
    divisor = math.sqrt(math.fsum(variances) / len(variances)) if variances else max(1.0, largest)
    return [(mean, divisor, mean) for mean in means]


def _global_scale(whole: list[float], step: float, mean: float) -> tuple[float, float, float]:
    low, high = (min(whole), max(whole)) if whole else (0.0, 0.0)
    magnitude = max(abs(low), abs(high))
    if high - low <= ROUNDING_STEPS * step * magnitude:
        return low, max(magnitude, 1.0), mean
    return low, high - low, mean


def quantile(cells: list[float], share: float) -> float:
    """The value below which a share of the cells lies, interpolated linearly; 0 for no cells."""
    if not cells:
        return 0.0
    ordered = sorted(cells)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _present(column: list[float]) -> list[float]:
    return [cell for cell in column if not math.isnan(cell)]
