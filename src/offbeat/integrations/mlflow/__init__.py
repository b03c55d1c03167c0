"""Mlflow takes a `Detector` or a recorded run; gives a directory that MLflow serves, or a run on an MLflow server."""
