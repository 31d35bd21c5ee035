"""An answer of a company's own system → the profile of the customer it was asked about, or what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from heedful.consent import read_profile
from heedful.errors import InputError, UpstreamError
from heedful.ports import Profile
from heedful.values import Fact

if TYPE_CHECKING:
    import httpx

BYTES_MOST = 1_000_000  # of one answer; 200 facts are about 40,000
SOURCE = "crm"  # where a fact came from, when it does not say
RESERVED = frozenset({"", "customer", "identity_token"})  # words for what customers said and proved here


async def body_of(response: httpx.Response) -> bytes:
    """Return the bytes of an answer as they come: packed ones were not asked for, and could unpack to anything.

    Raises:
        UpstreamError: It is too large, or packed.
    """
    body = bytearray()
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise UpstreamError("the company's own system packed its answer unasked; turn that off", code="crm_malformed")
    async for part in response.aiter_raw():
        body += part
        if len(body) > BYTES_MOST:
            message = f"the company's own system answered with more than {BYTES_MOST:,} bytes about one customer"
            raise UpstreamError(message, code="crm_too_large")
    return bytes(body)


def read_answer(customer_id: str, body: bytes) -> Profile:
    """Return the profile of an answer; a fact that does not say where it came from came from there.

    Raises:
        UpstreamError: It is not of the form, or somebody else's.
    """
    try:
        content = json.loads(body)
        if not isinstance(content, dict):
            content = {}  # names no customer, which is what it is refused for
        profile = read_profile(content)
    except (ValueError, RecursionError, InputError) as error:
        message = "the company's own system answered with something else than a profile; docs/crm.md has the form"
        raise UpstreamError(message, code="crm_malformed") from error
    if profile.customer_id != customer_id:
        message = "the company's own system answered with another customer than was asked for; nothing was used"
        raise UpstreamError(message, code="crm_mixed_up")
    return replace(profile, facts=tuple(_sourced(fact) for fact in profile.facts))


def _sourced(fact: Fact) -> Fact:
    return replace(fact, source=SOURCE) if fact.source in RESERVED else fact
