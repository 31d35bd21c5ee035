"""Profiles as a file brings them: line by line, the good ones taken, the broken ones listed without their words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heedful.errors import HeedfulError, InputError
from heedful.ports import Profile

Line = str | Mapping[str, Any] | Exception  # its text, its object, or what went wrong when it was read


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that was not taken: its number from 1, and why, without its words."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: how many profiles are in, and which lines are not."""

    profiles: int
    broken: tuple[Broken, ...]


def read_line(line: Line, read: Callable[[Mapping[str, Any]], Profile]) -> Profile | None:
    """Return the profile of a line; `None` for an empty one.

    Raises:
        InputError: It can't be taken; the message holds none of its words.
    """
    if isinstance(line, str):
        if not line.strip("\ufeff \t\r\n"):
            return None
        try:
            line = json.loads(line.lstrip("\ufeff"))
        except (ValueError, RecursionError) as error:
            raise InputError("the line is not JSON") from error
    if isinstance(line, HeedfulError):
        raise InputError(str(line))
    if isinstance(line, Exception):
        raise InputError(f"the line can't be read ({type(line).__name__})")
    if not isinstance(line, Mapping):
        raise InputError("the line is not a JSON object")
    profile = read(line)
    check(profile)
    return profile


def check(profile: Profile) -> None:
    """Let pass what every database keeps.

    Raises:
        InputError: Nobody is named, or a text holds what can't be stored.
    """
    if not is_storable(profile.customer_id) or not profile.customer_id:
        raise InputError("customer_id is empty or holds characters that can't be stored")
    for fact in profile.facts:
        if not all(map(is_storable, (fact.name, fact.value, fact.category, fact.source, fact.collected_for))):
            raise InputError("a fact holds characters that can't be stored")
    for consent in profile.consents:
        texts = (consent.id, consent.purpose, consent.state, consent.category or "", consent.fact or "")
        if not all(map(is_storable, texts)):
            raise InputError("a consent holds characters that can't be stored")


def is_storable(text: str) -> bool:
    """Whether every database keeps it: PostgreSQL takes no NUL, none takes half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
