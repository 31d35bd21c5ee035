"""A real HTTP server on loopback that holds customers as a company's own system does, faults included."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import unquote

Fault = Literal[
    "silent",  # takes the request and never answers
    "stalled",  # the head, half of the body, then silence
    "cut",  # half of the body, then the connection is gone
    "reset",  # the connection closes before a byte has come
    "no_json",  # 200 with a page of HTML
    "no_profile",  # 200 with JSON of another form
    "nobody",  # 200 with a profile that names no customer
    "other",  # 200 with the profile of another customer
    "huge",  # 200 with more than anybody's profile
    "packed",  # 200, gzip although it was not asked for
    "elsewhere",  # 302 to another host
    "moved",  # 302 to another path of its own
    "round",  # 302 to itself, for ever
    "unauthorised",  # 401
    "server_error",  # 500
    "busy",  # 503, with Retry-After: 30
    "teapot",  # 418
]
STATUS: Mapping[str, int] = {"unauthorised": 401, "server_error": 500, "busy": 503, "teapot": 418}


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]  # names in lower case


@dataclass
class Crm:
    """The server: `with Crm() as crm: crm.url`. `facts` by customer id; `fault` holds until it is set to `None`."""

    facts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fault: Fault | None = None
    tags: bool = False  # whether it gives entity tags, and 304 for one it knows
    asked: list[Asked] = field(default_factory=list)
    elsewhere: str = "http://localhost:1/"

    def __enter__(self) -> Self:
        self._over = threading.Event()
        handler = type("Handler", (_Handler,), {"crm": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What HEEDFUL_CRM_URL would be."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/customers"

    def wait(self) -> None:
        """Wait until the test is over."""
        self._over.wait(300)

    def profile(self, customer_id: str) -> bytes:
        """Return the answer for a customer."""
        content = {"customer_id": customer_id, "facts": self.facts.get(customer_id, [])}
        return json.dumps(content, ensure_ascii=False).encode()


class _Handler(BaseHTTPRequestHandler):
    crm: Crm
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.crm.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}))
        customer_id = unquote(self.path.rpartition("/")[2])
        fault = self.crm.fault
        if fault and fault in STATUS:
            self._answer(STATUS[fault], b"no", {"Retry-After": "30"} if fault == "busy" else {})
        elif fault in ("elsewhere", "moved", "round"):
            self._redirect(fault, customer_id)
        elif fault in ("silent", "reset"):
            if fault == "silent":
                self.crm.wait()
            self.close_connection = True
        elif fault:
            self._faulty(fault, customer_id)
        elif customer_id not in self.crm.facts:
            self._answer(404, b"{}")
        else:
            self._profile(customer_id)

    def _profile(self, customer_id: str) -> None:
        body = self.crm.profile(customer_id)
        tag = f'"{hash(body)}"' if self.crm.tags else ""
        if tag and self.headers.get("If-None-Match") == tag:
            self._answer(304, b"", {"ETag": tag})
        else:
            self._answer(200, body, {"ETag": tag} if tag else {})

    def _redirect(self, fault: Fault, customer_id: str) -> None:
        if fault == "moved" and "/v2/" in self.path:
            self._profile(customer_id)
        elif fault == "elsewhere":
            self._answer(302, b"", {"Location": self.crm.elsewhere + customer_id})
        else:
            self._answer(302, b"", {"Location": f"/v2/customers/{customer_id}" if fault == "moved" else self.path})

    def _faulty(self, fault: Fault, customer_id: str) -> None:
        whole = self.crm.profile(customer_id)
        if fault in ("stalled", "cut"):
            self._head(200, len(whole), {})
            self.wfile.write(whole[: len(whole) // 2])
            self.wfile.flush()
            if fault == "stalled":
                self.crm.wait()
            self.close_connection = True
        elif fault == "packed":
            self._answer(200, whole, {"Content-Encoding": "gzip"})
        else:
            bodies: Mapping[str, bytes] = {
                "no_json": b"<!doctype html><p>It works!",
                "no_profile": json.dumps({"customer_id": customer_id, "facts": [{"secret": "S3cret"}]}).encode(),
                "nobody": b'{"facts": []}',
                "other": self.crm.profile("somebody-else"),
                "huge": whole + b" " * 3_000_000,
            }
            self._answer(200, bodies[fault])

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self._head(status, len(body), headers or {})
        try:
            self.wfile.write(body)
        except ConnectionError:
            self.close_connection = True

    def _head(self, status: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
