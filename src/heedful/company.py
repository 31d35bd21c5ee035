"""What a company's own system does about its customers' data: facts, consents, holds, requests for corrections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from heedful import my_data
from heedful.agreement import Decision, as_record, terms_for
from heedful.agreements import Hold
from heedful.control import fitting, new_id, readable_text
from heedful.control_stores import Erasing, Kept, Settled
from heedful.errors import InputError, NotFoundError
from heedful.my_data import CLAIMED, CUSTOMER
from heedful.policy import Policy
from heedful.values import Consent, Fact, ModelName


@dataclass(frozen=True, slots=True)
class Collected:
    """One answer that the company collected; `notice` is what the customer was told, where it says so."""

    purpose: str
    state: Decision
    category: str | None = None
    fact: str | None = None
    at: datetime | None = None
    valid_until: datetime | None = None
    notice: str | None = None
    notice_version: str = ""
    language: str = "en"


class Company:
    """The doors of the company to its customers' data."""

    def __init__(
        self, *, kept: Kept, erasures: Erasing, policy: Policy, model: ModelName, now: Callable[[], datetime]
    ) -> None:
        self._kept = kept
        self._erasures = erasures
        self._policy = policy
        self._model = model
        self._now = now

    async def hold(self, customer_id: str, reason: str) -> Hold:
        """Have nothing erased of a customer until `release`; they can read the reason.

        Raises:
            InputError: The reason is empty or too long.
        """
        await self._erasures.hold(customer_id, readable_text(reason, "reason"), self._now())
        held = await self._erasures.held(customer_id)
        if held is None:
            raise NotFoundError("the hold was released again meanwhile; set it once more")
        return held

    async def release(self, customer_id: str) -> None:
        """End a hold.

        Raises:
            NotFoundError: There is none.
        """
        if not await self._erasures.release(customer_id):
            raise NotFoundError("there is no legal hold for this customer", code="no_hold")

    async def holds(self) -> tuple[Hold, ...]:
        """Return every hold, oldest first."""
        return await self._erasures.holds()

    async def put_facts(self, customer_id: str, facts: Sequence[Fact]) -> None:
        """Hold exactly these facts of the company; what the customer gave here stays.

        Raises:
            InputError: A category is none of the policy's, or a source is one that only customers' facts have.
        """
        for number, fact in enumerate(facts, start=1):
            if fact.source in (CUSTOMER, CLAIMED):
                raise InputError(f"the source of fact {number} is {fact.source!r}, which only a customer's own has")
        fitting(self._policy, customer_id, facts)
        await self._kept.put(customer_id, facts)

    async def record(self, customer_id: str, collected: Sequence[Collected]) -> list[Mapping[str, Any]]:
        """Record answers that the company collected; return them as records (ISO/IEC TS 27560).

        Raises:
            InputError: A purpose or category is none of the policy's, or an answer names neither category nor fact.
        """
        consents = [self._consent(one) for one in collected]
        fitting(self._policy, customer_id, consents=consents)
        await self._kept.record_consents(customer_id, consents)
        return [as_record(one, self._policy, customer_id) for one in consents]

    def _consent(self, one: Collected) -> Consent:
        if one.state == "given" and one.category is None and one.fact is None:
            raise InputError("consent that is given names the `category` or the `fact` it is for")
        terms = None
        if one.notice is not None:
            asked = terms_for(
                self._policy,
                purpose=one.purpose,
                categories=[one.category] if one.category else [],
                fact=one.fact,
                language=one.language,
                model=self._model,
                collected="api",
            )
            terms = replace(asked, notice=one.notice, notice_version=one.notice_version, language=one.language)
        at = one.at.astimezone(UTC) if one.at else self._now()
        return Consent(new_id(), one.purpose, one.state, at, one.category, one.fact, one.valid_until, terms)

    async def corrections(self) -> list[dict[str, Any]]:
        """Return the requests that wait for the company, oldest first."""
        found = await self._kept.corrections()
        return [{"customer_id": customer_id, **my_data.correction_json(one)} for customer_id, one in found]

    async def settle(self, correction_id: str, state: Settled, note: str = "") -> dict[str, Any]:
        """Close a request; the company has changed the fact in its own system, or says why not.

        Raises:
            NotFoundError: There is none under that id.
        """
        customer_id, one = await self._kept.settle_correction(correction_id, state, note=note)
        return {"customer_id": customer_id, **my_data.correction_json(one)}
