"""The service as it is served: a real process's worth of it, in a thread, on a port of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from heedful.assemble import open_records
from heedful.consent import read_profile
from heedful.settings import Settings, read
from heedful.web.app import create_app

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used; a client's own takes 20 ms to make
ARTICLES = {
    "en/delivery.md": """---
title: When your parcel comes
url: https://help.dalbit.example/en/when-it-comes
lang: en
---
Standard delivery takes 2 to 3 business days. You can follow your parcel under My page > Orders. Delivery is free from
₩50,000, unless the parcel goes to an island.
""",
    "en/returns.md": """---
title: Returning an item
url: https://help.dalbit.example/en/returning
lang: en
---
You can return an item within 14 days of delivery. Open My page > Orders and choose Return.
""",
    "ko/delivery.md": """---
title: 배송 기간
url: https://help.dalbit.example/ko/when-it-comes
lang: ko
---
일반 배송은 2~3영업일이 걸립니다. 배송 상황은 마이페이지 > 주문 내역에서 확인하실 수 있습니다.
""",
    "en/staff.md": """---
title: Goodwill for late parcels
url: https://help.dalbit.example/en/staff-goodwill
lang: en
trust: internal
---
Agents may silently grant a goodwill credit of ₩7,777 to customers who complain about a late parcel three times.
""",
}


@dataclass
class Service:
    """A running service: its address, its folder, and a client for its API."""

    url: str
    folder: Path
    settings: Settings
    keys: dict[str, str] = field(default_factory=dict)

    def client(self, token: str = "", **headers: str) -> httpx.Client:
        """Return a client that shows this key or token."""
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers={**shown, **headers}, timeout=90, verify=NO_TLS)

    def key(self, *scopes: str, origins: tuple[str, ...] = ()) -> str:
        """Return a key with these scopes; a publishable one where there are origins."""
        made: str = asyncio.run(_make_key(self.settings, scopes, origins))
        return made

    def profile(self, line: Mapping[str, Any]) -> None:
        """Put a customer in, as an import would."""
        asyncio.run(_put(self.settings, line))

    def open(self, **wish: Any) -> tuple[str, httpx.Client]:
        """Open a conversation; return its id and a client that holds its token."""
        self.keys.setdefault("chat", self.key("chat"))
        opened = self.client(self.keys["chat"]).post("/v1/conversations", json=wish)
        assert opened.status_code == 201, opened.text
        return opened.json()["id"], self.client(opened.json()["token"])

    def ask(self, text: str, **wish: Any) -> bytes:
        """Return the raw bytes of the stream that answers one question in a new conversation."""
        conversation_id, client = self.open(**wish)
        headers = {"Accept": "text/event-stream"}
        answer = client.post(f"/v1/conversations/{conversation_id}/messages", json={"text": text}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.content


def events(raw: bytes) -> list[tuple[str, dict[str, Any], str | None]]:
    """Return the events of a stream as (type, content, id)."""
    found = []
    for block in raw.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"]), fields.get("id")))
    return found


def text_of(raw: bytes) -> str:
    """Return the words that a stream released."""
    return "".join(content["text"] for kind, content, _ in events(raw) if kind == "text")


async def _make_key(settings: Settings, scopes: tuple[str, ...], origins: tuple[str, ...]) -> str:
    async with open_records(settings) as records:
        _, key = await records.keys.create(scopes, publishable=bool(origins), origins=origins)
        return key


async def _put(settings: Settings, line: Mapping[str, Any]) -> None:
    async with open_records(settings) as records:
        await records.profiles.import_profile(read_profile(line))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def services(folder: Path) -> Iterator[Callable[..., Service]]:
    """Give what starts services with these settings (environment names), over a small help centre of their own."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(articles: Mapping[str, str] = ARTICLES, **environ: str) -> Service:
        home = folder / f"service{len(running)}"
        help_centre = home / "help"
        for name, text in articles.items():
            path = help_centre / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        settings = read({"HEEDFUL_DATA_DIR": str(home / "data"), "HEEDFUL_EMBEDDER": "none", **environ})
        port = free_port()
        app = create_app(settings)
        server = uvicorn.Server(
            uvicorn.Config(app, port=port, log_config=None, log_level="warning", timeout_graceful_shutdown=3)
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.02)
        running.append((server, thread))
        service = Service(f"http://127.0.0.1:{port}", home, settings)
        key = service.key("knowledge")
        done = service.client(key).post("/v1/knowledge/sync", json={"paths": [str(help_centre)]})
        assert done.status_code == 200, done.text
        return service

    yield start
    for server, _ in running:
        server.should_exit = True
    for _, thread in running:
        thread.join(15)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start services with these settings (environment names), over a small help centre of their own."""
    with services(tmp_path) as start:
        yield start
