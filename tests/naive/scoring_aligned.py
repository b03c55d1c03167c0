"""The distance of a curve to its nearest reference curves at their best shifts, with plain loops."""

from __future__ import annotations


def shifted(curve: list[float], by: int, steps: int) -> list[float]:
    """The curve some steps earlier, its ends held; what is behind its steps stays."""
    return [curve[min(max(step + by, 0), steps - 1)] for step in range(steps)] + curve[steps:]


def contributions(
    row: list[float], reference: list[list[float]], neighbours: int, shifts: list[int], steps: int
) -> list[float]:
    """What each feature adds: its squared differences to the nearest curves, averaged over these and over features.

    One curve that equals the asked one as it is, is left out, where more than enough are left.
    """
    if row in reference and len(reference) > neighbours:
        reference = list(reference)
        reference.remove(row)
    found = []
    for place, curve in enumerate(reference):
        fits = []
        for by in shifts:
            moved = shifted(curve, by, steps)
            fits.append((sum((a - b) ** 2 for a, b in zip(row, moved, strict=True)), moved))
        distance, moved = min(fits)
        found.append((distance, place, moved))
    nearest = [moved for _, _, moved in sorted(found)[:neighbours]]
    return [sum((moved[i] - row[i]) ** 2 for moved in nearest) / len(nearest) / len(row) for i in range(len(row))]
