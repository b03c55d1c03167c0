"""fit, score, explain, evaluate and inspect: the steps, one after another, on a small table."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from answers import Answer, Offbeat

import offbeat as library
from offbeat.cli.json_output import print_json


def test_fit_tells_what_it_made_and_where(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    answer = offbeat("fit", pumps / "good.csv", "--hidden", "2", "--epochs", "3", "--threshold", "mean+3std")

    assert answer.code == 0
    assert "Detector trained on 80 of 80 rows of good.csv, 3 columns as 3 features." in answer.out
    assert answer.out.endswith(f"Detector: {Path('offbeat-output/good.offbeat')}\n")
    assert library.load(tmp_path / "offbeat-output" / "good.offbeat").facts.trained_on == 80


def test_fit_as_json(offbeat: Offbeat, pumps: Path) -> None:
    words = ("--validation", "0.1", "--hidden", "2", "--epochs", "3", "--threshold", "mean+3std")
    record = offbeat("fit", pumps / "good.csv", "--out", "a.offbeat", "--json", *words).json

    assert record["detector"] == "a.offbeat"
    assert (record["rows"], record["trained_on"], record["validated_on"]) == (80, 72, 8)
    assert record["threshold"]["rule"] == "mean+3std"
    assert set(record["seconds"]) == {"read", "fit", "total"}
    assert 0 < record["seconds"]["fit"] < record["seconds"]["total"]


def test_fit_measures_the_loss_on_another_table(offbeat: Offbeat, pumps: Path) -> None:
    words = ("--validation-table", pumps / "new.csv", "--hidden", "2", "--epochs", "3", "--threshold", "mean+3std")
    record = offbeat("fit", pumps / "good.csv", "--out", "a.offbeat", "--json", *words).json

    assert (record["trained_on"], record["validated_on"]) == (80, 16)
    assert record["training"]["validation_loss"] > 0


def test_every_verb_takes_the_names_of_a_detector_for_a_header(offbeat: Offbeat, tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 4))
    good = "2019,2020,2021,2022\n" + "".join(",".join(f"{cell:.4f}" for cell in row) + "\n" for row in rows)
    (tmp_path / "good.csv").write_text(good)
    even = [f"{2 * row},{2 * row + 2},{2 * row + 4},{row % 2}" for row in range(4)]
    (tmp_path / "new.csv").write_text("\n".join(["2019,2020,2021,2022", *even]))
    words = ("--hidden", "2", "--epochs", "3", "--threshold", "mean+3std", "--validation-table", "new.csv")
    words = (*words, "--out", "a.offbeat", "--json")
    assert offbeat("fit", "good.csv", *words).json["validated_on"] == 4

    assert len(offbeat("score", "a.offbeat", "new.csv").out.splitlines()) == 1 + 4
    assert offbeat("explain", "a.offbeat", "new.csv", "--rows", "3", "--json").json["rows"] == 4
    labelled = ("--label", "state", "--normal", "0")
    (tmp_path / "new.csv").write_text("\n".join(["2019,2020,2021,2022,state", *(f"{row},{row[-1]}" for row in even)]))
    assert offbeat("evaluate", "a.offbeat", "new.csv", *labelled, "--json").json["rows"] == 4
    best = ("--threshold", "best-f1", "--table", "new.csv", *labelled, "--out", "b.offbeat")
    assert offbeat("threshold", "a.offbeat", *best).code == 0


def test_quiet_says_nothing(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    words = ("--hidden", "2", "--epochs", "1", "--threshold", "mean+3std", "--quiet")
    answer = offbeat("fit", pumps / "good.csv", "--out", "a.offbeat", *words)

    assert answer == Answer(0, "", "")
    assert (tmp_path / "a.offbeat").exists()


def test_fit_goes_on_from_a_checkpoint(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    words = ("--hidden", "2", "--epochs", "4", "--threshold", "mean+3std", "--checkpoint", "state", "--quiet")

    assert offbeat("fit", pumps / "good.csv", "--out", "a.offbeat", *words).code == 0
    assert list((tmp_path / "state").iterdir()) != []
    assert offbeat("fit", pumps / "good.csv", "--out", "b.offbeat", *words).code == 0
    scores = [offbeat("score", name, pumps / "new.csv").out for name in ("a.offbeat", "b.offbeat")]
    assert scores[0] == scores[1]


def test_score_prints_one_line_a_row(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv")

    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert answer.code == 0 and answer.err == ""
    assert [int(row["row"]) for row in rows] == list(range(16))
    expected = library.load(pumps / "pumps.offbeat").score(str(pumps / "new.csv"))
    assert np.allclose([float(row["score"]) for row in rows], expected, rtol=1e-6)
    assert [row["row"] for row in rows if row["anomalous"] == "true"] == ["3", "11"]


def test_score_as_json(offbeat: Offbeat, pumps: Path) -> None:
    record = offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv", "--json").json

    assert set(record) == {"rows", "scores", "p_values", "threshold", "flags"}
    assert record["rows"] == len(record["scores"]) == len(record["p_values"]) == 16
    expected = library.load(pumps / "pumps.offbeat").score(str(pumps / "new.csv"))
    assert np.array_equal(np.asarray(record["scores"], expected.dtype), expected)
    assert [row for row, flag in enumerate(record["flags"]) if flag] == [3, 11]
    assert record["threshold"]["rule"] == "mean+3std"
    assert min(record["scores"][3], record["scores"][11]) > record["threshold"]["value"]


def test_what_tells_no_metrics_measures_none(
    offbeat: Offbeat, pumps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their intervals take longer than to find the anomalies of a large table."""
    words = ("--label", "state", "--normal", "good", "--threshold", "quantile:0.9", "--hidden", "2", "--epochs", "3")
    assert offbeat("fit", pumps / "labelled.csv", "--out", "labelled.offbeat", *words).code == 0
    found = library.load(tmp_path / "labelled.offbeat").detect(pumps / "labelled.csv")
    assert found.labels is not None and found.metrics is not None
    asked = ("labelled.offbeat", pumps / "labelled.csv")

    monkeypatch.setattr("offbeat.detector.detections.evaluate", lambda *_, **__: pytest.fail("metrics were measured"))
    printed = offbeat("score", *asked).out
    assert printed.splitlines()[0] == "row,score,p_value,anomalous,label_anomalous"
    assert [line.split(",")[0] for line in printed.splitlines() if line.endswith(",true")] == ["3", "11"]
    for verb in ("score", "explain"):
        told = offbeat(verb, *asked, "--json").json
        assert (told["rows"], told["threshold"]) == (16, found.to_dict(most=0)["threshold"])
    assert "anomalous" in replace(found)._repr_html_()


