from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.data.dialect import count_numbers, find_decimal, find_delimiter, split_rows
from offbeat.data.header import first_row_is_header, header_names
from offbeat.data.layout import find_layout
from offbeat.data.missing_words import MISSING_WORDS
from offbeat.errors import DataError, SettingsError

_TWO = {
    width: "".join(f"{','.join([first, '0.25'] * (width // 2))}\n" for first in ("0.5", "0.7")) for width in (8, 12)
}

HEADERS = {
    "names over numbers": "flow,rpm\n1.5,1200\n2.5,1300\n",
    "one row below": "flow,rpm\n1.5,1200\n",
    "no row below": "flow,rpm\n",
    "names over text and numbers": "pump,flow\nA,1.5\nB,2.5\n",
    "names over text": "pump,state\nA,idle\nB,run\nA,run\n",
    "names over booleans": "on,off\ntrue,false\nfalse,true\n",
    "pandas index": ",flow\n0,1.5\n1,2.5\n",
    "missing cells below": "flow,rpm\n,1200\n1.5,NA\n",
    "a word for missing below": "flow,rpm\n1.5,n/a\nn/a,1200\n",
    "years over decimals": "2019,2020,2021\n1.5,2.25,3.5\n2.5,3.25,4.5\n",
    "years over counts": "2019,2020,2021\n5,7,9\n6,7,8\n3,1,2\n",
    "two years over counts": "2020,2021\n5,7\n6,7\n3,1\n",
    "a name and years": "pump,2019,2020,2021\nA,5,7,9\nB,6,7,8\nC,3,1,2\n",
    "a name over numbers, and years": "id,2019,2020,2021\n1,5,7,9\n2,6,7,8\n3,3,1,2\n",
    "years backwards": "2021,2020,2019\n1.5,2.25,3.5\n2.5,3.25,4.5\n",
    "pandas column numbers over decimals": "0,1,2\n0.12,-0.3,0.5\n0.4,1.25,-1.5\n",
    "pandas column numbers over pixels": "0,1,2,3,4,5\n0,0,0,250,12,0\n0,0,3,198,255,0\n",
    "column numbers from one, a label at the end": "1,2,3,4,5,6\n0.5,0.1,0.2,0.3,0.4,1\n1.5,1.1,1.2,1.3,1.4,0\n",
    "wavelengths": "1100,1102,1104,1106\n0.51,0.52,0.53,0.54\n0.61,0.62,0.63,0.64\n",
    "offsets around zero": "-2,-1,0,1,2\n0.1,0.2,0.9,0.2,0.1\n0.2,0.3,0.8,0.3,0.2\n",
    "one column": "flow\n1.5\n2.5\n",
    "wavelengths with decimals": "400.0,400.5,401.0,401.5,402.0\n0.51,0.52,0.53,0.54,0.55\n0.61,0.62,0.63,0.64,0.66\n"
    "0.71,0.72,0.73,0.74,0.76\n",
    "tenths over decimals": "0.0,0.1,0.2,0.3,0.4\n0.5,0.1,0.9,0.2,0.3\n0.4,,0.3,0.2,0.1\n",
    "tenths as numpy.arange has them": f"{','.join(str(x) for x in np.arange(12) * 0.1)}\n{_TWO[12]}",
    "shares as numpy.linspace has them": f"{','.join(map(str, np.linspace(0, 1, 8)))}\n{_TWO[8]}",
    "pandas index over decimals in even steps": ",0.0,0.1,0.2,0.3,0.4\n0,0.5,0.1,0.9,0.2,0.3\n1,0.4,0.8,0.3,0.2,0.1\n",
    "pandas index over digits": ",0,1,2,3\n0,3,1,2,0\n1,0,1,1,3\n2,1,0,2,3\n3,0,1,2,3\n",
    "pandas index of a later part": ",0,1,2\n17,3,1,2\n",
    "pandas index over one column": ",0\n0,1\n1,0\n2,0\n",
    "quoted": '"flow, mean","rpm"\n1.5,1200\n',
}

