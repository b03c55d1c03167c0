"""Where the rows that were looked at came from, as far as the table itself does not tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from offbeat.errors import SettingsError


@dataclass(frozen=True, eq=False)
class Provenance:
    """What a report tells of the rows besides what was found.

    Attributes:
        source_rows: Where the table is a part of a larger one, the number of each of its rows there.
        kinds: What each row is, where that is known in words; empty words for rows of which it is not.
        settings: What it takes to repeat the run beyond the fit's settings, such as how the rows were set aside.
    """

    source_rows: Sequence[int] | np.ndarray | None = None
    kinds: Sequence[str] | None = None
    settings: Mapping[str, object] = field(default_factory=dict)

    def require(self, rows: int) -> None:
        """Refuse what does not say one thing a row.

        Raises:
            SettingsError: It is about more or fewer rows.
        """
        for what, given in (("source_rows", self.source_rows), ("kinds", self.kinds)):
            if given is not None and len(given) != rows:
                raise SettingsError(f"{what} is about {len(given):,} rows; the {rows:,} rows looked at were expected.")
