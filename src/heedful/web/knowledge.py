"""Help content over HTTP: read files again, list articles."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from heedful.errors import InputError
from heedful.keys import ApiKey
from heedful.knowledge.reconcile import Progress, Tell, quiet
from heedful.web import examples
from heedful.web.callers import Ours, needs
from heedful.web.problems import REFUSALS
from heedful.web.sse import named, sent

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"], responses=REFUSALS)

TELL_EVERY_S = 0.1  # of each stage
_syncing: set[asyncio.Task[None]] = set()  # asyncio itself does not hold on to a task


class Sync(BaseModel):
    """Which files and folders to read, as absolute paths on the server's machine.

    With `prune`, articles of files that are gone from there are removed. With `dry_run`, nothing is changed.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.SYNC]})

    paths: list[Path] = Field(min_length=1, max_length=100)
    prune: bool = True
    dry_run: bool = False


@router.post(
    "/sync",
    response_model=None,
    responses={200: examples.answers(examples.SYNCED, says="What was done; with its progress as events on the way.")},
)
async def sync(
    wish: Sync, request: Request, ours: Ours, _key: Annotated[ApiKey, Depends(needs("knowledge"))]
) -> Response | dict[str, Any]:
    """Bring the knowledge in line with these files; progress comes as server-sent events when asked for.

    It goes on to its end, also when the client goes.
    """
    for path in wish.paths:
        # Whether it is there is for the sync to say: a known file may have been deleted.
        if not path.is_absolute() or not await asyncio.to_thread(_is_a_place, path):
            raise InputError(f"{str(path)!r} is not an absolute path to a file or folder on this machine")

    async def work(tell: Tell) -> dict[str, Any]:
        done = await ours.knowledge.sync(wish.paths, prune=wish.prune, dry_run=wish.dry_run, progress=tell)
        return asdict(done)

    return sent(_progress(work)) if _wants_events(request) else await work(quiet)


@router.post(
    "/repair",
    response_model=None,
    responses={200: examples.answers(examples.REPAIRED, says="What was found and mended; its progress as for a sync.")},
)
async def repair(
    request: Request, ours: Ours, _key: Annotated[ApiKey, Depends(needs("knowledge"))]
) -> Response | dict[str, Any]:
    """Look closely at both indexes, and mend what is not as the database has it."""

    async def work(tell: Tell) -> dict[str, Any]:
        return asdict(await ours.knowledge.repair(progress=tell))

    return sent(_progress(work)) if _wants_events(request) else await work(quiet)


@router.get("/articles", responses={200: examples.answers(examples.ARTICLES)})
async def articles(ours: Ours, _key: Annotated[ApiKey, Depends(needs("knowledge"))]) -> dict[str, Any]:
    """List the articles there are, without their text."""
    shown = ("id", "title", "url", "lang", "trust", "updated", "source")
    return {"items": [{name: getattr(one, name) for name in shown} for one in await ours.knowledge.articles()]}


def _is_a_place(path: Path) -> bool:
    """Return whether a file may stand there; a name too long for any, or a folder that may not be entered, is none."""
    try:
        path.exists()
    except OSError:
        return False
    return True


def _wants_events(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


async def _progress(work: Callable[[Tell], Awaitable[dict[str, Any]]]) -> AsyncGenerator[bytes]:
    """Yield `progress` events, each stage's first and last and some between, and last `summary`.

    Raises:
        HeedfulError: It could not be finished.
    """
    steps: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[dict[str, Any]] = loop.create_future()
    last: dict[str, float] = {}

    def tell(step: Progress) -> None:
        now = time.monotonic()
        if step.done == step.total or now - last.get(step.stage, -1.0) >= TELL_EVERY_S:
            last[step.stage] = now
            loop.call_soon_threadsafe(steps.put_nowait, asdict(step))

    async def run() -> None:
        try:
            outcome.set_result(await work(tell))
        except Exception as error:  # noqa: BLE001 - whoever reads the events is told
            outcome.set_exception(error)
            outcome.exception()  # or nobody, when they have gone
        finally:
            loop.call_soon_threadsafe(steps.put_nowait, None)

    task = asyncio.create_task(run())
    _syncing.add(task)
    task.add_done_callback(_syncing.discard)
    while (step := await steps.get()) is not None:
        yield named("progress", step)
    yield named("summary", await outcome)
