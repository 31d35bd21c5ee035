"""What a customer may do with their data: see, correct, switch, have remembered or forgotten, erase."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from heedful import my_data
from heedful.agreement import Decision, as_record, decide, standing
from heedful.agreements import Correction, Erased, ErasedWhy
from heedful.consent import checked, read_profile
from heedful.control_stores import Erasing, Kept, Replying, Spoken
from heedful.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from heedful.identity import Proof
from heedful.my_data import CUSTOMER, fact_called
from heedful.phrases import Phrases
from heedful.policy import Policy
from heedful.ports import Profile, ProfileStore
from heedful.profile_lines import LONGEST_VALUE
from heedful.values import Consent, Fact, ModelName

MOST_OPEN = 50  # requests of one customer that wait for an answer


@dataclass(frozen=True, slots=True)
class Switch:
    """One answer of a customer: for a purpose as a whole, one category of it, or one named fact."""

    purpose: str
    state: Decision
    category: str | None = None
    fact: str | None = None


class Control:
    """The doors to a customer's own data. Who may go through them is for the surface to know.

    `held` is where a reply looks a customer up, the company's own system's facts too; `kept` is where is written.
    `model` is the one that writes: whom a customer's facts go to. `drop` makes the company's own system forget what
    it said of somebody.
    """

    def __init__(
        self,
        *,
        held: ProfileStore,
        kept: Kept,
        log: Spoken,
        erasures: Erasing,
        policy: Policy,
        words: Phrases,
        model: ModelName,
        now: Callable[[], datetime],
        replying: Replying | None = None,
        drop: Callable[[str], None] = lambda _customer_id: None,
    ) -> None:
        self._held = held
        self._kept = kept
        self._log = log
        self._erasures = erasures
        self._policy = policy
        self._words = words
        self._model = model
        self._now = now
        self._replying = replying
        self._drop = drop

    async def seen(self, customer_id: str, language: str) -> dict[str, Any]:
        """Return all that is held, how every purpose stands, what was asked for: JSON in one language."""
        profile = await self._profile(customer_id)
        shown = {"policy": self._policy, "words": self._words, "language": language}
        purposes = self._purposes(profile, language)
        corrections = await self._kept.corrections(customer_id)
        return {
            "customer_id": customer_id,
            "complete": profile.is_whole,  # false while the company's own system does not answer
            "facts": [my_data.fact_json(fact, **shown) for fact in profile.facts],  # type: ignore[arg-type]
            "purposes": purposes,
            "notice": purposes[0]["notice"] if purposes else None,
            "corrections": [my_data.correction_json(one) for _, one in corrections],
            "hold": my_data.hold_json(await self._erasures.held(customer_id)),
        }

    async def is_known(self, customer_id: str) -> bool:
        """Return whether anything is held about this customer."""
        return await self._held.profile(customer_id) is not None or bool(await self._log.of_customer(customer_id))

    async def consents(self, customer_id: str) -> list[Mapping[str, Any]]:
        """Return every consent event as a record (ISO/IEC TS 27560), oldest first."""
        return [as_record(one, self._policy, customer_id) for one in await self._kept.consents(customer_id)]

    async def take_claims(self, proof: Proof, *, begin: bool) -> None:
        """Hold what an identity token says of its customer, as far as the policy takes it.

        A token that says nothing of it changes nothing. Without `begin`, nothing is begun to be held about a customer
        of whom nothing is.
        """
        told = my_data.facts_of_claims(proof.claims, self._policy.claims, at=proof.at or self._now())
        if not told:
            return
        profile = await self._kept.profile(proof.customer_id)
        known = [fact for fact in profile.facts if fact.source == my_data.CLAIMED] if profile else []
        is_new = {(one.name, one.category, one.value) for one in told} != {
            (one.name, one.category, one.value) for one in known
        }
        if is_new and (begin or profile is not None):
            await self._kept.put_claims(proof.customer_id, told)

    async def switch(
        self, customer_id: str, answer: Switch, *, language: str, collected: str = "your_data"
    ) -> dict[str, Any]:
        """Record an answer; return how its purpose stands now. It is in force from the next unit of any reply.

        Raises:
            NotFoundError: The policy has no such purpose, or nothing of that name is held.
            InputError: There is no such category for it.
        """
        if answer.purpose not in self._policy.purposes:
            raise NotFoundError(
                f"there is no purpose {answer.purpose[:40]!r}; there are {', '.join(self._policy.purposes)}",
                code="unknown_purpose",
            )
        profile = await self._profile(customer_id)
        if answer.fact is not None and answer.category is None:
            answer = replace(answer, category=_known(profile, answer.fact).category)
        await self._kept.record_consents(
            customer_id, self._decided(answer, profile, language=language, collected=collected)
        )
        entries = self._purposes(await self._profile(customer_id), language)
        return next(entry for entry in entries if entry["id"] == answer.purpose)

    def _decided(self, answer: Switch, profile: Profile, *, language: str, collected: str) -> tuple[Consent, ...]:
        return decide(
            self._policy,
            purpose=answer.purpose,
            state=answer.state,
            category=answer.category,
            fact=answer.fact,
            language=language,
            model=self._model,
            collected=collected,
            now=self._now(),
            new_id=new_id,
            before=profile.consents,
        )

    async def correct(self, customer_id: str, name: str, value: str) -> dict[str, Any]:
        """Change the customer's own fact, or ask the company to change one of its own; the same twice asks once.

        Raises:
            NotFoundError: Nothing of that name is held.
            InputError: The value is empty, too long, or holds control characters.
            ConflictError: Too many requests wait already.
        """
        value = readable_text(value, "value")
        fact = _known(await self._profile(customer_id), name)
        if fact.source == CUSTOMER:
            await self._kept.remember(customer_id, replace(fact, value=value, at=self._now()), ())
            return {"state": "changed"}
        waiting = [one for _, one in await self._kept.corrections(customer_id) if one.state == "open"]
        same = next((one for one in waiting if (one.fact, one.value) == (name, value)), None)
        if same is None and len(waiting) >= MOST_OPEN:
            raise ConflictError(
                f"{MOST_OPEN} requests wait for an answer already; wait for one of them", code="too_many_corrections"
            )
        if same is None:
            same = Correction(f"cor_{secrets.token_urlsafe(12)}", name, value, self._now())
            await self._kept.ask_correction(customer_id, same)
        return {"state": "open", "id": same.id}

    async def forget(self, customer_id: str, name: str, language: str) -> None:
        """Remove a fact that the customer had asked to have remembered; what was agreed for it is withdrawn.

        Raises:
            NotFoundError: Nothing of that name is held.
            ForbiddenError: The company holds it for itself: it can be corrected, or all be erased.
        """
        profile = await self._profile(customer_id)
        fact = _known(profile, name)
        if fact.source != CUSTOMER:
            raise ForbiddenError(
                "this fact is the company's own; ask for a correction, or have everything erased", code="company_fact"
            )
        given = {one.purpose for one in profile.consents if one.fact == name and one.purpose in self._policy.purposes}
        ended = [
            event
            for purpose in self._policy.purposes
            if purpose in given
            for event in self._decided(
                Switch(purpose, "withdrawn", fact.category, name), profile, language=language, collected="your_data"
            )
        ]
        await self._kept.forget(customer_id, name, consents=ended)

    async def answer_offer(
        self, customer_id: str, offer_id: str, *, accept: bool, conversation_id: str | None = None
    ) -> bool:
        """Take the answer to an offer to remember something; return whether it is stored now.

        A yes stores it, with the sentence of the offer as the notice; a no records that, and a later no removes it.
        The same answer again changes nothing. `conversation_id` is where it was made, when the caller knows.

        Raises:
            NotFoundError: No such offer was made to this customer.
        """
        offered = await self._offer(customer_id, offer_id, conversation_id)
        name, category, purpose = (str(offered[key]) for key in ("fact", "category", "purpose"))
        profile = await self._profile(customer_id)
        told = [one for one in profile.consents if (one.fact, one.purpose) == (name, purpose)]
        state: Decision = "given" if accept else "withdrawn" if told and told[-1].state == "given" else "refused"
        if told and told[-1].state == state and told[-1].id.startswith(f"cns_{offer_id}_"):
            return accept
        event = self._answered(offered, state, f"cns_{offer_id}_{len(told)}")
        if accept:
            fact = Fact(name, str(offered["value"]), category, CUSTOMER, event.at, purpose)
            fitting(self._policy, customer_id, (fact,), (event,))
            await self._kept.remember(customer_id, fact, (event,))
        elif state == "withdrawn":
            await self._kept.forget(customer_id, name, consents=(event,))
        else:
            await self._kept.record_consents(customer_id, (event,))
        return accept

    def _answered(self, offered: Mapping[str, Any], state: Decision, consent_id: str) -> Consent:
        """Return the event of an answer to an offer: the very sentence of the offer is its notice."""
        name, category, purpose = (str(offered[key]) for key in ("fact", "category", "purpose"))
        (event,) = decide(
            self._policy,
            purpose=purpose,
            state=state,
            category=category,
            fact=name,
            language=str(offered.get("language", "en")),
            model=self._model,
            collected="offer",
            now=self._now(),
            new_id=lambda: consent_id,
        )
        return replace(event, terms=replace(event.terms, notice=str(offered["text"])) if event.terms else None)

    async def _offer(self, customer_id: str, offer_id: str, conversation_id: str | None) -> Mapping[str, Any]:
        places = [one.id for one in await self._log.of_customer(customer_id)]
        if conversation_id is not None:
            places = [place for place in places if place == conversation_id]
        for place in reversed(places):
            for event in await self._log.events(place):
                if event.type == "offer" and event.content.get("id") == offer_id:
                    return event.content
        raise NotFoundError("there is no such offer")

    async def erase(self, customer_id: str, why: ErasedWhy = "asked") -> Erased:
        """Erase all that is kept of a customer: their replies under way are stopped first.

        Raises:
            LegalHoldError: The company has to keep it for the time being; nothing was erased, nothing stopped.
        """
        mine = [one.id for one in await self._log.of_customer(customer_id)]
        if self._replying is not None and await self._erasures.held(customer_id) is None:
            await self._replying.end_all(mine)
        erased = await self._erasures.erase(customer_id, why)
        if self._replying is not None:
            self._replying.tell_erased(mine)
        self._drop(customer_id)
        return erased

    async def _profile(self, customer_id: str) -> Profile:
        return await self._held.profile(customer_id) or Profile(customer_id)

    def _purposes(self, profile: Profile, language: str) -> list[dict[str, Any]]:
        found = standing(self._policy, profile.consents, self._now(), profile.facts)
        return [
            my_data.purpose_json(one, policy=self._policy, words=self._words, language=language, model=self._model)
            for one in found
        ]


def _known(profile: Profile, name: str) -> Fact:
    fact = fact_called(profile.facts, name)
    if fact is None:
        raise NotFoundError("nothing of that name is held", code="no_such_fact")
    return fact


def fitting(policy: Policy, customer_id: str, facts: Sequence[Fact] = (), consents: Sequence[Consent] = ()) -> None:
    """Look at what comes in from outside.

    Raises:
        InputError: A category or purpose is not one of the policy's.
    """
    checked(Profile(customer_id, tuple(facts), tuple(consents)), policy)


def reader(policy: Policy) -> Callable[[Mapping[str, Any]], Profile]:
    """Return what reads one object of a file of customers, and refuses what the policy does not name."""
    return lambda line: checked(read_profile(line), policy)


def readable_text(text: str, what: str) -> str:
    """Return a text without white space around it.

    Raises:
        InputError: It is empty, too long, or holds control characters.
    """
    text = text.strip()
    if not text or len(text) > LONGEST_VALUE or any(not char.isprintable() and char not in "\n\t" for char in text):
        raise InputError(f"the {what} has to be a text of 1 to {LONGEST_VALUE} characters, without control characters")
    return text


def new_id() -> str:
    """Return an id for a consent event."""
    return f"cns_{secrets.token_urlsafe(12)}"
