"""A judge that fails in every way a model can: nothing is sent on the strength of an answer that did not come."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heedful.assemble import Heedful, assemble
from heedful.control import Switch
from heedful.drafts import Wanted
from heedful.errors import ModelError
from heedful.policy_judge import JudgePolicy
from heedful.settings import read, shipped
from heedful.values import Action, Event
from tests.judging import PASSED, PATIENT, QUICK, case_of, draft_in, finding, honest, judge_at, obeying
from tests.loopback import Fault, Loopback, Script, nobody, spoken

pytestmark = pytest.mark.anyio

DRAFT = "You can return it within 14 days of delivery. [1]"
SILENT = ("no_first_byte", "no_first_piece", "stall")
SEND = JudgePolicy(on_judge_failure="send")

# fault, whether the judge is down by it: silence, no words and odd words may be the draft's doing, and are not
FAULTS: list[tuple[Fault, bool]] = [
    ("server_error", True),
    ("unavailable", True),
    ("rate_limited", True),
    ("reset", True),
    ("no_first_byte", False),
    ("no_first_piece", False),
    ("empty", False),
    ("unauthorised", False),
    ("bad_request", False),
    ("refusal", False),
    ("wrong_type", False),
    ("stall", False),
    ("cut", False),
    ("ended", False),
    ("malformed", False),
    ("error_chunk", False),
    ("length", False),
    ("content_filter", False),
    ("endless", False),
]


@pytest.mark.parametrize(("fault", "is_down"), FAULTS, ids=[fault for fault, _ in FAULTS])
async def test_a_judge_that_fails_sends_nothing(fault: Fault, is_down: bool) -> None:
    """A person takes over. With `send` in the policy the rules' word counts where the judge can't be reached."""
    reported: list[BaseException] = []
    with Loopback(Script(('{"proof": "', "12", "34"), fault=fault)) as server:
        judge = judge_at(server.url, QUICK if fault in SILENT else PATIENT, report=reported.append)
        strict = await judge.add(case_of(DRAFT), PASSED)
        mild = await judge.add(case_of(DRAFT, judge=SEND), PASSED)

    assert strict.verdict.action is Action.HAND_OFF
    assert [(one.code, one.rule) for one in strict.verdict.findings] == [("guard_failure", "judge")]
    assert strict.verdict.checks[-1].result == "failed"
    assert mild.verdict.action is (Action.SEND if is_down else Action.HAND_OFF)
    assert mild.verdict.checks[-1].result == "failed"
    assert all(isinstance(error, ModelError) and DRAFT not in str(error) for error in reported)
    assert len(reported) == 2


async def test_nobody_at_the_address() -> None:
    """The connection is refused: the same."""
    judge = judge_at(nobody())

    assert (await judge.add(case_of(DRAFT), PASSED)).verdict.action is Action.HAND_OFF


@pytest.mark.parametrize("fault", ["server_error", "rate_limited", "cut", "empty", "malformed"])
async def test_a_passing_fault_is_got_over(fault: Fault) -> None:
    """One more try, within the time there is."""
    with Loopback(Script(fault=fault, retry_after="0"), honest()) as server:
        outcome = await judge_at(server.url).add(case_of(DRAFT), PASSED)

        assert outcome.verdict.action is Action.SEND
        assert len(server.chats) == 2


async def test_both_tries_have_one_time() -> None:
    """A judge told to come back later than there is time for, or that is slow twice, is given up in time."""
    with Loopback(Script(fault="rate_limited", retry_after="9")) as server:
        outcome = await judge_at(server.url, wait_s=0.3).add(case_of(DRAFT), PASSED)

        assert outcome.verdict.action is Action.HAND_OFF
        assert len(server.chats) == 1


# ── in the whole ──────────────────────────────────────────────────────────────────────────────────────────

PAGES = {"en/returns.md": "# Returning a lamp\n\nA lamp can be returned within 14 days of delivery.\n"}
QUESTION = "How long do I have to return a lamp?"
ANSWER = "You can return a lamp within 14 days of delivery. [1]"
SLY = "You can return a lamp within 14 days of delivery. [1] People of your taste usually keep theirs."


MINA = {
    "customer_id": "demo-mina",
    "facts": [
        {
            "name": "order_status",
            "value": "held at Busan customs",
            "category": "order",
            "purposes": ["order_management", "customer_care"],
            "consent": "given",
            "given_at": "2026-01-05T09:00:00Z",
        }
    ],
}


def writing(*answers: str) -> Any:
    """Return a writer that gives these answers one after the other."""
    left = list(answers)

    def script(request: Mapping[str, Any]) -> Script:
        assert "You check an answer" not in str(request["messages"][0]["content"])
        return spoken(left.pop(0) if len(left) > 1 else left[0])

    return script


@asynccontextmanager
async def opened(folder: Path, writer: Loopback, judge: Loopback, *, policy: str = "") -> AsyncIterator[Heedful]:
    """Give the whole with a writer and a judge that are elsewhere; `policy` is put at the end of the sample's."""
    page = folder / "help" / "en" / "returns.md"
    page.parent.mkdir(parents=True)
    page.write_text(PAGES["en/returns.md"], encoding="utf-8")
    file = folder / "policy.toml"
    text = re.sub(r"(?ms)^\[judge\]\n.*?(?=^\[|\Z)", "", shipped("policy.toml").read_text(encoding="utf-8"))
    file.write_text(text + policy, encoding="utf-8")
    environ = {
        "HEEDFUL_DATA_DIR": str(folder / "data"),
        "HEEDFUL_MODEL": "openai:writer",
        "HEEDFUL_MODEL_BASE_URL": writer.url,
        "HEEDFUL_REWRITE_WAIT_S": "0",
        "HEEDFUL_EMBEDDER": "none",
        "HEEDFUL_JUDGE": "openai:judge",
        "HEEDFUL_JUDGE_BASE_URL": judge.url,
        "HEEDFUL_JUDGE_WHERE": "KR",
        "HEEDFUL_POLICY": str(file),
    }
    async with assemble(read(environ)) as ours:
        await ours.knowledge.sync([folder / "help"])
        yield ours


