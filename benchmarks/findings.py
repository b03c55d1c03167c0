"""What a benchmark found, beside what was demanded: a table on stdout and a JSON file."""

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One row of the table: two medians over the rounds, and the median of their ratio within a round.

    The ratio within a round is what counts: both sides then ran within seconds of each other on the same busy machine.
    """

    what: str
    offbeat: float
    peer: float
    unit: str
    ratio: float
    demanded: float | None = None
    at_most: bool = False

    @property
    def verdict(self) -> str:
        """Return yes, NO, or nothing where nothing was demanded."""
        if self.demanded is None:
            return ""
        met = self.ratio <= self.demanded if self.at_most else self.ratio >= self.demanded
        return "yes" if met else "NO"


def warn_if_busy() -> None:
    """Say so when other work runs here: thread pools that wait for each other then lose far more than their share."""
    load = os.getloadavg()[0]
    if load > 0.3:
        print(f"Other work has kept {load:.1f} of {os.cpu_count()} cores busy in the last minute: expect noise.")


def times_faster(what: str, offbeat: Sequence[float], peer: Sequence[float], demanded: float | None = None) -> Finding:
    """Compare seconds, one of each side a round; the ratio says how many times less offbeat takes."""
    return _paired(what, offbeat, peer, "s", lambda ours, theirs: theirs / ours, demanded)


def times_the_rate(
    what: str, offbeat: Sequence[float], peer: Sequence[float], unit: str, demanded: float | None = None
) -> Finding:
    """Compare rates, one of each side a round; the ratio says how many times offbeat's rate is."""
    return _paired(what, offbeat, peer, unit, lambda ours, theirs: ours / theirs, demanded)


def _paired(
    what: str,
    offbeat: Sequence[float],
    peer: Sequence[float],
    unit: str,
    ratio: Callable[[float, float], float],
    demanded: float | None,
) -> Finding:
    ratios = [ratio(ours, theirs) for ours, theirs in zip(offbeat, peer, strict=True)]
    return Finding(what, median(offbeat), median(peer), unit, median(ratios), demanded)


def print_findings(title: str, findings: Sequence[Finding]) -> None:
    """Print the table."""
    width = max(len(finding.what) for finding in findings)
    print(f"\n{title}\n{'':{width}}  {'offbeat':>12}  {'peer':>12}  {'unit':<9} {'ratio':>7}  {'demanded':>9}  met")
    for finding in findings:
        sign = "<=" if finding.at_most else ">="
        demanded = "" if finding.demanded is None else f"{sign} {finding.demanded:g}"
        numbers = f"{_short(finding.offbeat):>12}  {_short(finding.peer):>12}  {finding.unit:<9} {finding.ratio:7.2f}"
        print(f"{finding.what:{width}}  {numbers}  {demanded:>9}  {finding.verdict}")


def write_json(path: Path, findings: Sequence[Finding], rounds: Any) -> None:
    """Write the findings, every round's raw answers, and the machine they come from."""
    rows = [asdict(finding) | {"met": finding.verdict} for finding in findings]
    path.write_text(json.dumps({"machine": _machine(), "findings": rows, "rounds": rounds}, indent=1) + "\n")


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


def _machine() -> dict[str, Any]:
    names = ("jax", "jaxlib", "numpy")
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
    }
