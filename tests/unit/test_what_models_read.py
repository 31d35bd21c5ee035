"""The raw bytes that go to writer, rewriter and embedder: no number that identifies, no value the policy hides."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from heedful.adapters.langchain_chat import LangChainChat
from heedful.adapters.openai_chat import OpenAIChat
from heedful.adapters.openai_embeddings import OpenAIEmbedder
from heedful.assemble import Heedful, assemble
from heedful.compose import compose
from heedful.drafts import Wanted
from heedful.policy import load
from heedful.ports import ChatModel
from heedful.prompts import Prompts
from heedful.settings import read, shipped
from heedful.values import Conversation, Event, Passage, Turn, View
from tests.loopback import Loopback, Script

pytestmark = pytest.mark.anyio

# As people write them; what is looked for in the bytes is letters and digits alone.
NUMBERS = {
    "card": (
        "4111-1111-1111-1111",
        "4111 1111 1111 1111",
        "4111111111111111",
        "４１１１－１１１１－１１１１－１１１１",
    ),
    "national number": ("900101-2345679", "900101 - 2345679", "9001012345679"),
    "account": ("국민은행 110-234-567890", "계좌 110 234 567890"),
    "passport": ("여권 M123A4567", "passport no. M123A4567"),
    "licence": ("운전면허 11-22-333444-55", "driver licence 11-22-333444-55"),
    "email": ("mina.kim@example.com", "Mina.Kim@Example.com"),
    "phone": ("010-1234-5678", "+82 10 1234 5678", "01012345678"),
}
HIDDEN = ("4111111111111111", "9001012345679", "110234567890", "m123a4567", "112233344455", "minakim", "1012345679")
OF_COMPANY = "우리은행 1005-123-456789"
PAGES = {
    "en/card.md": "# Changing your card\n\nChoose Payment. A card number looks like 4111 1111 1111 1111.\n",
    "ko/deposit.md": f"# 계좌 입금\n\n입금 계좌는 {OF_COMPANY}입니다. 결제 카드는 결제 수단에서 바꾸실 수 있습니다.\n",
    "ko/account.md": "# 계정 정보 변경\n\n계정의 이름과 이메일은 내 정보에서 바꾸실 수 있습니다.\n",
}
FACTS = [
    {"name": "full_name", "value": "김미나", "category": "identity"},
    {"name": "email", "value": "mina.kim@example.com", "category": "contact"},
    {"name": "phone", "value": "010-1234-5678", "category": "contact"},
    {"name": "card_number", "value": "4111-1111-1111-1111", "category": "payment"},
    {"name": "passport", "value": "M123A4567", "category": "unique_identifier"},
]
CONSENT = {"purposes": ["customer_care", "order_management", "account_management"], "consent": "given"}
MINA = {
    "customer_id": "demo-mina",
    "facts": [{**fact, **CONSENT, "given_at": "2026-01-05T09:00:00Z"} for fact in FACTS],
}


def letters(text: str) -> str:
    """Return letters and digits alone, of one width and case."""
    import unicodedata

    return re.sub(r"[^0-9a-z가-힣]", "", unicodedata.normalize("NFKC", text).lower())


def read_by(model: Loopback) -> list[str]:
    """Return what each request said in all, its headers and path too, JSON unescaped."""
    return [
        f"{request.path} {dict(request.headers)} {json.dumps(request.json, ensure_ascii=False)}\n"
        + request.body.decode("utf-8")
        for request in model.requests
    ]


def assert_nobody(texts: list[str], *more: str) -> None:
    """See that no number stands in any of them, nor any of `more`."""
    found = {hidden for hidden in (*HIDDEN, *map(letters, more)) for text in texts if hidden in letters(text)}

    assert found == set()


@pytest.fixture
def model() -> Iterator[Loopback]:
    """A model that asks to be given its placeholders back, letter by letter."""
    with Loopback(answering, dimensions=32) as server:
        yield server


def answering(request: Mapping[str, Any]) -> Script:
    """Answer with all the placeholders of the prompt; at first with one that was made up."""
    prompt = "\n".join(str(message["content"]) for message in request["messages"])
    if "search question" in prompt:
        return Script(tuple("ko: 카드를 바꾸는 방법"))
    last = str(request["messages"][-1]["content"])
    if "a check stopped it" not in last and "처음" in last:
        return Script(tuple("주문 ‹voucher-7›은 내일 도착합니다."))
    marks = list(dict.fromkeys(re.findall(r"‹[a-z_]+-\d›", last)))
    return Script(tuple(f"말씀하신 {', '.join(marks)}을 확인했습니다." if marks else "확인했습니다."))


@asynccontextmanager
async def opened(model: Loopback, folder: Path, rewrite_wait_s: str = "60") -> AsyncIterator[Heedful]:
    """Give the whole, with a model and an embedder that are elsewhere, and one customer."""
    for name, text in PAGES.items():
        page = folder / "help" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    environ = {
        "HEEDFUL_DATA_DIR": str(folder / "data"),
        "HEEDFUL_MODEL": "openai:scripted",
        "HEEDFUL_MODEL_BASE_URL": model.url,
        "HEEDFUL_EMBEDDER": "openai:scripted",
        "HEEDFUL_EMBEDDER_BASE_URL": model.url,
        "HEEDFUL_REWRITE_WAIT_S": rewrite_wait_s,
    }
    async with assemble(read(environ)) as ours:
        await ours.knowledge.sync([folder / "help"])
        done = await ours.records.profiles.import_lines([json.dumps(MINA, ensure_ascii=False)])
        assert not done.broken
        yield ours


async def said(ours: Heedful, *texts: str, customer_id: str | None = None) -> list[Event]:
    """Send the messages one after the other; return the events of all."""
    conversation = await ours.conversations.open("chat", customer_id=customer_id)
    events: list[Event] = []
    for text in texts:
        events += [event async for event in await ours.conversations.send(conversation.id, text)]
    return events


async def test_no_number_of_anybody_reaches_a_model(model: Loopback, tmp_path: Path) -> None:
    """Of a stranger, in a question, a follow-up and what was said before; in any spelling; the help content's too."""
    async with opened(model, tmp_path) as ours:
        for spellings in NUMBERS.values():
            for spelling in spellings:
                await said(ours, f"처음입니다. 카드를 바꾸려는데 {spelling} 맞나요?", f"그럼 {spelling}는요?")
    paths = {request.path.rpartition("/")[2] for request in model.requests}

    assert paths == {"embeddings", "completions"}
    assert any("search question" in request.prompt for request in model.chats)
    assert any("a check stopped it" in request.prompt for request in model.chats)
    assert_nobody(read_by(model), OF_COMPANY)


