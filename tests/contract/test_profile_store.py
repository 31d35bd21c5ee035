"""What every profile store does, the built-in one on both databases first; then what only the built-in one does."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from heedful.agreements import Correction
from heedful.errors import ConflictError, InputError, NotFoundError, StoreError
from heedful.ports import Profile, ProfileStore
from heedful.store.database import Database
from heedful.store.profiles import Broken, Imported, Profiles
from heedful.store.tables import consents
from heedful.values import Consent, ConsentState, Fact, Terms
from tests.kept import kept

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 17, 9, 30, 15, 123456, tzinfo=UTC)
MINA = (
    Fact("name", "김미나", "identity"),
    Fact("email", "mina@example.com", "contact", "shop", AT),
    Fact("phone", "010-1234-5678", "contact"),
    Fact("order", "DB-2026-88213", "order"),
    Fact("order", "DB-2026-90001", "order"),
)


@pytest.fixture
async def profiles(database: Database, tmp_path: Path) -> AsyncIterator[Profiles]:
    """The profile store in an empty database."""
    async with kept(database, tmp_path, now=lambda: AT) as ours:
        yield ours.profiles


def consent(name: str, state: ConsentState = "given", *, days: int = 0, **more: Any) -> Consent:
    """Return a consent event for orders in customer care."""
    return Consent(name, "customer_care", state, AT + timedelta(days=days), **{"category": "order", **more})


def line(customer_id: str, *facts: tuple[str, str, str], state: str = "given") -> str:
    """Return a line of a profile file."""
    entries = [
        {"name": name, "value": value, "category": category, "purposes": ["customer_care"], "consent": state}
        for name, value, category in facts
    ]
    return json.dumps({"customer_id": customer_id, "facts": entries}, ensure_ascii=False)


async def held(profiles: Profiles, *values: str) -> list[set[str]]:
    """Return who holds each of these values, written in their canonical form."""
    digests = [profiles.digest(value) for value in values]
    found: Mapping[str, frozenset[str]] = await profiles.holders(digests)
    return [set(found.get(digest, ())) for digest in digests]


async def states(profiles: Profiles, customer_id: str) -> list[str]:
    """Return the states of a customer's consent events in order."""
    profile = await profiles.profile(customer_id)
    assert profile is not None
    return [event.state for event in profile.consents]


async def test_a_profile_comes_back_as_it_was_put(profiles: Profiles) -> None:
    """Facts come back in order with source and time, two of one name too; another customer's are not among them."""
    await profiles.put("demo-mina", MINA)
    await profiles.put("demo-jun", (Fact("name", "박준", "identity"),))
    mina = await profiles.profile("demo-mina")

    assert isinstance(profiles, ProfileStore)
    assert mina == Profile("demo-mina", MINA)
    both = await profiles.customers()
    assert set(both) == {"demo-jun", "demo-mina"}
    assert await profiles.customers(limit=1) == both[:1]
    assert await profiles.customers(after=both[0], limit=1) == both[1:]


async def test_nothing_is_held_about_a_stranger(profiles: Profiles) -> None:
    """A customer the store does not know has no profile, whatever the id."""
    for name in ("nobody", "", "없는-고객", "a\x00b", "\ud800"):
        assert await profiles.profile(name) is None


async def test_putting_again_replaces_the_facts_and_keeps_the_consents(profiles: Profiles) -> None:
    """A corrected fact replaces the old one and its place in the index; consents stay."""
    await profiles.put("demo-mina", MINA)
    await profiles.record_consents("demo-mina", [consent("k1")])
    await profiles.put("demo-mina", (Fact("email", "new@example.com", "contact"),))
    mina = await profiles.profile("demo-mina")

    assert mina == Profile("demo-mina", (Fact("email", "new@example.com", "contact"),), (consent("k1"),))
    assert await held(profiles, "mina@example.com", "new@example.com") == [set(), {"demo-mina"}]


