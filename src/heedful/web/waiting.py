"""Answers that are waited for in one piece: the work is for whoever asked, and ends when they have gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

Given = TypeVar("Given")


async def while_connected(request: Request, work: Coroutine[Any, Any, Given]) -> Given:
    """Return what `work` gives; it is cancelled when the client goes. The request's body has to be read already.

    Raises:
        ClientDisconnect: The client has gone.
    """
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        leaving.cancel()
        working.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