@pytest.mark.parametrize("rewrite_wait_s", ["60", "0"])
async def test_values_that_the_policy_hides_reach_no_model(
    model: Loopback, tmp_path: Path, rewrite_wait_s: str
) -> None:
    """Of a verified customer: name, mail and phone are placeholders also in their own words, and come back."""
    async with opened(model, tmp_path, rewrite_wait_s) as ours:
        events = await said(
            ours,
            "저는 김미나인데요, 계정 이메일 mina.kim@example.com을 바꾸고 싶어요",
            "김미나예요. 계정 전화번호 010-1234-5678은 맞나요?",
            customer_id="demo-mina",
        )
    replies = [event.content["text"] for event in events if event.type == "reply"]

    assert_nobody(read_by(model), "김미나", "demo-mina")
    assert any("‹identity-1›" in json.dumps(request.json, ensure_ascii=False) for request in model.chats)
    assert "김미나" in replies[0]
    assert "‹" not in "".join(replies)


async def test_a_mail_and_what_it_quotes_are_read_without_numbers(model: Loopback, tmp_path: Path) -> None:
    """Subject, text and quoted mail of a draft hold placeholders, too; the sender's address stays here."""
    numbers = "\n".join(f"> {spelling}" for spellings in NUMBERS.values() for spelling in spellings)
    raw = (
        "From: Mina Kim <mina.kim@example.com>\nTo: help@dalbit.example\nSubject: card 4111-1111-1111-1111\n"
        "Message-ID: <1@example.com>\nContent-Type: text/plain; charset=utf-8\n\n"
        f"결제 카드를 바꾸고 싶어요. 010-1234-5678\n\nOn Monday, Dalbit wrote:\n{numbers}\n"
    )
    async with opened(model, tmp_path) as ours:
        await ours.drafts.draft(raw.encode(), Wanted())

    assert model.chats
    assert_nobody(read_by(model))


def by_openai(url: str) -> ChatModel:
    """Return the model by OpenAI's package."""
    return OpenAIChat(model="scripted", base_url=url, api_key="any")


def by_langchain(url: str) -> ChatModel:
    """Return the model by LangChain's."""
    return LangChainChat("openai:scripted", base_url=url, api_key="any")


@pytest.mark.parametrize("make", [by_openai, by_langchain])
async def test_each_way_to_a_model_sends_the_prompt_and_no_more(
    model: Loopback, make: Callable[[str], ChatModel]
) -> None:
    """What the adapter puts on the wire is the prompt's messages: nothing of what they were made from."""
    every = " / ".join(spelling for spellings in NUMBERS.values() for spelling in spellings)
    passage = Passage("p1", "a1", every, every, "https://help.example/a", "ko", trust="untrusted")
    prompt = compose(
        "chat",
        conversation=Conversation(
            "c1", "chat", (Turn("customer", every), Turn("assistant", every), Turn("customer", every))
        ),
        question=every,
        language="ko",
        kinds=(),
        passages=(passage,),
        view=View(),
        policy=load(shipped("policy.toml")),
        prompts=Prompts(shipped("prompts")),
        count=len,
        max_prompt_tokens=60_000,
        max_reply_tokens=100,
        released=every,
    )
    pieces = [piece async for piece in make(model.url).stream(prompt)]

    assert pieces
    assert_nobody(read_by(model))


async def test_an_embedder_elsewhere_reads_no_number(model: Loopback) -> None:
    """Questions and help content alike, also where a long text is cut; as many rows come back as texts went in."""
    every = [spelling for spellings in NUMBERS.values() for spelling in spellings]
    long = ["글 " * length + "4111111111111111" for length in (2_985, 2_992, 2_999)]
    embedder = OpenAIEmbedder(model="any", base_url=model.url)
    asked = await embedder.embed([*every, *long, ""], role="question")
    kept = await embedder.embed(["카드 4111-1111-1111-1111, help@dalbit.example"] * 300, role="passage")
    await embedder.close()

    assert (len(asked), len(kept)) == (len(every) + 4, 300)
    assert_nobody(read_by(model), "41111111")
    assert "help@dalbit.example" in read_by(model)[-1]
