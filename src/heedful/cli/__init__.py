"""The command line: `heedful …`. Each command is light until it runs; see the files beside this one."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from heedful import __version__
from heedful.cli import (
    asking,
    closing,
    comparing,
    customers,
    guarding,
    importing,
    keeping,
    knowing,
    measuring,
    serving,
    vault,
)

app = typer.Typer(
    name="heedful",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
serving.register(app)
knowing.register(app)
asking.register(app)
measuring.register(app)
comparing.register(app)
guarding.register(app)
importing.register()
customers.register(app)
keeping.register(app)
vault.register(app)
closing.register(app)


@app.callback()
def heedful(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=lambda asked: _version(asked=asked), help="Say which.")
    ] = False,
) -> None:
    """Answers a company's customers from its help content and what each has agreed to share; checks every reply."""


def main() -> None:
    """Run the command line."""
    try:
        app()
    except BrokenPipeError:  # whoever read the output has enough, as in `heedful … | head`
        sys.stderr.close()
        raise SystemExit(0) from None


def _version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"heedful {__version__}")
        raise typer.Exit
