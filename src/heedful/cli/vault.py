"""`heedful vault` and `heedful retention`: the keys to what is kept, and how long it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from heedful import running
from heedful.cli.output import AsJson, note, read_bytes, run, say, show
from heedful.errors import InputError, SettingsError
from heedful.settings import Settings

vault = typer.Typer(help="The keys that customers' data is encrypted under.", no_args_is_help=True)
retention = typer.Typer(help="How long conversations are kept.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(vault, name="vault")
    app.add_typer(retention, name="retention")


@vault.command("rotate")
def rotate(
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            metavar="FILE",
            help="The new master key: 32 bytes in hex or base64 (`openssl rand -hex 32`); `-` reads it from standard "
            "input. Needed where HEEDFUL_MASTER_KEY is set; otherwise a random one is made.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in a new master key: every customer's key is wrapped under it, all or none. Stop all servers before.

    Nothing that is kept has to be encrypted anew, and the audit chain goes on. Where HEEDFUL_MASTER_KEY is set, set it
    to the new key afterwards; otherwise master.key in the data folder is exchanged.
    """

    async def work(settings: Settings) -> int:
        new = None if key_file is None else _text(read_bytes(key_file))
        with running.turn(settings.data_dir, waiting=note) as server:
            if server is not None:
                raise SettingsError(f"a server (process {server.pid}) uses the present master key; stop it first")
            from heedful.assemble import open_records

            async with open_records(settings) as records:
                count = await records.rotate(new)
        if settings.master_key:
            note("Set HEEDFUL_MASTER_KEY to the new key before you start heedful again: the old one opens nothing now.")
        else:
            note("master.key is the new one; make a backup of it, and destroy those of the old one.")
        return count

    count = run(work, as_json=as_json)
    if as_json:
        show({"keys": count})
    else:
        say(f"{count:,} keys are wrapped under the new master key")


@retention.command("run")
def expire(as_json: AsJson = False) -> None:
    """Erase the conversations that are older than the policy's [retention] allows; a server does so every hour."""

    async def work(settings: Settings) -> list[dict[str, Any]]:
        from heedful.assemble import CLOCK, open_records
        from heedful.policy import load

        policy = load(settings.policy)
        async with open_records(settings, now=CLOCK.now) as records:
            done = await records.erasures.expire(policy.retention, CLOCK.now())
        return [{"id": one.id, "at": one.at.isoformat(), "counts": dict(one.counts), **one.chain} for one in done]

    done = run(work, as_json=as_json)
    if as_json:
        show({"erased": done})
        return
    for one in done:
        say(f"{one['id']}  " + ", ".join(f"{count:,} {name}" for name, count in one["counts"].items()))
    if not done:
        note("Nothing is older than the policy allows.")


def _text(content: bytes) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError as error:
        raise InputError("the new master key is not 32 bytes in hex or base64") from error
