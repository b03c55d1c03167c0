"""The notebooks run from top to bottom, find what they say they find, and show all their pictures."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from pathlib import Path

import jupytext
import pytest
from executed_notebook import Cell, execute
from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.py"))
MOST_LINES_A_CELL = 16
# "On average" leaves room for chance: 420 true flags, give or take.
CHANCE = 0.02

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each notebook runs and writes, in a folder of its name."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def h2o(notebooks: Path, real_data: Path) -> list[Cell]:
    return executed("h2o_heartbeats", notebooks, real_data)


@pytest.fixture(scope="module")
def migrated(notebooks: Path, real_data: Path) -> list[Cell]:
    return executed("h2o_migrated_notebook", notebooks, real_data)


@pytest.fixture(scope="module")
def keras(notebooks: Path, real_data: Path) -> list[Cell]:
    return executed("keras_heartbeats", notebooks, real_data)


def executed(name: str, notebooks: Path, data: Path) -> list[Cell]:
    """The cells of a notebook that ran in a folder of its name."""
    folder = notebooks / name
    folder.mkdir()
    return execute(EXAMPLES / f"{name}.py", folder, data)


def text_of(cells: Sequence[Cell], code: str) -> str:
    """What the one cell with this code gave."""
    (cell,) = [cell for cell in cells if code in cell.source]
    return cell.text


def numbers_in(text: str, pattern: str) -> list[tuple[float, ...]]:
    """The numbers that a pattern's groups find, one tuple a place."""
    return [tuple(float(number) for number in match.groups()) for match in re.finditer(pattern, text)]


def require_pictures(cells: Sequence[Cell], calls: Sequence[str]) -> None:
    """Exactly these calls, in this order, show one picture each, and not an empty one."""
    shown = [cell for cell in cells if cell.pictures]
    for cell, call in zip(shown, calls, strict=True):
        assert call in cell.source
        (picture,) = cell.pictures
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        assert min(image.size) > 300
        colours = image.getcolors(image.width * image.height)
        assert colours is not None and len(colours) > 20


def require_silence(cells: Sequence[Cell]) -> None:
    """Nothing stands in red below a cell but the progress of a long training."""
    lines = [line for cell in cells for line in cell.warnings.splitlines()]
    assert [line for line in lines if not line.startswith(("training: epoch ", "threshold: "))] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_as_text_in_small_cells(path: Path) -> None:
    notebook = jupytext.read(path)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.cells[0].source.startswith("# ")
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert max(len(source.splitlines()) for source in code) <= MOST_LINES_A_CELL


def test_the_h2o_notebook_finds_the_three_bad_heartbeats(h2o: list[Cell]) -> None:
    assert "(ecg_discord_test.csv: 23 rows x 210 columns)" in text_of(h2o, "print(train, test")
    assert text_of(h2o, "with_threshold(1.0)") == "above 1.0: [20, 21, 22]\n"
    found = text_of(h2o, 'print("anomalous:"')
    assert found.startswith("anomalous: [20, 21, 22]\n")
    assert all(p < 0.01 for (p,) in numbers_in(found, r"(\d\.\de-\d+)"))
    # So few calibration rows are worth a word.
    assert "Only 20 calibration rows" in found


def test_the_h2o_notebook_scores_as_h2o_does(h2o: list[Cell]) -> None:
    scores = numbers_in(text_of(h2o, "detector.feature_errors(test)"), r"row (\d+): score ([\d.]+)")
    assert [int(row) for row, _ in scores[:3]] == [21, 22, 20]
    (_, first), (_, second), (_, third), (_, best_good) = scores
    assert 8.5 <= first <= 10.5
    assert 6.4 <= second <= 8.1
    assert 2.3 <= third <= 3.1
    assert best_good < 0.01
    ranked = text_of(h2o, "found.to_frame()")
    assert [row for row, _ in numbers_in(ranked, r"│ (\d+) +┆ ([\d.]+)")][:3] == [21, 22, 20]


def test_the_h2o_notebook_describes_and_explains(h2o: list[Cell]) -> None:
    described = text_of(h2o, "detector.describe()")
    assert "Network: dense, 21,260 parameters" in described
    assert "100 epochs" in described
    reasons = text_of(h2o, "found.explain()").splitlines()
    assert [reason.split(" scores ")[0] for reason in reasons] == ["Row 21", "Row 22", "Row 20"]


def test_the_h2o_notebook_shows_its_pictures(h2o: list[Cell]) -> None:
    calls = [
        '"Training data: 20 good heartbeats"',
        "detector.plot_loss()",
        "found.plot_scores()",
        '"Test data: 23 heartbeats"',
        "found.plot()",
        "found.plot_reconstructions([*found.rows, 0])",
    ]
    require_pictures(h2o, calls)
    require_silence(h2o)


def test_the_h2o_notebook_keeps_what_it_found(h2o: list[Cell], notebooks: Path) -> None:
    assert "same scores: True" in text_of(h2o, "offbeat.load(")
    assert "ecg_discord_test.csv" in (notebooks / "h2o_heartbeats" / "heartbeats.html").read_text(encoding="utf-8")


