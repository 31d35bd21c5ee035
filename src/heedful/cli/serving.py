"""`heedful serve`, `heedful doctor`, `heedful models`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from heedful import running
from heedful.cli.output import NO, AsJson, note, run, say, show, telling
from heedful.cli.progress import progress
from heedful.errors import SettingsError
from heedful.settings import Settings, read

models = typer.Typer(help="The English embedder's weights and the token vocabulary.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(serve)
    app.command()(doctor)
    app.add_typer(models, name="models")


def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen. [default: HEEDFUL_HOST, 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="The port. [default: HEEDFUL_PORT, 8080]")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Open the demo page, with invented customers.")] = False,
    setup: Annotated[bool, typer.Option("--setup", help="First fetch the weights and read the help content.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; more than one needs a Chroma server.")] = 1,
) -> None:
    """Serve chat, the agents' page, mail drafts and the API."""
    with telling():
        settings = read(host=host, port=port, demo=demo or None)
        if workers > 1 and settings.embedder != "none" and not settings.chroma_url:
            raise SettingsError(
                "more than one worker needs a Chroma server: start `chroma run` and set HEEDFUL_CHROMA_URL; "
                "the vector index in the data folder belongs to one process"
            )
        if workers > 1 and (demo or setup):
            raise SettingsError("--demo and --setup go with one worker")
        from heedful.web.server import serve as run_server

        run_server(settings, setup=setup, workers=workers, say=note)


@models.command("install")
def install(as_json: AsJson = False) -> None:
    """Fetch and verify the weights, build the graph once, and fetch the vocabulary; a second time does nothing."""
    with telling(as_json=as_json):
        settings = read()
        found = _install(settings)
    if as_json:
        show(found)
    else:
        for name, place in found.items():
            say(f"{name}: {place}")


@models.command("list")
def listed(as_json: AsJson = False) -> None:
    """Say what is installed."""
    with telling(as_json=as_json):
        settings = read()
        from heedful.models import installed

        found = installed(settings)
    if as_json:
        show(found)
    else:
        for name, there in found.items():
            say(f"{name}: {'installed' if there else 'missing; run `heedful models install`'}")
    if not all(found.values()):
        raise typer.Exit(NO)


def doctor(
    repair: Annotated[
        bool, typer.Option("--repair", help="First bring the indexes to what the database has, and say what was wrong.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say how each part is, and where each setting came from; secrets are masked."""
    from heedful.diagnosis import Diagnosis, examine

    async def work(settings: Settings) -> tuple[Mapping[str, Any] | None, Diagnosis]:
        return await _repaired(settings) if repair else None, await examine(settings)

    repaired, found = run(work, as_json=as_json)
    if as_json:
        show(found.as_json() if repaired is None else {**found.as_json(), "repaired": repaired})
    else:
        if repaired is not None:
            _say_repaired(repaired)
        width = max(len(name) for name in found.settings)
        say("Settings")
        for name, (value, origin) in found.settings.items():
            say(f"  {name:<{width}}  {value or '–'}  ({origin})")
        say("Parts")
        for name, state in found.parts.items():
            say(f"  {name:<{width}}  {state}")
        for advice in found.advice:
            say(f"→ {advice}")
    if not found.is_well:
        raise typer.Exit(NO)


async def _repaired(settings: Settings) -> Mapping[str, Any]:
    """Repair the indexes here, or in the running server."""
    from heedful.diagnosis import repair

    with running.turn(settings.data_dir, waiting=note) as server, progress() as tell:
        if server is None:
            return asdict(await repair(settings, lambda step: tell(asdict(step))))
        return await asyncio.to_thread(server.stream, "/v1/knowledge/repair", {}, tell)


def _say_repaired(repaired: Mapping[str, Any]) -> None:
    say("Repaired" if repaired["found"] else "Nothing to repair")
    for one in repaired["found"]:
        say(f"  {one}")
    say(f"  {repaired['passages']:,} passages in all ({repaired['seconds']:.1f} s)")


def _install(settings: Settings) -> dict[str, Path | str]:
    from heedful.models import install as install_models

    return install_models(settings, tell=note)