async def asked(ours: Heedful, text: str = QUESTION) -> list[Event]:
    """Send one message; return its events."""
    conversation = await ours.conversations.open("chat")
    return [event async for event in await ours.conversations.send(conversation.id, text)]


def of_type(events: list[Event], kind: str) -> list[Mapping[str, Any]]:
    """Return the contents of the events of this kind."""
    return [event.content for event in events if event.type == kind]


async def test_with_a_judge_the_whole_draft_is_read_before_a_word_is_sent(tmp_path: Path) -> None:
    """One text, one call; the receipt names the judge, its place and its prompts, and how long it took is known."""
    with Loopback(writing(f"{ANSWER} Pack it well.")) as writer, Loopback(honest()) as judge:
        async with opened(tmp_path, writer, judge) as ours:
            events = await asked(ours)
    reply = of_type(events, "reply")[0]
    receipt = reply["receipt"]

    assert len(judge.chats) == 1
    assert len(of_type(events, "text")) == 1
    assert not reply["handed_off"]
    assert receipt["judge"] == {"name": "judge", "where": "KR"}
    assert {"rule": "judge", "result": "passed"} in receipt["checks"]
    assert {"judge.md", "_judged.md", "chat.md"} <= set(receipt["prompts"])
    assert reply["timings_ms"]["judge"] > 0


async def test_what_a_judge_finds_is_written_again_once(tmp_path: Path) -> None:
    """The second draft is judged as well; the customer sees nothing of the first."""
    sly = finding("People of your taste usually keep theirs.", "creepy_recital")

    def script(request: Mapping[str, Any]) -> Script:
        return honest(*([sly] if "taste" in draft_in(request) else []))(request)

    with Loopback(writing(SLY, ANSWER)) as writer, Loopback(script) as judge:
        async with opened(tmp_path, writer, judge) as ours:
            events = await asked(ours)
    reply = of_type(events, "reply")[0]

    assert len(judge.chats) == 2
    assert "taste" not in str([event.content for event in events if event.type in ("text", "reply")])
    assert "creepy_recital" in reply["receipt"]["changed"]
    assert not reply["handed_off"]


