"""The policy of a guard case: what the case itself says; all that it does not name is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heedful.errors import InputError
from heedful.policy import CHANNELS, CUSTOMER_CARE, NEVER_SHOWN, Category, Kind, Needs, Policy, Purpose

CASE_CATEGORIES = (
    "identity",
    "contact",
    "order",
    "payment",
    "preference",
    "behaviour",
    "location",
    *NEVER_SHOWN,
)
CASE_PURPOSES = (CUSTOMER_CARE, "order_management", "account_management", "personalisation_for_the_customer")


def policy_of_case(mapping: Mapping[str, Any] | None) -> Policy:
    """Return the policy of a guard case: its `promises`, `links`, `contacts` and `channels`; all else is open.

    Raises:
        InputError: A value is not of the form that a guard case has.
    """
    given = mapping or {}
    return _policy(
        promises=_texts(given, "promises"),
        links=_texts(given, "links"),
        contacts=_texts(given, "contacts"),
        channels=_channels(given.get("channels") or {}),
    )


def _policy(
    *,
    promises: tuple[str, ...],
    links: tuple[str, ...],
    contacts: tuple[str, ...],
    channels: Mapping[str, frozenset[str]],
) -> Policy:
    purposes = {name: Purpose(id=name, dpv="", label={}) for name in CASE_PURPOSES}
    purposes["marketing"] = Purpose(id="marketing", dpv="", label={}, ground=False)
    every: frozenset[str] = frozenset(CHANNELS)
    categories = {
        name: Category(
            id=name,
            label={},
            purposes=frozenset(CASE_PURPOSES),
            channels=channels.get(name, every),
            precision=dict.fromkeys(CHANNELS, "full"),
            to_model=name not in NEVER_SHOWN,
        )
        for name in (*CASE_CATEGORIES, *(name for name in channels if name not in CASE_CATEGORIES))
    }
    return Policy(
        company={},
        ai_name={},
        purposes=purposes,
        categories=categories,
        kinds={},
        otherwise=Kind(id="", purpose=CUSTOMER_CARE, needs=Needs({name: frozenset("*") for name in categories})),
        contacts=contacts,
        links=links,
        promises=promises,
    )


def _texts(given: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = given.get(key) or []
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise InputError(f"'policy.{key}' of the case has to be a list of texts")
    return tuple(value)


def _channels(given: Any) -> Mapping[str, frozenset[str]]:
    if not isinstance(given, Mapping):
        raise InputError("'policy.channels' of the case has to map categories to lists of channels")
    channels: dict[str, frozenset[str]] = {}
    for category, names in given.items():
        if not isinstance(names, list | tuple) or not all(name in CHANNELS for name in names):
            raise InputError(f"'policy.channels.{category}' of the case has to list some of {', '.join(CHANNELS)}")
        channels[str(category)] = frozenset(names)
    return channels
