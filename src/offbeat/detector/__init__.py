"""Detector takes settings and a table; gives a `Detector`, and from it `Detections`."""
