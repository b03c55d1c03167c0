"""What the HTML report says, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReportedAnomaly:
    """One anomalous row.

    Attributes:
        row: Its number among the scored rows, from 0.
        score: Higher is more anomalous.
        p_value: How often a normal row scores as high; None where no calibration rows are known, as of
            an imported detector.
        top: The columns that contributed most, each with its share of the score, from 0 to 1.
        sentence: Why the row is anomalous, in words.
        source_row: Its number in a larger table that the scored rows are a part of; None where there is none.
        kind: What the row is, where that is known in words; else empty.
    """

    row: int
    score: float
    p_value: float | None = None
    top: Sequence[tuple[str, float]] = ()
    sentence: str = ""
    source_row: int | None = None
    kind: str = ""


@dataclass(frozen=True)
class Picture:
    """One picture of the report.

    Attributes:
        png: The bytes of a PNG file.
        caption: What to look at; written below it.
        alternative: What it shows, for those who do not see it.
    """

    png: bytes
    caption: str
    alternative: str


@dataclass(frozen=True)
class ReportContent:
    """All that the report says.

    Attributes:
        title: The heading, such as the name of the scored file.
        rows: How many rows were scored.
        columns: How many columns the detector looks at.
        flagged: How many rows are anomalous.
        network: The detector in words.
        threshold_rule: How the threshold was set, in words.
        threshold_value: In the scores' unit; the largest number where no score can reach it.
        threshold_note: What a reader must know of it, such as that another rule had to step in.
        seconds: Time spent, by step.
        anomalies: The anomalous rows, highest score first; the report lists the first hundred.
        pictures: In the order to show them.
        settings: By name.
        metrics: Agreement with labels in the shape of an evaluation report, where labels are known.
        label_note: Why labels that there are were not compared with, or what speaks against them; else empty.
        baselines: Other detectors of the same rows, with `name`, `roc_auc`, `average_precision`, `rank_correlation`
            and `overlap`.
        further_facts: Whatever else belongs to the facts, such as the names of the files.
    """

    title: str
    rows: int
    columns: int
    flagged: int
    network: str
    threshold_rule: str
    threshold_value: float
    threshold_note: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    anomalies: Sequence[ReportedAnomaly] = ()
    pictures: Sequence[Picture] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, object] | None = None
    label_note: str = ""
    baselines: Sequence[Mapping[str, object]] = ()
    further_facts: Mapping[str, str] = field(default_factory=dict)
