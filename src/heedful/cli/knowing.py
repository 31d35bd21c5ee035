"""`heedful ingest`: help content into the knowledge, by the running server where there is one."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from heedful import running
from heedful.cli.output import AsJson, note, run, say, show
from heedful.cli.progress import How, Tell, progress
from heedful.cli.sites import MAX_PAGES, is_site, mirrored
from heedful.errors import HeedfulError, InputError
from heedful.settings import Settings

SIGNS = {"added": "+", "changed": "~", "removed": "-"}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(ingest)


def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files, folders, and https:// addresses of help content.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on following the files until interrupted.")] = False,
    how: Annotated[
        How, typer.Option("--progress", help="A bar, lines for a log, or nothing; a bar on a terminal.")
    ] = How.AUTO,
    max_pages: Annotated[int, typer.Option("--max-pages", min=1, help="Of each web site, at most.")] = MAX_PAGES,
    as_json: AsJson = False,
) -> None:
    """Bring the knowledge in line with files and sites: new, changed and deleted ones; nothing changed is fast."""
    sites = [path for path in paths if is_site(path)]
    places = [Path(path).expanduser().absolute() for path in paths if not is_site(path)]

    async def once(settings: Settings) -> Mapping[str, Any]:
        async with mirrored(sites, settings, how, max_pages=max_pages, is_dry=dry_run) as read:
            return read.told(await _follow(settings, [*places, *read.folders], how, dry_run=dry_run))

    async def on_and_on(settings: Settings) -> None:
        if sites:
            raise InputError(f"--watch follows files; {sites[0]!r} is read once: run the command again, by a timer")
        await _watch(settings, places, how, as_json=as_json)

    if watch and not dry_run:
        run(on_and_on, as_json=as_json)
        return
    summary = run(once, as_json=as_json)
    if as_json:
        show(summary)
    else:
        _close(summary)


async def _follow(settings: Settings, places: list[Path], how: How, *, dry_run: bool = False) -> Mapping[str, Any]:
    """Follow the files once, here or in the running server."""
    with running.turn(settings.data_dir, waiting=note) as server, progress(how) as tell:
        if server is None:
            return await _done_here(settings, places, tell, dry_run=dry_run)
        wish = {"paths": [str(path) for path in places], "dry_run": dry_run}
        return await asyncio.to_thread(server.stream, "/v1/knowledge/sync", wish, tell)


async def _done_here(settings: Settings, places: list[Path], tell: Tell, *, dry_run: bool) -> Mapping[str, Any]:
    from heedful.library import open_knowledge

    async with open_knowledge(settings) as knowledge:
        return asdict(await knowledge.sync(places, progress=lambda step: tell(asdict(step)), dry_run=dry_run))


async def _watch(settings: Settings, places: list[Path], how: How, *, as_json: bool) -> None:
    """Follow the files each time they have changed, until interrupted; a failure is told, and the next change tried.

    The data folder is free in between.
    """
    from heedful.knowledge import watch

    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    note("following the files; Ctrl-C ends it")
    async for _ in watch.changes(places, stop):
        try:
            summary = await _follow(settings, places, how)
        except HeedfulError as error:
            note(f"heedful: {error}")
            continue
        if as_json:
            typer.echo(json.dumps(summary, ensure_ascii=False))  # one line each time
        else:
            _close(summary)


def _close(summary: Mapping[str, Any]) -> None:
    """Print what was done, or would be, as a table."""
    for one in summary.get("touched", ()):
        say(f"{SIGNS[one['what']]} {one['id']}   {one['source']}")
    for name in ("articles", "passages", "added", "changed", "removed", "unchanged"):
        proved = (
            f"   ({summary['proved']:,} proved to be found no more)" if name == "removed" and summary["proved"] else ""
        )
        say(f"{name:<10} {summary[name]:>8,}{proved}")
    say(f"{'skipped':<10} {len(summary['skipped']):>8,}   ({summary['seconds']:.1f} s)")
    for source, why in summary["skipped"]:
        say(f"  {source}: {why}")
    if summary.get("dry_run"):
        say("nothing was changed: this was a dry run")
