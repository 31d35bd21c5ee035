"""How far passages support a reply: claims are weighed, and what claims nothing is left aside."""

from __future__ import annotations

import pytest

from heedful.canonical import normalise
from heedful.guard.claims import claims
from heedful.guard.grounding import NOTHING, SUPPORTED, UNSUPPORTED, support

LAMP = "The desk lamp runs for eight hours on one charge. A full charge takes two hours with the cable in the box."
LAMP_KO = "책상 램프는 한 번 충전하면 여덟 시간 켜집니다. 상자에 든 케이블로 완전히 충전하는 데 두 시간이 걸립니다."


@pytest.mark.parametrize(
    ("passage", "reply"),
    [
        (LAMP, "Yes, the desk lamp runs for eight hours on one charge."),
        (LAMP, "Hello! A full charge takes two hours, with the cable in the box. I hope that helps."),
        (LAMP_KO, "네, 책상 램프는 한 번 충전하면 여덟 시간 켜집니다."),
    ],
)
def test_a_reply_that_says_what_a_passage_says_is_supported(passage: str, reply: str) -> None:
    """Greetings around it take nothing away."""
    assert support(normalise(reply), [passage]) >= SUPPORTED


@pytest.mark.parametrize(
    ("passage", "reply"),
    [
        (LAMP, "The lamp was designed in Finland and won three prizes for its glass shade."),
        (LAMP, "I bought this lamp for my own kitchen and love the colour."),
        (LAMP_KO, "핀란드 장인이 유리로 만들어 디자인 상을 세 번 받은 조명입니다."),
    ],
)
def test_a_reply_that_goes_beyond_the_passage_is_not(passage: str, reply: str) -> None:
    """Neither an invented story nor the writer's own life stands in a passage."""
    assert support(normalise(reply), [passage]) < UNSUPPORTED


def test_one_invented_sentence_takes_support_away() -> None:
    """A reply is no better than its weakest sentence allows."""
    true = "The desk lamp runs for eight hours on one charge."

    whole = support(normalise(true), [LAMP])

    assert support(normalise(f"{true} Its glass shade was blown by monks."), [LAMP]) < min(whole, SUPPORTED)


@pytest.mark.parametrize(
    "reply",
    [
        "Hi there!",
        "I'm sorry to hear that.",
        "That must be frustrating.",
        "많이 속상하셨겠어요.",
        "안녕하세요, 고객님.",
    ],
)
def test_courtesy_claims_nothing(reply: str) -> None:
    """Empathy and greetings need no source."""
    assert claims(normalise(reply)) == ()
    assert support(normalise(reply), [LAMP]) == NOTHING
