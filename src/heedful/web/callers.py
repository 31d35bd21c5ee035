"""Who is calling, and what they may do: secret keys, publishable keys with their origins, conversation tokens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from heedful.assemble import Heedful
from heedful.conversations import Stored
from heedful.errors import AccessError, ForbiddenError, InputError, NotFoundError
from heedful.identity import Holder
from heedful.keys import ApiKey, origin


def heedful_of(request: Request) -> Heedful:
    """Return what this service was assembled to."""
    assembled: Heedful = request.app.state.heedful
    return assembled


Ours = Annotated[Heedful, Depends(heedful_of)]


@dataclass(frozen=True, slots=True)
class Me:
    """A customer who has proved who they are; `conversation_id` where a conversation's token proved it."""

    customer_id: str
    conversation_id: str | None = None


# Says in the OpenAPI document where a key goes; what was sent is read by `bearer`, which can say what is wrong.
_scheme = HTTPBearer(
    auto_error=False,
    description="A secret key (`hk_live_…`), a publishable key (`hk_pub_…`), the token of one conversation, "
    "or, for a customer's own data, the identity token that the company signed for them.",
)
_Shown = Annotated[object, Security(_scheme)]


def bearer(request: Request) -> str:
    """Return what stands behind `Authorization: Bearer`.

    Raises:
        AccessError: There is nothing.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise AccessError("send a key or a conversation token as `Authorization: Bearer …`", code="unauthenticated")
    return token.strip()


def origin_of(request: Request) -> str | None:
    """Return the page's origin as the browser says it; `None` when it says none that is one."""
    try:
        return origin(request.headers.get("origin", ""))
    except InputError:
        return None


def known_purpose(ours: Heedful, purpose: str | None) -> str | None:
    """Return the purpose that a caller with a secret key names.

    Raises:
        InputError: The policy knows none of that name.
    """
    if purpose is not None and purpose not in ours.policy.purposes:
        raise InputError(
            f"there is no purpose {purpose!r}; there are {', '.join(ours.policy.purposes)}", code="unknown_purpose"
        )
    return purpose


def must_have(key: ApiKey, scope: str) -> None:
    """Let a key through that may do this.

    Raises:
        ForbiddenError: It lacks the scope.
    """
    if scope not in key.scopes and "admin" not in key.scopes:
        raise ForbiddenError(f"this key lacks the scope {scope!r}", code="missing_scope")


def needs(scope: str, *, publishable: bool = False) -> Callable[..., Awaitable[ApiKey]]:
    """Return a dependency that lets through secret keys with `scope`, and publishable ones where that is said."""

    async def allowed(request: Request, ours: Ours, _shown: _Shown = None) -> ApiKey:
        key = await _key(request, ours)
        must_have(key, scope)
        if key.publishable and not publishable:
            raise ForbiddenError("a publishable key can only open a conversation", code="publishable_key")
        return key

    return allowed


async def in_conversation(conversation_id: str, request: Request, ours: Ours, _shown: _Shown = None) -> Stored:
    """Let through the holder of this conversation's token, and secret keys with the scope of its channel.

    Raises:
        NotFoundError: There is no such conversation, or it is not the caller's: which of the two is not said.
    """
    token = bearer(request)
    if token.startswith("hk_"):
        key = await _key(request, ours)
        if key.publishable:
            raise ForbiddenError("a publishable key can only open a conversation", code="publishable_key")
        stored = await ours.conversations.get(conversation_id)
        must_have(key, stored.channel)
        return stored
    holder = ours.identity.holder(token)
    if holder.conversation_id != conversation_id:
        raise NotFoundError("there is no such conversation")
    _same_origin(holder, request)
    return await ours.conversations.get(conversation_id)


async def in_person(request: Request, ours: Ours, _shown: _Shown = None) -> Me:
    """Let through a customer: by their identity token, or by the token of a chat in which they were verified.

    Raises:
        AccessError: The token is malformed, expired or forged; `code` says which.
        ForbiddenError: It is a key (`not_a_customer`), or nobody was verified in that chat (`unverified`).
        NotFoundError: The conversation is gone.
    """
    token = bearer(request)
    if token.startswith("hk_"):
        raise ForbiddenError(
            "a key is no customer; send the customer's identity token, or the token of their conversation",
            code="not_a_customer",
        )
    holder = ours.identity.holder_of(token)
    if holder is None:
        proof = ours.identity.proof(token)
        request.app.state.rates.of_customer(proof.customer_id)
        await ours.customers.control.take_claims(proof, begin=False)
        return Me(proof.customer_id)
    _same_origin(holder, request)
    stored = await ours.conversations.get(holder.conversation_id)
    if stored.customer_id is None or stored.channel != "chat":
        raise ForbiddenError(
            "nobody has proved who is writing here; open a conversation with the customer's `identity`",
            code="unverified",
        )
    request.app.state.rates.of_customer(stored.customer_id)
    return Me(stored.customer_id, stored.id)


def _same_origin(holder: Holder, request: Request) -> None:
    # A browser names no origin when a page reads from its own; it always does from another one, and when it posts.
    if holder.origin and "origin" in request.headers and holder.origin != origin_of(request):
        raise ForbiddenError("this conversation was opened on another origin", code="origin_not_allowed")


async def _key(request: Request, ours: Heedful) -> ApiKey:
    key = await ours.keys.find(bearer(request))
    if key is None:
        raise AccessError("this key is not known here, or was revoked", code="unknown_key")
    if key.publishable and origin_of(request) not in key.origins:
        raise ForbiddenError("this publishable key may not be used from this origin", code="origin_not_allowed")
    request.app.state.rates.of_key(key.id)
    return key
