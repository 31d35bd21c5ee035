"""Questions without an answer: what is kept of them, and what never is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from heedful.cli import app
from heedful.consent import Withheld
from heedful.store.database import Database
from heedful.store.unanswered import UnansweredStore
from heedful.unanswered import Asked, asked, note
from heedful.values import Conversation, FactInView, Part, Passage, Retrieved, Turn
from tests.kept import kept
from tests.unit.test_store_conversations import opened

AT = datetime(2026, 3, 17, 9, 30, tzinfo=UTC)
NEAREST = Passage("p1", "repairs", "Repairs", "We repair lamps.", "https://help.example/repairs", "en")
NOTHING = Withheld.empty()


def fact(name: str, value: str, category: str) -> FactInView:
    """Return a fact that may be used."""
    return FactInView(name, value, category, "customer_care", "c1", AT)


@pytest.mark.parametrize(
    ("message", "language", "kept"),
    [
        ("Do you engrave mugs?", "en", "Do you engrave mugs?"),
        (
            "Hello, I am Anna Keller. My mail is anna@mail.example. Can you engrave mugs for 010-2345-6789?",
            "en",
            "Can you engrave mugs for [phone]?",
        ),
        ("Can Anna Keller pick up the mug at 12 Baker Street?", "en", "Can [name] pick up the mug at [address]?"),
        ("Anna Keller wants engraving, is it possible?", "en", "[name] wants engraving, is it possible?"),
        ("주문번호 MO-88213 머그잔에 이름을 새길 수 있나요?", "ko", "주문번호 [id] 머그잔에 이름을 새길 수 있나요?"),
        ("안녕하세요. 제 번호는 010-2345-6789예요. 각인 되나요?", "ko", "각인 되나요?"),
        ("Is 4111 1111 1111 1111 fine for engraving?", "en", "Is [card] fine for engraving?"),
    ],
)
def test_nothing_says_who_asked(message: str, language: str, kept: str) -> None:
    """The question is kept without what is told around it, identifiers, names and addresses as what they are."""
    assert [one.text for one in asked(message, language, NEAREST, withheld=NOTHING)] == [kept]


def test_what_is_held_about_the_customer_is_masked_too() -> None:
    """A value of the view is no part of what is kept, however it is written."""
    facts = (fact("pet_name", "Brunhilde", "preference"), fact("birthday", "1990-05-17", "identity"))
    found = asked("Do you engrave Brunhilde and May 17, 1990 on bowls?", "en", None, facts=facts, withheld=NOTHING)

    assert [one.text for one in found] == ["Do you engrave [value] and [value] on bowls?"]
    assert (found[0].nearest_id, found[0].nearest_title) == ("", "")


@pytest.mark.parametrize("message", ["", "Hello!", "?", "🙂🙂", "ㅋㅋㅋ", "감사합니다", "and then?"])
def test_what_asks_nothing_is_not_kept(message: str) -> None:
    """Without a word that says what it is about there is no gap to close."""
    assert asked(message, "ko" if message[:1] in "ㅋ감" else "en", NEAREST, withheld=NOTHING) == ()


def test_the_same_words_are_the_same_question() -> None:
    """Order, case, and politeness do not make another question; another word does."""
    one, same, other = (
        asked(text, "en", NEAREST, withheld=NOTHING)[0].key
        for text in ("Do you engrave mugs?", "please, mugs engraved?", "Do you engrave bowls?")
    )

    assert one == same != other


def test_a_long_message_is_cut() -> None:
    """What is kept stays readable in a list."""
    (found,) = asked("Do you engrave " + "mugs and bowls " * 40 + "?", "en", NEAREST, withheld=NOTHING)

    assert len(found.text) == 300


class Kept:
    """Gaps in memory."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def keep(self, asked: Sequence[Asked], *, conversation_id: str) -> None:
        self.texts += [one.text for one in asked]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (Retrieved((), 0.1, NEAREST), ["Do you engrave mugs?", "can I return them?"]),
        (Retrieved((NEAREST,), 0.9, NEAREST), []),
        (
            Retrieved((NEAREST,), 0.9, NEAREST, parts=(Part("Do you engrave mugs?", ()), Part("can I …?", ("p1",)))),
            ["Do you engrave mugs?"],
        ),
    ],
)
async def test_only_what_had_no_answer_is_kept(found: Retrieved, kept: list[str]) -> None:
    """An answered message leaves nothing; of one with two questions the one without an answer stays."""
    gaps = Kept()
    message = "Do you engrave mugs? And can I return them?"
    conversation = Conversation("c_1", "chat", (Turn("customer", message),))
    await note(gaps, conversation, "en", found, facts=(), withheld=NOTHING)

    assert gaps.texts == kept


def one(text: str, article: str = "repairs") -> Asked:
    """Return a question to keep, its key its text."""
    return Asked(text, text, "en", article, article.title())


