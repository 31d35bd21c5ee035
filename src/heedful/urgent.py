"""What can't wait for an answer: fire, injury, somebody's life, a theft that goes on. A person takes over at once.

Read from the words by rules, in English and Korean. What is only asked in general ("what if …") is a question.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from heedful.kinds import kinds_of
from heedful.values import Passage

Case = Literal["self_harm", "medical", "pet", "danger", "injury", "threat", "fraud"]
RULES = Path(__file__).with_suffix(".toml")
LOOK_AT = 2_000  # characters; who is in danger says so first
# The first one found is the one that is acted on: a life before a burn, a burn before money.
CASES: tuple[Case, ...] = ("self_harm", "pet", "medical", "danger", "injury", "threat", "fraud")
UNLESS_ABOUT = "_unless_about_an_order"  # rules of this name count only where the message is about nothing of ours
MOST_LINES = 4  # of a list; whoever is in danger reads no more

# What an article has to be called whose first words are the instruction for a case.
_CALLED: Mapping[Case, re.Pattern[str]] = {
    "danger": re.compile(
        r"\b(?:fire|smoke|electric shock|burning smell|gas leak)\b|화재|연기|불이 나|감전|타는 냄새", re.IGNORECASE
    ),
    "injury": re.compile(r"\b(?:hurt|injur(?:y|ed|ies)|bleeding|first aid)\b|다치|다쳤|부상|응급", re.IGNORECASE),
    "medical": re.compile(
        r"\b(?:swallow(?:ed|s)?|allergic reaction|poison\w*|breath)\b|삼켰|삼킨|알레르기 반응|중독|호흡", re.IGNORECASE
    ),
    "pet": re.compile(r"\bvet\b|동물병원", re.IGNORECASE),
    "self_harm": re.compile(r"\b(?:suicid\w+|self-harm|in despair|crisis line)\b|자살|자해|위기 상담", re.IGNORECASE),
    "threat": re.compile(r"\b(?:threat\w*|harass\w*|unsafe)\b|협박|괴롭힘|성희롱|신변", re.IGNORECASE),
    "fraud": re.compile(
        r"\b(?:stolen|fraud|hacked|somebody else (?:has )?used?)\b|도난|도용|해킹|사기 피해", re.IGNORECASE
    ),
}
# What is looked for in the help content; fixed, so that the customer's words don't decide whether it is found.
_LOOKED_FOR: Mapping[str, Mapping[Case, str]] = {
    "en": {
        "danger": "smoke, fire, burning smell or electric shock: what to do first",
        "injury": "somebody is hurt or bleeding: what to do first",
        "medical": "somebody swallowed a battery or has an allergic reaction: what to do first",
        "pet": "a pet swallowed something: call a vet",
        "self_harm": "suicidal thoughts, crisis line",
        "threat": "threatened or harassed by somebody, feeling unsafe: what to do first",
        "fraud": "card stolen or account hacked, fraud: what to do first",
    },
    "ko": {
        "danger": "연기, 화재, 타는 냄새, 감전이 발생했을 때 먼저 하실 일",
        "injury": "다쳤을 때, 피가 날 때 먼저 하실 일",
        "medical": "건전지를 삼켰을 때, 알레르기 반응이 있을 때 먼저 하실 일",
        "pet": "반려동물이 삼켰을 때 동물병원",
        "self_harm": "자살 생각, 위기 상담 전화",
        "threat": "협박이나 괴롭힘을 당해 위험을 느낄 때 먼저 하실 일",
        "fraud": "카드 도난, 계정 해킹, 도용 사기 피해가 있을 때 먼저 하실 일",
    },
}
_SPACE = re.compile(r"[ \t]+")
_MARKUP = re.compile(r"\*\*|__|`|\[([^\]]+)\]\([^)]*\)")
_ITEM = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*+])\s+")


@dataclass(frozen=True, slots=True)
class Urgent:
    """Which case it is, and the words that show it."""

    case: Case
    words: str


def urgent_of(text: str, language: str) -> Urgent | None:
    """Return what in the message can't wait; `None` where nothing does, or in a language without rules."""
    if language not in ("en", "ko"):
        return None
    words = text[:LOOK_AT].replace("’", "'")
    for decoy in _patterns()["decoys"].values():
        words = decoy.sub(lambda found: " " * len(found[0]), words)
    about_ours: bool | None = None
    for case in CASES:
        for name, pattern in _patterns()[case].items():
            if not (found := pattern.search(words)):
                continue
            if name.endswith(UNLESS_ABOUT):
                about_ours = bool(kinds_of(text, language)) if about_ours is None else about_ours
                if about_ours:
                    continue
            return Urgent(case, text[found.start() : found.end()].strip())
    return None


def looked_for(case: Case, language: str) -> str:
    """Return the question to look up in the help content for its instruction."""
    return _LOOKED_FOR.get(language, _LOOKED_FOR["en"])[case]


def instruction(case: Case, passages: Sequence[Passage], language: str) -> tuple[str, Passage] | None:
    """Return the first words of the passage that is about this case, and the passage; `None` where there is none.

    Only a passage in the customer's language counts, and only one whose own heading names the case.
    """
    for passage in passages:
        heading = passage.headings[-1] if passage.headings else passage.title
        is_ours = passage.lang == language and passage.trust == "published"
        if is_ours and _CALLED[case].search(heading) and (words := _first_words(passage.text)):
            return words, passage
    return None


def _first_words(text: str) -> str:
    """Return the first paragraph of a passage, or the first lines of the list that it begins with."""
    paragraph = next((part for part in text.strip().split("\n\n") if not part.lstrip().startswith(("#", "|"))), "")
    lines = [_SPACE.sub(" ", _MARKUP.sub(r"\1", line)).strip() for line in paragraph.splitlines() if line.strip()]
    if any(_ITEM.match(line) for line in lines):
        return "\n".join(lines[:MOST_LINES])
    return " ".join(lines)


@cache
def _patterns() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    tables = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return {
        section: {name: re.compile(pattern, re.VERBOSE | re.IGNORECASE) for name, pattern in table.items()}
        for section, table in tables.items()
    }
