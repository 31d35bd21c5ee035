"""What is looked at before anything is read: the size of a body, and which other origins a browser may call from."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from heedful.errors import StoreError
from heedful.keys import ApiKey
from heedful.web.problems import problem

MAX_BODY = 256 * 1024
MAX_MAIL = 12 * 1024 * 1024  # a mail comes with its attachments
CORS_METHODS = "GET, POST, PUT, DELETE, OPTIONS"
CORS_PATHS = ("/v1/conversations", "/v1/me", "/widget.js", "/static/")
CORS_HEADERS = "Authorization, Content-Type, Accept, Last-Event-ID, Idempotency-Key"


class BodyLimit:
    """Refuses a body over the limit, by its stated length or as soon as it has come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_MAIL if scope["path"] == "/v1/email/drafts" else MAX_BODY
        stated = Headers(scope=scope).get("content-length", "")
        refused = problem(413, "too_large", f"the body is larger than {limit // 1024} kB, the most that is taken here")
        if stated.isdecimal() and int(stated) > limit:
            await refused(scope, receive, send)
            return
        body, more = bytearray(), True
        while more:  # bodies here are small: read whole, so that an oversized one is refused before any work
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                await refused(scope, receive, send)
                return
        await self._app(scope, _replayed(bytes(body), receive), send)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once, then waits for the disconnect."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class RequestId:
    """Gives every answer an id that a caller may name when something went wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; add `X-Request-ID` to its answer."""

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = uuid.uuid4().hex
            await send(message)

        await self._app(scope, receive, with_id if scope["type"] == "http" else send)


class Cors:
    """Lets a browser call from the origins of the publishable keys there are, and from no other."""

    FRESH_S = 5.0  # how long an origin may go on after its key was revoked; the key itself stops at once
    AGAIN_S = 0.5  # how soon the keys are read again for an origin that is not among them

    def __init__(self, app: ASGIApp, keys: Callable[[], Awaitable[tuple[ApiKey, ...]]]) -> None:
        self._app = app
        self._keys = keys
        self._origins: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight; add the header that lets a known origin read the answer."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin", "")
        if not origin or not scope["path"].startswith(CORS_PATHS):
            await self._app(scope, receive, send)
            return
        known = await self._is_known(origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            allowed = {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": CORS_METHODS,
                "Access-Control-Allow-Headers": CORS_HEADERS,
                "Access-Control-Max-Age": "600",
            }
            answer = Response(
                status_code=204 if known else 403, headers={**(allowed if known else {}), "Vary": "Origin"}
            )
            await answer(scope, receive, send)
            return

        async def with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                added.add_vary_header("Origin")
                if known or not scope["path"].startswith("/v1/"):
                    added["Access-Control-Allow-Origin"] = origin if known else "*"
                    added["Access-Control-Expose-Headers"] = "Retry-After, X-Request-ID"
            await send(message)

        await self._app(scope, receive, with_header)

    async def _is_known(self, origin: str) -> bool:
        async with self._reading:  # who comes while the keys are being read waits for what they say
            age_s = time.monotonic() - self._read_at
            if age_s > self.FRESH_S or (age_s > self.AGAIN_S and origin not in self._origins):
                with suppress(StoreError):  # what was known stays known; the request itself will say what is wrong
                    self._origins = _origins(await self._keys())
                self._read_at = time.monotonic()
        return origin in self._origins


def _origins(keys: Iterable[ApiKey]) -> frozenset[str]:
    """Return the origins of the pages that may call."""
    usable = [key for key in keys if key.publishable and key.revoked_at is None]
    return frozenset(origin for key in usable for origin in key.origins)
