"""ONNX takes a `Detector`; gives one file that onnxruntime scores raw columns with, and a scorer for it."""

# Nothing is imported here: the scorer must stand where there is neither JAX nor polars.
