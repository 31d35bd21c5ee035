"""What a customer is asked and what they said: the notice in its exact words, consent events, how they stand now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from heedful.errors import InputError
from heedful.policy import Policy, Purpose, in_language
from heedful.standing import Standing
from heedful.values import Consent, ConsentState, Fact, ModelName, Terms

HERE = "this machine"  # see `ModelName.where`
SCHEMA = "ISO/IEC TS 27560:2023"
Decision = Literal["given", "refused", "withdrawn"]
DECISIONS: tuple[Decision, ...] = ("given", "refused", "withdrawn")
PurposeState = Literal["given", "partly", "refused", "withdrawn", "expired", "none"]


@dataclass(frozen=True, slots=True)
class FactStanding:
    """Where a named fact has an answer of its own, that answer."""

    fact: str
    state: ConsentState
    consent: Consent


@dataclass(frozen=True, slots=True)
class CategoryStanding:
    """What was said about one category for one purpose; `consent` is the event that decides, `None` for none."""

    category: str
    state: ConsentState
    consent: Consent | None
    facts: tuple[FactStanding, ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeStanding:
    """What was said about one purpose, as a whole and by category."""

    purpose: Purpose
    state: PurposeState
    categories: tuple[CategoryStanding, ...]


def categories_for(policy: Policy, purpose: str) -> tuple[str, ...]:
    """Return the categories that can be agreed to for a purpose, in the policy's order.

    For one that is never a ground (marketing), all that a customer could be asked for: those a model may see.
    """
    ground = policy.purposes[purpose].ground
    return tuple(
        category.id
        for category in policy.categories.values()
        if category.to_model and (purpose in category.purposes or not ground)
    )


def terms_for(
    policy: Policy,
    *,
    purpose: str,
    categories: Sequence[str],
    language: str,
    model: ModelName,
    collected: str,
    fact: str | None = None,
) -> Terms:
    """Return what a customer is told when asked for consent to these categories for this purpose, word for word.

    With `fact`, it is about that fact alone. A language that the policy does not speak is told in English.

    Raises:
        InputError: The policy has no such purpose or category.
    """
    spoken = language if language in policy.consent.notice else "en"
    kind = _purpose(policy, purpose)
    unknown = [category for category in categories if category not in policy.categories]
    if unknown:
        raise InputError(f"the policy has no category {unknown[0][:40]!r}; it has {', '.join(policy.categories)}")
    said = {name: in_language(texts, spoken) for name, texts in _texts(policy, kind).items()}
    labels = ", ".join(in_language(policy.categories[category].label, spoken) for category in categories)
    data = f"{labels} ({fact})" if labels and fact else labels or fact or ""
    recipients = _recipients(model) if kind.ground else ()  # what is no ground for a reply never reaches a model
    notice = in_language(policy.consent.notice, spoken).format(
        **said,
        purpose=in_language(kind.label, spoken),
        data=data,
        recipients=_readable(policy, recipients, spoken),
        version=policy.consent.version,
    )
    return Terms(
        notice=notice.strip(),
        notice_version=policy.consent.version,
        language=spoken,
        collected=collected,
        controller=", ".join(in_language(texts, spoken) for texts in _controller(policy)),
        recipients=recipients,
        withdraw=said["withdraw"],
        refusing=said["refusing"],
        kept_for=said["kept_for"],
    )


def digest(notice: str) -> str:
    """Return the SHA-256 of a notice's exact words, in hex: the words are the company's own, not a customer's."""
    return hashlib.sha256(notice.encode()).hexdigest()


