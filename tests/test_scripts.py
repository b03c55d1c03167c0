"""The scripts that a stranger runs first: which Python they take, and what they say where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pages import CHECKOUT

SCRIPTS = [CHECKOUT / "script" / name for name in ("demo", "find-python", "setup", "test")]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is all of the PATH: the system's tools that the scripts use, and no Python yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "env", "dirname"):
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


def put(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def find_python(programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(CHECKOUT / "script" / "find-python"), *arguments]
    return subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_are_plain_shell_that_may_be_run(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/sh\n")
    assert os.access(script, os.X_OK)
    subprocess.run(["/bin/sh", "-n", str(script)], check=True)


def test_no_python_at_all(programs: Path) -> None:
    answer = find_python(programs)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith(
        "offbeat needs Python 3.11, 3.12, 3.13 or 3.14, and there is none on the PATH.\n"
        "Install it, and run this again: from https://www.python.org/downloads/, "
    )


def test_the_own_python_is_found_by_its_plain_name(programs: Path) -> None:
    put(programs / "python3", f'exec "{sys.executable}" "$@"')
    answer = find_python(programs)
    assert answer.stdout == f"{sys.executable}\n"


def test_an_old_python_is_passed_over_for_a_newer_one(programs: Path) -> None:
    put(programs / "python3", "exit 3")
    put(programs / f"python{HERE}", f'exec "{sys.executable}" "$@"')
    assert find_python(programs).stdout == f"{sys.executable}\n"


def test_a_version_that_was_asked_for_is_the_only_one_to_do(programs: Path) -> None:
    put(programs / "python3", f'exec "{sys.executable}" "$@"')
    other = "3.12" if HERE != "3.12" else "3.13"
    answer = find_python(programs, other)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"offbeat needs Python {other}, and there is none on the PATH.\n")
    assert find_python(programs, HERE).stdout == f"{sys.executable}\n"


def test_a_version_that_is_not_supported_is_refused(programs: Path) -> None:
    answer = find_python(programs, "3.10")
    assert answer.returncode == 2
    assert answer.stderr == (
        "script/find-python: Python 3.10 is none that offbeat runs on. Ask for 3.11, 3.12, 3.13 or 3.14.\n"
    )


def test_pyenvs_programs_run_only_where_their_version_is_chosen(programs: Path) -> None:
    put(programs / "python3", "exit 127")
    put(programs / f"python{HERE}", f'[ "$PYENV_VERSION" = {HERE} ] || exit 127\nexec "{sys.executable}" "$@"')
    assert find_python(programs).stdout == f"{sys.executable}\n"


def test_debians_python_without_venv_is_told_what_to_install(programs: Path, tmp_path: Path) -> None:
    # As there, the standard library lacks one module; -S and a blocked name have the same effect.
    (tmp_path / "ensurepip.py").write_text("raise ImportError('no ensurepip')\n")
    put(programs / "python3", f'PYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"')
    answer = find_python(programs)
    assert answer.returncode == 1
    assert answer.stderr == (
        f"Python is here ({programs}/python3), but without what makes virtual environments (its module ensurepip).\n"
        "Install that, and run this again. On Debian and Ubuntu:  sudo apt install python3-venv\n"
    )


def test_setup_refuses_an_option_that_there_is_not() -> None:
    answer = subprocess.run([str(CHECKOUT / "script" / "setup"), "--tests"], capture_output=True, text=True)
    assert answer.returncode == 2
    assert answer.stderr == "script/setup: there is no option --tests. There are --test and --python VERSION.\n"