DATA = {
    "decimals": "2.10,2.13,2.19\n2.28,2.44,2.62\n",
    "one row of numbers": "1.5,2.5\n",
    "one row of integers": "1,2,3\n",
    "integers": "1,5,3\n7,2,9\n",
    "one column": "1.5\n2.5\n",
    "a word for missing in the first row": "n/a,0.3,0.4\n0.2,0.3,0.4\n0.3,0.4,0.5\n",
    "a missing cell in the first row": "NA,0.3\n0.2,0.3\n",
    "text and numbers": "A,1.5\nB,2.5\nA,3.5\n",
    "a date and numbers": "2014-07-01,1.5\n2014-07-02,2.5\n",
    "text seen again below": "A,idle\nB,run\nA,idle\n",
    "identifiers over identifiers": "P001,a\nP002,b\nP003,a\n",
    "an identifier over identifiers in one column": "P001\nP002\nP003\n",
    "an identifier over others than letters alone": "p001\nP002\nP003\n",
    "codes of several kinds": "a1\nb1\nc1\nb2\n",
    "dates in words": "31-Dec-19,x1\n01-Jan-20,x2\n02-Jan-20,x3\n",
    "days in words": "Dec 31\nJan 1\nFeb 2\n",
    "a code over codes that begin alike": "X017,Q3\nA000,B0\nA001,B1\nA002,B0\n",
    "a month over one month": "Jan-31 23:50,start cycle\nFeb-01 00:00,run\nFeb-01 00:10,run\n",
    "ramps over ramps": "1,2,3\n2,3,4\n3,4,5\n",
    "equal numbers": "5,5,5\n1.5,2.5,3.5\n",
    "rankings": "1,2,3,4,5\n2,1,3,4,5\n1,3,2,4,5\n5,4,3,2,1\n",
    "a ramp like the numbers below": "1,2,3\n3,1,7\n2,5,1\n4,2,9\n",
    "two whole numbers over decimals": "0,1\n0.1,0.995\n0.2,0.98\n0.3,0.955\n",
    "a straight line among noise of its kind": "20.0,20.5,21.0,21.5,22.0\n20.1,20.4,21.1,21.6,22.0\n"
    "20.0,20.6,20.9,21.5,22.1\n19.9,20.5,21.1,21.4,22.0\n",
    "straight lines": "0.5,1.0,1.5,2.0,2.5\n0.25,0.5,0.75,1.0,1.25\n0.5,0.2,0.1,0.2,0.3\n",
    "straight lines far apart": "100.5,101.0,101.5,102.0,102.5\n0.5,1.0,1.5,2.0,2.5\n0.5,1.0,1.5,2.0,2.5\n0,1,2,3,4\n",
    "four even decimals": "0.5,1.0,1.5,2.0\n0.7,0.1,0.2,0.3\n0.1,0.4,0.1,0.2\n",
    "equal decimals": "0.5,0.5,0.5,0.5,0.5\n0.7,0.1,0.2,0.3,0.1\n0.1,0.4,0.1,0.2,0.2\n",
    "a missing cell over counts": ",0\n0,1\n1,0\n",
    "a missing cell over no count": ",0,1,2\n3,0,1,3\n1,2,0,1\n2,1,1,2\n",
    "a number too long to be counted with": "1,2,3\n" + "9" * 5000 + ",5,6\n7,8,9\n",
    "a missing cell over a number too long for a count": ",0,1\n" + "9" * 5000 + ",5,6\n7,8,9\n8,8,8\n",
    "a whole row among decimals": "3,1,4\n1.5,2.5,3.5\n2.5,3.5,4.5\n",
}


SALES = [[951, 3058, 2563], [2014, 600, 4951], [1203, 4410, 2022], [3333, 1999, 747], [4802, 2766, 1450]]
"""Whole numbers that years lie among."""

BESIDE_NAMES = {
    "years": "2021,2022,2023",
    "years backwards": "2023,2022,2021",
    "a count": "1,2,3",
    "a count from 0": "0,1,2",
    "even steps": "1000,1500,2000",
}


def beside_names(first: str, rows: list[list[int]], words: str = "pump,valve,motor") -> str:
    products = words.split(",")
    below = [",".join([products[at % len(products)], *map(str, row)]) for at, row in enumerate(rows)]
    return "\n".join([first, *below])


