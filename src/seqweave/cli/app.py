"""The program: its verbs, and how a failure of any of them ends."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from seqweave import __version__
from seqweave.cli import check, compare, demo, embed, evaluate, explain, export, info, init, predict, reproduce, train
from seqweave.core.errors import InternalError, SeqweaveError

app = typer.Typer(
    name="seqweave",
    help="Train, score and explain one compact neural network for many language tasks, from plain files, offline.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (demo, init, check, train, evaluate, compare, predict, explain, embed, reproduce, info, export):
    verb.register(app)

INTERRUPTED = 130
# Newer versions of typer bring a click of their own, which its public class is built upon whichever it is.
ClickError = typer.BadParameter.__mro__[2]


@app.callback(invoke_without_command=True)
def _program(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a failure.")] = False,
) -> None:
    del debug
    if version:
        typer.echo(f"seqweave {__version__}")
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """The exit code of one command; every failure is a message for people, never a traceback (but with --debug)."""
    try:
        code = app(list(arguments), prog_name="seqweave", standalone_mode=False)
    except SeqweaveError as error:
        return _failed(error, arguments)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe went away, which is how `| head` ends; Python must not complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if isinstance(error, ClickError):
            error.show()  # type: ignore[attr-defined]  # every error of click has it
            return 2
        what = f"{type(error).__name__}: {error}"
        return _failed(
            InternalError("E-INTERNAL-01", what, mend="report it, with the output of `seqweave --debug ...`"), arguments
        )
    return int(code or 0)


def _failed(error: SeqweaveError, arguments: Sequence[str]) -> int:
    if "--debug" in arguments:
        traceback.print_exc()
    print(error, file=sys.stderr)
    if "--json" in arguments:
        print(json.dumps({"error": error.to_json()}, ensure_ascii=False))
    return error.exit_code
