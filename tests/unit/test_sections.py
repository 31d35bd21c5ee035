"""From ranked passages to those to answer from: whole sections, what belongs to the best article, few of each."""

from __future__ import annotations

from dataclasses import replace

from heedful.knowledge.split import split
from heedful.sections import OF_ONE_ARTICLE, choose
from heedful.values import Article, Passage


def article(id_: str, text: str, lang: str = "en") -> list[Passage]:
    url = f"https://help.dalbit.example/{lang}/{id_}"
    return list(split(Article(id_, id_.title(), text, url, lang, "published", f"/kb/{id_}.md", "0" * 64)))


def ranked(passages: list[Passage], *order: int) -> list[Passage]:
    """The passages at these places first, the rest behind them, with falling scores."""
    places = [*order, *(n for n in range(len(passages)) if n not in order)]
    return [replace(passages[place], score=1 - n / 50) for n, place in enumerate(places)]


def test_a_section_that_was_cut_is_given_whole() -> None:
    """Steps whose last piece was found come with those before it, in order, under the found piece's own id."""
    steps = "\n".join(f"{n}. Step {n}: {'press the button and wait ' * 6}" for n in range(1, 13))
    pieces = article("reset", f"Learn it here.\n\n## How to reset\n\n{steps}")
    assert len(pieces) > 3

    chosen = choose(ranked(pieces, len(pieces) - 1), 6)

    assert chosen[0].id == pieces[-1].id
    assert [f"{n}. Step {n}:" in chosen[0].text for n in range(1, 13)] == [True] * 12
    assert chosen[0].text.index("1. Step 1") < chosen[0].text.index("12. Step 12")
    assert sum("Step 3:" in passage.text for passage in chosen) == 1


def test_the_best_article_brings_what_it_says_first_and_its_steps() -> None:
    """A section of details comes with the beginning of its article and with the steps, before other articles."""
    text = "You can wash it.\n\n## Stains\n\nUse soap.\n\n## How to wash it\n\n1. Fill in.\n2. Press start."
    wash = article("wash", text)
    others = [piece for n in range(5) for piece in article(f"other-{n}", f"Something else, number {n}.")]

    chosen = choose(ranked([*wash, *others], 1, 3, 4, 5, 6, 7), 4)

    assert [passage.text for passage in chosen if passage.article_id == "wash"] == [
        "Use soap.",
        "You can wash it.",
        "1. Fill in.\n2. Press start.",
    ]
    assert len(chosen) == 4


def test_numbered_sections_come_together() -> None:
    """The third of three numbered sections brings the first two: they are one procedure."""
    text = "Try this.\n\n## Steps\n\n### 1. Look\n\nLook at it.\n\n### 2. Pull\n\nPull it.\n\n### 3. Push\n\nPush it."

    chosen = choose(ranked(article("push", text), 3)[:10], 6)

    assert {passage.headings[-1] for passage in chosen if passage.headings} == {"1. Look", "2. Pull", "3. Push"}


def test_reading_lists_are_left_out_unless_there_is_nothing_else() -> None:
    """A section that only names other articles takes no place, in either language."""
    for heading, lang in (("Further reading", "en"), ("관련 글", "ko")):
        pieces = article("a", f"It is so.\n\n## {heading}\n\n- Another article", lang)

        assert [passage.text for passage in choose(ranked(pieces, 1), 6)] == ["It is so."]
        assert len(choose(pieces[1:], 6)) == 1


def test_few_of_one_article_none_far_below_the_best() -> None:
    """Never more than asked for, at most three that nothing brought along, none with less than two fifths."""
    long = article("long", "\n\n".join(f"## Part {n}\n\nPart {n}." for n in range(9)))
    weak = [replace(article("weak", "Weak.")[0], score=0.1)]

    chosen = choose([*ranked(long), *weak], 6)

    assert len(chosen) == OF_ONE_ARTICLE
    assert choose((), 6) == ()


def test_what_two_articles_say_alike_is_given_once() -> None:
    """Of near duplicates the newer stands in the better's place; a passage that differs in substance stays."""
    words = "Parcels to the islands cost more and take one day longer than the others, as the carrier goes by ship"
    old = replace(article("old", f"{words}.")[0], updated="2024-01-01")
    new = replace(article("new", f"{words}!")[0], updated="2026-01-01")
    other = article("other", "Parcels to the islands cost more. Furniture is not delivered there at all.")[0]

    chosen = choose([replace(old, score=0.9), replace(other, score=0.8), replace(new, score=0.7)], 6)

    assert [passage.article_id for passage in chosen] == ["new", "other"]
    assert chosen[0].score == 0.9


def test_one_article_may_repeat_itself() -> None:
    """Passages of one article are not folded: a procedure may have two steps in the same words."""
    pieces = article("both", "## At home\n\nPress start and wait.\n\n## At work\n\nPress start and wait.")

    chosen = choose(ranked(pieces, 0), 6)

    assert [passage.headings[-1] for passage in chosen] == ["At home", "At work"]
