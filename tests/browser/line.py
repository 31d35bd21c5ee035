"""A line between a browser and the service that a test can cut, and keep dead for a while."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class Line:
    """A TCP relay on loopback: `with Line(port) as line: line.url`; `cut()` drops every connection there is."""

    def __init__(self, to_port: int) -> None:
        self._to = ("127.0.0.1", to_port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.is_dead = False  # new connections are dropped as well

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="line", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        self.cut()

    @property
    def url(self) -> str:
        """Where a browser reaches the service through this line."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def cut(self) -> None:
        """Drop every connection, in the middle of whatever is being said."""
        with self._guard:
            ends, self._open = self._open, set()
        for end in ends:
            _drop(end)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self.is_dead:
                _drop(near)
                continue
            far = socket.create_connection(self._to)
            with self._guard:
                self._open |= {near, far}
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while words := one.recv(65536):
            other.sendall(words)
    _drop(one)
    _drop(other)


def _drop(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
