"""Loads the YAML of an exported directory with azure-ai-ml's own loaders: `python azureml_loader.py DIRECTORY`.

Runs offline, in an environment that has azure-ai-ml; prints what the loaders understood as one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from azure.ai.ml import load_environment, load_job, load_online_deployment, load_online_endpoint

folder = Path(sys.argv[1])
environment = load_environment(folder / "environment.yml")
job = load_job(folder / "job.yml")
endpoint = load_online_endpoint(folder / "endpoint.yml")
deployment = load_online_deployment(folder / "deployment.yml")
told = {
    "environment": [environment.name, environment.image, environment.conda_file["dependencies"][-1]["pip"]],
    "job": [job.command, job.inputs["table"].type, job.outputs["detector"].type, job.environment],
    "endpoint": [endpoint.name, endpoint.auth_mode],
    "deployment": [deployment.name, deployment.endpoint_name, deployment.environment, deployment.instance_count],
    "scoring": [str(deployment.code_configuration.code), deployment.code_configuration.scoring_script],
    "model": str(deployment.model.path),
}
print(json.dumps(told))