@pytest.mark.anyio
async def test_questions_are_counted(database: Database, tmp_path: Path) -> None:
    """Each is listed once, those asked most often first, in the words of who asked first, with the newest article."""
    minutes = itertools.count()
    async with kept(database, tmp_path) as ours:
        mina, jun = await opened(ours.log), await opened(ours.log, customer_id="demo-jun")
        store = UnansweredStore(database, ours.vault, days=30, now=lambda: AT + timedelta(minutes=next(minutes)))
        await store.keep([one("a"), one("b")], conversation_id=mina)
        await store.keep([replace(one("b", "engraving"), text="b!")], conversation_id=jun)
        listed = await store.list()

        assert [(gap.text, gap.count, gap.nearest_id) for gap in listed] == [("b", 2, "engraving"), ("a", 1, "repairs")]
        assert (listed[0].first_at, listed[0].last_at) == (AT, AT + timedelta(minutes=1))
        assert await store.list(limit=1) == listed[:1]
        assert await store.clear() == 2
        assert await store.list() == ()


@pytest.mark.anyio
async def test_the_words_go_with_who_asked_and_the_count_stays(database: Database, tmp_path: Path) -> None:
    """Erased, a customer's words are in nobody's list and in no row; another's words for the same stay."""
    async with kept(database, tmp_path) as ours:
        mina, jun = await opened(ours.log), await opened(ours.log, customer_id="demo-jun")
        store = UnansweredStore(database, ours.vault, days=30, now=lambda: AT)
        await store.keep([replace(one("engrave"), text="Do you engrave?")], conversation_id=mina)
        await store.keep([replace(one("engrave"), text="Is engraving possible?")], conversation_id=jun)
        async with database.read() as connection:
            rows = repr([*await connection.execute(sa.text("SELECT * FROM unanswered"))])
            rows += repr([*await connection.execute(sa.text("SELECT * FROM asked_words"))])
        first = await ours.erasures.erase_conversation(mina)
        after_one = await store.list()
        second = await ours.erasures.erase("demo-jun")
        after_both = await store.list()
        await store.keep([one("lost")], conversation_id=mina)
        late = [(gap.text, gap.count) for gap in await store.list()]

    assert "ngrav" not in rows
    assert first.counts["questions"] == second.counts["questions"] == 1
    assert [(gap.text, gap.count) for gap in after_one] == [("Is engraving possible?", 2)]
    assert [(gap.text, gap.count) for gap in after_both] == [("", 2)]
    assert sorted(late) == [("", 1), ("", 2)]


@pytest.mark.anyio
async def test_what_nobody_asks_any_more_is_forgotten(database: Database, tmp_path: Path) -> None:
    """A question goes when its days are over, and the oldest when there are too many."""
    day = [0]
    async with kept(database, tmp_path) as ours:
        mina = await opened(ours.log)
        store = UnansweredStore(database, ours.vault, days=10, most=2, now=lambda: AT + timedelta(days=day[0]))
        await store.keep([one("old")], conversation_id=mina)
        day[0] = 11
        before_another = await store.list()
        for name in ("b", "c", "d"):
            await store.keep([one(name)], conversation_id=mina)
            day[0] += 1

        assert before_another == ()
        assert [gap.text for gap in await store.list()] == ["d", "c"]
        day[0] = 0
        assert [gap.text for gap in await store.list()] == ["d", "c"]
    async with database.read() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM asked_words"))).scalar() == 2


@pytest.mark.anyio
async def test_keeping_can_be_switched_off(database: Database, tmp_path: Path) -> None:
    """With 0 days nothing is written at all."""
    async with kept(database, tmp_path) as ours:
        mina = await opened(ours.log)
        await UnansweredStore(database, ours.vault, days=0, now=lambda: AT).keep([one("a")], conversation_id=mina)

        assert await UnansweredStore(database, ours.vault, days=30, now=lambda: AT).list() == ()


def test_the_command_lists_what_was_asked_in_vain(tmp_path: Path) -> None:
    """What `ask` could not answer stands in `unanswered` with how often it was asked, and `--clear` forgets it."""

    def run(*arguments: str) -> Any:
        settings = {"HEEDFUL_DATA_DIR": str(tmp_path / "data"), "HEEDFUL_EMBEDDER": "none"}
        done = CliRunner().invoke(app, [*arguments, "--json"], env=settings)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    page = tmp_path / "help" / "fees.md"
    page.parent.mkdir()
    page.write_text("# Delivery fees\n\nDelivery costs 3,000 won. To Jeju it costs 3,000 won more.\n", encoding="utf-8")
    run("ingest", str(page.parent))
    run("ask", "What does delivery cost?")
    for _ in range(2):
        run("ask", "Do you engrave mugs for anna@mail.example?")
    (found,) = run("unanswered")["questions"]

    assert (found["text"], found["count"], found["language"]) == ("Do you engrave mugs for [email]?", 2, "en")
    assert run("unanswered", "--clear") == {"forgotten": 1}
    assert run("unanswered") == {"questions": []}
