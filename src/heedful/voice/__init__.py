"""How a reply sounds: advice on its style, one rule a file. It asks for a rewrite once and never holds a reply back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from heedful.voice import (
    answer_not_first,
    banmal,
    blame,
    claims_feeling,
    double_honorific,
    empty_empathy,
    halgeyo,
    honorific_thing,
    jargon,
    mixed_level,
    over_apology,
    spoken,
    too_long,
    translated_passive,
    wrong_language,
)
from heedful.voice.spoken import CARE_DUE, OPENING, STATES, Advice, RuleId, Spoken, StateName

__all__ = [
    "CARE_DUE",
    "OPENING",
    "RULES",
    "STATES",
    "Advice",
    "Rule",
    "RuleId",
    "Spoken",
    "StateName",
    "advise",
    "opening_waits",
    "warm",
]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of style: its id, and what finds where a reply goes against it."""

    id: RuleId
    find: Callable[[Spoken], Iterable[Advice]]


RULES: tuple[Rule, ...] = (
    Rule("answer_not_first", answer_not_first.rule),
    Rule("over_apology", over_apology.rule),
    Rule("empty_empathy", empty_empathy.rule),
    Rule("claims_feeling", claims_feeling.rule),
    Rule("too_long", too_long.rule),
    Rule("wrong_language", wrong_language.rule),
    Rule("jargon", jargon.rule),
    Rule("blame", blame.rule),
    Rule("honorific_thing", honorific_thing.rule),
    Rule("mixed_level", mixed_level.rule),
    Rule("banmal", banmal.rule),
    Rule("halgeyo", halgeyo.rule),
    Rule("double_honorific", double_honorific.rule),
    Rule("translated_passive", translated_passive.rule),
)


def opening_waits(spoken: Spoken) -> bool:
    """Whether all there is so far says nothing yet, and the answer may still stand in the next sentence."""
    said_nothing = all(answer_not_first.says_nothing(sentence.text) for sentence in spoken.body)
    return not spoken.final and len(spoken.body) < OPENING and said_nothing


def warm() -> None:
    """Read and compile every pattern, so that no customer waits for it: about a third of a second."""
    spoken.warm()
    jargon.warm()


def advise(spoken: Spoken) -> tuple[Advice, ...]:
    """Return the advice on the unit at hand, in the order in which it stands there.

    Raises:
        TimeoutError: A pattern lost its patience with this text.
    """
    advice = (one for rule in RULES for one in rule.find(spoken) if spoken.touches(one))
    return tuple(sorted(dict.fromkeys(advice), key=lambda one: (one.start, one.end, one.rule)))
