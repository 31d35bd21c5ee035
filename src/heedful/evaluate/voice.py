"""`heedful eval voice`: how replies sound: the answer first, care where it is due and nowhere else, plain and short."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, cast

from heedful.errors import InputError
from heedful.evaluate import missed
from heedful.evaluate.items import Figures, read, share, split
from heedful.evaluate.missed import Miss, Wrong
from heedful.evaluate.reading_ease import count, eojeol_a_sentence, flesch, words
from heedful.evaluate.voice_judge import Opinion, VoiceJudge, figures_of
from heedful.values import Channel
from heedful.voice import CARE_DUE, RULES, STATES, RuleId, Spoken, StateName, advise
from heedful.voice.care import is_cared_for

KEYS = ("id", "lang", "question", "state", "reply")
CHANNELS: tuple[Channel, ...] = ("chat", "email", "assist")


@dataclass(frozen=True, slots=True)
class Heard:
    """One item, and how its reply sounds. `opinion` is a model's, where one was asked and could say."""

    item: Mapping[str, Any]
    found: frozenset[RuleId]
    cares: bool  # exactly one honest sentence of care
    opinion: Opinion | None = None

    @property
    def is_due(self) -> bool:
        """Whether the customer shows distress, loss or joy."""
        return self.item["state"] in CARE_DUE

    @property
    def expected(self) -> frozenset[str] | None:
        """The rules that the item says its reply goes against; `None` where it does not say."""
        return frozenset(self.item["expect"]) if "expect" in self.item else None


async def evaluate(items: Path, misses: Path | None = None, judge: VoiceJudge | None = None) -> Figures:
    """Return the figures of `heedful eval voice`; write what was found wrongly to `misses`.

    Raises:
        InputError: The file can't be read, or an item is none; says which.
        ModelError: A judge was asked for, and its model can't be reached.
    """
    given = [(item, _spoken(item)) for item in read(items, *KEYS)]
    heard = await asyncio.to_thread(lambda: [_heard(item, spoken) for item, spoken in given])
    if judge is not None:
        opinions = [await judge.opinion(spoken) for _, spoken in given]
        heard = [Heard(one.item, one.found, one.cares, opinion) for one, opinion in zip(heard, opinions, strict=True)]
    figures = split(heard, lambda one: one.item, lambda some: _figures(some, judged=judge is not None))
    return missed.taken(figures, _misses(heard), misses)


def _spoken(item: Mapping[str, Any]) -> Spoken:
    """Return the reply of an item with what it answers."""
    name, passages = item["id"], item.get("passages", ())
    for key in ("question", "reply", "lang"):
        if not isinstance(item[key], str):
            raise InputError(f"item {name!r}: {key!r} is a text")
    if item["state"] not in STATES:
        raise InputError(f"item {name!r}: 'state' is one of {', '.join(STATES)}")
    if item.get("channel", "chat") not in CHANNELS:
        raise InputError(f"item {name!r}: 'channel' is one of {', '.join(CHANNELS)}")
    if not isinstance(passages, list | tuple) or not all(isinstance(passage, str) for passage in passages):
        raise InputError(f"item {name!r}: 'passages' is a list of texts")
    known = {rule.id for rule in RULES}
    expected = item.get("expect", [])
    if not isinstance(expected, list) or not set(expected) <= known:
        raise InputError(f"item {name!r}: 'expect' is a list of rules of {', '.join(sorted(known))}")
    return Spoken(
        question=item["question"],
        language=item["lang"],
        reply=item["reply"],
        channel=cast("Channel", item.get("channel", "chat")),
        state=cast("StateName", item["state"]),
        passages=tuple(passages),
    )


def _heard(item: Mapping[str, Any], spoken: Spoken) -> Heard:
    return Heard(item, frozenset(one.rule for one in advise(spoken)), is_cared_for(spoken))


def _figures(heard: Sequence[Heard], *, judged: bool) -> Figures:
    """Return the rates over some items; precision and recall over those that say what is to be found."""
    due = [one.cares for one in heard if one.is_due]
    not_due = [one.cares for one in heard if not one.is_due]
    figures: Figures = {
        "n": len(heard),
        "rules": {rule.id: _rate(heard, lambda one, id_=rule.id: id_ in one.found) for rule in RULES},
        "information_first": _rate(heard, lambda one: "answer_not_first" not in one.found),
        "care_where_due": share(sum(due), len(due)),
        "care_where_not_due": share(sum(not_due), len(not_due)),
        "language_match": _rate(heard, lambda one: "wrong_language" not in one.found),
        "length": _length([one.item["reply"] for one in heard]),
        "reading_ease": _ease(heard),
    }
    told = [one for one in heard if one.expected is not None]
    if told:
        figures |= _agreement(told, [rule.id for rule in RULES])
        figures["by_rule"] = {rule.id: _agreement(told, [rule.id]) for rule in RULES}
    return figures | (figures_of([one.opinion for one in heard]) if judged else {})


def _rate(heard: Sequence[Heard], holds: Callable[..., bool]) -> float:
    return share(sum(holds(one) for one in heard), len(heard))


def _agreement(told: Sequence[Heard], rules: Sequence[RuleId]) -> Figures:
    """Return how often what is found is expected, and what is expected is found; each rule of each item counts."""
    pairs = [(rule in one.found, rule in (one.expected or ())) for one in told for rule in rules]
    right = sum(found and wanted for found, wanted in pairs)
    found, wanted = sum(found for found, _ in pairs), sum(wanted for _, wanted in pairs)
    return {"expected": wanted, "precision": share(right, found), "recall": share(right, wanted)}


def _length(replies: Sequence[str]) -> Figures:
    """Return the mean length of a reply."""
    if not replies:
        return {"sentences": 0.0, "words": 0.0, "characters": 0.0}
    return {
        "sentences": round(fmean(map(count, replies)), 2),
        "words": round(fmean(map(words, replies)), 2),
        "characters": round(fmean(map(len, replies)), 2),
    }


def _ease(heard: Sequence[Heard]) -> Figures:
    """Return how easily the replies read, by the measure of each language."""
    english = [flesch(one.item["reply"]) for one in heard if one.item["lang"] == "en"]
    korean = [eojeol_a_sentence(one.item["reply"]) for one in heard if one.item["lang"] == "ko"]
    figures = {"flesch": round(fmean(english), 1)} if english else {}
    return figures | ({"eojeol_a_sentence": round(fmean(korean), 2)} if korean else {})


def _misses(heard: Sequence[Heard]) -> list[Miss]:
    """Return the items in which another rule was found than is expected, or one that is expected was not."""
    found = []
    for one in heard:
        if one.expected is None or one.expected == one.found:
            continue
        wrongs = [
            *(Wrong("missed", rule) for rule in sorted(one.expected - one.found)),
            *(Wrong("false_alarm", rule) for rule in sorted(one.found - one.expected)),
        ]
        found.append(Miss({**one.item, "found": sorted(one.found)}, wrongs))
    return found
