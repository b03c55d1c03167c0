"""Azureml takes a `Detector`; gives a directory from which Azure Machine Learning deploys it, and answers there."""
