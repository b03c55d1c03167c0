"""The reader of Keras files takes a saved dense autoencoder; gives a `Detector`."""

from offbeat.integrations.keras.conversion import open_keras

__all__ = ["open_keras"]
