"""The join of a draft with what the consent door withheld: which values it repeats that nothing else explains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import regex

from heedful.canonical import figures, normalise, squash
from heedful.canonical.hints import is_raised
from heedful.canonical.wording import said_of_customer
from heedful.guard.case import Case
from heedful.guard.disguised import matched, spelt
from heedful.guard.grounds import says
from heedful.values import Match

# Said of a value that the company holds it: then it is no help that the customer, or a passage, has it too.
_HELD = regex.compile(
    r"\b(?:we|I) (?:have|hold|keep|see|store)\b.{0,40}\b(?:for you|on file|on record|in (?:our"
    r"|your) (?:records?|system|profile|account))"
    r"|\b(?:on file|on record|in our (?:records?|system|database)|in your (?:profile|account|file)"
    r"|registered (?:address|number|e-?mail|name|phone)|your account (?:shows|says|lists)"
    r"|our records (?:show|say|list))\b"
    r"|(?:등록|저장|보관|기록)(?:된|되어 있는|돼 있는)|등록하신|보유한"
    r"|저희(?:가|\s?시스템에|\s?기록에)\s.{0,12}(?:있는|가진|보유)|회원\s?정보(?:에|상)|고객\s?정보(?:에|상)"
    r"|가입 정보",
    regex.IGNORECASE,
)
# The customer named the value; whether it is right is the company's to know.
_CONFIRMED_BEFORE = regex.compile(
    r"\byour (?!order |parcel |case |return )(?:[\w'-]+ ){1,4}(?:is|was|are)(?: indeed| still| really| also)? *$"
    r"|\b(?:belongs to you|registered (?:to|under|as|with)|matches)\b[^.!?]{0,20}$"
    r"|고객님(?:의|\s)\s?[가-힣\s]{2,12}(?:은|는|이|가)\s$",
    regex.IGNORECASE,
)
_CONFIRMED_AFTER = regex.compile(
    r"[\s,'\")]*(?:(?:is|are|was) (?:indeed |still |in fact |really )?(?:yours|your (?!order)|the one|registered"
    r"|correct|right|on file"
    r"|the (?:number|address|date|name|order)[^.!?]{0,20} (?:we|you have))|belongs? to (?:you|your|this|an?other"
    r"|customer|[A-Z])"
    r"|match(?:es)? |does match)|[\s가-힣,'\")]{0,8}(?:맞습니다|맞으[시십세]|맞아요|맞고요?|등록되어|고객님"
    r" (?:것|번호|명의|소유|계정)|일치)",
)
_MARKER = regex.compile(r"\[\d{1,3}\]")
QUOTED = 12  # letters; fewer may stand anywhere
_SENTENCE_END = regex.compile(r"(?<=[.!?。])\s|\n")


def repeated(case: Case) -> tuple[Match, ...]:
    """Return each withheld value in the window that the sources of the reply do not explain; offsets of the draft."""
    return case.once(_repeated)


def _repeated(case: Case) -> tuple[Match, ...]:
    return tuple(_unexplained(case))


def _unexplained(case: Case) -> Iterator[Match]:
    for match in case.withheld.matches(case.window):
        if not _is_explained(case, match, case.window):
            start, end = case.window_start + match.start, case.window_start + match.end
            yield replace(match, start=start, end=end)
    for match, said in spelt(case):
        if not any(said in index.squashed for index in case.support.all):
            yield match
    for match, seen in matched(case):
        if not _is_explained(case, match, seen.text):
            start, end = seen.place(match.start, match.end)
            yield replace(match, start=start, end=end)


def _is_explained(case: Case, match: Match, window: str) -> bool:
    """Whether the customer, the view, a passage or the policy gives the value, and it is not asserted as held."""
    around = _sentence(window, match.start, match.end)
    if _is_quoted(case, around):
        return True
    if match.hinted:
        return is_raised("\n".join((*case.said, case.question)), around)
    if _HELD.search(around) or _is_confirmed(window, match.start, match.end):
        return any(squash(window[match.start : match.end]) in squash(fact.value) for fact in case.view.facts)
    piece = normalise(window[match.start : match.end])
    sources = case.support
    shown = [f for f in figures(piece) if f.kind != "number" or len(f.key) >= 3]
    if shown and all(says(sources.personal, figure) for figure in shown):
        return True
    key = squash(piece.text)
    if any(key in index.squashed for index in sources.personal):
        return True
    of_customer = said_of_customer(window, match.start, match.end)
    if shown and match.category not in ("identity", "special"):
        return all(says(sources.published, figure) for figure in shown)
    return not of_customer and any(key in index.squashed for index in sources.published)


def _is_quoted(case: Case, sentence: str) -> bool:
    """Whether a published passage has the whole sentence: it says the same to everybody."""
    key = squash(_MARKER.sub("", sentence))
    return len(key) >= QUOTED and any(key in index.squashed for index in case.support.published)


def _is_confirmed(text: str, start: int, end: int) -> bool:
    """Whether the words around a value say that it is the customer's: `your birthday is …`, `… is yours`."""
    before, after = text[max(0, start - 60) : start], text[end : end + 60]
    return bool(_CONFIRMED_BEFORE.search(before) or _CONFIRMED_AFTER.match(after))


def _sentence(text: str, start: int, end: int) -> str:
    first = max((m.end() for m in _SENTENCE_END.finditer(text, 0, start)), default=0)
    after = _SENTENCE_END.search(text, end)
    return text[first : after.start() if after else len(text)]
