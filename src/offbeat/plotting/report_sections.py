"""The parts of the report's page, each from the values it shows to HTML."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from offbeat.explanation.number_formatting import format_share
from offbeat.plotting.gaps import can_be_reached
from offbeat.plotting.report_content import Picture, ReportContent, ReportedAnomaly
from offbeat.plotting.report_markup import element, escaped, name, number, row, section, setting, share, table

OPEN_ANOMALIES: Final = 20
MOST_ANOMALIES: Final = 100
_NARROW_LETTERS: Final = 40
_CLASSES: Final = ("anomalous", "normal")
_CLASS_METRICS: Final = {"precision": "precision", "recall": "recall", "f1": "F1"}
_OVERALL_METRICS: Final = {"accuracy": "accuracy", "roc_auc": "ROC AUC", "average_precision": "average precision"}
_RANKING_METRICS: Final = {key: _OVERALL_METRICS[key] for key in ("roc_auc", "average_precision")}
_LIKENESS: Final = {"rank_correlation": "rank correlation", "overlap": "flags in common"}
_CELLS: Final = {
    "anomalous rows": ("anomalous_flagged", "anomalous_missed"),
    "normal rows": ("normal_flagged", "normal_passed"),
}


def headline(content: ReportContent) -> str:
    """What was found, in one sentence."""
    if not content.flagged:
        return f"None of {content.rows:,} rows is anomalous."
    verb = "is" if content.flagged == 1 else "are"
    return f"<strong>{content.flagged:,}</strong> of {content.rows:,} rows {verb} anomalous."


def facts_section(content: ReportContent) -> str:
    """What was scored, with what, how the threshold came about, and how long it took."""
    rule = escaped(content.threshold_rule)
    if can_be_reached(content.threshold_value):
        threshold = f"{number(content.threshold_value)} for these rows, by {rule}"
    else:
        threshold = "none is set" if content.threshold_rule == "none" else f"above every score of these rows, by {rule}"
    if content.threshold_note:
        threshold += element("p", escaped(content.threshold_note), class_="note")
    facts = [
        _fact("Rows scored", f"{content.rows:,}"),
        _fact("Columns", f"{content.columns:,}"),
        *(_fact(escaped(label), name(value), _width(value)) for label, value in content.further_facts.items()),
        _fact("Network", escaped(content.network), "wide"),
        _fact("Threshold", threshold, "wide"),
    ]
    if content.seconds:
        spent = ", ".join(f"{escaped(step)} {number(seconds, 3)} s" for step, seconds in content.seconds.items())
        facts.append(_fact("Time", spent, "wide"))
    return section("What was done", element("dl", *facts, class_="facts"))


def anomalies_section(content: ReportContent) -> str:
    """The anomalous rows by falling score, each with its reasons: twenty to be seen, up to a hundred to be opened."""
    if not content.anomalies:
        is_set = content.threshold_rule != "none"
        reason = "No row scores above the threshold." if is_set else "No row is flagged: no threshold is set."
        return section("Anomalous rows", element("p", reason))
    first, more = content.anomalies[:OPEN_ANOMALIES], content.anomalies[OPEN_ANOMALIES:MOST_ANOMALIES]
    parts = [_ranking(first, f"Highest score first.{_about_rows(content)}")]
    if more:
        summary = element("summary", f"The next {len(more):,}")
        parts.append(element("details", summary, _ranking(more, "By falling score.")))
    listed = len(first) + len(more)
    if listed < content.flagged:
        parts.append(element("p", f"The other {content.flagged - listed:,} rows are not listed.", class_="note"))
    return section("Anomalous rows", *parts)


def pictures_section(pictures: Sequence[Picture]) -> str:
    """The figures, embedded, each with its caption; nothing where there are none."""
    return section("Pictures", *(_figure(picture) for picture in pictures)) if pictures else ""


def metrics_section(metrics: Mapping[str, Any] | None, label_note: str = "") -> str:
    """How well the detector agrees with the labels, with 95 % intervals; nothing where there are none.

    Args:
        metrics: As `offbeat.evaluation.Report.to_dict` gives them: overall metrics, one mapping a class, the confusion
            counts, and intervals by dotted name.
        label_note: What one should know of the labels and the figures, if anything; said also where there are none.
    """
    told = [element("p", escaped(label_note), class_="note")] if label_note else []
    if metrics is None:
        return section("Agreement with the labels", *told) if told else ""
    overall = [row(label, _metric(metrics, key)) for key, label in _OVERALL_METRICS.items()]
    by_class = [
        row(label, *(_metric(metrics, f"{kind}.{key}") for kind in _CLASSES)) for key, label in _CLASS_METRICS.items()
    ]
    counts = metrics["confusion"]
    confusion = [row(label, *(_number_cell(f"{counts[cell]:,}") for cell in cells)) for label, cells in _CELLS.items()]
    tables = [
        _number_table(["Metric", "Value"], overall, caption="All rows"),
        _number_table(["Metric", "Anomalous", "Normal"], by_class, caption="By class"),
        _number_table(["Truth", "Flagged", "Not flagged"], confusion, caption="Confusion table"),
    ]
    if metrics.get("intervals"):
        told.append(element("p", "Below each value its 95 % bootstrap interval, where it has one.", class_="note"))
    return section("Agreement with the labels", *told, element("div", "\n".join(tables), class_="tables"))


def baselines_section(baselines: Sequence[Mapping[str, Any]], metrics: Mapping[str, Any] | None) -> str:
    """Plain detectors on the same rows, above them this one where labels are known; nothing where there are none.

    Args:
        baselines: Each with its `name` and numbers, None for those that are unknown.
        metrics: This detector's own, as for `metrics_section`.
    """
    if not baselines:
        return ""
    ours = [] if metrics is None else [{"name": "this detector", **metrics}]
    shown = _LIKENESS if metrics is None else {**_RANKING_METRICS, **_LIKENESS}
    rows = [
        row(escaped(entry["name"]), *(_number_cell(share(entry.get(key))) for key in shown))
        for entry in (*ours, *baselines)
    ]
    note = element("p", "They learned from the same rows, and scored the same rows.", class_="note")
    caption = "Alike: rank correlation of their scores with this detector's, and the share of its flags they would set."
    return section("Beside plain detectors", note, _number_table(["Detector", *shown.values()], rows, caption=caption))


def settings_section(settings: Mapping[str, object]) -> str:
    """All settings, to repeat the run; nothing where there are none."""
    if not settings:
        return ""
    rows = [row(name(key), element("td", element("code", name(setting(value))))) for key, value in settings.items()]
    head = [_head("Setting"), _head("Value")]
    return section("Settings", table(head, rows, caption="With these the run can be repeated.", kind="settings"))


def _fact(label: str, value: str, width: str = "narrow") -> str:
    return element("div", element("dt", label), element("dd", value), class_=width) + "\n"


def _width(value: str) -> str:
    return "wide" if len(value) > _NARROW_LETTERS else "narrow"


def _head(label: str, kind: str = "words") -> str:
    return element("th", label, scope="col", class_=kind)


def _about_rows(content: ReportContent) -> str:
    if all(anomaly.source_row is None for anomaly in content.anomalies):
        return ""
    return f" Rows are counted among those looked at; a source row is the same row in {name(content.title)}."


def _ranking(anomalies: Sequence[ReportedAnomaly], caption: str) -> str:
    has_source, has_kind = (any(known) for known in zip(*map(_origin_known, anomalies), strict=True))
    head = [
        _head("Row"),
        *([_head("Source row", "number")] if has_source else []),
        *([_head("Kind")] if has_kind else []),
        *(_head("Score", "number"), _head("p-value", "number"), _head("Why")),
    ]
    rows = [_anomaly(anomaly, has_source, has_kind) for anomaly in anomalies]
    return table(head, rows, caption=caption, kind="ranking")


def _origin_known(anomaly: ReportedAnomaly) -> tuple[bool, bool]:
    return anomaly.source_row is not None, anomaly.kind != ""


def _anomaly(anomaly: ReportedAnomaly, has_source: bool, has_kind: bool) -> str:
    columns = [_column(column, part) for column, part in anomaly.top]
    reasons = element("ul", *columns, class_="shares") if columns else ""
    sentence = element("p", escaped(anomaly.sentence)) if anomaly.sentence else ""
    source = "" if anomaly.source_row is None else str(anomaly.source_row)
    return row(
        str(anomaly.row),
        *([_labelled_number(source, "source row")] if has_source else []),
        *([element("td", escaped(anomaly.kind), class_="kind", data_label="kind")] if has_kind else []),
        _labelled_number(number(anomaly.score), "score"),
        _labelled_number(number(anomaly.p_value, 2), "p-value"),
        element("td", sentence, reasons, class_="why"),
    )


def _labelled_number(shown: str, label: str) -> str:
    """A cell that says what it holds where the page is too narrow for headings."""
    return element("td", shown, class_="number", data_label=label)


def _column(column: str, part: float) -> str:
    """A column's name on a bar as long as its share of the score."""
    return element(
        "li", name(column), " ", element("b", format_share(part)), style=f"--share:{min(max(part, 0.0), 1.0):.1%}"
    )


