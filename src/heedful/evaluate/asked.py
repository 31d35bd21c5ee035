"""A file of customers' messages → the questions that two sides are to answer, in its order."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heedful.errors import InputError
from heedful.language import detect
from heedful.states import state_of
from heedful.voice import STATES, StateName

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One message of a customer. `state` is how they are, as the file says or else as their words show it."""

    id: str
    lang: str
    state: StateName
    kind: str
    text: str


def questions(file: Path, limit: int | None = None) -> tuple[Question, ...]:
    """Return the questions of a TOML file of `[[question]]` tables, or of JSON Lines: the first `limit` of them.

    Raises:
        InputError: The file can't be read, holds none, or one is none; says which line or id.
    """
    try:
        content = file.expanduser().read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the questions {str(file)!r} can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"the questions {str(file)!r} are not UTF-8 (byte {error.start}); save them as UTF-8"
        ) from error
    tables = _tables(content, file) if file.suffix.lower() == ".toml" else _lines(content, file)
    found: dict[str, Question] = {}
    for place, table in tables:
        one = _question(table, place, str(len(found) + 1))
        if one.id in found:
            raise InputError(f"{place} has the id {one.id!r}, which another question has already; give each its own")
        found[one.id] = one
    if not found:
        raise InputError(
            f"{file.name!r} holds no question: give TOML tables [[question]] with `text`, or JSON Lines with `text`"
        )
    return tuple(found.values())[:limit]


def _tables(content: str, file: Path) -> Iterator[tuple[str, Table]]:
    try:
        tables = tomllib.loads(content).get("question", [])
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file.name!r} is no TOML: {error}") from error
    if not isinstance(tables, list) or not all(isinstance(one, Mapping) for one in tables):
        raise InputError(f"{file.name!r}: 'question' has to be tables, each headed [[question]]")
    for number, table in enumerate(tables, start=1):
        named = f" ({table['id']!r})" if "id" in table else ""
        yield f"question {number}{named} of {file.name!r}", table


def _lines(content: str, file: Path) -> Iterator[tuple[str, Table]]:
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number} of {file.name!r}"
        try:
            table = json.loads(line)
        except ValueError as error:
            raise InputError(f"{place} is no JSON; a file of TOML tables has to be called .toml") from error
        if not isinstance(table, Mapping):
            raise InputError(f"{place} is no JSON object")
        yield place, table


def _question(table: Table, place: str, number: str) -> Question:
    text = table.get("text", table.get("question"))
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{place} has no words: give them as `text`")
    id_ = table.get("id", number)
    if isinstance(id_, bool) or not isinstance(id_, str | int) or not str(id_).strip():
        raise InputError(f"{place}: 'id' is a text or a number")
    lang = _word(table, "lang", place) or detect(text)
    state = _word(table, "state", place) or state_of(text, lang).name
    if state not in STATES:
        raise InputError(f"{place}: 'state' is {state!r}; it is one of {', '.join(STATES)}, or left out")
    return Question(str(id_), lang, state, _word(table, "kind", place), text)


def _word(table: Table, key: str, place: str) -> str:
    value = table.get(key) or ""
    if not isinstance(value, str):
        raise InputError(f"{place}: {key!r} is a word")
    if key == "lang" and value and not (len(value) == 2 and value.isascii() and value.islower()):
        raise InputError(f"{place}: 'lang' is {value!r}; give two letters, as en or ko, or leave it out")
    return value
