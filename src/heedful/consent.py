"""The one door to a customer's data: profile, consents and asking in; a view and a sealed `Withheld` out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Never

from heedful import canonical
from heedful.policy import CHANNELS, Policy, categories_needed
from heedful.ports import Profile
from heedful.precision import hint
from heedful.profile_lines import UNSAID, read_line
from heedful.values import Asking, Consent, Fact, FactInView, Match, View, WithheldName, WithheldWhy

ENDED = ("refused", "withdrawn")
CODE = re.compile(r"(?=.*[A-Za-z])(?=(?:.*\d){3})[A-Za-z0-9_/#.-]{6,80}")  # letters and at least three digits


class Withheld:
    """The values that may not be used, sealed: it says where a text repeats one, and the names; never a value.

    Its text, pickle, JSON and copies hold nothing; pickling raises `TypeError` rather than making an empty seal.
    """

    __slots__ = ("_find", "_keeps", "names")

    names: tuple[WithheldName, ...]

    def __init__(
        self,
        names: tuple[WithheldName, ...],
        find: Callable[[str], tuple[Match, ...]],
        keeps: Callable[[Sequence[object]], bool] = lambda _kept: False,
    ) -> None:
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "_find", find)
        object.__setattr__(self, "_keeps", keeps)

    @classmethod
    def empty(cls) -> Withheld:
        """Return a seal with nothing behind it."""
        return cls((), lambda _text: ())

    def matches(self, text: str) -> tuple[Match, ...]:
        """Return where the text repeats a withheld value in any usual spelling, in the order of the text."""
        find: Callable[[str], tuple[Match, ...]] = self._find  # type: ignore[attr-defined]
        return find(text)

    def warm(self) -> None:
        """Build what matching needs (about 0.6 ms a value), so that the first unit need not wait for it."""
        self.matches(" ")

    def __repr__(self) -> str:
        return f"Withheld({len(self.names)} names)"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Withheld is sealed: nothing in it can be set")

    def __copy__(self) -> Withheld:
        return self

    def __deepcopy__(self, _memo: object) -> Withheld:
        return self

    def __reduce_ex__(self, _protocol: object) -> Never:
        raise TypeError("a Withheld is sealed and is not pickled; ask for the view again where it is needed")

    def __getstate__(self) -> Never:
        raise TypeError("a Withheld is sealed and has no state to give")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A fact that stays behind the seal; `shown` is the hint of it that the view holds."""

    fact: Fact
    why: WithheldWhy
    shown: str = ""

    def __repr__(self) -> str:
        return "_Kept(…)"


def view(
    profile: Profile | None, asking: Asking, policy: Policy, *, before: Withheld | None = None
) -> tuple[View, Withheld]:
    """Return the facts that may be used for this asking, and the rest behind a seal.

    In this order: who asks is verified and lets their data be used; the policy allows it; there is consent in
    force for the purpose; the question needs it; and then only as precisely as the channel may carry it.
    When the seal `before` holds the very same, it is given back: what finds its values is built already.
    """
    if profile is None:
        return View(), Withheld.empty()
    if not asking.verified:
        return _nothing(profile, "unverified", before)
    if asking.without_my_data:
        return _nothing(profile, "without_my_data", before)
    given = _Consents(profile.consents, asking.now)
    needed = categories_needed(policy, asking.kinds)
    facts: list[FactInView] = []
    kept: list[_Kept] = []
    for fact in profile.facts:
        judged = _judge(fact, asking, policy, given, needed)
        if isinstance(judged, str):
            kept.append(_Kept(fact, judged))
            continue
        facts.append(judged)
        if judged.value != fact.value:
            kept.append(_Kept(fact, "precision", judged.value))
    return _sealed(facts, kept, before)


