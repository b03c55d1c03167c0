"""The documentation is complete, its examples run, and its links lead somewhere."""

from __future__ import annotations

import ast
import doctest
import importlib
import importlib.util
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest

import offbeat
from offbeat import errors
from offbeat.cli import main
from offbeat.cli.command import typer_command
from offbeat.cli.commands import COMMANDS, command_function
from offbeat.data.heartbeats import NORMAL, heartbeats
from offbeat.detector.config import Settings
from offbeat.errors import OffbeatError
from offbeat.thresholds import RULES
from pages import (
    CHECKOUT,
    DOCS,
    PAGES,
    README,
    anchors_of,
    blocks_of,
    lines_of_shell,
    links_of,
    names_the_web,
    with_local_copies,
)
from source_tree import Module, modules_of

SOURCE = CHECKOUT / "src" / "offbeat"
RUNNABLE = [page for page in PAGES if page != README and blocks_of(page, "python")]
SHOWING = [page for page in PAGES if blocks_of(page, "console")]
COMMANDED = [page for page in DOCS.rglob("*.md") if blocks_of(page, "sh") and page.parent == DOCS]
PUBLIC_DATA = "offbeat demo ecg"
LIKE_NUMBERS = 0.1
"""How far printed numbers may be from those on a page: other processors round otherwise, and training adds that up."""


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# --- is everything documented? ---


def test_the_page_of_settings_is_up_to_date() -> None:
    script = _module_at(DOCS / "make_settings.py")
    assert script.settings_page() == text_of("settings.md"), "run: python docs/make_settings.py"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_and_each_of_its_words_is_documented(name: str) -> None:
    row = next(line for line in text_of("settings.md").splitlines() if line.startswith(f"| `{name}` |"))
    assert f"`--{name.replace('_', '-')}" in row
    for word in _words(Settings.model_fields[name].annotation):
        assert word in row


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_its_own_options(name: str) -> None:
    page = text_of("command-line.md")
    assert f"\n## `offbeat {name}`\n" in page
    command: Any = typer_command(name, command_function(name))
    settings = {f"--{setting.replace('_', '-')}" for setting in Settings.model_fields}
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert [option for option in sorted(options - settings) if f"`{option}" not in page] == []


