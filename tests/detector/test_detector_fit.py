"""From tables of every kind to a detector: what is learned from, and how the threshold comes about."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from small_detectors import NAMES, fitted, framed, labelled, new_readings, readings, same_bits

import offbeat
from offbeat.data.mixed_rows import mixed_rows
from offbeat.detector.fit import fit_with
from offbeat.errors import DataError, SettingsError, TrainingError
from offbeat.training import reporting

SUM_ORDER = 1e-12
"""The same float64 numbers, added in another order."""


def _as_csv(folder: Path) -> Path:
    framed(readings()).write_csv(folder / "good.csv")
    return folder / "good.csv"


def _as_headerless_csv(folder: Path) -> Path:
    framed(readings()).write_csv(folder / "bare.csv", include_header=False)
    return folder / "bare.csv"


def _as_parquet(folder: Path) -> str:
    framed(readings()).write_parquet(folder / "good.parquet")
    return str(folder / "good.parquet")


def _as_npy(folder: Path) -> Path:
    np.save(folder / "good.npy", readings())
    return folder / "good.npy"


SOURCES = {
    "array": lambda folder: readings(),
    "polars": lambda folder: framed(readings()),
    "pandas": lambda folder: framed(readings()).to_pandas(),
    "arrow": lambda folder: framed(readings()).to_arrow(),
    "table": lambda folder: offbeat.Table(readings()),
    "csv": _as_csv,
    "csv without a header": _as_headerless_csv,
    "parquet": _as_parquet,
    "npy": _as_npy,
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_same_rows_make_the_same_detector_wherever_they_come_from(
    source: str, quick: offbeat.Detector, tmp_path: Path
) -> None:
    detector = fitted(SOURCES[source](tmp_path))

    assert detector.facts.rows == detector.facts.trained_on == 60
    assert len(detector.schema.columns) == 4
    assert same_bits(detector.score(new_readings()), quick.score(new_readings()))
    assert detector.threshold.value == quick.threshold.value


def test_same_seed_same_bits_other_seed_others(quick: offbeat.Detector) -> None:
    table = framed(readings())

    assert same_bits(fitted(table).score(new_readings()), quick.score(new_readings()))
    assert not np.isclose(fitted(table, seed=1).score(new_readings()), quick.score(new_readings())).any()


def test_fitting_changes_no_row_of_the_table() -> None:
    rows = readings()
    rows.flags.writeable = False

    fitted(rows)

    assert same_bits(rows, readings())


def test_numbers_words_and_gaps_are_learned_from_together(pumps: offbeat.Detector) -> None:
    assert [(column.name, column.kind) for column in pumps.schema.columns[:4]] == [
        ("machine", "categorical"),
        ("mode", "categorical"),
        ("shift", "categorical"),
        ("ambient_temperature", "numeric"),
    ]
    assert "flow is missing" in pumps.preprocessor.feature_names
    assert "mode=(unseen)" in pumps.preprocessor.feature_names
    scores = pumps.score(mixed_rows(50, seed=4).table)
    assert scores.shape == (50,) and np.isfinite(scores).all() and (scores > 0).all()


@pytest.mark.parametrize("label", ["state", 4, -1, "-1"])
def test_only_normal_rows_are_learned_from_and_the_label_is_no_feature(label: str | int) -> None:
    table, is_bad = labelled()

    detector = fitted(table, label=label, normal="good")

    assert (detector.facts.rows, detector.facts.trained_on) == (65, 60)
    assert detector.schema.names == NAMES
    alone = fitted(table.filter(pl.Series(~is_bad)).drop("state"))
    assert same_bits(detector.score(new_readings()), alone.score(new_readings()))


def test_a_label_of_numbers_in_a_file_without_a_header(tmp_path: Path) -> None:
    table, is_bad = labelled()
    numbered = table.with_columns(pl.Series("state", np.where(is_bad, 2, 1)))
    numbered.write_csv(tmp_path / "bare.csv", include_header=False)

    detectors = [fitted(tmp_path / "bare.csv", label=-1, normal=normal) for normal in (1, "1", 1.0)]

    for detector in detectors:
        assert detector.facts.trained_on == 60
        assert detector.schema.names == ("C1", "C2", "C3", "C4")
        found = detector.detect(tmp_path / "bare.csv")
        assert found.labels is not None and found.labels.tolist() == is_bad.tolist()


@pytest.mark.parametrize(
    ("values", "normal"),
    [
        (("01", "02"), "01"),
        (("1e3", "x"), "1e3"),
        (("True", "no"), "True"),
        ((" ok", "bad"), "ok"),
        ((True, False), True),
        ((True, False), "true"),
        ((1.5, 2.0), 1.5),
    ],
)
def test_the_normal_value_is_found_as_it_is_written(values: tuple[object, object], normal: object) -> None:
    table, is_bad = labelled()
    states = pl.Series("state", [values[1] if bad else values[0] for bad in is_bad])

    assert fitted(table.with_columns(states), label="state", normal=normal).facts.trained_on == 60


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"label": "state"}, "which value of the label column 'state' is normal? It holds 'good', 'bad'. Say so with"),
        ({"label": "stat", "normal": "good"}, "there is no column 'stat'. Did you mean 'state'?"),
        ({"label": 9, "normal": "good"}, "there is no column 9; it has 5 columns"),
        (
            {"label": "state", "normal": "fine"},
            "The table: no row of the label column 'state' is 'fine'. It holds 'good', 'bad'. Choose one of these as",
        ),
        ({"normal": "good"}, "normal=... needs label=... (--label): the column that holds the labels."),
    ],
)
def test_a_label_that_cannot_be_used_is_refused_in_words(settings: dict[str, Any], words: str) -> None:
    with pytest.raises((DataError, SettingsError)) as error:
        fitted(labelled()[0], **settings)

    assert words in str(error.value)


def test_a_missing_label_is_named_by_its_row() -> None:
    table, _ = labelled()
    states = table["state"].to_list()
    states[12] = states[30] = None

    with pytest.raises(DataError) as error:
        fitted(table.with_columns(pl.Series("state", states)), label="state", normal="good")

    assert str(error.value) == (
        "The table: the label column 'state' is missing at row 12 (2 such rows). Fill these cells, or leave those rows "
        "out."
    )


SMALL_TABLES = {
    "one row": readings(1),
    "two rows": readings(2),
    "one column": readings(40)[:, :1],
    "one cell": readings(1)[:, :1],
    "constant": np.full((30, 4), 1.0),
    "all rows equal": np.repeat(readings(1), 30, axis=0),
}


@pytest.mark.parametrize("name", SMALL_TABLES)
@pytest.mark.parametrize("threshold", ["conformal", "mean+3std"])
def test_small_and_plain_tables_are_learned_from(name: str, threshold: str) -> None:
    rows = SMALL_TABLES[name]
    detector = fitted(rows, threshold=threshold, epochs=3)

    assert detector.facts.trained_on == len(rows)
    new = np.concatenate([rows[:1], rows[:1] + 1e6])
    scores, p_values = detector.score(new), detector.p_values(new)
    assert np.isfinite(scores).all() and scores[1] > scores[0] >= 0
    assert 0 < p_values[1] <= p_values[0] <= 1
    assert detector.detect(rows).flags.shape == (len(rows),)
    assert set(detector.reconstruct(rows)) == set(detector.schema.names)


def test_one_row_cannot_tell_how_far_is_too_far() -> None:
    found = fitted(readings(1), threshold="conformal", epochs=3).detect(readings(1) + 1e6)

    assert len(found) == 0
    assert found.note == (
        "Only 1 calibration row: too few for p-values at a false discovery rate of 0.05 over 1 row, and for a fitted "
        "tail, so no row can be flagged."
    )


def test_columns_without_a_value_in_the_normal_rows_do_no_harm() -> None:
    table, is_bad = labelled()
    gappy = table.with_columns(pl.Series("heat", np.where(is_bad, 1.0, np.nan)).fill_nan(None))

    detector = fitted(gappy, label="state", normal="good", epochs=3)

    assert np.isfinite(detector.score(gappy)).all()


@pytest.mark.parametrize(("rows", "trained_on"), [(299, 299), (300, 240)])
def test_few_rows_are_held_out_by_folds_and_many_by_a_share(rows: int, trained_on: int) -> None:
    detector = fitted(readings(rows), threshold="conformal", epochs=3)

    assert detector.facts.trained_on == trained_on
    assert detector.threshold.rows == {299: 299, 300: 60}[rows]
    assert detector.threshold.held_out
    normal = detector.p_values(readings(400, seed=5))
    assert 0.4 < normal.mean() < 0.6, "p-values of normal rows are spread evenly"


def test_held_out_rows_are_those_that_did_not_train() -> None:
    detector = fitted(readings(300), threshold="quantile:0.9", epochs=3)
    scores = np.sort(detector.score(readings(300)))

    assert detector.threshold.rows == 60
    assert np.isin(detector.threshold.calibration.scores, scores).all()
    assert detector.threshold.value == pytest.approx(np.quantile(detector.threshold.calibration.scores, 0.9))


def test_mean_plus_std_is_numpys_over_the_scores_of_all_rows() -> None:
    detector = fitted(threshold="mean+1std")
    scores = detector.score(readings())

    assert detector.facts.trained_on == 60
    assert detector.threshold.value == pytest.approx(np.mean(scores) + np.std(scores), rel=SUM_ORDER)
    assert "the network trained on these rows too" in detector.threshold.describe()


def test_without_calibration_all_rows_train_and_the_p_values_say_so() -> None:
    detector = fitted(readings(300), threshold="conformal", calibration=0, epochs=3)

    assert detector.facts.trained_on == detector.threshold.rows == 300
    assert not detector.threshold.held_out
    assert "the network trained on these rows too, so expect more false alarms" in detector.threshold.describe()


def test_the_best_cut_off_between_labelled_rows() -> None:
    table, is_bad = labelled()
    detector = fitted(table, label="state", normal="good", threshold="best-f1")

    assert detector.facts.trained_on == detector.threshold.rows == 60
    assert detector.detect(table).flags.tolist() == is_bad.tolist()


def test_without_anomalous_rows_there_is_no_best_cut_off_and_nothing_is_trained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no row is known to be anomalous"):
        fitted(threshold="best-f1", checkpoint=tmp_path / "state")

    assert list(tmp_path.iterdir()) == []


def test_a_share_of_the_rows_measures_the_loss() -> None:
    detector = fitted(validation=0.1, epochs=3)

    assert (detector.facts.trained_on, detector.facts.validated_on) == (54, 6)
    assert len(detector.history.validation_loss) == 3
    assert detector.settings.validation == 0.1


def test_another_table_measures_the_loss() -> None:
    detector = fitted(framed(readings()), validation=framed(readings(20, seed=5)).select(NAMES[::-1]), epochs=3)

    assert (detector.facts.trained_on, detector.facts.validated_on) == (60, 20)
    assert len(detector.history.validation_loss) == 3


@pytest.mark.parametrize("words", [False, True])
def test_a_validation_table_without_values_is_refused(words: bool) -> None:
    table, missing = framed(readings()), framed(np.full((4, 4), np.nan))
    if words:
        table = table.with_columns(valve=pl.Series(["open", "shut"] * 30))
        missing = missing.with_columns(valve=pl.lit(None, pl.String))

    with pytest.raises(
        DataError, match=r"not one row that is to measure the loss \(4 in all\) has a value in any column"
    ):
        fitted(table, validation=missing, epochs=1)
    one = missing.with_columns(flow=pl.Series([None, 50.0, None, None]))
    assert fitted(table, validation=one, epochs=1).facts.validated_on == 4


def test_a_labelled_validation_table_without_values_in_normal_rows_is_refused() -> None:
    table, _ = labelled()
    cells = [pl.when(pl.col("state") == "bad").then(name).alias(name) for name in NAMES]

    with pytest.raises(DataError, match=r"not one row that is to measure the loss \(60 in all\)"):
        fitted(table, label="state", normal="good", validation=table.with_columns(cells), epochs=1)


def test_of_a_labelled_validation_table_only_normal_rows_count() -> None:
    table, _ = labelled()

    plain = fitted(table, label="state", normal="good", validation=table.filter(pl.col("state") == "good"), epochs=3)
    mixed = fitted(table, label="state", normal="good", validation=table, epochs=3)

    assert mixed.facts.validated_on == 60
    assert mixed.history.validation_loss == plain.history.validation_loss


def test_a_share_and_a_table_for_validation_exclude_each_other() -> None:
    with pytest.raises(SettingsError) as error:
        fit_with(offbeat.Settings(validation=0.2), readings(), validation=readings(20))

    assert str(error.value) == (
        "The loss cannot be measured both on a share of the rows (validation=0.2) and on another table "
        "(--validation-table). Leave one of them out."
    )


def test_fractional_and_no_epochs() -> None:
    assert len(fitted(epochs=2.5).history) == 3
    untrained = fitted(epochs=0)
    assert len(untrained.history) == 0
    assert np.isfinite(untrained.score(new_readings())).all()


def test_kind_decides_what_rows_are(quick: offbeat.Detector) -> None:
    assert not quick.facts.curves
    assert fitted(kind="curves").facts.curves
    waves = np.sin(np.linspace(0, 6, 20) + np.linspace(0, 1, 30)[:, None])
    assert fitted(waves, epochs=3).facts.curves
    assert not fitted(waves, kind="rows", epochs=3).facts.curves


def test_words_are_no_curve() -> None:
    with pytest.raises(SettingsError) as error:
        fitted(mixed_rows(50).table, kind="curves")

    assert str(error.value) == (
        "kind='curves' (--kind curves) means that every column is a step of one series, but these hold categories: "
        "'machine', 'mode', 'shift'. Leave them out with ignore=... (--ignore), or take kind='rows'."
    )


def test_contradicting_settings_are_refused_before_training(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'dropout' does not apply to network='denoiser'"):
        offbeat.fit(readings(), dropout=0.5, progress="none", checkpoint=tmp_path / "state")

    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_is_a_file_is_refused_before_a_row_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="file is a file; a folder was expected"):
        offbeat.fit("nowhere.csv", checkpoint=tmp_path / "file")


def test_an_unknown_way_to_show_progress_is_refused_before_a_row_is_read() -> None:
    # In a process of its own: here the tests' type checks would be first.
    program = "import offbeat; offbeat.fit('nowhere.csv', progress='Lines')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "SettingsError: progress='Lines': one of 'auto', 'bar', 'lines', 'none' was expected." in ended.stderr


def test_numbers_of_numpy_are_numbers() -> None:
    rows = pl.DataFrame({"flow": np.random.default_rng(0).normal(size=60), "ok": [True] * 50 + [False] * 10})
    words = {"hidden": [1], "epochs": 1, "threshold": "mean+3std", "progress": "none", "label": "ok"}
    detector = offbeat.fit(rows, validation=np.float32(0.2), normal=np.True_, **words)
    assert (detector.facts.trained_on, detector.facts.validated_on) == (40, 10)


def test_progress_tells_of_the_folds_that_follow_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reporting, "SECONDS_BEFORE_SHOWING", 0.0)
    offbeat.fit(readings(), hidden=[2], epochs=2, progress="lines")
    lines = capsys.readouterr().err.splitlines()
    assert lines[-7].startswith("training: epoch 2 of 2, loss ")
    assert lines[-6:] == [f"threshold: {done} of 5 folds done" for done in range(6)]
