"""What is held about a customer as JSON, for them to read: facts, purposes with what was answered, requests, holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from heedful.agreement import CategoryStanding, PurposeStanding, terms_for
from heedful.agreements import Correction, Erased, Hold
from heedful.phrases import Phrases
from heedful.policy import Policy, in_language
from heedful.receipt_words import fact_label
from heedful.values import Consent, Fact, ModelName, Terms

CUSTOMER = "customer"  # the source of a fact that the customer asked to have remembered
CLAIMED = "identity_token"  # of one that the company's own signature tells
LONGEST_CLAIM = 500  # characters


def fact_json(fact: Fact, *, policy: Policy, words: Phrases, language: str) -> dict[str, Any]:
    """Return a fact with its value: for its own customer and the company only."""
    category, purpose = policy.categories.get(fact.category), policy.purposes.get(fact.collected_for)
    return {
        "name": fact.name,
        "label": fact_label(words, language, fact.name),
        "value": fact.value,
        "category": fact.category,
        "category_label": in_language(category.label, language) if category else fact.category,
        "source": fact.source,
        "at": moment(fact.at),
        "collected_for": fact.collected_for,
        "collected_for_label": in_language(purpose.label, language) if purpose else fact.collected_for,
        "expires": moment(fact.expires),
        "yours": fact.source == CUSTOMER,
        "to_model": bool(category and category.to_model),
    }


def purpose_json(
    one: PurposeStanding, *, policy: Policy, words: Phrases, language: str, model: ModelName
) -> dict[str, Any]:
    """Return how a purpose stands, and what a customer is told who is asked for it."""

    def notice(categories: Sequence[str], fact: str | None = None) -> dict[str, Any]:
        terms = terms_for(
            policy,
            purpose=one.purpose.id,
            categories=categories,
            language=language,
            model=model,
            collected="your_data",
            fact=fact,
        )
        return notice_json(terms)

    return {
        "id": one.purpose.id,
        "label": in_language(one.purpose.label, language),
        "dpv": one.purpose.dpv,
        "ground": one.purpose.ground,
        "state": one.state,
        "categories": [
            _category_json(category, policy=policy, words=words, language=language, notice=notice)
            for category in one.categories
        ],
        "notice": notice([category.category for category in one.categories]),
    }


def _category_json(
    one: CategoryStanding, *, policy: Policy, words: Phrases, language: str, notice: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    facts = [
        {
            "fact": named.fact,
            "label": fact_label(words, language, named.fact),
            "state": named.state,
            **_event_json(named.consent),
            "notice": notice([one.category], named.fact),
        }
        for named in one.facts
    ]
    return {
        "category": one.category,
        "label": in_language(policy.categories[one.category].label, language),
        "state": one.state,
        **_event_json(one.consent),
        "facts": facts,
        "notice": notice([one.category]),
    }


def _event_json(consent: Consent | None) -> dict[str, Any]:
    return {
        "consent_id": consent.id if consent else None,
        "at": moment(consent.at) if consent else None,
        "valid_until": moment(consent.valid_until) if consent else None,
    }


def notice_json(terms: Terms) -> dict[str, Any]:
    """Return what a customer is told, word for word."""
    return {
        "version": terms.notice_version,
        "text": terms.notice,
        "language": terms.language,
        "refusing": terms.refusing,
        "withdraw": terms.withdraw,
        "kept_for": terms.kept_for,
        "recipients": [{"name": name, "country": country} for name, country in terms.recipients],
    }


def correction_json(correction: Correction) -> dict[str, Any]:
    """Return a request for a correction, as its customer sees it."""
    return {
        "id": correction.id,
        "fact": correction.fact,
        "value": correction.value,
        "at": moment(correction.at),
        "state": correction.state,
        "note": correction.note,
    }


def hold_json(hold: Hold | None) -> dict[str, Any] | None:
    """Return a legal hold, as its customer sees it; `None` when there is none."""
    return {"since": moment(hold.since), "reason": hold.reason} if hold else None


def erased_json(erased: Erased) -> dict[str, Any]:
    """Return an erasure receipt."""
    return {
        "id": erased.id,
        "at": moment(erased.at),
        "why": erased.why,
        "counts": dict(erased.counts),
        "salt": erased.salt,
        "chain": dict(erased.chain),
    }


def facts_of_claims(
    claims: Mapping[str, Any], mapping: Mapping[str, tuple[str, str]], *, at: datetime
) -> tuple[Fact, ...]:
    """Return the facts that an identity token tells, by the policy's `identity_claims`; `at` is when it was signed.

    Texts and numbers are taken; what is empty, too long or made of several things is not.
    """
    found = []
    for claim, (name, category) in mapping.items():
        value = claims.get(claim)
        if isinstance(value, bool):
            value = "true" if value else "false"
        text = str(value).strip() if isinstance(value, str | int | float) else ""
        if text and len(text) <= LONGEST_CLAIM and text.isprintable():
            found.append(Fact(name, text, category, source=CLAIMED, at=at))
    return tuple(found)


def fact_called(facts: Iterable[Fact], name: str) -> Fact | None:
    """Return the fact of that name, the customer's own before the company's."""
    named = [fact for fact in facts if fact.name == name]
    return next((fact for fact in named if fact.source == CUSTOMER), named[0] if named else None)


def moment(at: datetime | None) -> str | None:
    """Return a time as JSON has it."""
    return at.isoformat() if at else None
