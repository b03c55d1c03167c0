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
# # Bad heartbeats among good ones: H2O's notebook, told with offbeat
#
# Twenty good heartbeats to learn from; the same twenty and three bad ones to look at; one heartbeat a row, 210 values
# each. Nobody says which three are bad: an autoencoder that has only seen good ones reconstructs the bad ones badly.
#
# The job is that of [H2O's notebook](https://github.com/Avkash/mldl/tree/master/notebook/h2o), in its order, without
# a server to start.

# %%
import matplotlib.pyplot as plt
import numpy as np

import offbeat
from offbeat.data import known_data, local_copy

# %% [markdown]
# ## The data
#
# `local_copy` downloads a public file once; `offbeat.read` takes a path, a URL or a data frame, and works out that
# these files have no header.

# %%
job = known_data("ecg-discord")
train = offbeat.read(local_copy(job.train))
test = offbeat.read(local_copy(job.test))
print(train, test, sep="\n")

# %%
print("columns:", *train.names[:3], "...", train.names[-1])

# %%
plt.plot(train.numbers(train.names).T, color="tab:blue", linewidth=0.8)
plt.title("Training data: 20 good heartbeats")
plt.show()

# %% [markdown]
# ## Training
#
# H2O's settings, and its defaults by name: ADADELTA, one row at a time, (x - mean) / (max - min). H2O's output is Tanh
# as well (`output_activation="tanh"`); a linear one finds the same beats.

# %%
detector = offbeat.fit(
    train,
    hidden=[50],
    activation="tanh",
    l1=1e-5,
    epochs=100,
    optimizer="adadelta",
    batch_size=1,
    scaling="normalize",
)

# %%
print(detector.describe())

# %%
detector.plot_loss()

# %% [markdown]
# ## Scores
#
# A row's score is the mean squared error of its reconstruction, H2O's `Reconstruction.MSE`. H2O gives rows 21, 22 and
# 20 (counted from 0) about 9.7, 7.4 and 2.8, and every other row less than 0.006.

# %%
found = detector.detect(test)
found.to_frame().sort("score", descending=True).head(6)

# %% [markdown]
# The error of every single value: what it adds to its row's score.

# %%
errors = detector.feature_errors(test)
for row in found.ranking[:4]:
    print(f"row {row}: score {errors[row].sum():.4f}, largest error at {test.names[errors[row].argmax()]}")

# %% [markdown]
# ## Which heartbeats are bad?
#
# The notebook's threshold, 1.0, was read off the ranking. Setting it trains nothing.

# %%
print("above 1.0:", sorted(detector.with_threshold(1.0).detect(test).rows.tolist()))

# %% [markdown]
# offbeat's own threshold needs no look at the test data. Each good heartbeat is scored by a network that has not seen
# it, which tells how high a good one may score. From there each row gets a p-value: how likely a good heartbeat is to
# score at least as high. Rows are flagged so that at most 5 % of the flags, on average, are false alarms.

# %%
print("anomalous:", sorted(found.rows.tolist()))
print("p-values: ", ", ".join(f"{p:.1e}" for p in found.p_values[sorted(found.rows)]))
print(found.note)

# %%
found.plot_scores()

# %% [markdown]
# ## The pictures
#
# All heartbeats of the test data, then the good ones with the bad ones over them.

# %%
plt.plot(test.numbers(test.names).T, color="tab:blue", linewidth=0.8)
plt.title("Test data: 23 heartbeats")
plt.show()

# %%
found.plot()

# %% [markdown]
# What came in and what the network made of it: the three bad heartbeats, and row 0, a good one.

# %%
found.plot_reconstructions([*found.rows, 0])

# %% [markdown]
# ## Why?

# %%
for explanation in found.explain():
    print(explanation)

# %% [markdown]
# ## Keep it
#
# One file, which executes nothing when it is loaded, and scores bit for bit as before; and the whole story as one
# HTML page.

# %%
path = detector.save("heartbeats.offbeat")
again = offbeat.load(path)
print(again)
print("same scores:", np.array_equal(again.score(test), found.scores))

# %%
print(found.report("heartbeats.html"))
