"""How candidates are put in order beside what the legs said, and what is seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from heedful import learned, signs
from heedful.answerable import answerable
from heedful.ports import Hit
from heedful.rerank import Looked, Rows, Weighed, pairs, rerank, weigh
from heedful.values import Passage

pytestmark = pytest.mark.anyio


def passage(id_: str, score: float = 0.5, *, article: str = "", updated: str = "", title: str = "Title") -> Passage:
    url = f"https://help.dalbit.example/en/{id_}"
    return Passage(id_, article or id_, title, "Text.", url, "en", updated=updated, score=score)


async def test_an_article_holds_what_its_passages_hold_together() -> None:
    """Two passages with one word each give both the coverage of their article; another article keeps its own."""
    rows: Rows = {("fee",): 1.0, ("jeju",): 1.0, ("unknown",): 2.0}
    held = {"a": ((True, False, False), 0.5), "b": ((False, True, False), 0.0), "c": ((True, False, False), 0.0)}

    async def look(some: Sequence[Passage]) -> Looked:
        return Looked((1.0, 1.0, 1.0), (True, True, False), held)

    some = [passage("a", article="one", title="Fees"), passage("b", article="one"), passage("c")]
    found = await weigh(some, {"en": rows}, look)

    assert [found[id_].coverage for id_ in "abc"] == [0.5, 0.5, 0.25]
    assert [found[id_].pairs for id_ in "abc"] == [0.5, 0.0, 0.0]
    assert (found["a"].title, found["b"].title) == (0.25, 0.0)
    assert found["a"].known == pytest.approx(2 / 3)


def test_coverage_and_order_of_words_decide_between_likes() -> None:
    """Of two passages that the legs find alike, that comes first whose article covers more, or says it in order."""
    some = [passage("a"), passage("b"), passage("c")]
    weighed = {"a": Weighed(coverage=0.2), "b": Weighed(coverage=0.9), "c": Weighed(coverage=0.2, pairs=0.9)}

    order = [one.id for one in rerank(some, weighed)]

    assert order.index("a") == 2


def test_what_is_far_behind_stays_behind() -> None:
    """No coverage lifts a passage over one that both legs find far better, and scores stay from 0 to 1."""
    found = rerank([passage("a", 1.0), passage("b", 0.5)], {"b": Weighed(coverage=1.0, pairs=1.0)})

    assert [one.id for one in found] == ["a", "b"]
    assert all(0 <= one.score <= 1 for one in found)
    assert rerank([passage("a", 1.0)], {"a": Weighed(coverage=1.0, pairs=1.0)})[0].score == pytest.approx(1.0)


@pytest.mark.parametrize(("dates", "first"), [(("2023-01-05", "2026-01-05"), "b"), (("2023-01-05", "no date"), "a")])
def test_of_two_alike_the_newer_comes_first(dates: tuple[str, str], first: str) -> None:
    """A little, and only beside a newer one: an article without a date, or alone with one, loses nothing."""
    old, new = dates

    assert rerank([passage("a", updated=old), passage("b", updated=new)], {})[0].id == first
    assert rerank([passage("a", 0.6, updated=old), passage("b", 0.5, updated=new)], {})[0].id == "a"


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Reset the router, reset the router", "en", (("reset", "router"), ("router", "reset"))),
        ("배송비 환불", "ko", (("배송비", "환불"),)),
        ("", "en", ()),
    ],
)
def test_pairs_are_words_side_by_side(text: str, lang: str, expected: tuple[tuple[str, str], ...]) -> None:
    """Without what says nothing, each once; pairs of syllables and concepts are none."""
    assert pairs(text, lang) == expected


def test_signs_compare_the_best_article_with_the_others() -> None:
    """Another passage of the same article is no rival; the next article is."""
    some = [passage("a1", 0.9, article="a"), passage("a2", 0.8, article="a"), passage("b", 0.5)]
    words = [Hit("a2", 0.5), Hit("a1", 0.4), Hit("b", 0.25)]
    vectors = [Hit("b", 0.6), Hit("a1", 0.5), Hit("a2", 0.4)]

    seen = signs.read(some, words, vectors, {"a1": Weighed(0.7, 20.0, 0.0, 0.3, 0.9)}, "en")

    assert seen.lead == pytest.approx(0.4)
    assert (seen.words, seen.words_lead) == (0.5, 0.5)
    assert (seen.coverage, seen.told, seen.title, seen.known) == (0.7, 1.0, 0.3, 0.9)
    assert seen.agreement == 0.75
    assert (seen.cosine, seen.cosine_lead) == (0.5, 0.0)


def test_an_only_article_is_not_far_ahead_of_nothing() -> None:
    """Cosines are measured from what a strange passage has, where there are no other articles."""
    alone = signs.read([passage("a", 1.0)], (), [Hit("a", 0.16)], {}, "en")

    assert alone.cosine_lead is not None
    assert alone.cosine_lead == pytest.approx(0.01)
    assert alone.cosine_above == pytest.approx(0.04)


def test_without_vectors_there_is_no_cosine() -> None:
    """Words alone are judged by a curve of their own; nothing found gives no sign."""
    assert signs.read([passage("a")], [Hit("a", 0.5)], None, {}, "en").cosine is None
    assert not signs.read([], (), (), {}, "ko").found


@pytest.mark.parametrize("name", ["vectors", "en", "ko", "crossed", "de"])
def test_what_was_learned_never_counts_against(name: str) -> None:
    """Every curve has a start and steps that do not fall, of signs that there are; another language has English's."""
    curve = learned.curve(name)

    assert curve.weights
    assert all(weight > 0 and sign in signs.Signs.__slots__ for sign, weight in curve.weights.items())
    assert learned.curve("de") == learned.curve("en")
    assert 0 < learned.order().coverage < 0.5
    assert 0 < learned.order().pairs < 0.5


@pytest.mark.parametrize(
    ("language", "vectors", "is_understood", "crossed"),
    [
        ("en", None, False, False),
        ("ko", None, False, True),
        ("ko", [Hit("a", 0.6)], False, True),
        ("ko", [Hit("a", 0.6)], True, False),
    ],
)
def test_what_another_language_found_is_judged_apart(
    language: str, vectors: list[Hit] | None, is_understood: bool, crossed: bool
) -> None:
    """A question put into other words loses those nobody knows, and looks well covered; not where vectors know both."""
    whole = {"a": Weighed(coverage=1.0, nats=20.0, title=1.0, known=1.0)}

    seen = signs.read([passage("a", 0.9)], [Hit("a", 0.5)], vectors, whole, language, is_understood=is_understood)

    assert seen.is_crossed == crossed
    assert answerable(seen) < answerable(replace(seen, is_crossed=False, language="ko")) or not crossed
