"""The sample company's articles as pages: every citation finds its heading, and an article can do nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from heedful.knowledge.load import files, read
from heedful.knowledge.split import split
from heedful.values import Article
from heedful.web.help_pages import ADDRESS, Part, words

FOLDER = Path(__file__).resolve().parents[2] / "knowledge_base"
SAMPLE = tuple(read(path, root=FOLDER) for path in files([FOLDER]))


def article(text: str, *, lang: str = "en", slug: str = "cups", trust: str = "published") -> Article:
    """Return an article of the sample company."""
    kept = replace(SAMPLE[0], id=f"{lang}/{slug}", title="Cups", lang=lang, url=f"{ADDRESS}{lang}/{slug}", text=text)
    return replace(kept, trust=trust)  # type: ignore[arg-type]


def parts(text: str) -> tuple[Part, ...]:
    """Return the parts of the page that shows this text."""
    shown = words([article(text)], "en", "cups")
    assert shown is not None
    found: tuple[Part, ...] = shown["parts"]
    return found


@pytest.mark.parametrize("one", [one for one in SAMPLE if one.trust == "published"], ids=lambda one: one.id)
def test_every_passage_has_its_place(one: Article) -> None:
    """For each passage of the sample, in both languages, the page has the anchor that its citation opens."""
    shown = words(SAMPLE, *one.url.removeprefix(ADDRESS).split("/"))
    assert shown is not None
    anchors = {part.anchor for part in shown["parts"]}

    assert shown["article"] == one
    assert {passage.url.partition("#")[2] for passage in split(one)} <= anchors
    assert set(shown["tongues"]) == {"en", "ko"}


@pytest.mark.parametrize("trust", ["internal", "untrusted"])
def test_only_what_is_published_is_shown(trust: str) -> None:
    """An article for staff is not there, in its own language or as a translation; nor is one nobody wrote."""
    both = [article("Secret.", trust=trust), article("공개된 글입니다.", lang="ko")]

    assert words(both, "en", "cups") is None
    assert words(both, "ko", "mugs") is None
    shown = words(both, "ko", "cups")
    assert shown is not None
    assert list(shown["tongues"]) == ["ko"]


def test_an_article_is_text() -> None:
    """Elements, scripts, images and links of an article come out as words."""
    (part,) = parts(
        "<img src=x onerror=alert(1)> <script>alert(2)</script> [a](javascript:alert(3)) ![p](https://e.example/p)"
    )

    assert not any(sign in part.body for sign in ("<img", "<script", "<a", "href"))
    assert "&lt;img" in part.body


def test_headings_stand_once_and_in_order() -> None:
    """A heading above two sections stands above the first of them; one that comes twice has two anchors."""
    found = parts(
        "Before.\n\n# Care\n\n## By hand\n\nWarm water.\n\n## By machine\n\n1. Load\n2. Start\n\n## By hand\n\nAgain."
    )

    assert [part.headings for part in found] == [
        (),
        ((2, "Care"), (3, "By hand")),
        ((3, "By machine"),),
        ((3, "By hand"),),
    ]
    assert [part.anchor for part in found] == ["", "by-hand", "by-machine", "by-hand-1"]
    assert "<ol>" in found[2].body