def test_one_row_is_anomalous_and_not_are(offbeat: Offbeat, pumps: Path) -> None:
    second, first = np.sort(library.load(pumps / "pumps.offbeat").score(str(pumps / "new.csv")))[-2:]
    words = ("--threshold", (float(first) + float(second)) / 2, "--out", "scores.csv")
    answer = offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv", *words)
    assert answer.out == "1 of the 16 rows of new.csv is anomalous.\nScores: scores.csv\n"


@pytest.mark.parametrize("name", ["scores.csv", "scores.parquet"])
def test_score_writes_a_file(name: str, offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    answer = offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv", "--out", name)

    assert answer.out == f"2 of the 16 rows of new.csv are anomalous.\nScores: {name}\n"
    read = pl.read_parquet if name.endswith("parquet") else pl.read_csv
    frame = read(tmp_path / name)
    assert frame.columns == ["row", "score", "p_value", "anomalous"]
    assert frame.filter("anomalous")["row"].to_list() == [3, 11]


@pytest.mark.parametrize("name", ["scores.xlsx", "scores.csv.gz", "scores.JSON", "scores.tsv"])
def test_a_table_is_written_under_no_name_that_promises_another_form(
    name: str, offbeat: Offbeat, pumps: Path, tmp_path: Path
) -> None:
    answer = offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv", "--out", name)

    assert answer.code == 2
    assert answer.err == (
        f"Error: {name}: a table is not written as '{Path(name).suffix}'. Give a name that ends in .csv (or .txt, or "
        "nothing) for CSV, or in .parquet for Parquet.\n"
    )
    assert not (tmp_path / name).exists()


def test_the_threshold_changes_without_training(offbeat: Offbeat, pumps: Path) -> None:
    words = ("score", pumps / "pumps.offbeat", pumps / "new.csv", "--json")
    before, after = offbeat(*words).json, offbeat(*words, "--threshold", "1e6").json

    assert after["scores"] == before["scores"]
    assert after["threshold"] == {"rule": "1e6", "value": 1e6, "note": ""}
    assert not any(after["flags"])


def test_the_rate_of_false_alarms_changes_without_training(offbeat: Offbeat, pumps: Path) -> None:
    words = ("score", pumps / "pumps.offbeat", pumps / "new.csv", "--json", "--threshold", "tail")
    strict, lax = offbeat(*words, "--fdr", "0.001").json, offbeat(*words, "--fdr", "0.5").json

    assert strict["scores"] == lax["scores"]
    assert strict["threshold"]["value"] > lax["threshold"]["value"]


def test_a_table_may_be_laid_out_otherwise_than_the_training_table(
    offbeat: Offbeat, pumps: Path, tmp_path: Path
) -> None:
    plain = (pumps / "new.csv").read_text()
    (tmp_path / "new.txt").write_text(plain.replace(",", "|"))

    answer = offbeat("score", pumps / "pumps.offbeat", "new.txt", "--delimiter", "|")

    assert answer.out == offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv").out


def test_explain_gives_one_sentence_a_row_most_anomalous_first(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("explain", pumps / "pumps.offbeat", pumps / "new.csv")

    sentences = answer.out.split("\n\n")
    assert answer.code == 0 and len(sentences) == 2
    assert [sentence.split(" scores ")[0] for sentence in sentences] == ["Row 11", "Row 3"]
    assert "heat is " in sentences[0] and "was expected" in sentences[0]


def test_explain_chosen_rows_as_json(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("explain", pumps / "pumps.offbeat", pumps / "new.csv", "--rows", "5,3", "--json")

    record = answer.json
    assert set(record) == {"rows", "threshold", "explanations", "left_out"}
    assert [why["row"] for why in record["explanations"]] == [5, 3]
    assert record["left_out"] == 0
    for why in record["explanations"]:
        assert sum(why["contributions"].values()) == pytest.approx(why["score"], rel=1e-4)
        assert list(why["expected"]) == ["flow", "rpm", "heat"]


def test_explain_stops_after_most(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("explain", pumps / "pumps.offbeat", pumps / "new.csv", "--most", "1")

    assert answer.out.startswith("Row 11 ") and answer.out.count("Row") == 1
    assert answer.out.endswith("\n\n... and 1 more: --most 2 explains them all.\n")


def test_explain_stops_after_ten_anomalous_rows_and_says_so(offbeat: Offbeat, pumps: Path) -> None:
    words = ("explain", pumps / "pumps.offbeat", pumps / "new.csv", "--threshold", "0")

    answer = offbeat(*words)
    assert answer.out.count("Row") == 10
    assert answer.out.endswith("\n\n... and 6 more: --most 16 explains them all.\n")

    record = offbeat(*words, "--json").json
    assert (len(record["explanations"]), record["left_out"]) == (10, 6)


def test_explain_explains_all_rows_asked_for_in_the_order_asked(offbeat: Offbeat, pumps: Path) -> None:
    words = ("explain", pumps / "pumps.offbeat", pumps / "new.csv", "--rows", "5,4,3,2,1,0,6,7,8,9,10,11")

    answer = offbeat(*words)
    told = [sentence.split(" scores ")[0] for sentence in answer.out.split("\n\n")]
    assert told == [f"Row {row}" for row in (5, 4, 3, 2, 1, 0, 6, 7, 8, 9, 10, 11)]

    record = offbeat(*words, "--most", "3", "--json").json
    assert [why["row"] for why in record["explanations"]] == [5, 4, 3]
    assert record["left_out"] == 9


def test_explain_says_when_there_is_nothing_to_explain(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("explain", pumps / "pumps.offbeat", pumps / "new.csv", "--threshold", "1e6")

    assert answer.out == "None of the 16 rows of new.csv is anomalous. --rows 11,3 explains those that score highest.\n"


def test_explain_explains_the_row_of_a_table_of_one_row(offbeat: Offbeat, pumps: Path) -> None:
    lines = (pumps / "new.csv").read_text().splitlines()
    (pumps / "one.csv").write_text(f"{lines[0]}\n{lines[1]}\n")

    answer = offbeat("explain", pumps / "pumps.offbeat", pumps / "one.csv")

    assert re.match(r"Row 0 scores [\d.]+, below the threshold ", answer.out) and answer.out.count("Row") == 1


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ("3,99", 3, "new.csv: there are 16 rows, from 0 on; row 99 was asked for."),
        ("-1", 3, "row -1 was asked for"),
        ("3;4", 2, "--rows 3;4: row numbers with commas between them were expected, as in 3,5."),
    ],
)
def test_explain_refuses_rows_that_there_are_not(
    rows: str, code: int, words: str, offbeat: Offbeat, pumps: Path
) -> None:
    answer = offbeat("explain", pumps / "pumps.offbeat", pumps / "new.csv", "--rows", rows)

    assert answer.code == code
    assert words in answer.err


def test_evaluate_compares_with_labels(offbeat: Offbeat, pumps: Path) -> None:
    words = ("evaluate", pumps / "pumps.offbeat", pumps / "labelled.csv", "--label", "state", "--normal", "good")
    record = offbeat(*words, "--json").json

    assert set(record) == {"rows", "threshold", "metrics"}
    assert record["metrics"]["accuracy"] == record["metrics"]["roc_auc"] == 1.0
    assert record["metrics"]["anomalous"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert record["metrics"]["confusion"]["normal_passed"] == 14

    page = offbeat(*words).out
    assert "ROC AUC" in page and "95 % interval" in page
    assert "Flags rows that score above the mean plus 3 standard deviations" in page


def test_evaluate_with_baselines_learns_from_the_training_table(offbeat: Offbeat, pumps: Path) -> None:
    words = ("evaluate", pumps / "pumps.offbeat", pumps / "labelled.csv", "--label", "state", "--normal", "good")
    record = offbeat(*words, "--baselines", pumps / "good.csv", "--json").json
    assert set(record) == {"rows", "threshold", "metrics", "baselines"}
    assert record["baselines"][2]["name"] == "5 nearest neighbours"
    assert record["baselines"][2]["roc_auc"] == 1.0
    assert "isolation forest" in offbeat(*words, "--baselines", pumps / "good.csv").out

    refused = offbeat(*words, "--baselines", pumps / "new.csv")
    assert refused.code == 3
    assert "new.csv has 16 rows; the detector was fitted on 80 of good.csv" in refused.err


def test_evaluate_takes_another_threshold(offbeat: Offbeat, pumps: Path) -> None:
    words = ("--label", "-1", "--normal", "good", "--threshold", "1e6", "--json")
    record = offbeat("evaluate", pumps / "pumps.offbeat", pumps / "labelled.csv", *words).json

    assert record["metrics"]["anomalous"]["recall"] == 0.0
    assert record["metrics"]["roc_auc"] == 1.0


def test_labels_that_are_spelled_otherwise_than_at_the_fit_are_told(offbeat: Offbeat, pumps: Path) -> None:
    words = (pumps / "labelled.csv", "--label", "state", "--normal", "good", "--hidden", "2", "--epochs", "1")
    Path("other.csv").write_text((pumps / "labelled.csv").read_text().replace("good", "no").replace("bad", "yes"))
    threshold = ("--threshold", "mean+3std")
    fitted = ("detect", *words[:1], "other.csv", *words[1:], *threshold, "--out", "a.offbeat")

    record = offbeat(*fitted, "--json").json
    told = offbeat(*fitted).out
    refused = offbeat("evaluate", "a.offbeat", "other.csv")

    note = (
        "other.csv: no row of the label column 'state' is 'good'. It holds 'no', 'yes'. The training table held "
        "'good', 'bad': either all these rows are anomalies of another kind, or the labels are spelled otherwise, so "
        "nothing is compared with them. Say which is normal with normal=... (offbeat evaluate --normal ...): 'good' "
        "where all rows are anomalies."
    )
    assert record["label_note"] == note and "metrics" not in record
    page = html.unescape(Path(record["report"]).read_text(encoding="utf-8"))
    assert f'<h2>Agreement with the labels</h2>\n<p class="note">{note}</p>' in page
    assert note in told.splitlines() and "Against the labels" not in told
    assert refused.code == 3 and "The training table held 'good', 'bad'." in refused.err
    assert "label_note" not in offbeat(*(word if word != "other.csv" else words[0] for word in fitted), "--json").json


def test_evaluate_needs_labels(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("evaluate", pumps / "pumps.offbeat", pumps / "new.csv")

    assert answer.code == 2
    assert "Which column holds the labels?" in answer.err and "--label" in answer.err


def test_inspect_shows_training_and_threshold(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("inspect", pumps / "pumps.offbeat")

    assert answer.code == 0
    assert "Detector trained on 80 of 80 rows of good.csv" in answer.out
    assert "Threshold (mean+3std)" in answer.out

    record = offbeat("inspect", pumps / "pumps.offbeat", "--json").json
    assert record["detector"] == str(pumps / "pumps.offbeat")
    assert record["columns"] == ["flow", "rpm", "heat"]
    assert record["settings"]["hidden"] == [2]


def test_numbers_that_json_has_not_become_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [1.5, float("-inf")], "c": {"d": (float("inf"), 2)}})

    assert capsys.readouterr().out == '{"a": null, "b": [1.5, null], "c": {"d": [null, 2]}}\n'
