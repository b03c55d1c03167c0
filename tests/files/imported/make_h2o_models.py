"""Trains autoencoders in H2O and writes them as MOJOs, with H2O's own answers: `python make_h2o_models.py`.

Needs Java and `pip install h2o==3.46.0.6 pandas`; later versions refuse to export. What it wrote stays as it is.

- `pumps.csv`, `codes.csv`: rows to score, with missing cells, levels and values that training did not show;
- `NAME.zip`: the model;
- `NAME.json`: what H2O answers for them, column by column.
"""

from __future__ import annotations

import json
from pathlib import Path

import h2o
import numpy as np
import pandas as pd
from h2o.estimators import H2OAutoEncoderEstimator

FOLDER = Path(__file__).resolve().parent
ROWS, NEW_ROWS = 200, 12
TYPES = {
    "pressure": "real",
    "flow": "real",
    "cycles": "int",
    "valve": "enum",
    "pump": "enum",
    "state": "enum",
    "code": "enum",
    "tested": "enum",
}
MODELS = {
    "tanh-dropout": {
        "activation": "TanhWithDropout",
        "hidden": [6, 3, 6],
        "hidden_dropout_ratios": [0.2, 0.1, 0.3],
        "input_dropout_ratio": 0.1,
    },
    "rectifier-raw": {"activation": "Rectifier", "hidden": [5], "standardize": False, "l2": 0.1},
    "exp-rectifier": {"activation": "ExpRectifier", "hidden": [4, 3]},
    "only-categories": {"activation": "Tanh", "hidden": [3], "x": ["valve", "pump", "state", "code", "tested"]},
    "label-encoder": {"activation": "Tanh", "hidden": [4], "categorical_encoding": "LabelEncoder"},
    "binary": {"activation": "RectifierWithDropout", "hidden": [4, 3], "categorical_encoding": "Binary"},
}
CODES = {"flow": "real", "postcode": "enum", "folder": "enum", "back\\slash": "real"}
CODED_MODELS = {
    "own-numbers": {
        "activation": "Tanh",
        "hidden": [3],
        "categorical_encoding": "LabelEncoder",
        "x": ["flow", "postcode"],
    },
    "backslashes": {"activation": "Tanh", "hidden": [3], "categorical_encoding": "Binary"},
}


def pumps(rows: int, seed: int) -> pd.DataFrame:
    """A mixed table: two categories with equally many levels, codes with gaps, truth values, quotes and commas."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "pressure": random.normal(3, 0.4, rows),
            "flow": random.exponential(1e-3, rows),
            "cycles": random.integers(0, 1000, rows),
            "valve": random.choice(["open", "shut"], rows),
            "pump": random.choice(["A", "B, old", 'C "new"'], rows),
            "state": random.choice(["idle", "run"], rows),
            "code": random.integers(1, 5, rows),
            "tested": random.choice([True, False], rows),
        }
    )
    for column in ("pressure", "cycles", "valve", "code"):
        table.loc[random.choice(rows, rows // 8, replace=False), column] = None
    return table


def codes(rows: int, seed: int) -> pd.DataFrame:
    """Levels that are whole numbers, and levels and a name with backslashes."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "flow": random.normal(3, 0.4, rows),
            "postcode": random.choice(["10115", "20095", "80331", "1067"], rows),
            "folder": random.choice(["C:\\new", "C:\\old", "D:\\x"], rows),
            "back\\slash": random.normal(0, 1, rows),
        }
    )
    table.loc[random.choice(rows, rows // 8, replace=False), "postcode"] = None
    return table


def main() -> None:
    """Write all of it."""
    h2o.init(max_mem_size="1g")
    h2o.no_progress()
    new = pumps(NEW_ROWS, seed=2)
    new.loc[0, "pump"], new.loc[1, "state"], new.loc[2, "pressure"] = "D", "stuck", 9.0
    write("pumps.csv", pumps(ROWS, seed=1), new, TYPES, MODELS)
    new = codes(NEW_ROWS, seed=2)
    new.loc[1, "postcode"] = "99999"
    write("codes.csv", codes(ROWS, seed=1), new, CODES, CODED_MODELS)
    h2o.cluster().shutdown()


def write(file: str, learned: pd.DataFrame, new: pd.DataFrame, types: dict[str, str], models: dict[str, dict]) -> None:
    """Models of one table, the rows that they score, and H2O's answers."""
    new.to_csv(FOLDER / file, index=False)
    learned.to_csv(FOLDER / "train.csv", index=False)
    train, rows = (h2o.import_file(str(FOLDER / name), header=1, col_types=types) for name in ("train.csv", file))
    for name, wanted in models.items():
        settings = dict(wanted)
        activation, x = settings.pop("activation"), settings.pop("x", list(types))
        model = H2OAutoEncoderEstimator(epochs=3, seed=1, reproducible=True, **settings)
        model._parms["activation"] = activation  # the client does not know ExpRectifier; the server does
        model.train(x=x, training_frame=train)
        model.download_mojo(str(FOLDER / f"{name}.zip"))
        answers = {
            "anomaly": model.anomaly(rows),
            "anomaly_per_feature": model.anomaly(rows, per_feature=True),
            "predict": model.predict(rows),
        }
        for layer in range(len(settings["hidden"])):
            answers[f"deep_features {layer}"] = model.deepfeatures(rows, layer)
        record = {key: _columns(frame) for key, frame in answers.items()}
        (FOLDER / f"{name}.json").write_text(json.dumps({"mse": model.mse(), **record}) + "\n")
    (FOLDER / "train.csv").unlink()


def _columns(frame: h2o.H2OFrame) -> dict[str, list[float]]:
    """By the frame's own names: its way to pandas, through CSV, spoils those with quotes."""
    values = frame.as_data_frame().to_numpy(dtype=float)
    return {name: values[:, place].tolist() for place, name in enumerate(frame.columns)}


if __name__ == "__main__":
    main()