def _all_kinds(root: type[OffbeatError]) -> Iterator[type[OffbeatError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _all_kinds(kind)


def test_every_kind_of_error_is_documented() -> None:
    kinds = [kind for kind in _all_kinds(OffbeatError) if kind.__module__ == errors.__name__]
    assert len(kinds) == len({kind.kind for kind in kinds})
    # 1 is the root's, and that of files, whose errors may as well be the system's own.
    assert len(kinds) - 1 == len({kind.exit_code for kind in kinds})
    for kind in kinds:
        assert f"| `{kind.__name__}` | `{kind.kind}` | {kind.exit_code} |" in text_of("errors.md")


def test_every_threshold_rule_is_documented() -> None:
    for rule in RULES.values():
        assert re.search(rf"^\| `{re.escape(rule.example)}`", text_of("thresholds.md"), re.MULTILINE)


def test_every_public_name_is_documented() -> None:
    for name in offbeat.__all__:
        assert f"\n| `{name}` | " in text_of("getting-started.md")
    assert set(offbeat.__all__) == {name for name in dir(offbeat) if hasattr(offbeat, name)}


def test_every_environment_variable_is_documented() -> None:
    used = {name for module in modules_of(SOURCE) for name in re.findall(r"\bOFFBEAT_[A-Z_]+\b", _source(module))}
    assert {name for name in used if f"| `{name}` |" not in text_of("command-line.md")} == set()


def test_every_part_is_in_the_architecture() -> None:
    page = text_of("design/architecture.md")
    parts = {module.place[0] for module in modules_of(SOURCE)} - {"__init__", "__main__"}
    assert {part for part in parts if f"`{part}`" not in page} == set()


# --- do the links lead somewhere? ---


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_links_resolve(page: Path) -> None:
    for link in links_of(page):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in anchors_of(target), f"{page.name} links to {link}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [README]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        if page.is_dir():
            waiting += [file for file in page.iterdir() if file not in reached]
        elif page.suffix == ".md":
            local = [(page.parent / link.partition("#")[0]).resolve() for link in links_of(page) if "://" not in link]
            waiting += [target for target in local if target not in reached]
    assert [page for page in PAGES if page not in reached] == []


# --- do the examples run? ---


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_python_on_a_page_runs(page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    _write_models(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks_of(page, "python"):
        text = block.text
        if names_the_web(text):
            text = with_local_copies(text, request.getfixturevalue("real_data"))
        # Blank lines before it, so that a traceback names the line of the page.
        exec(compile("\n" * (block.line - 1) + text, str(page), "exec"), names)


@pytest.mark.slow
@pytest.mark.timeout(900)  # some pages run twenty commands, which a busy machine takes its time for
@pytest.mark.parametrize("page", COMMANDED, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_commands_on_a_page_run(page: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    _write_tables(tmp_path)
    _write_models(tmp_path)
    for command in _commands(page):
        if command.startswith(PUBLIC_DATA):
            continue
        assert main(shlex.split(command)[1:]) == 0, command
        printed = capsys.readouterr().out
        if "--json" in command:
            undocumented = {key for key in _keys(json.loads(printed)) if f"`{key}`" not in page.read_text()}
            assert undocumented == set(), command


@pytest.mark.slow
@pytest.mark.timeout(900)  # some pages run twenty commands, which a busy machine takes its time for
@pytest.mark.parametrize("page", COMMANDED, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_commands_on_public_data_run(page: Path, real_data: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OFFBEAT_DATA", str(real_data))
    for command in _commands(page):
        if command.startswith(PUBLIC_DATA):
            assert main(shlex.split(command)[1:]) == 0, command


@pytest.mark.parametrize("page", SHOWING, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_commands_print_what_a_page_shows(page: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks_of(page, "console"):
        for before in blocks_of(page, "python"):
            if before.line < block.line:
                exec(before.text, {})
        for command, shown in re.findall(r"^\$ (offbeat .+)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
            capsys.readouterr()
            assert main(shlex.split(command)[1:]) == 0, command
            words, numbers = _words_and_numbers(capsys.readouterr().out)
            assert words == _words_and_numbers(shown)[0], command
            for printed, wanted in zip(numbers, _words_and_numbers(shown)[1], strict=True):
                nearly = max(LIKE_NUMBERS * float(wanted), _last_digit(wanted))
                assert float(printed) == pytest.approx(float(wanted), abs=1.01 * nearly), command


@pytest.mark.slow
def test_the_picture_of_the_readme_can_be_drawn(tmp_path: Path) -> None:
    picture = _module_at(DOCS / "make_picture.py").draw(tmp_path / "heartbeats.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 100_000
    assert (DOCS / "heartbeats.png").stat().st_size < 100_000


WITH_EXAMPLES = [module for module in modules_of(SOURCE) if ">>> " in module.path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("module", WITH_EXAMPLES, ids=lambda module: module.shown)
def test_examples_in_docstrings_run(module: Module, monkeypatch: Any, tmp_path: Path) -> None:
    """Docstrings are read from the source: the checks at run time wrap functions, and doctest would not find them."""
    monkeypatch.chdir(tmp_path)
    imported = importlib.import_module(".".join(("offbeat", *module.place)).removesuffix(".__init__"))
    shown: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for name, text, line in _docstrings(module):
        example = doctest.DocTestParser().get_doctest(text, dict(vars(imported)), name, module.shown, line)
        runner.run(example, out=shown.append)
    assert runner.tries > 0
    assert not runner.failures, "".join(shown)


def _docstrings(module: Module) -> Iterator[tuple[str, str, int]]:
    """Name, text and line of each docstring of a file that shows an example."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(module.tree):
        if isinstance(node, documented) and ">>> " in (text := ast.get_docstring(node) or ""):
            yield getattr(node, "name", module.shown), text, node.body[0].lineno - 1


def _words(annotation: Any) -> set[str]:
    """The words that a setting can take, however deep in its type they are."""
    parts = get_args(annotation)
    return {part for part in parts if isinstance(part, str)}.union(*(_words(part) for part in parts))


def _commands(page: Path) -> list[str]:
    lines = [line for block in blocks_of(page, "sh") for line in lines_of_shell(block)]
    return [line for line in lines if line.startswith("offbeat ")]


def _words_and_numbers(printed: str) -> tuple[list[str], list[str]]:
    """What a command prints, but for the times that it took; words have # for each number."""
    lasting = "\n".join(line for line in printed.splitlines() if not line.startswith("Time: "))
    number = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
    return number.sub("#", lasting).split(), number.findall(lasting)


def _last_digit(number: str) -> float:
    """What one more in the last digit adds: 0.01 to 2.35, 1e-6 to 2.3e-5."""
    digits, _, power = number.partition("e")
    return 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))


def _keys(record: Any) -> set[str]:
    """The names in a JSON object, however deep, but for those that are columns, metrics or settings."""
    if isinstance(record, list):
        return set().union(*map(_keys, record))
    if not isinstance(record, dict):
        return set()
    named_elsewhere = {"contributions", "shares", "observed", "expected", "intervals", "settings", "resolved"}
    return set(record).union(*(_keys(value) for key, value in record.items() if key not in named_elsewhere))


def _write_tables(folder: Path) -> None:
    """The files that the pages name, as users would have them."""
    beats = heartbeats(60, samples=35, anomalies=1)
    last = np.flatnonzero([kind == NORMAL for kind in beats.kinds])[40:]
    is_new = np.array([kind != NORMAL or row in last for row, kind in enumerate(beats.kinds)])
    np.savetxt(folder / "good.csv", beats.curves[~is_new], delimiter=",")
    np.savetxt(folder / "all.csv", beats.curves, delimiter=",")
    np.savetxt(folder / "new.csv", beats.curves[is_new], delimiter=",")
    labelled = np.random.default_rng(0).normal(size=(120, 6))
    labelled[:, -1] = np.arange(120) % 10 > 0
    labelled[labelled[:, -1] == 0, 0] += 8
    for name in ("beats.csv", "labelled.csv"):
        np.savetxt(folder / name, labelled, delimiter=",")
    (folder / "offbeat.toml").write_text("hidden = [8]\nepochs = 5\n")


def _write_models(folder: Path) -> None:
    """The models that users would bring from elsewhere, and rows for them."""
    files = {"model.zip": "tanh-dropout.zip", "model.keras": "sequential.keras"}
    for name in ("pumps.csv", "curves.csv", *files):
        (folder / name).write_bytes((CHECKOUT / "tests/files/imported" / files.get(name, name)).read_bytes())


def _source(module: Module) -> str:
    return module.path.read_text(encoding="utf-8")


def _module_at(path: Path) -> ModuleType:
    """A script as a module, without putting its folder on the path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
