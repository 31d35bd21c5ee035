"""What a reply may rest on: the passages that help, and what may be known of the customer, as things stand now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from heedful import consent
from heedful.canonical import Normalised, identifiers
from heedful.compose import hider
from heedful.errors import StoreError, UpstreamError
from heedful.policy import Policy
from heedful.ports import ProfileStore
from heedful.query import Hide
from heedful.rewriting import Rewriter
from heedful.values import Asking, Passage, Retrieved, Trust, Turn, View
from heedful.work import Work


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
        return await self._passages.retrieve(conversation.question, language=spoken, history=before, hide=hide)

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
        found = {self._profiles.digest(one.canonical): one.canonical for one in identifiers(text)}
        if not found:
            return frozenset()
        holders = await self._profiles.holders(tuple(found))
        if holders is None:
            return None
        return frozenset(found[digest] for digest, ids in holders.items() if ids - {customer_id})
