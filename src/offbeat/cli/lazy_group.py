"""The group of commands, each imported only when it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from typer.core import TyperGroup

from offbeat.cli.commands import COMMANDS, GROUPS, command_function

WIDEST_HELP: Final = 100
"""How many characters a line of a help page may have, where the terminal is as wide."""


class LazyGroup(TyperGroup):
    """The commands of the table `COMMANDS`. The help page is written from the table alone, which takes 0.1 s, not 1."""

    def __init__(self, *, of: str = "", **attributes: Any) -> None:
        super().__init__(**attributes)
        # typer looks names up here, and suggests from here what was meant.
        self.commands = _LazyCommands(of)  # type: ignore[assignment]

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help page."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands on the help page."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_lines(self.name if self.name in GROUPS else "").items()))


class _LazyCommands(Mapping[str, Any]):
    """From a command's name to the command, within a group or outside of them; looking one up imports it."""

    def __init__(self, group: str) -> None:
        self._group = group

    def __getitem__(self, name: str) -> Any:
        if name not in _lines(self._group):
            raise KeyError(name)
        if not self._group and name in GROUPS:
            return LazyGroup(of=name, name=name, help=GROUPS[name], rich_markup_mode=None)
        from offbeat.cli.command import typer_command

        return typer_command(name, command_function(f"{self._group} {name}".strip()))

    def __iter__(self) -> Iterator[str]:
        return iter(_lines(self._group))

    def __len__(self) -> int:
        return len(_lines(self._group))


def _lines(group: str) -> dict[str, str]:
    """From the word that comes next to what it does: of a group, or, where that is empty, of `offbeat` itself."""
    if group:
        return {name.removeprefix(f"{group} "): line for name, line in COMMANDS.items() if name.startswith(f"{group} ")}
    first = ((name.split()[0], line) for name, line in COMMANDS.items())
    return {name: GROUPS.get(name, line) for name, line in first}
