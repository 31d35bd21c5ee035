"""From a stored profile to the bytes a model reads and the words a customer reads: nothing withheld is in any of them.

Random profiles, consents, purposes and questions; a model that has all values anyway, and says them in other spellings.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heedful.assemble import Heedful, assemble
from heedful.canonical import matcher, normalise
from heedful.consent import view
from heedful.kinds import kinds_of
from heedful.language import detect
from heedful.policy import load, purpose_for
from heedful.ports import Profile
from heedful.settings import read, shipped
from heedful.values import Asking, Channel, Consent, ConsentState, Event, Fact, FactInView, Turn
from heedful.web import logs
from tests.loopback import Loopback, Script

POLICY = load(shipped("policy.toml"))
PURPOSES = tuple(POLICY.purposes)
STATES: tuple[ConsentState, ...] = (*("given",) * 6, "refused", "withdrawn", "expired")
CHANNELS: tuple[Channel, ...] = ("chat", "chat", "email", "assist")
PAGES = {
    "en/delivery.md": "# When your parcel comes\n\nStandard delivery takes 2 to 3 business days.\n",
    "en/returns.md": "# Returning an item\n\nYou can return an item within 14 days. Open My page and choose Return.\n",
    "ko/delivery.md": "# 배송 기간\n\n일반 배송은 2~3영업일이 걸립니다.\n",
    "ko/account.md": "# 계정 정보 변경\n\n계정 정보는 마이페이지에서 바꾸실 수 있습니다.\n",
}
QUESTIONS = (
    "When will my parcel come?",
    "Where is my order, and how do I change my password?",
    "How do I return something I have already opened?",
    "I was charged twice, please check my payment",
    "Please change my phone number",
    "Is the linen cover machine washable?",
    "Hello there",
    "택배 언제 와요?",
    "환불은 언제 되나요? 그리고 영수증도 주세요",
    "비밀번호를 잊어버렸어요",
    "회원 등급이 뭐예요?",
    "배송지를 바꾸고 싶어요",
    "이불 커버 세탁기 돌려도 돼요?",
    "안녕하세요",
)
SAID = (  # how a model may give a value away
    "Your record says {value}.",
    "We have {value} for you.",
    "It is {value}, as you know.",
    "고객님의 정보는 {value}입니다.",
    "{value}로 확인했습니다.",
)
MADE_UP = re.compile(r"hfc-[0-9a-f]{20}")
COUNTED = frozenset({"id", "at", "given_at", "updated", "consent_id", "salt", "chain", "prompts", "timings_ms"})
MARK = re.compile(r"‹[a-z_]+-\d+›")


# ── what is drawn ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Sort:
    """One sort of value: its category as a rule, the names of its facts, what it looks like, its other spellings."""

    category: str
    names: Sequence[str]
    make: Callable[[random.Random], str]
    spellings: Sequence[Callable[[str], str]] = (str,)


def _digits(draw: random.Random, count: int) -> str:
    return "".join(str(draw.randint(0, 9)) for _ in range(count))


def _place(draw: random.Random, ending: str) -> str:
    return "".join(draw.sample("가나다라마바사아자차카타파하강남미소유진", 3)) + ending


def _wide(value: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in value)


def _spaced(value: str) -> str:
    return " ".join(value.replace("-", ""))


def _bare(value: str) -> str:
    return value.replace("-", "")


SORTS: Mapping[str, Sort] = {
    "code": Sort(
        "order",
        ("order_id", "tracking_number", "last_return_id", "voucher", "member_id"),
        lambda draw: f"QZ-{_digits(draw, 8)}",
        (str, str.lower, _wide, _bare),
    ),
    "phone": Sort(
        "contact",
        ("phone", "mobile", "delivery_phone"),
        lambda draw: f"010-{draw.randint(2000, 9999)}-{_digits(draw, 4)}",
        (str, _bare, _spaced, _wide, lambda value: "+82 " + value[1:]),
    ),
    "email": Sort(
        "contact",
        ("email", "delivery_email"),
        lambda draw: f"{draw.choice('bcdfghjk')}{_digits(draw, 6)}@{_place(draw, '').encode().hex()[:6]}.example",
        (str, str.upper, lambda value: value.replace("@", " @ "), _wide),
    ),
    "date": Sort(
        "order",
        ("birthday", "member_since", "expected_delivery", "paid_on"),
        lambda draw: f"{draw.randint(1950, 1999)}-{draw.randint(1, 12):02d}-{draw.randint(13, 28)}",
        (str, lambda value: "{}년 {}월 {}일".format(*(int(part) for part in value.split("-")))),
    ),
    "money": Sort(
        "payment",
        ("refund_amount", "amount"),
        lambda draw: f"₩{draw.randint(101, 989)},{draw.randint(101, 989)}",
        (str, lambda value: value[1:].replace(",", "") + "원", lambda value: value[1:] + " won"),
    ),
    "card": Sort(
        "payment",
        ("card_number", "delivery_card", "paid_with"),
        lambda draw: f"4{_digits(draw, 3)}-{_digits(draw, 4)}-{_digits(draw, 4)}-{_digits(draw, 4)}",
        (str, _bare, _spaced),
    ),
    "national": Sort(
        "unique_identifier",
        ("national_number", "note", "delivery_note"),
        lambda draw: f"{draw.randint(50, 99)}{draw.randint(1, 12):02d}{draw.randint(10, 28)}-1{_digits(draw, 6)}",
        (str, _bare),
    ),
    "address": Sort(
        "contact",
        ("delivery_address", "address"),
        lambda draw: f"{_place(draw, '광역시')} {_place(draw, '구')} {_place(draw, '로')} {draw.randint(101, 999)}",
    ),
    "words": Sort(
        "preference",
        ("answer_style", "delivery_wish", "recently_viewed", "current_district", "allergy"),
        lambda draw: " ".join("".join(draw.sample("bcdfghjklmnpqrstvwz", 7)) for _ in range(3)),
        (str, str.upper),
    ),
}
IDENTIFYING = frozenset({"code", "phone", "email", "card", "national"})


@dataclass(frozen=True)
class Story:
    """One customer, one question, and what the model makes of it."""

    facts: tuple[Fact, ...]
    consents: tuple[Consent, ...]
    question: str
    before: str
    channel: Channel
    verified: bool
    without: bool
    opted_out: bool
    purpose: str | None
    seed: int
    sorts: Mapping[str, str] = field(default_factory=dict)  # name of a fact → its sort


@st.composite
def stories(draw: st.DrawFn, now: datetime) -> Story:
    """A profile with some of everything in any category, consents of every sort, one question."""
    seed = draw(st.integers(0, 2**32 - 1))
    chance = random.Random(seed)  # noqa: S311 - values of a test
    facts, sorts = [], {}
    for sort in draw(st.lists(st.sampled_from(tuple(SORTS)), min_size=1, max_size=6)):
        name = chance.choice(SORTS[sort].names)
        if name in sorts:
            continue
        sorts[name] = sort
        expires = chance.choice((None, None, None, now - timedelta(days=1), now + timedelta(days=400)))
        category = chance.choice((SORTS[sort].category, SORTS[sort].category, chance.choice(tuple(POLICY.categories))))
        facts.append(Fact(name, SORTS[sort].make(chance), category, "shop", expires=expires))
    consents, agreeing = [], chance.random() < 0.6
    for number in range(draw(st.integers(0, 20))):
        fact = chance.choice(facts)
        at = now - timedelta(days=chance.randint(1, 90))
        consents.append(
            Consent(
                id=f"cns_{seed}_{number}",
                purpose=chance.choice((*PURPOSES, "order_management", "order_management", "customer_care")),
                state=chance.choice(STATES),
                at=at,
                category=chance.choice((fact.category, fact.category, fact.category, None)),
                fact=chance.choice((None, None, fact.name)),
                valid_until=chance.choice((None, None, at + timedelta(days=30), at + timedelta(days=700))),
            )
        )
    if agreeing:  # to all that can be agreed to, before anything else was said
        pairs = ((purpose, category) for purpose in PURPOSES for category in POLICY.categories)
        long_ago = now - timedelta(days=100)
        consents += [Consent(f"cns_{seed}_{p}_{c}", p, "given", long_ago, c) for p, c in pairs]
    return Story(
        facts=tuple(facts),
        consents=tuple(consents),
        question=draw(st.sampled_from(QUESTIONS)),
        before=draw(st.sampled_from(("", "", *QUESTIONS))),
        channel=draw(st.sampled_from(CHANNELS)),
        verified=chance.random() < 0.85,
        without=chance.random() < 0.1,
        opted_out=chance.random() < 0.3,
        purpose=chance.choice((*PURPOSES, *(None,) * 15)),
        seed=seed,
        sorts=sorts,
    )


# ── where it runs ─────────────────────────────────────────────────────────────────────────────────────────


class Lines(logging.Handler):
    """Keeps each line as the service writes it: of ours from `debug` on, of others what is wrong."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logs.Wordless("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        if record.name.startswith("heedful") or record.levelno >= logging.WARNING:
            self.lines.append(self.format(record))


