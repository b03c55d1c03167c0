"""Kept programs: found by the next process, made again when damaged, never mistaken for another."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
import weakref
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from offbeat import programs
from offbeat.errors import OffbeatError
from offbeat.programs import Program

SCRIPT = """
import jax
steps = []
jax.monitoring.register_event_duration_secs_listener(
    lambda event, duration, **more: "/compile/" in event and steps.append((event.split("/")[-1], more.get("fun_name")))
)
import numpy as np
from offbeat.networks.blocks import reconstruct
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.training.loop import train
from offbeat.training.settings import TrainingSettings
network = build_network(NetworkSettings(network="dense", hidden=(3,)), 5, np.random.default_rng(0))
features = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
trained, _ = train(network, features, TrainingSettings(epochs=1))
answer = reconstruct(trained, features).tobytes().hex()
print(sum("_run_" in str(name) for _, name in steps), answer)
"""


@pytest.fixture(autouse=True)
def kept_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of kept programs."""
    monkeypatch.setattr(programs, "programs_folder", lambda: tmp_path)
    return tmp_path


def test_a_second_process_neither_traces_nor_compiles(tmp_path: Path) -> None:
    environment = {**os.environ, "OFFBEAT_CACHE": str(tmp_path)}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    answers, entries = [], []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        answers.append(done.stdout.split())
        entries.append(sorted(file.name for file in tmp_path.rglob("*.program")))
    assert len(entries[0]) == 2, "the program that trains and the one that reconstructs"
    assert entries[0] == entries[1]
    assert int(answers[0][0]) >= 4, "both are traced and compiled"
    assert int(answers[1][0]) == 0
    assert answers[0][1] == answers[1][1], "a kept program computes the same bits"


BY_JAX = """
import sys
import jax, numpy as np
from offbeat.programs import Program
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
jax.config.update("jax_compilation_cache_dir", sys.argv[1])
rows = np.ones((4, 4), np.float32)
Program(lambda rows: rows + 1, "one more")(rows)
jax.config.update("jax_compilation_cache_dir", None)
print(Program(lambda rows: jax.numpy.tanh(rows @ rows), "tanh")(rows).sum())
"""


def test_what_a_folder_of_jax_gives_is_not_kept_once_more(tmp_path: Path) -> None:
    environment = {**os.environ, "OFFBEAT_CACHE": str(tmp_path / "ours")}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    for kept in (1, 0):  # compiled, then given by JAX, which goes on with its folder
        done = subprocess.run(
            [sys.executable, "-c", BY_JAX, str(tmp_path / "theirs")],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        files = list(tmp_path.rglob("*.program"))
        assert len(files) == kept
        for file in files:
            file.unlink()


def test_a_long_process_keeps_no_more_programs_than_it_has_memory_maps_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST_LOADED", 5)
    monkeypatch.setattr(programs, "_loaded", OrderedDict())
    traced = []

    def double(rows: jax.Array) -> jax.Array:
        traced.append(rows.shape)
        return rows * 2

    program, other = Program(double, "double"), Program(lambda rows: rows * 3, "triple")
    first = weakref.ref(program.compiled_for(np.ones(1, np.float32)))
    for width in range(1, 41):
        np.testing.assert_array_equal(program(np.ones(width, np.float32)), np.full(width, 2, np.float32))
        np.testing.assert_array_equal(other(np.ones(40, np.float32)), np.full(40, 3, np.float32))
    assert [key[0] for key in programs._loaded] == [program] * 4 + [other], "the one in use stays"
    gc.collect()
    assert first() is None, "its memory is given back"
    assert len(traced) == 40
    for width in (40, 1, 2):
        np.testing.assert_array_equal(program(np.ones(width, np.float32)), np.full(width, 2, np.float32))
    assert len(traced) == 40, "the disk has those that were dropped"


def test_programs_are_found_in_several_threads_while_others_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST_LOADED", 2)
    monkeypatch.setattr(programs, "_loaded", OrderedDict())
    program = Program(lambda rows: rows * 2, "double")

    def doubled(number: int) -> float:
        return float(program(np.full(number % 5 + 1, number, np.float32))[0])

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(doubled, range(60))) == [2.0 * number for number in range(60)]
    assert len(programs._loaded) == 2


