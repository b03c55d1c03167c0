"""The distance of a row to its nearest reference rows with plain loops."""

from __future__ import annotations


def contributions(row: list[float], reference: list[list[float]], neighbours: int) -> list[float]:
    """What each feature adds: its squared differences to the nearest rows, averaged over these and over features.

    One row that equals the asked one is left out, where more than enough are left.
    """
    if row in reference and len(reference) > neighbours:
        reference = list(reference)
        reference.remove(row)
    distances = []
    for place, other in enumerate(reference):
        squared = sum((a - b) ** 2 for a, b in zip(row, other, strict=True))
        distances.append((squared, place))
    nearest = [place for _, place in sorted(distances)[:neighbours]]
    added = []
    for column in range(len(row)):
        total = sum((reference[place][column] - row[column]) ** 2 for place in nearest)
        added.append(total / len(nearest) / len(row))
    return added
