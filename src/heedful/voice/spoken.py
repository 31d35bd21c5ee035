"""What style advice looks at, one reply as a customer would read it, and what it gives."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import regex

from heedful.language import is_hangul_heavy
from heedful.markers import MARKER
from heedful.terms import Morpheme, analysed
from heedful.units import sentences
from heedful.values import Channel

StateName = Literal["neutral", "worried", "upset", "angry", "grieving", "hurried", "pleased"]
STATES: tuple[StateName, ...] = ("neutral", "worried", "upset", "angry", "grieving", "hurried", "pleased")
CARE_DUE = frozenset({"worried", "upset", "angry", "grieving", "pleased"})

RuleId = Literal[
    "answer_not_first",
    "over_apology",
    "empty_empathy",
    "claims_feeling",
    "too_long",
    "wrong_language",
    "jargon",
    "blame",
    "honorific_thing",
    "mixed_level",
    "banmal",
    "halgeyo",
    "double_honorific",
    "translated_passive",
]

PATTERNS = Path(__file__).with_name("patterns")
PATIENCE_S = 1.0  # for one pattern on one text, on the clock
OPENING = 2  # sentences in which the answer has to stand

_NOT_OURS = regex.compile(  # what is quoted is somebody else's words: a button, a message, the customer
    rf"{MARKER}|“[^”\n]*”|\"[^\"\n]*\"|‘[^’\n]*’|「[^」\n]*」|『[^』\n]*』|`[^`\n]*`"
    r"|(?<![\w])'[^'\n]{1,40}'(?![a-z])|https?://\S+|\S+@\S+\.\w+"
)
_SALUTATION = regex.compile(
    r"(?:hi|hello|hey|dear|greetings|good\s(?:morning|afternoon|evening|day))\b[^.!?\n]{0,40}[,.!]?"
    r"|(?:[^.!?\n]{0,16}(?:고객|회원)?님[,.!]?\s*)?(?:안녕하(?:세요|십니까)|반갑습니다)[^.!?\n]{0,20}[.!?~]?"
    r"|[^.!?\n]{0,16}(?:고객|회원)?님[,.!]"
    r"|[^.!?\n]{0,24}(?:리빙|고객\s?센터|상담원|상담사|상담\s?도우미|도우미|챗봇|어시스턴트)\s?[^.!?\s]{0,6}입니다[.!]?",
    regex.IGNORECASE,
)


class Advice(NamedTuple):
    """One thing to write better. Offsets are characters of the reply, `end` exclusive; it never says a value."""

    rule: RuleId
    start: int
    end: int
    why: str
    mend: str


class Sentence(NamedTuple):
    """One sentence or list item: where it stands, and its words with what is quoted blanked out, as long as before."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Spoken:
    """One reply, or as much of it as there is, with what it answers. `final` tells that nothing follows.

    `language` is the one to answer in. `state` is the state of mind of whoever asked; `None` where nobody has read it.
    `start` and `end` bound the unit the advice is for; `end` is `None` for all there is. `passages` are the texts the
    reply may rest on.
    """

    question: str
    language: str
    reply: str
    channel: Channel = "chat"
    state: StateName | None = None
    passages: tuple[str, ...] = ()
    start: int = 0
    end: int | None = None
    final: bool = True

    @cached_property
    def text(self) -> str:
        """The reply with markers, links and what is quoted blanked out; offsets hold."""
        return str(_NOT_OURS.sub(lambda found: " " * len(found[0]), self.reply, timeout=PATIENCE_S))

    @cached_property
    def in_korean(self) -> bool:
        """Whether the reply is in Korean, whatever it should be in."""
        return is_hangul_heavy(self.text)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences and list items, in order."""
        found, at = [], 0
        for unit in sentences(self.reply):
            words = self.text[at : at + len(unit)]
            if any(character.isalnum() for character in words):
                first = at + len(unit) - len(unit.lstrip())
                found.append(Sentence(first, at + len(unit.rstrip()), self.text[first : at + len(unit.rstrip())]))
            at += len(unit)
        return tuple(found)

    @cached_property
    def body(self) -> tuple[Sentence, ...]:
        """The sentences after a salutation, which is neither answer nor waste."""
        rest = list(self.sentences)
        while len(rest) > 1 and is_salutation(rest[0].text):
            rest.pop(0)
        return tuple(rest)

    @property
    def opening(self) -> tuple[Sentence, ...]:
        """The first sentences of what is said."""
        return self.body[:OPENING]

    @cached_property
    def sources(self) -> str:
        """What the customer and the help content say, in lower case."""
        return "\n".join((self.question, *self.passages)).lower()

    def touches(self, advice: Advice) -> bool:
        """Whether advice is on the unit at hand."""
        end = len(self.reply) if self.end is None else self.end
        return advice.start < end and advice.end > self.start


def is_salutation(text: str) -> bool:
    """Whether a sentence only greets, or says who writes."""
    return _SALUTATION.fullmatch(text.strip(), timeout=PATIENCE_S) is not None


@lru_cache(maxsize=256)  # one sentence is read by every rule, and nothing older is of use
def morphemes(text: str) -> tuple[Morpheme, ...]:
    """Return the morphemes of a Korean sentence, in order."""
    return tuple(analysed(text))


class Patterns:
    """The patterns of one file beside this one, by section: read and compiled when a section is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, section: str) -> regex.Pattern[str]:
        """Return what matches any pattern of a section, whatever the case."""
        return _compiled(self._name, section)

    def compile(self) -> None:
        """Compile every section, so that no customer waits for it."""
        for section in _sections(self._name):
            _compiled(self._name, section)


@cache
def _sections(name: str) -> Mapping[str, list[str]]:
    return tomllib.loads((PATTERNS / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _compiled(name: str, section: str) -> regex.Pattern[str]:
    return regex.compile("|".join(_sections(name)[section]).replace("~", r"\s?"), regex.IGNORECASE)


def warm() -> None:
    """Compile every pattern."""
    for file in sorted(PATTERNS.glob("*.toml")):
        Patterns(file.stem).compile()


def found(sought: regex.Pattern[str], text: str) -> regex.Match[str] | None:
    """Return the first match in `text`, with patience."""
    return sought.search(text, timeout=PATIENCE_S)


def spans(sought: regex.Pattern[str], sentence: Sentence) -> list[tuple[int, int]]:
    """Return where in the reply a pattern matches within a sentence."""
    matches = sought.finditer(sentence.text, timeout=PATIENCE_S)
    return [(sentence.start + match.start(), sentence.start + match.end()) for match in matches]
