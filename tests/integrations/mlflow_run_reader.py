"""Reads the run that was copied to an MLflow server with MLflow's own client: `python mlflow_run_reader.py URI FOLDER`.

Runs in an environment that has MLflow; prints one JSON object, and puts the artifacts into the folder.
"""

from __future__ import annotations

import json
import sys

from mlflow.artifacts import download_artifacts
from mlflow.tracking import MlflowClient

uri, folder = sys.argv[1:3]
client = MlflowClient(tracking_uri=uri, registry_uri=uri)
(experiment,) = [found for found in client.search_experiments() if found.name == "offbeat"]
runs = client.search_runs([experiment.experiment_id])
run = runs[0]
told = {
    "runs": len(runs),
    "id": run.info.run_id,
    "name": run.info.run_name,
    "status": run.info.status,
    "began": run.info.start_time,
    "parameters": run.data.params,
    "metrics": run.data.metrics,
    "tags": run.data.tags,
    "losses": [[metric.step, metric.value] for metric in client.get_metric_history(run.info.run_id, "loss")],
    "versions": [[int(v.version), v.run_id] for v in client.search_model_versions("name = 'pumps'")],
    "files": download_artifacts(run_id=run.info.run_id, tracking_uri=uri, dst_path=folder),
}
print(json.dumps(told))
