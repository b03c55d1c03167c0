"""Trains and scores what a file of jobs asks for, with H2O or with offbeat.h2o: python h2o_answers.py LIBRARY JOBS OUT.

The same script runs on both sides; the library's name is the only difference. JOBS is a JSON list of objects: `name`,
`train` and `test` (CSV), `settings` of the estimator, `runs` (trainings), `scorings` (calls of anomaly, after one that
is not counted). OUT gets one answer a job: training error, scores of the test rows, seconds.
"""

import importlib
import json
import sys
import time
from pathlib import Path

library, jobs, out = sys.argv[1:]
h2o = importlib.import_module(library)
estimators = importlib.import_module(f"{library}.estimators.deeplearning")
h2o.init()
h2o.no_progress()


def timed(call, *arguments, **named):
    """What a call gives, and its seconds."""
    start = time.perf_counter()
    given = call(*arguments, **named)
    return given, time.perf_counter() - start


def answer(job):
    """One job's errors, scores and seconds."""
    train, test = frame(job["train"]), frame(job["test"])
    training = []
    for _ in range(job.get("runs", 1)):
        model = estimators.H2OAutoEncoderEstimator(**job["settings"])
        training.append(timed(model.train, x=train.names, training_frame=train)[1])
    scored, _ = timed(model.anomaly, test)
    scoring = [timed(model.anomaly, test)[1] for _ in range(job.get("scorings", 0))]
    scores = scored.as_data_frame()["Reconstruction.MSE"].tolist()
    print(job["name"], *(f"{seconds:.2f}" for seconds in training), "s", flush=True)
    return {"name": job["name"], "mse": model.mse(), "scores": scores, "training": training, "scoring": scoring}


def frame(path, read={}):  # noqa: B006 -- a file is read once
    """The frame of a file."""
    return read[path] if path in read else read.setdefault(path, h2o.import_file(path))


Path(out).write_text(json.dumps([answer(job) for job in json.loads(Path(jobs).read_text())]))
h2o.cluster().shutdown()