def test_a_program_is_compiled_once_for_each_shape_and_type(kept_here: Path) -> None:
    traced = []

    def double(rows: jax.Array) -> jax.Array:
        traced.append(rows.shape)
        return rows * 2

    program = Program(double, "double")
    for rows in (np.ones(3, np.float32), np.ones(3, np.float32), np.ones(4, np.float32), np.ones(3, np.int32)):
        np.testing.assert_array_equal(program(rows), rows * 2)
    assert traced == [(3,), (4,), (3,)]
    assert len(list(kept_here.iterdir())) == 3


def test_settings_of_jax_make_another_program(kept_here: Path) -> None:
    program = Program(lambda rows: rows + jnp.ones(3), "one more")
    rows = np.ones(3, np.float32)
    assert program(rows).dtype == np.float32
    with jax.enable_x64(True):
        assert program(rows).dtype == np.float64
    assert program(rows).dtype == np.float32
    assert len(list(kept_here.iterdir())) == 2


def test_what_is_kept_answers_in_place_of_the_function() -> None:
    rows = np.arange(3, dtype=np.float32)
    assert Program(lambda rows: rows * 2, "as said")(rows).tolist() == [0, 2, 4]
    # The same facts, so the kept program: facts must say all that decides.
    assert Program(lambda rows: rows * 3, "as said")(rows).tolist() == [0, 2, 4]
    assert Program(lambda rows: rows * 3, "otherwise")(rows).tolist() == [0, 3, 6]


def test_products_are_not_by_another_library_unless_xla_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def code_of(facts: str) -> str:
        program = Program(lambda rows, weights: (rows @ weights).sum(axis=0), facts)
        arguments = np.ones((512, 100), np.float32), np.ones((100, 50), np.float32)
        np.testing.assert_allclose(program(*arguments), 51200.0)
        compiled = program.compiled_for(*arguments)
        return str(compiled.as_text())

    assert "ynn_fusion" not in code_of("by Eigen")
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_DOT")
    assert "ynn_fusion" in code_of("as XLA is told")
    monkeypatch.delenv("XLA_FLAGS")
    monkeypatch.setattr(programs, "_WITHOUT_YNN", {"no_such_option": ""})
    assert "ynn_fusion" in code_of("where there is no such option")


def test_trees_come_back_as_trees_and_memory_is_given_away() -> None:
    def grow(state: tuple[jax.Array, jax.Array], step: jax.Array) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
        return (state[0] + step, state[1]), step

    for _ in range(2):  # compiled, then kept
        program = Program(grow, "grow", like=lambda state, step: (state, 0), donated=(0,))
        state, step = program((jnp.zeros(2), jnp.ones(2)), np.float32(2.0))
        state, step = program(state, step)
        assert [part.tolist() for part in state] == [[4.0, 4.0], [1.0, 1.0]]
        given = (jnp.zeros(2), jnp.ones(2))
        program(given, np.float32(2.0))
        assert given[0].is_deleted()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: bytes([content[0] ^ 1]) + content[1:],
        lambda content: hashlib.sha256(b"no pickle").digest() + b"no pickle",
    ],
    ids=["empty", "start of the digest", "cut short", "another digest", "no program"],
)
def test_a_damaged_program_is_made_again(kept_here: Path, damage: object) -> None:
    rows = np.arange(3, dtype=np.float32)
    Program(lambda rows: rows * 2, "double")(rows)
    (kept,) = kept_here.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))  # type: ignore[operator]
    assert Program(lambda rows: rows * 2, "double")(rows).tolist() == [0, 2, 4]
    assert kept.read_bytes()[:32] == hashlib.sha256(kept.read_bytes()[32:]).digest()


