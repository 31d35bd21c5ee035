"""Every error as an answer: an RFC 9457 problem with a stable `code`, and nothing of a customer's words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from heedful import problems
from heedful.errors import HeedfulError

MEDIA_TYPE = "application/problem+json"
CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media"}
RETRY_S = 5.0  # after a 503 that says nothing of its own
NOBODY_WAITS = 499  # nginx's number for a client that has gone; nobody reads it

# For the OpenAPI document: how every refusal looks.
REFUSALS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457). `code` is stable; `Retry-After` says when waiting helps.",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "code", "detail"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "code": {"type": "string"},
                        "detail": {"type": "string"},
                        "errors": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
                            },
                        },
                    },
                },
                "example": problems.problem(404, "not_found", "there is no such conversation"),
            }
        },
    }
}


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """Return one problem as a response."""
    content = problems.problem(status, code, detail) | more
    return JSONResponse(content, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def refusal(error: HeedfulError) -> JSONResponse:
    """Return the response that one of our errors is."""
    status = problems.status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if status in (429, 503):
        wait = getattr(error, "retry_after_s", None)
        headers["Retry-After"] = str(max(1, math.ceil(RETRY_S if wait is None else wait)))
    return problem(status, error.code, str(error), headers)


def invalid(found: Sequence[Mapping[str, Any]]) -> JSONResponse:
    """Return what a request that does not fit its form gets: where, and what was expected; never what was sent."""
    places = [{"where": _where(item), "what": str(item["msg"])} for item in found]
    first = places[0] if places else {"where": "body", "what": "can't be read"}
    return problem(422, "invalid_input", f"{first['where']}: {first['what']}", errors=places)


async def on_ours(_request: Request, error: Exception) -> Response:
    """Answer one of our own errors."""
    assert isinstance(error, HeedfulError)  # noqa: S101 - registered for nothing else
    return refusal(error)


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit its form."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    found = error.errors()
    if _in_body(found) and not _is_json(request):
        return problem(415, "unsupported_media", "send the body as application/json")
    return invalid(found)


async def on_http(_request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: an unknown path, a wrong method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    code = CODES.get(error.status_code, "error")
    return problem(error.status_code, code, str(error.detail), error.headers)


async def on_gone(_request: Request, _error: Exception) -> Response:
    """Answer a client that has gone, which is nobody."""
    return Response(status_code=NOBODY_WAITS)


async def on_any(_request: Request, _error: Exception) -> Response:
    """Answer an error nobody foresaw, without saying anything of it."""
    return JSONResponse(problems.problem_of(None), status_code=500, media_type=MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Make every error of `app` a problem."""
    app.add_exception_handler(HeedfulError, on_ours)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(ClientDisconnect, on_gone)
    app.add_exception_handler(Exception, on_any)


def _where(item: Mapping[str, Any]) -> str:
    if item.get("type") == "json_invalid":
        return "body"  # where in the body it is, is a number that reads as a field's name
    parts = [str(part) for part in item["loc"]]
    named = parts[1:] if parts and parts[0] in ("body", "query", "header", "path") else parts
    return ".".join(named) or "body"


def _in_body(found: Sequence[Mapping[str, Any]]) -> bool:
    return any(item["loc"] and item["loc"][0] == "body" for item in found)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
