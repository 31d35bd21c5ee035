"""The offer to remember what a customer said: put into words, kept as an event, found again when it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heedful import volunteered
from heedful.agreements import Offer
from heedful.phrases import Phrases
from heedful.policy import Policy
from heedful.values import Conversation
from heedful.volunteered import Volunteered


def offer_of(said: Volunteered, *, policy: Policy, phrases: Phrases, language: str, reply_id: str) -> Offer | None:
    """Return the offer to remember this; `None` where the policy does not let it be kept for its purpose."""
    fact = volunteered.facts()[said.fact]
    category, purpose = policy.categories.get(fact.category), policy.purposes.get(fact.purpose)
    if category is None or purpose is None or not category.to_model or not purpose.ground:
        return None
    key = f"remember.{said.fact}"
    if purpose.id not in category.purposes or language not in phrases.languages or not phrases.has(key):
        return None
    return Offer(
        id=f"offer_{reply_id.removeprefix('r_')}",
        fact=said.fact,
        value=said.value,
        category=category.id,
        purpose=purpose.id,
        sentence=phrases.get(language, key, value=said.value),
        language=language,
    )


def offer_json(offer: Offer) -> dict[str, Any]:
    """Return an offer as its event holds it; `text` is the sentence that the customer reads."""
    return {
        "id": offer.id,
        "fact": offer.fact,
        "value": offer.value,
        "category": offer.category,
        "purpose": offer.purpose,
        "text": offer.sentence,
        "language": offer.language,
    }


def offer_from(content: Mapping[str, Any]) -> Offer:
    """Return the offer that an event holds."""
    names = ("id", "fact", "value", "category", "purpose", "text", "language")
    return Offer(*(str(content[name]) for name in names))


def pending(conversation: Conversation) -> Offer | None:
    """Return the offer that the customer's last message may be an answer to: the one they read just before it."""
    turns = conversation.turns
    before = turns[-2] if len(turns) > 1 and turns[-1].speaker == "customer" else None
    if before is None or before.speaker != "assistant" or not conversation.offers:
        return None
    last = offer_from(conversation.offers[-1].content)
    return last if before.text.rstrip().endswith(last.sentence) else None
