"""The service: `create_app` puts the surfaces together over what `assemble` made of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress

from fastapi import FastAPI
from starlette.types import ASGIApp

from heedful import __version__
from heedful.assemble import Heedful, assemble
from heedful.errors import BusyError, HeedfulError
from heedful.keys import ApiKey, origin
from heedful.settings import Settings, read
from heedful.web import assist, chat, check, email, health, knowledge, me, pages, profiles
from heedful.web.limits import BodyLimit, Cors, RequestId
from heedful.web.logs import report
from heedful.web.openings import Openings
from heedful.web.problems import register
from heedful.web.rates import Rates


class DemoKeys:
    """The keys of the demo pages: made when first asked for, gone with the process."""

    MOST = 50  # anyone may name an address in `Host`

    def __init__(self, ours: Heedful) -> None:
        self._ours = ours
        self._making = asyncio.Lock()
        self._made: dict[str, tuple[str, str]] = {}

    async def publishable(self, base_url: str) -> str:
        """Return the key for a page of this service's own origin."""
        page = origin(base_url)
        return await self._key(page, {"chat"}, origins=[page])

    async def assist(self) -> str:
        """Return the key for the agents' page."""
        return await self._key("assist", {"assist"}, origins=[])

    async def revoke(self) -> None:
        """Make all of them useless."""
        for key_id, _ in self._made.values():
            with suppress(HeedfulError):
                await self._ours.keys.revoke(key_id)

    async def _key(self, name: str, scopes: set[str], *, origins: list[str]) -> str:
        async with self._making:
            if name not in self._made:
                if len(self._made) >= self.MOST:
                    raise BusyError("the demo is being looked at under too many addresses", retry_after_s=3600)
                self._made[name] = await self._ours.keys.create(scopes, publishable=bool(origins), origins=origins)
        return self._made[name][1]


def create_app(settings: Settings | None = None, *, ours: Heedful | None = None, settle: bool = True) -> FastAPI:
    """Return the service over `ours`; without it, what is needed is opened when it starts and closed when it ends.

    `settle` is `assemble`'s: false for one of several workers.
    """
    settings = settings or read()
    given = ours

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with nullcontext(given) if given else assemble(settings, report=report, settle=settle, warm=True) as ours:
            app.state.heedful = ours
            app.state.rates = Rates(
                messages_per_minute=settings.messages_per_minute, requests_per_minute=settings.requests_per_minute
            )
            app.state.openings = Openings()
            app.state.demo_keys = DemoKeys(ours)
            yield
            await app.state.demo_keys.revoke()

    app = FastAPI(
        title="heedful",
        version=__version__,
        summary="Answers a company's customers, and checks every reply before it is sent.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )

    async def all_keys() -> tuple[ApiKey, ...]:
        ours: Heedful = app.state.heedful
        return await ours.keys.list()

    def cors(inner: ASGIApp) -> Cors:
        return Cors(inner, all_keys)

    app.add_middleware(BodyLimit)
    app.add_middleware(cors)
    app.add_middleware(RequestId)
    register(app)
    for surface in (chat, me, profiles, assist, email, check, knowledge, health, pages):
        app.include_router(surface.router)
    return app
