"""Control characters that files bring along are shown to people, and steer no terminal."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from answers import Offbeat

from offbeat.cli.process import _in_one_line
from offbeat.cli.saying import harmless
from offbeat.cli.tables import print_table
from offbeat.errors import OldCopyWarning

CLI = Path(__file__).parents[2] / "src/offbeat/cli"
EVIL = "b\x1b]0;owned\x07\x1b[2Jc\x9b31m\x7f"
SHOWN = r"b\x1b]0;owned\x07\x1b[2Jc\x9b31m\x7f"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
QUICK = ("--hidden", "1", "--epochs", "3", "--threshold", "mean+3std", "--quiet")


@pytest.fixture
def evil(offbeat: Offbeat, tmp_path: Path) -> Path:
    """A folder: good.csv, evil.csv (row 3 is bad), evil.offbeat; a column that never changes has an evil name too."""
    rows = np.random.default_rng(0).normal(size=(40, 2))
    columns = {"a": rows[:, 0], EVIL: rows[:, 1], f"same {EVIL}": np.ones(40), f"text {EVIL}": ["x\x1b[2Jy"] * 40}
    good = pl.DataFrame(columns)
    good.write_csv(tmp_path / "good.csv")
    rows[3, 1] = 90.0
    good.with_columns(pl.Series(EVIL, rows[:, 1])).write_csv(tmp_path / "evil.csv")
    assert offbeat("fit", "good.csv", "--out", "evil.offbeat", *QUICK).code == 0
    return tmp_path


def test_every_control_but_line_end_and_tab_is_spelled_out() -> None:
    every = "".join(map(chr, range(256)))
    assert CONTROL.search(every)
    shown = harmless(every)
    assert not CONTROL.search(shown)
    assert [mark for mark in shown if not mark.isprintable()] == ["\t", "\n", "\xa0", "\xad"]
    assert harmless("naïve 温度\tno\n") == "naïve 温度\tno\n"
    assert _in_one_line(OldCopyWarning("a\x1bb"), OldCopyWarning, "remote.py", 1) == "Warning: a\\x1bb\n"


@pytest.mark.parametrize(
    "words",
    [
        ("inspect", "evil.offbeat"),
        ("detect", "good.csv", "evil.csv", "--no-report", "--hidden", "1", "--epochs", "3"),
        ("explain", "evil.offbeat", "evil.csv"),
    ],
)
@pytest.mark.usefixtures("evil")
def test_columns_names_are_shown_and_not_obeyed(words: tuple[str, ...], offbeat: Offbeat) -> None:
    answer = offbeat(*words)
    assert (answer.code, answer.err) == (0, "")
    assert SHOWN in answer.out and not CONTROL.search(answer.out)


@pytest.mark.usefixtures("evil")
def test_errors_show_names_too(offbeat: Offbeat, tmp_path: Path) -> None:
    (tmp_path / "less.csv").write_text("a\n1\n2\n3\n")
    for words in (("score", "evil.offbeat", "less.csv"), ("fit", "good.csv", "--label", "nope"), ("score", EVIL, "x")):
        answer = offbeat(*words, "--debug")
        assert answer.code > 0
        assert SHOWN in answer.err and not CONTROL.search(answer.err)


@pytest.mark.usefixtures("evil")
def test_json_holds_the_names_themselves(offbeat: Offbeat) -> None:
    record = offbeat("explain", "evil.offbeat", "evil.csv", "--json").json
    assert EVIL in record["explanations"][0]["observed"]


def test_tables_drawn_on_a_terminal_show_names_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(["column"], [[EVIL]])
    drawn = capsys.readouterr().out
    assert SHOWN in drawn and "\u2500" in drawn and "\x07" not in drawn


def test_commands_print_for_people_in_one_place() -> None:
    printing = {
        path.name
        for path in CLI.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert printing == {"saying.py", "json_output.py"}
