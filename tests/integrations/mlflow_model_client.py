"""Loads an exported directory with MLflow's own loader, `python mlflow_model_client.py MODEL TABLE ANSWERS`.

Runs in an environment that has MLflow; writes what the model says of the table, and of tables that it must refuse.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import mlflow
import pandas as pd

model = mlflow.pyfunc.load_model(sys.argv[1])
table = pd.read_csv(sys.argv[2])
found = model.predict(table)


def refusal(wrong: pd.DataFrame) -> str:
    try:
        model.predict(wrong)
    except Exception as error:
        return str(error)
    return "not refused"


answers = {
    "mlflow": mlflow.__version__,
    "answers": found.to_dict(orient="list"),
    "kinds": found.dtypes.astype(str).to_dict(),
    "index": model.predict(table.set_index(table.index + 100)).index.tolist(),
    "inputs": model.metadata.get_input_schema().input_names(),
    "lacking": refusal(table.drop(columns=table.columns[0])),
    "words": refusal(table.astype({table.columns[0]: str}).assign(**{table.columns[0]: "many"})),
}
Path(sys.argv[3]).write_text(json.dumps(answers))
