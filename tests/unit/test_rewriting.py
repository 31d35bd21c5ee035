"""A question made to stand alone by a model: when it is asked, what it reads, and what happens when it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from heedful.assemble import assemble
from heedful.errors import ModelError
from heedful.policy import load
from heedful.prompts import Prompts
from heedful.query import Hide
from heedful.rewriting import Rewriter, leans
from heedful.settings import read, shipped
from heedful.values import Conversation, FactInView, ModelName, Passage, Prompt, Retrieved, Speaker, Turn, View
from tests.loopback import Loopback, Script, spoken

pytestmark = pytest.mark.anyio

POLICY, PROMPTS = load(shipped("policy.toml")), Prompts(shipped("prompts"))
CARD = "4111 1111 1111 1111"


@dataclass
class Model:
    """Says what it was told to, or fails, or never ends; keeps what it was asked."""

    answer: str = ""
    error: bool = False
    hangs: bool = False
    asked: list[Prompt] = field(default_factory=list)
    model = ModelName("scripted", "this machine")

    async def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        self.asked.append(prompt)
        for piece in self.answer.split(" "):
            yield piece + " "
        if self.error:
            raise ModelError("the connection was cut", retryable=True, code="model_cut_off")
        if self.hangs:
            await asyncio.Event().wait()


@dataclass
class Searches:
    """Finds what the script says for a question; keeps what was searched."""

    found: dict[str, float]
    searched: list[tuple[str, str, int]] = field(default_factory=list)

    async def retrieve(
        self, question: str, *, language: str, history: Sequence[Turn] = (), hide: Hide | None = None
    ) -> Retrieved:
        del hide
        self.searched.append((question, language, len(history)))
        likely = self.found.get(question, 0.0)
        passage = Passage(f"p:{question}", "a", "A", "Text.", "https://help.example/a", language)
        return Retrieved((passage,) if likely else (), likely, passage, question)


def talk(*texts: str) -> Conversation:
    """Return a conversation in which customer and assistant take turns."""
    speakers: tuple[Speaker, Speaker] = ("customer", "assistant")
    return Conversation("c1", "chat", tuple(Turn(speakers[n % 2], text) for n, text in enumerate(texts)))


def rewriter(model: Model, wait_s: float = 5.0, reported: list[BaseException] | None = None) -> Rewriter:
    """Return a rewriter for help content in English and Korean."""

    async def languages() -> tuple[str, ...]:
        return ("ko", "en")

    report = (reported if reported is not None else []).append
    return Rewriter(model, POLICY, PROMPTS, len, languages, wait_s, report)


FOLLOW_UP = talk("What does delivery cost?", "₩3,000.", "And to Jeju?")


async def test_a_follow_up_is_searched_as_it_was_rewritten() -> None:
    """It is asked once for all languages, and what stands alone is searched without the history."""
    model = Model("en: What does delivery to Jeju cost?\nko: 제주 배송비는 얼마인가요?")
    searches = Searches({"And to Jeju?": 0.6, "What does delivery to Jeju cost?": 0.9})
    found, rewritten = await rewriter(model).find(searches, FOLLOW_UP, "en", View())

    assert found.question == "What does delivery to Jeju cost?"
    assert searches.searched == [("And to Jeju?", "en", 2), ("What does delivery to Jeju cost?", "en", 0)]
    assert rewritten.questions == {"en": "What does delivery to Jeju cost?", "ko": "제주 배송비는 얼마인가요?"}
    assert set(rewritten.digests) == {"rewrite_question.md", "_turns.md"}
    assert len(model.asked) == 1


async def test_help_content_in_another_language_is_searched_in_its_words() -> None:
    """Where the question's own language has no answer, its translation is searched, and counts a little less."""
    model = Model("ko: 님버스 허브를 초기화하려면?\nen: How do I reset the Nimbus hub?")
    searches = Searches({"How do I reset the Nimbus hub?": 0.9})
    found, _ = await rewriter(model).find(searches, talk("님버스 허브 초기화요"), "ko", View())

    assert [passage.id for passage in found.passages] == ["p:How do I reset the Nimbus hub?"]
    assert found.answerable == pytest.approx(0.72)


@pytest.mark.parametrize(
    ("conversation", "likely"),
    [
        (talk("What does delivery to Jeju cost?"), 0.9),
        (talk("Hello", "Hello!", "What does delivery to Jeju cost?"), 0.5),
    ],
)
async def test_a_question_that_stands_alone_costs_no_call(conversation: Conversation, likely: float) -> None:
    """Where the plain words are enough the model is not asked."""
    model = Model("en: something else")
    searches = Searches({conversation.question: likely})
    found, rewritten = await rewriter(model).find(searches, conversation, "en", View())

    assert (found.answerable, model.asked, rewritten.questions) == (likely, [], {})


