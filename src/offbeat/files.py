"""Writing files and folders so that a reader finds the old content or the new one, never a half."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

_OWN_STREAM = re.compile(r"(?:/dev|/proc/self)/(?:fd/(\d{1,9})|(stdin|stdout|stderr))")


def write_atomically(path: str | os.PathLike[str], chunks: bytes | Iterable[bytes | memoryview]) -> Path:
    """Write to a temporary name in the same folder, sync to disk, then rename over `path`.

    A crash or a full disk at any moment leaves the old file as it was, and no temporary file unless the process was
    killed outright. Folders on the way to `path` are made. A link stays one: what it leads to is replaced, and keeps
    its permissions. Into a pipe or a device, such as /dev/stdout, the content is written as it is.

    Args:
        path: Where the content should end up.
        chunks: The content, whole or in pieces.

    Raises:
        OSError: The folder cannot be written, or the disk is full; `path` is untouched.
    """
    given, pieces = Path(path), (chunks,) if isinstance(chunks, bytes) else chunks
    if is_stream(given):
        # A stream of this process's own goes on where it is: opened anew, a file behind it would be begun anew.
        own = _own_stream(given)
        with naming(given), given.open("wb", buffering=0) if own is None else os.fdopen(os.dup(own), "wb") as stream:
            for piece in pieces:
                stream.write(piece)
        return given
    target = Path(os.path.realpath(given))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile's: its files can be read by their owner only, and a result should be as readable as any new file.
    # Not the target's own name with something added: that could be longer than names may be.
    part = target.with_name(f".offbeat-{secrets.token_hex(8)}.part")
    try:
        with naming(given), _opened(part, target) as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if target.is_file():
            shutil.copymode(target, part)  # also what the process may not give a new file, such as the group's
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return given


def _opened(part: Path, target: Path) -> BinaryIO:
    """A new file that nobody may read who may not read the target."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.is_file() else 0o666
    return open(part, "xb", opener=lambda path, flags: os.open(path, flags, mode | stat.S_IWUSR))


def is_stream(path: Path) -> bool:
    """Whether a path is a pipe, a device, or a stream of this process's: these are written into, and not replaced.

    Args:
        path: Need not be there.
    """
    return path.exists() and (_own_stream(path) is not None or not (path.is_file() or path.is_dir()))


def _own_stream(path: Path) -> int | None:
    """The number of the stream of this process that a path stands for."""
    found = _OWN_STREAM.fullmatch(path.as_posix())
    return None if found is None else int(found[1] or ("stdin", "stdout", "stderr").index(found[2]))


@contextlib.contextmanager
def naming(name: object) -> Iterator[None]:
    """What fails in writing says of which file: the system says nothing, or the temporary name.

    Args:
        name: What the errors are to call it.
    """
    try:
        yield
    except OSError as problem:
        problem.filename = str(name)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder; its rename is already durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot sync a folder. The new file is in place by now: that is no failure.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A folder to fill, which gets its name only when it is whole and on the disk.

    It is filled under another name beside it. Whoever finds the name finds every file; of two who make the same name,
    one gets it. When filling fails, nothing is left behind; when the process is killed, a folder
    `.offbeat-XXXXXXXXXXXXXXXX.part` may stay, which nobody reads.

    Args:
        path: The folder's name; nothing, or an empty folder, may have it yet. Folders on the way to it are made.

    Yields:
        The folder to fill.

    Raises:
        FileExistsError: The name is taken.
        OSError: The folder cannot be written.

    Example:
        >>> with new_folder("whole") as folder:
        ...     _ = (folder / "facts.txt").write_text("all there is")
        >>> Path("whole", "facts.txt").read_text()
        'all there is'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".offbeat-{secrets.token_hex(8)}.part")
    part.mkdir()
    try:
        yield part
        _sync_tree(part)
        _refuse_taken(target)
        _take_name(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync_folder(target.parent)


def write_once(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file that nobody has written yet; of two who write the same name at once, one succeeds.

    Args:
        path: The file. Its folder must exist.
        content: All of it.

    Raises:
        FileExistsError: There is such a file; it is untouched.
        OSError: The folder cannot be written.
    """
    target = Path(path)
    part = write_atomically(target.with_name(f".offbeat-{secrets.token_hex(8)}.part"), content)
    try:
        # A second name, and not a rename: that would replace what another process has just written.
        os.link(part, target)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(target.parent)
    return target


def from_home(path: Path) -> Path:
    """The path with the home folder in place of a "~"; as it is where nobody has such a home.

    Args:
        path: What the user gave: "~/pumps.csv", but also "~$pumps.csv", as Office calls a file beside one it has open.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def free_name(path: Path) -> Path:
    """A name beside a file that nothing has yet, for what is put aside.

    Example:
        >>> free_name(Path("pumps.watch")).name
        'pumps.watch.old'
    """
    number, place = 1, path.with_name(f"{path.name}.old")
    while os.path.lexists(place):
        number += 1
        place = path.with_name(f"{path.name}.old-{number}")
    return place


def _refuse_taken(target: Path) -> None:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))


def _take_name(part: Path, target: Path) -> None:
    if os.name != "posix" and target.is_dir():  # only POSIX renames over an empty folder
        target.rmdir()
    try:
        part.rename(target)
    except OSError as problem:
        # Taken in between: the system refuses to rename over a folder with files.
        if problem.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from problem
        raise


def _sync_tree(folder: Path) -> None:
    """Everything in the folder onto the disk."""
    for inside, _, names in os.walk(folder):
        for name in names:
            with Path(inside, name).open("rb+") as file:
                os.fsync(file.fileno())
        _sync_folder(Path(inside))
