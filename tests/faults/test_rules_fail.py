"""Each rule of the guard made to raise, hang or give rubbish in one conversation, while ten others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import regex

from heedful.assemble import Heedful, assemble
from heedful.guard import RULES, Rule
from heedful.guard.case import Case
from heedful.settings import read
from heedful.values import Event, Finding
from tests.web.conftest import ARTICLES

pytestmark = pytest.mark.anyio

ODD = "An odd question: when does my parcel come?"
PLAIN = ("When does my parcel come?", "배송은 얼마나 걸리나요?")
OTHERS = 10


def raises(_case: Case) -> Iterable[Finding]:
    raise ValueError(ODD)


def backtracks(_case: Case) -> Iterator[Finding]:
    if regex.match(r"(a|aa)+$", "a" * 60 + "b", timeout=0.1):
        pass
    return iter(())


def gives_rubbish(_case: Case) -> Iterable[Finding]:
    return cast("Iterable[Finding]", ["send", None])


def hangs(_case: Case) -> Iterable[Finding]:
    while True:
        pass


FAULTS: tuple[Callable[[Case], Iterable[Finding]], ...] = (raises, backtracks, gives_rubbish)


def broken(code: str, fault: Callable[[Case], Iterable[Finding]]) -> tuple[Rule, ...]:
    """Return the guard's rules, of which one does this in the odd conversation and its work in all others."""

    def breaking(rule: Rule) -> Rule:
        find = lambda case: fault(case) if case.question == ODD else rule.find(case)  # noqa: E731 - one rule's face
        return replace(rule, find=find) if rule.code == code else rule

    return tuple(map(breaking, RULES))


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[Heedful]:
    """The whole, over the small help centre of the tests, with the built-in writer."""
    for name, text in ARTICLES.items():
        path = tmp_path / "help" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    settings = read({"HEEDFUL_DATA_DIR": str(tmp_path / "data"), "HEEDFUL_EMBEDDER": "none"})
    async with assemble(settings, warm=True) as ours:
        await ours.knowledge.sync([tmp_path / "help"])
        yield ours


async def asked(ours: Heedful, question: str) -> list[Event]:
    """Return the events of the reply to one question in a conversation of its own."""
    opened = await ours.conversations.open("chat")
    return [event async for event in await ours.conversations.send(opened.id, question)]


async def look(ours: Heedful, code: str, fault: Callable[[Case], Iterable[Finding]]) -> None:
    """Ask the odd question and ten others at once, with one rule broken; look at what came of each."""
    ours.guard._rules = broken(code, fault)
    odd, *others = await asyncio.gather(asked(ours, ODD), *(asked(ours, PLAIN[at % 2]) for at in range(OTHERS)))

    is_about = f"{code}, {fault.__name__}"
    reads_the_whole = next(rule.scope for rule in RULES if rule.code == code) == "whole"
    handed = [event.content for event in odd if event.type == "hand_off"]
    assert len(handed) == 1, is_about
    assert bool(text(odd)) == reads_the_whole, is_about  # every unit but the last had been checked before it
    assert ("not complete" if reads_the_whole else "one of our people") in handed[0]["text"], handed
    assert handed[0]["next"], is_about
    reply = final(odd)
    assert "guard_failure" in {found["code"] for found in reply["verdict"]["findings"]}, is_about
    assert {"rule": code, "result": "failed"} in reply["receipt"]["checks"], is_about
    assert "An odd question" not in str(reply["verdict"]), is_about
    for one in others:
        assert not final(one)["handed_off"], is_about
        assert text(one), is_about


def text(events: Sequence[Event]) -> str:
    """Return the words released."""
    return "".join(str(event.content["text"]) for event in events if event.type == "text")


def final(events: Sequence[Event]) -> dict[str, Any]:
    """Return the reply among the events."""
    return next(dict(event.content) for event in events if event.type == "reply")


async def test_one_broken_rule_stops_one_conversation(ours: Heedful) -> None:
    """Nothing of that reply leaves, its record says `guard_failure`, its customer is given to a person; ten go on."""
    for at, rule in enumerate(RULES):
        await look(ours, rule.code, FAULTS[at % len(FAULTS)])
    await look(ours, RULES[-1].code, hangs)
    verified = await ours.records.verify()

    assert verified


@pytest.mark.soak
async def test_every_rule_in_every_way(ours: Heedful) -> None:
    """The same with each rule in each way of failing."""
    for rule in RULES:
        for fault in (*FAULTS, hangs):
            await look(ours, rule.code, fault)