class Seen:
    """A view with its seal, and what it was made of, which nobody else sees."""

    __slots__ = ("_asking", "_profile", "view", "withheld")

    def __init__(self, profile: Profile | None, asking: Asking, view: View, withheld: Withheld) -> None:
        self._profile = profile
        self._asking = asking
        self.view = view
        self.withheld = withheld

    def holds(self, profile: Profile | None, asking: Asking) -> bool:
        """Whether it is still the view of this profile: the same asking, and no consent has run out since."""
        if profile != self._profile or replace(asking, now=self._asking.now) != self._asking:
            return False
        ends = [consent.valid_until for consent in profile.consents] if profile else []
        return not any(end is not None and self._asking.now < end <= asking.now for end in ends)


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
        InputError: The profile is not of the form that FORMATS gives; says what is wrong.
    """
    del channel  # decides nothing here: `channels` of each fact says where it may go
    if profile is None:
        return View(), Withheld.empty()
    read = read_profile(profile, at=now)
    if not verified:
        return _nothing(read, "unverified")
    given = _Consents(read.consents, now)
    ground = purpose not in policy.purposes or policy.purposes[purpose].ground
    facts: list[FactInView] = []
    kept: list[_Kept] = []
    for fact in read.facts:
        consent = given.for_fact(fact, purpose) if ground else None
        if consent is None or not given.in_force(consent):
            kept.append(_Kept(fact, "purpose" if given.elsewhere(fact, purpose) or not ground else "no_consent"))
            continue
        category = policy.categories.get(fact.category)
        channels = category.channels if category else frozenset(CHANNELS)
        facts.append(_in_view(fact, fact.value, consent, channels=channels, placeholder=False))
    return _sealed(facts, kept)


def read_profile(line: Mapping[str, Any], *, at: datetime = UNSAID) -> Profile:
    """Return the profile that one `profile` object of a file holds; `at` stands for a `given_at` it does not say.

    Consent events get ids that depend on nothing but the line, so that reading it twice gives the same ones.
    A category that no policy names is taken: such a fact never enters a view.

    Raises:
        InputError: The line is not of that form; names the fact and the key, never a value.
    """
    customer_id, facts, consents = read_line(line, at=at)
    return Profile(customer_id=customer_id, facts=facts, consents=consents)


def _judge(
    fact: Fact, asking: Asking, policy: Policy, given: _Consents, needed: frozenset[str]
) -> FactInView | WithheldWhy:
    category = policy.categories.get(fact.category)
    purpose = policy.purposes.get(asking.purpose)
    if category is None or purpose is None or not category.to_model or not purpose.ground:
        return "not_allowed"
    precision = category.precision_of(fact.name, asking.channel)
    if asking.purpose not in category.purposes or precision == "none":
        return "not_allowed"
    consent = given.for_fact(fact, asking.purpose)
    if consent is None:
        return "purpose" if given.elsewhere(fact, asking.purpose) else "no_consent"
    if not given.in_force(consent):
        return "no_consent"
    if fact.category not in needed:
        return "not_needed"
    value = fact.value if precision == "full" else hint(fact.name, fact.category, fact.value)
    if value is None:
        return "not_allowed"  # only a hint is allowed, and there is no way to give one of this value
    return _in_view(fact, value, consent, channels=category.channels, placeholder=category.hides(fact.name))


class _Consents:
    """The latest event for each purpose and named fact, category, or all; at the same moment the later recorded."""

    def __init__(self, consents: Sequence[Consent], now: datetime) -> None:
        self._now = now
        self._latest: dict[tuple[str, str, str], tuple[tuple[datetime, int], Consent]] = {}
        for index, consent in enumerate(consents):
            when = (consent.at, index)
            key = (consent.purpose, consent.fact or "", "" if consent.fact else consent.category or "")
            if key not in self._latest or self._latest[key][0] < when:
                self._latest[key] = (when, consent)
        self._purposes = frozenset(purpose for purpose, _, _ in self._latest)

    def for_fact(self, fact: Fact, purpose: str) -> Consent | None:
        """Return the event that decides about this fact for this purpose; `None` when nothing was ever said."""
        named = self._latest.get((purpose, fact.name, ""))
        if named and named[1].category not in (None, fact.category):
            named = None  # it names a fact of another category that happens to be called the same
        found = named or self._latest.get((purpose, "", fact.category))
        # A whole purpose can be ended in one event, and that ends what was given for its facts before. It is
        # never given in one: consent names what it is for.
        whole = self._latest.get((purpose, "", ""))
        if whole and whole[1].state in ENDED and (found is None or found[0] <= whole[0]):
            return whole[1]
        return found[1] if found else None

    def in_force(self, consent: Consent) -> bool:
        """Return whether the event lets the fact be used now."""
        if consent.state != "given" or consent.at > self._now:
            return False
        return consent.valid_until is None or consent.valid_until > self._now

    def elsewhere(self, fact: Fact, purpose: str) -> bool:
        """Return whether the fact may be used for some other purpose."""
        others = (self.for_fact(fact, other) for other in self._purposes if other != purpose)
        return any(consent is not None and self.in_force(consent) for consent in others)


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
    return _sealed([], [_Kept(fact, why) for fact in profile.facts], before)


def _sealed(facts: list[FactInView], kept: list[_Kept], before: Withheld | None = None) -> tuple[View, Withheld]:
    names = tuple(WithheldName(item.fact.name, item.fact.category, item.why) for item in kept)
    seen = View(facts=tuple(facts), withheld=names)
    if before is not None and before._keeps(kept):  # type: ignore[attr-defined]  # noqa: SLF001 - this room's own seal
        return seen, before
    sealed = tuple(kept)
    return seen, Withheld(names, _finder(sealed), lambda other: tuple(other) == sealed)


def _finder(kept: tuple[_Kept, ...]) -> Callable[[str], tuple[Match, ...]]:
    """The values live in this closure and nowhere else; matchers are built when the first text is looked at."""
    matchers: list[canonical.Matcher] = []

    def find(text: str) -> tuple[Match, ...]:
        if not kept or not text:
            return ()
        nonlocal matchers
        if len(matchers) != len(kept):
            matchers = [canonical.matcher(item.fact.name, item.fact.category, item.fact.value) for item in kept]
        normalised = canonical.normalise(text)
        found = {
            Match(item.fact.name, item.fact.category, item.why, start, end)
            for item, matcher in zip(kept, matchers, strict=True)
            for start, end in matcher.find(normalised) or _letter_for_letter(item.fact.value, normalised)
            if not (item.shown and text[start:end].strip() in item.shown)
        }
        return tuple(sorted(found, key=lambda match: (match.start, match.end, match.name)))

    return find


def _letter_for_letter(value: str, text: canonical.Normalised) -> list[tuple[int, int]]:
    """A code repeated as it stands is found whatever its fact is called, and whatever a matcher makes of that."""
    code = value.strip()
    if not CODE.fullmatch(code):
        return []
    return [text.original(*found.span()) for found in re.finditer(re.escape(code), text.text, re.IGNORECASE)]
