"""The HTML report: what it says, that it needs nothing else, and that names from outside stay names."""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from offbeat.errors import FileError
from offbeat.evaluation import evaluate
from offbeat.plotting import (
    Picture,
    ReportContent,
    ReportedAnomaly,
    draw_history,
    draw_scores,
    png_of,
    report_html,
    write_report,
)
from offbeat.plotting.report_markup import element, escaped, number, setting, share

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
SCRIPT = "<script>alert(1)</script>"
HOSTILE = [SCRIPT, '"><img src=x onerror=alert(1)>', "</style><script>", "$title ${rows}", "&amp;", "\x00\udc80\u202e"]
VOID = {"meta", "img", "br", "link"}

SCORES = np.array([0.1, 0.2, 0.3, 9.66, 7.4])
LABELS = np.array([False, False, True, True, True])
CONTENT = ReportContent(
    title="ecg_discord_test.csv",
    rows=23,
    columns=210,
    flagged=3,
    network="dense autoencoder 210-50-210, tanh",
    threshold_rule="conformal p-values at a false discovery rate of 5 %",
    threshold_value=0.01234567,
    threshold_note="20 rows are too few; a tail fit took over.",
    seconds={"read": 0.0123, "fit": 1.5},
    anomalies=(
        ReportedAnomaly(21, 9.664, 0.00012, (("C85", 0.021), ("C86", 0.02)), "C85 is 2.2 where 5.1 was expected."),
        ReportedAnomaly(22, 7.4),
    ),
    pictures=(Picture(png_of(draw_history(np.array([0.9, 0.5]))), "The loss falls.", "Line chart of a falling loss"),),
    settings={"hidden": (32, 16), "activation": "tanh", "label": None},
    metrics=evaluate(SCORES, SCORES > 1, LABELS, resamples=50).to_dict(),
    further_facts={"Training table": "ecg_discord_train.csv"},
)


