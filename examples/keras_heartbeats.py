# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Anomalous ECGs: the Keras tutorial, told with offbeat
#
# 5,000 labelled heartbeats of 140 values, the label in the last column: 1 for a normal rhythm. An autoencoder learns
# from normal heartbeats only; a heartbeat that it reconstructs badly is called anomalous.
#
# The first part does what the [tutorial](https://www.tensorflow.org/tutorials/generative/autoencoder) does, in its
# order and with its settings. The second part shows what offbeat adds.

# %%
import matplotlib.pyplot as plt
import numpy as np

import offbeat
from offbeat.data import known_data, local_copy, train_test_rows
from offbeat.plotting import draw_scores

# %% [markdown]
# ## The data
#
# `local_copy` downloads the public file once. The split is scikit-learn's `train_test_split` with `random_state=21`.

# %%
heartbeats = offbeat.read(local_copy(known_data("ecg5000").train))
train_rows, test_rows = train_test_rows(heartbeats.height, 0.2, seed=21)
train, test = heartbeats.take(train_rows), heartbeats.take(test_rows)
print(heartbeats)
print(f"{train.height:,} to learn from, {test.height:,} to test on")

# %%
is_normal = train.column(-1).to_numpy() == 1
print(f"{is_normal.sum():,} of the training rows are normal")

# %% [markdown]
# A normal ECG and an anomalous one.

# %%
curves = train.numbers(train.names[:-1])
plt.plot(curves[is_normal][0])
plt.title("A normal ECG")
plt.show()

# %%
plt.plot(curves[~is_normal][0])
plt.title("An anomalous ECG")
plt.show()

# %% [markdown]
# ## Training
#
# With `label` and `normal`, scaling and network learn from the normal training rows, and the validation loss is that
# of the normal test rows. The tutorial scales by all training rows and validates on all test rows, so its validation
# loss is higher.

# %%
tutorial = offbeat.fit(
    train,
    label=-1,
    normal=1,
    validation=test,
    scaling="minmax-global",
    hidden=[32, 16, 8, 16, 32],
    activation="relu",
    output_activation="sigmoid",
    loss="absolute",
    optimizer="adam",
    epochs=20,
    batch_size=512,
    threshold="mean+1std",
)

# %%
tutorial.plot_loss()

# %% [markdown]
# ## Reconstructions
#
# A normal heartbeat of the test rows, and an anomalous one.

# %%
found = tutorial.detect(test)
normal_row, anomalous_row = np.flatnonzero(~found.labels)[0], np.flatnonzero(found.labels)[0]
found.plot_reconstructions([normal_row])

# %%
found.plot_reconstructions([anomalous_row])

# %% [markdown]
# ## Detecting anomalies
#
# A row's score is the mean absolute error of its reconstruction. First that of the normal training rows.

# %%
draw_scores(tutorial.score(train.take(is_normal)), tutorial.threshold.value, score_name="mean absolute error")

# %% [markdown]
# The tutorial's threshold is one standard deviation above their mean.

# %%
print(f"threshold {tutorial.threshold.value:.4f}")

# %% [markdown]
# Most anomalous test rows are above it.

# %%
draw_scores(found.scores[found.labels], found.threshold, score_name="mean absolute error")

# %% [markdown]
# Accuracy, precision and recall. The tutorial prints those of the normal class (about 0.95, 0.99 and 0.92); here are
# both classes, and how far chance alone could have moved the figures.

# %%
print(found.metrics)

# %% [markdown]
# ## What offbeat adds
#
# ### A better detector, without settings
#
# Unless a network is named, offbeat trains a wide denoiser, and scores by its whitened residual together with the
# distance to the nearest training rows.

# %%
detector = offbeat.fit(train, label=-1, normal=1)
better = detector.detect(test)

# %%
for name, detections in {"tutorial": found, "default": better}.items():
    metrics, table = detections.metrics, detections.metrics.confusion
    print(f"{name:8}  accuracy {metrics.accuracy:.3f}  ROC AUC {metrics.roc_auc:.3f}", end="  ")
    print(f"false alarms {table.normal_flagged:2}  missed {table.anomalous_missed}")

# %%
better.plot_scores()

# %% [markdown]
# ### A threshold with a promise
#
# A fifth of the normal training rows was held out. They tell each row's p-value: how likely a normal heartbeat is to
# score at least as high. The rows to flag are chosen so that the share of false alarms among them stays, on average,
# below the stated rate. Changing the rate trains nothing.

# %%
for rate in (0.2, 0.1, 0.05, 0.02):
    flagged = detector.with_threshold("conformal", fdr=rate).detect(test)
    false_alarms = 1 - flagged.metrics.anomalous.precision
    print(f"stated {rate:.2f}: {len(flagged)} flagged, share of false alarms {false_alarms:.3f}")

# %% [markdown]
# ### Reasons

# %%
better.plot()

# %%
for explanation in better.explain(better.rows[:3]):
    print(explanation)

# %% [markdown]
# ### Something to keep
#
# One file, which executes nothing when it is loaded, and scores bit for bit as before; and the whole story as one
# HTML page.

# %%
path = detector.save("ecg5000.offbeat")
again = offbeat.load(path)
print(again)
print("same scores:", np.array_equal(again.score(test), better.scores))

# %%
print(better.report("ecg5000.html"))
