"""Twenty planted values through the running service: erased, they are nowhere, and no backup gives them back."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from heedful.assemble import Records, open_records
from heedful.settings import read
from tests.postgres import own_database
from tests.processes import Serving, answer, serving
from tests.web.customers import SECRET, signed

CUSTOMER = "kunde-Zwillingsfalter-7731"
FACTS = {
    "full_name": ("identity", "Quendolin Ährenspitz"),
    "email": ("contact", "quendolin@planted-mail.example"),
    "phone": ("contact", "010-7319-4402"),
    "order_id": ("order", "PL-2026-557731"),
    "product": ("order", "Sturmlaterne Modell Kranich"),
    "colour": ("preference", "tiefes Pflaumenblau"),
    "last_viewed": ("behaviour", "Gartenbank Eisvogel"),
    "home": ("location", "Lindenblütenweg 73, Hinterthal"),
    "allergy": ("special", "haselnuss-unverträglichkeit"),
}
MESSAGES = {
    "planted-message-id-one-40117": "When will my parcel come? My neighbour Wolkenstein takes it in.",
    "planted-message-id-two-40118": "주문한 상품이 언제 오나요? 현관 비밀번호는 은하수고래입니다.",
    "planted-message-id-three-40119": "Do you engrave mugs with the word Nordlichtfalke?",
}
SAID = ("Wolkenstein", "은하수고래", "Nordlichtfalke")
MAIL = {
    "from": "Quendolin Ährenspitz <absender@planted-sender.example>",
    "subject": "Betreff Kupferdrachen",
    "text": "When will my parcel come? It is a gift for Siebenschläferin.",
}
NOTICE = "We would like to use your order for questions of delivery (planted-notice Silberdistel)."
CORRECTED = "Quendolin Nebelkrähe-Ährenspitz"
HELD = "held for the case of Mondsteinbrück"
CANARIES = (
    CUSTOMER,
    *(value for _, value in FACTS.values()),
    *MESSAGES,
    *SAID,
    "planted-sender.example",
    "Kupferdrachen",
    "Siebenschläferin",
    "Silberdistel",
    "Nebelkrähe",
    "Mondsteinbrück",
)


@dataclass
class Place:
    """A service with its data folder, and, on PostgreSQL, its database."""

    data: Path
    environ: dict[str, str]
    dumps: dict[str, bytes] = field(default_factory=dict)

    @property
    def address(self) -> str | None:
        """The database's, where it is PostgreSQL."""
        return self.environ.get("HEEDFUL_DATABASE_URL")

    def dump(self, name: str) -> Path:
        """Take a backup of the content database as a company would; return the file."""
        path = self.data.parent / f"{name}.backup"
        if self.address is None:
            with sqlite3.connect(self.data / "heedful.db") as source, sqlite3.connect(path) as target:
                source.backup(target)
            source.close()
            target.close()
        else:
            made = subprocess.run(["pg_dump", self.address], check=True, capture_output=True)
            path.write_bytes(made.stdout)
        self.dumps[name] = path.read_bytes()
        return path

    @contextmanager
    def restored(self, backup: Path) -> Iterator[dict[str, str]]:
        """Give the settings of another place: this backup beside the key store and master key there are now."""
        with ExitStack() as stack:
            folder = backup.with_suffix(".restored")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name in ("keys.db", "master.key"):
                shutil.copy(self.data / name, folder / name)
            environ = {**self.environ, "HEEDFUL_DATA_DIR": str(folder)}
            if self.address is None:
                shutil.copy(backup, folder / "heedful.db")
            else:
                other = stack.enter_context(own_database()).replace("+asyncpg", "")
                command = ["psql", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(backup), other]
                subprocess.run(command, check=True, capture_output=True)
                environ["HEEDFUL_DATABASE_URL"] = other
            yield environ


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for a service, over a database of its own."""
    with ExitStack() as stack:
        environ = {"HEEDFUL_IDENTITY_SECRET": SECRET, "HEEDFUL_EMBEDDER": "none", "HEEDFUL_LOG_LEVEL": "debug"}
        if request.param == "postgresql":
            environ["HEEDFUL_DATABASE_URL"] = stack.enter_context(own_database()).replace("+asyncpg", "")
        (tmp_path / "data").mkdir()
        yield Place(tmp_path / "data", environ)


def spellings(value: str) -> dict[str, bytes]:
    """Return the bytes a value may hide in: plain, escaped, hex, UTF-16, base64 in all three alignments, digests."""
    plain = value.encode()
    found = {
        "plain": plain,
        "lower": value.lower().encode(),
        "escaped": json.dumps(value)[1:-1].encode(),
        "hex": plain.hex().encode(),
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
    }
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        found[f"base64 {shift}"] = coded[(shift * 4 + 2) // 3 + (shift > 0) : -4]
    for kind in ("sha256", "sha1", "md5"):
        digest = hashlib.new(kind, plain, usedforsecurity=False)
        found |= {kind: digest.digest(), f"{kind} in hex": digest.hexdigest().encode()}
    return found


def traces(where: Mapping[str, bytes]) -> list[str]:
    """Return which planted value stands where, in which spelling."""
    return [
        f"{value} ({how}) in {name}"
        for value in CANARIES
        for how, wanted in spellings(value).items()
        for name, content in where.items()
        if wanted in content
    ]


def files(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, the database's second file and the journals among them."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def plant(server: Serving, key: str) -> None:
    """Put every value in, through the doors of the service."""
    company = httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}, timeout=120)
    mine = httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {signed(CUSTOMER)}"}, timeout=120)
    path = f"/v1/profiles/{CUSTOMER}"
    facts = [{"name": name, "category": kind, "value": value} for name, (kind, value) in FACTS.items()]
    told = {"purpose": "order_management", "state": "given", "category": "order", "notice": NOTICE}
    opening = {"identity": signed(CUSTOMER), "language": "en"}
    with company, mine:
        done = [
            company.put(path, json={"facts": facts}),
            company.post(path + "/consents", json={"consents": [told]}, headers={"Idempotency-Key": CANARIES[10]}),
            mine.post("/v1/me/corrections", json={"fact": "full_name", "value": CORRECTED}),
            company.put(path + "/hold", json={"reason": HELD}),
            company.post("/v1/email/drafts", json={**MAIL, "customer_id": CUSTOMER}),
        ]
        opened = company.post("/v1/conversations", json=opening)
        done.append(opened)
        chat = {"Authorization": f"Bearer {opened.json()['token']}"}
        for name, text in MESSAGES.items():
            said = {"text": text, "client_message_id": name}
            where = f"/v1/conversations/{opened.json()['id']}/messages"
            done.append(httpx.post(server.url + where, json=said, headers=chat, timeout=120))
        done.append(mine.get("/v1/me/export"))
    assert [answer.status_code // 100 for answer in done] == [2] * len(done), [answer.text for answer in done]


async def everything(environ: Mapping[str, str]) -> str:
    """Return all that heedful can read of customers with these settings, one after the other, in plain words."""
    async with open_records(read(environ)) as records:
        said: list[Any] = [await records.unanswered.list(), await records.erasures.holds()]
        for name in await records.profiles.customers():
            profile = await records.profiles.profile(name)
            assert profile is not None
            said += [name, profile.facts, await records.profiles.consents(name)]
            said += [await records.profiles.corrections(name), await records.log.of_customer(name)]
        for conversation in await conversations(records):
            said.append(await records.log.events(conversation))
        return repr(said)


async def conversations(records: Records) -> list[str]:
    """Return the ids of all conversations in the database."""
    async with records.database.read() as connection:
        return list((await connection.execute(sa.text("SELECT id FROM conversations"))).scalars())


def readable(environ: Mapping[str, str]) -> set[str]:
    """Return which planted values heedful can read with these settings."""
    said = asyncio.run(everything(environ))
    return {value for value in CANARIES if value in said}


def test_there_are_twenty_and_the_search_finds_them() -> None:
    """A search that finds nothing would prove nothing: each spelling of each value is found where it is."""
    assert len(CANARIES) == len(set(CANARIES)) >= 20
    for value in CANARIES:
        for how, wanted in spellings(value).items():
            assert len(wanted) >= 8, (value, how)
            assert traces({"there": b"<" + wanted + b">"})
        for before in (b"", b"a", b"ab"):
            assert traces({"there": base64.b64encode(before + value.encode() + b"after")})


def test_nothing_of_an_erased_customer_is_left_anywhere(place: Place) -> None:
    """Nothing plain before, nothing at all after; and the backup from before can't be read any more, either."""
    data, environ = place.data, {**place.environ, "HEEDFUL_DATA_DIR": str(place.data)}
    key = answer(data, "keys", "create", "--scopes", "chat,email,profiles", **place.environ)["key"]
    with serving(data, **place.environ) as server:
        plant(server, key)
        before = place.dump("before")
        with place.restored(before) as then:
            known_before = readable(then)
        plain_before = traces({**files(data), **place.dumps, "log": "".join(server.said).encode()})
        held = httpx.delete(server.url + "/v1/me", headers={"Authorization": f"Bearer {signed(CUSTOMER)}"}, timeout=120)
        company = {"Authorization": f"Bearer {key}"}
        httpx.delete(f"{server.url}/v1/profiles/{CUSTOMER}/hold", headers=company, timeout=120).raise_for_status()
        done = httpx.delete(server.url + "/v1/me", headers={"Authorization": f"Bearer {signed(CUSTOMER)}"}, timeout=120)
        place.dump("after")
        running = files(data)
        assert server.end() == 0
        log = "".join(server.said).encode()
    (data.parent / "receipt.json").write_text(done.text)
    verified = answer(data, "audit", "verify", **place.environ)
    alone = answer(data, "audit", "verify", "--receipt", str(data.parent / "receipt.json"), **place.environ)
    with place.restored(before) as then:
        known_after = readable(then)

    assert (held.status_code, held.json()["code"]) == (409, "legal_hold")
    assert done.status_code == 200, done.text
    assert known_before == set(CANARIES)
    assert known_after == set()
    assert readable(environ) == set()
    assert plain_before == []
    assert traces({**running, **place.dumps, "log": log, "receipt": done.content}) == []
    assert traces(files(data)) == []
    assert verified["ok"] is True
    assert alone == {"ok": True, "position": done.json()["chain"]["position"]}
    counts = done.json()["counts"]
    assert (counts["facts"], counts["messages"], counts["keys"], counts["questions"] > 0) == (9, 4, 1, True)