def decide(
    policy: Policy,
    *,
    purpose: str,
    state: Decision,
    category: str | None = None,
    fact: str | None = None,
    language: str,
    model: ModelName,
    collected: str,
    now: datetime,
    new_id: Callable[[], str],
    before: Sequence[Consent] = (),
) -> tuple[Consent, ...]:
    """Return the events to record for one answer of a customer: for a named fact, a category, or a whole purpose.

    Given for a whole purpose is one event for each category that can be agreed to; consent names what it is for.
    Refused or withdrawn for a whole purpose is one event that ends all. Ending a category ends also what was given
    for named facts of it, one event each: `before` are the customer's events so far. `collected` says how they were
    asked: `your_data`, `offer`, `api`, `command_line`.

    Raises:
        InputError: The policy has no such purpose, or the category can't be agreed to for it.
    """
    kind, allowed = _purpose(policy, purpose), categories_for(policy, purpose)
    if state not in DECISIONS:
        raise InputError(f"the state of a consent is one of {', '.join(DECISIONS)}")
    if category is not None and category not in allowed:
        raise InputError(f"for {purpose!r} consent can be given or refused for {', '.join(allowed)}")
    about: list[tuple[str | None, str | None]] = [(category, fact)]
    if category is None and fact is None and state == "given":
        about = [(each, None) for each in allowed]
    elif category is not None and fact is None and state != "given":
        about += [(category, name) for name in _given_by_name(before, now, purpose, category)]
    terms = terms_for(
        policy,
        purpose=purpose,
        categories=[category] if category else [] if fact else allowed,
        fact=fact,
        language=language,
        model=model,
        collected=collected,
    )
    until = now + timedelta(days=kind.valid_days) if state == "given" and kind.valid_days else None
    return tuple(Consent(new_id(), purpose, state, now, each, name, until, terms) for each, name in about)


def standing(
    policy: Policy, consents: Sequence[Consent], now: datetime, facts: Sequence[Fact] = ()
) -> tuple[PurposeStanding, ...]:
    """Return how every purpose of the policy stands for a customer, in the policy's order.

    Named facts are told where an event about them decides otherwise than their category's; `facts` say of which
    category a fact is where its event does not.
    """
    given = Standing(consents, now)
    category_of = {fact.name: fact.category for fact in facts}
    found = []
    for purpose in policy.purposes.values():
        named: dict[str, list[FactStanding]] = {}
        for event in given.named_facts(purpose.id):
            category = event.category or category_of.get(event.fact or "", "")
            own = given.named(event.fact or "", category, purpose.id)
            if own is not None and own not in [one.consent for one in named.get(category, ())]:
                named.setdefault(category, []).append(FactStanding(event.fact or "", given.state(own), own))
        categories = tuple(
            _category_standing(given, purpose.id, category, tuple(named.get(category, ())))
            for category in categories_for(policy, purpose.id)
        )
        found.append(PurposeStanding(purpose, _whole(given, purpose.id, categories), categories))
    return tuple(found)


def as_record(consent: Consent, policy: Policy, customer_id: str) -> Mapping[str, Any]:
    """Return one event as JSON with the field names of ISO/IEC TS 27560, and what PIPA 15(2) and 17(2) ask for."""
    purpose = policy.purposes.get(consent.purpose)
    terms = consent.terms
    spoken = terms.language if terms else "en"
    category = policy.categories.get(consent.category or "")
    about = {
        "pii_type": consent.category,
        "pii_type_label": in_language(category.label, spoken) if category else None,
        "pii_attribute_id": consent.fact,
        "pii_optional": True,
    }
    return {
        "schema_version": SCHEMA,
        "record_id": consent.id,
        "pii_principal_id": customer_id,
        "pii_processing": {
            "privacy_notice": terms.notice if terms else None,
            "privacy_notice_version": terms.notice_version if terms else None,
            "privacy_notice_digest": f"sha256:{digest(terms.notice)}" if terms else None,
            "language": terms.language if terms else None,
            "purposes": [
                {
                    "purpose": consent.purpose,
                    "purpose_type": purpose.dpv if purpose else None,
                    "purpose_label": in_language(purpose.label, spoken) if purpose else None,
                    "lawful_basis": "consent",
                    "pii_information": [about] if consent.category or consent.fact else [],
                    "pii_controllers": [in_language(policy.controller.name, spoken)],
                    "collection_method": terms.collected if terms else None,
                    "retention_period": terms.kept_for if terms else None,
                    "jurisdictions": [policy.controller.country] if policy.controller.country else [],
                    "recipient_third_parties": [
                        {"name": name, "country": country or None}
                        for name, country in (terms.recipients if terms else ())
                    ],
                    "withdrawal_method": terms.withdraw if terms else None,
                    "consequence_of_refusing": terms.refusing if terms else None,
                }
            ],
        },
        "party_identification": {
            "party_role": "pii_controller",
            "party_name": in_language(policy.controller.name, spoken),
            "party_address": in_language(policy.controller.address, spoken),
            "party_contact": in_language(policy.controller.contact, spoken),
        },
        "event": {
            "event_time": consent.at.isoformat(),
            "event_type": "explicit",
            "event_state": consent.state,
            "valid_until": consent.valid_until.isoformat() if consent.valid_until else None,
            "entity_id": customer_id,
        },
    }


