"""Articles → passages: by headings first, then by paragraphs and sentences, never inside a Korean sentence."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from heedful.knowledge.clean import slug
from heedful.values import Article, Passage

LONGEST = 900  # characters; MiniLM reads 256 tokens, and about 900 characters of English are that

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*(?:\{#([^}]+)\})?[ \t]*$")
# A sentence ends at its mark and the space behind it; Korean has the same marks.
_SEPARATORS = ["\n\n", r"\n(?=[ \t]*(?:[-*+]|\d+[.)])[ \t])", "\n", r"(?<=[.!?。])\s+", " ", ""]


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. `headings` lead to it from the top; `anchor` is empty before the first."""

    headings: tuple[str, ...]
    anchor: str
    text: str


def split(article: Article) -> tuple[Passage, ...]:
    """Return the passages in order; a changed passage gets another id, and those before and after it keep theirs."""
    pieces = ((section, piece) for section in sections(article.text) for piece in _pieces(section.text))
    seen: Counter[str] = Counter()
    return tuple(
        Passage(
            id=_id(article, section, piece, seen),
            article_id=article.id,
            title=article.title,
            text=piece,
            url=f"{article.url.partition('#')[0]}#{section.anchor}" if section.anchor else article.url,
            lang=article.lang,
            trust=article.trust,
            headings=section.headings,
            position=position,
            updated=article.updated,
        )
        for position, (section, piece) in enumerate(pieces)
    )


def sections(text: str) -> Iterator[Section]:
    """Yield what stands under each heading; a heading with nothing under it is only part of those below it."""
    path: list[tuple[int, str]] = []
    anchor, lines = "", list[str]()
    seen: dict[str, int] = {}
    for line in [*text.split("\n"), "# "]:
        heading = _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        if any(line.strip() for line in lines):
            yield Section(tuple(name for _, name in path), anchor, "\n".join(lines).strip("\n"))
        level, name = len(heading.group(1)), heading.group(2).strip()
        path = [*((depth, above) for depth, above in path if depth < level), (level, name)]
        anchor, lines = heading.group(3) or _anchor(name, seen), []


def _anchor(name: str, seen: dict[str, int]) -> str:
    """GitHub's rule for a heading that comes twice: `-1` behind the second, `-2` behind the third."""
    anchor = slug(name)
    seen[anchor] = seen.get(anchor, -1) + 1
    return f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor


def _pieces(text: str) -> list[str]:
    if len(text) <= LONGEST:
        return [text]
    pieces = (piece for piece in _splitter().split_text(text) if piece.strip())
    # A piece that begins at a line keeps its indentation: it may be code or an item within an item.
    return [piece.strip("\n") if piece.startswith("\n") else piece.strip() for piece in pieces]


@lru_cache(maxsize=1)
def _splitter() -> Any:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    return RecursiveCharacterTextSplitter(
        chunk_size=LONGEST, chunk_overlap=0, separators=_SEPARATORS, is_separator_regex=True, strip_whitespace=False
    )


def _id(article: Article, section: Section, piece: str, seen: Counter[str]) -> str:
    """All that is searched goes into the id, so that an index holds the right words when it holds the id.

    Where it stands does not: a section put in before it leaves it as it was. The same words twice are two passages.
    """
    parts = "\0".join((article.id, article.lang, article.trust, article.title, *section.headings, piece))
    seen[parts] += 1
    return hashlib.sha256(f"{parts}\0{seen[parts]}".encode()).hexdigest()[:32]
