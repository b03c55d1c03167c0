"""Pump readings: the columns depend on each other in good rows, and no longer where a number was swapped."""

import numpy as np
import polars as pl
import pytest

from offbeat.data.injection import ANOMALIES
from offbeat.data.mixed_rows import mixed_rows
from offbeat.errors import SettingsError

NUMBERS = ["ambient_temperature", "speed", "flow", "pressure", "power", "bearing_temperature", "vibration"]


def cells(rows: int, **settings: object) -> pl.DataFrame:
    frame = mixed_rows(rows, **settings).table.cells  # type: ignore[arg-type]
    assert isinstance(frame, pl.DataFrame)
    return frame


def pressure_left_over(frame: pl.DataFrame) -> np.ndarray:
    """Pressure beyond the pump's curve, as a share of it: p = shut-off pressure * (turning^2 - .4 (flow share)^2)."""
    rated = {"booster": (1450.0, 40.0, 3.4), "feed": (2950.0, 24.0, 6.5), "transfer": (980.0, 90.0, 2.2)}
    speed, flow, shutoff = np.array([rated[machine] for machine in frame["machine"]]).T
    curve = shutoff * ((frame["speed"].to_numpy() / speed) ** 2 - 0.4 * (frame["flow"].to_numpy() / flow) ** 2)
    return frame["pressure"].to_numpy() / curve - 1.0


def one_hot(frame: pl.DataFrame, good: pl.DataFrame) -> np.ndarray:
    """Standard-scaled numbers, means for missing ones, and one mark for each word."""
    scaled = [((frame[name] - good[name].mean()) / good[name].std()).fill_null(0.0).to_numpy() for name in NUMBERS]
    marks = [
        (frame[name] == word).fill_null(False).to_numpy().astype(float)
        for name in ("machine", "mode", "shift")
        for word in sorted(good[name].unique())
    ]
    return np.stack([*scaled, *marks], axis=1)


def test_pressure_follows_the_pump_curve_in_good_rows() -> None:
    left = pressure_left_over(cells(2000, missing=0.0))
    assert abs(left).max() < 0.1
    assert left.std() == pytest.approx(0.01, rel=0.3)


def test_power_temperature_and_vibration_follow_the_state() -> None:
    good = cells(2000, missing=0.0)
    hydraulic = good["flow"].to_numpy() * good["pressure"].to_numpy() / 36.0
    by_mode = good.group_by("mode").agg(pl.col("vibration").mean(), pl.col("bearing_temperature").mean()).sort("mode")
    explained = np.column_stack([good["ambient_temperature"], good["vibration"], np.ones(2000)])
    fitted = explained @ np.linalg.lstsq(explained, good["bearing_temperature"].to_numpy(), rcond=None)[0]

    assert np.all(good["power"].to_numpy() > hydraulic / 0.8)  # no pump is better than 80 %
    assert by_mode["mode"].to_list() == ["boost", "idle", "run"]
    assert np.argsort(by_mode["vibration"]).tolist() == [1, 2, 0]
    assert np.argsort(by_mode["bearing_temperature"]).tolist() == [1, 2, 0]
    assert np.corrcoef(fitted, good["bearing_temperature"])[0, 1] > 0.85


def test_swapped_numbers_are_ordinary_alone_and_off_the_pump_curve() -> None:
    readings = mixed_rows(2000, seed=1, anomalies=100, kinds=["swapped"], missing=0.0)
    frame = readings.table.cells
    assert isinstance(frame, pl.DataFrame)
    left = abs(pressure_left_over(frame))
    normal = [kind == "normal" for kind in readings.kinds]
    pressure = [names == ("pressure",) for names in readings.changed]

    assert left[normal].max() < 0.1
    assert np.median(left[pressure]) > 0.2
    good = frame.filter(pl.Series(normal))
    for name in NUMBERS:
        assert frame[name].min() >= 0.9 * good[name].min()  # type: ignore[operator]
        assert frame[name].max() <= 1.1 * good[name].max()  # type: ignore[operator]


def test_anomalies_change_the_reported_cells_of_the_good_table_only() -> None:
    good, bad = cells(300, seed=5), mixed_rows(300, seed=5, anomalies=42)
    assert isinstance(bad.table.cells, pl.DataFrame)
    for row, (before, after) in enumerate(zip(good.iter_rows(), bad.table.cells.iter_rows(), strict=True)):
        differ = [name for name, old, new in zip(good.columns, before, after, strict=True) if old != new]
        assert tuple(differ) == bad.changed[row]
    assert {kind: bad.kinds.count(kind) for kind in ANOMALIES} == dict.fromkeys(ANOMALIES, 6)


def test_equal_seeds_give_equal_rows() -> None:
    assert cells(50, seed=3, anomalies=7).equals(cells(50, seed=3, anomalies=7))
    assert not cells(50, seed=3).equals(cells(50, seed=4))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3])
def test_the_asked_share_of_numbers_is_missing(share: float) -> None:
    frame = cells(3000, missing=share)
    assert frame.select(NUMBERS).null_count().sum_horizontal()[0] / (3000 * 7) == pytest.approx(share, abs=0.01)
    assert frame.select("machine", "mode", "shift").null_count().sum_horizontal()[0] == 0


def test_a_neighbour_distance_finds_most_anomalies_but_not_all() -> None:
    areas = []
    for seed in range(3):
        train, test = cells(1000, seed=50 + seed), mixed_rows(500, seed=seed, anomalies=35)
        assert isinstance(test.table.cells, pl.DataFrame)
        good, mixed = one_hot(train, train), one_hot(test.table.cells, train)
        squares = (mixed**2).sum(1)[:, None] + (good**2).sum(1)[None, :] - 2.0 * mixed @ good.T
        score = np.sqrt(np.maximum(np.partition(squares, 5, axis=1)[:, :5], 0.0)).mean(axis=1)
        bad = np.array([kind != "normal" for kind in test.kinds])
        areas.append((score[bad][:, None] > score[~bad][None, :]).mean())
    assert 0.93 < np.mean(areas) < 0.99


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"rows": 0}, "rows is 0; at least 1 reading was expected"),
        ({"missing": 0.7}, "missing is 0.7; a share from 0 to 0.5 of the cells was expected"),
        ({"seed": -1}, "seed is -1; 0 or a larger whole number was expected"),
        ({"anomalies": 1, "kinds": ["gremlin"]}, "Unknown kind of anomaly: 'gremlin'"),
    ],
)
def test_wrong_settings_say_what_was_expected(asked: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        mixed_rows(**asked)  # type: ignore[arg-type]
    assert words in str(caught.value)
