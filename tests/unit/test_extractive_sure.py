"""The built-in writer says that it is not sure where what it quotes is not what retrieval was sure of."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedful.adapters.extractive import ExtractiveWriter
from heedful.kinds import kinds_of
from heedful.phrases import Phrases
from heedful.values import Material, Passage, Prompt

PHRASES = Phrases.load(Path(__file__).resolve().parents[2] / "prompts" / "phrases")
WRITER = ExtractiveWriter(PHRASES, terms=lambda text, _: text.lower().replace(".", "").replace("?", "").split())


def passage(article: str, title: str, text: str, score: float, *, lang: str = "en") -> Passage:
    return Passage(article, article, title, text, f"https://help.dalbit.example/{article}", lang, score=score)


def draft(question: str, *passages: Passage, lang: str = "en", likely: float = 0.7) -> str:
    material = Material(question, lang, "chat", passages, kinds=kinds_of(question, lang), likely=likely)
    return WRITER.draft(Prompt(job="chat", messages=(), material=material, max_tokens=600))


def test_another_article_than_the_one_that_was_judged_is_not_sure() -> None:
    """The best article was found to answer; a sentence of the next one, chosen by its words, is called the nearest."""
    judged = passage("wood", "Caring for oak", "Oil it twice a year.", 1.0)
    other = passage("cutlery", "Cutlery", "A grey mark from a hot pot on a table is wiped off.", 0.9)

    unsure = draft("a grey mark from a hot pot on my table?", judged, other)
    sure = draft("a grey mark from a hot pot on my table?", other, judged)

    assert "A grey mark" in unsure
    assert unsure.startswith(PHRASES.get("en", "closest"))
    assert unsure.endswith(PHRASES.get("en", "offer_person"))
    assert PHRASES.get("en", "closest") not in sure


@pytest.mark.parametrize(
    ("lang", "question", "title", "text"),
    [
        (
            "en",
            "How do I cancel my order, the page froze and I pressed twice?",
            "Payment failed or was charged twice",
            "If the page froze and you pressed twice, one order is paid.",
        ),
        (
            "ko",
            "화면이 멈춰서 두 번 눌렀는데 주문 취소 어떻게 하나요?",
            "결제가 되지 않거나 두 번 결제된 경우",
            "화면이 멈춰서 두 번 눌렀는데 걱정되시면 확인해 주십시오.",
        ),
    ],
)
def test_an_article_called_after_something_else_is_not_sure(lang: str, question: str, title: str, text: str) -> None:
    """A message that shows its kind is not answered with assurance by an article that is called after another kind."""
    found = passage("payment", title, text, 1.0, lang=lang)

    said, very_sure = draft(question, found, lang=lang), draft(question, found, lang=lang, likely=0.95)

    assert said.startswith(PHRASES.get(lang, "closest"))
    assert said.endswith(PHRASES.get(lang, "offer_person"))
    assert PHRASES.get(lang, "closest") not in very_sure


def test_an_article_of_the_kind_is_sure_though_another_was_found_first() -> None:
    """Bedding care is found first for a cover; the article about returns, that was asked for, is not doubted."""
    care = passage("care", "Washing bedding", "Wash it at 40 degrees.", 1.0)
    returns = passage("return", "Returning an item", "You can return a pillow cover within 14 days.", 0.9)

    said = draft("Can I return a pillow cover?", care, returns)

    assert said.startswith("You can return a pillow cover within 14 days.")


def test_a_sentence_that_leans_on_steps_is_no_answer_alone() -> None:
    """ "… come off in the same way" says nothing where the steps above it are not quoted."""
    text = "Warm water takes off coffee stains.\n\nCoffee stains on grey cups come off in the same way."

    said = draft("coffee stains on grey cups?", passage("care", "Cups", text, 1.0))

    assert said.startswith("Warm water takes off coffee stains.")
