"""Compiled programs, kept for the next process: neither traced nor compiled again.

JAX has a cache of its own, of compiled programs only; finding one there takes the tracing of the function, which for
the notebooks' networks is two thirds of the time that training takes. Here a program is found by what it was made
from: the code, the versions of the libraries, JAX's settings, the processor, and the shapes of the arguments.

What is kept is machine code. It lies in a folder that only this user can write, one for each jaxlib and processor.
"""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np
from jax.experimental import serialize_executable

from offbeat.compilation import programs_folder
from offbeat.errors import OffbeatError
from offbeat.files import write_atomically

MOST_KEPT: Final = 200
"""Programs beyond this many push out the oldest; each is some hundred kilobytes."""
MOST_LOADED: Final = 128
"""Programs of a process beyond this many push out the one that was used longest ago, which the disk gives back in some
8 ms. Each takes 60 to 240 of the 65,530 memory maps that Linux lets a process have; it dies when it has none left."""
_LIBRARIES: Final = ("jax", "jaxlib", "equinox", "optax")
_CODE: Final = ("networks", "training", "scoring")
"""The rooms whose code is compiled."""
_WITHOUT_YNN: Final = {"xla_cpu_experimental_ynn_fusion_type": ""}
"""XLA's products by Eigen rather than by YNN, whose threads wait for each other at each product of a batch: measured on
two cores, training takes .8 of the time with 50 hidden units, .9 in the Keras tutorial, and none longer."""
_DIGEST_BYTES: Final = hashlib.sha256().digest_size


@contextmanager
def own_numbers(*, double: bool = False) -> Iterator[None]:
    """Within it, JAX's numbers are what this code was written for, whatever the process has set as its default.

    A seed gives the same bits where a host program works in float64, and runs where it refuses to mix types.

    Args:
        double: Whether numbers of float64 stay such; else they become float32.
    """
    with jax.enable_x64(double), jax.numpy_dtype_promotion("standard"):
        yield


class _Process:
    uses_jax = is_forked = False
    starter: threading.Thread | None = None


_process = _Process()
_loaded: OrderedDict[tuple[Program, Hashable], Callable[..., Any]] = OrderedDict()
"""What each program was compiled to, by structure, shapes and types; the one used last stands last."""
_loaded_lock = threading.Lock()
_found = threading.local()
"""In each thread, whether JAX's own cache gave a program: such a one cannot be written again (its file lacks parts).

JAX goes on with a folder that the process named for its cache and has taken back since. What is written of a program
from there is loaded as if it were whole, and fails when it is called."""