def _figure(picture: Picture) -> str:
    data = base64.b64encode(picture.png).decode("ascii")
    alternative, source = escaped(picture.alternative), f"data:image/png;base64,{data}"
    width, height = struct.unpack(">II", picture.png[16:24])  # PNG: signature, and the header's first two numbers
    image = f'<img alt="{alternative}" width="{width}" height="{height}" src="{source}">'
    caption = element("figcaption", escaped(picture.caption))
    return element("figure", element("div", image, class_="sheet"), caption)


def _number_table(head: Sequence[str], rows: Sequence[str], *, caption: str) -> str:
    cells = [_head(label, "number" if place else "words") for place, label in enumerate(head)]
    return table(cells, rows, caption=caption, kind="metrics")


def _metric(metrics: Mapping[str, Any], dotted: str) -> str:
    """The cell of one metric, such as "anomalous.recall", with its interval where there is one."""
    kind, _, key = dotted.rpartition(".")
    shown = share((metrics[kind] if kind else metrics)[key])
    interval = metrics.get("intervals", {}).get(dotted)
    if interval is None:
        return _number_cell(shown)
    low, high = interval
    return _number_cell(shown, element("span", f"{share(low)} to {share(high)}", class_="interval"))


def _number_cell(*children: str) -> str:
    return element("td", *children, class_="number")
