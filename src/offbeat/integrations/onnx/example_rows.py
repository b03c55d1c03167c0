"""Rows to compare a graph with its detector on, where the user gives none: made from what the detector knows."""

from __future__ import annotations

import numpy as np
import polars as pl

from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.scoring.aligned import AlignedNeighbourDistance
from offbeat.scoring.neighbours import NeighbourDistance

WITH_ROWS = (NeighbourDistance, AlignedNeighbourDistance)
"""Scores that keep training rows."""

ROWS = 64
"""Of each sort."""

NEVER_SEEN = "(a word that training did not show)"
_SHARE_OF_ODD_CELLS = 0.1
_FAR_AWAY = 1000.0

Columns = dict[str, np.ndarray]


def example_rows(detector: Detector) -> Table:
    """Rows of all sorts that a detector may meet; always the same ones.

    They are: rows drawn around the centre of each column; what the network makes of these, which it reconstructs well,
    so that scores are low; training rows, where the score keeps some to compare with; and all of these again with some
    cells missing, far away, or a word that training did not show.

    Args:
        detector: Whose columns they have.
    """
    preprocessor, randomness = detector.preprocessor, np.random.default_rng(0)
    sorts = [_drawn(preprocessor, randomness)]
    made = detector.reconstruct(_table(preprocessor, sorts))
    numeric = set(preprocessor.numeric.names)
    # What is no number is missing then: that a network made it is for the comparison to tell.
    sorts.append(
        {n: np.where(np.isfinite(cells), cells, np.nan) if n in numeric else cells for n, cells in made.items()}
    )
    kept = [part.reference for part in detector.scorer.components if isinstance(part, WITH_ROWS)]
    sorts += [preprocessor.inverse(reference[:ROWS]) for reference in kept[:1]]
    sorts += [_with_oddities(rows, preprocessor, randomness) for rows in sorts]
    return _table(preprocessor, sorts)


def _drawn(preprocessor: Preprocessor, randomness: np.random.Generator) -> Columns:
    scale = preprocessor.numeric.scale
    drawn = scale.centre + scale.divisor * randomness.normal(0.0, 0.5, (ROWS, len(scale.centre)))
    rows: Columns = dict(zip(preprocessor.numeric.names, drawn.T, strict=True))
    for column in preprocessor.categorical:
        words = np.array([*column.levels, *column.rare, NEVER_SEEN], object)
        rows[column.name] = words[randomness.integers(len(words), size=ROWS)]
    return rows


def _with_oddities(rows: Columns, preprocessor: Preprocessor, randomness: np.random.Generator) -> Columns:
    odd = {name: cells.copy() for name, cells in rows.items()}
    divisors = dict(zip(preprocessor.numeric.names, preprocessor.numeric.scale.divisor, strict=True))
    for name, cells in odd.items():
        lot = randomness.random(len(cells))
        cells[lot < _SHARE_OF_ODD_CELLS] = np.nan if name in divisors else None
        far = lot > 1.0 - _SHARE_OF_ODD_CELLS
        cells[far] = cells[far] + _FAR_AWAY * divisors[name] if name in divisors else NEVER_SEEN
    return odd


def _table(preprocessor: Preprocessor, sorts: list[Columns]) -> Table:
    numeric = set(preprocessor.numeric.names)
    columns = {name: np.concatenate([rows[name] for rows in sorts]) for name in preprocessor.columns}
    return Table(
        pl.DataFrame(
            [pl.Series(name, cells, pl.Float64 if name in numeric else pl.String) for name, cells in columns.items()]
        ),
        source="the example rows",
    )
