"""What privacy costs: the view of a large profile, what sealing adds to a reply, and pseudonyms for an embedder."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.corpus import QUESTION_KO
from benchmarks.rows import Row, at, median
from heedful import consent
from heedful.assemble import Heedful, assemble
from heedful.policy import Policy, load
from heedful.ports import Profile
from heedful.pseudonyms import hide_identifying
from heedful.sealing import ContentKey
from heedful.settings import read, shipped
from heedful.values import Asking, Consent, ConsentState, Fact

FACTS, EVENTS = 200, 1_000
LOOKS = 200
REPLIES = 100
CUSTOMER = "c-large"
START = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = {
    "order_id": ("order", "DB-2026-{:06}"),
    "order_item": ("order", "석기 머그잔 {}번"),
    "email": ("contact", "mina.{}@example.com"),
    "phone": ("contact", "010-2345-{:04}"),
    "delivery_address": ("contact", "서울특별시 마포구 달빛로 {}, 304호"),
    "card_number": ("payment", "4111-1111-1111-{:04}"),
    "birthday": ("identity", "1990-01-{:02}"),
    "favourite": ("preference", "참나무 선반 {}"),
    "viewed": ("behaviour", "린넨 침구 {} 페이지"),
    "resident_number": ("unique_identifier", "900101-2{:06}"),
}
MESSAGE = (
    "주문 DB-2026-88213의 카드 4111-1111-1111-1111 결제를 취소하고 mina@example.com으로 알려 주세요. "
    "전화는 010-1234-5678입니다."
)


def large_profile(policy: Policy) -> Profile:
    """Return a profile of many facts and consent events: given, refused and withdrawn, by category and by fact."""
    facts = []
    for number in range(FACTS):
        name = list(VALUES)[number % len(VALUES)]
        category, form = VALUES[name]
        facts.append(Fact(f"{name}_{number}", form.format(number % 28 + 1), category, "shop", START))
    purposes = sorted(policy.purposes)
    states: tuple[ConsentState, ...] = ("given", "given", "given", "refused", "withdrawn")
    events = []
    for number in range(EVENTS):
        fact = facts[number * 7 % FACTS]
        named = fact.name if number % 3 else None
        when = START + timedelta(hours=number)
        purpose, state = purposes[number % len(purposes)], states[number // len(purposes) % len(states)]
        events.append(Consent(f"k{number}", purpose, state, when, fact.category, named))
    return Profile(CUSTOMER, tuple(facts), tuple(events))


def asking(at_ms: int) -> Asking:
    """Return what a question about a delivery asks for, each time at another moment."""
    now = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    return Asking("order_management", ("delivery",), True, "chat", without_my_data=False, now=now)


async def _timed(work: Callable[[int], Awaitable[object]], times: int = LOOKS) -> list[float]:
    """Return what each call took, in milliseconds, after a tenth as many that do not count."""
    taken = []
    for number in range(-times // 10, times):
        began = time.perf_counter()
        await work(number)
        if number >= 0:
            taken.append((time.perf_counter() - began) * 1000)
    return taken


async def _views(work: Path) -> list[Row]:
    policy = load(shipped("policy.toml"))
    profile = large_profile(policy)
    seen = consent.see(profile, asking(0), policy)
    if not seen.view.facts or len(seen.view.withheld) < FACTS // 2:
        raise RuntimeError("the view of the benchmark's profile is not what it is meant to be")

    async def first(number: int) -> None:
        consent.view(profile, asking(number), policy)

    async def again(number: int) -> None:
        consent.see(profile, asking(number), policy, seen)

    async def ready(number: int) -> None:
        consent.view(profile, asking(number), policy)[1].warm()

    settings = read({"HEEDFUL_DATA_DIR": str(work / "views"), "HEEDFUL_EMBEDDER": "none"})
    async with assemble(settings) as ours:
        await ours.profiles.import_profile(profile)

        async def read_first(number: int) -> None:
            event = Consent(f"n{number}", "customer_care", "given", START + timedelta(days=number + 99), "order")
            await ours.profiles.record_consents(CUSTOMER, [event])
            began = time.perf_counter()
            held = await ours.profiles.profile(CUSTOMER)
            consent.view(held, asking(number), policy)
            taken.append((time.perf_counter() - began) * 1000)

        async def read_again(number: int) -> None:
            consent.view(await ours.profiles.profile(CUSTOMER), asking(number), policy)

        taken: list[float] = []
        for number in range(LOOKS // 4):  # each look after a change, which is not counted
            await read_first(number)
        alone, looked, read_twice = await _timed(first), await _timed(again), await _timed(read_again)
        warmed = await _timed(ready, LOOKS // 10)
    what = f"view of {FACTS} facts, {EVENTS:,} consent events"
    return [
        Row(f"{what}, p50", median(alone), "ms", hold=3, digits=2),
        Row(f"{what}, p95", at(alone, 0.95), "ms", digits=2),
        Row(f"{what}, looked at again for the next unit, p50", median(looked), "ms", digits=3),
        Row(f"{what}, read from the database, p50", median(read_twice), "ms", digits=2),
        Row(f"{what}, read after a change, p50", median(taken), "ms", digits=2),
        Row(f"{what}, and ready to find the rest in a draft, p50", median(warmed), "ms", digits=1),
    ]


@dataclass
class Cipher:
    """Counts what sealing takes; with `is_on` false it only copies."""

    is_on: bool = True
    spent_s: float = 0.0
    calls: int = 0
    replaced: dict[str, Callable[..., bytes]] = field(default_factory=dict)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Stand before every key."""
        self.replaced = {"seal": ContentKey.seal, "open": ContentKey.open}
        head = len(ContentKey("none", bytes(32)).seal(b"")) - 16
        plain: dict[str, Callable[[bytes], bytes]] = {
            "seal": lambda content: bytes(head) + content,
            "open": lambda sealed: sealed[head:],
        }

        def counted(name: str) -> Callable[..., bytes]:
            def work(key: ContentKey, content: bytes, *place: str | int) -> bytes:
                if not self.is_on:
                    return plain[name](content)
                began = time.perf_counter()
                try:
                    return self.replaced[name](key, content, *place)
                finally:
                    self.spent_s += time.perf_counter() - began
                    self.calls += 1

            return work

        for name in self.replaced:
            setattr(ContentKey, name, counted(name))
        try:
            yield
        finally:
            for name, method in self.replaced.items():
                setattr(ContentKey, name, method)


