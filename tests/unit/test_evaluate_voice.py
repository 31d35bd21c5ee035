"""`heedful eval voice`: figures over replies, by rules and in a model's opinion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from heedful.adapters.openai_chat import OpenAIChat
from heedful.errors import InputError
from heedful.evaluate import voice
from heedful.evaluate.reading_ease import eojeol_a_sentence, flesch
from heedful.evaluate.voice_judge import VoiceJudge
from heedful.prompts import Prompts
from heedful.settings import shipped
from tests.loopback import Loopback, Script, spoken

pytestmark = pytest.mark.anyio

ITEMS: list[dict[str, Any]] = [
    {
        "id": "1",
        "lang": "en",
        "state": "neutral",
        "question": "What does delivery cost?",
        "reply": "Delivery costs ₩3,000.",
        "passages": ["Delivery costs ₩3,000."],
        "expect": [],
    },
    {
        "id": "2",
        "lang": "en",
        "state": "upset",
        "question": "My vase came broken.",
        "reply": "We send a new vase today. A broken vase is a nasty surprise.",
        "expect": [],
    },
    {
        "id": "3",
        "lang": "en",
        "state": "neutral",
        "question": "What does delivery cost?",
        "reply": "Thank you for writing. I'd be happy to help. That must be frustrating. Delivery costs ₩3,000.",
        "expect": ["answer_not_first"],
    },
    {
        "id": "4",
        "lang": "ko",
        "state": "neutral",
        "question": "배송비가 얼마예요?",
        "reply": "배송비는 3,000원이세요.",
        "expect": ["honorific_thing", "jargon"],
    },
]
MARKS = {"emotional_reaction": 1, "interpretation": 2, "exploration": 0, "helpfulness": 2}


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """The items as a file."""
    return written(tmp_path, *ITEMS)


def written(folder: Path, *items: Mapping[str, Any]) -> Path:
    """Return a file of these items."""
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items), encoding="utf-8")
    return path


async def test_the_figures(items: Path, tmp_path: Path) -> None:
    """Rates of each rule, of answers that come first, of care by state, and agreement with what is expected."""
    figures = await voice.evaluate(items, tmp_path / "misses.jsonl")

    assert figures["n"] == 4
    assert figures["rules"]["honorific_thing"] == 0.25
    assert figures["information_first"] == 0.75
    assert (figures["care_where_due"], figures["care_where_not_due"]) == (1.0, 0.3333)
    assert figures["language_match"] == 1.0
    assert (figures["expected"], figures["precision"], figures["recall"]) == (3, 0.6667, 0.6667)
    assert figures["by_rule"]["honorific_thing"] == {"expected": 1, "precision": 1.0, "recall": 1.0}
    assert figures["by_lang"]["ko"]["reading_ease"] == {"eojeol_a_sentence": 2.0}
    assert figures["by_lang"]["en"]["length"]["sentences"] == pytest.approx(7 / 3, abs=0.01)
    misses = [json.loads(line) for line in (tmp_path / "misses.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(miss["id"], [wrong["of"] for wrong in miss["wrong"]]) for miss in misses] == [
        ("3", ["empty_empathy"]),
        ("4", ["jargon"]),
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"state": "sad"}, "item '1': 'state' is one of neutral"),
        ({"expect": ["rude"]}, "item '1': 'expect' is a list of rules"),
        ({"passages": "text"}, "item '1': 'passages' is a list of texts"),
        ({"channel": "phone"}, "item '1': 'channel' is one of chat"),
        ({"reply": None}, "item '1': 'reply' is a text"),
    ],
)
async def test_an_item_that_is_none(change: Mapping[str, Any], says: str, tmp_path: Path) -> None:
    """What is wrong with an item is said with its id."""
    with pytest.raises(InputError, match=says):
        await voice.evaluate(written(tmp_path, {**ITEMS[0], **change}))


async def test_a_models_opinion(items: Path) -> None:
    """The marks are asked for by a schema, reply by reply, and averaged; what a reply says is fenced."""
    with Loopback(spoken(json.dumps(MARKS))) as server:
        model = OpenAIChat(model="any", base_url=server.url, api_key="any")
        figures = await voice.evaluate(items, judge=VoiceJudge(model, Prompts(shipped("prompts"))))
        await model.close()
        asked = server.chats

    assert figures["opinion"] == {"marked": 1.0, **MARKS}
    assert len(asked) == len(ITEMS)
    assert asked[0].json["response_format"]["json_schema"]["schema"]["required"] == list(MARKS)
    assert "⟦the reply⟧\nDelivery costs ₩3,000.\n⟦end of the reply⟧" in asked[0].prompt


@pytest.mark.parametrize(
    "script",
    [
        spoken("Very warm."),
        spoken(json.dumps({**MARKS, "helpfulness": 9})),
        spoken(json.dumps({**MARKS, "helpfulness": True})),
        spoken('{"emotional_reaction": 1}'),
        Script(('{"emotional',), fault="length"),
    ],
)
async def test_an_opinion_that_is_none(script: Script, tmp_path: Path) -> None:
    """A reply that a model twice can't mark counts as not marked, and is no zero."""
    with Loopback(script) as server:
        model = OpenAIChat(model="any", base_url=server.url, api_key="any", max_retries=0)
        judge = VoiceJudge(model, Prompts(shipped("prompts")))
        figures = await voice.evaluate(written(tmp_path, ITEMS[0]), judge=judge)
        await model.close()
        calls = len(server.chats)

    assert figures["opinion"] == {"marked": 0.0}
    assert calls == 2


def test_flesch() -> None:
    """Short words in short sentences read more easily than long ones in a long sentence."""
    easy, hard = (
        "The cat sat on the mat.",
        "Notwithstanding considerable deliberation, satisfaction remains unattainable.",
    )

    assert flesch(easy) == pytest.approx(116.1, abs=0.1)
    assert flesch(hard) < 0
    assert flesch("배송비는 3,000원입니다.") == 0.0


def test_eojeol_a_sentence() -> None:
    """Words that spaces divide, by sentences; markers are no words."""
    assert eojeol_a_sentence("배송비는 3,000원입니다. [1] 5만 원 이상은 무료입니다. [2]") == 3.0
