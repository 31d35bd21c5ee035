"""A real web site on loopback, of our own: its pages are values, and so is what goes wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import html
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

Fault = Literal[
    "trickle",  # the head at once, then a byte each 50 ms, without end
    "silent",  # takes the request and never answers
    "cut",  # half of what Content-Length promises, then the connection is gone
    "reset",  # the connection is gone before a byte has come
    "endless",  # bytes as fast as they are taken, without end and without Content-Length
]


@dataclass(frozen=True, slots=True)
class Reply:
    """What one path answers."""

    body: bytes = b""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    has_etag: bool = True
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its path with the query, and its headers, names in lower case."""

    path: str
    headers: Mapping[str, str]
    status: int


def page(title: str, text: str = "", *links: str, head: str = "", lang: str = "en", **more: object) -> Reply:
    """Return an HTML page with a heading, two sentences of its own, and links."""
    anchors = "".join(f'<li><a href="{html.escape(link)}">to {html.escape(link)}</a></li>' for link in links)
    words = text or f"This page answers what customers ask about {title}. It has a second sentence about {title}."
    body = (
        f'<!doctype html><html lang="{lang}"><head><title>{title}</title>{head}</head>'
        f"<body><nav><ul>{anchors}</ul></nav><main><h1>{title}</h1><p>{words}</p></main></body></html>"
    )
    return Reply(body.encode(), **more)  # type: ignore[arg-type]


def leads_to(address: str, status: int = 301) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers={"Location": address}, has_etag=False)


def text(content: str | bytes, kind: str = "text/plain", **more: object) -> Reply:
    """Return anything that is not a page: robots.txt, a sitemap, a file."""
    return Reply(content.encode() if isinstance(content, str) else content, kind=kind, **more)  # type: ignore[arg-type]


def sitemap(*addresses: str, day: str = "") -> Reply:
    """Return a sitemap that lists these addresses."""
    changed = f"<lastmod>{day}T10:00:00+09:00</lastmod>" if day else ""
    listed = "".join(f"<url><loc>{html.escape(one)}</loc>{changed}</url>" for one in addresses)
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    return text(f'<?xml version="1.0" encoding="UTF-8"?><urlset {space}>{listed}</urlset>', "application/xml")


class Site:
    """The server, in a thread with a loop of its own: `with Site({"/": page("Help")}) as site: site.url`.

    `pages` may be changed at any time; `otherwise` answers for paths that are not in it.
    """

    def __init__(
        self,
        pages: Mapping[str, Reply] | None = None,
        otherwise: Callable[[str], Reply | None] = lambda _: None,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.pages: dict[str, Reply] = dict(pages or {})
        self.otherwise = otherwise
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._tls = tls
        self._at_once = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="site", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """The address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def paths(self, status: int | None = None) -> list[str]:
        """Return the paths asked for in the order of their names, and forget them; with `status`, of those answers."""
        found = sorted(one.path for one in self.asked if status in (None, one.status))
        self.asked.clear()
        return found

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._answer(reader, writer):
                pass
        self._talks.discard(task)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
        path = first.split(" ")[1]
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        reply = self.pages.get(path) or self.otherwise(path) or Reply(b"not here", 404, has_etag=False)
        etag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"' if reply.has_etag else ""
        status = 304 if etag and headers.get("if-none-match") == etag and reply.status == 200 else reply.status
        self.asked.append(Asked(path, headers, status))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0)
            return await self._send(writer, reply, status, etag)
        finally:
            self._at_once -= 1

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply, status: int, etag: str) -> bool:
        if reply.fault == "silent":
            await self._over.wait()
        if reply.fault == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        body = b"" if status == 304 else reply.body
        said = {"Content-Type": reply.kind, **({"ETag": etag} if etag else {}), **reply.headers}
        if reply.fault in (None, "cut"):
            said["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        writer.write(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode("latin-1"))
        if reply.fault == "cut":
            writer.write(body[: len(body) // 2])
            await writer.drain()
            return False
        while reply.fault in ("trickle", "endless"):
            writer.write(b"<" if reply.fault == "trickle" else b"<p>more</p>" * 5_000)
            await writer.drain()
            await asyncio.sleep(0.05 if reply.fault == "trickle" else 0)
        writer.write(body)
        await writer.drain()
        return True
