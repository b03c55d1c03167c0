from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import sys
import threading
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_matrix

from offbeat.data.readers import read
from offbeat.data.table import Table
from offbeat.data.zipped import gunzipped, only_file
from offbeat.errors import DataError, OffbeatError
from offbeat.files import from_home

PUMPS = pl.DataFrame({"pump": ["A", "B", None], "flow": [1.5, None, 2.5], "rpm": [1200, 1300, 1400]})


def write(path: Path, kind: str) -> Path:
    match kind:
        case "csv":
            PUMPS.write_csv(path)
        case "tsv":
            PUMPS.write_csv(path, separator="\t")
        case "csv.gz":
            path.write_bytes(gzip.compress(PUMPS.write_csv().encode()))
        case "parquet":
            PUMPS.write_parquet(path)
        case "arrow":
            PUMPS.write_ipc(path)
        case "arrows":
            PUMPS.write_ipc_stream(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "csv.gz", "parquet", "arrow", "arrows"])
@pytest.mark.parametrize("suffix", ["right", "wrong"])
def test_the_content_tells_the_format_not_the_suffix(tmp_path: Path, kind: str, suffix: str) -> None:
    path = write(tmp_path / (f"pumps.{kind}" if suffix == "right" else "pumps.dat"), kind)
    for source in (path, str(path)):
        table = read(source)
        assert isinstance(table.cells, pl.DataFrame)
        assert table.cells.equals(PUMPS)
        assert (table.source, table.named) == (path.name, True)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64, np.uint8, np.float16, ">f8", bool])
def test_npy_files(tmp_path: Path, kind: Any) -> None:
    cells = np.array([[0, 1, 2], [3, 4, 5]]).astype(kind)
    np.save(tmp_path / "cells.npy", cells)
    table = read(tmp_path / "cells.npy")
    assert (table.names, table.named) == (("C1", "C2", "C3"), False)
    assert isinstance(table.cells, np.ndarray)
    assert table.cells.dtype == (np.float32 if kind in (np.float32, np.float16) else np.float64)
    np.testing.assert_array_equal(table.cells, cells.astype(np.float64))


def test_npz_with_x_and_y_and_with_one_array(tmp_path: Path) -> None:
    cells = np.arange(6.0).reshape(3, 2)
    np.savez(tmp_path / "xy.npz", X=cells, y=np.array([0, 1, 0]))
    table = read(tmp_path / "xy.npz")
    assert (table.names, table.named) == (("C1", "C2", "y"), False)
    assert table.words("y").to_list() == ["0", "1", "0"]
    np.testing.assert_array_equal(table.numbers(["C1", "C2"]), cells)
    np.savez_compressed(tmp_path / "one.npz", anything=cells)
    np.testing.assert_array_equal(read(tmp_path / "one.npz").numbers(["C1", "C2"]), cells)
    np.savez(tmp_path / "flat.npz", cells=cells, seed=np.array(3))
    np.testing.assert_array_equal(read(tmp_path / "flat.npz").numbers(["C1", "C2"]), cells)
    np.savez(tmp_path / "words.npz", X=cells, y=np.array(["good", "bad", "good"]))
    assert read(tmp_path / "words.npz").column("y").to_list() == ["good", "bad", "good"]


def test_npz_that_unpacks_to_much_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.data.arrays.MOST_BYTES", 10_000)
    path, cells = tmp_path / "pumps.npz", np.zeros((1000, 100))
    np.savez_compressed(path, X=cells)
    with pytest.raises(DataError) as raised:
        read(path)
    assert str(raised.value) == (
        "pumps.npz unpacks to 800,128 bytes; at most 10,000 were expected. Unpack it yourself if you trust it, and "
        "give the file."
    )
    np.savez_compressed(path, X=cells[:2], y=np.zeros(10_000))
    with pytest.raises(DataError, match=r"pumps.npz unpacks to 81,856 bytes; at most 10,000 were expected"):
        read(path)
    np.savez_compressed(path, images=cells.reshape(100, 10, 100), cells=cells[:2])
    assert read(path).height == 2  # the other array is not unpacked
    np.savez(path, X=cells)
    assert read(path).height == 1000


