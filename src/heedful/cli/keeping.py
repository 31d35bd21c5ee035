"""`heedful audit`, `heedful keys`: whether the record is whole, and who may call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from heedful.cli.output import NO, AsJson, note, read_bytes, run, say, show
from heedful.errors import ChainError, InputError
from heedful.keys import SCOPES, ApiKey
from heedful.settings import Settings

audit = typer.Typer(help="The record of what was said.", no_args_is_help=True)
keys = typer.Typer(help="Who may call the service.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(audit, name="audit")
    app.add_typer(keys, name="keys")


@audit.command("verify")
def verify(
    receipt: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Hold one receipt, as JSON, against the record; `-` reads it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Go through the whole record; exit 1 at the first entry changed, removed, put in or out of order."""
    if receipt is not None:
        _verify_receipt(receipt, as_json=as_json)
        return

    async def work(settings: Settings) -> dict[str, Any]:
        from heedful.assemble import open_records

        async with open_records(settings) as records:
            try:
                whole = await records.verify()
            except ChainError as error:
                return {"ok": False, "position": error.position, "error": str(error)}
        return {"ok": True, "entries": whole.entries, "head": whole.head}

    found = run(work, as_json=as_json)
    if as_json:
        show(found)
    elif found["ok"]:
        say(f"whole: {found['entries']:,} entries, the last one {found['head']}")
    else:
        note(f"heedful: {found['error']}")
    if not found["ok"]:
        raise typer.Exit(NO)


def _verify_receipt(file: Path, *, as_json: bool) -> None:
    async def work(settings: Settings) -> dict[str, Any]:
        content = _json(read_bytes(file))
        from heedful.assemble import open_records

        async with open_records(settings) as records:
            try:
                return {"ok": True, "position": await records.verify_receipt(content)}
            except ChainError as error:
                return {"ok": False, "position": error.position, "error": str(error)}

    found = run(work, as_json=as_json)
    if as_json:
        show(found)
    elif found["ok"]:
        say(f"the receipt is what was recorded as {found['position']:,}")
    else:
        note(f"heedful: {found['error']}")
    if not found["ok"]:
        raise typer.Exit(NO)


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError as error:
        raise InputError("the receipt is not JSON; save it as heedful gave it") from error
    if not isinstance(found, dict):
        raise InputError("the receipt is not a JSON object; save it as heedful gave it")
    return found


@keys.command("create")
def create(
    scopes: Annotated[str, typer.Option(help=f"Separated by commas: {', '.join(SCOPES)}.")] = "",
    publishable: Annotated[bool, typer.Option("--publishable", help="For a web page: opens chats only.")] = False,
    origin: Annotated[
        list[str] | None, typer.Option(help="With --publishable: a page's origin, as https://shop.example.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown once."""

    async def work(settings: Settings) -> tuple[str, str]:
        wanted = {scope.strip() for scope in scopes.split(",") if scope.strip()} or ({"chat"} if publishable else set())
        from heedful.assemble import open_records

        async with open_records(settings) as records:
            return await records.keys.create(wanted, publishable=publishable, origins=origin or ())

    key_id, key = run(work, as_json=as_json)
    if as_json:
        show({"key": key, "id": key_id})
    else:
        say(key)
        note(f"This is {key_id}; keep the key, it is not shown again.")


@keys.command("list")
def list_keys(
    every: Annotated[bool, typer.Option("--all", help="Also those revoked.")] = False, as_json: AsJson = False
) -> None:
    """List the keys that work; the keys themselves are not kept."""

    async def work(settings: Settings) -> list[ApiKey]:
        from heedful.assemble import open_records

        async with open_records(settings) as records:
            return [key for key in await records.keys.list() if every or key.revoked_at is None]

    found = run(work, as_json=as_json)
    if as_json:
        show({"keys": [_key_json(key) for key in found]})
        return
    for key in found:
        kind = "publishable, " + " ".join(key.origins) if key.publishable else "secret"
        state = f", revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        say(f"{key.id}  {','.join(_scopes(key))}  {kind}, made {key.created_at:%Y-%m-%d}{state}")


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `heedful keys list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Make a key useless from now on."""

    async def work(settings: Settings) -> None:
        if key_id.startswith("hk_"):
            raise InputError("give the key's id (key_…), not the key; `heedful keys list` shows it")
        from heedful.assemble import open_records

        async with open_records(settings) as records:
            await records.keys.revoke(key_id)

    run(work, as_json=as_json)
    if as_json:
        show({"id": key_id, "revoked": True})
    else:
        say(f"{key_id} no longer works")


def _scopes(key: ApiKey) -> list[str]:
    return [scope for scope in SCOPES if scope in key.scopes]


def _key_json(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "scopes": _scopes(key),
        "publishable": key.publishable,
        "origins": list(key.origins),
        "created_at": key.created_at.isoformat(),
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
