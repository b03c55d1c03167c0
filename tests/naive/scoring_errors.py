"""Errors of a reconstruction with plain loops: one row's mean error, and errors in units of what is usual."""

from __future__ import annotations

import statistics


def mean_error(measure: str, features: list[float], values: list[float], delta: float = 1.0) -> float:
    return sum(element_errors(measure, features, values, delta)) / len(features)


def element_errors(measure: str, features: list[float], values: list[float], delta: float = 1.0) -> list[float]:
    errors = []
    for feature, value in zip(features, values, strict=True):
        size = abs(value - feature)
        if measure == "squared":
            errors.append(size**2)
        elif measure == "absolute":
            errors.append(size)
        elif size <= delta:
            errors.append(size**2)
        else:
            errors.append(2 * delta * size - delta**2)
    return errors


def usual_variance(features: list[list[float]], values: list[list[float]]) -> list[float]:
    """Mean squared residual of each feature, plus a tenth of the median one of the features that vary, plus 1e-12."""
    variance, of_varying = [], []
    for column in range(len(features[0])):
        cells = [row[column] for row in features]
        mean_square = sum((value[column] - cell) ** 2 for value, cell in zip(values, cells, strict=True)) / len(cells)
        variance.append(mean_square)
        if max(cells) - min(cells) > 1e-6:
            of_varying.append(mean_square)
    floor = 0.1 * statistics.median(of_varying or variance) + 1e-12
    return [mean_square + floor for mean_square in variance]


def whitened(features: list[float], values: list[float], variance: list[float]) -> list[float]:
    """What each feature adds to its row's score."""
    residuals = [value - feature for feature, value in zip(features, values, strict=True)]
    return [residual**2 / usual / len(features) for residual, usual in zip(residuals, variance, strict=True)]
