"""Is it alive, is it ready, which version is it. Readiness never calls a paid model."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from heedful import __version__
from heedful.web import examples
from heedful.web.callers import Ours

router = APIRouter(tags=["health"])


@router.get("/livez", responses={200: examples.answers({"status": "ok"})})
async def alive() -> dict[str, str]:
    """Answer as long as the process can."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    response_model=None,
    responses={
        200: examples.answers(examples.READY, says="Replies can be written and recorded."),
        503: {"description": "They can't; `parts` says why."},
    },
)
async def ready(ours: Ours) -> JSONResponse:
    """Answer 200 when replies can be written and recorded, 503 with what is wrong otherwise."""
    parts: dict[str, Any] = dict(await ours.ready())
    fit = not any(str(state).startswith("failed") for state in parts.values())
    body = {"status": "ok" if fit else "failed", "parts": parts}
    return JSONResponse(body, status_code=200 if fit else 503, headers={"Cache-Control": "no-store"})


@router.get("/version", responses={200: examples.answers({"version": __version__})})
async def version() -> dict[str, str]:
    """Say which version answers."""
    return {"version": __version__}
