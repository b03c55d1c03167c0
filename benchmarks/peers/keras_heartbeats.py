"""The Keras tutorial's job on ECG5000, and no more: python keras_heartbeats.py DATA FOLDER_FOR_PICTURES."""

import sys
from pathlib import Path

from stopwatch import Stopwatch

stopwatch = Stopwatch()
data_path, folder = sys.argv[1], Path(sys.argv[2])

with stopwatch.step("import"):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np
    import pandas as pd
    import tensorflow as tf
    from sklearn.metrics import accuracy_score, precision_score, recall_score
    from sklearn.model_selection import train_test_split
    from tensorflow.keras import Model, Sequential, layers

with stopwatch.step("read"):
    table = pd.read_csv(data_path, header=None).values
    heartbeats, labels = table[:, :-1], table[:, -1]
    train, test, train_labels, test_labels = train_test_split(heartbeats, labels, test_size=0.2, random_state=21)

with stopwatch.step("scale"):
    low, high = tf.reduce_min(train), tf.reduce_max(train)
    train = tf.cast((train - low) / (high - low), tf.float32)
    test = tf.cast((test - low) / (high - low), tf.float32)
    train_labels, test_labels = train_labels.astype(bool), test_labels.astype(bool)
    normal_train, normal_test = train[train_labels], test[test_labels]
    anomalous_train, anomalous_test = train[~train_labels], test[~test_labels]


class AnomalyDetector(Model):
    """The tutorial's network: 140-32-16-8-16-32-140."""

    def __init__(self) -> None:
        """Build the encoder and the decoder."""
        super().__init__()
        self.encoder = Sequential([layers.Dense(units, activation="relu") for units in (32, 16, 8)])
        decoding = [layers.Dense(units, activation="relu") for units in (16, 32)]
        self.decoder = Sequential([*decoding, layers.Dense(140, activation="sigmoid")])

    def call(self, heartbeats: tf.Tensor) -> tf.Tensor:
        """Return the reconstruction of the heartbeats."""
        return self.decoder(self.encoder(heartbeats))


def save(name: str) -> None:
    """Write the current figure, where the notebook shows it."""
    plt.savefig(folder / f"{name}.png")
    plt.close()


def plot_heartbeat(heartbeat: tf.Tensor, name: str) -> None:
    """Draw one heartbeat."""
    plt.grid()
    plt.plot(np.arange(140), heartbeat)
    plt.title(name)
    save(name)


def plot_reconstruction(heartbeats: tf.Tensor, name: str) -> None:
    """Draw the first heartbeat, its reconstruction and the error between them, filled."""
    decoded = model.decoder(model.encoder(heartbeats).numpy()).numpy()
    plt.plot(heartbeats[0], "b")
    plt.plot(decoded[0], "r")
    plt.fill_between(np.arange(140), decoded[0], heartbeats[0], color="lightcoral")
    plt.legend(labels=["Input", "Reconstruction", "Error"])
    save(name)


def plot_losses(losses: tf.Tensor, name: str) -> None:
    """Draw the histogram of the losses."""
    # The tutorial passes losses[None, :], which today's matplotlib takes for one histogram a heartbeat: two minutes.
    plt.hist(losses.numpy(), bins=50)
    plt.xlabel(name)
    plt.ylabel("No of examples")
    save(name)


with stopwatch.step("plot"):
    plot_heartbeat(normal_train[0], "A normal ECG")
    plot_heartbeat(anomalous_train[0], "An anomalous ECG")

with stopwatch.step("build"):
    model = AnomalyDetector()
    model.compile(optimizer="adam", loss="mae")

with stopwatch.step("train"):
    history = model.fit(
        normal_train, normal_train, epochs=20, batch_size=512, validation_data=(test, test), shuffle=True
    )

with stopwatch.step("plot"):
    plt.plot(history.history["loss"], label="Training loss")
    plt.plot(history.history["val_loss"], label="Validation loss")
    plt.legend()
    save("losses")
    plot_reconstruction(normal_test, "normal reconstruction")
    plot_reconstruction(anomalous_test, "anomalous reconstruction")

with stopwatch.step("score"):
    train_losses = tf.keras.losses.mae(model.predict(normal_train), normal_train)
    threshold = np.mean(train_losses) + np.std(train_losses)
    anomalous_losses = tf.keras.losses.mae(model.predict(anomalous_test), anomalous_test)

with stopwatch.step("plot"):
    plot_losses(train_losses, "Train loss")
    plot_losses(anomalous_losses, "Test loss")

with stopwatch.step("score"):
    normal = tf.math.less(tf.keras.losses.mae(model(test), test), threshold)
    accuracy = accuracy_score(test_labels, normal)
    precision = precision_score(test_labels, normal)
    recall = recall_score(test_labels, normal)

stopwatch.report(
    accuracy=float(accuracy),
    normal_precision=float(precision),
    normal_recall=float(recall),
    versions={"tensorflow": tf.__version__, "keras": tf.keras.__version__},
)
