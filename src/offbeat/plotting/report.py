"""The HTML report: one file that needs no other, no network and no script."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final

from offbeat.persistence import replace_file
from offbeat.plotting.report_content import ReportContent
from offbeat.plotting.report_markup import escaped
from offbeat.plotting.report_sections import (
    anomalies_section,
    baselines_section,
    facts_section,
    headline,
    metrics_section,
    pictures_section,
    settings_section,
)
from offbeat.version import __version__

_TEMPLATE: Final = "report_template.html"
_STYLE: Final = "report_style.css"


def report_html(content: ReportContent) -> str:
    """The report as the text of one HTML file, its pictures embedded.

    Every name in it (of files, columns, settings) is text from outside and is escaped; the page also forbids its
    browser to run a script or to fetch anything.

    Example:
        >>> content = ReportContent("<b>.csv", 23, 210, 0, "dense 50", "largest of 20", 0.01)
        >>> "<h1>&lt;b&gt;.csv</h1>" in report_html(content)
        True
    """
    sections = [
        facts_section(content),
        metrics_section(content.metrics, content.label_note),
        baselines_section(content.baselines, content.metrics),
        anomalies_section(content),
        pictures_section(content.pictures),
        settings_section(content.settings),
    ]
    return Template(_packaged(_TEMPLATE)).substitute(
        title=escaped(content.title),
        headline=headline(content),
        sections="\n".join(section for section in sections if section),
        style=_packaged(_STYLE),
        version=escaped(__version__),
    )


def write_report(path: str | os.PathLike[str], content: ReportContent) -> None:
    """Write the report, whole or not at all: a reader never meets half a file, and a failure leaves the old one.

    Args:
        path: Of the file, in a folder that exists; an older file is replaced. Into a pipe or a device it is written.
        content: What to say.

    Raises:
        FileError: The file cannot be written there.
    """
    replace_file(Path(path), (report_html(content).encode(),))


def _packaged(name: str) -> str:
    return resources.files("offbeat.plotting").joinpath(name).read_text(encoding="utf-8")
