"""Nothing is promised that neither the policy nor a published page promises: refunds, gifts, deadlines, exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import regex

from heedful.canonical import normalise
from heedful.guard.case import Case
from heedful.guard.lexicon import Hit, lexicon
from heedful.guard.likeness import ALIKE, reads_like
from heedful.guard.running import Scope
from heedful.guard.sentences import Sentence, sentences
from heedful.guard.support import is_supported
from heedful.values import Action, Finding

CODE = "unauthorised_promise"
SCOPE: Scope = "unit"
ACTION = Action.REVISE

MEND = "promise what the policy promises, with its conditions"
AHEAD = 60  # characters from the words that commit to what they commit to; Korean says it the other way round
BEHIND_KO = 40
# What is committed to, and which words of a source allow it.
_GOODS = {
    "refund": ("refund",),
    "compensation": ("compensation", "payout"),
    "payout": ("payout", "refund", "compensation"),
    "costs": ("costs", "waiver", "compensation"),
    "voucher": ("voucher",),
    "discount": ("discount",),
    "waiver": ("waiver", "costs"),
    "replacement": ("replacement",),
    "gift": ("gift",),
    "extension": ("extension",),
    "guarantee": ("guarantee",),
    "acceptance": ("acceptance",),
    "deadline": ("deadline",),
}
# How far it goes: a source has to go as far where it speaks of the same thing.
_BOUNDS = ("extent", "unconditional", "exception")
_NAMES = {
    "payout": "a payment", "costs": "costs taken over", "waiver": "something free",
    "acceptance": "to set a rule aside", "extension": "more time", "extent": "more than what is promised",
    "unconditional": "it without the conditions", "exception": "an exception",
    "deadline": "a time by which it is done",
}  # fmt: skip
_SECTIONS = frozenset(s for name in ("commit", *_GOODS, *_BOUNDS) for s in (name, f"{name}_ko"))
_CLAUSE = regex.compile(r",\s|;\s|\sbut\s|(?<=지만|는데|으나)\s")
_GIVEN = frozenset(s for name in (*_GOODS, *_BOUNDS) for s in (name, f"{name}_ko"))


def rule(case: Case) -> Iterator[Finding]:
    """Yield each commitment of the unit to something, or as far, as no promise and no published passage goes."""
    words = lexicon(CODE)
    for sentence in sentences(case.unit):
        hits = [_plain(hit) for hit in words.find(sentence.text, _SECTIONS)]
        if not hits:
            if _is_alike(case, sentence):
                span = case.place_in_unit(sentence.start, sentence.end)
                why = "reads like a commitment: no promise of the policy and no published passage makes it"
                yield case.finding(CODE, ACTION, span, why, mend=MEND, rule=ALIKE)
            continue
        done = words.has(sentence.text, "done", "done_ko")
        for hit, commit in _committed(hits):
            clause = sentence.text[_clause_start(sentence.text, min(hit.start, commit.start)) :]
            if not words.has(clause, "doubt") and not _is_allowed(case, hit, hits, done=done):
                yield _found(case, sentence, hit, commit)
                break


def _is_alike(case: Case, sentence: Sentence) -> bool:
    """Whether a sentence reads like a commitment, says nothing that calls it in doubt, and no page says the like."""
    if not reads_like("promise", sentence.text) or lexicon(CODE).has(sentence.text, "doubt"):
        return False
    return not is_supported(case, sentence)


def _clause_start(text: str, at: int) -> int:
    """Return where the clause around `at` begins: what a condition before it denies is not denied of it."""
    return max((m.end() for m in _CLAUSE.finditer(text, 0, at)), default=0)


def _plain(hit: Hit) -> Hit:
    return Hit(hit.section.removesuffix("_ko") if hit.section != "commit_ko" else hit.section, hit.start, hit.end)


def _committed(hits: list[Hit]) -> Iterator[tuple[Hit, Hit]]:
    """Yield each thing that words of commitment reach, with those words."""
    commits = [hit for hit in hits if hit.section in ("commit", "commit_ko")]
    for hit in hits:
        if hit.section not in _GOODS and hit.section not in _BOUNDS:
            continue
        for commit in commits:
            reach = (
                -hit.end + hit.start <= commit.end - hit.start <= BEHIND_KO + hit.end - hit.start
                if commit.section == "commit_ko"
                else commit.start <= hit.end and hit.start - commit.end <= AHEAD
            )
            if reach:
                yield hit, commit
                break


def _is_allowed(case: Case, hit: Hit, hits: list[Hit], *, done: bool) -> bool:
    """Whether a source gives what is committed to; what is said to be done already, only the view can say."""
    if done and hit.section in _GOODS:
        return _gives((_of_view(case),), hit.section)
    if hit.section == "deadline" and any(index.dates for index in case.support.held):
        return True  # the view holds a date, and `ungrounded` compares dates
    sources = (*_of_sources(case), _of_view(case))
    if hit.section in _GOODS:
        return _gives(sources, hit.section)
    goods = {other.section for other in hits if other.section in _GOODS} - {"deadline"}
    return not goods or any(hit.section in source and any(_gives((source,), g) for g in goods) for source in sources)


def _gives(sources: Iterable[frozenset[str]], section: str) -> bool:
    return any(name in source for source in sources for name in _GOODS[section])


def _of_sources(case: Case) -> Iterator[frozenset[str]]:
    for promise in case.policy.promises:
        yield _classes(promise)
    for passage in case.published():
        yield _classes(f"{passage.title}\n{passage.text}")


def _of_view(case: Case) -> frozenset[str]:
    """Return what the facts of the view speak of; never cached, a customer's values are not kept."""
    return _read("\n".join(f"{fact.name.replace('_', ' ')} {fact.value}" for fact in case.view.facts))


@lru_cache(maxsize=4096)  # passages and promises are few, and the company's own words
def _classes(text: str) -> frozenset[str]:
    return _read(text)


def _read(text: str) -> frozenset[str]:
    """Return what a source speaks of."""
    found = lexicon(CODE).find(normalise(text).text.lower(), _GIVEN)
    return frozenset(_plain(hit).section for hit in found)


def _found(case: Case, sentence: Sentence, hit: Hit, commit: Hit) -> Finding:
    start, end = min(hit.start, commit.start), max(hit.end, commit.end)
    what = _NAMES.get(hit.section, f"a {hit.section}")
    why = f"promises {what}: no promise of the policy and no published passage does"
    span = case.place_in_unit(sentence.start + start, sentence.start + end)
    return case.finding(CODE, ACTION, span, why, mend=MEND)
