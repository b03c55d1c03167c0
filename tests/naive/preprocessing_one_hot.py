"""One-hot features in plain loops; None for missing. The slow twin of offbeat.preprocessing.categorical."""

from __future__ import annotations


def slots_of(training: list[str | None], rare_level_share: float, max_levels: int) -> tuple[list[str], bool, bool]:
    """The levels with a slot each, whether rare ones have a slot, and whether missing cells have one."""
    counts: dict[str, int] = {}
    for cell in training:
        if cell is not None:
            counts[cell] = counts.get(cell, 0) + 1
    ordered = sorted(counts, key=lambda level: (-counts[level], level))
    kept = [level for level in ordered if counts[level] / len(training) >= rare_level_share][:max_levels]
    return kept, len(kept) < len(ordered), None in training


def one_hot(
    training: list[str | None], cells: list[str | None], rare_level_share: float, max_levels: int
) -> list[list[float]]:
    """One row of features a cell: kept levels, other, missing, unseen."""
    kept, other, missing = slots_of(training, rare_level_share, max_levels)
    rows = []
    for cell in cells:
        row = [1.0 if cell == level else 0.0 for level in kept]
        rare = cell is not None and cell in training and cell not in kept
        if other:
            row.append(1.0 if rare else 0.0)
        if missing:
            row.append(1.0 if cell is None else 0.0)
        row.append(0.0 if 1.0 in row else 1.0)
        rows.append(row)
    return rows
