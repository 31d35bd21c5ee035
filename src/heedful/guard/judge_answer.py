"""What a judge answered → findings on the draft. An answer that can't be believed is no answer, whatever it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import regex

from heedful.canonical import normalise, squash
from heedful.errors import ModelError
from heedful.guard.case import Case
from heedful.guard.judge_prompt import Put
from heedful.reason_codes import CODES
from heedful.values import Action, Finding

RULE = "judge"
MOST = 100  # findings; no draft has as many sentences
ENOUGH = 4  # a quote of fewer letters than a share of the control (one in so many) could stand anywhere
ALIKE = 0.8  # of a quote's words, for it to be of the control though it is not word for word
UNLOCATED = 6  # letters; a shorter piece of a quote says too little to find its place by

# What each code is, when a judge says it. Its own words are not repeated: they are a draft too, that nobody checks.
WHAT: Mapping[str, str] = {
    "sensitive_inference": "something private said or guessed of the customer",
    "creepy_recital": "the customer's doings told back to them",
    "ungrounded": "something that nothing supports",
    "unauthorised_promise": "a promise beyond those there are",
    "sales_pressure": "pressure to buy or to stay",
    "injection_driven": "an order that does not come from the company, or words for somebody else",
    "third_party": "something about another person",
    "over_disclosure": "more of the customer's data than needed",
    "rights_ignored": "a wish about their data, or for a person, passed over",
    "missing_ai_notice": "a human being said to write",
}
_WORD = regex.compile(r"\w+")
_PLACEHOLDER = regex.compile(r"‹[^‹›\n]{1,40}›")


class Answer(NamedTuple):
    """What a judge found in the draft, and whether it saw the sentence that we put in, which is wrong for certain."""

    findings: tuple[Finding, ...]
    saw_control: bool


def read(said: str, put: Put, case: Case) -> Answer:
    """Return what an answer says; the finding on the sentence that we put in is taken out.

    Raises:
        ModelError: `judge_malformed`: it is not what was asked for.
    """
    saw_control = False
    found: list[Finding] = []
    for item in _items(said, put):
        is_control, spans = _quoted(str(item["quote"]), put, case)
        saw_control = saw_control or is_control
        if item["code"] in put.codes or item["code"] not in WHAT:  # the policy has the others off, or only observed
            found += [_finding(case, str(item["code"]), span) for span in spans]
    return Answer(tuple(found), saw_control)


def blind() -> ModelError:
    """Return the error for a judge that passed over what is wrong for certain: that it finds no more counts nothing."""
    return ModelError(
        "the judge passed over a sentence that is wrong for certain: it does not read, or has been talked round",
        code="judge_blind",
    )


def _items(said: str, put: Put) -> Iterator[Mapping[str, Any]]:
    """Yield what the answer lists, each with a code that there is and a quote."""
    answer = _object(said)
    if answer.get("proof") != put.proof:
        raise _malformed("without the proof that it was made for this draft")
    items = answer.get("findings")
    if not isinstance(items, list) or len(items) > MOST:
        raise _malformed("without a list of findings")
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("quote"), str) or item.get("code") not in CODES:
            raise _malformed("with a finding that has no quote, or no code there is")
    yield from items


def _object(said: str) -> Mapping[str, Any]:
    """Read the one JSON object, whatever is around it; with a second one, or a key twice, nobody knows which counts."""
    first, last = said.find("{"), said.rfind("}")
    if first < 0 or last < first:
        raise _malformed("without JSON")
    try:
        answer = json.loads(said[first : last + 1], object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _malformed("that is not one JSON object") from None
    if not isinstance(answer, dict):
        raise _malformed("that is no JSON object")
    return answer


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key comes twice")
    return dict(pairs)


def _malformed(what: str) -> ModelError:
    return ModelError(f"the judge gave an answer {what}", code="judge_malformed")


def _finding(case: Case, code: str, span: tuple[int, int]) -> Finding:
    """Return the finding. A model's word alone has a text written again or looked at by a person; it blocks nothing."""
    wanted = case.policy.guard.of(case.channel).get(code, CODES[code].usual.value)
    is_grave = code not in WHAT or wanted in (Action.HAND_OFF, Action.BLOCK)
    why = f"the judge found {WHAT.get(code, 'what it is not asked about')}"
    action = Action.HAND_OFF if is_grave else Action.REVISE
    return Finding(code, action, RULE, *span, why, mend="a person looks at it" if is_grave else "leave it out")


def _quoted(quote: str, put: Put, case: Case) -> tuple[bool, tuple[tuple[int, int], ...]]:
    """Return whether a quote is of the control, and the places of the draft it is of.

    One that stands in neither is about the whole draft.
    """
    control, letters = _letters_of(put.control), _letters_of(quote)
    rest = letters.replace(control, "", 1) if control in letters else ""
    is_control = control in letters or (letters in control and len(letters) * ENOUGH >= len(control))
    place = _place(rest or quote, put, case)
    if place is not None:
        return is_control, (place,)
    if not rest and (is_control or _is_alike(quote, put.control)):
        return True, ()
    return is_control, ((case.start, case.end),)


def _place(quote: str, put: Put, case: Case) -> tuple[int, int] | None:
    """Return where in the draft a quote stands, word for word or by its letters; `None` when it doesn't."""
    longest = max(_PLACEHOLDER.split(quote), key=len)
    for wanted in (quote, put.names.restore(quote), longest):
        if len(key := _letters_of(wanted)) < UNLOCATED:
            continue
        if (at := case.draft.find(wanted, case.start, case.end)) >= 0:
            return at, at + len(wanted)
        letters = case.once(_letters)
        if (at := "".join(letter for letter, _ in letters).find(key)) >= 0:
            return case.place_in_unit(letters[at][1], letters[at + len(key) - 1][1] + 1)
    return None


def _letters(case: Case) -> list[tuple[str, int]]:
    """Return the unit's letters and digits, case folded, each with its place in the normalised unit."""
    return [(letter, at) for at, shown in enumerate(case.unit.text) for letter in shown.casefold() if letter.isalnum()]


def _letters_of(text: str) -> str:
    return squash(normalise(text).text)


def _is_alike(quote: str, control: str) -> bool:
    said, known = _words(quote), _words(control)
    return bool(said) and len(said & known) >= ALIKE * len(said) and len(said) * ENOUGH >= len(known)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(normalise(text).text.casefold()))
