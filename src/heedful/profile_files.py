"""Files of customers → one object for each profile, as they are read: JSON Lines, a JSON array, or CSV.

A CSV file has one row for each fact, the rows of a customer together; the columns are the keys of a fact in JSON:
`customer_id`, `name`, `value`, `category`, and where there is something to say `source`, `at`, `collected_for`,
`expires`, `purposes` (separated by spaces, `;` or `|`), `consent` (given, refused, withdrawn, expired, none),
`given_at` and `valid_until`. It may be UTF-8, UTF-16 or cp949, its cells separated by commas, semicolons or tabs.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, Literal

from heedful.errors import InputError

Form = Literal["lines", "array", "csv"]
Line = str | Mapping[str, Any] | Exception

NEEDED = ("customer_id", "name", "value", "category")
COLUMNS = (
    *NEEDED,
    "source",
    "at",
    "collected_for",
    "expires",
    "purposes",
    "consent",
    "given_at",
    "valid_until",
    "note",
)
CHUNK = 1 << 16
_BEFORE, _BETWEEN = re.compile(r"\s*\[?\s*"), re.compile(r"\s*,?\s*")  # of the items of an array
LONGEST_ITEM = 1 << 22  # characters of one profile in an array: beyond it a bracket is missing, not a profile long


def form_of(name: str, start: bytes) -> Form:
    """Return how a file is written, by its name and, where that says nothing, by how it starts."""
    if name.lower().endswith((".csv", ".tsv")):
        return "csv"
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first == b"[":
        return "array"
    return "lines" if first in (b"{", b"") or name.lower().endswith((".jsonl", ".ndjson", ".json")) else "csv"


def read_profiles(file: IO[bytes], form: Form) -> Iterator[tuple[int, Line]]:
    """Yield (number, profile) of each profile: the line where it begins, or its place in an array, both from 1.

    A profile is the text of its line or its object; an exception stands for what could not be read.

    Raises:
        InputError: The file is not of that form at all: no column has a known name, no array begins.
    """
    if form == "lines":
        return _lines(file)
    return _array(file) if form == "array" else _rows(file)


def _lines(file: IO[bytes]) -> Iterator[tuple[int, Line]]:
    for number, line in enumerate(file, start=1):
        try:
            yield number, line.decode("utf-8")
        except UnicodeDecodeError as error:  # the others are still taken
            yield number, error


def _array(file: IO[bytes]) -> Iterator[tuple[int, Line]]:
    """Yield the items of an array, holding no more than one of them; what comes after a broken one can't be read."""
    text = codecs.getreader("utf-8-sig")(file)
    decoder, buffer, at, number, is_over = json.JSONDecoder(), "", 0, 0, False
    while True:
        found = (_BETWEEN if number else _BEFORE).match(buffer, at)
        start = found.end() if found else at
        if buffer.startswith("]", start):
            return
        try:
            item, at = decoder.raw_decode(buffer, start)
        except ValueError:
            if is_over or len(buffer) - start > LONGEST_ITEM:
                yield number + 1, InputError("the array can't be read from here on")
                return
            more, is_over = _more(text)
            buffer, at = buffer[at:] + more, 0
            continue
        number += 1
        yield number, item if isinstance(item, Mapping) else InputError("it is not a JSON object")


def _more(text: codecs.StreamReader) -> tuple[str, bool]:
    try:
        more = text.read(CHUNK)
    except UnicodeDecodeError as error:
        raise InputError("the file is not UTF-8; save it as UTF-8") from error
    return more, not more


def _rows(file: IO[bytes]) -> Iterator[tuple[int, Line]]:
    with io.TextIOWrapper(file, encoding=_encoding(file), newline="") as text:
        head = text.readline()
        delimiter = max(",;\t", key=head.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter)
        columns = _columns(next(reader, []))
        yield from _grouped(_numbered(reader), columns)


def _numbered(reader: Any) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yield (line, cells) of each row that is not empty."""
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, error
            continue
        if any(cell.strip() for cell in cells):
            yield number, cells


def _grouped(rows: Iterator[tuple[int, list[str] | csv.Error]], columns: list[str]) -> Iterator[tuple[int, Line]]:
    """Yield one profile for the rows of each customer; one row that can't be read spoils the customer's profile."""
    seen: set[int] = set()
    first, whose = 0, None
    facts: list[dict[str, Any]] = []
    broken: tuple[int, Exception] | None = None
    for number, cells in rows:
        row = _row(cells, columns)
        if isinstance(row, Exception):
            broken = broken or (number, row)
            continue
        customer_id = row.pop("customer_id", "")
        if customer_id != whose:
            yield from _closed(first, whose, facts, broken, seen)
            first, whose, facts, broken = number, customer_id, [], None
        facts.append(row)
    yield from _closed(first, whose, facts, broken, seen)


def _closed(
    first: int, whose: str | None, facts: list[Any], broken: tuple[int, Exception] | None, seen: set[int]
) -> Iterator[tuple[int, Line]]:
    if broken is not None:
        yield broken
    elif whose is not None and hash(whose) in seen:
        yield first, InputError("this customer has rows further up; put all rows of a customer together")
    elif whose is not None:
        yield first, {"customer_id": whose, "facts": facts}
    if whose is not None:
        seen.add(hash(whose))


def _row(cells: list[str] | csv.Error, columns: list[str]) -> dict[str, Any] | Exception:
    if isinstance(cells, csv.Error):
        return InputError("the row can't be read")
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        return InputError("the row has more cells than there are columns")
    row: dict[str, Any] = {
        name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name and cell.strip()
    }
    row["purposes"] = [word for word in re.split(r"[\s;|,]+", row.get("purposes", "")) if word]
    return {"consent": "none", **row}


def _columns(head: list[str]) -> list[str]:
    columns = [name.strip().lstrip("\ufeff").lower() for name in head]
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise InputError(f"the file has no column {missing[0]!r}; the first line has to name {', '.join(COLUMNS[:4])}")
    if unknown := [name for name in columns if name and name not in COLUMNS]:
        raise InputError(f"the file has a column {unknown[0][:40]!r}; the columns are {', '.join(COLUMNS)}")
    if twice := [name for name in COLUMNS if columns.count(name) > 1]:
        raise InputError(f"the file has two columns {twice[0]!r}; keep one")
    return columns


def _encoding(file: IO[bytes]) -> str:
    """Return what the bytes are: what a byte order mark says, UTF-8 where all of them are, else Korean Windows'."""
    start = file.read(2)
    file.seek(0)
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp949"
    finally:
        file.seek(0)
    return "utf-8-sig"