def test_the_migrated_notebook_changes_two_lines_only() -> None:
    source = (EXAMPLES / "h2o_migrated_notebook.py").read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if "offbeat" in line and "import" in line and line[0] != "#"]
    assert imports == [
        "import offbeat.h2o as h2o",
        "from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator",
    ]


def test_the_migrated_notebook_scores_as_h2o_does(migrated: list[Cell]) -> None:
    assert text_of(migrated, "train_ecg.shape") == "(20, 210)"
    ranked = numbers_in(text_of(migrated, "df_sorted = "), r"(?m)^(\d+) +([\d.]+) +[\d.]+$")
    assert [int(row) for row, _ in ranked[:3]] == [21, 22, 20]
    (_, first), (_, second), (_, third), (_, best_good) = ranked[:4]
    assert 8.5 <= first <= 10.5
    assert 6.4 <= second <= 8.1
    assert 2.3 <= third <= 3.1
    assert best_good < 0.01
    above = numbers_in(text_of(migrated, "anomalies = df_sorted"), r"(?m)^(\d+) +[\d.]+ +[\d.]+$")
    assert [int(row) for (row,) in above] == [21, 22, 20]


def test_the_migrated_notebook_prints_what_h2o_prints(migrated: list[Cell]) -> None:
    printed = text_of(migrated, "print(model)")
    for words in ("Status of Neuron Layers", "ModelMetricsAutoEncoder", "Scoring History", "validation_mse"):
        assert words in printed
    each = text_of(migrated, "per_feature=True")
    assert [name for name in ("reconstr_C1.SE", "reconstr_C4.SE") if name in each] == [
        "reconstr_C1.SE",
        "reconstr_C4.SE",
    ]
    assert text_of(migrated, "np.abs(each.mean(axis=1)") == "True"


def test_the_migrated_notebook_shows_its_pictures(migrated: list[Cell]) -> None:
    calls = [
        'title="ECG Train Data"',
        'title="ECG Test Data"',
        "data.drop(anomalies.index)",
        'title="ECG Anomalies in the Data"',
        "reconstructed.loc[worst]",
    ]
    require_pictures(migrated, calls)
    require_silence(migrated)


def test_the_migrated_notebook_adds_flags_reasons_and_a_file(migrated: list[Cell], notebooks: Path) -> None:
    assert sorted(json.loads(text_of(migrated, "model.detect(test_ecg)"))) == [20, 21, 22]
    reasons = text_of(migrated, "model.explain(test_ecg)").splitlines()
    assert [reason.split(" scores ")[0] for reason in reasons] == ["Row 21", "Row 22", "Row 20"]
    assert (notebooks / "h2o_migrated_notebook" / "heartbeats.offbeat").exists()


def test_the_keras_notebook_is_as_good_as_the_tutorial(keras: list[Cell]) -> None:
    assert "4,000 to learn from, 1,000 to test on" in text_of(keras, "train_test_rows(heartbeats.height")
    assert text_of(keras, 'print(f"threshold').startswith("threshold 0.0")
    metrics = dict(re.findall(r"^([a-zA-Z ]+?) +(0\.\d+) +0\.", text_of(keras, "print(found.metrics)"), re.MULTILINE))
    assert float(metrics["accuracy"]) >= 0.94
    assert float(metrics["normal precision"]) >= 0.985
    assert float(metrics["normal recall"]) >= 0.90


def test_the_keras_notebook_shows_a_better_detector(keras: list[Cell]) -> None:
    compared = text_of(keras, "for name, detections in")
    ((accuracy, area),) = numbers_in(compared, r"default +accuracy ([\d.]+) +ROC AUC ([\d.]+)")
    assert accuracy >= 0.965
    assert area >= 0.985


def test_the_keras_notebook_keeps_its_promise_of_few_false_alarms(keras: list[Cell]) -> None:
    rates = numbers_in(text_of(keras, "for rate in"), r"stated ([\d.]+): \d+ flagged, share of false alarms ([\d.]+)")
    assert [stated for stated, _ in rates] == [0.2, 0.1, 0.05, 0.02]
    for stated, observed in rates:
        assert observed <= stated + CHANCE


def test_the_keras_notebook_shows_its_pictures(keras: list[Cell]) -> None:
    calls = [
        '"A normal ECG"',
        '"An anomalous ECG"',
        "tutorial.plot_loss()",
        "found.plot_reconstructions([normal_row])",
        "found.plot_reconstructions([anomalous_row])",
        "draw_scores(tutorial.score(",
        "draw_scores(found.scores[found.labels]",
        "better.plot_scores()",
        "better.plot()",
    ]
    require_pictures(keras, calls)
    require_silence(keras)


def test_the_keras_notebook_explains_and_keeps_what_it_found(keras: list[Cell], notebooks: Path) -> None:
    reasons = text_of(keras, "better.explain(").splitlines()
    assert len(reasons) == 3
    assert all(re.match(r"Row \d+ scores .* times the threshold .* was expected", reason) for reason in reasons)
    assert "same scores: True" in text_of(keras, "offbeat.load(")
    assert "ecg5000.csv" in (notebooks / "keras_heartbeats" / "ecg5000.html").read_text(encoding="utf-8")