@pytest.mark.parametrize("scale", BESIDE_NAMES.values(), ids=BESIDE_NAMES.keys())
def test_a_scale_beside_names_is_a_header_also_among_whole_numbers_like_it(scale: str) -> None:
    assert is_header(beside_names(f"product,{scale}", SALES))
    assert is_header(beside_names(f"product,price,{scale}", [[9, *row] for row in SALES]))
    assert not is_header(beside_names(f"pump,{scale}", SALES)), "a word that comes again below is no name"
    assert not is_header(beside_names(f"P003,{scale}", SALES, words="P001,P002"))
    step = int(scale.split(",")[1]) - int(scale.split(",")[0])
    assert not is_header(beside_names(f"product,{scale}", [*SALES, [700, 700 + step, 700 + 2 * step]]))


def test_a_first_row_that_rises_evenly_by_chance_stays_a_row() -> None:
    ratings = [[1, 4, 2], [5, 2, 2], [3, 3, 4], [2, 5, 1], [4, 1, 3], [5, 5, 2]]
    assert not is_header(beside_names("Anna,1,2,3", ratings, words="Bea,Carl,Dora,Emil,Fritz,Gerd"))
    rankings = [[2, 1, 3, 4, 5, 6], [6, 5, 3, 4, 2, 1], [1, 2, 3, 4, 6, 5], [3, 1, 2, 6, 5, 4]]
    assert not is_header(beside_names("Anna,1,2,3,4,5,6", rankings, words="Bea,Carl,Dora,Emil"))
    lives = [[1950, 1975, 2001], [1948, 1980, 1999], [1961, 1979, 2011], [1939, 1990, 1995]]
    assert not is_header(beside_names("Anna,1999,2000,2001", lives, words="Bea,Carl,Dora,Emil"))
    meters = [[5230, 5331, 5437], [812, 905, 1011], [2044, 2146, 2239], [9100, 9204, 9301]]
    assert not is_header(beside_names("Ulm,1000,1100,1200", meters, words="Bonn,Kiel,Jena,Trier"))
    assert not is_header(beside_names("Anna,1000,2000", [row[:2] for row in SALES], words="Bea,Carl"))
    assert not is_header(beside_names("product,2021,2022,2023", SALES[:2])), "two rows tell nothing of a column"


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.sampled_from([2, 5, 12, 60]), st.sampled_from([4, 20, 90]))
def test_a_word_and_random_integers_are_no_header(seed: int, width: int, largest: int, height: int) -> None:
    cells = np.random.default_rng(seed).integers(0, largest, size=(height, width))
    words = [f"{chr(65 + at // 26)}{chr(97 + at % 26)}" for at in range(height)]
    assert not first_row_is_header([[word, *map(str, row)] for word, row in zip(words, cells.tolist(), strict=True)])


def is_header(text: str) -> bool:
    return first_row_is_header(split_rows(text, ","), missing=MISSING_WORDS)


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS.keys())
def test_headers(text: str) -> None:
    assert is_header(text)


@pytest.mark.parametrize("text", DATA.values(), ids=DATA.keys())
def test_data_without_header(text: str) -> None:
    assert not is_header(text)


@given(
    st.lists(
        st.lists(st.floats(-10, 10).map(lambda number: f"{number:.4f}"), min_size=3, max_size=3), min_size=1, max_size=8
    )
)
def test_rows_of_decimals_are_never_a_header(rows: list[list[str]]) -> None:
    assert not first_row_is_header(rows)
    assert first_row_is_header([["flow", "rpm", "mass"], *rows])


@given(st.integers(0, 2**32 - 1), st.sampled_from([5, 8, 140]), st.sampled_from([0.0, 0.01, 0.3]), st.booleans())
def test_the_first_of_many_curves_is_not_taken_for_a_header(
    seed: int, width: int, noise: float, straight: bool
) -> None:
    rng = np.random.default_rng(seed)
    steps = np.linspace(0, 1, width)
    shape = steps if straight else np.sin(5 * steps) + steps
    curves = 20 + 3 * shape * rng.uniform(0.8, 1.2, (30, 1)) + noise * rng.normal(size=(30, width))
    curves[0] = 20 + 3 * shape if noise < 0.1 else curves[0]
    assert not first_row_is_header([[f"{cell:.4f}" for cell in row] for row in curves])


