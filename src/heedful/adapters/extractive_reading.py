"""A passage's Markdown → what it says, in blocks that stay together: a sentence with its conditions, a list."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from heedful.qualifiers import begins_with_qualifier
from heedful.units import sentences

MOST_TOGETHER = 3  # sentences; a longer chain of "However …" is more than one thing

_FENCE = re.compile(r"^\s*(?:```|~~~)")
_ITEM = re.compile(r"^(?P<indent>\s*)(?:(?P<number>\d{1,3})[.)]|(?P<bullet>[-*+•]))\s+(?P<text>.*)$")
_ROW = re.compile(r"^\s*\|(?P<cells>.*)\|\s*$")
_RULE = re.compile(r"^[\s|:\-]+$")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
LEAD_IN = re.compile(r"(?::|：|(?:다음|아래)와\s?같습니다\.|(?:다음|아래)\s[^.]{0,20}(?:하십시오|주십시오|합니다)\.)$")
_TABLE_ITEM = re.compile(r"^[^:;.]{1,40}: [^;]+(?:; [^:;]{1,60}: [^;]+)+$")  # a row of a table, as loading writes it
_COLUMN = re.compile(r"(?:^|; )[^:;]{1,60}: ")
_ENDED = re.compile(r"[.!?…。][\"'”’)\]」』]*$")
_LEANS_BACK = re.compile(
    r"^(?:This|These|Those|It|They|In this case|In that case|If so|Then|After that|Otherwise|The same)\b(?!\s+way\b)"
    r"|^(?:이 경우|이때|그러면|이는|이를|그때|그렇게|그 뒤|그다음|이렇게|그 밖)"
)
# It tells nothing without the steps above it, which may be of another paragraph.
_SAME_WAY = re.compile(r"\bin the same way\b(?! (?:as|that|you|we)\b)|(?:도|역시) (?:똑)?같은 (?:방법|방식)으로")
_TAGS = (
    "a|abbr|b|blockquote|br|button|caption|center|code|dd|del|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img"
    "|input|ins|kbd|label|li|mark|ol|p|picture|pre|q|s|samp|section|small|source|span|strong|sub|sup|table|tbody|td|th"
    "|thead|tr|tt|u|ul|var|video"
)  # a word in angle brackets that is no tag (`<library>`) is something to read
_INLINE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (re.compile(r"<br\s*/?>"), " "),
    (re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE), ""),
    (re.compile(r"\s?\[\^?\d{1,3}\]"), ""),  # it would be read as one of our citations
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])[*_](?=\S)([^*_]+)(?<=\S)[*_](?![\w*])"), r"\1"),
    (re.compile(r"`+([^`]+)`+"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>])"), r"\1"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True)
class Block:
    """What is said in one go: `sentences` (the lead-in, when `items` follow), then the items of a list.

    `first` is the number of the first step, 0 for a list without order. `paragraph` counts from 0 in its passage.
    """

    sentences: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    first: int = 0
    paragraph: int = 0
    is_row: bool = False
    outline: str = ""  # this item is one step of several sections, and those stand under this heading

    @property
    def ordered(self) -> bool:
        """Whether the items are steps."""
        return bool(self.items) and self.first > 0

    @property
    def text(self) -> str:
        """All of it, for counting and comparing."""
        return " ".join((*self.sentences, *self.items))

    @property
    def own_words(self) -> str:
        """Its text without what it shares with its neighbours: a table's row without the names of the columns."""
        return _COLUMN.sub(" ", self.text) if self.is_row else self.text


