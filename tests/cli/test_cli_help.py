"""Help pages: complete, quick, and never out of step with the commands and settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from answers import Offbeat

from offbeat.cli.commands import COMMANDS, GROUPS, command_function
from offbeat.detector.config import PARTS, Settings

HEAVY = ["numpy", "polars", "pydantic", "jax", "jaxtyping", "scipy", "sklearn", "pandas", "matplotlib", "rich"]


def test_help_names_every_command_with_its_line(offbeat: Offbeat) -> None:
    answer = offbeat("--help")

    assert answer.code == 0 and answer.err == ""
    words = " ".join(answer.out.split())
    assert "Usage: offbeat [OPTIONS] COMMAND [ARGS]..." in words
    for name, line in ({name: line for name, line in COMMANDS.items() if " " not in name} | GROUPS).items():
        assert f" {name} {line}" in words


@pytest.mark.parametrize("group", GROUPS)
def test_help_of_a_group_names_each_of_its_commands(group: str, offbeat: Offbeat) -> None:
    answer = offbeat(group, "--help")

    assert answer.code == 0 and answer.err == ""
    words = " ".join(answer.out.split())
    assert f"Usage: offbeat {group} [OPTIONS] COMMAND [ARGS]... {GROUPS[group]}" in words
    for name, line in COMMANDS.items():
        assert (f" {name.removeprefix(group + ' ')} {line}" in words) is name.startswith(f"{group} ")


@pytest.mark.parametrize("words", [("runs",), ("runs", "lst"), ("registry", "promot", "pumps")])
def test_a_wrong_word_after_a_group_is_told(words: tuple[str, ...], offbeat: Offbeat) -> None:
    answer = offbeat(*words)

    assert (answer.code, answer.out) == (2, "")
    assert f"'offbeat {words[0]} --help' lists what there is." in answer.err


def test_without_a_word_the_help_page_is_shown(offbeat: Offbeat) -> None:
    assert offbeat() == offbeat("--help") == offbeat("-h")


def test_help_and_version_import_no_heavy_module() -> None:
    script = (
        "import json, sys\nfrom offbeat.cli import main\nmain(['--help'])\nmain(['--version'])\n"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    )
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": source}, capture_output=True, text=True, check=True
    )

    assert json.loads(done.stdout.splitlines()[-1]) == []
    assert done.stdout.splitlines()[-2].startswith("offbeat 0.")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_of_a_command_is_the_first_of_its_docstring(name: str) -> None:
    assert (command_function(name).__doc__ or "").splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_page_with_an_example(name: str, offbeat: Offbeat) -> None:
    answer = offbeat(*name.split(), "--help")

    assert answer.code == 0
    assert f"offbeat {name} " in answer.out.split("Example")[1]
    assert "--json" in answer.out and "--debug" in answer.out
    assert max(len(line) for line in answer.out.splitlines()) <= 100


@pytest.mark.parametrize("command", ["fit", "detect"])
def test_every_setting_is_an_option_of_the_same_name_and_words(command: str, offbeat: Offbeat) -> None:
    page = offbeat(command, "--help").out

    words = " ".join(page.split())
    for name, field in Settings.model_fields.items():
        option = "--" + name.replace("_", "-")
        assert f"  {option} " in page, f"there is no option {option}"
        assert field.description is not None
        # Where a line breaks at a hyphen, the word goes on after a blank.
        assert "".join(field.description.split()) in "".join(words.split())


def test_settings_stand_under_the_name_of_their_part(offbeat: Offbeat) -> None:
    page = offbeat("fit", "--help").out

    for part in PARTS:
        title = part.__name__.removesuffix("Settings")
        section = page.split(f"\n{title}:\n")[1].split("\n\n")[0]
        for name in part.model_fields:
            assert f"  --{name.replace('_', '-')} " in section


def test_options_say_what_values_look_like_and_the_default(offbeat: Offbeat) -> None:
    page = " ".join(offbeat("fit", "--help").out.split())

    assert "--epochs NUMBER Passes over the training rows; may be fractional" in page
    assert "such as 13.3. [at least 0; default: 100]" in page
    assert "--hidden INTEGER,... Units of each hidden layer" in page
    assert "--optimizer adam|adamw|sgd|adadelta|rmsprop Rule" in page
    assert "--nesterov / --no-nesterov" in page
    assert "--ignore COLUMN,... Columns to leave out" in page
    assert "--threshold TEXT" in page and "[default: conformal]" in page


def test_commands_on_a_fitted_detector_take_its_threshold_unless_told(offbeat: Offbeat) -> None:
    page = " ".join(offbeat("score", "--help").out.split())

    assert f"{Settings.model_fields['threshold'].description} [default: as in fit]" in page
    assert "--epochs" not in page


def test_an_import_has_no_fit_to_take_defaults_from(offbeat: Offbeat) -> None:
    page = " ".join(offbeat("import", "--help").out.split())

    assert "--header" in page and "as in fit" not in page
    assert "The rule; without --table only a number or none. [default: conformal with --table]" in page
