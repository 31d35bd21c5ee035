"""Everything that is held about a customer in one JSON, for the customer to take away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from heedful.control import Control
from heedful.control_stores import Spoken
from heedful.my_data import moment
from heedful.policy import Policy, in_language
from heedful.receipts import Receipts

FORM = "heedful export 1"


async def export(
    customer_id: str, language: str, *, control: Control, log: Spoken, receipts: Receipts, policy: Policy, at: datetime
) -> dict[str, Any]:
    """Return facts, consents, requests, conversations with every event, and receipts, in one language."""
    seen = await control.seen(customer_id, language)
    conversations = [
        {
            "id": one.id,
            "channel": one.channel,
            "language": one.language,
            "state": one.state,
            "opened_at": moment(one.opened_at),
            "events": [
                {
                    "id": event.id,
                    "type": event.type,
                    "at": moment(event.at),
                    "reply_id": event.reply_id,
                    "content": event.content,
                }
                for event in await log.events(one.id)
            ],
        }
        for one in await log.of_customer(customer_id)
    ]
    return {
        "form": FORM,
        "exported_at": at.isoformat(),
        "language": language,
        "company": in_language(policy.company, language),
        "customer_id": customer_id,
        "complete": seen["complete"],
        "facts": seen["facts"],
        "purposes": [{name: one[name] for name in one if name != "notice"} for one in seen["purposes"]],
        "consents": list(await control.consents(customer_id)),
        "corrections": seen["corrections"],
        "hold": seen["hold"],
        "conversations": conversations,
        "receipts": await receipts.all(customer_id, language),
    }