def test_npz_that_is_not_clear(tmp_path: Path) -> None:
    cells = np.zeros((3, 2))
    np.savez(tmp_path / "two.npz", train=cells, test=cells)
    with pytest.raises(DataError, match=r"two.npz holds the arrays 'train', 'test'; one called X, or a single one"):
        read(tmp_path / "two.npz")
    np.savez(tmp_path / "xy.npz", X=cells, y=np.zeros(4))
    with pytest.raises(DataError, match=r"xy.npz: X has 3 rows, y 4 values; one label a row was expected"):
        read(tmp_path / "xy.npz")


class Trap:
    """Unpickling it would create a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_pickled_objects_are_never_loaded(tmp_path: Path, suffix: str) -> None:
    path, trap = tmp_path / f"cells.{suffix}", tmp_path / "sprung"
    objects = np.array([[Trap(trap)]], dtype=object)
    if suffix == "npy":
        np.save(path, objects, allow_pickle=True)
    else:
        np.savez(path, X=objects)
    with pytest.raises(DataError, match=r"holds pickled Python objects, which could run code and are never loaded"):
        read(path)
    assert not trap.exists()


@pytest.mark.parametrize("kind", ["csv.gz", "parquet", "arrow", "arrows", "npy", "npz"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated_files_are_called_damaged(tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / f"pumps.{kind}"
    if kind == "npy":
        np.save(path, np.random.default_rng(0).normal(size=(50, 4)))
    elif kind == "npz":
        np.savez(path, X=np.random.default_rng(0).normal(size=(50, 4)))
    else:
        write(path, kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError) as raised:
        read(path)
    assert f"pumps.{kind} is a damaged" in str(raised.value)
    assert str(raised.value).endswith("Fetch or write it again.")


def test_an_npy_header_that_claims_an_absurd_size(tmp_path: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000, 1000), }\n"
    path = tmp_path / "huge.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * 64)
    with pytest.raises(DataError, match=r"huge.npy is a damaged NumPy file"):
        read(path)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"FEA1\0\0\0\0", "a Feather file of the old version 1"),
        (b"PARE\x15\x00\x15", "an encrypted Parquet file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"%PDF-1.7", "a PDF file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"@RELATION pumps\n", "an ARFF file, which is not read. To read it, delete its lines up to @data, and put"),
        (b"BZh91AY&SY\xd6\x1c\x00", "compressed with bzip2"),
        (b"\xfd7zXZ\0", "compressed with xz"),
        (b"\n <!DOCTYPE html>\n<html>", "a web page, which is not read. Give the address of the file itself"),
        (b"\xef\xbb\xbf<html>", "a web page"),
    ],
)
def test_formats_that_are_not_read_are_named(tmp_path: Path, start: bytes, words: str) -> None:
    path = tmp_path / "pumps.csv"
    path.write_bytes(start)
    with pytest.raises(DataError) as raised:
        read(path)
    assert str(raised.value).startswith(f"pumps.csv is {words}")


def _zipped(folder: Path, *members: str) -> Path:
    path = folder / "pumps.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, "flow;rpm\n1,5;1200\n2,5;1300\n")
    return path


@pytest.mark.parametrize("beside", [(), ("__MACOSX/._pumps.csv",), ("folder/",), (".DS_Store", "folder/.hidden")])
def test_one_file_in_a_zip_file_is_read(tmp_path: Path, beside: tuple[str, ...]) -> None:
    table = read(_zipped(tmp_path, *beside, "folder/pumps.csv"))
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), [[1.5, 1200], [2.5, 1300]])
    assert table.source == "pumps.zip"


def test_any_byte_of_a_zips_directory_may_be_damaged(tmp_path: Path) -> None:
    whole = _zipped(tmp_path, "pumps.csv").read_bytes()
    path = tmp_path / "damaged.zip"
    said = set()
    for place in [*range(40), *range(whole.index(b"PK\x01\x02"), len(whole))]:
        for byte in (0x00, 0xFF):
            path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
            try:
                read(path)
            except DataError as problem:
                said.add(str(problem))
    # Which damage zipfile itself tells differs between Pythons.
    assert any(words.startswith("damaged.zip is a damaged zip file (") for words in said)
    assert "damaged.zip is a damaged zip or NPZ file. Fetch or write it again." in said


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            "weights.safetensors",
            "a detector file; a table was expected. To score a table: offbeat score pumps.zip TABLE.",
        ),
        ("model.ini", "a model of H2O; a table was expected. To make a detector of it: offbeat import pumps.zip."),
        ("model.weights.h5", "a model of Keras; a table was expected. To make a detector of it: offbeat import"),
    ],
)
def test_a_detector_and_a_model_are_told_from_a_table(entry: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as problem:
        read(_zipped(tmp_path, "manifest.json", entry))
    assert str(problem.value).startswith(f"pumps.zip is {words}")


def test_a_zip_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    words = r"pumps.zip unpacks to 27 bytes; at most 26 were expected. Unpack it yourself if you trust it"
    with pytest.raises(DataError, match=words):
        only_file(_zipped(tmp_path, "pumps.csv"), "pumps.zip", most_bytes=26)


@pytest.mark.parametrize("as_path", [True, False])
def test_a_gzipped_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, as_path: bool) -> None:
    path = tmp_path / "pumps.csv.gz"
    # Two members, as where one file was written behind another.
    path.write_bytes(gzip.compress(b"flow\n" + b"0\n" * 500_000) + gzip.compress(b"1\n" * 500_000))
    assert path.stat().st_size < 5_000
    content = path if as_path else path.read_bytes()
    assert len(gunzipped(content, "pumps.csv.gz")) == 2_000_005
    with pytest.raises(DataError) as raised:
        gunzipped(content, "pumps.csv.gz", most_bytes=1_500_000)
    assert str(raised.value) == (
        "pumps.csv.gz unpacks to more than 1,500,000 bytes; at most 1,500,000 were expected. Unpack it yourself if you "
        "trust it, and give the file."
    )


@pytest.mark.parametrize("kind", ["zip", "npz"])
def test_changed_bits_of_a_packed_file_are_told(tmp_path: Path, kind: str) -> None:
    if kind == "zip":
        path = _zipped(tmp_path, "pumps.csv")
    else:
        path = tmp_path / "pumps.npz"
        np.savez_compressed(path, X=np.arange(6.0).reshape(3, 2))
    whole, told = path.read_bytes(), set()
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            read(path)
        except DataError as error:
            told.add(str(error).partition(" (")[0].partition(". ")[0])
    assert f"pumps.{kind} is a damaged zip or NPZ file" in told
    assert not any("This should not happen" in words for words in told)


def test_a_zip_file_of_another_form_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    PUMPS.write_parquet(packed)
    with zipfile.ZipFile(tmp_path / "pumps.zip", "w") as archive:
        archive.writestr("pumps.parquet", packed.getvalue())
    with pytest.raises(
        DataError, match=r"pumps.zip is a zip file, and the file in it is no text \(parquet\)\. Unpack it"
    ):
        read(tmp_path / "pumps.zip")


def test_a_zip_file_packed_otherwise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pumps.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("pumps.csv", "flow,rpm\n1,2\n")
    with pytest.raises(DataError, match=r"pumps.zip is a zip file that is not packed by deflation\. Unpack it"):
        read(path)


def test_encrypted_and_damaged_zip_files_are_refused(tmp_path: Path) -> None:
    path = _zipped(tmp_path, "pumps.csv")
    whole = path.read_bytes()
    directory = whole.index(b"PK\x01\x02")
    path.write_bytes(whole[: directory + 8] + b"\x01" + whole[directory + 9 :])
    with pytest.raises(DataError, match=r"pumps.zip is an encrypted zip file, which is not read\."):
        read(path)
    path.write_bytes(whole[:45] + b"\xff\xff\xff" + whole[48:])
    with pytest.raises(DataError, match=r"pumps.zip is a damaged zip file \(.*\)\. Fetch or write it again\."):
        read(path)


def test_other_zip_files(tmp_path: Path) -> None:
    path = _zipped(tmp_path, "xl/workbook.xml")
    with pytest.raises(DataError, match="is an Excel workbook"):
        read(path)
    path = _zipped(tmp_path, "pumps.csv", "more/valves.csv")
    words = (
        r"pumps.zip is a zip file of 2 files \('pumps.csv', 'more/valves.csv'\); one was expected. Unpack it, and give"
    )
    with pytest.raises(DataError, match=words):
        read(path)
    with pytest.raises(DataError, match=r"pumps.zip is a zip file of 0 files; one was expected"):
        read(_zipped(tmp_path, "folder/"))
    path.write_bytes(b"PK\x03\x04junk")
    with pytest.raises(DataError, match=r"is a damaged zip or NPZ file"):
        read(path)


def test_a_file_that_is_not_there_in_a_folder_that_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", denied)  # the user that runs the tests may be allowed to list any folder
    with pytest.raises(DataError) as raised:
        read(tmp_path / "pumps.csv")
    assert str(raised.value) == f"There is no file {tmp_path / 'pumps.csv'}. Check the path."


def test_a_file_that_is_not_there_names_the_likely_one(tmp_path: Path) -> None:
    (tmp_path / "ecg_train.csv").write_text("1,2\n")
    with pytest.raises(DataError) as raised:
        read(tmp_path / "ecg_trian.csv")
    wrong, right = tmp_path / "ecg_trian.csv", tmp_path / "ecg_train.csv"
    assert str(raised.value) == f"There is no file {wrong}. Did you mean '{right}'?"
    with pytest.raises(DataError, match=rf"no file .*pumps.parquet. The folder {tmp_path} holds 'ecg_train.csv'."):
        read(tmp_path / "pumps.parquet")
    with pytest.raises(DataError, match=rf"the folder {tmp_path / 'nowhere'} does not exist. Check the path."):
        read(tmp_path / "nowhere" / "pumps.csv")


def test_a_folder_is_not_a_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n")
    with pytest.raises(DataError, match=rf"{tmp_path} is a folder; one file was expected. It holds 'a.csv'."):
        read(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"It holds no files."):
        read(tmp_path / "empty")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("1,2\n")
    path.chmod(0)
    with pytest.raises(DataError, match=r"secret.csv cannot be read: Permission denied. Check the permissions"):
        read(path)


def test_a_name_with_glob_characters_is_one_file(tmp_path: Path) -> None:
    for name in ("a*.csv", "a[1].parquet", "ab.csv"):
        (tmp_path / name).write_text("flow,rpm\n1,2\n")
    assert read(tmp_path / "a*.csv").height == 1
    assert read(tmp_path / "a[1].parquet").names == ("flow", "rpm")


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("flow,rpm\n1.5,1200\n",))
    writer.start()
    table = read(pipe)
    writer.join()
    assert table.numbers(["flow", "rpm"]).tolist() == [[1.5, 1200.0]]


def test_a_checksum_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    path.write_text("flow,rpm\n1,2\n")
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read(path, sha256=right.upper()).height == 1
    with pytest.raises(DataError) as raised:
        read(path, sha256="0" * 64)
    assert str(raised.value) == (
        f"pumps.csv has the SHA-256 checksum {right}; {'0' * 64} was expected: it is another file."
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("content", [b"a,b\n1,2\n", gzip.compress(b"a,b\n1,2\n")], ids=["plain", "gzipped"])
def test_a_name_that_is_no_utf8_is_read_and_escaped(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / os.fsdecode(b"g\xf6od.csv")
    path.write_bytes(content)
    table = read(path, sha256=hashlib.sha256(content).hexdigest())
    assert (table.names, table.source) == (("a", "b"), "g\\xf6od.csv")
    with pytest.raises(DataError, match=r"g\\xf6od.csv has the SHA-256 checksum"):
        read(path, sha256="0" * 64)


def test_other_urls_are_refused() -> None:
    for url in ("s3://bucket/pumps.csv", "file:///etc/passwd", "ftp://host/pumps.csv"):
        with pytest.raises(DataError, match=rf"{url} cannot be fetched: only http and https addresses can"):
            read(url)


def test_a_matrix_is_kept_without_copying() -> None:
    for kind in (np.float32, np.float64):
        matrix = np.zeros((5, 3), dtype=kind)
        table = read(matrix)
        assert table.cells is matrix
        assert (table.source, table.named) == ("the table", False)
    assert read(matrix, missing=["n/a"]).cells is matrix


def test_numbers_that_mean_missing_in_a_matrix() -> None:
    matrix = np.array([[0.1, -999], [2, 3]], dtype=np.float32)
    np.testing.assert_array_equal(read(matrix, missing=["-999", "0.1"]).cells, np.array([[np.nan, np.nan], [2, 3]]))
    assert matrix[0, 1] == -999


def _one_cell(cell: object) -> np.ndarray:
    array = np.ones((2, 2), dtype=object)
    array[0, 0] = cell
    return array


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (
            np.zeros(210),
            r"The table is an array of shape \(210,\); two axes, rows and columns, were expected. Use array.resh",
        ),
        (np.zeros((2, 3, 4)), r"shape \(2, 3, 4\); .* Use array.reshape\(len\(array\), -1\) if the first axis counts"),
        (np.array(3.0), r"shape \(\); two axes"),
        (np.zeros((2, 2), dtype=complex), r"an array of complex128; numbers or text were expected"),
        (np.zeros((2, 2), dtype="M8[s]"), r"an array of datetime64\[s\]; numbers or text were expected"),
        (np.array([[{}, 1]], dtype=object), r"column 'C1' holds 'dict'; numbers or text were expected"),
        (_one_cell(np.arange(2)), r"column 'C1' holds 'ndarray'; numbers or text were expected"),
        (_one_cell(pl.Series([1, 2])), r"column 'C1' holds 'Series'; numbers or text were expected"),
    ],
)
def test_arrays_that_are_no_table(array: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(array)


@pytest.mark.parametrize("kind", [np.int64, np.uint64, object])
def test_whole_numbers_of_arrays_are_exact(kind: type) -> None:
    accounts = [12345678901234567, 12345678901234568]
    table = read(np.array([[account, row] for row, account in enumerate(accounts)], dtype=kind))
    assert table.column("C1").to_list() == accounts
    assert table.column("C2").dtype == pl.Float64, "as any other array of numbers"


def test_labels_beside_a_matrix_of_float32_are_exact(tmp_path: Path) -> None:
    labels = np.array([20240102, 20240103])
    np.savez(tmp_path / "dated.npz", X=np.ones((2, 3), np.float32), y=labels)
    assert read(tmp_path / "dated.npz").column("y").to_list() == labels.tolist()
    labels = np.array([2**53, 2**53 + 1])
    np.savez(tmp_path / "long.npz", X=np.ones((2, 3)), y=labels)
    assert read(tmp_path / "long.npz").column("y").to_list() == labels.tolist()
    np.savez(tmp_path / "wide.npz", X=np.ones((2, 3), np.float32), y=np.array([0.0, 1.0], np.longdouble))
    assert isinstance(read(tmp_path / "wide.npz").cells, np.ndarray)
    np.savez(tmp_path / "plain.npz", X=np.ones((2, 3), np.float32), y=np.array([0.0, np.nan]))
    assert isinstance(read(tmp_path / "plain.npz").cells, np.ndarray)


def test_a_number_that_no_float_holds_is_not_taken_for_missing() -> None:
    objects = np.array([[10**400, 1], [-(10**400), 2.5], [None, 3]], dtype=object)
    assert read(objects).column("C1").to_list() == [np.inf, -np.inf, None]
    with pytest.raises(DataError, match=r"column 'C1' holds inf at row 0 \(2 such rows\); finite numbers"):
        read(objects).numbers(["C1"])


def test_masked_text_and_objects_are_missing() -> None:
    mask = [[False, True], [False, False]]
    objects = np.ma.array(np.array([["a", 1.5], ["b", 2]], dtype=object), mask=mask)
    assert read(objects).cells.rows() == [("a", None), ("b", 2.0)]  # type: ignore[union-attr]
    words = np.ma.array(np.array([["a", "x"], ["b", "y"]]), mask=mask)
    assert read(words).cells.rows() == [("a", None), ("b", "y")]  # type: ignore[union-attr]
    days = np.ma.array(np.array([["2020-01-01"]], dtype="M8[D]"), mask=[[True]])
    with pytest.raises(DataError, match=r"The table is an array of datetime64\[D\]; numbers or text were expected\."):
        read(days)


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="NumPy 1 has no text of any length")
@pytest.mark.parametrize("missing", [np.nan, None])
def test_text_of_any_length(missing: object) -> None:
    words = np.array([["a", missing], ["b", "12"]], dtype=np.dtypes.StringDType(na_object=missing))
    assert read(words).cells.rows() == [("a", None), ("b", "12")]  # type: ignore[union-attr]
    assert read(words[1:].astype(np.dtypes.StringDType())).numbers(["C2"]).tolist() == [[12.0]]


def test_decimals_in_an_array_of_objects_are_numbers() -> None:
    cells = [[Decimal("1.5"), "x"], [Decimal("sNaN"), Decimal("2")], [None, 3]]
    table = read(np.array(cells, dtype=object)[:, :1])
    np.testing.assert_array_equal(table.numbers(["C1"]), [[1.5], [np.nan], [np.nan]])
    assert read(np.array(cells, dtype=object)).words("C2").to_list() == ["x", "2.0", "3"]
    with pytest.raises(DataError, match=r"column 'C1' holds inf at row 0 \(1 such row\); finite numbers were expected"):
        read(np.array([[Decimal("Infinity")]], dtype=object)).numbers(["C1"])


def test_arrays_of_text_and_objects() -> None:
    table = read(np.array([["A", 1, None, True], ["B", 2.5, "x", False], [None, np.nan, 3, None]], dtype=object))
    assert [table.column(at).to_list() for at in range(4)] == [
        ["A", "B", None],
        [1.0, 2.5, None],
        [None, "x", "3"],
        [True, False, None],
    ]
    texts = read(np.array([["1.5", "a"], ["NA", "b"]]))
    np.testing.assert_array_equal(texts.numbers(["C1"])[:, 0], [1.5, np.nan])


def test_structured_and_masked_arrays() -> None:
    table = read(np.array([(1.5, 3), (2.5, 4)], dtype=[("flow", "f8"), ("rpm", "i4")]))
    assert (table.names, table.named) == (("flow", "rpm"), True)
    masked = np.ma.array([[1, 2], [3, 4]], mask=[[False, True], [False, False]])
    np.testing.assert_array_equal(read(masked).numbers(["C1", "C2"]), [[1, np.nan], [3, 4]])


def test_what_is_no_table() -> None:
    for source, subject in (([[1.0, 2.0]], "A list"), (3, "An int"), (None, "None"), ({"flow": [1.0]}, "A dict")):
        with pytest.raises(DataError, match=rf"^{subject} is no table. A path, an http\(s\) URL"):
            read(source)


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ([[1.0]], "numpy.asarray(rows) makes one of a list of rows."),
        ([{"flow": 1.0}], "polars.DataFrame(rows) makes one of a list of dicts."),
        (iter([[1.0]]), 'polars.DataFrame(list(rows), orient="row") makes one of rows that come one by one.'),
        (
            io.BytesIO(b"flow\n1.5\n"),
            "give the path of the file, or what polars.read_csv(file) or polars.read_parquet(file) makes of it.",
        ),
        (
            b"flow\n1.5\n",
            "polars.read_csv(content) makes one of the content of a CSV file, polars.read_parquet of a Parquet file.",
        ),
        ({"flow": [1.0]}, "polars.DataFrame(columns) makes one of a dict of columns."),
        (csr_matrix(np.eye(2)), "matrix.toarray() makes one of a sparse matrix."),
    ],
)
def test_how_to_make_a_table_of_it(source: object, way: str) -> None:
    with pytest.raises(DataError) as problem:
        read(source)
    assert str(problem.value).endswith(f"or a NumPy array was expected; {way}")


def test_fields_of_long_doubles_are_numbers() -> None:
    array = np.array([(1.5, 2), (3.5, 4)], dtype=[("flow", np.longdouble), ("rpm", np.int64)])
    assert read(array).numbers(["flow", "rpm"]).tolist() == [[1.5, 2], [3.5, 4]]


class _Lazy:
    """As data frames of other libraries: what NumPy makes of them has no names."""

    columns = ("rpm", "flow")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.ones((3, 2))


class _Dask(_Lazy):
    def compute(self) -> None:
        """As dask names it."""


class _Modin(_Lazy):
    def to_pandas(self) -> None:
        """As modin, cudf and others name it."""


@pytest.mark.parametrize(
    ("kind", "way"),
    [(_Lazy, "pandas.DataFrame(frame)"), (_Dask, "frame.compute()"), (_Modin, "frame.to_pandas()")],
)
def test_columns_do_not_lose_their_names_by_the_way_of_an_array(kind: type, way: str) -> None:
    made = type("DataFrame", (kind,), {"__module__": "dask.dataframe"})
    with pytest.raises(DataError) as raised:
        read(made())
    assert str(raised.value) == (
        "A DataFrame of dask is not read: as an array it would lose the names of its columns. Give " + way + "."
    )


class _Long(dict[str, object]):
    """As xarray's: its stream has a row for each cell; a Dataset is a mapping."""

    def __arrow_c_stream__(self, schema: object = None) -> object:
        return pl.DataFrame({"cell": [1.0, 2.0]}).__arrow_c_stream__(schema)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError("cannot directly convert it")


