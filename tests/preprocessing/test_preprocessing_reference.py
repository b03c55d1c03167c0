"""How normal rows were distributed: counted as a loop would, added up, and read from a file that nobody vouches for."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from offbeat.data.schema import infer_schema
from offbeat.data.table import Table
from offbeat.errors import DataError
from offbeat.preprocessing.preprocessor import Preprocessor, fit_preprocessor
from offbeat.preprocessing.reference import EDGES, ColumnReference, fit_reference, reference_from
from offbeat.preprocessing.settings import PreprocessingSettings

ROWS = Table(
    pl.DataFrame(
        {
            "flow": [*np.linspace(0, 1, 40), None, None],
            "stage": [1, 2, 2] * 14,
            "valve": ["open", "shut", None] * 14,
        }
    )
)


@pytest.fixture(scope="module")
def preprocessor() -> Preprocessor:
    return fit_preprocessor(ROWS, infer_schema(ROWS), PreprocessingSettings())


@pytest.fixture(scope="module")
def reference(preprocessor: Preprocessor) -> ColumnReference:
    return fit_reference(preprocessor, ROWS, np.arange(42))


def test_cells_are_counted_as_a_loop_counts_them(preprocessor: Preprocessor, reference: ColumnReference) -> None:
    other = Table(
        pl.DataFrame({"flow": [0.5, -1.0, None, 9.0], "stage": [2, 2, 1, 3], "valve": ["open", "ajar", None, "x"]})
    )
    for table in (ROWS, other):
        counts = reference.count(preprocessor, table)
        for at, name in enumerate(("flow", "stage")):
            cells = [np.float32(cell) for cell in table.column(name).to_list() if cell is not None]
            assert counts.missing[at] == table.height - len(cells)
            for edge in range(EDGES):
                assert counts.below[at, edge] == sum(cell < reference.edges[at, edge] for cell in cells)
                assert counts.up_to[at, edge] == sum(cell <= reference.edges[at, edge] for cell in cells)
    assert dict(zip(preprocessor.categorical[0].slots, counts.levels.tolist(), strict=True)) == {
        "open": 1,
        "shut": 0,
        "(missing)": 1,
        "(unseen)": 2,
    }


def test_counts_of_parts_add_up(preprocessor: Preprocessor, reference: ColumnReference) -> None:
    parts = [reference.count(preprocessor, ROWS.take(part)) for part in (slice(0, 5), slice(5, None))]
    total = parts[0] + parts[1]
    assert total.rows == 42
    for name in ("below", "up_to", "missing", "levels"):
        assert (getattr(total, name) == getattr(reference.counts, name)).all()


def test_precision_is_no_difference(preprocessor: Preprocessor) -> None:
    column = Table(np.full((30, 1), 0.1), named=False)
    one = fit_preprocessor(column, infer_schema(column), PreprocessingSettings())
    counts = fit_reference(one, column, np.arange(30)).count(one, Table(np.full((9, 1), 0.1, np.float32), named=False))
    assert counts.below.tolist() == [[0] * EDGES] and counts.up_to.tolist() == [[9] * EDGES]


def test_it_is_read_as_it_was_written(preprocessor: Preprocessor, reference: ColumnReference) -> None:
    again = reference_from(preprocessor, reference.arrays())
    assert again.counts.rows == 42
    assert all((again.arrays()[name] == array).all() for name, array in reference.arrays().items())


@pytest.mark.parametrize("name", ["edges", "below", "up_to", "missing", "levels"])
def test_what_no_reference_is_is_refused(preprocessor: Preprocessor, reference: ColumnReference, name: str) -> None:
    sound = reference.arrays()
    lacking = {other: array for other, array in sound.items() if other != name}
    with pytest.raises(DataError, match=f"'{name}' was expected to be"):
        reference_from(preprocessor, lacking)
    for changed in (sound[name].astype(np.float16), sound[name][:-1]):
        with pytest.raises(DataError, match=f"'{name}' was expected to be"):
            reference_from(preprocessor, sound | {name: changed})
    with pytest.raises(DataError, match="contradicts itself"):
        reference_from(preprocessor, sound | {name: (-1 - sound[name]).astype(sound[name].dtype)})


@pytest.mark.parametrize(("offset", "unit"), [(0.0, 1.0), (1.7e9, 1.0), (0.0, 1e150), (-1e12, 1e-2)])
def test_columns_are_told_apart_wherever_they_lie(offset: float, unit: float) -> None:
    rows = offset + unit * np.random.default_rng(0).normal(size=(400, 1))
    table = Table(rows, named=False)
    one = fit_preprocessor(table, infer_schema(table), PreprocessingSettings())
    reference = reference_from(one, fit_reference(one, table, np.arange(400)).arrays())
    assert np.isfinite(reference.edges).all()
    shares = reference.count(one, table).up_to[0] / 400
    assert shares == pytest.approx(np.linspace(0, 1, EDGES), abs=0.05)
    moved = reference.count(one, Table(rows + 3 * unit, named=False))
    assert moved.below[0, 8] <= 4 <= moved.below[0, 16]


def test_edges_of_earlier_files_are_read(preprocessor: Preprocessor, reference: ColumnReference) -> None:
    arrays = reference.arrays()
    again = reference_from(preprocessor, {**arrays, "edges": arrays["edges"].astype(np.float32)})
    assert again.edges.dtype == np.float64
    assert again.edges == pytest.approx(reference.edges, rel=1e-6)
