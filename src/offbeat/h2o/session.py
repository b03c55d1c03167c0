"""`init`, `cluster`, `shutdown` and the progress switches: harmless and quick, for there is no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from offbeat.h2o import registry
from offbeat.version import __version__


@dataclass(frozen=True)
class Cluster:
    """What H2O calls the cluster: this process.

    Attributes:
        version: offbeat's version.
    """

    version: str = __version__

    @property
    def cloud_size(self) -> int:
        """How many machines there are: one."""
        return 1

    @property
    def timezone(self) -> str:
        """In which time zone times are: UTC always."""
        return "UTC"

    @property
    def cloud_healthy(self) -> bool:
        """Always true."""
        return True

    def is_running(self) -> bool:
        """Always true: there is nothing to start."""
        return True

    def show_status(self, detailed: bool = False) -> None:
        """Prints what is in use, one line.

        Args:
            detailed: Without effect; taken because H2O takes it.
        """
        print(_what_is_in_use())

    def shutdown(self, prompt: bool = False) -> None:
        """Lets go of what only its name keeps; there is no server to stop.

        Args:
            prompt: Without effect; taken because H2O takes it.
        """
        registry.let_go()


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


def ls() -> list[str]:
    """The names of the frames and models that the script named or still holds.

    H2O gives a pandas frame with the one column `key`; this is the list of its cells.
    """
    return registry.keys()


def _what_is_in_use() -> str:
    return f"offbeat {__version__} runs in this Python process: no server, no Java, nothing to shut down."
