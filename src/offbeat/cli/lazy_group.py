"""The group of commands, each imported only when it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from typer.core import TyperGroup

from offbeat.cli.commands import COMMANDS, command_function

WIDEST_HELP: Final = 100
"""How many characters a line of a help page may have, where the terminal is as wide."""


class LazyGroup(TyperGroup):
    """The commands of the table `COMMANDS`. The help page is written from the table alone, which takes 0.1 s, not 1."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # typer looks names up here, and suggests from here what was meant.
        self.commands = _LazyCommands()  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help page."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands on the help page."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


class _LazyCommands(Mapping[str, Any]):
    """From a command's name to the command; looking one up imports it."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        from offbeat.cli.command import typer_command

        return typer_command(name, command_function(name))

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)
