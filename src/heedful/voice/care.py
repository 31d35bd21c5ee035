"""Which sentences are care: sorry for a loss, an apology, a hardship seen, gladness about what went well."""

from __future__ import annotations

from typing import Literal, NamedTuple

from heedful.voice.spoken import Patterns, Sentence, Spoken, found

SEEK = Patterns("care")

Sort = Literal["apology", "owning", "sympathy", "gladness", "reassurance"]


class Care(NamedTuple):
    """A sentence of care, and which sort it is."""

    sentence: Sentence
    sort: Sort


def care(spoken: Spoken) -> tuple[Care, ...]:
    """Return the sentences of care of a reply, in order."""
    sorts = ((sentence, sort_of(sentence.text)) for sentence in spoken.sentences)
    return tuple(Care(sentence, sort) for sentence, sort in sorts if sort is not None)


def sort_of(text: str) -> Sort | None:
    """Return which sort of care a sentence is; `None` when it is none."""
    if found(SEEK["sympathy"], text) and not found(SEEK["not_apology"], text):
        return "apology" if is_apology(text) else "sympathy"
    if is_apology(text):
        return "apology"
    if found(SEEK["owning"], text):
        return "owning"
    if found(SEEK["gladness"], text):
        return "gladness"
    return "reassurance" if found(SEEK["reassurance"], text) else None


def is_apology(text: str) -> bool:
    """Whether a sentence says sorry for something of ours."""
    return bool(found(SEEK["apology"], text)) and not found(SEEK["not_apology"], text)


def apologies(sentence: Sentence) -> list[tuple[int, int]]:
    """Return where in the reply each apology of a sentence stands."""
    if found(SEEK["not_apology"], sentence.text):
        return []
    return [(sentence.start + m.start(), sentence.start + m.end()) for m in SEEK["apology"].finditer(sentence.text)]


def is_cared_for(spoken: Spoken) -> bool:
    """Whether exactly one honest sentence of care stands in a reply, beside which an apology may stand.

    Stock phrases and claims to feel are not honest; to be told not to worry is no care. Who is pleased may be thanked
    for telling.
    """
    sorts = [one.sort for one in care(spoken) if _is_honest(one.sentence.text)]
    told = [sort for sort in sorts if sort in ("sympathy", "gladness")]
    if spoken.state == "pleased" and not told:
        told = ["gladness" for one in spoken.sentences if found(SEEK["thanks"], one.text)]
    return len(told) == 1 or (not told and sorts.count("apology") + sorts.count("owning") == 1)


def _is_honest(text: str) -> bool:
    from heedful.voice import claims_feeling, empty_empathy  # they read care in their turn

    return not (empty_empathy.is_stock(text) or claims_feeling.is_claim(text))
