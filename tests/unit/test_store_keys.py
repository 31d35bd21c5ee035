"""API keys on both databases: shown once, found by what is shown, useless once revoked."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from heedful.errors import InputError, NotFoundError
from heedful.keys import SCOPES
from heedful.store.database import Database
from heedful.store.keys import ApiKeys

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)


def keys_of(database: Database) -> ApiKeys:
    """Return the keys, under a clock that goes on by a minute at each look."""
    minutes = itertools.count()
    return ApiKeys(database, now=lambda: AT + timedelta(minutes=next(minutes)))


async def test_a_key_is_found_by_what_was_shown(database: Database) -> None:
    """A secret key is found with its scopes, and no other text finds it."""
    keys = keys_of(database)
    key_id, clear = await keys.create(["email", "chat", "chat"])
    found = await keys.find(clear)

    assert found is not None
    assert (found.id, found.scopes) == (key_id, frozenset({"chat", "email"}))
    assert (found.publishable, found.origins) == (False, ())
    assert (found.created_at, found.revoked_at) == (AT, None)
    assert clear.startswith("hk_live_")
    for other in ("", clear[:-1], clear + "x", clear.upper(), "hk_live_", "열쇠", "\ud800\x00", key_id):
        assert await keys.find(other) is None


async def test_a_publishable_key_is_locked_to_origins(database: Database) -> None:
    """A publishable key carries its origins the way browsers send them, each once."""
    keys = keys_of(database)
    _, clear = await keys.create(
        ["chat"], publishable=True, origins=["https://Shop.example/", "https://shop.example", "http://localhost:8000"]
    )
    found = await keys.find(clear)

    assert found is not None
    assert (found.publishable, found.origins) == (True, ("https://shop.example", "http://localhost:8000"))
    assert clear.startswith("hk_pub_")


async def test_a_key_that_makes_no_sense_is_refused(database: Database) -> None:
    """Unknown scopes, open publishable keys and the like are refused with what is wrong, and nothing is written."""
    keys = keys_of(database)
    page = "https://shop.example"
    wrongs: list[tuple[list[str], bool, list[str], str]] = [
        (["chat", "everything"], False, [], "everything"),
        ([], False, [], "at least one scope"),
        (["chat"], True, [], "needs the origin"),
        (["chat", "admin"], True, [page], "only scope is 'chat'"),
        (["chat"], True, [f"{page}/page"], "not an origin"),
        (["chat"], False, [page], "publishable keys"),
    ]

    for scopes, publishable, origins, said in wrongs:
        with pytest.raises(InputError, match=said):
            await keys.create(scopes, publishable=publishable, origins=origins)
    assert await keys.list() == ()


async def test_a_revoked_key_is_found_no_more(database: Database) -> None:
    """Revoked, a key opens nothing; it stays in the list with the time of it, also when revoked again."""
    keys = keys_of(database)
    (first, clear), (second, other) = await keys.create(SCOPES), await keys.create(["chat"])
    await keys.revoke(first)
    await keys.revoke(first)

    assert await keys.find(clear) is None
    assert (await keys.find(other)) is not None
    assert [(key.id, key.revoked_at) for key in await keys.list()] == [
        (first, AT + timedelta(minutes=2)),
        (second, None),
    ]
    with pytest.raises(NotFoundError, match="key_nothing"):
        await keys.revoke("key_nothing")


async def test_the_key_itself_is_nowhere_in_the_database(database: Database) -> None:
    """What is kept of a key does not give it back."""
    _, clear = await keys_of(database).create(["chat"])
    async with database.read() as connection:
        kept = [tuple(row) for row in await connection.execute(sa.text("SELECT * FROM api_keys"))]

    assert clear.removeprefix("hk_live_") not in repr(kept)
