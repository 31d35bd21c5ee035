"""National numbers, passports, licences, cards, accounts: never written out, not even the customer's own words."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.canonical import figures, identifiers, squash
from heedful.canonical.wording import phrase
from heedful.guard import masks
from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.values import Action, Finding

CODE = "identifier_in_clear"
SCOPE: Scope = "unit"
ACTION = Action.REDACT
MOST_SHOWN = 10  # digits seen around a mask: a phone number's hint shows seven
NEVER = {"national_number", "passport", "licence", "card", "account"}


def rule(case: Case) -> Iterator[Finding]:
    """Yield each such number in clear; a national number is an incident, the others are masked."""
    for found in identifiers(case.text):
        if found.kind not in NEVER or (found.kind == "account" and _is_the_companys(case, found.canonical)):
            continue
        span = case.window_start + found.start, case.window_start + found.end
        action = Action.BLOCK if found.kind == "national_number" else ACTION
        name = found.kind.replace("_", " ")
        yield case.finding(
            CODE,
            action,
            span,
            f"{'an' if name == 'account' else 'a'} {name} in clear",
            mend="give a hint at most",
            mask=_mask(case, found.kind, found.canonical),
        )

    for key in case.support.national_numbers_said:
        for start, end in phrase(key, case.text):
            why = "a national number that the customer has written, in clear"
            yield case.finding(CODE, Action.BLOCK, case.place(start, end), why, mend="leave it out")
    for figure in figures(case.text):
        if figure.kind == "hint" and len(figure.key.replace(" ", "")) >= MOST_SHOWN:
            span = case.place(figure.start, figure.end)
            yield case.finding(
                CODE,
                ACTION,
                span,
                "a long number of which little is hidden",
                mend="give the last four digits at most",
                mask=masks.words("card", case.language),
            )


def _is_the_companys(case: Case, account: str) -> bool:
    """Whether a published passage or the policy prints this account: it is where customers are asked to pay."""
    return any(squash(account) in index.squashed for index in case.support.published)


def _mask(case: Case, kind: str, canonical: str) -> str:
    """Return the last four digits behind dots where the customer knows the number anyway, words otherwise."""
    known = any(squash(canonical) in index.squashed for index in case.support.personal)
    return masks.ending(canonical) if kind in ("card", "account") and known else masks.words(kind, case.language)
