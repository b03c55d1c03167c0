"""detect and demo: the whole job within the test process."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
from answers import Offbeat

import offbeat as library
from offbeat.cli.demo import SETTINGS, SPLIT
from offbeat.cli.output_files import default_file
from offbeat.data.heartbeats import heartbeat_job
from offbeat.data.splits import train_test_rows
from offbeat.detector.config import parse_settings
from offbeat.errors import DataError

QUICK = ("--hidden", "2", "--epochs", "60", "--batch-size", "8", "--threshold", "mean+3std")


def test_detect_as_json_has_the_promised_shape(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    record = offbeat("detect", pumps / "good.csv", pumps / "new.csv", "--json", "--no-report", *QUICK).json

    assert set(record) == {"rows", "threshold", "anomalies", "seconds", "detector", "report"}
    assert record["rows"] == 16
    assert set(record["threshold"]) == {"rule", "value", "note"}
    assert [anomaly["row"] for anomaly in record["anomalies"]] == [11, 3]
    for anomaly in record["anomalies"]:
        assert set(anomaly) == {"row", "score", "p_value", "top"}
        assert anomaly["score"] > record["threshold"]["value"]
        assert 0 < anomaly["p_value"] <= 1
        assert sum(top["share"] for top in anomaly["top"]) == pytest.approx(1.0)
    assert set(record["seconds"]) == {"read", "fit", "score", "total"}
    assert record["detector"] == str(Path("offbeat-output/new.offbeat"))
    assert record["report"] is None
    assert library.load(tmp_path / record["detector"]).facts.source == "good.csv"


def test_detect_prints_a_ranked_table_and_where_the_files_are(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    words = ("--out", "kept/a.offbeat", "--report", "kept/a.html")
    answer = offbeat("detect", pumps / "good.csv", pumps / "new.csv", *words, *QUICK)

    lines = answer.out.splitlines()
    assert answer.code == 0
    assert lines[0] == "2 of the 16 rows of new.csv are anomalous:"
    assert lines[2].split() == ["row", "score", "p-value", "most", "from"]
    assert [line.split()[0] for line in lines[3:5]] == ["11", "3"]
    assert "heat" in lines[3]
    assert "Flags rows that score above the mean plus 3 standard deviations of the training scores" in lines[6]
    assert lines[-3:-1] == [f"Detector: {Path('kept/a.offbeat')}", f"Report:   {Path('kept/a.html')}"]
    assert lines[-1].startswith("Time:     read ") and lines[-1].endswith(" s in all")
    assert (tmp_path / "kept" / "a.html").read_text().lower().startswith("<!doctype html>")


def test_detect_says_when_nothing_is_anomalous(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat(
        "detect", pumps / "good.csv", pumps / "new.csv", "--no-report", *QUICK, "--threshold", "mean+999std"
    )

    first = answer.out.splitlines()[0]
    assert first.startswith("None of the 16 rows of new.csv is anomalous; the highest score is ")
    assert first.endswith(", of row 11.")


def test_detect_with_labels_gives_metrics(offbeat: Offbeat, pumps: Path) -> None:
    words = ("--label", "state", "--normal", "good", "--no-report", *QUICK)
    record = offbeat("detect", pumps / "labelled.csv", pumps / "labelled.csv", "--json", *words).json

    assert set(record["metrics"]) >= {"accuracy", "roc_auc", "average_precision", "anomalous", "normal"}
    assert set(record["metrics"]["normal"]) == {"precision", "recall", "f1"}

    page = offbeat("detect", pumps / "labelled.csv", pumps / "labelled.csv", *words).out
    assert "Against the labels: 16 rows" in page


@pytest.mark.parametrize("word", ["TRUE", "true", "True"])
def test_truth_values_are_labels_in_any_spelling(offbeat: Offbeat, pumps: Path, word: str) -> None:
    text = (pumps / "labelled.csv").read_text().replace("good", "TRUE").replace("bad", "FALSE")
    Path("truth.csv").write_text(text)
    words = ("--label", "state", "--normal", word, "--no-report", "--json", *QUICK)
    assert offbeat("detect", "truth.csv", "truth.csv", *words).json["metrics"]["confusion"]["anomalous_flagged"] == 2


def test_detect_says_which_columns_it_left_out(offbeat: Offbeat, pumps: Path) -> None:
    for name in ("good.csv", "new.csv"):
        header, *rows = (pumps / name).read_text().splitlines()
        Path(name).write_text("\n".join([f"{header},at", *(f"{row},2024-01-01" for row in rows)]))
    page = offbeat("detect", "good.csv", "new.csv", "--report", "new.html", *QUICK).out
    assert "Left out: 'at (dates or times)'." in page
    assert "Left out: &#x27;at (dates or times)&#x27;." in Path("new.html").read_text()


def test_detect_says_which_categories_seem_to_be_amounts(offbeat: Offbeat, pumps: Path) -> None:
    for name in ("good.csv", "new.csv"):
        header, *rows = (pumps / name).read_text().splitlines()
        Path(name).write_text("\n".join([f"{header},load", *(f"{row},{at % 2}%" for at, row in enumerate(rows))]))
    page = offbeat("detect", "good.csv", "new.csv", "--no-report", *QUICK).out
    assert "\nLearned as categories: 'load (per cent, as in '0%'? Then write 0)'.\n" in page


def test_detect_says_which_columns_are_categories(offbeat: Offbeat, pumps: Path) -> None:
    for name in ("good.csv", "new.csv"):
        header, *rows = (pumps / name).read_text().splitlines()
        Path(name).write_text(
            "\n".join([f"{header},site", *(f"{row},{'north' if at % 3 else 'south'}" for at, row in enumerate(rows))])
        )
    page = offbeat("detect", "good.csv", "new.csv", "--no-report", *QUICK).out
    assert "\nColumns: 3 numbers, 1 category (site: 2 levels).\n" in page


@pytest.mark.parametrize(
    ("new", "code", "words"),
    [
        (
            "flow,RPM,heat\n1,2,3\n",
            4,
            "new.csv lacks 1 column that the detector was fitted on: 'rpm'. It has 1 unknown",
        ),
        ("flow,rpm,heat\n1,2,3\n1,low,3\n", 3, "new.csv: column 'rpm' holds text 'low' at row 1 (1 such row); numbers"),
        ("flow,rpm,heat\n1,2,3\n1,2,inf\n", 3, "new.csv: column 'heat' holds inf at row 1 (1 such row); finite"),
    ],
    ids=["columns", "text", "infinite"],
)
def test_detect_compares_the_tables_before_it_learns(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch, new: str, code: int, words: str
) -> None:
    monkeypatch.setattr("offbeat.detector.fit.fit_with", lambda *_, **__: pytest.fail("it went on to learn"))
    Path("new.csv").write_text(new)
    answer = offbeat("detect", pumps / "good.csv", "new.csv", *QUICK)

    assert (answer.code, answer.out) == (code, "") and words in answer.err


def test_what_is_found_to_be_wrong_later_costs_no_training(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise DataError("these rows cannot be scored")

    monkeypatch.setattr(library.Detector, "detect", refuse)
    words = ("--out", "kept.offbeat", "--no-report")
    answer = offbeat("detect", pumps / "good.csv", pumps / "new.csv", *words, *QUICK)

    assert answer.code == 3 and "these rows cannot be scored" in answer.err
    assert library.load("kept.offbeat").facts.source == "good.csv"


def test_detect_takes_the_names_of_train_for_a_header_of_test(offbeat: Offbeat) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 4))
    cells = "".join(",".join(f"{cell:.4f}" for cell in row) + "\n" for row in rows)
    Path("good.csv").write_text("2019,2020,2021,2022\n" + cells)
    Path("new.csv").write_text("2019,2020,2021,2022\n2,4,6,8\n4,6,8,10\n")

    assert offbeat("detect", "good.csv", "new.csv", "--no-report", "--json", *QUICK).json["rows"] == 2


def test_detect_with_baselines_sets_plain_detectors_beside_the_result(offbeat: Offbeat, pumps: Path) -> None:
    words = (pumps / "good.csv", pumps / "new.csv", "--baselines", *QUICK)
    record = offbeat("detect", *words, "--no-report", "--json").json

    names = ["untrained network", "PCA", "5 nearest neighbours", "isolation forest"]
    assert [entry["name"] for entry in record["baselines"]] == names
    assert all(entry["roc_auc"] is None and entry["overlap"] is not None for entry in record["baselines"])
    assert set(record["seconds"]) == {"read", "fit", "score", "baselines", "total"}

    page = offbeat("detect", *words).out
    table = page[page.index("Plain detectors") :].splitlines()
    assert table[1].split() == ["detector", "rank", "correlation", "flags", "in", "common"]
    assert [line.strip().split("  ")[0] for line in table[2:6]] == names
    assert "Beside plain detectors" in Path("offbeat-output/new.html").read_text()


def test_detect_with_labels_and_baselines_starts_with_the_detector_itself(offbeat: Offbeat, pumps: Path) -> None:
    words = ("--label", "state", "--normal", "good", "--no-report", "--baselines", *QUICK)
    page = offbeat("detect", pumps / "labelled.csv", pumps / "labelled.csv", *words).out
    table = page[page.index("Plain detectors") :].splitlines()
    headings = ("detector", "ROC AUC", "average precision", "rank correlation", "flags in common")
    assert table[1].split() == " ".join(headings).split()
    assert table[2].split()[:2] == ["this", "detector"] and table[2].split()[-1] == "-"


SPLIT_WORDS = ["--label", "state", "--normal", "good", "--split-seed", "4", "--threshold", "mean+0std", "--no-report"]


def test_of_one_table_without_labels_it_is_asked_which_rows_to_look_at(offbeat: Offbeat, pumps: Path) -> None:
    said = offbeat("detect", pumps / "good.csv", "--contamination", "0.1")
    assert said.code == 2
    assert (
        "Name a second table (offbeat detect TRAIN TEST), or the first one again to find the odd rows in it (offbeat "
        "detect TRAIN TRAIN; --contamination says how many are odd); or have a share of it set aside with --test-size"
    ) in said.err
    one, options = pumps / "good.csv", ("--contamination", "0.1", "--no-report", "--json")
    assert offbeat("detect", one, one, *QUICK, *options).code == 0


def test_detect_splits_one_table_as_scikit_learn_does(offbeat: Offbeat, pumps: Path) -> None:
    words = (*QUICK, *SPLIT_WORDS, "--test-size", "0.5", "--json")
    record = offbeat("detect", pumps / "labelled.csv", *words).json

    _, test = train_test_rows(16, 0.5, 4)
    assert record["rows"] == 8
    assert record["detector"] == str(Path("offbeat-output/labelled.offbeat"))
    assert {3, 11} <= {anomaly["source_row"] for anomaly in record["anomalies"]}
    for anomaly in record["anomalies"]:
        assert anomaly["source_row"] == test[anomaly["row"]]
    assert record["metrics"]["confusion"]["anomalous_flagged"] == 2


@pytest.mark.parametrize("word", ["oops", "inf"])
@pytest.mark.parametrize("command", ["detect", "tune"])
def test_a_cell_that_cannot_be_used_is_told_by_its_row_in_the_file(
    offbeat: Offbeat, tmp_path: Path, word: str, command: str
) -> None:
    random = np.random.default_rng(0)
    flow = [f"{value:.3f}" for value in random.normal(size=120)]
    flow[77] = flow[3] = word
    lines = [f"{cell},{row % 7},{'bad' if row % 4 == 0 else 'good'}" for row, cell in enumerate(flow)]
    (tmp_path / "odd.csv").write_text("\n".join(["flow,step,state", *lines]))
    for seed in range(3):
        chance = {"detect": ("--split-seed", seed, "--no-report"), "tune": ("--seed", seed, "--trials", "1")}[command]
        answer = offbeat(command, "odd.csv", "--label", "state", "--normal", "good", *chance)
        assert answer.code != 0
        assert f"odd.csv: column 'flow' holds {'text ' if word == 'oops' else ''}" in answer.err
        assert "at row 3 (2 such rows);" in answer.err


def test_the_report_of_a_split_gives_both_row_numbers_and_what_repeats_the_split(offbeat: Offbeat, pumps: Path) -> None:
    words = (*QUICK, *SPLIT_WORDS[:-1], "--test-size", "0.5", "--validation-table", pumps / "labelled.csv")
    record = offbeat("detect", pumps / "labelled.csv", *words, "--json").json

    page = Path(record["report"]).read_text(encoding="utf-8")
    assert "a source row is the same row in <bdi>labelled.csv</bdi>." in page
    for anomaly in record["anomalies"]:
        source = f'<td class="number" data-label="source row">{anomaly["source_row"]}</td>'
        assert f'<th scope="row">{anomaly["row"]}</th>{source}' in page
    settings = page[page.index("With these the run can be repeated.") :]
    for name, value in (("test_size", "0.5"), ("split_seed", "4"), ("validation_table", pumps / "labelled.csv")):
        assert f"<bdi>{name}</bdi></th><td><code><bdi>{value}</bdi>" in settings


def test_the_report_of_two_tables_has_one_row_number(offbeat: Offbeat, pumps: Path) -> None:
    page = Path(offbeat("detect", pumps / "good.csv", pumps / "new.csv", *QUICK, "--json").json["report"]).read_text()
    assert "source row" not in page
    assert "split_seed" not in page


def test_detect_shows_both_row_numbers_of_a_split(offbeat: Offbeat, pumps: Path) -> None:
    page = offbeat("detect", pumps / "labelled.csv", *QUICK, *SPLIT_WORDS, "--test-size", "8").out

    _, test = train_test_rows(16, 8, 4)
    lines = page.splitlines()
    assert lines[0] == "2 of the 8 rows set aside from labelled.csv are anomalous:"
    assert "row  row in labelled.csv  score" in lines[2]
    cells = lines[3].split()
    assert int(cells[1]) == test[int(cells[0])]


@pytest.mark.parametrize(
    ("table", "stem"),
    [("pumps.csv", "pumps"), ("pumps.CSV.gz", "pumps"), ("a.b.parquet", "a.b"), ("plain", "plain"), ("v1.2", "v1.2")],
)
def test_results_are_named_after_the_table(table: str, stem: str) -> None:
    assert default_file(table, ".html") == Path("offbeat-output") / f"{stem}.html"


@pytest.mark.slow
def test_demo_finds_bad_beats_and_says_their_kinds(offbeat: Offbeat, tmp_path: Path) -> None:
    answer = offbeat("demo")

    lines = answer.out.splitlines()
    assert answer.code == 0
    assert "of the 60 rows of heartbeats are anomalous:" in lines[0]
    assert lines[2].split()[:3] == ["row", "kind", "score"]
    assert all("normal" not in line for line in lines[3:7])
    bad = [kind for kind in heartbeat_job(0).kinds if kind != "normal"]
    told = [line for line in lines[3:9] if any(kind in line for kind in bad)]
    missed = next((line for line in lines if line.startswith("Not found: ")), "")
    assert len(told) + sum(kind in missed for kind in bad) == len(bad) == 6
    assert lines[-1] == "On your own tables: offbeat detect GOOD.csv NEW.csv"
    report = (tmp_path / "offbeat-output" / "demo-heartbeats.html").read_text(encoding="utf-8")
    assert any(f'<td class="kind" data-label="kind">{kind}</td>' in report for kind in bad)
    assert library.load(tmp_path / "offbeat-output" / "demo-heartbeats.offbeat").facts.curves


def test_demonstrations_take_settings_that_there_are() -> None:
    for settings in SETTINGS.values():
        parse_settings(settings)
    assert SPLIT == (0.2, 21)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ecg-discord", "ecg5000"])
def test_public_jobs_run_from_the_folder_of_data(
    name: str, offbeat: Offbeat, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFBEAT_DATA", str(real_data))
    record = offbeat("demo", name, "--json", "--no-report").json

    if name == "ecg-discord":
        assert sorted(anomaly["row"] for anomaly in record["anomalies"]) == [20, 21, 22]
    else:
        assert record["rows"] == 1000
        assert record["metrics"]["accuracy"] >= 0.94
        assert np.isclose(record["threshold"]["value"], 0.038, atol=0.003)


def test_what_was_found_is_told_though_the_report_cannot_be_written(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def full_disk(self: Path, target: Path) -> None:
        if target.suffix == ".html":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(self, target)

    monkeypatch.setattr(Path, "replace", full_disk)
    words = ("detect", pumps / "good.csv", pumps / "new.csv", "--out", "a.offbeat", "--report", "a.html", *QUICK)
    answer = offbeat(*words)
    assert answer.code == 1
    assert answer.err.splitlines()[-1].startswith("Error: a.html cannot be written: No space left on device. ")
    assert answer.out.startswith("2 of the 16 rows of new.csv are anomalous:")
    assert "Detector: a.offbeat" in answer.out and "Report:" not in answer.out
    assert Path("a.offbeat").is_file() and not Path("a.html").exists()

    answer = offbeat(*words, "--json")
    assert (answer.code, answer.json["error"]["kind"]) == (1, "file")


def test_a_report_is_wanted_or_not(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("detect", pumps / "good.csv", pumps / "new.csv", "--report", "a.html", "--no-report")
    assert answer.code == 2
    assert "--report and --no-report exclude each other." in answer.err