class Page(HTMLParser):
    """The elements of a page; fails on tags that do not close in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.words.append(data.strip())

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_it_says_what_was_done() -> None:
    words = " ".join(Page(report_html(CONTENT)).words)
    for sentence in [
        "ecg_discord_test.csv · offbeat",
        "3 of 23 rows are anomalous.",
        "Rows scored 23",
        "Columns 210",
        "Training table ecg_discord_train.csv",
        "Network dense autoencoder 210-50-210, tanh",
        "Threshold 0.01235 for these rows, by conformal p-values at a false discovery rate of 5 %",
        "20 rows are too few; a tail fit took over.",
        "Time read 0.0123 s, fit 1.5 s",
        "21 9.664 0.00012 C85 is 2.2 where 5.1 was expected. C85 2 % C86 2 %",
        "22 7.4 –",
        "The loss falls.",
        "hidden 32,16 activation tanh label not set",
    ]:
        assert sentence in words, sentence


def test_it_says_how_well_labels_agree() -> None:
    metrics = evaluate(SCORES, SCORES > 1, LABELS, resamples=0).to_dict()
    intervals = {"roc_auc": [0.9, 1.0], "anomalous.recall": [0.5, 0.75]}
    words = " ".join(Page(report_html(replace(CONTENT, metrics={**metrics, "intervals": intervals}))).words)
    assert "accuracy 0.800 ROC AUC 1.000 0.900 to 1.000 average precision 1.000" in words
    assert "Metric Anomalous Normal precision 1.000 0.667 recall 0.667 0.500 to 0.750 1.000 F1 0.800 0.800" in words
    assert "Truth Flagged Not flagged anomalous rows 2 1 normal rows 0 2" in words
    assert "Below each value its 95 % bootstrap interval, where it has one." in words


def test_without_labels_settings_or_pictures_their_parts_are_left_out() -> None:
    page = report_html(replace(CONTENT, metrics=None, settings={}, pictures=(), seconds={}))
    for heading in ("Agreement", "Settings", "Pictures", "<dt>Time"):
        assert heading not in page


def test_metrics_without_intervals_or_of_one_class() -> None:
    metrics = evaluate(SCORES, SCORES > 1, np.ones(5, np.bool_), resamples=0).to_dict()
    words = " ".join(Page(report_html(replace(CONTENT, metrics=metrics))).words)
    assert "ROC AUC –" in words
    assert "bootstrap" not in words


@pytest.mark.parametrize(
    ("flagged", "sentence"),
    [(0, "None of 23 rows is anomalous."), (1, "1 of 23 rows is anomalous."), (2, "2 of 23 rows are anomalous.")],
)
def test_headline(flagged: int, sentence: str) -> None:
    assert sentence in " ".join(Page(report_html(replace(CONTENT, flagged=flagged))).words)


def test_nothing_found() -> None:
    words = Page(report_html(replace(CONTENT, flagged=0, anomalies=()))).words
    assert "No row scores above the threshold." in words


@pytest.mark.parametrize(
    ("rule", "words", "reason"),
    [
        ("none", "none is set", "No row is flagged: no threshold is set."),
        ("tail", "above every score of these rows, by tail", "No row scores above the threshold."),
    ],
)
def test_a_threshold_that_no_score_reaches_is_no_number(rule: str, words: str, reason: str) -> None:
    nothing = replace(CONTENT, flagged=0, anomalies=(), threshold_rule=rule, threshold_value=sys.float_info.max)
    page = report_html(nothing)
    assert words in Page(page).words and reason in Page(page).words
    assert "e+308" not in page


def test_of_many_anomalies_a_hundred_are_listed() -> None:
    many = tuple(ReportedAnomaly(row, 1.0) for row in range(412))
    page = Page(report_html(replace(CONTENT, anomalies=many, flagged=412, metrics=None, settings={})))
    rows = [attributes for attributes in page.named("th") if attributes.get("scope") == "row"]
    assert len(rows) == 100
    assert "The next 80" in page.words
    assert "The other 312 rows are not listed." in page.words


def test_rows_of_a_part_are_told_by_their_number_in_the_whole_table_too() -> None:
    anomalies = (ReportedAnomaly(5, 9.0, 0.1, (), "C1 is odd.", 731, "bad"), ReportedAnomaly(0, 8.0, 0.2, (), "", 12))
    words = " ".join(Page(report_html(replace(CONTENT, title="all.csv", anomalies=anomalies[:1]))).words)
    assert (
        "Highest score first. Rows are counted among those looked at; a source row is the same row in all.csv . "
        "Row Source row Kind Score p-value Why 5 731 bad 9 0.1 C1 is odd."
    ) in words
    words = " ".join(Page(report_html(replace(CONTENT, anomalies=anomalies[1:]))).words)
    assert "Row Source row Score p-value Why 0 12 8 0.2" in words
    page = Page(report_html(replace(CONTENT, anomalies=anomalies, metrics=None, settings={})))
    words = " ".join(page.words)
    assert "Row Source row Kind Score p-value Why 5 731 bad 9 0.1 C1 is odd. 0 12 8 0.2" in words
    assert len(page.named("td")) == 2 * 5, "a row of which the kind is not known has a cell for it all the same"
    assert "source row" not in report_html(CONTENT)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize("width", [320, 400])
def test_it_does_not_scroll_sideways_on_a_narrow_screen(width: int, tmp_path: Path) -> None:
    entry = {"roc_auc": 0.99, "average_precision": 0.98, "rank_correlation": 0.97, "overlap": 0.96}
    names = ("untrained network", "PCA", "5 nearest neighbours", "isolation forest")
    page = report_html(replace(CONTENT, baselines=[{"name": name, **entry} for name in names]))
    measure = "<script>parent.postMessage(document.documentElement.scrollWidth + ' of ' + innerWidth, '*')</script>"
    page = page.replace("default-src 'none'", "script-src 'unsafe-inline'").replace("</body>", f"{measure}</body>")
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    frame = f"<iframe src='report.html' width={width} height=900></iframe>"
    listening = "<script>onmessage = told => document.title = told.data</script>"
    (tmp_path / "frame.html").write_text(f"<title>?</title>{listening}{frame}", encoding="utf-8")
    words = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom")
    command = [str(CHROMIUM), *words, f"--user-data-dir={tmp_path / 'profile'}", (tmp_path / "frame.html").as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    told = re.search(r"<title>(\d+) of (\d+)</title>", shown)
    assert told is not None, shown
    assert int(told[1]) <= int(told[2]) == width


def test_it_needs_no_other_file_no_network_and_no_script() -> None:
    page = report_html(CONTENT)
    parsed = Page(page)
    assert not parsed.named("script") + parsed.named("link") + parsed.named("iframe")
    for _, attributes in parsed.elements:
        assert not any(key.startswith("on") for key in attributes)
        assert (attributes.get("src") or "data:").startswith("data:")
        assert "href" not in attributes
    assert "url(" not in page
    assert "@import" not in page
    assert "://" not in page
    policy = {attributes.get("http-equiv"): attributes.get("content") for attributes in parsed.named("meta")}
    assert policy["Content-Security-Policy"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_pictures_are_embedded_with_their_words() -> None:
    (image,) = Page(report_html(CONTENT)).named("img")
    assert image["alt"] == "Line chart of a falling loss"
    picture = Image.open(io.BytesIO(base64.b64decode(str(image["src"]).removeprefix("data:image/png;base64,"))))
    assert [str(side) for side in picture.size] == [image["width"], image["height"]]


def test_a_screen_reader_finds_its_way() -> None:
    page = Page(report_html(CONTENT))
    assert page.named("html") == [{"lang": "en"}]
    headings = [tag for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}
    assert len(page.named("caption")) == len(page.named("table")) == 5
    assert all("scope" in attributes for attributes in page.named("th"))
    assert {"main", "header", "footer"} <= {tag for tag, _ in page.elements}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str) -> None:
    content = ReportContent(
        title=name,
        rows=1,
        columns=1,
        flagged=1,
        network=name,
        threshold_rule=name,
        threshold_value=np.inf,
        threshold_note=name,
        seconds={name: 1.0},
        anomalies=(ReportedAnomaly(0, np.nan, None, ((name, 2.5), (name, -1.0)), name, 3, name),),
        pictures=(Picture(png_of(draw_scores(np.zeros(1), 0.0)), name, name),),
        settings={name: name},
        further_facts={name: name},
    )
    tame = replace(CONTENT, title="t", metrics=None)
    page = report_html(content)
    parsed = Page(page)
    assert {tag for tag, _ in parsed.elements} <= {tag for tag, _ in Page(report_html(tame)).elements}
    assert SCRIPT not in page
    assert page.encode()
    shown = re.sub(r"[\x00\udc80]", "\N{REPLACEMENT CHARACTER}", name)
    assert sum(shown in words for words in parsed.words) == 16
    assert parsed.named("img")[0]["alt"] == shown
    assert [item["style"] for item in parsed.named("li")] == ["--share:100.0%", "--share:0.0%"]


def test_markup() -> None:
    assert escaped("a\tb\x07\x85") == "a\tb\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    assert element("p", "<b></b>", title='"') == '<p title="&quot;"><b></b></p>'
    assert (number(-np.inf), number(np.nan), number(0.5)) == ("minus infinite", "–", "0.5")
    assert (share(np.nan), share(1.0)) == ("–", "1.000")
    assert (setting([1, 2]), setting(False)) == ("1,2", "False")


def test_written_file_is_the_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(path, CONTENT)
    assert path.read_text(encoding="utf-8") == report_html(CONTENT)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def full_disk(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(FileError, match=r"report\.html cannot be written: No space left on device"):
        write_report(path, CONTENT)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_an_interrupt_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_report(path, CONTENT)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX's")
def test_a_link_and_the_permissions_of_its_file_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "report.html", tmp_path / "link.html"
    path.write_text("old")
    path.chmod(0o600)
    link.symlink_to("report.html")
    write_report(link, CONTENT)
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == report_html(CONTENT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX's")
def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    # A daemon: were the pipe replaced, nobody would ever write into it.
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_report(pipe, CONTENT)
    reader.join(timeout=30)
    assert pipe.is_fifo()
    assert [page.decode() for page in found] == [report_html(CONTENT)]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"No such file or directory.*There is no folder .*none: create it"):
        write_report(tmp_path / "none" / "report.html", CONTENT)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder; the name of a file was expected"):
        write_report(tmp_path, CONTENT)
    assert list(tmp_path.parent.glob(".offbeat-*")) == []
