"""Evaluation takes scores, flags and labels; gives a `Report` of metrics with intervals."""
