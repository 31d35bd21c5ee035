"""`heedful unanswered`: which questions the help content does not answer, so that what is missing can be written."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from heedful.cli.output import AsJson, note, run, say, show
from heedful.settings import Settings


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(unanswered)


def unanswered(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    clear: Annotated[bool, typer.Option("--clear", help="Forget them all.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the questions nothing in the help content answers, those asked most often first; nobody's name or data."""

    async def work(settings: Settings) -> Any:
        from heedful.assemble import open_records

        async with open_records(settings) as records:
            return await (records.unanswered.clear() if clear else records.unanswered.list(limit))

    found = run(work, as_json=as_json)
    if clear:
        show({"forgotten": found}) if as_json else say(f"{found:,} questions are forgotten")
    elif as_json:
        show({"questions": [_json(one) for one in found]})
    else:
        for one in found:
            nearest = f"   nearest: {one.nearest_title} ({one.nearest_id})" if one.nearest_id else ""
            words = one.text or "(its words were erased)"
            say(f"{one.count:>5} x  {words}\n         last {one.last_at:%Y-%m-%d}, {one.language}{nearest}")
        if not found:
            note("Every question so far had an answer, or none was kept (HEEDFUL_UNANSWERED_DAYS).")


def _json(one: Any) -> dict[str, Any]:
    nearest = {"id": one.nearest_id, "title": one.nearest_title} if one.nearest_id else None
    return {
        "text": one.text,
        "language": one.language,
        "count": one.count,
        "first_at": one.first_at.isoformat(),
        "last_at": one.last_at.isoformat(),
        "nearest": nearest,
    }
