"""What a notebook shows of detections."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from offbeat.explanation.number_formatting import format_number, format_p_value, format_share

if TYPE_CHECKING:
    from offbeat.detector.detections import Detections

MOST_SHOWN = 10


def html_of(found: Detections) -> str:
    """The anomalies by rank with the columns that count most, as an HTML table.

    Args:
        found: What to show; the first anomalies are explained for it.
    """
    shown = found.anomalies(most=MOST_SHOWN)
    parts = [f"<p>{escape(repr(found))}</p>"]
    if shown:
        head = "".join(f"<th>{name}</th>" for name in ("row", "score", "p-value", "columns that add most"))
        lines = "".join(_line(anomaly) for anomaly in shown)
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>")
    if len(found) > len(shown):
        parts.append(f"<p>... and {len(found) - len(shown):,} more</p>")
    if found.note:
        parts.append(f"<p>{escape(found.note)}</p>")
    return f"<div>{''.join(parts)}</div>"


def _line(anomaly: Mapping[str, Any]) -> str:
    """One of `Detections.anomalies`."""
    top = ", ".join(f"{escape(one['column'])} ({format_share(one['share'])})" for one in anomaly["top"])
    p_value = format_p_value(anomaly["p_value"]).removeprefix("p = ").removeprefix("p ")
    cells = (str(anomaly["row"]), format_number(anomaly["score"]), escape(p_value), top)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
