"""`heedful profiles import`: customers' facts and consents from a file of a company's own system."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any, cast

import typer

from heedful.cli.customers import profiles
from heedful.cli.output import NO, AsJson, note, run, say, show
from heedful.errors import InputError
from heedful.profile_files import CHUNK, Form, Line, form_of, read_profiles
from heedful.settings import Settings

SHOWN = 50  # of the broken lines; all of them with --json


class Written(StrEnum):
    """How a file is written."""

    AUTO = "auto"
    LINES = "lines"
    ARRAY = "array"
    CSV = "csv"


def register() -> None:
    """Add this command to `heedful profiles`."""
    profiles.command("import")(import_profiles)


def import_profiles(
    file: Annotated[Path, typer.Argument(help="JSON Lines, a JSON array, or CSV with one row a fact; - is the input.")],
    form: Annotated[Written, typer.Option("--form", help="How it is written; by default what it looks like.")] = (
        Written.AUTO
    ),
    as_json: AsJson = False,
) -> None:
    """Take profiles in; the good ones are in, the broken ones are named by their lines and exit 1.

    A CSV names its columns in the first line: customer_id, name, value, category, and where known source, at,
    collected_for, expires, purposes, consent, given_at, valid_until. It has one row for each fact, the rows of a
    customer together.
    """

    async def work(settings: Settings) -> Any:
        with ExitStack() as stack:
            opened = _opened(file, stack)
            wanted = form_of(file.name, _start(opened)) if form is Written.AUTO else cast("Form", form.value)
            places: list[int] = []
            from heedful.assemble import open_customers
            from heedful.control import reader

            async with open_customers(settings) as (customers, records):
                done = await records.profiles.import_lines(
                    _noting(read_profiles(opened, wanted), places), read=reader(customers.policy)
                )
        return done.profiles, [(places[one.line - 1], one.why) for one in done.broken]

    count, broken = run(work, as_json=as_json)
    if as_json:
        show({"profiles": count, "broken": [{"line": line, "why": why} for line, why in broken]})
    else:
        say(f"{count:,} profiles are in")
        for line, why in broken[:SHOWN]:
            note(f"line {line}: {why}")
        if len(broken) > SHOWN:
            note(f"… and {len(broken) - SHOWN:,} more; --json lists them all")
    if broken:
        raise typer.Exit(NO)


def _noting(lines: Iterator[tuple[int, Line]], places: list[int]) -> Iterator[Line]:
    """Yield the lines; `places` gets the place of each in the file."""
    for place, line in lines:
        places.append(place)
        yield line


def _opened(file: Path, stack: ExitStack) -> IO[bytes]:
    try:
        if str(file) == "-":
            return io.BytesIO(sys.stdin.buffer.read())
        return stack.enter_context(file.expanduser().open("rb"))
    except OSError as error:
        raise InputError(f"{str(file)!r} can't be read ({error.strerror})") from error


def _start(file: IO[bytes]) -> bytes:
    start = file.read(CHUNK)
    file.seek(0)
    return start
