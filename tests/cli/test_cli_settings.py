"""Settings from options and from offbeat.toml."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from answers import Offbeat
from hypothesis import example, given
from hypothesis import strategies as st

from offbeat.cli.config_file import gather_settings, read_config
from offbeat.cli.setting_options import setting_value
from offbeat.data.names import as_option
from offbeat.detector.config import Settings
from offbeat.errors import SettingsError


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("hidden", "32,16,8", (32, 16, 8)),
        ("hidden", "50", (50,)),
        ("hidden", "", ()),
        ("epochs", "13.5", 13.5),
        ("l1", "1e-5", 1e-5),
        ("dropout", "0.1", 0.1),
        ("dropout", "0.1,0.2", (0.1, 0.2)),
        ("missing", "n/a, -", ("n/a", "-")),
        ("ignore", '"a,b",c', ("a,b", "c")),
        ("label", "-1", "-1"),
        ("threshold", "2.5", "2.5"),
        ("missing_indicator", "auto", "auto"),
        ("missing_indicator", "true", True),
        ("activation", "Leaky_ReLU", "leaky-relu"),
        ("activation", "TANH", "tanh"),
    ],
)
def test_words_become_values(name: str, text: str, value: Any) -> None:
    given = {name: setting_value(text, Settings.model_fields[name].annotation)}

    assert getattr(gather_settings(None, given), name) == value


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
@example(["Last [%]", "a,b", 'the "best"', " led by a blank", "", "it's", "two\nlines", "-1"])
def test_what_is_advised_can_be_pasted(names: list[str]) -> None:
    (pasted,) = shlex.split(as_option(names))
    assert setting_value(pasted, Settings.model_fields["ignore"].annotation) == tuple(names)


def test_options_go_before_the_file(tmp_path: Path) -> None:
    config = tmp_path / "offbeat.toml"
    config.write_text('hidden = [32, 16]\nbatch-size = 64\nlearning_rate = 0.5\noptimizer = "SGD"\n')

    settings = gather_settings(config, {"batch_size": "8"})

    assert (settings.hidden, settings.batch_size, settings.learning_rate) == ((32, 16), 8, 0.5)
    assert settings.optimizer == "sgd"


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_it(tmp_path: Path) -> None:
    config = tmp_path / "offbeat.toml"
    config.write_bytes(b"\xef\xbb\xbfepochs = 3\n")

    assert gather_settings(config, {}).epochs == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("epoch = 3", "offbeat.toml: There is no setting 'epoch'. Did you mean 'epochs'?"),
        ('epochs = "many"', "offbeat.toml: The setting 'epochs' cannot be 'many'"),
        ("[training]\nepochs = 3", "offbeat.toml: [training] is a section; settings stand without sections"),
        (
            "batch-size = 16\nbatch_size = 8",
            "offbeat.toml: batch-size and batch_size are one setting, given twice. Take one of the lines away.",
        ),
        (
            'out = "a.offbeat"',
            "offbeat.toml: 'out' is no setting: it belongs to the call (offbeat fit --help), and not into a file. Take "
            "the line away.",
        ),
        ('checkpoint = "ck"', "offbeat.toml: 'checkpoint' is no setting: it belongs to the call"),
        (
            'progress = "none"',
            "There is no setting 'progress'. What is told of the training, progress='none', 'lines' ",
        ),
        ('table = "a.csv"', "offbeat.toml: 'table' is no setting: it belongs to the call"),
        ("epochs = = 3", "offbeat.toml: this is no TOML (Invalid value (at line 1, column 10))."),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_name(
    content: str, words: str, offbeat: Offbeat, tmp_path: Path
) -> None:
    (tmp_path / "offbeat.toml").write_text(content)

    answer = offbeat("fit", "good.csv", "--config", "offbeat.toml")

    assert answer.code == 2
    assert words in answer.err


def test_a_file_of_settings_that_is_not_there(offbeat: Offbeat) -> None:
    answer = offbeat("fit", "good.csv", "--config", "none.toml")

    assert answer.code == 2
    assert "none.toml: the file of settings cannot be read (No such file or directory)." in answer.err


def test_fit_is_told_what_the_options_say(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    (tmp_path / "offbeat.toml").write_text("epochs = 7\nhidden = [2]\nbatch_size = 8\n")
    words = ("--config", "offbeat.toml", "--epochs", "2", "--seed", "4", "--threshold", "mean+3std")
    sgd = ("--optimizer", "sgd", "--momentum", "0.5", "--nesterov")

    answer = offbeat("fit", pumps / "good.csv", "--out", "a.offbeat", "--json", *words, *sgd)

    assert answer.code == 0
    assert answer.json["settings"] == {
        "hidden": [2],
        "batch_size": 8,
        "epochs": 2.0,
        "optimizer": "sgd",
        "momentum": 0.5,
        "nesterov": True,
        "seed": 4,
        "threshold": "mean+3std",
    }


def test_an_option_of_another_command_is_said_to_be_its_own(tmp_path: Path) -> None:
    (tmp_path / "offbeat.toml").write_text("test-size = 0.2\n")

    with pytest.raises(SettingsError, match=r"it belongs to the call \(offbeat detect --help\), and not into a file"):
        read_config(tmp_path / "offbeat.toml")