async def test_consents_come_back_in_the_order_they_were_recorded(profiles: Profiles) -> None:
    """Whatever their times say, events keep the order of recording, and every field."""
    seoul = AT.astimezone(tz=None)
    events = [
        consent("k1", days=5),
        consent("k2", "withdrawn", category=None, fact="email", valid_until=AT + timedelta(days=365)),
        Consent("k3", "marketing", "refused", seoul),
    ]
    await profiles.record_consents("demo-mina", events[:2])
    await profiles.record_consents("demo-mina", events[2:])
    mina = await profiles.profile("demo-mina")

    assert mina == Profile("demo-mina", (), tuple(events))


async def test_an_event_recorded_twice_is_there_once(profiles: Profiles) -> None:
    """A repeated call adds nothing; another event under the same id is refused whole."""
    await profiles.record_consents("demo-mina", [consent("k1")])
    await profiles.record_consents("demo-mina", [consent("k1")])

    with pytest.raises(ConflictError, match="only ever added"):
        await profiles.record_consents("demo-mina", [consent("k2"), consent("k1", "withdrawn")])
    await profiles.record_consents("demo-jun", [consent("k1", "refused")])
    assert (await states(profiles, "demo-mina"), await states(profiles, "demo-jun")) == (["given"], ["refused"])


async def test_consents_at_the_same_moment_are_all_kept_in_one_order(profiles: Profiles) -> None:
    """Twenty events of one customer at once: none is lost, and everybody sees the same order."""
    calls = [profiles.record_consents("demo-mina", [consent(f"k{number}")]) for number in range(20)]
    await asyncio.gather(*calls)
    first, again = await profiles.profile("demo-mina"), await profiles.profile("demo-mina")

    assert first is not None
    assert {event.id for event in first.consents} == {f"k{number}" for number in range(20)}
    assert first == again


async def test_holders_are_found_by_digest_in_any_spelling(profiles: Profiles) -> None:
    """E-mail, phone and order ids lead to those who hold them; names and what nobody holds lead to nobody."""
    from heedful.canonical import identifiers, normalise

    await profiles.put("demo-mina", MINA)
    await profiles.put("demo-jun", (Fact("email", "jun@example.com", "contact"), Fact("phone", "01012345678", "c")))
    said = "메일은 MINA@example.com으로, 전화는 +82 10 1234 5678, 주문 db-2026-88213, jun@example.com, x@y.example"
    values = [found.canonical for found in identifiers(normalise(said))]

    assert await held(profiles, *values) == [
        {"demo-mina"},
        {"demo-mina", "demo-jun"},
        {"demo-mina"},
        {"demo-jun"},
        set(),
    ]
    assert await held(profiles, "김미나") == [set()]
    assert await profiles.holders([]) == {}


async def test_the_index_holds_no_value_and_no_plain_digest(profiles: Profiles, database: Database) -> None:
    """The index gives nobody away: its digests are keyed, not those of the plain values."""
    import hashlib

    await profiles.put("demo-mina", MINA)
    async with database.read() as connection:
        rows = [tuple(row) for row in await connection.execute(sa.text("SELECT digest, kind FROM holders"))]

    assert len(rows) >= 4
    for value in ("mina@example.com", "010-1234-5678", "01012345678", "821012345678", "DB-2026-88213"):
        assert value not in repr(rows)
        for plain in (hashlib.sha256, hashlib.sha1, hashlib.md5):
            assert plain(value.encode()).hexdigest() not in repr(rows)


async def test_an_index_that_fails_takes_the_fact_with_it(database: Database, tmp_path: Path) -> None:
    """Fact and index are written together or not at all."""

    def broken(value: str) -> Sequence[tuple[str, str]]:
        return [(None, value)]  # type: ignore[list-item] # the database asks for a kind

    async with kept(database, tmp_path) as ours:
        profiles = Profiles(database, ours.vault, ours.chain, identifiers=broken)

        with pytest.raises(StoreError, match="nothing was written"):
            await profiles.put("demo-mina", MINA)
        assert await profiles.profile("demo-mina") is None