@dataclass(slots=True)
class _Page:
    """The blocks read so far, and what the line before leaves open."""

    blocks: list[Block] = field(default_factory=list)
    paragraph: int = 0
    prose: list[str] = field(default_factory=list)
    items: list[tuple[int, str]] = field(default_factory=list)  # number (0: bullet) and text
    indent: int = 0  # of the list that is open
    header: list[str] = field(default_factory=list)

    def close_prose(self) -> None:
        if self.prose:
            self.blocks.extend(_together(clean(" ".join(self.prose)), self.paragraph))
            self.prose.clear()
            self.paragraph += 1

    def close_items(self) -> None:
        if self.items:
            self._listed([(number, clean(text)) for number, text in self.items])
            self.items.clear()
            self.paragraph += 1

    def close(self) -> None:
        self.close_prose()
        self.close_items()
        self.header.clear()

    def _listed(self, items: list[tuple[int, str]]) -> None:
        said = [text for _, text in items if text]
        if not said:
            return
        if all(_TABLE_ITEM.match(text) for text in said):
            self.blocks.extend(Block((text,), paragraph=self.paragraph, is_row=True) for text in said)
            return
        lead = self.blocks[-1] if self.blocks and self._leads(self.blocks[-1]) else None
        if lead is not None:
            self.blocks[-1] = replace(lead, items=tuple(said), first=items[0][0])
        elif items[0][0] or not all(_ENDED.search(text) for text in said):
            self.blocks.append(Block((), tuple(said), items[0][0], self.paragraph))
        else:  # bullets that are sentences of their own may be quoted one by one
            self.blocks.extend(
                Block(tuple(unit.strip() for unit in sentences(text)), paragraph=self.paragraph) for text in said
            )

    def _leads(self, block: Block) -> bool:
        return not block.items and block.paragraph == self.paragraph - 1 and bool(LEAD_IN.search(block.text))


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[Block, ...]:
    """Return what a passage says, in order. Markup is gone; the words are the passage's own."""
    page = _Page()
    for line in _without_code(text):
        row, item = _ROW.match(line), _ITEM.match(line)
        if row is not None:
            page.close_prose()
            page.close_items()
            _take_row(page, row["cells"], line)
        elif item is not None:
            _take_item(page, item)
        elif not line.strip() or _HEADING.match(line):
            page.close_prose()
        elif page.items and line.startswith((" ", "\t")):
            number, before = page.items[-1]
            page.items[-1] = (number, f"{before} {line.strip()}")
        else:
            page.close_items()
            page.prose.append(line.strip().lstrip("> "))
    page.close()
    return tuple(page.blocks)


def clean(text: str) -> str:
    """Return the text without Markdown and HTML, on one line."""
    for pattern, instead in _INLINE:
        text = pattern.sub(instead, text)
    return html.unescape(text).strip()


def _without_code(text: str) -> Iterator[str]:
    inside = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            yield line


def _take_item(page: _Page, item: re.Match[str]) -> None:
    page.close_prose()
    number, indent = int(item["number"] or 0), len(item["indent"])
    if page.items and indent >= page.indent + 2:
        above, before = page.items[-1]
        page.items[-1] = (above, f"{before}{' ' if before.endswith((':', '.', '!', '?')) else '; '}{item['text']}")
        return
    if page.items and not _goes_on(page.items[-1][0], number):
        page.close_items()
    if not page.items:
        page.indent = indent
    page.items.append((number, item["text"]))


def _goes_on(before: int, number: int) -> bool:
    """Tell whether an item goes on with the list; Markdown may number all of them 1."""
    return number > before if before > 1 else bool(number) == bool(before)


def _take_row(page: _Page, cells: str, line: str) -> None:
    """Read a row as `heading: cell; heading: cell`, so that it says what it means by itself."""
    if _RULE.match(line):
        return
    values = [clean(cell) for cell in cells.split("|")]
    if not page.header:
        page.header[:] = values
        return
    said = [f"{name}: {value}" for name, value in zip(page.header, values, strict=False) if name and value]
    if said:
        page.blocks.append(Block(("; ".join(said),), paragraph=page.paragraph, is_row=True))


def leans_on_steps(block: Block) -> bool:
    """Tell whether a block says only that something is done as was said above it."""
    return not block.items and not block.is_row and bool(_SAME_WAY.search(block.sentences[0]))


def _together(text: str, paragraph: int) -> list[Block]:
    """Return the sentences of a paragraph, each with those after it that take it back, narrow it or lean on it."""
    groups: list[tuple[str, ...]] = []
    for sentence in (unit.strip() for unit in sentences(text)):
        leans = begins_with_qualifier(sentence, ended=True) or _LEANS_BACK.match(sentence)
        if groups and leans and len(groups[-1]) < MOST_TOGETHER:
            groups[-1] = (*groups[-1], sentence)
        else:
            groups.append((sentence,))
    return [Block(group, paragraph=paragraph) for group in groups]