def test_changed_code_makes_another_program(kept_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.arange(3, dtype=np.float32)
    Program(lambda rows: rows * 2, "the code's")(rows)
    monkeypatch.setattr(programs, "_code", lambda: ("other files",))
    assert Program(lambda rows: rows * 3, "the code's")(rows).tolist() == [0, 3, 6]


def test_xla_flags_make_another_program(kept_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.arange(3, dtype=np.float32)
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    Program(lambda rows: rows * 2, "the flags'")(rows)
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    assert Program(lambda rows: rows * 3, "the flags'")(rows).tolist() == [0, 3, 6]
    monkeypatch.delenv("XLA_FLAGS")
    assert Program(lambda rows: rows * 4, "the flags'")(rows).tolist() == [0, 2, 4], "the first one's flags again"
    assert len(list(kept_here.iterdir())) == 2


def test_another_compiler_makes_another_program(kept_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.arange(3, dtype=np.float32)
    Program(lambda rows: rows * 2, "the compiler's")(rows)
    here = jax.devices()[0]
    later = SimpleNamespace(platform_version=f"{here.client.platform_version}, a later one")
    device = SimpleNamespace(platform=here.platform, device_kind=here.device_kind, client=later)
    monkeypatch.setattr(jax, "devices", lambda: [device] * len(jax.local_devices()))
    assert Program(lambda rows: rows * 3, "the compiler's")(rows).tolist() == [0, 3, 6]
    assert len(list(kept_here.iterdir())) == 2


def test_the_oldest_programs_are_removed(kept_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST_KEPT", 2)
    program = Program(lambda rows: rows * 2, "double")
    made: list[Path] = []
    for length in (1, 2, 3):
        program(np.ones(length, np.float32))
        (new,) = set(kept_here.iterdir()) - set(made)
        os.utime(new, (length, length))  # seconds since 1970: files of one second's making have an order all the same
        made.append(new)
    assert set(kept_here.iterdir()) == set(made[1:])


def test_without_a_folder_programs_run_all_the_same(monkeypatch: pytest.MonkeyPatch, kept_here: Path) -> None:
    monkeypatch.setattr(programs, "programs_folder", lambda: None)
    assert Program(lambda rows: rows * 2, "double")(np.ones(2, np.float32)).tolist() == [2, 2]
    assert not list(kept_here.iterdir())


def test_a_folder_that_cannot_be_written_costs_no_answer(kept_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(programs, "write_atomically", full)
    assert Program(lambda rows: rows * 2, "double")(np.ones(2, np.float32)).tolist() == [2, 2]
    assert not list(kept_here.iterdir())


def test_only_the_rooms_that_are_watched_hold_compiled_code() -> None:
    root = Path(programs.__file__).parent
    rooms = {
        file.relative_to(root).parts[0] for file in root.rglob("*.py") if "Program(" in file.read_text(encoding="utf-8")
    }
    assert rooms - {"programs.py"} <= set(programs._CODE)


FORKED = """
import os, sys
import numpy as np, offbeat
rows = np.random.default_rng(0).normal(size=(40, 3))
detector = offbeat.fit(rows, hidden=[2], epochs=1, threshold="mean+3std", progress="none")
child = os.fork()
if child == 0:
    try:
        detector.score(rows)
    except offbeat.errors.OffbeatError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(detector.score(rows).shape)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_process_is_told_so_and_does_not_wait_for_ever() -> None:
    ended = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120, check=True)
    told, shape = ended.stdout.splitlines()
    assert told.startswith("This process was forked from one in which JAX had started") and "'spawn'" in told
    assert shape == "(40,)"


def test_what_the_first_program_needs_is_made_once(monkeypatch: pytest.MonkeyPatch, kept_here: Path) -> None:
    monkeypatch.setattr(programs._process, "starter", None)
    programs.begin_to_start_jax()
    first = programs._process.starter
    programs.start_jax()
    programs.begin_to_start_jax()

    assert first is not None
    assert not first.is_alive(), "start_jax waits for it"
    assert programs._process.starter is first
    assert len(list(kept_here.glob("*.program"))) == 1, "the first product"


def test_a_start_that_fails_is_told_to_who_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs._process, "starter", None)
    monkeypatch.setattr(programs._process, "is_forked", True)
    programs.begin_to_start_jax()

    with pytest.raises(OffbeatError, match="forked from one in which JAX had started"):
        programs.start_jax()
