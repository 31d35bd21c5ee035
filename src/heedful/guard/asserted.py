"""Claims without a figure that no published text makes, or that one makes otherwise: qualities, denials, certainty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from heedful.canonical import normalise, squash
from heedful.guard.case import Case
from heedful.guard.claims import Claim, claim, roots
from heedful.guard.grounds import Grounds
from heedful.guard.lexicon import Lexicon, lexicon
from heedful.guard.sentences import Sentence, sentences

_MARKER = regex.compile(r"\[\d{1,3}\]")
_IN_PARTS = regex.compile(r"[:;]\s|,\s")  # what a part denies another part may not
_FORBIDDEN = "allows what a published passage forbids"
LEAST = 2.0  # weight of a claim that is worth comparing
CLOSE = 0.6  # … and say nearly the same
SAME = 0.75  # … and differ in little but a "not"
AT_ONCE = "is at once"  # of what the writer does itself: "I'll connect you right away"


class _Published(NamedTuple):
    """One published sentence: what it is compared by, and which sections of the lexicon it is in."""

    roots: frozenset[str]
    sections: frozenset[str]

    @property
    def denies(self) -> bool:
        return "denied" in self.sections


class _Open(NamedTuple):
    """The published sentences that a reply may rest on, in which of them each root stands, and all their sections."""

    sentences: tuple[_Published, ...]
    places: Mapping[str, Sequence[int]]
    sections: frozenset[str]


class Unsaid(NamedTuple):
    """A sentence that claims what the published text does not say, and what is wrong with it."""

    sentence: Sentence
    why: str


def unsaid(case: Case) -> Iterator[Unsaid]:
    """Yield the sentences of the unit that claim a quality nothing gives, or what a published sentence says otherwise.

    Where no passage was published for this question nothing can be compared.
    """
    if not case.support.pages:
        return
    words = lexicon("ungrounded")
    telling = [
        (one, sections)
        for one in sentences(case.unit)
        if _tells(sections := _sections(words, one.text)) and not _is_quoted(case, one)
    ]
    near = case.policy.guard.threshold("ungrounded", case.channel)
    for sentence, sections in telling:
        said = claim(case.unit, sentence)
        if said is None or said.asks or said.weight < LEAST:
            continue
        published = case.support.once(_open_to_all)
        why = _quality(case, said, sections, published) or _otherwise(said, sections, published, near)
        why = why or (_FORBIDDEN if _allows_the_forbidden(said, sections, published.sentences) else "")
        if why:
            yield Unsaid(sentence, why)


def _open_to_all(sources: Grounds) -> _Open:
    found = tuple(one for text in (*sources.pages, *sources.promises) for one in _read(text))
    places: dict[str, list[int]] = {}
    for place, one in enumerate(found):
        for root in one.roots:
            places.setdefault(root, []).append(place)
    return _Open(found, places, frozenset().union(*(one.sections for one in found)))


def _tells(sections: frozenset[str]) -> bool:
    """Whether a sentence says anything that can be held against a source."""
    return bool(sections - {"hedged"}) and "unknown" not in sections


def _is_quoted(case: Case, sentence: Sentence) -> bool:
    """Whether a published text has the very sentence."""
    key = squash(_MARKER.sub("", sentence.text))
    return any(key in index.squashed for index in case.support.published)


def _sections(words: Lexicon, text: str) -> frozenset[str]:
    return frozenset(hit.section for hit in words.find(text, words.sections))


@lru_cache(maxsize=1024)  # passages and promises are few, and the company's own words
def _read(text: str) -> tuple[_Published, ...]:
    words, normalised = lexicon("ungrounded"), normalise(text)
    return tuple(
        _Published(frozenset(roots(normalise(one.text))), _sections(words, one.text)) for one in sentences(normalised)
    )


def _quality(case: Case, said: Claim, sections: frozenset[str], published: _Open) -> str:
    """Return why a quality that the claim names is unsupported, or nothing."""
    named = {section for section in sections if section.startswith("is ")}
    if said.of_writer:
        named.discard(AT_ONCE)
    if not named or "denied" in sections:
        return ""
    named -= published.sections
    if named:
        words = lexicon("ungrounded")
        values = "\n".join(f"{fact.name.replace('_', ' ')} {fact.value}" for fact in case.view.facts).lower()
        named -= _sections(words, values)
    return "a quality that no published passage gives" if named else ""


def _otherwise(claim: Claim, sections: frozenset[str], published: _Open, least: float) -> str:
    """Return in what a published sentence about the same thing says otherwise, or nothing.

    `least`: how much of the claim's weight stands in a sentence that speaks of the same thing.
    """
    near = sorted((one for one in _shares(claim, published) if one[0] >= least), key=lambda one: -one[0])
    if not near:
        return ""
    share, best = near[0]
    if _is_opposed(sections, best, [one for _, one in near]):
        return "the opposite of what a published passage says"
    close = [one for at_least, one in near if at_least >= CLOSE]
    if share >= SAME and not _IN_PARTS.search(claim.sentence.text) and "hedged" not in sections | best.sections:
        denies = "denied" in sections
        if denies != best.denies and all(one.denies != denies for one in close):
            return "denied, or not, where a published passage says the contrary"
    certain = "absolute" in sections and "hedged" not in sections and "hedged" in best.sections
    if share >= CLOSE and certain and not any("absolute" in one.sections for one in close):
        return "certain where a published passage is not"
    return ""


def _allows_the_forbidden(claim: Claim, sections: frozenset[str], published: Iterable[_Published]) -> bool:
    """Whether the claim allows what a published sentence about the same two things or more forbids."""
    if "one allowed" not in sections or sections & {"other allowed", "denied"}:
        return False
    shared = {
        one: len({word.stem for word in claim.words if word.weight >= 1 and word.stem in one.roots})
        for one in published
    }
    allowed = max((n for one, n in shared.items() if "other allowed" not in one.sections), default=0)
    return any("other allowed" in one.sections and n >= 2 and n > allowed for one, n in shared.items())


def _is_opposed(sections: frozenset[str], best: _Published, near: Iterable[_Published]) -> bool:
    for section in sections:
        side, _, name = section.partition(" ")
        if side not in ("one", "other") or name == "allowed" or _other(section) in sections:
            continue
        opposed = _other(section) in best.sections and section not in best.sections
        if opposed and not any(section in one.sections for one in near) and name:
            return True
    return False


def _other(section: str) -> str:
    side, _, name = section.partition(" ")
    return f"{'other' if side == 'one' else 'one'} {name}"


def _shares(claim: Claim, published: _Open) -> Iterator[tuple[float, _Published]]:
    """Yield each published sentence with the share of the claim's weight that stands in it."""
    found = [0.0] * len(published.sentences)
    for word in claim.words:
        for place in published.places.get(word.stem, ()):
            found[place] += word.weight
    return ((weight / claim.weight, one) for weight, one in zip(found, published.sentences, strict=True))
