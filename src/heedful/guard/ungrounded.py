"""Every figure of a reply has to be found: number, date, amount, address, phone, link; in the unit it is said in.

A claim without one must not name a quality that nothing gives, nor be what a published sentence says otherwise.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

import regex

from heedful.canonical import Figure, figures, squash
from heedful.canonical.dates import Date
from heedful.canonical.links import links_of
from heedful.canonical.text import PATIENCE_S
from heedful.canonical.wording import sentence
from heedful.guard.arithmetic import MOST, Around, Known, follows
from heedful.guard.asserted import unsaid
from heedful.guard.case import Case
from heedful.guard.grounds import Index, counted, measure, says
from heedful.guard.places import places
from heedful.guard.running import Scope
from heedful.guard.unsafe_output import is_allowed
from heedful.values import Action, Finding

CODE = "ungrounded"
SCOPE: Scope = "unit"
ACTION = Action.REVISE

SHOWN = 7  # digits before a mask: the birth date and first digit of 900101-1******
FEW = 10  # a count in words up to this is often our own ("there are two ways"): wrong only when a source differs
PERIODS = ("seconds", "months", "business_days")
_DAYS = {"seconds": 1 / 86_400, "months": 30.0, "business_days": 1.0}
_OWED = regex.compile(
    r"\byou(?:'ll| will| can| are going to| are due to| should|'re going to)? (?:also |then |now )?(?:receive"
    r"|get|be (?:paid"
    r"|refunded|credited|given|compensated|reimbursed)|have)\b|\bwe(?:'ll| will| are going to| can|'re going to|"
    r" shall)?"
    r" (?:also |then |now )?(?:refund|pay|credit|give|return|compensate|reimburse|transfer|add|grant|owe|deduct)\b"
    r"|\b(?:refund|compensation|credit|period|window|deadline|limit|fee|discount|warranty|guarantee|voucher|time"
    r" frame)"
    r"(?: you\S*)? (?:of|is|are|will|takes?|comes?|lasts?|costs?|amounts?)\b|\bentitled\b"
    r"|(?:환불|지급|보상|입금|적립|할인|배상|반환|송금|변상)(?:을|를|금|액)?\s?(?:해|하여|됩|되|드|받|은|는|이"
    r"|가)|받으[시실십]"
    r"|돌려\s?(?:드|받)|(?:기간|기한|한도|보증|수수료|요금|배송비|할인율)(?:은|는|이|가)\s"
    r"|(?:안|이내|내)에?\s.{0,16}(?:가능|하실 수|됩니다)|드리겠습니다|드릴 예정",
    regex.IGNORECASE,
)
_QUOTED_BACK = regex.compile(
    r"\byou(?:'ve| have)? (?:mention|said|say|ask|wrote|told|claim|describ|paid|spent|order|bought)"
    r"|\b(?:your|the) (?:order|purchase) of\b"
    r"|\b(?:can't|cannot|can not|not able|unable|don't|do not|does not|doesn't|isn't|is not|no )\b"
    r"|(?:말씀|문의|요청|질문|주문|결제|구매)하신|(?:적어|알려) 주신|없습니다|않습니다|아닙니다|어렵습니다|못합니다",
    regex.IGNORECASE,
)
_ARRIVAL_FACT = regex.compile(r"deliver|arriv|expected|estimate|eta$|도착|배송|배달", regex.IGNORECASE)
_ARRIVES = regex.compile(
    r"arriv|deliver|reach|\bcome|\bhere by|latest|with you|expect|도착|배송|배달|받으[실시]|받아\s?보|늦어도",
    regex.IGNORECASE,
)
_ANOTHER_EVENT = regex.compile(
    r"return|refund|exchang|cancel|반품|환불|교환|취소|after (?:it|you|the)|받으신 날|도착한 (?:날|뒤|후)",
    regex.IGNORECASE,
)
_WHAT = {
    "date": "a date", "time": "a time of day", "money": "an amount", "percent": "a percentage",
    "quantity": "a quantity", "number": "a number", "code": "a number or code", "hint": "the end of a number",
    "email": "a mail address", "link": "a link",
}  # fmt: skip


def rule(case: Case) -> Iterator[Finding]:
    """Yield each figure of the unit that nothing supports and that does not follow from what is supported."""
    for start, end in case.placeholders_unknown:
        yield case.finding(CODE, ACTION, (start, end), "a placeholder that stands for nothing", mend="leave it out")
    text = case.text
    known = figures(text)
    given: Known | None = None
    for figure in known:
        span = case.place(figure.start, figure.end)
        if not case.touches(*span) or is_supported(case, figure):
            continue
        if given is None:
            given = Known((*case.support.all, Index(text.text[: figure.start])))
        first, last = sentence(text.text, figure.start, figure.end)
        near = known[bisect_left(known, first, key=_start) : bisect_left(known, last, key=_start)]
        others = tuple(one for one in near if one is not figure and one.end <= last)
        starts = _counted_from(case, figure, known, others) if figure.kind == "date" else None
        around = Around(text.text[first:last], others, starts)
        if _overrides_the_view(case, figure, around.words) or not follows(figure, given, around):
            yield _found(case, span, _WHAT[figure.kind])
    for start, end in places(text):
        key = squash(text.text[start:end])
        if not any(key in index.squashed for index in case.support.all):
            yield _found(case, case.place(start, end), "a postal address")
    for one in unsaid(case):
        span = case.place_in_unit(one.sentence.start, one.sentence.end)
        yield case.finding(CODE, ACTION, span, one.why, mend="say what a passage says, or that it isn't known")


def _start(figure: Figure) -> int:
    return figure.start


def _found(case: Case, span: tuple[int, int], what: str) -> Finding:
    why = f"{what} that no published passage, the policy, the customer or the view gives"
    return case.finding(CODE, ACTION, span, why, mend="give the figure of a passage, or none")


def is_supported(case: Case, figure: Figure) -> bool:
    """Whether a source gives the figure as it is."""
    if figure.kind == "link":
        return _leads_somewhere(case, figure)
    if figure.kind == "hint" and figure.spelled and len(figure.key.replace(" ", "")) <= SHOWN:
        return True  # 900101-1******: what would identify is hidden
    if figure.family == "count" and figure.spelled and figure.value <= FEW:
        return figure.value == 1 or not _contradicted(case, figure)
    if says((*case.support.published, *case.support.held), figure):
        return True
    if says(case.support.said, figure) and not _is_owed(case, figure):
        return True
    return _is_same_period(case, figure) or (figure.family == "percent" and figure.value == 100 and figure.spelled)


def _is_same_period(case: Case, figure: Figure) -> bool:
    """Whether a period is a known one in other words: ten days (10 business days), 90 days or about three months."""
    given = case.once(_known_periods) if figure.family in PERIODS else {}
    return any(family != figure.family and _days(figure) in lengths for family, lengths in given.items())


def _known_periods(case: Case) -> Mapping[str, frozenset[float]]:
    """Return how many days those periods of the text last that a source gives, by family."""
    sources = (*case.support.published, *case.support.held)
    given = [one for one in figures(case.text) if one.family in PERIODS and says(sources, one)]
    return {family: frozenset(_days(one) for one in given if one.family == family) for family in PERIODS}


def _days(figure: Figure) -> float:
    return round(figure.value * _DAYS[figure.family], 6)


def _is_owed(case: Case, figure: Figure) -> bool:
    """Whether the sentence says that the company owes or grants a sum or period: no customer's word is enough."""
    if figure.kind not in ("money", "percent") and figure.family not in PERIODS:
        return False
    text = case.text.text
    first, last = sentence(text, figure.start, figure.end)
    owed = _OWED.search(text, first, last, timeout=PATIENCE_S)
    return owed is not None and not _QUOTED_BACK.search(text, first, last, timeout=PATIENCE_S)


