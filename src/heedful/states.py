"""How is the customer? Read from their words by rules anyone can follow, in English and Korean; one state a message."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Name = Literal["neutral", "worried", "upset", "angry", "grieving", "hurried", "pleased"]
RULES = Path(__file__).with_suffix(".toml")
TOLD = "_told"  # rules of such names show it by what happened, not by a word for it
LOOK_AT = 4_000  # characters; how somebody is shows early
# The first that is shown wins: grief outweighs all else, and who is glad of one thing and hurt by another is hurt.
SECTIONS: tuple[tuple[str, Name], ...] = (
    ("grieving", "grieving"),
    ("angry", "angry"),
    ("upset", "upset"),
    ("worried", "worried"),
    ("confused", "worried"),
    ("hurried", "hurried"),
    ("pleased", "pleased"),
)
SHOUTED_WORDS = 4  # in capitals from here on, and in no other letters, is shouting
_SHOUTING = re.compile(r"\b[A-Z]{2,}\b")
_SMALL = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class State:
    """How the customer is, and the words that show it; no words where they show nothing."""

    name: Name
    words: str = ""
    confused: bool = False  # worried because they don't know what to do, not because something is wrong


NEUTRAL = State("neutral")


def state_of(text: str, language: str) -> State:
    """Return the state that the words show; `neutral` when they show none, or in a language without rules.

    What is denied ("not angry") shows nothing, and neither does the state of a thing ("an angry red light"). English
    and Korean are both read in either: Korean messages are full of English words.
    """
    if language not in ("en", "ko"):
        return NEUTRAL
    words = _without_decoys(text[:LOOK_AT].replace("’", "'"))
    for section, name in SECTIONS:
        found = next((match for pattern in _patterns()[section].values() if (match := pattern.search(words))), None)
        if found is not None:
            return State(name, text[found.start() : found.end()].strip(), section == "confused")
        if section == "angry" and (shouted := _shouted(words)):
            return State("angry", shouted)
    return NEUTRAL


def without_words_of_state(text: str) -> str:
    """Return the text without the words that only tell how the customer is; offsets do not hold."""
    words = text.replace("’", "'")
    for section, _ in SECTIONS:
        for name, pattern in _patterns()[section].items():
            if section != "hurried" and not name.endswith(TOLD):
                words = pattern.sub(" ", words)
    return words


def _without_decoys(text: str) -> str:
    """Return the text with what shows no state blanked out, so that offsets hold."""
    for pattern in _patterns()["decoys"].values():
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return text


def _shouted(words: str) -> str:
    """Return what is written in capitals throughout; empty when small letters stand beside it."""
    capitals = _SHOUTING.findall(words)
    return " ".join(capitals) if len(capitals) >= SHOUTED_WORDS and not _SMALL.search(words) else ""


@cache
def _patterns() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    tables = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return {
        section: {name: re.compile(pattern, re.VERBOSE | re.IGNORECASE) for name, pattern in table.items()}
        for section, table in tables.items()
    }