def test_an_array_of_xarray_is_not_read_cell_by_cell() -> None:
    for name, module in (("DataArray", "xarray.core.dataarray"), ("Dataset", "xarray.core.dataset")):
        with pytest.raises(DataError) as raised:
            read(type(name, (_Long,), {"__module__": module})())
        assert str(raised.value) == (
            f"A {name} is not read; array.to_pandas() makes a data frame of a DataArray, dataset.to_dataframe() of a "
            "Dataset."
        )


def test_what_gives_no_array_is_told() -> None:
    class Odd:
        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
            raise RuntimeError("it lies on another device\nand more")

    with pytest.raises(DataError, match=r"^An Odd gives no array: it lies on another device$"):
        read(Odd())


def test_a_table_is_given_back() -> None:
    table = Table(PUMPS, source="pumps.csv")
    assert read(table) is table
    assert read(table, missing=["1300"]).column("rpm").to_list() == [1200, None, 1400]


def test_tables_without_rows_or_columns() -> None:
    for source, words in (
        (PUMPS.head(0), "The table has 0 rows and 3 columns"),
        (np.zeros((0, 3)), "The table has 0 rows and 3 columns"),
        (np.zeros((3, 0)), "The table has 3 rows and 0 columns"),
        (pl.DataFrame(), "The table has 0 rows and 0 columns"),
    ):
        with pytest.raises(DataError, match=f"{words}; at least one of each is needed"):
            read(source)


