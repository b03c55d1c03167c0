"""Mixed rows that the project makes itself: readings of three pumps, numbers and words that depend on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from offbeat.data.injection import ANOMALIES, inject
from offbeat.data.table import Table
from offbeat.errors import SettingsError

_MACHINES = ("booster", "feed", "transfer")
_RATED_SPEED = np.array([1450.0, 2950.0, 980.0])  # revolutions a minute: motors of 4, 2 and 6 poles
_RATED_FLOW = np.array([40.0, 24.0, 90.0])  # m3/h with the valve open
_SHUTOFF_PRESSURE = np.array([3.4, 6.5, 2.2])  # bar with the valve closed
_MODES = ("boost", "idle", "run")
_MODE_SHARES = (0.15, 0.25, 0.60)
_LOWEST_SPEED = np.array([1.05, 0.35, 0.80])  # of the rated speed
_HIGHEST_SPEED = np.array([1.12, 0.42, 1.00])
_SHIFTS = ("afternoon", "morning", "night")
_AMBIENT = np.array([24.0, 17.0, 12.0])  # degrees Celsius

# Which columns a swapped number or a wrong word contradicts the others in; the shift shows in one noisy column only.
_DEPENDENT = {
    "swapped": ("speed", "flow", "pressure", "power", "bearing_temperature", "vibration"),
    "stuck": ("speed", "flow", "pressure", "power", "bearing_temperature", "vibration"),
    "wrong-category": ("machine", "mode"),
}


@dataclass(frozen=True)
class MixedRows:
    """A table of pump readings, and the truth about its rows.

    Attributes:
        table: Columns machine, mode, shift (words), ambient_temperature (degrees Celsius), speed (1/min), flow (m3/h),
            pressure (bar), power (kW), bearing_temperature (degrees Celsius) and vibration (mm/s).
        kinds: One word a row: "normal" or the kind of anomaly, one of `offbeat.data.injection.ANOMALIES`.
        changed: The names of the changed columns in each row, in table order; empty where the row is normal.
    """

    table: Table
    kinds: tuple[str, ...]
    changed: tuple[tuple[str, ...], ...]


def mixed_rows(
    rows: int = 1000,
    *,
    seed: int = 0,
    anomalies: int = 0,
    kinds: Sequence[str] = ANOMALIES,
    missing: float = 0.02,
) -> MixedRows:
    """Draw readings of three pumps, some of them anomalous.

    Speed follows machine and mode; flow follows speed and valve; pressure falls with the square of the flow; power is
    pressure times flow over efficiency; the bearing warms with ambient air and power; vibration grows with speed and
    away from the best flow. Good rows do not depend on `anomalies` and `kinds`.

    Args:
        rows: How many readings.
        seed: Equal seeds give equal rows.
        anomalies: How many of the rows are anomalous.
        kinds: The kinds of anomalies; words of `ANOMALIES`.
        missing: Share of the number cells that are missing by chance in all rows, from 0 up to .5.

    Raises:
        SettingsError: If a number is out of its range or a kind is unknown.

    Example:
        >>> readings = mixed_rows(500, anomalies=7)
        >>> readings.table
        Table(pumps: 500 rows x 10 columns)
        >>> readings.changed[readings.kinds.index("wrong-category")]
        ('mode',)

    Reference:
        The affinity laws (flow grows with speed, pressure with its square, power with its cube) and the parabolic pump
        curve, as in any textbook, e.g. Gülich, "Centrifugal Pumps", Springer.
    """
    if rows < 1:
        raise SettingsError(f"rows is {rows}; at least 1 reading was expected. Ask for one or more.")
    if not 0.0 <= missing <= 0.5:
        raise SettingsError(
            f"missing is {missing}; a share from 0 to 0.5 of the cells was expected. Give such a share."
        )
    if seed < 0:
        raise SettingsError(f"seed is {seed}; 0 or a larger whole number was expected. Give such a number.")
    reading, gaps = np.random.Generator(np.random.Philox(seed)).spawn(2)
    good = _readings(rows, reading)
    cells = good.with_columns([_with_gaps(series, missing, gaps) for series in good if series.dtype.is_numeric()])
    injected = inject(cells, anomalies=anomalies, kinds=kinds, columns=_DEPENDENT, seed=seed)
    return MixedRows(Table(injected.cells, source="pumps", named=True), injected.kinds, injected.changed)


def _readings(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    machine = rng.integers(len(_MACHINES), size=rows)
    mode = rng.choice(len(_MODES), p=_MODE_SHARES, size=rows)
    shift = rng.integers(len(_SHIFTS), size=rows)
    ambient = _AMBIENT[shift] + 2.0 * rng.standard_normal(rows)
    turning = rng.uniform(_LOWEST_SPEED[mode], _HIGHEST_SPEED[mode])
    opened = rng.uniform(0.5, 1.0, rows)

    flow, pressure, power, load = _hydraulics(machine, turning, opened, rng)
    bearing = ambient + 10.0 * turning + 24.0 * load + 0.8 * rng.standard_normal(rows)
    vibration = (0.6 + 1.4 * turning**2 + 9.0 * turning * (opened - 0.8) ** 2) * _scatter(0.05, rows, rng)
    numbers = {
        "ambient_temperature": ambient,
        "speed": _RATED_SPEED[machine] * turning,
        "flow": flow,
        "pressure": pressure,
        "power": power,
        "bearing_temperature": bearing,
        "vibration": vibration,
    }
    words = {
        "machine": [_MACHINES[one] for one in machine],
        "mode": [_MODES[one] for one in mode],
        "shift": [_SHIFTS[one] for one in shift],
    }
    return pl.DataFrame(words | numbers)


def _hydraulics(
    machine: Int[np.ndarray, "rows"],
    turning: Float[np.ndarray, "rows"],
    opened: Float[np.ndarray, "rows"],
    rng: np.random.Generator,
) -> tuple[Float[np.ndarray, "rows"], ...]:
    """Flow in m3/h, pressure in bar, power in kW, and power as a share of the machine's own at full speed."""
    rows = len(machine)
    flow = _RATED_FLOW[machine] * turning * opened * _scatter(0.01, rows, rng)
    pressure = _SHUTOFF_PRESSURE[machine] * turning**2 * (1.0 - 0.4 * opened**2) * _scatter(0.01, rows, rng)
    efficiency = 0.72 - 0.9 * (opened - 0.8) ** 2
    rated = _RATED_FLOW[machine] * _SHUTOFF_PRESSURE[machine] / 36.0  # kW of 1 m3/h at 1 bar: 1/36
    power = (flow * pressure / 36.0 / efficiency + 0.1 * rated * turning**3) * _scatter(0.015, rows, rng)
    return flow, pressure, power, power / rated


def _scatter(share: float, rows: int, rng: np.random.Generator) -> Float[np.ndarray, "rows"]:
    """Factors around 1: what the sensors and the wear of the machine add."""
    return 1.0 + share * rng.standard_normal(rows)


def _with_gaps(series: pl.Series, share: float, rng: np.random.Generator) -> pl.Series:
    return series.set(pl.Series(rng.random(len(series)) < share), None)
