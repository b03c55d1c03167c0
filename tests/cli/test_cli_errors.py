"""What goes wrong is told once, in words, with an exit code of its kind."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import polars
import pytest
from answers import Offbeat

from offbeat.errors import TrainingError

NEWER_TYPER = find_spec("typer._coercion") is not None


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}


def test_an_unknown_command_is_guessed(offbeat: Offbeat) -> None:
    answer = offbeat("detct")

    assert answer.code == 2
    assert (
        answer.err == "Error: No such command 'detct'. Did you mean 'detect'? 'offbeat --help' lists what there is.\n"
    )


def test_an_unknown_option_is_guessed(offbeat: Offbeat) -> None:
    answer = offbeat("fit", "good.csv", "--epoch", "3")

    assert answer.code == 2
    assert answer.err == (
        "Error: There is no option --epoch. Did you mean --epochs? 'offbeat fit --help' lists what there is.\n"
    )
    assert answer.out == ""


def test_a_missing_argument_is_named(offbeat: Offbeat) -> None:
    answer = offbeat("score", "pumps.offbeat")

    assert answer.code == 2
    assert answer.err == "Error: Missing argument 'TABLE'. 'offbeat score --help' lists what there is.\n"


def test_a_bad_value_names_the_setting(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("fit", pumps / "good.csv", "--epochs", "many", "--activation", "tanhh")

    assert answer.code == 2
    assert "The setting 'epochs' cannot be 'many': it should be a valid number" in answer.err
    assert "The setting 'activation' cannot be 'tanhh': it should be 'tanh', 'relu'" in answer.err


def test_a_missing_file_is_the_error_of_data(offbeat: Offbeat) -> None:
    answer = offbeat("detect", "good.csv", "new.csv")

    assert answer.code == 3
    assert answer.err.startswith("Error: There is no file good.csv.")
    assert answer.err.count("\n") == 1


def test_a_table_with_other_columns_is_the_error_of_schema(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("flow,RPM,heat\n50,1500,55\n")

    answer = offbeat("score", pumps / "pumps.offbeat", "other.csv")

    assert answer.code == 4
    assert "'rpm'" in answer.err and "'RPM'" in answer.err


def test_what_is_no_detector_is_the_error_of_detector_files(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("inspect", pumps / "good.csv")

    assert answer.code == 7
    assert "good.csv is not a detector file" in answer.err


def test_with_json_an_error_is_an_object_too(offbeat: Offbeat) -> None:
    answer = offbeat("inspect", "none.offbeat", "--json")

    assert answer.code == 7
    error = answer.json["error"]
    assert error["kind"] == "detector-file"
    assert error["message"].startswith("There is no file none.offbeat.")
    assert answer.err == f"Error: {error['message']}\n"


def test_with_json_an_error_of_usage_is_an_object_too(offbeat: Offbeat) -> None:
    answer = offbeat("inspect", "--json", "--nosuch")

    assert answer.code == 2
    assert answer.json["error"]["kind"] == "usage"


def test_every_kind_of_failure_keeps_its_exit_code(offbeat: Offbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    def inspect() -> None:
        raise TrainingError("Training diverged.")

    monkeypatch.setattr("offbeat.cli.inspect.inspect", inspect)

    answer = offbeat("inspect")
    assert (answer.code, answer.err) == (6, "Error: Training diverged.\n")


def test_the_unexpected_is_one_line_and_a_traceback_on_request(
    offbeat: Offbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inspect() -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("offbeat.cli.inspect.inspect", inspect)

    answer = offbeat("inspect")
    assert answer.code == 1
    assert answer.err == (
        "Error: This should not happen: RuntimeError: boom. Run again with --debug for the traceback.\n"
    )

    answer = offbeat("inspect", "--debug")
    assert answer.code == 1
    assert answer.err.startswith("Traceback (most recent call last):")
    assert answer.err.endswith("RuntimeError: boom\nError: This should not happen: RuntimeError: boom.\n")


def test_a_panic_of_polars_is_one_line_too(offbeat: Offbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    def inspect() -> None:
        raise polars.exceptions.PanicException("odd cells")

    monkeypatch.setattr("offbeat.cli.inspect.inspect", inspect)

    answer = offbeat("inspect")
    assert answer.code == 1
    assert answer.err == (
        "Error: This should not happen: PanicException: odd cells. Run again with --debug for the traceback.\n"
    )


def test_an_interrupt_ends_quietly_with_130(offbeat: Offbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    def inspect() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("offbeat.cli.inspect.inspect", inspect)

    answer = offbeat("inspect")
    assert (answer.code, answer.out, answer.err) == (130, "", "")


@pytest.mark.skipif(os.name != "posix", reason="pipes break differently elsewhere")
def test_a_reader_that_leaves_early_is_no_error(pumps: Path) -> None:
    for words in (["--help"], ["inspect", str(pumps / "pumps.offbeat")]):
        with subprocess.Popen(
            [sys.executable, "-m", "offbeat", *words],
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None and process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""


def test_a_table_is_not_overwritten_by_the_result(offbeat: Offbeat, pumps: Path) -> None:
    table = pumps / "good.csv"
    before = table.read_bytes()

    answer = offbeat("fit", table, "--out", table)

    assert answer.code == 2
    assert "this file is read, and would be overwritten" in answer.err
    assert table.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "result"),
    [
        (("fit", "good.csv", "--validation-table", "new.csv"), ("--out", "new.csv")),
        (("fit", "good.csv", "--config", "offbeat.toml"), ("--out", "offbeat.toml")),
        (("detect", "good.csv", "new.csv", "--validation-table", "labelled.csv"), ("--report", "labelled.csv")),
        (("detect", "good.csv", "new.csv"), ("--report", "new.csv")),
        (("tune", "good.csv", "--config", "offbeat.toml"), ("--write-config", "offbeat.toml")),
    ],
    ids=" ".join,
)
def test_nothing_that_is_read_is_overwritten(
    offbeat: Offbeat, pumps: Path, words: tuple[str, ...], result: tuple[str, str]
) -> None:
    shutil.copytree(pumps, ".", dirs_exist_ok=True)
    Path("offbeat.toml").write_text("epochs = 1\n")
    before = Path(result[1]).read_bytes()

    answer = offbeat(*words, *result)

    assert answer.code == 2
    assert f"{result[1]}: this file is read, and would be overwritten. Choose another name." in answer.err
    assert Path(result[1]).read_bytes() == before


def test_two_results_do_not_go_into_one_file(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("detect", pumps / "good.csv", pumps / "new.csv", "--out", "same", "--report", "./same")

    assert answer.code == 2
    assert "same: two results would be written to this file. Choose another name for one of them." in answer.err
    assert not Path("same").exists()


def test_a_missing_label_is_told_by_its_row_in_the_file(offbeat: Offbeat, pumps: Path) -> None:
    lines = (pumps / "labelled.csv").read_text().splitlines()
    lines[4] = lines[4].rpartition(",")[0] + ","
    Path("gap.csv").write_text("\n".join(lines))
    for seed in range(4):
        answer = offbeat("detect", "gap.csv", "--label", "state", "--normal", "good", "--split-seed", seed)
        assert answer.code == 3
        assert "gap.csv: the label column 'state' is missing at row 3 (1 such row)." in answer.err


@pytest.mark.parametrize("number", ["inf", "nan"])
def test_a_test_size_that_is_no_number(offbeat: Offbeat, pumps: Path, number: str) -> None:
    answer = offbeat("detect", pumps / "labelled.csv", "--label", "state", "--normal", "good", "--test-size", number)
    assert answer.code == 2
    assert "This should not happen" not in answer.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
@pytest.mark.parametrize("words", [("score", "pumps.offbeat", "new.csv"), ("inspect", "pumps.offbeat", "--json")])
def test_a_full_output_is_one_message(pumps: Path, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "offbeat", *words]
        ended = subprocess.run(command, cwd=pumps, env=_environment(), stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "Error: Standard output: No space left on device.\n"


@pytest.mark.parametrize("more", ["", "--json"])
def test_an_output_that_is_closed_cannot_be_written_to(pumps: Path, more: str) -> None:
    command = f"exec {sys.executable} -m offbeat score pumps.offbeat new.csv {more} >&-"
    ended = subprocess.run(["sh", "-c", command], cwd=pumps, env=_environment(), stderr=subprocess.PIPE, text=True)
    assert (ended.returncode, ended.stderr) == (1, "Error: Standard output: Bad file descriptor.\n")


def test_who_prints_nothing_needs_no_output(pumps: Path, tmp_path: Path) -> None:
    words = f"threshold pumps.offbeat --threshold none --quiet --out {tmp_path / 'a.offbeat'}"
    command = f"exec {sys.executable} -m offbeat {words} >&- 2>&-"
    ended = subprocess.run(["sh", "-c", command], cwd=pumps, env=_environment(), check=False)
    assert ended.returncode == 0 and (tmp_path / "a.offbeat").exists()


def test_a_folder_that_is_gone_is_not_taken_for_the_output(pumps: Path, tmp_path: Path) -> None:
    (tmp_path / "g").mkdir()
    command = f"rmdir ../g; exec {sys.executable} -m offbeat fit {pumps / 'good.csv'}"
    ended = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path / "g", env=_environment(), capture_output=True, text=True
    )
    assert (ended.returncode, ended.stderr) == (1, "Error: The current folder: No such file or directory.\n")


def test_an_error_of_the_system_about_nothing_named_is_not_taken_for_the_output(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("offbeat.detector.detector.Detector.detect", fail)
    answer = offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv")
    assert answer.code == 1
    assert "Standard output" not in answer.err and "Input/output error" in answer.err


def test_a_folder_is_no_place_for_a_detector(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    answer = offbeat("fit", pumps / "good.csv", "--out", tmp_path)

    assert answer.code == 2
    assert "this is a folder; a file name was expected" in answer.err


def test_detect_says_what_it_lacks_to_look_at(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("detect", pumps / "good.csv")

    assert answer.code == 2
    assert "Name a second table (offbeat detect TRAIN TEST)" in answer.err
    assert "--test-size 0.2" in answer.err


def test_detect_refuses_a_second_table_and_a_share_together(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("detect", pumps / "good.csv", pumps / "new.csv", "--test-size", "0.2")

    assert answer.code == 2
    assert "TEST and --test-size exclude each other" in answer.err


def test_a_demonstration_that_there_is_not_is_guessed(offbeat: Offbeat) -> None:
    answer = offbeat("demo", "ecg500")

    assert answer.code == 2
    assert "Did you mean 'ecg5000'? There are 'heartbeats', 'ecg-discord', 'ecg5000'." in answer.err


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no such name here")
def test_standard_output_by_its_name_is_written_into(pumps: Path, tmp_path: Path) -> None:
    score = f"{sys.executable} -m offbeat score pumps.offbeat new.csv --out /dev/stdout"
    for script in (f"{score} | cat > OUT", f"{{ echo first; {score}; echo last; }} > OUT", f"{score} >> OUT"):
        out = tmp_path / "out.txt"
        out.write_text("")
        command = script.replace("OUT", str(out))
        ended = subprocess.run(["sh", "-c", command], cwd=pumps, env=_environment(), stderr=subprocess.PIPE, text=True)
        assert (ended.returncode, ended.stderr) == (0, "")
        lines = out.read_text().splitlines()
        assert lines.count("row,score,p_value,anomalous") == 1 and len(lines) >= 17
        assert "echo first" not in script or (lines[0], lines[-1]) == ("first", "last")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_what_cannot_be_written_is_named(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("score", pumps / "pumps.offbeat", pumps / "new.csv", "--out", "/dev/full")
    assert answer.code == 1
    assert answer.err.startswith("Error: /dev/full cannot be written: No space left on device. ")
    assert answer.err.endswith("Free some space in /dev, or choose another folder.\n")


@pytest.mark.parametrize(
    ("words", "given", "expected"),
    [
        (("runs", "list", "--most", "0"), "0", "at least 1"),
        (("watch", "a", "b", "--every", "0"), "0", "at least 0.05"),
        (("serve", "a", "--port", "70000"), "70000", "at most 65,535"),
        (("tune", "a.csv", "--trials", "few"), "few", "a whole number"),
        (("detect", "a.csv", "--test-size", "some"), "some", "a number"),
        (("export", "a", "--format", "foo"), "foo", "one of 'onnx', 'mlflow', 'azureml'"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected(
    offbeat: Offbeat, words: tuple[str, ...], given: str, expected: str
) -> None:
    answer = offbeat(*words)
    assert answer.code == 2 and given in answer.err
    assert "Input should" not in answer.err and "Value error" not in answer.err
    if NEWER_TYPER:  # an older one has words of its own
        told = f"Error: Invalid value for '{words[-2]}': '{given}' was given; {expected} was expected. "
        assert answer.err.startswith(told)


TO_A_FULL_DISK = [
    (("score", "pumps.offbeat", "new.csv", "--out", "full/a.csv"), "full/a.csv cannot be written: "),
    (
        ("fit", "good.csv", "--hidden", "2", "--quiet", "--checkpoint", "full"),
        "full/training.checkpoint: the checkpoint cannot ",
    ),
    (("export", "pumps.offbeat", "--format", "mlflow", "--out", "full/a"), "full/a cannot be written ("),
    (("export", "pumps.offbeat", "--format", "azureml", "--out", "full/a"), "full/a cannot be written ("),
    (("registry", "add", "pumps", "pumps.offbeat", "--tracking", "full"), "full: 'pumps' cannot be added there ("),
    (
        ("watch", "pumps.offbeat", "new.csv", "--once", "--quiet", "--state", "full/a"),
        "full/a: the state cannot be kept ",
    ),
    (("serve", "pumps.offbeat", "--drift-state", "full/a"), "--drift-state full/a: it cannot be kept there ("),
]


@pytest.mark.parametrize(
    ("words", "told"), TO_A_FULL_DISK, ids=lambda value: value[0] if isinstance(value, tuple) else ""
)
def test_a_full_disk_is_told_once_with_what_to_do(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("pumps.offbeat", "new.csv", "good.csv"):
        shutil.copy(pumps / name, name)
    monkeypatch.setattr(os, "fsync", full)
    answer = offbeat(*words)

    assert answer.code == 1
    assert answer.err.splitlines()[-1].startswith(f"Error: {told}")
    assert answer.err.count("No space left on device") == answer.err.count("Free some space in ") == 1
    assert answer.err.endswith("full, or choose another folder.\n") or "registry/pumps" in answer.err


def test_a_link_into_nowhere_is_told_before_anything_is_trained(offbeat: Offbeat, pumps: Path) -> None:
    Path("link.offbeat").symlink_to("/proc/nowhere/pumps.offbeat")
    answer = offbeat("fit", pumps / "good.csv", "--out", "link.offbeat")
    assert answer.code == 1
    assert "link.offbeat: the folder /proc/nowhere cannot be made (" in answer.err
    assert answer.err.endswith("). Choose a folder that you may write to, or another name.\n")