TERMS = Terms(
    notice="주문 정보를 배송 문의에 쓰도록 동의하시겠습니까?",
    notice_version="2",
    language="ko",
    collected="your_data",
    controller="달빛리빙",
    recipients=(("OpenAI", "US"), ("this machine", "KR")),
    withdraw="설정에서 끄실 수 있습니다.",
    refusing="배송 문의에 답해 드리지 못할 수 있습니다.",
    kept_for="365일",
)
SEAT = Fact("seat", "왼손잡이", "preference", "customer", AT, "customer_care", AT + timedelta(days=30))


async def test_terms_come_back_where_they_are_asked_for(profiles: Profiles) -> None:
    """A view's consents are without their terms; `consents` gives every word of them, in order."""
    events = [consent("k1", terms=TERMS), consent("k2", "withdrawn")]
    await profiles.record_consents("demo-mina", events)
    mina = await profiles.profile("demo-mina")

    assert mina is not None
    assert [event.terms for event in mina.consents] == [None, None]
    assert await profiles.consents("demo-mina") == tuple(events)
    assert await profiles.consents("nobody") == ()


async def test_what_a_customer_told_stays_when_the_company_puts_its_own(profiles: Profiles) -> None:
    """Volunteered facts and claims live beside the company's; each is replaced by its own source only."""
    await profiles.put("demo-mina", MINA)
    await profiles.remember("demo-mina", SEAT, [consent("k1", category="preference")])
    claim = Fact("email", "token@example.com", "contact", "identity_token")
    await profiles.put_claims("demo-mina", [dataclasses.replace(claim, source="")])
    await profiles.put("demo-mina", MINA[:1])
    await profiles.import_profile(Profile("demo-mina", MINA[:2]))
    mina = await profiles.profile("demo-mina")
    await profiles.put_claims("demo-mina", [])
    later = dataclasses.replace(SEAT, value="오른손잡이")
    await profiles.remember("demo-mina", later, [])
    after = await profiles.profile("demo-mina")

    assert mina is not None
    assert after is not None
    assert mina.facts == (*MINA[:2], SEAT, claim)
    assert [event.id for event in mina.consents] == ["k1"]
    assert after.facts == (*MINA[:2], later)
    assert await held(profiles, "token@example.com") == [set()]


async def test_a_fact_that_was_told_is_forgotten_and_nothing_else(profiles: Profiles) -> None:
    """Forgetting takes the customer's own fact of that name, with what they say of it; a company's fact stays."""
    company = Fact("seat", "2A", "preference", "shop")
    await profiles.put("demo-mina", [company])
    await profiles.remember("demo-mina", SEAT, [consent("k1", category="preference")])
    gone = await profiles.forget("demo-mina", "seat", consents=[consent("k2", "withdrawn", category="preference")])
    again = await profiles.forget("demo-mina", "seat")
    mina = await profiles.profile("demo-mina")

    assert mina is not None
    assert (gone, again) == (True, False)
    assert mina.facts == (company,)
    assert await states(profiles, "demo-mina") == ["given", "withdrawn"]


async def test_a_consent_that_cannot_be_recorded_takes_the_fact_with_it(profiles: Profiles) -> None:
    """Remembering is one transaction: without its consent the fact is not there."""
    await profiles.record_consents("demo-mina", [consent("k1")])
    with pytest.raises(ConflictError):
        await profiles.remember("demo-mina", SEAT, [consent("k1", "refused")])

    mina = await profiles.profile("demo-mina")
    assert mina is not None
    assert mina.facts == ()


async def test_corrections_wait_for_the_company(profiles: Profiles) -> None:
    """A request is kept until it is settled; the customer sees all of theirs, the company those that are open."""
    first = Correction("cor_1", "email", "neu@example.com", AT)
    second = Correction("cor_2", "name", "김미나리", AT + timedelta(hours=1))
    await profiles.ask_correction("demo-mina", first)
    await profiles.ask_correction("demo-jun", second)
    settled = await profiles.settle_correction("cor_1", "declined", note="저희 기록이 맞습니다.")

    assert settled == ("demo-mina", dataclasses.replace(first, state="declined", note="저희 기록이 맞습니다."))
    assert await profiles.corrections("demo-mina") == (settled,)
    assert await profiles.corrections() == (("demo-jun", second),)
    with pytest.raises(NotFoundError):
        await profiles.settle_correction("cor_9", "done")


