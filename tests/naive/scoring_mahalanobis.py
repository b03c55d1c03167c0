"""The Mahalanobis distance of a residual with plain loops; the slow twin of offbeat.scoring.mahalanobis."""

from __future__ import annotations

import statistics

Matrix = list[list[float]]


def usual_covariance(residuals: Matrix, varies: list[bool]) -> Matrix:
    """Mean products of residuals; variances with a tenth of the median one added, correlations shrunk."""
    rows, features = len(residuals), len(residuals[0])
    second = [[sum(r[i] * r[j] for r in residuals) / rows for j in range(features)] for i in range(features)]
    of_varying = [second[i][i] for i in range(features) if varies[i]]
    floor = 0.1 * statistics.median(of_varying or [second[i][i] for i in range(features)]) + 1e-12
    sizes = [(second[i][i] + floor) ** 0.5 for i in range(features)]
    kept = 1 - shrinkage([[r[i] / sizes[i] for i in range(features)] for r in residuals])
    return [[second[i][j] * kept if i != j else sizes[i] ** 2 for j in range(features)] for i in range(features)]


def shrinkage(rows: Matrix) -> float:
    """Ledoit and Wolf's share: how far rows' own products are from the mean ones, over how far these are from m I."""
    count, features = len(rows), len(rows[0])
    mean = [[sum(r[i] * r[j] for r in rows) / count for j in range(features)] for i in range(features)]
    m = sum(mean[i][i] for i in range(features)) / features
    apart, by_chance = 0.0, 0.0
    for i in range(features):
        for j in range(features):
            apart += (mean[i][j] - (m if i == j else 0.0)) ** 2
            by_chance += sum((r[i] * r[j] - mean[i][j]) ** 2 for r in rows) / count**2
    return min(by_chance, apart) / apart if apart > 0 else 1.0


def distance(residual: list[float], covariance: Matrix) -> float:
    """r C^-1 r over the number of features, by Gaussian elimination."""
    size = len(residual)
    lines = [[*line, value] for line, value in zip(covariance, residual, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(lines[k][i]))
        lines[i], lines[pivot] = lines[pivot], lines[i]
        for k in range(i + 1, size):
            share = lines[k][i] / lines[i][i]
            lines[k] = [a - share * b for a, b in zip(lines[k], lines[i], strict=True)]
    solved = [0.0] * size
    for i in reversed(range(size)):
        rest = sum(lines[i][k] * solved[k] for k in range(i + 1, size))
        solved[i] = (lines[i][size] - rest) / lines[i][i]
    return sum(a * b for a, b in zip(residual, solved, strict=True)) / size