def _purpose(policy: Policy, purpose: str) -> Purpose:
    found = policy.purposes.get(purpose)
    if found is None:
        raise InputError(f"the policy has no purpose {purpose[:40]!r}; it has {', '.join(policy.purposes)}")
    return found


def _texts(policy: Policy, purpose: Purpose) -> Mapping[str, Mapping[str, str]]:
    """The texts of the notice that need no more than the policy."""
    days = purpose.valid_days
    kept = {spoken: text.format(days=days) for spoken, text in policy.consent.kept_for.items()}
    return {
        "company": policy.controller.name,
        "contact": policy.controller.contact,
        "kept_for": kept if days else policy.consent.kept_until_withdrawn,
        "withdraw": policy.consent.withdraw,
        "refusing": policy.consent.refusing,
    }


def _controller(policy: Policy) -> tuple[Mapping[str, str], ...]:
    return policy.controller.name, policy.controller.address, policy.controller.contact


def _recipients(model: ModelName) -> tuple[tuple[str, str], ...]:
    """Who else reads the data, and in which country: nobody for a model on this machine, no country for a bare host."""
    besides = tuple(one for other in model.also for one in _recipients(other))
    if model.where == HERE:
        return besides
    is_host = "." in model.where or ":" in model.where
    reader = (f"{model.name} ({model.where})", "") if is_host else (model.name, model.where)
    return tuple(dict.fromkeys((reader, *besides)))


def _readable(policy: Policy, recipients: Sequence[tuple[str, str]], spoken: str) -> str:
    if not recipients:
        return in_language(policy.consent.stays_here, spoken)
    unknown = in_language(policy.consent.unknown_country, spoken)
    return ", ".join(f"{name}, {country or unknown}" for name, country in recipients)


def _given_by_name(before: Sequence[Consent], now: datetime, purpose: str, category: str) -> list[str]:
    """The facts of a category with an event of their own in force."""
    given = Standing(before, now)
    names = dict.fromkeys(
        event.fact or "" for event in given.named_facts(purpose) if event.category in (None, category)
    )
    events = ((name, given.named(name, category, purpose)) for name in names)
    return [name for name, event in events if event is not None and given.in_force(event)]


def _category_standing(
    given: Standing, purpose: str, category: str, facts: tuple[FactStanding, ...]
) -> CategoryStanding:
    consent = given.for_category(category, purpose)
    return CategoryStanding(category, given.state(consent), consent, facts)


def _whole(given: Standing, purpose: str, categories: Sequence[CategoryStanding]) -> PurposeState:
    """Return one word for a purpose: `given` and `refused` … when all say so, `partly` when some are given."""
    states = [one.state for one in categories if not one.facts or one.state != "none"]
    states += [fact.state for one in categories for fact in one.facts]
    if not states:
        return "none"
    if "given" in states:
        return "given" if all(state == "given" for state in states) else "partly"
    told = [state for state in states if state != "none"]
    ended = given.ended(purpose)
    last: PurposeState = given.state(ended) if ended else told[-1] if told else "none"
    return last
