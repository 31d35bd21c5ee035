"""A shop's website on an origin of its own, with whatever pages and policies a test gives it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Shop:
    """A web server on loopback: `with Shop() as shop: page = shop.page("/", html)`."""

    def __init__(self) -> None:
        self.key = ""  # a publishable key for its pages
        self._files: dict[str, tuple[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="shop", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def origin(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, path: str, content: str, *, policy: str = "") -> str:
        """Put a file there, with its Content-Security-Policy; return its address."""
        self._files[path] = (content, policy)
        return self.origin + path

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        files = self._files

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content, policy = files.get(self.path, ("", ""))
                self.send_response(200 if content else 404)
                kind = "text/css" if self.path.endswith(".css") else "text/html; charset=utf-8"
                self.send_header("Content-Type", kind)
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Answering
