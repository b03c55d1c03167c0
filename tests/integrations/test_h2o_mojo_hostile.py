"""MOJOs that are damaged, hostile, or of another kind: one error each, with words that say what is wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from imported_models import mojo, repacked, with_ini, with_value

from offbeat.errors import DetectorFileError
from offbeat.integrations import open_mojo
from offbeat.integrations.foreign_zip import open_zip

Edit = Callable[[str], str]
DIRECTORY = b"PK\x01\x02"


def refused(path: Path) -> str:
    with pytest.raises(DetectorFileError) as problem:
        open_mojo(path)
    words = str(problem.value)
    assert words.startswith((str(path), path.name))
    assert words.endswith((".", "?"))
    return words


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (
            "algo",
            "gbm",
            "this is a model of the kind 'gbm' ('AutoEncoder'); an autoencoder (deeplearning, AutoEncoder)",
        ),
        ("category", "Binomial", "this is a model of the kind 'deeplearning' ('Binomial')"),
        ("mojo_version", "2.00", "the MOJO has version '2.00'; 1.00 or 1.10 was expected."),
        ("_genmodel_encoding", "Enum", "categories are encoded by 'Enum', which cannot be read. Train the model with"),
        ("activation", "Maxout", "the activation is 'Maxout'; Tanh, Rectifier, ExpRectifier, with or without dropout"),
        ("cats", "4", "of 8 columns 4 are said to be categorical and 3 numeric, and 5 have levels."),
        ("nums", "-3", "nums is '-3'; a whole number was expected."),
        ("nums", "9" * 5000, "a whole number was expected."),
        (
            "cat_offsets",
            "[0, 4, 7, 10, 13, 16]",
            "cat_offsets does not give each category one slot a level and one",
        ),
        ("neural_network_sizes", "[21]", "neural_network_sizes has 1 entries."),
        (
            "neural_network_sizes",
            "[21, 6, 3, 6, 22]",
            "the network has the sizes '21.0', '6.0', '3.0', '6.0', '22.0'",
        ),
        ("neural_network_sizes", "[21, 0.5, 3, 6, 21]", "the network has the sizes '21.0', '0.5', '3.0'"),
        (
            "neural_network_sizes",
            "[21, 1000000000, 1000000000, 6, 21]",
            "weight_layer0 holds 126 numbers; 21000000000 ",
        ),
        ("neural_network_sizes", "[21, 1e300, 3, 6, 21]", "the network has the sizes '21.0', '1e+300'"),
        ("neural_network_sizes", "6", "neural_network_sizes is '6'; a list [...] was expected."),
        ("norm_mul", "[1.0, 0.0, 1.0]", "norm_mul holds numbers that are not positive."),
        ("norm_mul", "[1.0, 1.0]", "norm_mul holds 2 numbers; 3 were expected."),
        ("norm_sub", "[1.0, NaN, 1.0]", "number 1 of norm_sub is nan; finite numbers were expected."),
        ("norm_sub", "[1.0, two, 1.0]", "entry 1 of norm_sub is ' two'; a number was expected."),
        ("norm_sub", "[1.0, , 1.0]", "entry 1 of norm_sub is ' '; a number was expected."),
        ("norm_sub", "[1.0, 1_0, 1.0]", "entry 1 of norm_sub is ' 1_0'; a number was expected."),
        (
            "bias_layer1",
            "[1.0, Infinity, 1.0]",
            "number 1 of bias_layer1 is inf; finite numbers were expected. The",
        ),
        ("bias_layer3", "[1e5]", "bias_layer3 holds 1 numbers; 21 were expected."),
        ("weight_layer2", "[" + ", ".join(["1e39"] * 18) + "]", "weight_layer2 holds numbers beyond float32."),
        ("hidden_dropout_ratios", "[1.0, 0.0, 0.0, 0.0]", "hidden_dropout_ratios holds numbers outside of 0 to 1."),
    ],
)
def test_words_for_a_value_that_cannot_be(key: str, value: str, words: str, tmp_path: Path) -> None:
    path = with_value(tmp_path / "a.zip", key, value)
    assert words in refused(path)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: text.replace("activation = TanhWithDropout\n", ""), "model.ini lacks the key 'activation'."),
        (lambda text: text.replace("[info]", "[nothing]"), "model.ini has no sections [info] and [columns]."),
        (lambda text: text.partition("[columns]")[0], "model.ini has no sections [info] and [columns]."),
        (
            lambda text: text.partition("[domains]")[0],
            "names fewer columns than the 8 that n_columns counts.",
        ),
        (lambda text: text.replace("n_columns = 8", "n_columns = 9999"), "names fewer columns than the 9999"),
        (
            lambda text: text.replace("\nflow\n", "\nfl\now\n"),
            "names more columns than the 8 that n_columns counts: 'cycles' is left over. A column's name with a line "
            "break in it does that. Rename the column, and train the model again.",
        ),
        (lambda text: text.replace("\nflow\n", "\npressure\n"), "has a column twice, or one without a name."),
        (
            lambda text: text.replace("nums = 3", "nums = 3\nnums = 3"),
            "the line 'nums = 3' is no new key with a",
        ),
        (lambda text: text.replace("nums = 3", "nums"), "the line 'nums' is no new key with a value."),
        (
            lambda text: text.replace("0: 4 d000.txt", "0: 4 ../d000.txt"),
            "the line '0: 4 ../d000.txt' of [domains]",
        ),
        (lambda text: text.replace("0: 4 d000.txt", "1: 4 d000.txt"), "of [domains] names no file of levels"),
        (lambda text: text.replace("0: 4 d000.txt", "0: 4 d999.txt"), "lacks the entry 'domains/d999.txt'."),
        (
            lambda text: text.replace("0: 4 d000.txt", "0: 5 d000.txt"),
            "d000.txt holds 4 levels; 5 were expected.",
        ),
        (lambda text: text + "\n" * 2_000_001, "model.ini has more than 2000000 lines."),
        (lambda text: "", "model.ini has no sections [info] and [columns]."),
        (
            lambda text: text.replace("tanh", "").replace("activation = ", "activation = \x1b[2J"),
            r"the activation is '\x1b[2J",
        ),
    ],
)
def test_words_for_a_text_that_is_out_of_order(edit: Edit, words: str, tmp_path: Path) -> None:
    assert words in refused(with_ini(tmp_path / "a.zip", edit))


def test_text_that_is_no_text(tmp_path: Path) -> None:
    path = repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {"model.ini": b"[info]\n\xff\n[columns]"})
    assert "model.ini is not UTF-8 text: byte 7 is wrong." in refused(path)


def test_a_cut_file_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    whole = mojo("tanh-dropout").read_bytes()
    path = tmp_path / "a.zip"
    for kept in range(997, len(whole), 997):
        path.write_bytes(whole[:kept])
        assert "was cut short, or bytes were added behind it" in refused(path)
    path.write_bytes(whole + b"more")
    assert "was cut short, or bytes were added behind it" in refused(path)


def test_changed_bytes_are_found_or_change_nothing(tmp_path: Path) -> None:
    whole = mojo("tanh-dropout").read_bytes()
    path = tmp_path / "a.zip"
    for place in range(0, len(whole), 499):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            open_mojo(path)
        except DetectorFileError as problem:
            assert str(path) in str(problem)


def test_any_byte_of_the_directory_or_of_a_name_may_be_damaged(tmp_path: Path) -> None:
    """zipfile answers with errors of many kinds, of names that are no text among others."""
    whole = mojo("only-categories").read_bytes()
    heads = [place for place in range(len(whole)) if whole[place : place + 4] == b"PK\x03\x04"]
    path = tmp_path / "a.zip"
    names = [at for head in heads for at in range(head, head + 40)]
    for place in [*names, *range(whole.index(DIRECTORY), len(whole))]:
        for byte in (0x00, 0xFF):
            path.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
            try:
                with open_zip(path) as archive:
                    for name in archive.entries:
                        archive.read(name, 2**30)
            except DetectorFileError as problem:
                assert str(path) in str(problem)


@pytest.mark.parametrize(
    ("place", "byte", "words"),
    [
        (30, 0xFF, "model.ini cannot be read (its directory makes no sense). The file is damaged: copy or export"),
        (-1, 0xFF, "is a zip without a readable directory (zip file version 25.5). The file is damaged: copy or"),
    ],
)
def test_words_for_a_damaged_directory(place: int, byte: int, words: str, tmp_path: Path) -> None:
    damaged = bytearray(mojo("tanh-dropout").read_bytes())
    damaged[place if place > 0 else damaged.index(DIRECTORY) + 6] = byte
    (tmp_path / "a.zip").write_bytes(damaged)
    assert words in refused(tmp_path / "a.zip")


def test_an_entry_without_a_name_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive, archive.open(zipfile.ZipInfo(""), "w") as entry:
        entry.write(b"a")
    assert "entry '' has a name that is no plain text." in refused(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["../model.ini", "/etc/passwd", "C:model.ini", "a/../../b", "\\\\host\\model.ini"])
def test_entries_that_point_outside_are_refused(name: str, tmp_path: Path) -> None:
    path = repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {name: b""})
    assert "points outside of the file." in refused(path)


def test_a_level_file_that_unfolds_too_far_is_refused(tmp_path: Path) -> None:
    path = repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {"domains/d000.txt": b"a" * 20_000_000})
    assert "domains/d000.txt would unfold from 1" in refused(path)


def test_other_packing_encryption_links_and_doubles_are_refused(tmp_path: Path) -> None:
    path = repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {}, zipfile.ZIP_BZIP2)
    assert "is packed by method 12; stored or deflated was expected." in refused(path)

    link = zipfile.ZipInfo("model.ini")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "entry 'model.ini' is a symbolic link." in refused(tmp_path / "b.zip")

    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("model.ini", "a")
        archive.writestr("model.ini", "b")
    assert "holds an entry twice: 'model.ini'." in refused(tmp_path / "c.zip")

    encrypted = bytearray(mojo("tanh-dropout").read_bytes())
    place = encrypted.index(b"PK\x01\x02")
    encrypted[place + 8] |= 1
    (tmp_path / "d.zip").write_bytes(encrypted)
    assert "is encrypted." in refused(tmp_path / "d.zip")


def test_no_file_a_folder_and_no_zip(tmp_path: Path) -> None:
    assert "cannot be read: No such file or directory." in refused(tmp_path / "absent.zip")
    assert "is a folder; a model file was expected." in refused(tmp_path)
    (tmp_path / "text.zip").write_text("pressure,flow\n" * 100)
    assert "was expected; it begins with the bytes b'pressure'." in refused(tmp_path / "text.zip")
    (tmp_path / "short.zip").write_bytes(mojo("tanh-dropout").read_bytes()[:-30])
    assert "does not end as a zip does" in refused(tmp_path / "short.zip")
