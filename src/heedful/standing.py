"""How a customer's consents stand: which event decides about a fact or a category, for one purpose, now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from heedful.values import Consent, ConsentState

ENDED = ("refused", "withdrawn")

_When = tuple[datetime, int]
_About = tuple[str, str, str]  # purpose, fact, category


class Standing:
    """The latest event for each purpose and named fact, category, or all; at the same moment the later recorded.

    The narrower event decides: one about a named fact before one about its category. An event that ends a whole
    purpose ends all that was given for it before, also for named facts; what was refused before stays refused.
    """

    def __init__(self, consents: Sequence[Consent], now: datetime) -> None:
        self._now = now
        self._latest: dict[_About, tuple[_When, Consent]] = {}
        latest = self._latest
        for index, consent in enumerate(consents):
            about = (consent.purpose, consent.fact or "", consent.category or "")
            known = latest.get(about)
            if known is None or known[0][0] <= consent.at:
                latest[about] = ((consent.at, index), consent)
        self._purposes = frozenset(purpose for purpose, _, _ in latest)

    def for_fact(self, fact: str, category: str, purpose: str) -> Consent | None:
        """Return the event that decides about this fact for this purpose; `None` when nothing was ever said."""
        named = self.named(fact, category, purpose)
        return named or self.for_category(category, purpose)

    def named(self, fact: str, category: str, purpose: str) -> Consent | None:
        """Return the event about this very fact, where there is one that still counts."""
        found = [event for about in (category, "") if (event := self._latest.get((purpose, fact, about)))]
        return self._unless_ended(max(found, key=lambda event: event[0]), purpose) if found else None

    def for_category(self, category: str, purpose: str) -> Consent | None:
        """Return the event that decides about facts of this category that no event names."""
        found = self._unless_ended(self._latest.get((purpose, "", category)), purpose)
        # A whole purpose can be ended in one event. It is never given in one: consent names what it is for.
        return found or self.ended(purpose)

    def ended(self, purpose: str) -> Consent | None:
        """Return the event that ended the whole purpose, whatever was given after it; `None` when none did."""
        whole = self._latest.get((purpose, "", ""))
        return whole[1] if whole and whole[1].state in ENDED else None

    def in_force(self, consent: Consent) -> bool:
        """Return whether the event lets the fact be used now."""
        if consent.state != "given" or consent.at > self._now:
            return False
        return consent.valid_until is None or consent.valid_until > self._now

    def state(self, consent: Consent | None) -> ConsentState:
        """Return what an event comes to now: `none` for no event or one not begun, `expired` for one run out."""
        if consent is None or consent.at > self._now:
            return "none"
        if consent.state == "given" and not self.in_force(consent):
            return "expired"
        return consent.state

    def elsewhere(self, fact: str, category: str, purpose: str) -> bool:
        """Return whether the fact may be used for some other purpose."""
        others = (self.for_fact(fact, category, other) for other in self._purposes if other != purpose)
        return any(consent is not None and self.in_force(consent) for consent in others)

    def named_facts(self, purpose: str) -> tuple[Consent, ...]:
        """Return the latest event about each named fact for this purpose, also those that were ended since."""
        return tuple(consent for (of, fact, _), (_, consent) in self._latest.items() if of == purpose and fact)

    def _unless_ended(self, found: tuple[_When, Consent] | None, purpose: str) -> Consent | None:
        if found is None:
            return None
        whole = self._latest.get((purpose, "", ""))
        if found[1].state == "given" and whole and whole[1].state in ENDED and found[0] <= whole[0]:
            return None
        return found[1]
