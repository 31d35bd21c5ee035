"""A mail goes to the verified address alone, and nothing personal goes to anyone in copy."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical import identifiers, squash
from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.guard.view_values import carried
from heedful.values import Action, Finding

CODE = "wrong_recipient"
SCOPE: Scope = "unit"
ACTION = Action.BLOCK
# Words that make a sentence about this customer's own affairs even when no stored value is repeated.
_PERSONAL = regex.compile(
    r"\byour (?:order|parcel|delivery|refund|return|claim|booking|reservation|account|card|balance"
    r"|payment|invoice|appointment|subscription)\s+(?:[\w-]+\s+)?(?:is|was|has|will|number|of"
    r"|shows)\b"
    r"|(?:주문|접수|예약|신청|결제|반품|가입|구매)하신\s|고객님의 (?:주문|예약|계정|결제|반품|접수|잔액|카드)",
    regex.IGNORECASE,
)


def rule(case: Case) -> Iterator[Finding]:
    """Yield a finding when a mail would go to an unverified address, or personal content to somebody in copy."""
    mail = case.mail
    if case.channel != "email" or mail is None or case.end <= case.start:
        return
    verified = {address.strip().lower() for address in mail.verified_addresses}
    mend = "send it to the verified address alone"
    to = [r.address.strip().lower() for r in mail.recipients if r.field == "to"]
    to += [mail.reply_to.strip().lower()] if mail.reply_to and not to else []
    copies = [r.address for r in mail.recipients if r.field != "to" and r.address.strip().lower() not in verified]
    strangers = [address for address in to if address not in verified]
    if strangers and (verified or _is_personal(case)):
        yield case.finding(
            CODE, ACTION, (case.start, case.end), "it would go to an address that is not the verified one", mend=mend
        )
    elif (copies or len(strangers) > 1) and _is_personal(case):
        yield case.finding(
            CODE, ACTION, (case.start, case.end), "personal content with a third party in copy", mend=mend
        )


def _is_personal(case: Case) -> bool:
    """Whether the unit says something of this customer: a value held of them, an id, or their own affairs."""
    if any(case.touches(start, end) for _, start, end in carried(case)) or case.withheld.matches(case.window):
        return True
    open_ = case.support.published
    if any(
        not any(squash(found.canonical) in index.squashed for index in open_)
        for found in identifiers(case.text)
        if found.kind != "email"
    ):
        return True
    return bool(case.view.facts) and _PERSONAL.search(case.unit_text) is not None
