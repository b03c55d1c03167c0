"""The program `offbeat`: runs a command, and turns what goes wrong into one message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from offbeat.cli.interrupts import INTERRUPTED
from offbeat.cli.lazy_group import WIDEST_HELP, LazyGroup
from offbeat.cli.saying import say
from offbeat.errors import OffbeatError
from offbeat.version import __version__

UNEXPECTED: Final = 1

app = typer.Typer(
    name="offbeat",
    cls=LazyGroup,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": WIDEST_HELP},
)
# typer's versions have click's errors in different places; the errors of usage are this one's parents in all of them.
_UsageError: Any = typer.BadParameter.__mro__[1]


def _print_version(wanted: bool) -> bool:
    if wanted:
        say(f"offbeat {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def offbeat(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Learn what normal looks like with autoencoders; say which rows do not fit, how sure it is, and why.

    \b
    Start with:
      offbeat demo                        bad heartbeats in built-in data
      offbeat detect good.csv new.csv     the rows of new.csv that are unlike those of good.csv
      offbeat detect --help               all settings
    """


def run(words: Sequence[str]) -> int:
    """Run one command; gives the exit code.

    Args:
        words: What stands after `offbeat`; without any, the help page is shown.
    """
    try:
        code = app(list(words) or ["--help"], prog_name="offbeat", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()
        return UNEXPECTED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BaseException as error:
        if not isinstance(error, Exception) and not _is_panic(error):
            raise
        return _tell(error, words)
    return code if isinstance(code, int) else 0


def _is_panic(error: BaseException) -> bool:
    """Whether it is polars that gave up, which Python takes for as grave as an interrupt."""
    from offbeat.data.polars_faults import is_panic

    return is_panic(error)


def _tell(error: BaseException, words: Sequence[str]) -> int:
    """Say what went wrong, once, on standard error; with --json as an object on standard output too."""
    kind, message, code = _explain(error)
    if "--debug" in words:
        say("".join(traceback.format_exception(error)).rstrip("\n"), file=sys.stderr)
    elif kind == "unexpected":
        message += " Run again with --debug for the traceback."
    say(f"Error: {message}", file=sys.stderr)
    if "--json" in words:
        from offbeat.cli.json_output import print_json

        # Where standard output itself is what failed, standard error has said so.
        with suppress(OSError):
            print_json({"error": {"kind": kind, "message": message}})
    return code


def _explain(error: BaseException) -> tuple[str, str, int]:
    """An error's kind, its message, and the exit code."""
    if isinstance(error, OffbeatError):
        return error.kind, str(error), error.exit_code
    if isinstance(error, _UsageError):
        return "usage", _usage_message(error), error.exit_code
    if isinstance(error, OSError) and error.strerror is not None and (name := error.filename or _gone_folder()):
        return "file", f"{name}: {error.strerror}.", UNEXPECTED
    return "unexpected", f"This should not happen: {type(error).__name__}: {error}.", UNEXPECTED


def _gone_folder() -> str:
    """What an error without a file's name is about, where the folder that the command was started in was removed."""
    try:
        Path.cwd()
    except OSError:
        return "The current folder"
    return ""


def _usage_message(error: Any) -> str:
    """What was typed wrong, what may have been meant, and where help is."""
    near = getattr(error, "possibilities", None)
    if near:
        message = f"There is no option {error.option_name}. Did you mean {near[0]}?"
    else:
        message = _of_value(error)
        message += "" if message.endswith((".", "?")) else "."
    command = error.ctx.command_path if error.ctx else "offbeat"
    return f"{message} '{command} --help' lists what there is."


def _of_value(error: Any) -> str:
    """The message; of a wrong value what was given, where a newer typer only passes on what pydantic says of it."""
    if not hasattr(cause := error.__cause__, "errors"):
        return str(error.format_message())
    from offbeat.wrong_values import expected

    first = cause.errors()[0]
    told = f"'{first['input']}' was given; {expected(first)} was expected"
    return str(error.format_message()).replace(str(error.message), told)


def _let_go_of_stdout() -> None:
    """Whoever read the output has gone; without this the interpreter complains when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
