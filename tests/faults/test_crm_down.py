"""A company's own system beside the database: its facts in replies, and replies when it is down, slow or wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heedful import diagnosis
from heedful.assemble import Heedful, assemble
from heedful.settings import Settings, read
from heedful.values import Consent, Fact
from tests.crm_server import Crm, Fault
from tests.loopback import Loopback, spoken

pytestmark = pytest.mark.anyio

QUESTION = "제 주문은 언제 배송되나요?"
ORDER = {"name": "order_status", "value": "배송 중", "category": "order", "source": "shop"}
GOSSIP = {"name": "gossip", "value": "loves cats", "category": "gossip"}
ANSWER = "주문하신 상품은 배송 중입니다. 조금만 기다려 주세요. 감사합니다."
CONSENT = Consent("k1", "order_management", "given", datetime(2026, 1, 5, tzinfo=UTC), category="order")
OWN = Fact("order_note", "문 앞에 놓아 주세요", "order", "shop")


@pytest.fixture
def crm() -> Iterator[Crm]:
    """A company's own system that knows Mina's order."""
    with Crm({"demo-mina": [ORDER, GOSSIP]}) as crm:
        yield crm


@pytest.fixture
def model() -> Iterator[Loopback]:
    """A model that always says the same three sentences."""
    with Loopback(spoken(ANSWER)) as server:
        yield server


def settings_of(folder: Path, model: Loopback, crm: Crm, **more: str) -> Settings:
    """Return settings over an empty folder."""
    environ = {
        "HEEDFUL_DATA_DIR": str(folder / "data"),
        "HEEDFUL_MODEL": "openai:scripted",
        "HEEDFUL_MODEL_BASE_URL": model.url,
        "HEEDFUL_REWRITE_WAIT_S": "0",
        "HEEDFUL_EMBEDDER": "none",
        "HEEDFUL_CRM_URL": crm.url,
        "HEEDFUL_CRM_TOKEN": "shown",
        "HEEDFUL_CRM_TIMEOUT_S": "60",
        "HEEDFUL_CRM_CACHE_S": "600",
    }
    return read({**environ, **more})


@asynccontextmanager
async def opened(settings: Settings, told: list[BaseException]) -> AsyncIterator[Heedful]:
    """Give the whole, with what Mina agreed to and one fact of hers in the database."""
    page = settings.data_dir.parent / "help" / "ko" / "parcel.md"
    page.parent.mkdir(parents=True)
    page.write_text("# 배송 조회\n\n배송 중인 상품은 주문 내역에서 배송 조회를 누르시면 보입니다.\n", encoding="utf-8")
    async with assemble(settings, report=told.append) as ours:
        await ours.knowledge.sync([page.parent.parent])
        await ours.profiles.put("demo-mina", [OWN])
        await ours.profiles.record_consents("demo-mina", [CONSENT])
        yield ours


async def receipt_of(ours: Heedful) -> dict[str, Any]:
    """Ask as Mina; return the receipt of the reply."""
    conversation = await ours.conversations.open("chat", customer_id="demo-mina")
    events = [event async for event in await ours.conversations.send(conversation.id, QUESTION)]
    reply = next(event.content for event in events if event.type == "reply")
    assert not reply["handed_off"]
    return dict(reply["receipt"])


async def test_a_reply_uses_the_facts_of_the_company_s_own_system(model: Loopback, crm: Crm, tmp_path: Path) -> None:
    """They are read with the database's, asked for once a reply, and the receipt says where each came from."""
    told: list[BaseException] = []
    async with opened(settings_of(tmp_path, model, crm), told) as ours:
        receipt = await receipt_of(ours)
        state = (await ours.ready())["crm"]

    assert {fact["name"] for fact in receipt["facts"]} == {"order_status", "order_note"}
    assert {"rule": "profile", "result": "absent"} not in receipt["checks"]
    assert "배송 중" in model.chats[0].prompt
    assert "cats" not in model.chats[0].prompt
    assert [asked.headers["authorization"] for asked in crm.asked] == ["Bearer shown"]
    assert state.startswith("ok, 1 facts left out")
    assert [str(error)[:7] for error in told] == ["1 facts"]


@pytest.mark.parametrize("fault", ["server_error", "cut", "other", "no_json", "huge", "elsewhere"])
async def test_without_it_a_reply_is_written_from_the_database(
    model: Loopback, crm: Crm, tmp_path: Path, fault: Fault
) -> None:
    """Whatever is wrong there, the customer is answered, and the receipt says that the profile was not whole."""
    crm.fault = fault
    told: list[BaseException] = []
    async with opened(settings_of(tmp_path, model, crm), told) as ours:
        receipt = await receipt_of(ours)

    assert {fact["name"] for fact in receipt["facts"]} == {"order_note"}
    assert {"rule": "profile", "result": "absent"} in receipt["checks"]
    assert told
    assert not [error for error in told if "mina" in str(error) or "배송" in str(error)]


async def test_a_slow_one_is_left_alone_after_some_replies(model: Loopback, crm: Crm, tmp_path: Path) -> None:
    """Each look ends in time; soon nobody waits for it any more, and readiness says so."""
    crm.fault = "silent"
    told: list[BaseException] = []
    async with opened(settings_of(tmp_path, model, crm, HEEDFUL_CRM_TIMEOUT_S="0.05"), told) as ours:
        for _ in range(3):
            await receipt_of(ours)
        state = (await ours.ready())["crm"]

    assert state.startswith("missing: ")
    assert {getattr(error, "code", "") for error in told} == {"crm_timeout"}
    assert len(crm.asked) < 3 * len(ANSWER.split(". "))


async def test_doctor_asks_it_for_nobody(model: Loopback, crm: Crm, tmp_path: Path) -> None:
    """`heedful doctor` says whether it answers, and why not; it never asks for a customer there is."""
    settings = settings_of(tmp_path, model, crm)
    well = await diagnosis.examine(settings)
    crm.fault = "unauthorised"
    refused = await diagnosis.examine(settings)

    assert well.parts["crm"] == "ok, answers"
    assert refused.parts["crm"].startswith("missing: the company's own system did not accept the token (HTTP 401)")
    assert {asked.path for asked in crm.asked} == {"/customers/heedful-doctor"}
    assert "shown" not in str(refused.as_json())
