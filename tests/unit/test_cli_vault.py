"""`heedful vault`, `heedful retention` and `heedful audit verify --receipt`, as somebody at a shell uses them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heedful.assemble import open_records
from heedful.cli import app
from heedful.settings import read
from heedful.values import Event, Fact
from tests.processes import serving
from tests.unit.test_store_conversations import opened, send

OTHER = "22" * 32


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Settings over a data folder of a test's own."""
    return {"HEEDFUL_DATA_DIR": str(tmp_path / "data"), "HEEDFUL_EMBEDDER": "none"}


def run(environ: dict[str, str], *arguments: str, code: int = 0) -> Result:
    """Run a command, which must end with `code`."""
    done = CliRunner().invoke(app, list(arguments), env=environ)
    assert done.exit_code == code, done.output
    return done


def said(environ: dict[str, str], *arguments: str, code: int = 0) -> Any:
    """Return the JSON that a command prints."""
    return json.loads(run(environ, *arguments, "--json", code=code).stdout)


async def talk(environ: dict[str, str], at: datetime, customer_id: str | None = None) -> dict[str, Any]:
    """Have somebody ask something; return the receipt of the answer."""
    async with open_records(read(environ)) as records:
        if customer_id:
            await records.profiles.put(customer_id, [Fact("order", "DB-2026-1", "order")])
        one = await opened(records.log, customer_id=customer_id, at=at)
        message = await send(records.log, one, "택배가 언제 오나요?", at=at)
        receipt = Event("receipt", {"id": "receipt_1"}, reply_id=message.reply_id, at=at)
        recorded = await records.log.record(one, [receipt, Event("done", {}, reply_id=message.reply_id, at=at)])
        return dict(recorded[0].content)


async def order_of(environ: dict[str, str], customer_id: str) -> str | None:
    """Return what is held of a customer."""
    async with open_records(read(environ)) as records:
        profile = await records.profiles.profile(customer_id)
        return profile.facts[0].value if profile and profile.facts else None


def test_rotating_keeps_everything_readable(environ: dict[str, str], tmp_path: Path) -> None:
    """A new master.key opens all there is, the record verifies, and the old one says that it fits no more."""
    asyncio.run(talk(environ, datetime.now(UTC), "demo-mina"))
    key_file = tmp_path / "data" / "master.key"
    old = key_file.read_text()
    done = said(environ, "vault", "rotate")
    spoken = run(environ, "vault", "rotate")

    assert done == {"keys": 1}
    assert key_file.read_text() != old
    assert asyncio.run(order_of(environ, "demo-mina")) == "DB-2026-1"
    assert said(environ, "audit", "verify")["ok"] is True
    assert "backup" in spoken.stderr
    key_file.write_text(old)
    wrong = run(environ, "audit", "verify", code=2)
    assert "master key is not the one" in wrong.stderr
    assert old.strip() not in wrong.stderr


def test_a_key_of_the_environment_is_exchanged_by_giving_the_new_one(environ: dict[str, str], tmp_path: Path) -> None:
    """With HEEDFUL_MASTER_KEY the new key comes from a file; then it has to be set, and no file is made."""
    environ["HEEDFUL_MASTER_KEY"] = "11" * 32
    asyncio.run(talk(environ, datetime.now(UTC), "demo-mina"))
    (tmp_path / "new.key").write_text(OTHER + "\n")
    missing = run(environ, "vault", "rotate", code=2)
    bad = run(environ, "vault", "rotate", "--key-file", str(tmp_path / "nothing"), code=2)
    done = run(environ, "vault", "rotate", "--key-file", str(tmp_path / "new.key"))

    assert "give the new one" in missing.stderr
    assert "can't be read" in bad.stderr
    assert "Set HEEDFUL_MASTER_KEY" in done.stderr
    assert OTHER not in done.output
    run(environ, "audit", "verify", code=2)
    environ["HEEDFUL_MASTER_KEY"] = OTHER
    assert asyncio.run(order_of(environ, "demo-mina")) == "DB-2026-1"
    assert not (tmp_path / "data" / "master.key").exists()


def test_a_running_server_is_not_left_with_the_old_key(environ: dict[str, str], tmp_path: Path) -> None:
    """While a server holds the data folder nothing is rotated."""
    with serving(tmp_path / "data", HEEDFUL_EMBEDDER="none"):
        before = (tmp_path / "data" / "master.key").read_text()
        refused = run(environ, "vault", "rotate", code=2)

        assert "stop it first" in refused.stderr
        assert (tmp_path / "data" / "master.key").read_text() == before


def test_retention_takes_what_ran_out(environ: dict[str, str]) -> None:
    """`retention run` erases by the days of the policy and says how much; a second time there is nothing."""
    long_ago = datetime.now(UTC) - timedelta(days=3000)
    asyncio.run(talk(environ, long_ago))
    asyncio.run(talk(environ, datetime.now(UTC)))
    (erased,) = said(environ, "retention", "run")["erased"]
    again = run(environ, "retention", "run")

    assert (erased["counts"]["conversations"], erased["counts"]["receipts"]) == (1, 1)
    assert "Nothing is older" in again.stderr
    assert said(environ, "audit", "verify")["entries"] == 7


def test_a_receipt_is_held_against_the_record(environ: dict[str, str], tmp_path: Path) -> None:
    """A receipt as it was given passes, one that was changed exits 1, and what is none is said to be none."""
    receipt = asyncio.run(talk(environ, datetime.now(UTC)))
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps({**receipt, "words": ["We used nothing about you."]}))
    whole = said(environ, "audit", "verify", "--receipt", str(file))
    spoken = run(environ, "audit", "verify", "--receipt", str(file))
    file.write_text(json.dumps({**receipt, "purpose": "marketing"}))
    changed = said(environ, "audit", "verify", "--receipt", str(file), code=1)
    told = run(environ, "audit", "verify", "--receipt", str(file), code=1)

    assert whole == {"ok": True, "position": receipt["chain"]["position"]}
    assert str(whole["position"]) in spoken.stdout
    assert (changed["ok"], changed["position"]) == (False, whole["position"])
    assert "was changed" in told.stderr
    for text in ("[]", "no JSON"):
        file.write_text(text)
        run(environ, "audit", "verify", "--receipt", str(file), code=2)


def test_nobody_else_may_read_what_is_kept(environ: dict[str, str], tmp_path: Path) -> None:
    """A new data folder, its databases and the master key are for this account alone."""
    run(environ, "profiles", "list")

    folder = tmp_path / "data"
    kept = [folder, folder / "master.key", *folder.glob("*.db*")]
    assert {"heedful.db", "keys.db"} <= {path.name for path in kept}
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in kept if not path.name.endswith(".sync")} == {
        path.name: "0o0" for path in kept if not path.name.endswith(".sync")
    }
