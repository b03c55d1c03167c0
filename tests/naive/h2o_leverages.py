"""Ridge regression in plain loops: the leverage of each row, and the penalty that has a given error."""

from __future__ import annotations


def leverages(hidden: list[list[float]], penalty: float) -> list[float]:
    """The diagonal of X (X'X + penalty I)^-1 X', with a constant among the columns of X."""
    rows = [[*row, 1.0] for row in hidden]
    return [sum(a * b for a, b in zip(row, _solved(_gram(rows, penalty), row), strict=True)) for row in rows]


def squared_error(hidden: list[list[float]], targets: list[list[float]], penalty: float) -> float:
    """The sum of squared residuals of the regression, over all targets."""
    rows = [[*row, 1.0] for row in hidden]
    gram, error = _gram(rows, penalty), 0.0
    for target in range(len(targets[0])):
        moments = [sum(row[i] * of[target] for row, of in zip(rows, targets, strict=True)) for i in range(len(rows[0]))]
        weights = _solved(gram, moments)
        for row, of in zip(rows, targets, strict=True):
            error += (sum(w * x for w, x in zip(weights, row, strict=True)) - of[target]) ** 2
    return error


def penalty_for(hidden: list[list[float]], targets: list[list[float]], asked: float) -> float:
    """The penalty whose squared error is the one asked for, by halving."""
    low, high = 1e-9, 1e9
    for _ in range(200):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if squared_error(hidden, targets, middle) > asked else (middle, high)
    return low


def _gram(rows: list[list[float]], penalty: float) -> list[list[float]]:
    width = len(rows[0])
    return [
        [sum(row[i] * row[j] for row in rows) + (penalty if i == j else 0.0) for j in range(width)]
        for i in range(width)
    ]


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss elimination of a positive definite matrix."""
    work = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    width = len(work)
    for pivot in range(width):
        for below in range(pivot + 1, width):
            factor = work[below][pivot] / work[pivot][pivot]
            work[below] = [b - factor * p for b, p in zip(work[below], work[pivot], strict=True)]
    answer = [0.0] * width
    for row in reversed(range(width)):
        known = sum(work[row][j] * answer[j] for j in range(row + 1, width))
        answer[row] = (work[row][width] - known) / work[row][row]
    return answer
