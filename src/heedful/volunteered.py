"""What a customer says in passing that is worth remembering for their own benefit; read by rules that can be looked up.

The rules stand in `volunteered.toml`. They rather miss something than take a question, a condition, somebody else's
words or another person's matter for a wish. What the law protects most (health, faith, love, politics …) is never
read, whatever the customer says about it; nor is anything that identifies somebody.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from heedful.canonical import identifiers, normalise
from heedful.guard.lexicon import lexicon
from heedful.guard.sensitive_inference import CODE as SENSITIVE
from heedful.guard.sensitive_inference import SORTS
from heedful.units import sentences

RULES = Path(__file__).with_name("volunteered.toml")
LANGUAGES = ("en", "ko")
LOOK_AT = 2_000  # characters; who writes more tells a story
NAME_WORDS = 2  # in quotation marks: more are somebody's words
LONGEST = 60  # characters of a value; more is no wish any more

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|「[^」]*」|『[^』]*』|(?<![\w가-힣])'[^']*'(?!\w)|‘[^’]*’")
_SLOT = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Remembered:
    """One thing that may be remembered: the category and purpose it is kept under, and how a sentence names it."""

    name: str
    category: str
    purpose: str
    label: Mapping[str, str]
    several: bool = False  # values found in one message stand side by side


@dataclass(frozen=True, slots=True)
class Volunteered:
    """Something worth remembering, as it was read: the value to keep, and the words that say it."""

    fact: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class _Rule:
    fact: str
    patterns: Mapping[str, re.Pattern[str]]
    value: Mapping[str, str]
    quoted: bool  # whether the words may stand in quotation marks


@dataclass(frozen=True, slots=True)
class _Rules:
    facts: Mapping[str, Remembered]
    rules: tuple[_Rule, ...]
    never: Mapping[str, Mapping[str, re.Pattern[str]]]  # by reach and language
    question: Mapping[str, re.Pattern[str]]
    clauses: Mapping[str, re.Pattern[str]]


def facts() -> Mapping[str, Remembered]:
    """Return all that may be remembered, by name."""
    return _rules().facts


def read(text: str, language: str) -> tuple[Volunteered, ...]:
    """Return what the words say of the customer that is worth remembering, in the order of the rules; mostly nothing.

    Both languages' rules are read in a message of either: Korean messages are full of English words.
    """
    if language not in LANGUAGES or not text.strip():
        return ()
    words = _QUOTED.sub(_unless_a_name, " ".join(text[:LOOK_AT].split()).replace("’", "'"))
    rules = _rules()
    if any(pattern.search(words) for pattern in rules.never["message"].values()) or _is_protected(words):
        return ()
    found: dict[str, Volunteered] = {}
    for sentence in sentences(words):
        if any(pattern.search(sentence) for pattern in rules.never["sentence"].values()):
            continue
        for one in _told(sentence, language, rules):
            before = found.get(one.fact)
            if before is None:
                found[one.fact] = one
            elif rules.facts[one.fact].several and one.value not in before.value:
                found[one.fact] = replace(before, value=f"{before.value}, {one.value}")
    return tuple(found.values())


def mentioned(text: str, language: str) -> tuple[str, ...]:
    """Return which of these facts the words speak of in any way, to say which one is to be forgotten."""
    words = " ".join(text[:LOOK_AT].split()).replace("’", "'")
    rules = _rules()
    named = [
        rule.fact
        for rule in rules.rules
        if any(pattern.search(words) for pattern in rule.patterns.values()) or _names(rule, words, language)
    ]
    return tuple(dict.fromkeys(named))


def _names(rule: _Rule, words: str, language: str) -> bool:
    """Whether the words hold the value as it is kept (`left-handed`) or what a sentence calls the fact."""
    label = _rules().facts[rule.fact].label[language if language in LANGUAGES else "en"]
    bare = re.sub(r"^(?:your|the|how you|when you|원하시는) ?", "", label)
    kept = [value for value in rule.value.values() if "{" not in value]
    return any(term.casefold() in words.casefold() for term in (bare, *kept))


def _unless_a_name(quote: re.Match[str]) -> str:
    """Blank out what somebody else said; a word or two in quotation marks may be a name."""
    return quote[0] if len(quote[0].split()) <= NAME_WORDS else " " * len(quote[0])


def _told(sentence: str, language: str, rules: _Rules) -> Iterator[Volunteered]:
    """Yield what the clauses of a sentence tell, those aside that ask, suppose or quote."""
    clauses = [sentence]
    for cut in rules.clauses.values():
        clauses = [part for clause in clauses for part in cut.split(clause) if part]
    asks = sentence.rstrip(" \"'”’)").endswith(("?", "？"))
    for place, clause in enumerate(clauses):
        if asks and place == len(clauses) - 1:
            return
        if any(pattern.search(clause) for pattern in (*rules.never["clause"].values(), *rules.question.values())):
            continue
        for rule in rules.rules:
            if one := _matched(rule, clause, language):
                yield one


def _matched(rule: _Rule, clause: str, language: str) -> Volunteered | None:
    for pattern in rule.patterns.values():
        where = clause if rule.quoted else _QUOTED.sub(lambda quote: " " * len(quote[0]), clause)
        found = pattern.search(where)
        if found is None:
            continue
        value = rule.value[language]
        for slot in _SLOT.findall(value):
            value = value.replace(f"{{{slot}}}", _captured(found, slot))
        if 0 < len(value) <= LONGEST:
            return Volunteered(rule.fact, value, found[0].strip())
    return None


def _captured(found: re.Match[str], slot: str) -> str:
    """Return what the group caught; a pattern of several ways has it as `size`, `size2`, `size3`."""
    caught = {name: text for name, text in found.groupdict().items() if text and name.rstrip("23") == slot}
    return next(iter(caught.values()), "").strip()


def _is_protected(words: str) -> bool:
    """Whether the message speaks of what the law protects most, or holds something that identifies somebody."""
    spelled = normalise(words)
    if identifiers(spelled):
        return True
    return next(lexicon(SENSITIVE).find(spelled.text.lower(), SORTS), None) is not None


@cache
def _rules() -> _Rules:
    table = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return _Rules(
        facts={name: Remembered(name=name, **fact) for name, fact in table["facts"].items()},
        rules=tuple(_rule(rule) for rule in table["rules"]),
        never={reach: _patterns(patterns) for reach, patterns in table["never"].items()},
        question=_patterns(table["question"]),
        clauses=_patterns(table["clauses"]),
    )


def _rule(table: Mapping[str, Any]) -> _Rule:
    return _Rule(table["fact"], _patterns(table), table["value"], bool(table.get("quoted")))


def _patterns(table: Mapping[str, Any], languages: Sequence[str] = LANGUAGES) -> Mapping[str, re.Pattern[str]]:
    return {language: re.compile(table[language], re.VERBOSE | re.IGNORECASE) for language in languages}
