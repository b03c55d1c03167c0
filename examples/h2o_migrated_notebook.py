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
# # H2O's notebook with two lines changed
#
# The calls are those of H2O's own
# [notebook on heartbeats](https://github.com/h2oai/h2o-3/tree/master/examples/deeplearning/notebooks), in its order,
# with a few more of H2O's between them. Only the first two lines differ: they import `offbeat.h2o` in place of `h2o`.
# No Java and no server. What offbeat adds is at the end.

# %%
import offbeat.h2o as h2o
from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator

h2o.init()

# %%
# %matplotlib inline

import os

import matplotlib.pyplot as plt
import numpy as np

PATH = os.environ.get("OFFBEAT_DATA", "https://raw.githubusercontent.com/Avkash/mldl/master/data") + "/"

# %%
train_ecg = h2o.import_file(PATH + "ecg_discord_train.csv")
test_ecg = h2o.import_file(PATH + "ecg_discord_test.csv")

# %% [markdown]
# Twenty good heartbeats, one a row; and the same twenty followed by three bad ones.

# %%
train_ecg.shape

# %%
train_ecg.names[:3], test_ecg.nrows

# %%
# a heartbeat is a row, pandas draws columns
train_ecg.as_data_frame().T.plot(legend=False, title="ECG Train Data", color="blue")

# %% [markdown]
# ## Training

# %%
model = H2OAutoEncoderEstimator(
    activation="Tanh",
    hidden=[50],
    l1=1e-5,
    score_interval=0,
    epochs=100,
)
model.train(x=train_ecg.names, training_frame=train_ecg, validation_frame=test_ecg)

# %%
model

# %%
print(model)

# %% [markdown]
# ## The reconstruction error of each heartbeat

# %%
reconstruction_error = model.anomaly(test_ecg)
reconstruction_error

# %%
df = reconstruction_error.as_data_frame()

# %%
df["Rank"] = df["Reconstruction.MSE"].rank(ascending=False)

# %%
df_sorted = df.sort_values("Rank")
df_sorted

# %%
anomalies = df_sorted[df_sorted["Reconstruction.MSE"] > 1.0]
anomalies

# %% [markdown]
# The squared error of every value of a heartbeat: its mean is the error above.

# %%
per_feature = model.anomaly(test_ecg, per_feature=True)
each = per_feature.as_data_frame()
each.iloc[anomalies.index, :4]

# %%
bool(np.abs(each.mean(axis=1) - df["Reconstruction.MSE"]).max() < 1e-7)

# %% [markdown]
# ## Good and bad heartbeats

# %%
data = test_ecg.as_data_frame()

# %%
data.T.plot(legend=False, title="ECG Test Data", color="blue")

# %%
data.drop(anomalies.index).T.plot(legend=False, title="ECG Test Data without the anomalies", color="blue")

# %%
ax = data.T.plot(legend=False, color="blue")
data.T[anomalies.index].plot(legend=False, title="ECG Anomalies in the Data", color="red", ax=ax)

# %%
reconstructed = model.predict(test_ecg).as_data_frame()
worst = anomalies.index[0]
plt.plot(data.loc[worst].to_numpy(), color="red", label=f"row {worst}")
plt.plot(reconstructed.loc[worst].to_numpy(), color="blue", label="its reconstruction")
plt.xlabel("position in the heartbeat")
plt.ylabel("value")
plt.legend()
plt.title("The worst heartbeat, and what the network made of it")

# %% [markdown]
# ## What H2O does not have
#
# A threshold set by a rule on the good rows, flags, a sentence for each, and a file for any place that runs Python, or
# none.

# %%
model.detect(test_ecg).rows.tolist()

# %%
for explanation in model.explain(test_ecg):
    print(explanation)

# %%
model.detector.save("heartbeats.offbeat")
