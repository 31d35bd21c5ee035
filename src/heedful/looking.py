"""What a reply may rest on: the passages that help, and what may be known of the customer, as things stand now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from heedful import consent
from heedful.canonical import Normalised, identifiers
from heedful.canonical.disguises import identified
from heedful.compose import hider
from heedful.errors import StoreError, UpstreamError
from heedful.kind_questions import of_kinds, question_for
from heedful.policy import Policy
from heedful.ports import ProfileStore
from heedful.query import Hide
from heedful.rewriting import Rewriter
from heedful.values import Asking, Passage, Retrieved, Trust, Turn, View
from heedful.work import Work

MOST_PASSAGES = 7  # with those of the message's kind


class Passages(Protocol):
    """Finds the passages that help, and those that must not be repeated; `retrieve.Retriever` is the one that does."""

    async def retrieve(
        self,
        question: str,
        *,
        language: str,
        history: Sequence[Turn] = (),
        trusts: Sequence[Trust] = ("published",),
        hide: Hide | None = None,
    ) -> Retrieved: ...
    async def staff_passages(self, text: str, language: str) -> tuple[Passage, ...]: ...


class Looking:
    """Looks things up for a reply, and up again before each unit of it."""

    def __init__(
        self,
        *,
        passages: Passages,
        profiles: ProfileStore,
        policy: Policy,
        now: Callable[[], datetime],
        rewriter: Rewriter | None = None,
    ) -> None:
        self._passages = passages
        self._profiles = profiles
        self._policy = policy
        self._now = now
        self._rewriter = rewriter

    async def look(self, work: Work) -> None:
        """Find the passages that help and the facts that may be used, side by side."""
        if self._rewriter is None:
            seeing = asyncio.ensure_future(self.see(work))
            work.found, _ = await asyncio.gather(self._find(work, seeing), seeing)
        else:  # what a model reads of the question depends on the view: its values are placeholders there
            await self.see(work)
            work.found = await self._find(work)

    async def passages(self, question: str, language: str) -> tuple[Passage, ...]:
        """Return the published passages nearest to a question of our own; none when they can't be looked at."""
        try:
            return (await self._passages.retrieve(question, language=language)).passages
        except (StoreError, UpstreamError):
            return ()

    async def _find(self, work: Work, seeing: asyncio.Future[None] | None = None) -> Retrieved:
        conversation, spoken = work.conversation, work.reading.language

        async def seen() -> View:
            if seeing is not None:
                await seeing
            return work.view

        if self._rewriter is not None:
            found, work.rewritten = await self._rewriter.find(self._passages, conversation, spoken, work.view)
            return found
        hide, before = hider(self._policy, seen), conversation.turns[:-1]
        found = await self._passages.retrieve(conversation.question, language=spoken, history=before, hide=hide)
        return await self._by_kind(work, found, hide)

    async def _by_kind(self, work: Work, found: Retrieved, hide: Hide) -> Retrieved:
        """What help there is for this sort of question, where the story around it hid what is asked; never as sure."""
        spoken, kinds = work.reading.language, work.reading.kinds
        plain = question_for(kinds, spoken)
        if not plain or of_kinds(found.passages, kinds):
            return found
        with_story = f"{plain}. {work.conversation.question}"
        nearest = await self._passages.retrieve(with_story, language=spoken, hide=hide)
        if not nearest.passages:
            nearest = await self._passages.retrieve(plain, language=spoken)
        there = {passage.id for passage in found.passages}
        more = [passage for passage in of_kinds(nearest.passages, kinds) if passage.id not in there]
        return replace(found, passages=(*found.passages[: MOST_PASSAGES - len(more)], *more))

    async def see(self, work: Work) -> None:
        """Put into `work` what may be known of the customer for this asking, as things stand now."""
        customer_id = work.conversation.customer_id
        try:
            profile = await self._profiles.profile(customer_id) if customer_id else None
        except (StoreError, UpstreamError):
            profile, work.profile_missing = None, True
        if profile is not None and not profile.is_whole:
            work.profile_missing = True
        asking = Asking(
            purpose=work.reading.purpose,
            kinds=work.reading.kinds,
            verified=work.conversation.verified,
            channel=work.conversation.channel,
            without_my_data=work.conversation.without_my_data,
            now=self._now(),
            opted_out=work.conversation.opted_out,
        )
        work.seen = consent.see(profile, asking, self._policy, work.seen)

    async def again(self, work: Work, unit: str, text: Normalised) -> tuple[tuple[str, ...], frozenset[str] | None]:
        """Look again before a unit goes: a consent withdrawn meanwhile stops each unit that rests on it.

        Return the staff's passages near the unit's words (a model may know one from elsewhere: an agent's turn, an
        earlier page), and the identifiers in `text` that other customers hold; `None` when nobody can say.
        """
        staff, elsewhere, _ = await asyncio.gather(
            self._passages.staff_passages(unit, work.reading.language),
            self._held_elsewhere(text, work.conversation.customer_id),
            self._see_again(work),
        )
        return tuple(passage.text for passage in staff), elsewhere

    async def _see_again(self, work: Work) -> None:
        if work.view.facts:
            await self.see(work)

    async def _held_elsewhere(self, text: Normalised, customer_id: str | None) -> frozenset[str] | None:
        """A store that should be able to say and does not answer is a check that could not run."""
        named = (*identifiers(text), *identified(text))
        found = {self._profiles.digest(one.canonical): one.canonical for one in named}
        if not found:
            return frozenset()
        holders = await self._profiles.holders(tuple(found))
        if holders is None:
            return None
        return frozenset(found[digest] for digest, ids in holders.items() if ids - {customer_id})