@given(st.integers(0, 2**32 - 1), st.sampled_from([(2, 5), (3, 10), (10, 256), (140, 1024)]))
def test_random_integers_are_not_taken_for_a_header(seed: int, size: tuple[int, int]) -> None:
    width, largest = size
    cells = np.random.default_rng(seed).integers(0, largest, size=(30, width))
    assert not first_row_is_header([[str(cell) for cell in row] for row in cells])


def test_real_heartbeats_have_no_header_and_real_series_have_one(real_data: Path) -> None:
    for name, width in (("ecg_discord_train.csv", 210), ("ecg_discord_test.csv", 210), ("ecg5000.csv", 141)):
        layout = find_layout((real_data / name).read_text()[: 64 * 1024], name)
        assert (layout.header, layout.delimiter) == (False, ",")
        assert layout.names[-1] == f"C{width}"
    series = sorted((real_data / "series").glob("*.csv"))
    assert len(series) == 12
    for path in series:
        assert find_layout(path.read_text()[:10_000], path.name).names == ("timestamp", "value", "label")


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ("a;b\n1,5;2,5\n", ";"),
        ("a|b\n1|2\n", "|"),
        ("  1.0   2.0\n -1.5  2.5\n", " "),
        ("x y\n1.0 2.0\n1.5 2.5\n", " "),
        ("at,value\n2014-07-01 00:00:00,1\n2014-07-01 00:30:00,2\n", ","),
        ('a,b\n"1;2",3\n"4;5",6\n', ","),
        ("a,b,c\n1,2,3\n1,2\n4,5,6\n", ","),
        ("one column\nof words\n", ","),
        ("1\n2\n", ","),
        ('"two\nlines",1\n"x",2\n', ","),
    ],
)
def test_the_delimiter_gives_every_line_the_same_number_of_cells(sample: str, delimiter: str) -> None:
    assert find_delimiter(sample) == delimiter


@pytest.mark.parametrize(
    ("rows", "delimiter", "decimal"),
    [
        ([["flow"], ["1,5"]], ";", ","),
        ([["1,5", "2"]], "\t", ","),
        ([["flow"], ["1,5"], ["1.5"]], ";", "."),
        ([["flow"], ["1.5"]], ";", "."),
        ([["flow"], ["-,5e-3"]], "|", ","),
        ([["1,5"], ["7"]], ";", "."),  # the first of several rows may be a header
        ([["a"], ["1,5"]], ",", "."),  # between commas, such a cell stood in quotes: two answers, perhaps
        ([["a"], ["1,5"], ["1;5"]], ",", "."),
        ([["a"], ["1,042"], ["12,500"]], ",", "."),  # hardly decimals
        ([["a"], ["1,042"], ["12,500"]], ";", ","),
        ([["a", "b", "ver"], ["1,5", "2,5", "2.1"]], ";", ","),
        ([["a", "b", "ver"], ["1,5", "2.5", "2.1"]], ";", "."),
        ([["a", "b", "ver"], ["1,5", "3", "2.1"]], ";", "."),
        ([["a", "b"], ["1,5", "2,5"], ["2,5", "2.5"]], ";", ","),  # what has both signs does not count
        ([["a", "b"], ["1,5"], ["2,5", "2,5", "1.5"]], ";", ","),
        ([["a", "b", "c"], ["1,042", "7,500", "99.5"]], ";", "."),  # thousands beside decimals
        ([["a", "b", "c"], ["1.042", "7.500", "99,5"]], ";", ","),
        ([["a", "b"], ["1.042", "7,500"]], ";", "."),
        ([["a"], ["1,042"], ["1,042,500"]], ";", "."),
        ([["a"], ["1,2,3"]], ";", "."),
    ],
)
def test_the_decimal_sign(rows: list[list[str]], delimiter: str, decimal: str) -> None:
    assert find_decimal(rows, delimiter) == decimal


def test_what_a_number_is() -> None:
    assert count_numbers(["1", "-1.5e3", ".5", "nan", "-inf"]) == 5
    assert count_numbers(["1_0", "", "x", "1,5", "0x10"]) == 0
    assert count_numbers(["1,5", "2"], decimal=",") == 2


