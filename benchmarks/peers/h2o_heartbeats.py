"""The H2O notebook's job on the ECG discord heartbeats, and no more: python h2o_heartbeats.py TRAIN TEST PICTURE."""

import sys

from stopwatch import Stopwatch

stopwatch = Stopwatch()
train_path, test_path, picture = sys.argv[1:]

with stopwatch.step("import"):
    import h2o
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from h2o.estimators.deeplearning import H2OAutoEncoderEstimator

with stopwatch.step("init"):
    h2o.init()

with stopwatch.step("read"):
    train = h2o.import_file(train_path)
    test = h2o.import_file(test_path)

with stopwatch.step("train"):
    model = H2OAutoEncoderEstimator(activation="Tanh", hidden=[50], l1=1e-5, score_interval=0, epochs=100)
    model.train(x=train.names, training_frame=train)

with stopwatch.step("print"):
    print(model)

with stopwatch.step("score"):
    errors = model.anomaly(test).as_data_frame()["Reconstruction.MSE"]
    ranked = errors.sort_values(ascending=False)
    print(ranked)

with stopwatch.step("plot"):
    heartbeats = test.as_data_frame().to_numpy()
    bad = list(ranked.index[:3])
    figure, axes = plt.subplots()
    for row, heartbeat in enumerate(heartbeats):
        if row not in bad:
            axes.plot(heartbeat, color="blue")
    for row in bad:
        axes.plot(heartbeats[row], color="red")
    figure.savefig(picture)

stopwatch.report(
    bad_rows=[int(row) for row in bad],
    bad_errors=[float(ranked[row]) for row in bad],
    largest_good_error=float(ranked.iloc[3]),
    versions={"h2o": h2o.__version__},
)