def _counted_from(
    case: Case, figure: Figure, known: tuple[Figure, ...], others: tuple[Figure, ...]
) -> frozenset[Date] | None:
    """Return the dates a date may be worked out from; `None`, any known one, where its sentence names the period."""
    named = {measure(one.family, one.value) for one in others if one.family in PERIODS}
    if any(period in index.amounts for period in named for index in case.support.all):
        return None
    said = {day for index in case.support.said for day in index.dates}
    before = [one for one in known if one.start < figure.start][-MOST:]
    return frozenset(said.union(*(one.dates for one in (*before, *others))))


def _overrides_the_view(case: Case, figure: Figure, around: str) -> bool:
    """Whether a date of arrival is given where the view holds another one."""
    return (
        figure.kind == "date"
        and any(_ARRIVAL_FACT.search(fact.name) and any(c.isdigit() for c in fact.value) for fact in case.view.facts)
        and _ARRIVES.search(around, timeout=PATIENCE_S) is not None
        and not _ANOTHER_EVENT.search(around, timeout=PATIENCE_S)
    )


def _contradicted(case: Case, figure: Figure) -> bool:
    """Whether the sources count the same thing, and never so many."""
    counts = [index.counts[word] for index in case.support.all if (word := counted(figure.word)) in index.counts]
    return bool(counts) and not any(figure.value in known for known in counts)


def _leads_somewhere(case: Case, figure: Figure) -> bool:
    """Whether a link is one that a source gives, or lies under a prefix of the policy that names a folder."""
    link = next((one for one in links_of(case.text) if one.start == figure.start), None)
    if link is None or not is_allowed(case, link):
        return True  # unsafe_output speaks of it
    if not link.path.strip("/") or any(figure.key in index.links for index in case.support.all):
        return True
    paths = [path for host, path in case.support.prefixes if host == link.host]
    return (
        any(path.strip("/") and link.path.startswith(path.rstrip("/")) for path in paths)
        or link.path.rstrip("/") in paths
    )
