"""A shop that verifies its customers, and one customer of it, for the tests of their own data."""

from __future__ import annotations

import time
from typing import Any

import httpx
import jwt

from tests.web.conftest import Service

SECRET = "the shop's own secret, long enough"
SHOP = "https://shop.example"
ORDERS = "order_management"


def _fact(name: str, value: str, category: str, consent: str = "given", *purposes: str) -> dict[str, Any]:
    given = {"purposes": list(purposes or (ORDERS,)), "consent": consent, "given_at": "2026-03-02T10:15:00+09:00"}
    return {"name": name, "value": value, "category": category, "source": "account", **given}


def profile(customer_id: str) -> dict[str, Any]:
    """Return a customer's line as a company would import it."""
    return {
        "customer_id": customer_id,
        "facts": [
            _fact("order_status", "out for delivery", "order"),
            _fact("expected_delivery", "2026-11-27", "order"),
            _fact("full_name", "Grace Testhill", "identity", "given", "account_management"),
            _fact("phone", "010-9876-5432", "contact", "refused"),
            _fact("allergy", "hazelnut", "special", "none"),
        ],
    }


def signed(customer_id: str, secret: str = SECRET, **claims: Any) -> str:
    """Return a customer's token as the shop signs it."""
    now = int(time.time())
    return jwt.encode({"sub": customer_id, "exp": now + 3600, "iat": now, **claims}, secret, algorithm="HS256")


def in_person(service: Service, customer_id: str, **headers: str) -> httpx.Client:
    """Return a client that shows the customer's identity token."""
    return service.client(signed(customer_id), **headers)


def state_of(seen: dict[str, Any], purpose: str) -> str:
    """Return how a purpose stands."""
    return next(str(one["state"]) for one in seen["purposes"] if one["id"] == purpose)


def fact_of(seen: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what is shown of a fact."""
    found: dict[str, Any] = next(one for one in seen["facts"] if one["name"] == name)
    return found
