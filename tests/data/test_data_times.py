"""Dates and times as milliseconds since 1970."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.data.schema import Column, Schema
from offbeat.data.table import Table
from offbeat.data.times import milliseconds_of
from offbeat.errors import DataError

moments = st.datetimes(datetime(1600, 1, 1), datetime(2400, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def naive(moment: datetime) -> float:
    return (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)


@given(moments)
def test_all_spellings_of_a_moment_are_one_number(moment: datetime) -> None:
    text = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}".rjust(23, "0")
    given = [pl.Series("a", [text]), pl.Series("a", [text.replace(" ", "T")]), pl.Series("a", [f" {text} "])]
    given += [pl.Series("a", [moment], pl.Datetime(unit)) for unit in ("ms", "us")]
    assert [milliseconds_of(column, "x").to_list() for column in given] == [[naive(moment)]] * 5


@given(st.dates(date(1600, 1, 1), date(2400, 1, 1)))
def test_a_date_is_its_midnight(day: date) -> None:
    expected = [naive(datetime(day.year, day.month, day.day)), None]
    for column in (pl.Series("a", [day, None]), pl.Series("a", [day.isoformat(), None])):
        assert milliseconds_of(column, "x").to_list() == expected


def test_a_time_zone_counts() -> None:
    moment = datetime(2020, 1, 2, 1, tzinfo=timezone(timedelta(hours=1)))
    column = pl.Series("a", [moment]).dt.convert_time_zone("Asia/Tokyo")
    assert milliseconds_of(column, "x").to_list() == [naive(datetime(2020, 1, 2))]


def test_numbers_are_milliseconds_already() -> None:
    assert milliseconds_of(pl.Series("a", ["1.5e12", "1970-01-01 00:01"]), "x").to_list() == [1.5e12, 60000.0]
    numbers = pl.Series("a", [1, None])
    assert milliseconds_of(numbers, "x") is numbers


def test_words_for_text_that_is_no_date() -> None:
    column = pl.Series("day", ["2020-01-31", "31.1.2020", "2020-13-01"])
    with pytest.raises(DataError) as problem:
        milliseconds_of(column, "pumps.csv")
    assert str(problem.value) == (
        "pumps.csv: column 'day' holds text '31.1.2020' at row 1 (2 such rows); dates (2020-01-31), times (2020-01-31 "
        "13:30:00), or milliseconds since 1970-01-01 were expected. Write it so, or leave the cell empty."
    )


def test_a_schema_reads_dates_where_its_column_is_of_times_only() -> None:
    columns = (Column("day", "numeric", time=True), Column("flow", "numeric"))
    schema = Schema(columns, all_names=("day", "flow"))
    table = Table(pl.DataFrame({"flow": ["1.5"], "day": ["1970-01-02"]}))
    assert schema.align(table).numbers(("day", "flow")).tolist() == [[86400000.0, 1.5]]
    with pytest.raises(DataError, match="'flow' holds text '1970-01-02'"):
        schema.align(Table(pl.DataFrame({"flow": ["1970-01-02"], "day": [1]})))


def test_a_column_of_times_is_written_down_and_read_back() -> None:
    schema = Schema((Column("day", "numeric", time=True), Column("flow", "numeric")), all_names=("day", "flow"))
    record = schema.to_dict()
    assert record["columns"] == [
        {"name": "day", "kind": "numeric", "constant": False, "missing": 0, "time": True},
        {"name": "flow", "kind": "numeric", "constant": False, "missing": 0},
    ]
    assert Schema.from_dict(record) == schema


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"time": 1}, "'time' of a column is int, not bool"),
        ({"time": True, "kind": "categorical"}, "column 'day' is of times and not numeric"),
    ],
)
def test_damaged_records_of_times_are_refused(fields: dict[str, object], words: str) -> None:
    record = Schema((Column("day", "numeric"),), all_names=("day",)).to_dict()
    record["columns"] = [{"name": "day", "kind": "numeric", "constant": False, "missing": 0} | fields]
    with pytest.raises(DataError, match=words):
        Schema.from_dict(record)