class Program:
    """A function that is compiled once for each structure, shape and type of its arguments.

    Example:
        >>> import numpy as np
        >>> double = Program(lambda rows: rows * 2, "double")
        >>> float(double(np.float32(1.5)))
        3.0
    """

    def __init__(
        self,
        function: Callable[..., Any],
        facts: str,
        *,
        like: Callable[..., Any] = lambda *arguments: 0,
        donated: tuple[int, ...] = (),
    ) -> None:
        """Compile nothing yet.

        Args:
            function: Takes and gives trees of arrays.
            facts: All that decides what the function does, besides its code and its arguments.
            like: Of the arguments, any tree of the answer's structure; a single array unless given.
            donated: Numbers of the arguments whose memory the answer may take.
        """
        self._jitted = jax.jit(function, donate_argnums=donated)
        self._facts = facts
        self._like = like
        self._lock = threading.Lock()

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        return self.compiled_for(*arguments)(*arguments)

    def compiled_for(self, *arguments: Any) -> Callable[..., Any]:
        """What runs arguments of these shapes: for whoever calls it many times, since finding it takes 0.1 ms.

        Args:
            arguments: Arrays, or what has their shapes and types.
        """
        _begin_to_use_jax()
        leaves, structure = jax.tree.flatten(arguments)
        key = (structure, *((leaf.shape, leaf.dtype) for leaf in leaves), *jax.config.values.items())
        if (compiled := self._used(key)) is None:
            with self._lock:
                if (compiled := self._used(key)) is None:
                    compiled = self._prepared(arguments, repr(key))
                    self._load(key, compiled)
        return compiled

    def _used(self, key: Hashable) -> Callable[..., Any] | None:
        with _loaded_lock:
            if (compiled := _loaded.get((self, key))) is not None:
                _loaded.move_to_end((self, key))
            return compiled

    def _load(self, key: Hashable, compiled: Callable[..., Any]) -> None:
        with _loaded_lock:
            _loaded[self, key] = compiled
            dropped = [_loaded.popitem(last=False) for _ in range(len(_loaded) - MOST_LOADED)]
        del dropped  # outside of the lock: their memory is given back here, unless they run

    def _prepared(self, arguments: tuple[Any, ...], key: str) -> Callable[..., Any]:
        folder = programs_folder()
        if folder is None:
            return self._compile(arguments)
        path = folder / f"{_name(self._facts, key)}.program"
        with suppress(Exception):  # whatever is wrong with a kept program: it can be made again
            return self._read(path, arguments)
        _found.by_jax = False
        compiled = self._compile(arguments)
        if not _found.by_jax:
            with suppress(Exception):  # not every platform can give its programs away, nor every disk take them
                _keep(path, compiled)
        return compiled

    def _compile(self, arguments: tuple[Any, ...]) -> jax.stages.Compiled:
        lowered = self._jitted.trace(*arguments).lower()
        if jax.default_backend() == "cpu" and not any(name in os.environ.get("XLA_FLAGS", "") for name in _WITHOUT_YNN):
            with suppress(jax.errors.JaxRuntimeError):  # an XLA that has no YNN has no such option
                return lowered.compile(compiler_options=dict(_WITHOUT_YNN))
        return lowered.compile()

    def _read(self, path: Path, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        content = path.read_bytes()
        digest, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(code).digest() != digest:
            raise ValueError("The program's file is damaged.")
        answer = jax.tree.structure(self._like(*arguments))
        loaded: Callable[..., Any] = serialize_executable.deserialize_and_load(
            pickle.loads(code), jax.tree.structure((arguments, {})), answer
        )
        return loaded


def begin_to_start_jax() -> None:
    """Do `start_jax` beside what the caller does next, such as more imports; only the first call does anything."""
    if _process.starter is None:
        _process.starter = threading.Thread(target=_start_quietly, name="start of JAX")
        _process.starter.start()


def start_jax() -> None:
    """Have at hand what the first program needs: JAX's devices, what the code is, and a matrix product.

    Without this the first program does it. Who times a fit should not time the start of JAX. The first product of a
    process generates the machine code of all products (oneDNN's, .06 s), by one core while the other waits.
    """
    begin_to_start_jax()
    if _process.starter is not None:
        _process.starter.join()
    _begin_to_use_jax()
    jax.devices()


def _start_quietly() -> None:
    """What goes wrong here goes wrong again where somebody waits for the answer, and is told there."""
    with suppress(Exception):
        _begin_to_use_jax()
        jax.devices()
        _code()
        square = np.ones((16, 16), np.float32)
        jax.block_until_ready(Program(lambda left, right: left @ right, "the first product")(square, square))


def _begin_to_use_jax() -> None:
    """Remember that this process does, for those that are forked from it: they cannot."""
    if _process.is_forked:
        raise OffbeatError(
            "This process was forked from one in which JAX had started, whose threads it lacks: it would wait without "
            "end. Start processes anew, with multiprocessing.get_context('spawn') or joblib, or use threads."
        )
    _process.uses_jax = True


def _after_fork() -> None:
    _process.is_forked = _process.uses_jax


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _keep(path: Path, compiled: jax.stages.Compiled) -> None:
    code = pickle.dumps(serialize_executable.serialize(compiled)[0])
    write_atomically(path, hashlib.sha256(code).digest() + code)
    by_age = sorted(path.parent.glob("*.program"), key=lambda kept: kept.stat().st_mtime, reverse=True)
    for old in by_age[MOST_KEPT:]:
        old.unlink(missing_ok=True)


def _name(facts: str, key: str) -> str:
    device = jax.devices()[0]
    # A plug-in's compiler and runtime have versions of their own; XLA's flags change what the same compiler makes.
    compiler = (device.client.platform_version, os.environ.get("XLA_FLAGS", ""))
    made_from = (facts, key, device.platform, device.device_kind, len(jax.devices()), *compiler, _WITHOUT_YNN, *_code())
    return hashlib.sha256(repr(made_from).encode()).hexdigest()


@functools.cache
def _code() -> tuple[str, ...]:
    """What the compiled code is: versions of the libraries, and offbeat's files by size and time of change."""
    here = Path(__file__).parent
    files = sorted(file for room in _CODE for file in (here / room).rglob("*.py"))
    facts = [(str(file.relative_to(here)), (found := file.stat()).st_size, found.st_mtime_ns) for file in files]
    return (repr(facts), *(version(library) for library in _LIBRARIES))


def _note_event(event: str, **_: object) -> None:
    if event.endswith("/cache_hits"):
        _found.by_jax = True


jax.monitoring.register_event_listener(_note_event)
