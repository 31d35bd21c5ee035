"""The sentence that tells a customer what of theirs was not used for an answer, and why; never a value, nor a name."""

from __future__ import annotations

from collections import Counter

from heedful.phrases import Phrases
from heedful.policy import Policy, in_language, needed_for
from heedful.values import Conversation, View, WithheldWhy
from heedful.work import Reading

_SAID: dict[WithheldWhy, str] = {
    "no_consent": "no_consent",
    "purpose": "no_consent",  # it was agreed to for something else: for this it was not
    "expired": "expired",
    "opted_out": "opted_out",
}


def held_back(conversation: Conversation, reading: Reading, view: View, policy: Policy, phrases: Phrases) -> str:
    """Return the sentence, in the customer's language; empty when all that the question needs may be used.

    Whether the answer really missed it is for its writer to see. Somebody who has not proved who they are learns
    nothing about what is held.
    """
    spoken = reading.language
    if not conversation.verified:  # only in the chat is there a way to sign in
        return phrases.get(spoken, "held_back.unverified") if conversation.channel == "chat" else ""
    if conversation.without_my_data:
        return phrases.get(spoken, "held_back.without_my_data")
    needs, missed = needed_for(policy, reading.kinds), _answering(reading.kinds, policy)
    missed -= {fact.category for fact in view.facts}
    missing = [
        one
        for one in view.withheld
        if one.why in _SAID and one.category in missed and needs.hold(one.category, one.name)
    ]
    if not missing:
        return ""
    category, _ = Counter(one.category for one in missing).most_common(1)[0]
    why = next(one.why for one in missing if one.category == category)
    label = in_language(policy.categories[category].label, spoken)
    return phrases.get(spoken, f"held_back.{_SAID[why]}", what=label)


def _answering(kinds: tuple[str, ...], policy: Policy) -> set[str]:
    """Return the categories whose facts answer such questions, rather than help with them.

    That is the first one a kind needs, and one that it is named after (`payment`). A question of general care is
    answered from help content.
    """
    found: set[str] = set()
    for kind in (policy.kinds[kind] for kind in kinds if kind in policy.kinds):
        if kind.purpose != policy.otherwise.purpose:
            found |= {*list(kind.needs.facts)[:1], kind.id} & policy.categories.keys()
    return found
