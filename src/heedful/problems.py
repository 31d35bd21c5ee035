"""Every error as a problem (RFC 9457): status, stable code, what to do next; the same on the wire and in the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heedful import errors

STATUS: tuple[tuple[type[errors.HeedfulError], int], ...] = (  # the first that fits
    (errors.TooLargeError, 413),
    (errors.ConflictError, 409),
    (errors.NotFoundError, 404),
    (errors.InputError, 422),
    (errors.ForbiddenError, 403),
    (errors.AccessError, 401),
    (errors.BusyError, 429),
    (errors.UpstreamError, 503),
    (errors.StoreError, 503),
)
STATUS_OF_CODE = {"unsupported_media": 415, "too_large": 413}  # whatever kind of error carries the code
TITLES = {
    400: "Bad request",
    401: "Who is calling is not known",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "The request can't be taken",
    429: "Too many requests",
    500: "Something went wrong here",
    503: "Not available just now",
}


def status_of(error: errors.HeedfulError) -> int:
    """Return the HTTP status of one of our errors; 500 for those that are nobody's request's fault."""
    of_kind = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    return STATUS_OF_CODE.get(error.code, of_kind)


def problem(status: int, code: str, detail: str) -> dict[str, Any]:
    """Return a problem as JSON."""
    title = TITLES.get(status, "Error")
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}


def problem_of(error: errors.HeedfulError | None) -> dict[str, Any]:
    """Return an error as a problem; `None` is one that nobody foresaw, of whose own words nothing is said."""
    if error is None:
        return problem(500, "internal", "Something went wrong here. What was shown stays; please try again.")
    return problem(status_of(error), error.code, str(error))


def error_of(content: Mapping[str, Any]) -> errors.HeedfulError:
    """Return the error that a problem in the record was."""
    kinds = {
        404: errors.NotFoundError,
        409: errors.ConflictError,
        413: errors.TooLargeError,
        422: errors.InputError,
    }
    detail = str(content.get("detail") or content.get("title") or "the reply could not be written")
    code = str(content.get("code") or errors.UpstreamError.code)
    status = content.get("status")
    kind = kinds.get(status) if isinstance(status, int) else None
    return kind(detail, code=code) if kind else errors.UpstreamError(detail, code=code)
