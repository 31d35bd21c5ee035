"""A line of a profile file → its facts and consent events, or the mistake that is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

from heedful.errors import InputError
from heedful.values import Consent, ConsentState, Fact

UNSAID = datetime(1970, 1, 1, tzinfo=UTC)  # stands where a line does not say when consent was given

PROFILE_KEYS = frozenset({"customer_id", "facts", "demo", "note"})
FACT_KEYS = frozenset(
    "name value category source at collected_for expires purposes consent given_at valid_until note".split()
)
LONGEST_NAME = 200  # characters, of ids, names, categories, purposes and sources
LONGEST_VALUE = 4_000


def read_line(line: Mapping[str, Any], *, at: datetime) -> tuple[str, tuple[Fact, ...], tuple[Consent, ...]]:
    """Return customer id, facts and consents of one `profile` object; `at` stands for a `given_at` it does not say.

    A fact has `name`, `value`, `category`, and may have `source`, `at`, `collected_for` and `expires`. With `consent`
    (given, refused, withdrawn, expired) it says what was answered for its `purposes`, `given_at` when and `valid_until`
    how long; without, or with `none`, nobody asked.

    Raises:
        InputError: The line is not of that form; names the fact and the key, never a value.
    """
    _known(line, PROFILE_KEYS, "the profile")
    customer_id = _text(line, "customer_id", "the profile")
    entries = line.get("facts", [])
    if not isinstance(entries, list | tuple):
        raise InputError("'facts' of the profile has to be a list")
    facts: list[Fact] = []
    consents: list[Consent] = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, Mapping):
            raise InputError(f"fact {number} of the profile has to be an object")
        fact, agreed = _fact(entry, f"fact {number} of the profile", customer_id, at)
        facts.append(fact)
        consents.extend(agreed)
    return customer_id, tuple(facts), tuple(consents)


def _fact(entry: Mapping[str, Any], where: str, customer_id: str, at: datetime) -> tuple[Fact, list[Consent]]:
    _known(entry, FACT_KEYS, where)
    name = _text(entry, "name", where)
    state = _text(entry, "consent", where) if entry.get("consent") is not None else "none"
    if state not in get_args(ConsentState):
        raise InputError(f"'consent' of {where} has to be one of {', '.join(get_args(ConsentState))}")
    purposes = _purposes(entry, where, needed=state != "none")
    fact = Fact(
        name=name,
        value=_text(entry, "value", where, longest=LONGEST_VALUE),
        category=_text(entry, "category", where),
        source=_text(entry, "source", where) if entry.get("source") is not None else "",
        at=_time(entry, "at", where),
        collected_for=_text(entry, "collected_for", where) if entry.get("collected_for") is not None else "",
        expires=_time(entry, "expires", where),
    )
    if state == "none":
        return fact, []
    given_at = _time(entry, "given_at", where) or at
    valid_until = _time(entry, "valid_until", where)
    consents = [
        Consent(
            id=_consent_id(customer_id, name, purpose, state, given_at),
            purpose=purpose,
            state=cast("ConsentState", state),
            at=given_at,
            category=fact.category,
            fact=name,
            valid_until=valid_until,
        )
        for purpose in purposes
    ]
    return fact, consents


def _purposes(entry: Mapping[str, Any], where: str, *, needed: bool) -> list[str]:
    purposes = entry.get("purposes", None if needed else [])
    if not isinstance(purposes, list | tuple) or not all(isinstance(item, str) and item.strip() for item in purposes):
        raise InputError(f"'purposes' of {where} has to be a list of texts")
    return list(dict.fromkeys(purposes))


def _consent_id(customer_id: str, fact: str, purpose: str, state: str, at: datetime) -> str:
    words = f"{customer_id}\x1f{fact}\x1f{purpose}\x1f{state}\x1f{at.isoformat()}"
    return f"cns_{hashlib.sha256(words.encode()).hexdigest()[:20]}"


def _known(entry: Mapping[str, Any], keys: frozenset[str], where: str) -> None:
    for key in entry:
        if key not in keys:
            raise InputError(f"{where} has a key {str(key)[:40]!r} that heedful does not know; it may be misspelt")


def _text(entry: Mapping[str, Any], key: str, where: str, *, longest: int = LONGEST_NAME) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{key!r} of {where} has to be a text that is not empty")
    if len(value) > longest:
        raise InputError(f"{key!r} of {where} is longer than {longest} characters")
    return value


def _time(entry: Mapping[str, Any], key: str, where: str) -> datetime | None:
    value = entry.get(key)
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError(f"{key!r} of {where} has to be a time as 2026-03-17T09:00:00+09:00") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