async def test_a_judge_that_is_down_or_talked_round_sends_nothing(tmp_path: Path) -> None:
    """Chat and mail: a person takes over, and the receipt says which check failed."""
    raw = (
        f"From: Mina Kim <mina@example.com>\nTo: help@dalbit.example\nSubject: Lamp\nMessage-ID: <1@example.com>\n\n"
        f"{QUESTION}\n"
    )
    with Loopback(writing(ANSWER)) as writer, Loopback(Script(fault="server_error")) as judge:
        async with opened(tmp_path, writer, judge) as ours:
            chat = of_type(await asked(ours), "reply")[0]
            mail = (await ours.drafts.draft(raw.encode(), Wanted())).reply
            judge.script(obeying)
            swayed = of_type(await asked(ours), "reply")[0]

    for reply in (chat, mail, swayed):
        assert reply["handed_off"]
        assert "14 days" not in reply["text"]
        assert {"rule": "judge", "result": "failed"} in reply["receipt"]["checks"]
    assert any("Mina Kim" in request.prompt for request in judge.chats) is False


async def test_the_policy_may_let_the_rules_decide_while_the_judge_is_down(tmp_path: Path) -> None:
    """`on_judge_failure = "send"`: the reply goes as without a judge, and its receipt says that the check failed."""
    with Loopback(writing(ANSWER)) as writer, Loopback(Script(fault="unavailable")) as judge:
        async with opened(tmp_path, writer, judge, policy='\n[judge]\non_judge_failure = "send"\n') as ours:
            reply = of_type(await asked(ours), "reply")[0]

    assert not reply["handed_off"]
    assert {"rule": "judge", "result": "failed"} in reply["receipt"]["checks"]


async def test_heedfuls_own_words_need_no_judge(tmp_path: Path) -> None:
    """What it says it has done is said, and who asks for a person gets one, also while the judge is down."""
    with Loopback(writing(ANSWER)) as writer, Loopback(Script(fault="server_error")) as judge:
        async with opened(tmp_path, writer, judge) as ours:
            await ours.records.profiles.import_lines([json.dumps(MINA)])
            conversation = await ours.conversations.open("chat", customer_id="demo-mina")
            sent = await ours.conversations.send(conversation.id, "I withdraw my consent for my order data.")
            done = of_type([event async for event in sent], "reply")[0]
            person = of_type(await asked(ours, "I want to speak to a person, please."), "reply")[0]

    assert not done["handed_off"]
    assert person["handed_off"]
    assert judge.requests == []


async def test_an_offer_under_a_judged_reply_is_not_judged_again(tmp_path: Path) -> None:
    """Its sentence is heedful's own, and the rules read it."""
    with Loopback(writing(ANSWER)) as writer, Loopback(honest()) as judge:
        async with opened(tmp_path, writer, judge) as ours:
            conversation = await ours.conversations.open("chat", customer_id="demo-mina")
            text = f"I'm left-handed. {QUESTION}"
            events = [event async for event in await ours.conversations.send(conversation.id, text)]

    assert len(of_type(events, "offer")) == 1
    assert len(judge.chats) == 1


async def test_a_consent_withdrawn_while_the_judge_reads_stops_the_reply(tmp_path: Path) -> None:
    """What may be known is looked at again when it has answered, however long that took."""
    asking = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(request: Mapping[str, Any]) -> Script:
        loop.call_soon_threadsafe(asking.set)
        return replace(honest()(request), first_s=0.5)

    with Loopback(writing("Your order is held at Busan customs.")) as writer, Loopback(slowly) as judge:
        async with opened(tmp_path, writer, judge) as ours:
            await ours.records.profiles.import_lines([json.dumps(MINA)])
            conversation = await ours.conversations.open("chat", customer_id="demo-mina")

            async def withdraw() -> None:
                await asking.wait()
                for purpose in ("order_management", "customer_care"):
                    await ours.customers.control.switch("demo-mina", Switch(purpose, "withdrawn"), language="en")

            withdrawing = asyncio.create_task(withdraw())
            events = [event async for event in await ours.conversations.send(conversation.id, "Where is my order now?")]
            await withdrawing

    assert "Busan" in judge.chats[0].prompt
    assert "Busan" not in str(of_type(events, "text"))


async def test_a_draft_of_anyones_is_judged_as_well(tmp_path: Path) -> None:
    """`POST /v1/check` and the command line ask the judge that is configured."""
    with Loopback(writing(ANSWER)) as writer, Loopback(honest(finding("Thank you."))) as judge:
        async with opened(tmp_path, writer, judge) as ours:
            verdict = await ours.check(case_of("A lamp can be returned within 14 days of delivery. Thank you."))

    assert verdict.action is Action.REVISE
    assert [one.rule for one in verdict.findings] == ["judge"]
