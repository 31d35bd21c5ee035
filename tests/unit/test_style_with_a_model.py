"""A model that writes badly on purpose, over the wire: what it is told, what goes out, and what is recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heedful.assemble import Heedful, assemble
from heedful.settings import read
from heedful.values import Turn
from tests.loopback import Loopback, Script, spoken

pytestmark = pytest.mark.anyio

PAGES = {
    "en/fees.md": "# Delivery fees\n\nDelivery costs 3,000 won. Orders over 50,000 won are delivered free of charge.\n",
    "ko/fees.md": "# 배송비\n\n배송비는 3,000원입니다. 5만 원 이상 주문하시면 무료로 보내 드립니다.\n",
}
QUESTIONS = {"en": "What does delivery cost?", "ko": "배송비가 얼마예요?"}
GOOD = {
    "en": "Delivery costs 3,000 won. [1] Orders over 50,000 won are delivered free of charge. [1]",
    "ko": "배송비는 3,000원입니다. [1] 5만 원 이상 주문하시면 무료로 보내 드립니다. [1]",
}
BAD = {
    "over_apology": ("en", "Delivery costs 3,000 won. [1] We are so sorry. We sincerely apologise again."),
    "answer_not_first": (
        "en",
        "Thank you for contacting us. I'd be happy to help you with that. Delivery costs 3,000 won. [1]",
    ),
    "wrong_language": ("ko", "Delivery costs 3,000 won in this shop. [1] Orders over 50,000 won are free. [1]"),
    "honorific_thing": ("ko", "배송비는 3,000원이세요. [1] 5만 원 이상은 무료세요. [1]"),
}
ASKED = {
    "over_apology": "said sorry more than once",
    "answer_not_first": "did not stand in its first sentence",
    "wrong_language": "not in the customer's language",
    "honorific_thing": "honoured a thing",
}


@dataclass
class Answering:
    """A service over two pages whose model says `first` to a question, and `second` when it is to write again."""

    ours: Heedful
    model: Loopback

    async def ask(self, channel: str, language: str, first: str, second: str) -> Mapping[str, Any]:
        """Return the reply's JSON."""

        def answer(request: Mapping[str, Any]) -> Script:
            return spoken(second if "a check stopped it" in str(request["messages"][-1]["content"]) else first)

        self.model.script(answer)
        self.model.requests.clear()
        events = await self.ours.conversations.answer(channel, [Turn("customer", QUESTIONS[language])])  # type: ignore[arg-type]
        return next(event.content for event in events if event.type == "reply")

    @property
    def reasons(self) -> str:
        """What the model was told when it was to write again; empty when it was not."""
        return next((r.prompt for r in self.model.chats if "a check stopped it" in r.prompt), "").split(
            "What was wrong"
        )[-1]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module: the service is opened once."""
    return "asyncio"


@pytest.fixture(scope="module")
async def answering(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Answering]:
    folder: Path = tmp_path_factory.mktemp("style")
    for name, text in PAGES.items():
        page = folder / "help" / name
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    with Loopback() as model:
        environ = {
            "HEEDFUL_MODEL": "openai:any",
            "HEEDFUL_MODEL_BASE_URL": model.url,
            "HEEDFUL_EMBEDDER": "none",
            "HEEDFUL_DATA_DIR": str(folder / "data"),
        }
        async with assemble(read(environ)) as ours:
            await ours.knowledge.sync([folder / "help"])
            yield Answering(ours, model)


@pytest.mark.parametrize("rule", BAD)
async def test_a_whole_draft_is_written_better_once(rule: str, answering: Answering) -> None:
    """In whole release the model is told in words what was wrong, and its better text goes out."""
    language, bad = BAD[rule]

    reply = await answering.ask("assist", language, bad, GOOD[language])

    assert reply["text"] == GOOD[language]
    assert ASKED[rule] in answering.reasons
    assert f"style:{rule}" in reply["receipt"]["changed"]
    assert reply["handed_off"] is False


@pytest.mark.parametrize("rule", ["answer_not_first", "wrong_language", "honorific_thing"])
async def test_a_bad_opening_is_mended_before_it_is_shown(rule: str, answering: Answering) -> None:
    """In unit release nothing of the bad draft is ever seen."""
    language, bad = BAD[rule]

    reply = await answering.ask("chat", language, bad, GOOD[language])

    assert reply["text"] == GOOD[language]
    assert ASKED[rule] in answering.reasons


async def test_after_the_opening_style_is_recorded(answering: Answering) -> None:
    """In unit release what sounds bad further down goes out, and the receipt says what it was."""
    language, bad = BAD["over_apology"]

    reply = await answering.ask("chat", language, bad, GOOD[language])

    assert reply["text"] == bad
    assert answering.reasons == ""
    assert {"rule": "style:over_apology", "result": "found"} in reply["receipt"]["checks"]


async def test_the_second_text_goes_out_whatever_style_says_of_it(answering: Answering) -> None:
    """A model that can't do better does not cost the customer the answer."""
    language, bad = BAD["honorific_thing"]

    reply = await answering.ask("assist", language, bad, bad)

    assert reply["text"] == bad
    assert reply["handed_off"] is False
    assert {"rule": "style:honorific_thing", "result": "found"} in reply["receipt"]["checks"]


async def test_what_sells_is_for_the_guard(answering: Answering) -> None:
    """Pressure is no matter of style: its sentence is left out, and the rest goes."""
    sells = "Delivery costs 3,000 won. [1] Buy now, only 2 left in stock, or you will miss out!"

    reply = await answering.ask("chat", "en", sells, GOOD["en"])

    assert reply["text"] == "Delivery costs 3,000 won. [1]"
    assert "sales_pressure" in reply["receipt"]["changed"]


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_a_good_draft_is_not_written_again(language: str, answering: Answering) -> None:
    """It costs one call, and its receipt says nothing of style."""
    reply = await answering.ask("email", language, GOOD[language], "never said")

    assert GOOD[language] in reply["text"]
    assert len(answering.model.chats) == 1
    assert not [check for check in reply["receipt"]["checks"] if check["rule"].startswith("style")]
