"""`init`, `cluster`, `shutdown` and the progress switches: harmless and quick, for there is no server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from offbeat.errors import DataError
from offbeat.h2o import registry
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.this_process import Cluster
from offbeat.version import __version__

if TYPE_CHECKING:
    from offbeat.h2o.frame import H2OFrame


def init(*args: Any, **kwargs: Any) -> None:
    """Prints what is in use; starts nothing.

    Args:
        args: Whatever H2O takes: addresses, ports, memory; without effect.
        kwargs: The same.
    """
    print(_what_is_in_use())


def cluster() -> Cluster:
    """What H2O calls the cluster: this process."""
    return Cluster()


def shutdown(prompt: bool = False) -> None:
    """Lets go of what only its name keeps; there is no server to stop.

    Args:
        prompt: Without effect; taken because H2O takes it.
    """
    registry.let_go()


def no_progress() -> None:
    """Shows no bar while a model trains; nothing else shows one."""
    from offbeat.h2o.estimators.progress import silence

    silence(True)


def show_progress() -> None:
    """Shows a bar on a terminal while a model trains for longer than a second, as it is from the start."""
    from offbeat.h2o.estimators.progress import silence

    silence(False)


def ls() -> Any:
    """The names of the frames and models that the script named or still holds: a pandas frame, column `key`."""
    from offbeat.h2o.frame import H2OFrame

    return H2OFrame.of(pl.DataFrame({"key": registry.keys()}, schema={"key": pl.String})).as_data_frame()


def get_frame(frame_id: Any, **of_h2o: Any) -> H2OFrame | None:
    """A frame that stands for a name; None where no frame has it.

    Args:
        frame_id: The name.
        **of_h2o: What part of the frame H2O fetches first; without effect.

    Raises:
        DataError: It is no name.
    """
    from offbeat.h2o.frame import H2OFrame

    check_arguments("h2o.get_frame", of_h2o)
    return H2OFrame.get_frame(frame_id)


def deep_copy(data: Any, xid: Any) -> H2OFrame:
    """A frame of the same cells under another name; no change of one changes the other.

    Args:
        data: The frame.
        xid: The copy's name, under which it is kept.

    Raises:
        DataError: It is no frame, or the name is none, or the frame's own.
    """
    from offbeat.h2o.frame import H2OFrame

    if not isinstance(data, H2OFrame):
        raise DataError(f"deep_copy() takes a frame; a {type(data).__name__} was given.")
    if not isinstance(xid, str) or not xid or xid == data.frame_id:
        raise DataError(
            f"deep_copy() takes a name for the copy, another one than '{data.frame_id}'; {xid!r} was given."
        )
    return H2OFrame.of(data.cells, xid)


def _what_is_in_use() -> str:
    return f"offbeat {__version__} runs in this Python process: no server, no Java, nothing to shut down."