@pytest.mark.parametrize(
    "model",
    [
        Model(error=True),
        Model("en: What does", error=True),
        Model("", hangs=True),
        Model("en: What does delivery", hangs=True),
        Model(""),
        Model("I am sorry, I can't.\nPlease write to us."),
        Model("fr: Combien coûte la livraison ?"),
    ],
)
async def test_whatever_goes_wrong_the_plain_words_are_searched(model: Model) -> None:
    """An error, an answer that never ends, or one that is none leaves what the plain words found."""
    searches = Searches({"And to Jeju?": 0.6})
    found, rewritten = await rewriter(model, wait_s=0.05).find(searches, FOLLOW_UP, "en", View())

    assert (found.answerable, found.question) == (0.6, "And to Jeju?")
    assert rewritten.questions == {}


async def test_a_failure_is_told_to_the_operator_without_a_customers_words() -> None:
    """The report names what happened, and nothing that was said."""
    reported: list[BaseException] = []
    await rewriter(Model(hangs=True), 0.05, reported).find(Searches({}), FOLLOW_UP, "en", View())

    assert len(reported) == 1
    assert "Jeju" not in str(reported[0])


async def test_a_worse_rewriting_is_not_taken() -> None:
    """What the plain words find surely is kept when the rewritten question finds less."""
    searches = Searches({"And to Jeju?": 0.9, "Who am I?": 0.55})
    found, _ = await rewriter(Model("en: Who am I?")).find(searches, FOLLOW_UP, "en", View())

    assert found.question == "And to Jeju?"


async def test_an_answer_without_codes_is_the_question_itself() -> None:
    """A company's own prompt may ask for the bare question."""
    searches = Searches({"What does delivery to Jeju cost?": 0.9})
    found, _ = await rewriter(Model("What does delivery to Jeju cost?")).find(searches, FOLLOW_UP, "en", View())

    assert found.answerable == 0.9


async def test_the_model_reads_no_identifier() -> None:
    """Cards and values the policy hides are placeholders in what it reads, and none of them is searched for."""
    fact = FactInView(
        "order_id", "MO-88213", "order", "order_management", "k1", datetime(2026, 1, 5, tzinfo=UTC), placeholder=True
    )
    model = Model("en: Where is ‹order-1› paid by ‹card-1›?")
    searches = Searches({})
    conversation = talk(f"I paid MO-88213 by {CARD}.", "Thank you.", "And where is it?")
    await rewriter(model).find(searches, conversation, "en", View((fact,)))
    read = json.dumps([message.content for message in model.asked[0].messages], ensure_ascii=False)

    assert "MO-88213" not in read
    assert CARD not in read
    assert "‹order-1›" in read
    assert ("Where is paid by ?", "en", 0) in searches.searched


@pytest.mark.parametrize(
    ("conversation", "language", "expected"),
    [
        (FOLLOW_UP, "en", True),
        (talk("배송비 얼마예요?", "3,000원입니다.", "그럼 제주는요?"), "ko", True),
        (talk("And to Jeju?"), "en", False),
        (talk("What does delivery cost?", "₩3,000.", "How do I reset a forgotten password?"), "en", False),
    ],
)
async def test_what_leans_on_what_was_said(conversation: Conversation, language: str, expected: bool) -> None:
    """A follow-up that says little by itself leans; a new question, or a first one, does not."""
    assert leans(conversation, language) is expected


async def test_a_conversation_is_answered_from_what_the_model_made_of_it(tmp_path: Path) -> None:
    """From the message to the receipt: one call to rewrite the follow-up, one to write, and both prompts are named."""
    page = tmp_path / "help" / "fees.md"
    page.parent.mkdir()
    page.write_text("# Delivery fees\n\nDelivery costs 3,000 won. To Jeju it costs 5,000 won more.\n", encoding="utf-8")

    def answer(request: Mapping[str, Any]) -> Script:
        rewriting = "search question" in str(request["messages"][0]["content"])
        return spoken("en: What does delivery to Jeju cost?" if rewriting else "To Jeju it costs 5,000 won more. [1]")

    with Loopback(answer) as model:
        environ = {"HEEDFUL_MODEL": "openai:any", "HEEDFUL_MODEL_BASE_URL": model.url, "HEEDFUL_EMBEDDER": "none"}
        async with assemble(read({**environ, "HEEDFUL_DATA_DIR": str(tmp_path / "data")})) as ours:
            await ours.knowledge.sync([page.parent])
            turns = [Turn("customer", "What does delivery cost?"), Turn("assistant", "3,000 won."), FOLLOW_UP.turns[-1]]
            events = await ours.conversations.answer("chat", turns)
        asked = [request.prompt for request in model.chats]
    reply = next(event.content for event in events if event.type == "reply")

    assert [("search question" in prompt) for prompt in asked] == [True, False]
    assert reply["text"].startswith("To Jeju it costs 5,000 won more.")
    assert {"rewrite_question.md", "chat.md"} <= reply["receipt"]["prompts"].keys()
