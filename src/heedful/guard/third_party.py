"""A person's data that is neither the customer's, nor said by them here, nor published: masked where it stands."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical import Identifier, identifiers, squash
from heedful.guard import masks
from heedful.guard.case import Case
from heedful.guard.disguised import read_identifiers
from heedful.guard.grounds import phone_key
from heedful.guard.lexicon import lexicon
from heedful.guard.personal import is_office_phone, personal
from heedful.guard.persons import names
from heedful.guard.places import homes
from heedful.guard.running import Scope
from heedful.guard.sentences import Sentence, sentences
from heedful.values import Action, Finding

CODE = "third_party"
SCOPE: Scope = "unit"
ACTION = Action.REDACT

# Mailboxes of an office, not of a person (RFC 2142 and the usual ones).
_OFFICE = regex.compile(
    r"(?:help|info|support|care|service|customer\w*|contact|hello|sales|press|privacy|office|order|orders|returns?"
    r"|refunds?|billing|cs|admin|postmaster|webmaster|abuse|no-?reply|team|shop|store|jobs|desk|hotline|claims?"
    r"|feedback|complaints?|marketing|security|accounts?|delivery|shipping|news|newsletter)(?:[.\-_+]?[a-z0-9]*)?",
    regex.IGNORECASE,
)
_MANY_DIGITS = regex.compile(r"\d(?:[^\d\n]{0,3}\d){6}")
BEFORE, AFTER = 60, 30  # characters around a number in which a word says whose it is
_WHAT = {
    "email": "a mail address",
    "phone": "a phone number",
    "id": "an id",
    "home": "the home",
    "name": "the name",
}


def rule(case: Case) -> Iterator[Finding]:
    """Yield each address, number, home and name of the unit that belongs to a person nobody open has spoken of."""
    reaching = [one for one in identifiers(case.text) if one.kind in _kinds(case)]
    reaching += _called(case, reaching)
    for one in reaching:
        if not _is_anothers(case, one) and not _is_explained(case, one.canonical) and not _is_office(case, one):
            yield _found(case, (case.window_start + one.start, case.window_start + one.end), one.kind)
    yield from _disguised(case)
    for sentence in sentences(case.unit):
        first, last = case.place_in_unit(sentence.start, sentence.end)
        reached = any(first <= case.window_start + one.start < last for one in reaching)
        of_somebody = reached or lexicon(CODE).has(sentence.text, "somebody")
        if of_somebody and not lexicon(CODE).has(sentence.text, "company"):
            yield from _homes(case, sentence)
            yield from _names(case, sentence)


def _disguised(case: Case) -> Iterator[Finding]:
    """Yield each identifier that stands in the draft in disguise: whose it is, only whoever wrote it so can say."""
    elsewhere = case.held_elsewhere or frozenset()
    for one, span, how in read_identifiers(case):
        reaches = one.kind != "id" or one.canonical in elsewhere
        if reaches and not _is_explained(case, one.canonical) and not is_office_phone(one.canonical):
            why = f"{_WHAT.get(one.kind, 'a number that identifies somebody')}, in disguise ({how})"
            mask = masks.words(f"somebodys_{one.kind}" if one.kind in _WHAT else "value", case.language)
            yield case.finding(CODE, ACTION, span, why, mend="leave it out", mask=mask)


def _called(case: Case, known: list[Identifier]) -> list[Identifier]:
    """Return the numbers in no country's form that the words around them say are called."""
    if not _MANY_DIGITS.search(case.text.text):
        return []
    taken = [(one.start, one.end) for one in known]
    found = [one for one in personal(case.text) if one.kind == "phone"]
    return [
        Identifier("phone", squash(case.window[one.start : one.end]), one.start, one.end)
        for one in found
        if not any(start < one.end and one.start < end for start, end in taken)
    ]


def _kinds(case: Case) -> tuple[str, ...]:
    """Return what counts: ids as well where the store can't say whose they are."""
    return ("email", "phone") if case.held_elsewhere is not None else ("email", "phone", "id")


def _found(case: Case, span: tuple[int, int], kind: str) -> Finding:
    why = f"{_WHAT[kind]} of somebody who is neither the customer, nor spoken of by them, nor published"
    mask = masks.words(f"somebodys_{kind}", case.language)
    return case.finding(CODE, ACTION, span, why, mend="leave it out", mask=mask)


def _is_anothers(case: Case, found: Identifier) -> bool:
    """Whether another rule speaks of it: a withheld value, or one that another customer is known to hold."""
    if case.held_elsewhere and found.canonical in case.held_elsewhere:
        return True
    return any(match.start < found.end and found.start < match.end for match in case.withheld.matches(case.window))


def _is_explained(case: Case, value: str) -> bool:
    key = squash(value)
    digits = phone_key(key) if key.isdigit() and len(key) >= 9 else key
    return any(digits in index.squashed for index in case.support.all)


def _is_office(case: Case, found: Identifier) -> bool:
    """Whether it is written as the company's own, or of an office: a wrong one is `ungrounded`."""
    if found.kind == "email":
        local, _, host = found.canonical.partition("@")
        ours = {host for host, _ in (*case.support.links, *case.support.prefixes)}
        ours |= {mail.partition("@")[2] for index in case.support.published for mail in index.mails}
        return _OFFICE.fullmatch(local) is not None or host in ours
    if found.kind == "id":
        return False
    if is_office_phone(found.canonical):
        return True
    start, end = case.text.position(found.start), case.text.position(found.end)
    around = case.text.text[max(0, start - BEFORE) : end + AFTER].lower()
    words = lexicon(CODE)
    return words.has(around, "company") and not words.has(around, "somebody", "at_work")


def _homes(case: Case, sentence: Sentence) -> Iterator[Finding]:
    for start, end in homes(case.unit):
        if sentence.start <= start < sentence.end and not _is_explained(case, case.unit.text[start:end]):
            yield _found(case, case.place_in_unit(start, end), "home")


def _names(case: Case, sentence: Sentence) -> Iterator[Finding]:
    """Yield names beside words for somebody else, or beside their address; never a name alone."""
    text = case.unit.text
    for start, end in names(text, sentence.start, sentence.end):
        first, last = case.place_in_unit(start, end)
        withheld = any(
            case.window_start + match.start < last and first < case.window_start + match.end
            for match in case.withheld.matches(case.window)
        )
        if not withheld and not _is_explained(case, text[start:end]):
            yield _found(case, (first, last), "name")
