"""Which words of a text speak to whoever checks it: none of them may reach a customer, and none a judge's ear."""

from __future__ import annotations

from heedful.canonical import Normalised, normalise
from heedful.guard.case import Case
from heedful.guard.lexicon import lexicon
from heedful.guard.sentences import sentences
from heedful.values import Action, Finding

CODE = "injection_driven"
LEXICON = "to_judge"
SECTIONS = ("verdict", "spoken_to", "approved")
FENCES = "⟦⟧"  # these two come from the prompts alone: a draft that has one imitates them
LEFT_OUT = "(…)"


def speaks_to_judge(case: Case) -> tuple[Finding, ...]:
    """Return a finding for each place of the unit that speaks to a judge or imitates what is written to or by one."""
    found = [case.place_in_unit(*span) for span in _spans(case.unit)]
    unit = case.draft[case.start : case.end]
    found += [(case.start + at, case.start + at + 1) for at, letter in enumerate(unit) if letter in FENCES]
    why = "speaks to whoever checks the draft, not to the customer"
    return tuple(
        Finding(CODE, Action.REVISE, "judge", start, end, why, mend="write to the customer alone")
        for start, end in sorted(found)
    )


def without_words_to_judge(text: str) -> str:
    """Return the text with each sentence that speaks to a judge left out."""
    normalised = normalise(text)
    spans = _spans(normalised)
    if not spans:
        return text
    cut = [(one.start, one.end) for one in sentences(normalised) if _meets((one.start, one.end), spans)]
    parts: list[str] = []
    at = 0
    for start, end in (normalised.original(*span) for span in cut):
        parts += (text[at:start], LEFT_OUT)
        at = end
    return "".join([*parts, text[at:]])


def _spans(normalised: Normalised) -> list[tuple[int, int]]:
    text = normalised.text
    lower = text.lower()
    lower = lower if len(lower) == len(text) else text
    return [(hit.start, hit.end) for hit in lexicon(LEXICON).find(lower, SECTIONS)]


def _meets(one: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    return any(start < one[1] and one[0] < end for start, end in spans)