def test_the_user_has_the_last_word() -> None:
    text = "1;2\n3;4\n"
    assert find_layout(text, "x.csv", header=True).names == ("1", "2")
    assert find_layout("flow,rpm\n1,2\n", "x.csv", header=False).names == ("C1", "C2")
    assert find_layout(text, "x.csv", delimiter=",").names == ("C1",)
    assert find_layout("1\t2\n", "x.csv", delimiter="tab").names == ("C1", "C2")
    assert find_layout("1\t2\n", "x.csv", delimiter="\\t").delimiter == "\t"
    assert find_layout("1,5\n2,5\n", "x.csv", decimal=",").names == ("C1",)
    assert find_layout("1,5;2\n", "x.csv", decimal=".").decimal == "."
    assert find_layout('"1,5",2\n', "x.csv", decimal=",").names == ("C1", "C2")
    assert find_layout('"1,5";2\n', "x.csv", decimal=",").delimiter == ";"


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n", "§"])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(SettingsError, match=r"one character was expected, such as ',' or ';', or the word tab"):
        find_layout("1,2\n", "x.csv", delimiter=delimiter)


@pytest.mark.parametrize(("decimal", "delimiter"), [("x", None), (".", "."), ("..", ";")])
def test_a_decimal_sign_is_a_point_or_a_comma(decimal: str, delimiter: str | None) -> None:
    with pytest.raises(SettingsError, match=r"does not go with delimiter=.*; '\.' or ',' was expected"):
        find_layout("1,2\n", "x.csv", decimal=decimal, delimiter=delimiter)


def test_a_first_row_with_all_columns_that_are_expected_is_the_header() -> None:
    text = "2019, 2020 ,,2022\n2,4,6,8\n4,6,8,10\n"
    assert not find_layout(text, "x.csv").header
    for columns in (["2019"], [" 2019 ", "2022"], ["2019", "C3"], ["2022", "C3"]):
        assert find_layout(text, "x.csv", columns=columns).names == ("2019", "2020", "C3", "2022")
    for columns in ([], ["2019", "2021"], ["2022", "2019"]):
        assert not find_layout(text, "x.csv", columns=columns).header
    assert not find_layout(text, "x.csv", columns=["2019"], header=False).header
    assert not find_layout("0,1,1\n1,0,1\n", "x.csv", columns=["0", "1"]).header, "a row of data, as two are alike"


def test_empty_header_cells_get_a_name() -> None:
    assert header_names(["", "flow", ""], "x.csv") == ("C1", "flow", "C3")


def test_names_given_twice_are_refused() -> None:
    with pytest.raises(DataError) as raised:
        header_names(["flow", "rpm", "flow"], "pumps.csv")
    assert str(raised.value) == (
        "pumps.csv: the header names columns twice: 'flow' (columns 0 and 2, counted from 0, are called 'flow'). "
        "Give every column its own name, or say header=False (--no-header) if the first row is data."
    )


def test_at_most_five_places_of_a_name_are_listed() -> None:
    words = r"'flow' \(columns 0, 1, 2, 3, 4 and 49995 more, counted from 0, are called 'flow'\)\. Give every"
    with pytest.raises(DataError, match=words):
        header_names(["flow"] * 50_000, "pumps.csv")
    with pytest.raises(DataError, match=r"'flow' \(columns 0, 1 and 3, counted from 0"):
        header_names(["flow", "flow", "rpm", "flow"], "pumps.csv")


def test_round_numbers_beside_a_name_are_rarely_taken_for_a_header() -> None:
    """Even steps are no rarity among salaries in thousands: fewer numbers lie between the extremes than it seems."""
    rng = np.random.default_rng(0)
    taken = 0
    for _ in range(500):
        salaries = 1000 * rng.integers(20, 100, size=(10, 3))
        rows = [[f"name{place}", *map(str, row)] for place, row in enumerate(salaries.tolist())]
        taken += first_row_is_header(rows)

    assert taken <= 2


def test_a_missing_word_is_no_name() -> None:
    body = [
        ["3", "950", "140", "820"],
        ["5", "110", "930", "20"],
        ["2", "480", "610", "350"],
        ["9", "70", "520", "910"],
    ]

    assert not first_row_is_header([["NA", "10", "20", "30"], *(5 * body)], missing=MISSING_WORDS)
