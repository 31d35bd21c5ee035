"""A company's own system over HTTP: what it holds about one customer, in time or not at all. See `docs/crm.md`."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from heedful.adapters.crm_kept import Answers, Kept, Pause
from heedful.adapters.crm_reading import body_of, read_answer
from heedful.errors import UpstreamError
from heedful.keys import keyed_digest
from heedful.model_calls import retry_after_s
from heedful.ports import Profile
from heedful.values import Fact

if TYPE_CHECKING:
    import httpx

ID_MOST = 400  # characters of a customer's id; longer ones are nobody's
HOPS = 3  # redirects on the same host
TRIES = 2  # a kept connection may be closed at the moment it is used
PROBE = "heedful-doctor"  # an id that nobody has


class CrmProfiles:
    """A `ProfileStore` behind `GET {url}/{customer_id}`; one client, and so one pool of connections, for all looks."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        timeout_s: float = 1.5,
        cache_s: float = 20.0,
        categories: Collection[str] | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Get ready to ask; nothing is sent yet.

        `timeout_s` holds for one look, redirects and repeats included. Facts of other `categories` are left out and
        counted; `None` takes all. `tick` counts seconds and never goes back.
        """
        self._url = url.rstrip("/")
        self._token = token
        self._timeout_s = timeout_s
        self._cache_s = cache_s
        self._categories = None if categories is None else frozenset(categories)
        self._tick = tick
        self._answers = Answers()
        self._pause = Pause()
        self._asking: dict[str, tuple[asyncio.Lock, list[None]]] = {}  # by customer, with one item for each who looks
        self._key = secrets.token_bytes(32)
        self._opened: httpx.AsyncClient | None = None
        self.left_out = 0  # facts of categories that are not taken, in all answers so far

    def __repr__(self) -> str:
        return "CrmProfiles(…)"

    async def profile(self, customer_id: str) -> Profile | None:
        """Return what that system holds about this customer; `None` when nothing is, or it says 404.

        Raises:
            UpstreamError: It did not answer in time, or not with this customer's facts.
        """
        if not _can_be_asked_for(customer_id):
            return None
        try:
            async with asyncio.timeout(self._timeout_s), self._alone(customer_id):
                return await self._look(customer_id)
        except TimeoutError as error:
            self._pause.failed(self._tick(), None)
            message = f"the company's own system did not answer within {self._timeout_s:g} s; see HEEDFUL_CRM_TIMEOUT_S"
            raise UpstreamError(message, retryable=True, code="crm_timeout") from error

    def digest(self, canonical: str) -> str:
        """Return a digest nobody else can make: this store has no index."""
        return keyed_digest(self._key, canonical)

    async def holders(self, digests: Sequence[str]) -> Mapping[str, frozenset[str]] | None:
        """Return `None`: such a system can't be asked who holds a value."""
        del digests
        return None

    async def probe(self) -> None:
        """Ask for somebody there is not, as `heedful doctor` does.

        Raises:
            UpstreamError: It can't be asked; the message says why.
        """
        self.drop(PROBE)
        await self.profile(PROBE)

    def drop(self, customer_id: str) -> None:
        """Forget what was said about this customer, as after an erasure."""
        self._answers.drop(customer_id)

    @property
    def is_down(self) -> bool:
        """Whether the last look failed."""
        return self._pause.is_down

    async def close(self) -> None:
        """Forget everything and let go of the connections."""
        self._answers.clear()
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None

    @asynccontextmanager
    async def _alone(self, customer_id: str) -> AsyncIterator[None]:
        """One look at a customer at a time: who comes second finds what the first was told."""
        lock, looking = self._asking.setdefault(customer_id, (asyncio.Lock(), []))
        looking.append(None)
        try:
            async with lock:
                yield
        finally:
            looking.pop()
            if not looking:
                del self._asking[customer_id]

    async def _look(self, customer_id: str) -> Profile | None:
        now = self._tick()
        known = self._answers.about(customer_id, now)
        if known is not None and now < known.fresh_until:
            return known.profile
        self._pause.check(now)
        try:
            profile, etag = await self._ask(customer_id, known)
        except UpstreamError as error:
            self._pause.failed(self._tick(), error.retry_after_s)
            raise
        self._pause.answered()
        if self._cache_s > 0:
            now = self._tick()
            self._answers.keep(customer_id, Kept(profile, etag, now, now + self._cache_s))
        return profile

    async def _ask(self, customer_id: str, known: Kept | None) -> tuple[Profile | None, str]:
        """Return what is held, and the entity tag of the answer."""
        url = f"{self._url}/{quote(customer_id, safe='')}"
        conditions = {"If-None-Match": known.etag} if known is not None and known.etag else {}
        for hop in range(HOPS + 1):
            status, headers, body = await self._get(url, conditions)
            if status not in (301, 302, 303, 307, 308):
                break
            url = self._followed(url, headers.get("location", ""), hop)
        if status == 304 and known is not None and conditions:
            return known.profile, known.etag
        if status in (404, 410):
            return None, ""
        if status != 200:
            raise _refused(status, headers)
        profile = read_answer(customer_id, body)
        facts = tuple(fact for fact in profile.facts if self._takes(fact))
        self.left_out += len(profile.facts) - len(facts)
        return replace(profile, facts=facts), headers.get("etag", "")

    async def _get(self, url: str, conditions: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        import httpx

        for more in range(TRIES - 1, -1, -1):
            try:
                async with self._client().stream("GET", url, headers=dict(conditions)) as response:
                    body = await body_of(response) if response.status_code == 200 else b""
                    return response.status_code, response.headers, body
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
                if not more:
                    raise _unreachable("cut the connection") from error
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                raise _unreachable("can't be reached") from error
        raise _unreachable("can't be reached")

    def _client(self) -> httpx.AsyncClient:
        import httpx

        if self._opened is None:
            headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
            if self._token:
                headers["Authorization"] = f"Bearer {self._token}"
            # The whole look has one bound, see `profile`; redirects are followed by hand, on the same host only.
            self._opened = httpx.AsyncClient(headers=headers, timeout=None, follow_redirects=False)  # noqa: S113
        return self._opened

    def _followed(self, url: str, location: str, hop: int) -> str:
        """Return where a redirect leads.

        Raises:
            UpstreamError: To another host, which must not get the token, or nowhere.
        """
        there = urljoin(url, location)
        if not location or _origin(there) != _origin(url) or hop == HOPS:
            message = "the company's own system sends heedful elsewhere; set HEEDFUL_CRM_URL to where it answers itself"
            raise UpstreamError(message, code="crm_redirected")
        return there

    def _takes(self, fact: Fact) -> bool:
        return self._categories is None or fact.category in self._categories


def _can_be_asked_for(customer_id: str) -> bool:
    """Whether the id can stand in an address without becoming another one's."""
    if not customer_id or len(customer_id) > ID_MOST or customer_id.strip(".") == "":
        return False
    return customer_id.isprintable()  # no control character, and no half of one


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _refused(status: int, headers: Mapping[str, str]) -> UpstreamError:
    if status in (401, 403):
        message = f"the company's own system did not accept the token (HTTP {status}); set HEEDFUL_CRM_TOKEN"
        return UpstreamError(message, code="crm_unauthorised")
    message = f"the company's own system could not answer (HTTP {status})"
    later = status in (408, 425, 429) or status >= 500
    wait_s = retry_after_s(headers) if later else None
    return UpstreamError(message, retryable=later, retry_after_s=wait_s, code="crm_unavailable")


def _unreachable(what: str) -> UpstreamError:
    message = f"the company's own system {what}; check HEEDFUL_CRM_URL"
    return UpstreamError(message, retryable=True, code="crm_unreachable")
