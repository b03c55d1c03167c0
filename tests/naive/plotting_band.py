"""Quantiles of curves at each position, by sorting one column after the other."""

import math


def quantile_band(curves, quantiles):
    band = []
    for quantile in quantiles:
        line = []
        for position in range(len(curves[0])):
            values = sorted(curve[position] for curve in curves if math.isfinite(curve[position]))
            line.append(values[math.floor(quantile * (len(values) - 1) + 0.5)] if values else math.nan)
        band.append(line)
    return band
