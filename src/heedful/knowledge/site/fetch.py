"""One address → what a web server answers, within bounds: the only place here that speaks to a network."""

from __future__ import annotations

import asyncio
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from heedful import __version__
from heedful.errors import UpstreamError
from heedful.knowledge.site.hosts import Hosts
from heedful.knowledge.site.limits import Limits
from heedful.model_calls import retry_after_s

if TYPE_CHECKING:
    import httpx

USER_AGENT = f"heedful/{__version__} (reads help content for its owner)"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({429, 503})
ACCEPTED = "text/html, application/xhtml+xml, application/pdf;q=0.8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one address. `body` is empty for all but a whole 200 of a kind that was wanted."""

    address: str
    status: int
    kind: str = ""  # text/html …
    charset: str = ""
    location: str = ""
    etag: str = ""
    modified: str = ""  # Last-Modified, as it was sent
    robots: str = ""  # X-Robots-Tag
    body: bytes = b""


class CutError(UpstreamError):
    """An answer was over a limit that the message names; asking again will not help."""


class LostError(UpstreamError):
    """The connection went away under a request."""


class Reader:
    """Asks a web server, one request after another with a pause between; redirects are for the caller to follow."""

    def __init__(self, client: httpx.AsyncClient, hosts: Hosts, limits: Limits) -> None:
        self._client = client
        self._hosts = hosts
        self._limits = limits
        self._turn = asyncio.Lock()
        self._next = 0.0
        self.pause_s = limits.pause_s
        self.bytes_read = 0

    async def get(
        self, address: str, *, most_bytes: int, conditions: Mapping[str, str] | None = None, accept: str = ""
    ) -> Answer:
        """Return what the server answers; a busy one is asked again after the pause it wants.

        With `accept`, bodies of other kinds (their beginnings, with `, ` between) are not read.

        Raises:
            CutError: The answer was too large, or in a form that is not read.
            UpstreamError: Nobody answered, too slowly, or the name leads where it must not.
        """
        for more in range(self._limits.tries - 1, -1, -1):
            try:
                answer, wait_s = await self._asked(address, most_bytes, conditions or {}, accept)
            except LostError:  # a server may close a kept connection at the moment we use it
                if not more:
                    raise
                continue
            if wait_s is None or not more or wait_s > self._limits.retry_after_s:
                break
            await asyncio.sleep(wait_s)
        return answer

    async def _asked(
        self, address: str, most_bytes: int, conditions: Mapping[str, str], accept: str
    ) -> tuple[Answer, float | None]:
        """The answer, and the seconds after which to ask again; `None` when there is no need to."""
        import httpx

        await self._wait_for_turn()
        try:
            async with asyncio.timeout(self._limits.page_s), self._opened(address, conditions) as response:
                head = _head(address, response)
                if head.status in BUSY:
                    self.pause_s = min(self.pause_s * 2, max(self.pause_s, self._limits.crawl_delay_s))
                    wait_s = retry_after_s(response.headers)
                    return head, self.pause_s if wait_s is None else wait_s
                if head.status != 200 or (accept and not head.kind.startswith(tuple(accept.split(", ")))):
                    return head, None
                body = await self._body(response, most_bytes)
        except TimeoutError as error:
            raise UpstreamError(f"it took longer than {self._limits.page_s:g} s", retryable=True) from error
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
            raise LostError(f"the connection was lost ({_said(error)})", retryable=True) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UpstreamError(f"it did not answer ({_said(error)})", retryable=True) from error
        return replace(head, body=body), None

    @asynccontextmanager
    async def _opened(self, address: str, conditions: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """Ask the machine that was looked up, by its number, so that nobody looks the name up a second time."""
        import httpx

        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        headers = {"Host": parts.netloc, "Accept": ACCEPTED, **conditions}
        numbers = await self._hosts.addresses(host, port)
        for number in numbers:
            shown = f"[{number}]" if ":" in number else number
            there = urlunsplit((parts.scheme, f"{shown}:{port}", parts.path, parts.query, ""))
            request = self._client.build_request("GET", there, headers=headers, extensions={"sni_hostname": host})
            try:
                response = await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == numbers[-1]:
                    self._hosts.forget(host, port)
                    raise
                continue
            try:
                yield response
            finally:
                await response.aclose()
            return

    async def _body(self, response: httpx.Response, most: int) -> bytes:
        """Read and unpack; never holds more than `most` and one piece of what the network gave."""
        packed = response.headers.get("content-encoding", "identity").strip().lower()
        if packed not in ("identity", "gzip", "x-gzip", ""):
            raise CutError(f"it is packed as {packed!r}, although gzip was asked for")
        unpacking = zlib.decompressobj(wbits=31) if "gzip" in packed else None
        whole, came = bytearray(), 0
        async for piece in response.aiter_raw():
            before, came = len(whole), came + len(piece)
            try:
                whole += unpacking.decompress(piece, most + 1 - len(whole)) if unpacking else piece
            except zlib.error as error:
                raise CutError("what it sends as gzip is damaged") from error
            if max(came, len(whole)) > most:
                raise CutError(f"it has more than {most / 1_000_000:g} MB")
            self.bytes_read += len(whole) - before
            if self.bytes_read > self._limits.total_bytes:
                raise CutError(f"with it the site has more than {self._limits.total_bytes / 1_000_000:g} MB")
            if unpacking is not None and unpacking.eof:
                break  # what follows the end is nothing of the page
        if unpacking is not None and whole and not unpacking.eof:
            raise LostError("it ended in the middle", retryable=True)
        return bytes(whole)

    async def _wait_for_turn(self) -> None:
        async with self._turn:
            await asyncio.sleep(max(0.0, self._next - time.monotonic()))
            self._next = time.monotonic() + self.pause_s


@asynccontextmanager
async def reading(limits: Limits, hosts: Hosts | None = None) -> AsyncIterator[Reader]:
    """Give a reader whose connections end with it."""
    import httpx

    trust = httpx.create_ssl_context(trust_env=False)
    trust.load_default_certs(ssl.Purpose.SERVER_AUTH)  # a company's own authority, where the system knows it
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", "Accept-Language": "*"}
    connections = httpx.Limits(max_connections=limits.at_once, max_keepalive_connections=limits.at_once)
    async with httpx.AsyncClient(
        headers=headers, verify=trust, timeout=limits.page_s, limits=connections, trust_env=False, http2=False
    ) as client:
        yield Reader(client, hosts or Hosts(), limits)


def _head(address: str, response: httpx.Response) -> Answer:
    kind, _, rest = response.headers.get("content-type", "").partition(";")
    charset = next((value for name, _, value in _parameters(rest) if name == "charset"), "")
    return Answer(
        address=address,
        status=response.status_code,
        kind=kind.strip().lower(),
        charset=charset,
        location=response.headers.get("location", "") if response.status_code in REDIRECTS else "",
        etag=response.headers.get("etag", ""),
        modified=response.headers.get("last-modified", ""),
        robots=response.headers.get("x-robots-tag", ""),
    )


def _parameters(rest: str) -> list[tuple[str, str, str]]:
    parts = (part.partition("=") for part in rest.split(";"))
    return [(name.strip().lower(), mark, value.strip(" \t\"'").lower()) for name, mark, value in parts]


def _said(error: Exception) -> str:
    """What went wrong, without the address."""
    return " ".join(str(error).split())[:200] or type(error).__name__
