"""What a customer wants done, done: an offer taken up, something forgotten, a consent ended; else it is said where.

It goes through the same doors as the customer's own page; what the words leave open is not done but explained.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from heedful import volunteered, wishes
from heedful.agreements import Offer
from heedful.answerable import THRESHOLD
from heedful.control import Switch
from heedful.errors import HeedfulError
from heedful.guard import rights_ignored
from heedful.my_data import CUSTOMER
from heedful.offers import offer_of, pending
from heedful.phrases import Phrases
from heedful.policy import Policy, in_language
from heedful.values import Conversation, Fact
from heedful.work import Work

OF_DATA = frozenset({"account", "privacy"})  # kinds of question that a claim to one's data is, and no other question
ASKED = "chat"  # how it was said, for the record of a consent


class Doors(Protocol):
    """What a customer may do with their data; `control.Control` is the one that does it."""

    async def answer_offer(
        self, customer_id: str, offer_id: str, *, accept: bool, conversation_id: str | None = None
    ) -> bool: ...
    async def forget(self, customer_id: str, name: str, language: str) -> None: ...
    async def switch(
        self, customer_id: str, answer: Switch, *, language: str, collected: str = ...
    ) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Act:
    """What heedful says of what it did, or of where it can be done; and whether the message asks for more."""

    words: str
    goes_on: bool = False  # something else was asked, too
    has_article: bool = False  # help content may say more about it


class Acting:
    """Reads from a message what is to be done, and does it."""

    def __init__(
        self, doors: Doors | None, *, policy: Policy, phrases: Phrases, report: Callable[[BaseException], None]
    ) -> None:
        self._doors = doors
        self._policy = policy
        self._phrases = phrases
        self._report = report

    def is_all(self, conversation: Conversation) -> bool:
        """Return whether the message is an answer to an offer and nothing else, so that nothing need be looked up."""
        if self._doors is None or pending(conversation) is None:
            return False
        answer, rest = wishes.answer_to_offer(conversation.question)
        return answer is not None and not rest

    async def act(self, work: Work) -> Act | None:
        """Do what the message wants done, and return what to say of it; `None` when it wants nothing done."""
        if work.conversation.channel != "chat":
            return None
        if self._doors is not None and work.conversation.customer_id:
            whose = (self._doors, work.conversation.customer_id)
            if done := await self._answered(work, *whose) or await self._forgotten(work, *whose):
                return done
        return await self._claimed(work)

    async def offer(self, work: Work) -> Offer | None:
        """Return what to offer to remember of what the customer has just said; mostly nothing, and never twice."""
        conversation = work.conversation
        if self._doors is None or not conversation.verified or conversation.channel != "chat":
            return None
        if conversation.without_my_data or work.profile_missing or work.seen is None:
            return None
        made = {event.content["fact"] for event in conversation.offers}
        spoken = work.reading.language
        for told in await asyncio.to_thread(volunteered.read, conversation.question, spoken):
            offer = offer_of(told, policy=self._policy, phrases=self._phrases, language=spoken, reply_id=work.reply_id)
            if offer is None or told.fact in made:
                continue
            if self._policy.categories[offer.category].behaviour and conversation.opted_out:
                continue
            if work.seen.may_be_asked(Fact(offer.fact, offer.value, offer.category, CUSTOMER), offer.purpose):
                return offer
        return None

    def heard(self, work: Work) -> Act | None:
        """Thank for what was told where nothing was asked and no article is about it: there is nothing to answer."""
        if work.offer is None or work.found.answerable >= THRESHOLD or "?" in work.conversation.question:
            return None
        return self._act(work, "remembered.heard")

    async def _answered(self, work: Work, doors: Doors, customer_id: str) -> Act | None:
        """Store what was offered on a clear yes; on a clear no record that. Anything else stores nothing."""
        offer = pending(work.conversation)
        answer, rest = wishes.answer_to_offer(work.conversation.question)
        if offer is None or answer is None:
            return None
        try:
            await doors.answer_offer(
                customer_id, offer.id, accept=answer == "yes", conversation_id=work.conversation.id
            )
        except HeedfulError as error:
            self._report(error)
            return self._act(work, "remembered.failed", goes_on=bool(rest)) if answer == "yes" else None
        return self._act(work, f"remembered.{answer}", goes_on=bool(rest))

    async def _forgotten(self, work: Work, doors: Doors, customer_id: str) -> Act | None:
        """Remove what the customer had asked to have remembered, where their words say which."""
        conversation, spoken = work.conversation, work.reading.language
        kept = {fact.name for fact in work.view.facts if fact.source == CUSTOMER}
        kept |= {one.name for one in work.view.withheld}
        kept &= volunteered.facts().keys()
        named = [name for name in volunteered.mentioned(conversation.question, spoken) if name in kept]
        after_offer = bool(conversation.offers)
        if not wishes.asks_to_forget(
            conversation.question, after_offer=after_offer and bool(kept), names_one=bool(named)
        ):
            return None
        if not kept:
            return self._act(work, "remembered.nothing")
        latest = [str(event.content["fact"]) for event in conversation.offers if event.content["fact"] in kept]
        found = named[:1] or latest[-1:] or (sorted(kept) if len(kept) == 1 else [])
        if not found:
            return self._act(work, "remembered.which")
        try:
            await doors.forget(customer_id, found[0], spoken)
        except HeedfulError as error:
            self._report(error)
            return self._act(work, "remembered.not_removed")
        label = volunteered.facts()[found[0]].label
        return self._act(work, "remembered.forgotten", what=in_language(label, spoken))

    async def _claimed(self, work: Work) -> Act | None:
        """Answer a request for access, deletion or withdrawal: done where the words leave nothing open, else where."""
        requests = rights_ignored.requested(work.conversation.question)
        if not requests:
            return None
        goes_on = bool(set(work.reading.kinds) - OF_DATA)
        if not work.conversation.verified:
            return self._act(work, "rights.sign_in", "rights.sign_in_person", goes_on=goes_on, has_article=True)
        keys = [f"rights.{request}" for request in requests]
        ended = await self._ended(work) if "withdrawal" in requests else ""
        keys = [ended if ended and key == "rights.withdrawal" else key for key in keys]
        return self._act(work, *keys, goes_on=goes_on, has_article=not ended)

    async def _ended(self, work: Work) -> str:
        """Record a withdrawal in words; return the phrase that says so, empty where it was not done."""
        ended = wishes.consent_ended(work.conversation.question)
        if ended is None or self._doors is None or not work.conversation.customer_id:
            return ""
        spoken = work.reading.language
        purposes = [name for name in self._policy.purposes if ended == "everything" or name == ended]
        try:
            for purpose in purposes:
                await self._doors.switch(
                    work.conversation.customer_id, Switch(purpose, "withdrawn"), language=spoken, collected=ASKED
                )
        except HeedfulError as error:
            self._report(error)
            return ""
        return f"rights.withdrawn_{ended}" if purposes else ""

    def _act(self, work: Work, *keys: str, goes_on: bool = False, has_article: bool = False, **values: str) -> Act:
        said = [self._phrases.get(work.reading.language, key, **values) for key in keys]
        return Act(" ".join(said), goes_on, has_article)