async def test_a_change_by_another_process_is_seen_at_the_next_look(database: Database, tmp_path: Path) -> None:
    """A profile in memory is used only as long as nothing has changed: a withdrawal elsewhere is in force at once."""
    async with kept(database, tmp_path) as here, kept(database, tmp_path) as there:
        await here.profiles.put("demo-mina", MINA)
        await here.profiles.record_consents("demo-mina", [consent("k1")])
        first = await here.profiles.profile("demo-mina")
        same = await here.profiles.profile("demo-mina")
        await there.profiles.record_consents("demo-mina", [consent("k2", "withdrawn")])
        after = await here.profiles.profile("demo-mina")
        await there.profiles.put("demo-mina", MINA[:1])
        last = await here.profiles.profile("demo-mina")

    assert first is same
    assert after is not None
    assert last is not None
    assert [event.state for event in after.consents] == ["given", "withdrawn"]
    assert last.facts == MINA[:1]


async def test_consents_of_two_processes_at_the_same_moment_have_one_order(database: Database, tmp_path: Path) -> None:
    """Given here and withdrawn there at the same time, a clock moved back between: both kept, in the chain's order."""
    moved = iter([AT + timedelta(days=1), *[AT - timedelta(days=1)] * 50])
    async with kept(database, tmp_path) as here, kept(database, tmp_path, now=lambda: next(moved)) as there:
        await here.profiles.put("demo-mina", MINA)
        calls = [(here if number % 2 else there, number) for number in range(10)]
        await asyncio.gather(
            *(who.profiles.record_consents("demo-mina", [consent(f"k{number}")]) for who, number in calls)
        )
        orders = [await who.profiles.consents("demo-mina") for who in (here, there)]
        verified = await here.verify()
    async with database.read() as connection:
        query = sa.select(consents.c.id).order_by(consents.c.position)
        chained = list((await connection.execute(query)).scalars())

    assert len(chained) == verified.entries == 10
    assert [[event.id for event in order] for order in orders] == [chained, chained]


async def test_nothing_of_a_customer_stands_plain_in_the_database(profiles: Profiles, database: Database) -> None:
    """Neither who it is, nor a fact's value, nor what a notice or a correction says, nor the id a file gave."""
    await profiles.import_profile(Profile("demo-mina", MINA, (consent("cns_of_the_file", terms=TERMS),)))
    await profiles.ask_correction("demo-mina", Correction("cor_1", "email", "neu@example.com", AT))
    async with database.read() as connection:
        rows = [
            repr([*await connection.execute(sa.text(f"SELECT * FROM {table}"))])
            for table in ("profiles", "consents", "holders", "corrections", "chain")
        ]

    for word in ("mina", "김미나", "DB-2026", "neu@", "동의하시겠습니까", "OpenAI", "cns_of_the_file"):
        assert word not in "".join(rows)


async def test_lines_are_imported_and_broken_ones_are_listed(profiles: Profiles) -> None:
    """Good lines are in, whole; each broken one is listed with its number and why, without its words."""
    lines: list[str | dict[str, Any] | Exception] = [
        "\ufeff" + line("demo-mina", ("email", "mina@example.com", "contact")),
        "",
        '{"customer_id": "broken", "facts": [',
        json.loads(line("demo-jun", ("name", "박준", "identity"), state="refused")),
        '["no object"]',
        '{"facts": []}',
        line("half", ("name", "반쪽", "identity"), ("secret-name", "", "identity")),
        line("nul", ("name", "secret\x00value", "identity")),
        UnicodeDecodeError("utf-8", b"secret", 0, 1, "x"),
        "[" * 100_000,
    ]
    imported = await profiles.import_lines(lines)

    assert imported.profiles == 2
    assert [broken.line for broken in imported.broken] == [3, 5, 6, 7, 8, 9, 10]
    assert "secret" not in repr(imported)
    assert set(await profiles.customers()) == {"demo-jun", "demo-mina"}
    assert await states(profiles, "demo-jun") == ["refused"]


