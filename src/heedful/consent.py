"""The one door to a customer's data: profile, consents and asking in; a view and a sealed `Withheld` out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from heedful.errors import InputError
from heedful.policy import CHANNELS, Needs, Policy, needed_for
from heedful.ports import Profile
from heedful.precision import shown_as
from heedful.profile_lines import UNSAID, read_line
from heedful.standing import ENDED, Standing
from heedful.values import Asking, Consent, Fact, FactInView, View, WithheldWhy
from heedful.withheld import Kept, sealed
from heedful.withheld import Withheld as Withheld


def view(
    profile: Profile | None, asking: Asking, policy: Policy, *, before: Withheld | None = None
) -> tuple[View, Withheld]:
    """Return the facts that may be used for this asking, and the rest behind a seal.

    In this order: who asks is verified and lets their data be used; the policy allows it; it may still be kept, and
    the browser does not say no; there is consent in force for the purpose; the question needs it; and then only as
    precisely as the channel may carry it.
    When the seal `before` holds the very same, it is given back: what finds its values is built already.
    """
    if profile is None:
        return View(), Withheld.empty()
    if not asking.verified:
        return _nothing(profile, "unverified", before)
    if asking.without_my_data:
        return _nothing(profile, "without_my_data", before)
    given, needs = Standing(profile.consents, asking.now), needed_for(policy, asking.kinds)
    grounds = _Grounds(asking, policy, given, needs, _purposes(asking, policy))
    facts: list[FactInView] = []
    kept: list[Kept] = []
    for fact in profile.facts:
        judged = grounds.judge(fact)
        if isinstance(judged, str):
            kept.append(Kept(fact, judged))
            continue
        facts.append(judged)
        if judged.value != fact.value:
            kept.append(Kept(fact, "precision", judged.value))
    return sealed(facts, kept, before)


class Seen:
    """A view with its seal, and what it was made of, which nobody else sees."""

    __slots__ = ("_asking", "_profile", "view", "withheld")

    def __init__(self, profile: Profile | None, asking: Asking, view: View, withheld: Withheld) -> None:
        self._profile = profile
        self._asking = asking
        self.view = view
        self.withheld = withheld

    def holds(self, profile: Profile | None, asking: Asking) -> bool:
        """Whether it is still the view of this profile: the same asking, and no consent or fact has run out since."""
        if profile != self._profile or replace(asking, now=self._asking.now) != self._asking:
            return False
        ends = [consent.valid_until for consent in profile.consents] if profile else []
        ends += [fact.expires for fact in profile.facts] if profile else []
        return not any(end is not None and self._asking.now < end <= asking.now for end in ends)

    def may_be_asked(self, fact: Fact, purpose: str) -> bool:
        """Whether to offer to remember a fact: it is not known, nor the company's, and nobody has said no to it."""
        profile = self._profile
        if profile is None:
            return True
        same = [one for one in profile.facts if one.name == fact.name]
        if any(one.value == fact.value or one.source != fact.source for one in same):
            return False
        said = Standing(profile.consents, self._asking.now).for_fact(fact.name, fact.category, purpose)
        return said is None or said.state not in ENDED


def see(profile: Profile | None, asking: Asking, policy: Policy, before: Seen | None = None) -> Seen:
    """Return the view for an asking, `before` itself where that still holds."""
    if before is not None and before.holds(profile, asking):
        return before
    return Seen(profile, asking, *view(profile, asking, policy, before=before.withheld if before else None))


def case_view(
    profile: Mapping[str, Any] | None,
    *,
    purpose: str,
    verified: bool,
    channel: str,
    now: datetime,
    policy: Policy,
) -> tuple[View, Withheld]:
    """Return the view of a guard case: verified, consent given, the purpose among the fact's; values in full.

    The kind of question narrows nothing here, and a category that the channel may not carry stays in the view
    with its `channels`, so that a rule can see it.

    Raises:
        InputError: The profile is not of the form that a guard case has; says what is wrong.
    """
    del channel  # decides nothing here: `channels` of each fact says where it may go
    if profile is None:
        return View(), Withheld.empty()
    read = read_profile(profile, at=now)
    if not verified:
        return _nothing(read, "unverified")
    given = Standing(read.consents, now)
    ground = purpose not in policy.purposes or policy.purposes[purpose].ground
    facts: list[FactInView] = []
    kept: list[Kept] = []
    for fact in read.facts:
        if _is_over(fact, now):
            kept.append(Kept(fact, "expired"))
            continue
        consent = given.for_fact(fact.name, fact.category, purpose) if ground else None
        if consent is None or not given.in_force(consent):
            elsewhere = not ground or given.elsewhere(fact.name, fact.category, purpose)
            kept.append(Kept(fact, "purpose" if elsewhere else "no_consent"))
            continue
        category = policy.categories.get(fact.category)
        channels = category.channels if category else frozenset(CHANNELS)
        facts.append(_in_view(fact, fact.value, consent, channels=channels, placeholder=False))
    return sealed(facts, kept)


