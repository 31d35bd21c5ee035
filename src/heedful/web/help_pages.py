"""The sample company's articles as pages: its addresses are invented, so in the demo its sources open here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import nh3
from markupsafe import Markup

from heedful.knowledge.split import sections
from heedful.values import Article

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

ADDRESS = "https://help.dalbit.example/"  # what every source of the sample company begins with
PLACE = "/demo/help/"  # where the demo shows them

_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote"}


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under the last of `headings`, which a citation opens by `anchor`; each heading with its level."""

    headings: tuple[tuple[int, str], ...]
    anchor: str
    body: Markup


def words(articles: Sequence[Article], language: str, slug: str) -> Mapping[str, Any] | None:
    """Return what the page of a published article shows; `None` when there is none at this address."""
    address = f"{ADDRESS}{language}/{slug}"
    shown = {article.url: article for article in articles if article.trust == "published"}
    if address not in shown:
        return None
    article = shown[address]
    languages = sorted({other.lang for other in shown.values()})
    return {
        "article": article,
        "address": address,
        "parts": tuple(_parts(article.text)),
        "tongues": {one: f"{PLACE}{one}/{slug}" for one in languages if f"{ADDRESS}{one}/{slug}" in shown},
    }


def _parts(text: str) -> Iterator[Part]:
    """Yield the sections as citations know them, each with those headings that do not stand there yet."""
    before: tuple[str, ...] = ()
    for section in sections(text):
        path = section.headings
        there = takewhile(lambda pair: pair[0] == pair[1], zip(path[:-1], before, strict=False))
        new = [(min(depth + 2, 6), path[depth]) for depth in range(sum(1 for _ in there), len(path))]
        yield Part(tuple(new), section.anchor, Markup(_html(section.text)))  # noqa: S704 - cleaned by nh3
        before = path


def _html(text: str) -> str:
    return nh3.clean(_markdown().render(text), tags=_TAGS, attributes={"ol": {"start"}})


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).disable(["html_block", "html_inline", "image", "link", "autolink"])