def test_parquet_words_for_missing_and_wrong_parquet(tmp_path: Path) -> None:
    pl.DataFrame({"flow": ["1.5", "n/a", " ? "]}).write_parquet(tmp_path / "text.parquet")
    np.testing.assert_array_equal(
        read(tmp_path / "text.parquet", missing=["n/a"]).numbers(["flow"])[:, 0], [1.5, np.nan, np.nan]
    )


@pytest.mark.parametrize("name", ["PAR1", "ARROW1", "FEA1", "BZh"])
def test_a_first_name_that_begins_as_another_format(name: str, tmp_path: Path) -> None:
    (tmp_path / "parameters.csv").write_text(f"{name},PAR2\n1,2\n3,4\n")
    assert read(tmp_path / "parameters.csv").names == (name, "PAR2")


def test_real_rows(real_data: Path) -> None:
    files = sorted((real_data / "rows").glob("*.npz"))
    assert len(files) == 20
    for path in files:
        table = read(path)
        with np.load(path) as arrays:
            assert table.height == len(arrays["X"])
            np.testing.assert_array_equal(table.numbers(table.names[:-1]), arrays["X"])
            np.testing.assert_array_equal(table.numbers(["y"])[:, 0], arrays["y"])


def test_real_heartbeats(real_data: Path) -> None:
    for name, shape in (
        ("ecg_discord_train.csv", (20, 210)),
        ("ecg_discord_test.csv", (23, 210)),
        ("ecg5000.csv", (5000, 141)),
    ):
        table = read(real_data / name)
        expected = np.loadtxt(real_data / name, delimiter=",")
        assert expected.shape == shape
        np.testing.assert_allclose(table.numbers(table.names), expected, rtol=1e-15)


STARTS = (b"", b"PAR1", b"ARROW1", b"\x93NUMPY\x01\x00", b"PK\x03\x04", b"\x1f\x8b\x08", b"\xff\xff\xff\xff", b"1,2\n")


@pytest.mark.parametrize("seed", range(40))
def test_junk_gives_one_clear_error_or_a_table(seed: int, tmp_path: Path) -> None:
    letters = list(range(256)) if seed % 2 else list(b'1,;"\n x')
    junk = np.random.default_rng(seed).choice(letters, 300).astype(np.uint8).tobytes()
    (tmp_path / "junk").write_bytes(STARTS[seed // 2 % len(STARTS)] + junk)
    try:
        assert read(tmp_path / "junk").height > 0
    except OffbeatError as error:
        assert isinstance(error, DataError)
        assert "junk" in str(error)
        assert len(str(error)) < 700


@pytest.mark.parametrize("name", ["~$pumps.csv", "~nobody-of-this-name/pumps.csv"])
def test_a_tilde_that_is_no_home_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=rf"^There is no file {re.escape(name)}[.:] "):
        read(name)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("flow,rpm\n1.5,1200\n")
    assert read(name).height == 1
    assert from_home(Path("~/pumps.csv")) == Path.home() / "pumps.csv"