@asynccontextmanager
async def _shop(folder: Path) -> AsyncIterator[Heedful]:
    async with assemble(read({"HEEDFUL_DATA_DIR": str(folder), "HEEDFUL_EMBEDDER": "none"})) as ours:
        await ours.knowledge.sync([shipped("knowledge_base")])
        await ours.profiles.import_lines(shipped("demo_profiles.jsonl").read_text(encoding="utf-8").split("\n"))
        yield ours


async def _reply(ours: Heedful, conversation_id: str) -> float:
    began = time.perf_counter()
    events = [event async for event in await ours.conversations.send(conversation_id, QUESTION_KO)]
    if events[-1].type != "done":
        raise RuntimeError("a reply did not come to its end")
    return (time.perf_counter() - began) * 1000


async def _replies(work: Path) -> list[Row]:
    """Reply in turns where everything is sealed, and where the same bytes are kept as they are."""
    cipher = Cipher()
    taken: dict[bool, list[float]] = {True: [], False: []}
    inside: list[float] = []
    calls = 0
    with cipher.in_place():
        async with AsyncExitStack() as stack:
            shops: dict[bool, Heedful] = {}
            for is_sealed in taken:
                cipher.is_on = is_sealed
                shops[is_sealed] = await stack.enter_async_context(_shop(work / f"sealed-{is_sealed}"))
            for number in range(-6, REPLIES):
                for is_sealed in (True, False) if number % 2 else (False, True):  # neither always comes second
                    ours, cipher.is_on = shops[is_sealed], is_sealed
                    opened = await ours.conversations.open("chat", customer_id="demo-mina")
                    cipher.spent_s, cipher.calls = 0.0, 0
                    ms = await _reply(ours, opened.id)
                    if number >= 0:
                        taken[is_sealed].append(ms)
                    if number >= 0 and is_sealed:
                        inside.append(cipher.spent_s * 1000)
                        calls = cipher.calls
    added = [ours - theirs for ours, theirs in zip(taken[True], taken[False], strict=True)]
    return [
        Row("a reply, everything sealed (beside: nothing), p50", median(taken[True]), "ms", median(taken[False])),
        Row(f"encryption in a reply ({calls} calls of the cipher), p50", median(inside), "ms", hold=1, digits=3),
        Row("the sealed reply less the other one, p50 of pairs", median(added), "ms", digits=2),
    ]


async def _pseudonyms() -> list[Row]:
    async def hide(number: int) -> None:
        hide_identifying(f"{number + 100}. {MESSAGE}", addresses=True)

    return [
        Row("identifiers hidden in a question for an embedder, p50", median(await _timed(hide)), "ms", hold=1, digits=3)
    ]


def run(work: Path) -> list[Row]:
    """Return the rows."""

    async def rows() -> list[Row]:
        return [*await _views(work), *await _replies(work), *await _pseudonyms()]

    return asyncio.run(rows())
