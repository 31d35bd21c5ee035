"""The same article in the customer's language: told by its place, never guessed."""

from __future__ import annotations

import pytest

from heedful.counterparts import in_own_language
from heedful.values import Passage


def passage(article: str, lang: str, position: int = 0, score: float = 0.0) -> Passage:
    return Passage(
        f"{article}-{position}",
        article,
        "Title",
        "Text.",
        f"https://{article}",
        lang,
        "published",
        (),
        position,
        "",
        score,
    )


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("help.dalbit.example/en/refunds", "help.dalbit.example/ko/refunds"),
        ("help.dalbit.example/hc/en-us/articles/12", "help.dalbit.example/hc/ko/articles/12"),
        ("en/returns/refunds", "ko/returns/refunds"),
    ],
)
def test_the_counterpart_takes_the_place_of_what_was_found(english: str, korean: str) -> None:
    """An address that differs in the language alone is the same article; the order and the scores are kept."""
    found = (passage(english, "en", 2, 0.9), passage(english, "en", 0, 0.7))
    own = (passage("ko/other", "ko"), passage(korean, "ko"), passage(korean, "ko", 2))

    there = in_own_language(found, own)

    assert [(one.article_id, one.position, one.score) for one in there] == [(korean, 2, 0.9), (korean, 0, 0.7)]


@pytest.mark.parametrize("own", [(), (passage("ko/faq", "ko"),), (passage("refunds", "ko"),)])
def test_without_a_counterpart_nothing_is_given(own: tuple[Passage, ...]) -> None:
    """Another article is no counterpart, and an address without a language tells nothing."""
    assert in_own_language((passage("en/refunds", "en", 0, 0.9),), own) == ()
    assert in_own_language((passage("refunds", "en", 0, 0.9),), own) == ()


def test_half_a_counterpart_is_none() -> None:
    """Where the best of what was found has none, the rest is not put in its place."""
    found = (passage("en/refunds", "en", 0, 0.9), passage("en/points", "en", 0, 0.5))

    assert in_own_language(found, (passage("ko/points", "ko"),)) == ()