@dataclass
class World:
    """The whole, assembled once, over a model on loopback."""

    model: Loopback
    ours: Heedful
    runner: asyncio.Runner
    lines: Lines
    errors: list[BaseException]
    raw: list[bytes] = field(default_factory=list)  # what a model got last, byte by byte
    count: int = 0

    def play(self, story: Story) -> tuple[list[Event], list[str], list[str]]:
        """Let the customer ask; return the events, the requests a model got, and the lines logged meanwhile."""
        self.count += 1
        self.model.requests.clear()
        self.lines.lines.clear()
        self.errors.clear()
        self.model.script(lambda request: Script((giving_away(story, request),)))
        events = self.runner.run(self._asked(story, f"customer-{self.count}"))
        requests = [json.dumps(json.loads(request.body), ensure_ascii=False) for request in self.model.requests]
        self.raw = [
            f"{request.path} {dict(request.headers)}".encode() + request.body for request in self.model.requests
        ]
        return events, requests, [*self.lines.lines, *map(repr, self.errors)]

    async def _asked(self, story: Story, customer_id: str) -> list[Event]:
        await self.ours.records.profiles.import_profile(Profile(customer_id, story.facts, story.consents))
        conversation = await self.ours.conversations.open(
            story.channel,
            customer_id=customer_id if story.verified else None,
            purpose=story.purpose,
            without_my_data=story.without,
            opted_out=story.opted_out,
        )
        turns = [Turn("customer", story.before)] if story.before else []
        told = [Event("customer", {"text": turn.text, "speaker": "customer"}) for turn in turns]
        if told:
            at = datetime.now(UTC)
            await self.ours.records.log.record(
                conversation.id, [Event(event.type, event.content, at=at) for event in told]
            )
        return [event async for event in await self.ours.conversations.send(conversation.id, story.question)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One service for all stories: a customer and a conversation of its own for each."""
    folder = tmp_path_factory.mktemp("privacy")
    for name, text in PAGES.items():
        page: Path = folder / "help" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    lines, ours_logged, others = Lines(), logging.getLogger("heedful"), logging.getLogger()
    errors: list[BaseException] = []
    level = ours_logged.level
    with Loopback() as model, asyncio.Runner() as runner:
        environ = {
            "HEEDFUL_DATA_DIR": str(folder / "data"),
            "HEEDFUL_MODEL": "openai:scripted",
            "HEEDFUL_MODEL_BASE_URL": model.url,
            "HEEDFUL_EMBEDDER": "none",
            "HEEDFUL_REWRITE_WAIT_S": "60",
            "HEEDFUL_CHECK_TIMEOUT_S": "60",
        }
        stack = AsyncExitStack()

        def report(error: BaseException) -> None:
            logs.report(error)
            errors.append(error)

        async def opened() -> Heedful:
            ours = await stack.enter_async_context(assemble(read(environ), report=report))
            await ours.knowledge.sync([folder / "help"])
            return ours

        ours = runner.run(opened())
        for log in (ours_logged, others):
            log.addHandler(lines)
        ours_logged.setLevel(logging.DEBUG)
        try:
            yield World(model, ours, runner, lines, errors)
        finally:
            for log in (ours_logged, others):
                log.removeHandler(lines)
            ours_logged.setLevel(level)
            runner.run(stack.aclose())


def giving_away(story: Story, request: Mapping[str, Any]) -> str:
    """What a model says that has learned every value elsewhere, and repeats every placeholder it was given."""
    chance = random.Random(story.seed + len(request["messages"]))  # noqa: S311 - words of a test
    prompt = "\n".join(str(message["content"]) for message in request["messages"])
    if "search question" in prompt:
        return f"en: {chance.choice(QUESTIONS)}\nko: {chance.choice(QUESTIONS)}"
    given_back = dict.fromkeys(MARK.findall(str(request["messages"][-1]["content"])))
    sentences = [f"It is {mark}." for mark in given_back]
    for fact in story.facts:
        spell = chance.choice(SORTS[story.sorts[fact.name]].spellings)
        sentences.append(chance.choice(SAID).format(value=spell(fact.value)))
    chance.shuffle(sentences)
    return " ".join(["Please see the page below.", *sentences[: chance.choice((0, 1, 1, 2, 3, 6))]])


# ── what is looked for ────────────────────────────────────────────────────────────────────────────────────


def expected(story: Story, now: datetime) -> tuple[FactInView, ...]:
    """The facts that this asking may use, worked out beside the service."""
    if not story.verified:
        return ()
    tongue = detect(story.question, default=detect(story.before, default="en") if story.before else "en")
    kinds = kinds_of(story.question, tongue) or (kinds_of(story.before, tongue) if story.before else ())
    asking = Asking(
        purpose=story.purpose or purpose_for(POLICY, kinds),
        kinds=kinds,
        verified=True,
        channel=story.channel,
        without_my_data=story.without,
        now=now,
        opted_out=story.opted_out,
    )
    return view(Profile("", story.facts, story.consents), asking, POLICY)[0].facts


def words_of(content: object) -> Iterator[str]:
    """Yield every text in an event's content but ids, times and digests, which are made up or counted."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            if key not in COUNTED:
                yield from words_of(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from words_of(value)


class Texts:
    """What is looked through: each text once in its one spelling."""

    def __init__(self, texts: Sequence[str]) -> None:
        # A prompt's mark is random, and by chance it could hold the end of a number.
        self._texts = [(text, normalise(text)) for text in (MADE_UP.sub("", text) for text in texts)]

    def repeating(self, fact: Fact, shown: str = "") -> list[str]:
        """Return where a text has this value in any spelling the canonical forms know; what the view shows is none."""
        find = matcher(fact.name, fact.category, fact.value).find
        spans = ((text, *span) for text, normalised in self._texts for span in find(normalised))
        found = [text[start:end] for text, start, end in spans]
        found += [fact.value for text, _ in self._texts if fact.value in text]
        return [words for words in found if not (shown and words.strip() in shown)]


def encoded(value: str) -> tuple[bytes, ...]:
    """Return a value's bytes as JSON may carry them."""
    return value.encode(), json.dumps(value)[1:-1].encode()


def look(world: World, story: Story) -> tuple[list[Event], tuple[FactInView, ...]]:
    """Play a story and look at all that left: the bytes to the model, what was released, what was written down."""
    events, requests, lines = world.play(story)
    in_view = expected(story, datetime.now(UTC))
    allowed = {fact.name: fact for fact in in_view}
    told = ["\n".join(words_of(event.content)) for event in events if event.type != "customer"]
    read_by_model, first_read, released, logged = Texts(requests), Texts(requests[:1]), Texts(told), Texts(lines)
    shown = "\n".join(fact.value for fact in in_view)
    for fact in story.facts:
        seen = allowed.get(fact.name)
        if seen is None or seen.value != fact.value:
            # Of somebody unknown nothing is held, and words that a model makes up are nobody's; numbers are looked up.
            known = story.verified or story.sorts[fact.name] in IDENTIFYING
            found = (read_by_model if known else first_read).repeating(fact, shown)
            assert found == [], f"{fact.name} of {fact.category} is in a prompt"
            found = released.repeating(fact, shown) if known else []
            assert found == [], f"{fact.name} of {fact.category} was released"
            raw = world.raw if known else world.raw[:1]
            assert not any(spelling in one for one in raw for spelling in encoded(fact.value))
        elif seen.placeholder:
            assert read_by_model.repeating(fact) == [], f"{fact.name} of {fact.category} is in a prompt in clear"
        assert logged.repeating(fact) == [], f"{fact.name} of {fact.category} is in a log line or an error"
    return events, in_view


def look_for_what_is_needed(world: World, events: Sequence[Event], in_view: Sequence[FactInView]) -> None:
    """See that each fact of the view stood in the prompt of the answer, as its value or under a placeholder."""
    prompts = [request.prompt for request in world.model.chats if "search question" not in request.prompt]
    if not prompts:
        return
    for fact in in_view:
        line = re.search(rf"^- {fact.name}: (.+)$", prompts[0], re.MULTILINE)
        assert line, f"{fact.name} of {fact.category} is needed and not in the prompt"
        assert MARK.search(line[1]) or (line[1] == fact.value and not fact.placeholder), f"{fact.name} is not itself"
    receipts = [event.content for event in events if event.type == "receipt"]
    assert [fact["name"] for receipt in receipts for fact in receipt["facts"]] == [fact.name for fact in in_view]


def drawn() -> st.SearchStrategy[Story]:
    """Stories of today."""
    return stories(datetime.now(UTC).replace(microsecond=0))


@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=drawn())
def test_no_withheld_value_leaves_and_each_needed_fact_is_used(world: World, story: Story) -> None:
    """Whatever is held, agreed, asked and written: withheld values are nowhere, and those needed are in the prompt."""
    events, in_view = look(world, story)

    look_for_what_is_needed(world, events, in_view)


@pytest.mark.soak
@settings(
    max_examples=4000,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=drawn())
def test_no_withheld_value_leaves_in_a_long_run(world: World, story: Story) -> None:
    """The same, for as long as it takes, over other examples each time."""
    events, in_view = look(world, story)

    look_for_what_is_needed(world, events, in_view)
