"""How an article becomes passages."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from heedful.knowledge.split import LONGEST, split
from heedful.values import Article

ARTICLE = Article(
    id="returns",
    title="Returns",
    text="You can return it.\n\n## How\n\n1. Pack it.\n2. Send it.\n\n### When\n\nWithin 14 days.\n\n## How\n\nAgain.",
    url="https://help.dalbit.example/en/returns",
    lang="en",
    trust="published",
    source="/kb/returns.md",
    digest="0" * 64,
    updated="2026-04-14",
)


def test_each_heading_starts_a_passage_that_opens_there() -> None:
    """Headings lead from the top; the address has GitHub's anchor, numbered when a heading comes twice."""
    found = [(passage.headings, passage.url.partition("#")[2], passage.text) for passage in split(ARTICLE)]

    assert found == [
        ((), "", "You can return it."),
        (("How",), "how", "1. Pack it.\n2. Send it."),
        (("How", "When"), "when", "Within 14 days."),
        (("How",), "how-1", "Again."),
    ]


def test_an_anchor_of_its_own_is_used() -> None:
    """`{#fees}` behind a heading is where it can be opened."""
    passages = split(replace(ARTICLE, text="## 배송비 {#fees}\n\n3,000원입니다."))

    assert [(passage.headings, passage.url) for passage in passages] == [
        (("배송비",), "https://help.dalbit.example/en/returns#fees")
    ]


def test_korean_is_cut_between_sentences() -> None:
    """A long Korean paragraph is never cut inside a sentence."""
    sentences = [f"주문하신 상품은 {'결제가 끝난 ' * (n % 4)}다음 영업일에 출고되어 도착합니다." for n in range(60)]
    passages = split(replace(ARTICLE, lang="ko", text=" ".join(sentences)))

    assert len(passages) > 2
    assert all(passage.text.endswith("도착합니다.") and passage.text.startswith("주문") for passage in passages)


def test_steps_are_cut_between_steps() -> None:
    """A long numbered list is cut before a number, not inside a step."""
    steps = "\n".join(f"{n}. Open the box number {n} and take out everything that is in it." for n in range(1, 40))

    assert all(passage.text.split(".")[0].isdigit() for passage in split(replace(ARTICLE, text=steps)))


def test_ids_follow_the_content() -> None:
    """The same article gives the same ids; only what changed gets another; two articles never share one."""
    before = [passage.id for passage in split(ARTICLE)]
    changed = [passage.id for passage in split(replace(ARTICLE, text=ARTICLE.text.replace("14 days", "7 days")))]
    other = {passage.id for passage in split(replace(ARTICLE, id="refunds"))}

    assert before == [passage.id for passage in split(ARTICLE)]
    assert [one == two for one, two in zip(before, changed, strict=True)] == [True, True, False, True]
    assert not other & set(before)


@given(st.text(alphabet="ab \n.-1다요。?", max_size=3000))
def test_nothing_is_lost_and_nothing_is_too_long(text: str) -> None:
    """Without headings, all that is not space is in the passages, in order; none is longer than the limit."""
    passages = split(replace(ARTICLE, text=text))

    assert all(0 < len(passage.text) <= LONGEST for passage in passages)
    assert "".join("".join(passage.text.split()) for passage in passages) == "".join(text.split())


@given(st.lists(st.sampled_from(["# One", "## 둘", "### Three", "#### 넷", "Text.", ""]), max_size=30))
def test_any_order_of_headings_is_taken(lines: list[str]) -> None:
    """Levels may be skipped or come back; each text stands under the last heading of its path."""
    passages = split(replace(ARTICLE, text="\n".join(lines)))

    assert "".join(passage.text for passage in passages).count("Text.") == lines.count("Text.")
    assert len({passage.id for passage in passages}) == len(passages)
