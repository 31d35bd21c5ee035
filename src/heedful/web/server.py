"""Runs the service: one process with all in it, or several workers beside a Chroma server."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

import uvicorn
from fastapi import FastAPI

from heedful import running
from heedful.assemble import Heedful, Records, assemble, open_records
from heedful.errors import HeedfulError, SettingsError, StoreError
from heedful.prepare import fetch, prepare
from heedful.settings import Settings, read
from heedful.web import logs
from heedful.web.app import create_app

SCOPES = ("knowledge", "chat", "assist", "email", "check", "admin")  # of the key for the command line
TURN_S = 0.0005  # Python's own is ten times that, and the loop gives way a dozen times a reply
GRACE_S = 3  # how long open streams may go on when the service is told to end

Say = Callable[[str], None]


def serve(settings: Settings, *, setup: bool, workers: int, say: Say) -> None:
    """Serve until told to end (SIGINT, SIGTERM); `say` is told where, as soon as it answers.

    Raises:
        SettingsError: The address is in use, or another server runs over the data folder.
        HeedfulError: Whatever `assemble` says.
    """
    logs.start(settings.log_level)
    with running.hold(settings.data_dir, waiting=say):
        listening = _listening(settings)
        if setup:
            fetch(settings, say=say)
        if workers > 1:
            _serve_many(settings, listening, workers, say)
            return
        with listening, suppress(asyncio.CancelledError):
            _take_turns()
            with asyncio.Runner(loop_factory=uvicorn.Config("", **_options()).get_loop_factory()) as runner:
                runner.run(_serve_alone(settings, listening, say, setup=setup))


def worker() -> FastAPI:
    """Return the service of one of several workers; uvicorn calls this in each."""
    settings = read()
    logs.start(settings.log_level)
    _take_turns()
    return create_app(settings, settle=False)


def _take_turns() -> None:
    """Have threads give way often: the one that serves waits for whichever checks or writes at the moment."""
    sys.setswitchinterval(TURN_S)


class _Server(uvicorn.Server):
    """Says when it listens, and leaves signals to us: what was opened before it is closed after it."""

    def __init__(self, config: uvicorn.Config, begun: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._begun = begun

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        await self._begun()

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # it is a generator there
        """Do nothing."""
        return nullcontext()

    def end(self) -> None:
        """Finish what is being answered; told twice, end at once."""
        self.force_exit, self.should_exit = self.should_exit, True


async def _serve_alone(settings: Settings, listening: socket.socket, say: Say, *, setup: bool) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    loop.set_exception_handler(logs.on_loop_error)
    serving: list[_Server] = []

    def end() -> None:
        if serving:
            serving[0].end()
        elif task is not None:
            task.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, end)
    async with assemble(settings, report=logs.report, warm=True) as ours:
        if setup:
            await prepare(ours, say=say)
        async with _key(ours.records) as key:
            here = running.Server(_reachable(listening), key, os.getpid())

            async def begun() -> None:
                running.announce(settings.data_dir, here)
                await _tell(settings, ours, here, say)

            app = create_app(settings, ours=ours)
            server = _Server(uvicorn.Config(app, **_options()), begun)
            serving.append(server)
            try:
                await server.serve(sockets=[listening])
            except OSError as error:  # bound by two that were starting, and the other one was sooner
                raise _taken(settings, error) from error
            finally:
                running.withdraw(settings.data_dir, here)


def _serve_many(settings: Settings, listening: socket.socket, workers: int, say: Say) -> None:
    url, port = _reachable(listening), listening.getsockname()[1]
    listening.close()
    key_id, key = asyncio.run(_tried(settings))
    here = running.Server(url, key, os.getpid())
    threading.Thread(target=_announce_when_up, args=(settings, here, say), daemon=True).start()
    try:
        uvicorn.run(
            "heedful.web.server:worker", factory=True, host=settings.host, port=port, workers=workers, **_options()
        )
    except SystemExit as error:
        if error.code:
            raise HeedfulError("the workers could not start; what they wrote above says why") from None
    finally:
        running.withdraw(settings.data_dir, here)
        asyncio.run(_revoked(settings, key_id))


def _options() -> dict[str, Any]:
    """Return what uvicorn is told besides where; proxies' headers are believed from this machine only."""
    return {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE_S,
        "timeout_keep_alive": 20,
    }


def _listening(settings: Settings) -> socket.socket:
    """Return a socket bound to the address of the settings."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"HEEDFUL_HOST is {settings.host!r}, which is no address of this machine") from error
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)  # uvicorn listens, when everything is there: nobody's request waits for that
    except (OSError, OverflowError) as error:
        bound.close()
        raise _taken(settings, error) from error
    return bound


def _taken(settings: Settings, error: Exception) -> SettingsError:
    why = getattr(error, "strerror", None) or str(error)
    return SettingsError(
        f"{settings.host}:{settings.port} can't be listened on ({why}); choose another with --port or --host"
    )


def _reachable(listening: socket.socket) -> str:
    """Return the address at which this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _tell(settings: Settings, ours: Heedful, here: running.Server, say: Say) -> None:
    if not await ours.knowledge.articles():
        say("There is no help content yet: `heedful ingest FOLDER` reads yours, `heedful serve --setup` the sample.")
    address = settings.public_url or here.url
    say(f"heedful is ready: {address}" + (" (the demo)" if settings.demo else ""))


@asynccontextmanager
async def _key(records: Records) -> AsyncIterator[str]:
    """Give a key for the command line, useless afterwards; one that a crash left behind is made so first."""
    key_id, key = await _fresh_key(records)
    try:
        yield key
    finally:
        with suppress(StoreError):
            await records.keys.revoke(key_id)


async def _fresh_key(records: Records) -> tuple[str, str]:
    left = running.announced(records.settings.data_dir)
    known = await records.keys.find(left.key) if left else None
    if known is not None:
        await records.keys.revoke(known.id)
    return await records.keys.create(SCOPES)


async def _tried(settings: Settings) -> tuple[str, str]:
    """Open all there is once, so that what is set up wrongly is said once and clearly; return a key's id and key."""
    async with assemble(settings) as ours:
        return await _fresh_key(ours.records)


async def _revoked(settings: Settings, key_id: str) -> None:
    with suppress(HeedfulError):
        async with open_records(settings) as records:
            await records.keys.revoke(key_id)


def _announce_when_up(settings: Settings, here: running.Server, say: Say) -> None:
    while not running.answers(here):
        time.sleep(0.2)
    running.announce(settings.data_dir, here)
    say(f"heedful is ready: {settings.public_url or here.url}")
