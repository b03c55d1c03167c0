"""From a function to a command of typer, with a help page of plain text."""

from __future__ import annotations

import functools
import inspect
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand

from offbeat.cli.lazy_group import WIDEST_HELP
from offbeat.cli.options import Debug
from offbeat.cli.setting_options import with_setting_options


class PlainCommand(TyperCommand):
    """A command whose help page lists the options of each panel under its name.

    typer's own panels are frames drawn by rich, which takes longer to import than the rest of the help page, and in
    which sixty options with their descriptions are hard to read.
    """

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What follows the command's name in the line of usage."""
        arguments = [parameter for parameter in self.get_params(ctx) if parameter.param_type_name == "argument"]
        names = [_name(argument) for argument in arguments]
        return [
            "[OPTIONS]",
            *(name if argument.required else f"[{name}]" for name, argument in zip(names, arguments, strict=True)),
        ]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments and options, one section a panel."""
        sections: dict[str, list[tuple[str, str]]] = defaultdict(list)
        parameters: list[Any] = self.get_params(ctx)
        for parameter in parameters:
            if parameter.param_type_name == "argument":
                sections["Arguments"].append((_name(parameter), parameter.help))
            elif (record := parameter.get_help_record(ctx)) is not None:
                sections[getattr(parameter, "rich_help_panel", None) or "Options"].append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def typer_command(name: str, function: Callable[..., None]) -> Any:
    """The command that parses its words by a function's parameters, and calls it.

    Args:
        name: What users type.
        function: Its parameters are annotated for typer (see also `SettingOptions`); its docstring is the help.
    """
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    widths = {"max_content_width": WIDEST_HELP}
    app.command(name, cls=PlainCommand, context_settings=widths)(_with_debug(with_setting_options(function)))
    return typer.main.get_command(app)


def _with_debug(function: Callable[..., None]) -> Callable[..., None]:
    """The function with an option --debug, which is not passed on: `offbeat.cli.program` looks for that word itself."""
    signature = inspect.signature(function)
    option = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Debug)

    @functools.wraps(function)
    def command(*, debug: bool, **values: Any) -> None:
        function(**values)

    command.__signature__ = signature.replace(parameters=[*signature.parameters.values(), option])  # type: ignore[attr-defined]
    command.__annotations__ = {**function.__annotations__, "debug": Debug}
    return command


def _name(argument: Any) -> str:
    return argument.metavar or argument.name.upper()
