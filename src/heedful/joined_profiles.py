"""One profile out of two stores: consents and facts of the database, facts of the company's own system."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from heedful.errors import UpstreamError
from heedful.ports import Profile, ProfileStore
from heedful.values import Fact

OF_CUSTOMERS = frozenset({"customer", "identity_token"})  # sources of facts that a customer gave here


class Outside(ProfileStore, Protocol):
    """What a company's own system offers beside facts; `adapters.crm_http.CrmProfiles` is the one there is."""

    @property
    def left_out(self) -> int:
        """How many facts were of a category that the policy does not name."""
        ...

    @property
    def is_down(self) -> bool:
        """Whether the last look failed."""
        ...

    def drop(self, customer_id: str) -> None:
        """Forget what was said about this customer."""
        ...


class JoinedProfiles:
    """A `ProfileStore` over both. The database decides about consent: without it there is no profile at all.

    When the other system does not answer, what the database holds is used alone, and the profile says that it is not
    whole. What both hold under one name is taken from that system, unless the customer gave it here.
    """

    def __init__(
        self, database: ProfileStore, outside: Outside, *, report: Callable[[BaseException], None] = lambda _error: None
    ) -> None:
        self._database = database
        self._outside = outside
        self._report = report
        self._told = 0  # facts left out, as of the last report

    def __repr__(self) -> str:
        return "JoinedProfiles(…)"

    async def profile(self, customer_id: str) -> Profile | None:
        """Return what is held here and there; `None` when nothing is.

        Raises:
            StoreError, UpstreamError: The database did not answer, so that nobody knows what was agreed to.
        """
        here, there = await asyncio.gather(self._database.profile(customer_id), self._there(customer_id))
        if isinstance(there, UpstreamError):
            return replace(here or Profile(customer_id), is_whole=False)
        if here is None or there is None:
            return here or there
        return Profile(
            customer_id,
            facts=_joined(here.facts, there.facts),
            # At the same moment the later one counts: what was recorded here.
            consents=(*there.consents, *here.consents),
            is_whole=here.is_whole,
        )

    def digest(self, canonical: str) -> str:
        """Return the digest under which the database finds the holders of a value."""
        return self._database.digest(canonical)

    async def holders(self, digests: Sequence[str]) -> Mapping[str, frozenset[str]] | None:
        """Return whom the database knows to hold one of the values.

        `None` when it knows nobody: the other system can't be asked, so that nobody can say that nobody does.
        """
        return (await self._database.holders(digests)) or None

    def drop(self, customer_id: str) -> None:
        """Forget what the other system said about this customer, as after an erasure."""
        self._outside.drop(customer_id)

    def state(self) -> str:
        """Return how the other system is, for readiness: `ok…`, or `missing: …` (replies are written without it)."""
        if self._outside.is_down:
            return "missing: the company's own system did not answer; replies are written without its facts"
        left_out = self._outside.left_out
        return f"ok, {left_out:,} facts left out: the policy does not name their category" if left_out else "ok"

    async def _there(self, customer_id: str) -> Profile | UpstreamError | None:
        try:
            found = await self._outside.profile(customer_id)
        except UpstreamError as error:
            if error.code != "crm_paused":  # what made it pause was reported
                self._report(error)
            return error
        self._tell_of_those_left_out()
        return found

    def _tell_of_those_left_out(self) -> None:
        """Report facts that were left out: the first, and then each time there are ten times as many."""
        count = self._outside.left_out
        if count >= max(1, self._told * 10):
            self._told = count
            message = f"{count:,} facts of the company's own system are of categories that the policy does not name"
            self._report(UpstreamError(f"{message}; add them to policy.toml, or leave them out", code="crm_category"))


def _joined(here: Sequence[Fact], there: Sequence[Fact]) -> tuple[Fact, ...]:
    names = {(fact.name, fact.category) for fact in there}
    values = {(fact.name, fact.category, fact.value) for fact in there}
    ours = [
        fact
        for fact in here
        if (fact.name, fact.category, fact.value) not in values
        and (fact.source in OF_CUSTOMERS or (fact.name, fact.category) not in names)
    ]
    return (*there, *ours)
