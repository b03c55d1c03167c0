"""Where compiled programs are kept, so that the second start of the same job need not compile again.

JAX compiles each program for the processor it runs on. Compiled programs are kept in a folder that only this user can
write, one for each jaxlib version and processor: code compiled for another processor could use instructions that this
one lacks, and a folder that others can write would let them run code as us.
"""

from __future__ import annotations

import hashlib
import os
import platform
import stat
from importlib.metadata import version
from pathlib import Path

from offbeat.files import from_home

CACHE_VARIABLE = "OFFBEAT_CACHE"


def programs_folder() -> Path | None:
    """Where compiled programs are kept, made if need be.

    Returns:
        None when there is no such place: no safe folder could be made, or the user has JAX keep programs elsewhere.
    """
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return None
    import jax

    if jax.config.jax_compilation_cache_dir is not None:  # type: ignore[attr-defined]
        return None
    folder = cache_folder() / "compiled" / f"jaxlib-{version('jaxlib')}-{_processor()}"
    return folder if _is_private(folder) else None


def cache_folder() -> Path:
    """Where offbeat keeps what it can make or fetch again: $OFFBEAT_CACHE, or the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return from_home(Path(chosen))
    if platform.system() == "Windows":
        return from_home(Path(os.environ.get("LOCALAPPDATA", "~"))) / "offbeat" / "cache"
    if platform.system() == "Darwin":
        return from_home(Path("~/Library/Caches/offbeat"))
    return from_home(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")) / "offbeat"


def _processor() -> str:
    """A short name of the processor's instruction sets."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        features = platform.processor()
    return f"{platform.machine()}-{hashlib.sha256(features.encode()).hexdigest()[:12]}"


def _is_private(folder: Path) -> bool:
    """Whether the folder exists, or could be made, as ours and writable by nobody else."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        facts = folder.stat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return True
    return facts.st_uid == os.getuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
