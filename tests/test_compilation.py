"""Compiled programs are kept where only this user can write, and found again by the next process."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

from offbeat import compilation
from offbeat.compilation import cache_folder, programs_folder

posix = pytest.mark.skipif(os.name != "posix", reason="owners and permissions are POSIX's")


@pytest.fixture
def no_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A process in which nobody has chosen a cache; where offbeat's would be."""
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    monkeypatch.setenv("OFFBEAT_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    jax.config.update("jax_compilation_cache_dir", before)


def _place(cache: Path, mode: int) -> Path:
    """Make the folder that would be used, with these permissions."""
    folder = programs_folder()
    assert folder is not None
    assert folder.is_relative_to(cache)
    jax.config.update("jax_compilation_cache_dir", None)
    folder.chmod(mode)
    return folder


@posix
def test_the_folder_is_made_for_this_user_alone(no_choice: Path) -> None:
    before = os.umask(0)
    try:
        folder = programs_folder()
    finally:
        os.umask(before)
    assert folder is not None
    assert folder.parent == no_choice / "compiled"
    assert folder.name.startswith("jaxlib-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777])
def test_a_folder_that_others_can_write_is_not_used(no_choice: Path, mode: int) -> None:
    _place(no_choice, mode)
    assert programs_folder() is None
    assert jax.config.jax_compilation_cache_dir is None


@posix
@pytest.mark.parametrize("mode", [0o700, 0o755])
def test_a_folder_that_others_can_only_read_is_used(no_choice: Path, mode: int) -> None:
    folder = _place(no_choice, mode)
    assert programs_folder() == folder


@posix
def test_a_folder_of_another_user_is_not_used(no_choice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _place(no_choice, 0o700)
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    assert programs_folder() is None
    assert jax.config.jax_compilation_cache_dir is None


def test_where_no_folder_can_be_made_there_is_no_cache(no_choice: Path) -> None:
    no_choice.write_text("a file in the way")
    assert programs_folder() is None


@pytest.mark.parametrize("chosen", ["", "/somewhere/else"])
def test_the_users_environment_variable_wins(no_choice: Path, monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", chosen)
    assert programs_folder() is None
    assert not no_choice.exists()


def test_the_users_jax_setting_wins(no_choice: Path, tmp_path: Path) -> None:
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "own"))
    assert programs_folder() is None
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / "own")
    assert not no_choice.exists()


def test_processors_with_other_instructions_have_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    names = set()
    for flags in ("flags : sse2", "flags : sse2 avx512f", "Features : neon"):
        for model in ("Xeon", "EPYC"):  # what else it says about the processor does not matter
            monkeypatch.setattr(Path, "read_text", lambda self, text=f"model : {model}\n{flags}\n": text)
            names.add(compilation._processor())
    assert len(names) == 3


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("Linux", {"OFFBEAT_CACHE": "/fast/disk", "XDG_CACHE_HOME": "/x"}, "/fast/disk"),
        ("Linux", {"OFFBEAT_CACHE": "", "XDG_CACHE_HOME": "/x"}, "/x/offbeat"),
        ("Linux", {"OFFBEAT_CACHE": "", "XDG_CACHE_HOME": ""}, "/home/someone/.cache/offbeat"),
        ("Darwin", {"OFFBEAT_CACHE": ""}, "/home/someone/Library/Caches/offbeat"),
        ("Windows", {"OFFBEAT_CACHE": "", "LOCALAPPDATA": "/local"}, "/local/offbeat/cache"),
    ],
)
def test_each_system_has_its_cache_folder(
    monkeypatch: pytest.MonkeyPatch, system: str, variables: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr(compilation.platform, "system", lambda: system)
    for name, value in {"HOME": "/home/someone", **variables}.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(expected)
