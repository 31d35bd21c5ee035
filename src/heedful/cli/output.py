"""What a command prints and how it ends: words for people, one JSON object for programs, honest exit codes."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from heedful.errors import HeedfulError, InputError, PolicyError, PromptError, SettingsError
from heedful.settings import Settings, read

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

Result = TypeVar("Result")
NO, USAGE = 1, 2  # exit codes: the answer is no, or the call is off; 0 is fine


def show(content: Any) -> None:
    """Print one JSON object, Korean as it is."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n")


def say(text: str) -> None:
    """Print a line for a person."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Print a line that is not the result."""
    sys.stderr.write(text + "\n")


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; `-` is standard input.

    Raises:
        InputError: It can't be read.
    """
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.expanduser().read_bytes()
    except OSError as error:
        raise InputError(f"{str(path)!r} can't be read ({error.strerror})") from error


def fail(error: HeedfulError, *, as_json: bool = False) -> NoReturn:
    """End the command with the error's own words: what is wrong, and what would do."""
    if as_json:
        show({"error": {"code": error.code, "message": str(error)}})
    else:
        note(f"heedful: {error}")
    usage = (SettingsError, PolicyError, PromptError, InputError)
    raise typer.Exit(USAGE if isinstance(error, usage) else NO)


@contextmanager
def telling(*, as_json: bool = False) -> Iterator[None]:
    """Turn our errors into the command's last words."""
    try:
        yield
    except HeedfulError as error:
        fail(error, as_json=as_json)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def run(work: Callable[[Settings], Coroutine[Any, Any, Result]], *, as_json: bool = False, **set_here: Any) -> Result:
    """Return what `work` gives for the settings in force; our errors end the command."""
    with telling(as_json=as_json):
        settings = read(**set_here)
        return asyncio.run(work(settings))