async def test_importing_twice_changes_nothing_and_the_later_line_wins(profiles: Profiles) -> None:
    """The same file again adds no event; a customer who stands twice in a file has the facts of the later line."""
    lines = [line("a", ("name", "Old", "identity")), line("a", ("name", "새 이름", "identity"), state="withdrawn")]
    first = await profiles.import_lines(lines)
    before = await profiles.profile("a")
    await profiles.import_lines(lines[1:])

    assert first == Imported(2, ())
    assert before is not None
    assert [fact.value for fact in before.facts] == ["새 이름"]
    assert [event.state for event in before.consents] == ["given", "withdrawn"]
    assert await profiles.profile("a") == before


async def test_importing_never_undoes_what_the_customer_has_said_since(profiles: Profiles) -> None:
    """An old file with "given" again, after the customer has withdrawn, leaves the withdrawal the latest word."""
    await profiles.import_profile(Profile("demo-mina", MINA, (consent("k1"),)))
    await profiles.record_consents("demo-mina", [consent("k2", "withdrawn", days=3)])
    await profiles.import_profile(Profile("demo-mina", MINA, (consent("k1"),)))

    assert await states(profiles, "demo-mina") == ["given", "withdrawn"]


async def test_an_import_that_says_given_again_later_is_added(profiles: Profiles) -> None:
    """Given, refused, given: three events, although a file derives the same id for the first and the third."""
    for event in (consent("k1"), consent("k2", "refused"), consent("k1"), consent("k1")):
        await profiles.import_profile(Profile("demo-mina", (), (event,)))

    assert await states(profiles, "demo-mina") == ["given", "refused", "given"]


async def test_many_profiles_go_in_few_transactions(profiles: Profiles, database: Database) -> None:
    """Twelve hundred lines, one in a hundred broken: all good ones are in, and a few transactions took them."""
    begun: list[int] = []
    engine = database._engine_of_thread if database.is_sqlite else database.engine.sync_engine
    sa.event.listen(engine, "engine_connect", lambda *_: begun.append(1))
    lines = [
        "broken" if number % 100 == 7 else line(f"c-{number:04}", ("email", f"c{number}@example.com", "contact"))
        for number in range(1200)
    ]
    imported = await profiles.import_lines(lines)

    assert imported.profiles == 1188
    assert imported.broken[0] == Broken(8, "the line is not JSON")
    assert len(imported.broken) == 12
    assert len(begun) <= 10
    assert len(await profiles.customers(limit=2000)) == 1188
    assert await held(profiles, "c1199@example.com") == [{"c-1199"}]


async def test_what_no_database_keeps_is_refused(profiles: Profiles) -> None:
    """A text that can't be stored is an InputError before anything is written, without the text."""
    for value in ("a\x00", "\ud800"):
        with pytest.raises(InputError, match="can't be stored"):
            await profiles.put("demo-mina", [Fact("name", value, "identity")])
    with pytest.raises(InputError, match="customer_id"):
        await profiles.put("", ())
    with pytest.raises(InputError, match="consent"):
        await profiles.record_consents("demo-mina", [consent("k\x00")])
    assert await profiles.customers() == ()


async def test_a_profile_store_that_is_gone_says_so(tmp_path: Path) -> None:
    """Without its database the store gives a StoreError, so that the reply is written without the profile."""
    gone = Database("postgresql+asyncpg://root@127.0.0.1:9/none")
    async with kept(gone, tmp_path) as ours:
        profiles = ours.profiles
        calls = [profiles.profile("a"), profiles.holders(["x"]), profiles.put("a", ()), profiles.customers()]
        answers = await asyncio.gather(*calls, return_exceptions=True)
    await gone.close()

    assert [type(answer) for answer in answers] == [StoreError] * 4
