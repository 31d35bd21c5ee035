"""What the service writes down about itself: where something went wrong, never anybody's words."""

from __future__ import annotations

import asyncio
import logging
import traceback
from types import TracebackType
from typing import Any

from heedful.errors import StoreError, UpstreamError

log = logging.getLogger("heedful")


class Wordless(logging.Formatter):
    """Writes an error as its kind and the lines of code it came through; its words may be a customer's."""

    def formatException(  # noqa: N802 - the name is the standard library's
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the lines of code and the kind of the error."""
        kind, _, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def start(level: str) -> None:
    """Write to standard error: of ours from `level` on (`debug`, `info` …), of others only what is wrong."""
    ours, others = logging.StreamHandler(), logging.StreamHandler()
    others.setLevel(logging.WARNING)  # a handler's level holds, whatever a package sets for itself
    others.addFilter(_is_of_note)
    for handler in (ours, others):
        handler.setFormatter(Wordless("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().handlers[:] = [others]
    logging.getLogger().setLevel(logging.WARNING)
    log.handlers, log.propagate = [ours], False
    log.setLevel(level.upper())


def _is_of_note(record: logging.LogRecord) -> bool:
    """Whether something is wrong: open streams that end with the server are not."""
    kind = record.exc_info[0] if record.exc_info else None
    ends_with_us = isinstance(record.msg, str) and record.msg.startswith("Cancel %s running task(s)")
    return kind is not asyncio.CancelledError and not ends_with_us


def report(error: BaseException) -> None:
    """Write down an error: what failed outside in our own words, and of one that nobody foresaw where it came from."""
    if isinstance(error, UpstreamError | StoreError):
        log.warning("%s: %s", error.code, error)
        return
    log.error("an error nobody foresaw", exc_info=(type(error), error, error.__traceback__))


def on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Write down what went wrong in a task that nobody waits for; asyncio's own way would print the error's words."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        report(error)
    else:
        log.warning("asyncio: %s", str(context.get("message", ""))[:80])