def read_profile(line: Mapping[str, Any], *, at: datetime = UNSAID) -> Profile:
    """Return the profile that one `profile` object of a file holds; `at` stands for a `given_at` it does not say.

    Consent events get ids that depend on nothing but the line, so that reading it twice gives the same ones.
    A category that no policy names is taken here, and refused by `checked`; such a fact never enters a view.

    Raises:
        InputError: The line is not of that form; names the fact and the key, never a value.
    """
    customer_id, facts, consents = read_line(line, at=at)
    return Profile(customer_id=customer_id, facts=facts, consents=consents)


def checked(profile: Profile, policy: Policy) -> Profile:
    """Return the profile as it is, when the policy names all that it speaks of: for whatever comes in from outside.

    Raises:
        InputError: A category or purpose is not one of the policy's; names the fact by its number, never a value.
    """
    for number, fact in enumerate(profile.facts, start=1):
        if fact.category not in policy.categories:
            raise _not_named(f"the category of fact {number}", "categories", policy.categories)
        if fact.collected_for and fact.collected_for not in policy.purposes:
            raise _not_named(f"'collected_for' of fact {number}", "purposes", policy.purposes)
    for consent in profile.consents:
        if consent.purpose not in policy.purposes:
            raise _not_named("a purpose that was consented to", "purposes", policy.purposes)
        if consent.category is not None and consent.category not in policy.categories:
            raise _not_named("a category that was consented to", "categories", policy.categories)
    return profile


def _not_named(what: str, table: str, among: Iterable[str]) -> InputError:
    names = ", ".join(sorted(among))
    return InputError(f"{what} is none that the policy names; use one of {names}, or add it to {table!r} there")


@dataclass(frozen=True, slots=True)
class _Grounds:
    """All that decides about one asking's facts, one by one."""

    asking: Asking
    policy: Policy
    given: Standing
    needs: Needs
    purposes: Mapping[str, tuple[str, ...]]  # by category: for which the policy lets it be used, the question's first

    def judge(self, fact: Fact) -> FactInView | WithheldWhy:
        """Return the fact as the view holds it, or why it is withheld."""
        asking = self.asking
        category = self.policy.categories.get(fact.category)
        purposes = self.purposes.get(fact.category, ())
        precision = category.precision_of(fact.name, asking.channel) if category else "none"
        if category is None or not purposes or precision == "none":
            return "not_allowed"
        if _is_over(fact, asking.now):
            return "expired"
        if category.behaviour and asking.opted_out:
            return "opted_out"
        consent = self._consent(fact, purposes)
        if isinstance(consent, str):
            return consent
        if not self.needs.hold(fact.category, fact.name):
            return "not_needed"
        shown = shown_as(fact.name, fact.category, fact.value, precision)
        if shown is None:
            return "not_allowed"  # never shown, or only as a hint, and there is no way to give one of this value
        hidden = category.hides(fact.name) or (precision == "full" and shown != fact.value)
        return _in_view(fact, shown, consent, channels=category.channels, placeholder=hidden)

    def _consent(self, fact: Fact, purposes: Sequence[str]) -> Consent | WithheldWhy:
        """Return the event in force; one for a purpose beside the question's counts where nothing was said of that."""
        for purpose in purposes:
            consent = self.given.for_fact(fact.name, fact.category, purpose)
            if consent is not None:
                return consent if self.given.in_force(consent) else "no_consent"
        elsewhere = self.given.elsewhere(fact.name, fact.category, self.asking.purpose)
        return "purpose" if elsewhere else "no_consent"


def _purposes(asking: Asking, policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """Return, by category, for which purposes it may be used here: the question's, then those that count beside it."""
    asked = policy.purposes.get(asking.purpose)
    if asked is None or not asked.ground:
        return {}
    beside = (purpose.id for purpose in policy.purposes.values() if purpose.beside and purpose.ground)
    grounds = tuple(dict.fromkeys((asked.id, *beside)))
    return {
        category.id: tuple(name for name in grounds if name in category.purposes)
        for category in policy.categories.values()
        if category.to_model
    }


def _is_over(fact: Fact, now: datetime) -> bool:
    """Whether the day has passed until which the fact was to be kept."""
    return fact.expires is not None and fact.expires <= now


def _in_view(fact: Fact, value: str, consent: Consent, *, channels: frozenset[str], placeholder: bool) -> FactInView:
    return FactInView(
        name=fact.name,
        value=value,
        category=fact.category,
        purpose=consent.purpose,
        consent_id=consent.id,
        given_at=consent.at,
        source=fact.source,
        placeholder=placeholder,
        channels=channels,
    )


def _nothing(profile: Profile, why: WithheldWhy, before: Withheld | None = None) -> tuple[View, Withheld]:
    return sealed([], [Kept(fact, why) for fact in profile.facts], before)
