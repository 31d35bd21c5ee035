"""PDF → its one entry: lines joined to paragraphs, headings by their size with their page; a scan is named as such."""

from __future__ import annotations

import io
import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from heedful.errors import IngestError
from heedful.knowledge.formats.entry import Entry

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MOST_PAGES = 1_000  # a manual has hundreds; at 20 to 50 ms a page this is under a minute
PATIENCE_S = 60.0
MOST_DRAWN = 4_000_000  # bytes of drawing on one page; more is a map or a plan, and takes minutes to go through
LEAST_ON_A_PAGE = 20  # characters; below it, on average, the pages are pictures
HEADING = 1.15  # times the size that most of the text has
LONGEST_HEADING = 120  # characters
SHORT_LINE = 0.75  # of the longest lines; a shorter one ends its paragraph
OF_A_CHAPTER = 3  # pages that begin or end with the same words and their own number
REPEATED = 0.6  # of the pages; what stands first or last on so many is a running title
_FETCHED = re.compile(rb"\n%heedful:(url|id) (\S+)")
_BULLET = re.compile(r"^\s*(?:[•▪●◦‣·○■□➢–]|-(?=\s))\s*")
_NUMBERED = re.compile(r"^\s*(?:\d{1,2}[.)]|[가-하][.)]|[①-⑳])\s+\S")
_LEADERS = re.compile(r"(?:\s?[.·…]){6,}\s*\d{1,4}$")  # a line of a list of contents
_SENTENCE_END = re.compile(r"[.!?。:;…][\"'”’)\]]*$")
_PAGE_NUMBER = re.compile(
    r"^[\s\-–—]*(?:page\s*)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?[\s\-–—]*(?:쪽|페이지)?$|^[ivxl]{1,6}$", re.IGNORECASE
)


_BEFORE_UNIT = re.compile(
    r"(?<=\d) (?=(?:원|일|개월|개|시간|시|분|초|월|년|회|장|명|번|퍼센트|건|주|배)"
    r"(?:$|[^가-힣]|[입이은는을를에까부의으로도만간안후전내씩당마과와가짜]))"
)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    size: float
    page: int


def entries(content: bytes) -> list[Entry]:
    """Return the one entry in a PDF.

    Raises:
        IngestError: It is encrypted, damaged, a scan, or has more pages than can be read in bounded time.
    """
    reader = _opened(content)
    lines = _lines(reader)
    said = sum(len(line.text) for line in lines)
    if said < LEAST_ON_A_PAGE * len(reader.pages):
        raise IngestError("it is a scan: its pages are pictures without text; run text recognition (OCR) over it")
    front = _fetched_from(content, _front(reader))
    return [Entry(_text(_without_running_titles(lines, len(reader.pages))), front)]


def _opened(content: bytes) -> PdfReader:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # it would print pieces of what it can't read
    try:
        reader = PdfReader(io.BytesIO(content))
        is_locked = reader.is_encrypted and not reader.decrypt("")
        pages = 0 if is_locked else len(reader.pages)
    except Exception as error:  # a damaged file raises whatever its bytes lead to
        raise _damaged(error) from error
    if is_locked:
        raise IngestError("it is encrypted with a password; save it without one")
    if pages > MOST_PAGES:
        raise IngestError(f"it has {pages:,} pages, over the limit of {MOST_PAGES:,}; split it")
    if not pages:
        raise IngestError("it has no pages; save it again")
    return reader


def _damaged(error: Exception) -> IngestError:
    return IngestError(f"it is damaged or cut off ({type(error).__name__}); save it again")


def _lines(reader: PdfReader) -> list[_Line]:
    until = time.monotonic() + PATIENCE_S
    lines: list[_Line] = []
    for number, page in enumerate(reader.pages, start=1):
        if time.monotonic() > until:
            raise IngestError(f"it took more than {PATIENCE_S:.0f} s to read {number - 1} of its pages; split it")
        try:
            drawn = page.get_contents()
            length = len(drawn.get_data()) if drawn is not None else 0
            lines.extend(_of_page(page, number) if length <= MOST_DRAWN else ())
        except Exception as error:
            raise _damaged(error) from error
    return lines


def _of_page(page: PageObject, number: int) -> list[_Line]:
    """Return the lines of a page, each with the size of its largest words."""
    texts: list[list[str]] = [[]]
    sizes: list[float] = [0.0]

    def visit(text: str, page_matrix: Sequence[float], matrix: Sequence[float], _font: Any, size: float) -> None:
        scale = abs(float(matrix[3] or matrix[1] or 1) * float(page_matrix[3] or page_matrix[1] or 1))
        first, *rest = text.split("\n")
        texts[-1].append(first)
        if first.strip():
            sizes[-1] = max(sizes[-1], round(float(size) * scale, 1))
        for line in rest:
            texts.append([line])
            sizes.append(round(float(size) * scale, 1) if line.strip() else 0.0)

    page.extract_text(visitor_text=visit)
    return [_Line(_spaced("".join(parts)), size, number) for parts, size in zip(texts, sizes, strict=True)]


def _spaced(text: str) -> str:
    """One space between words, and none where only the font changes: before a mark, before a Korean unit."""
    text = re.sub(r"[ \t\u00a0\u200b]+", " ", text).strip()
    return _BEFORE_UNIT.sub("", re.sub(r"(?<=[가-힣]) (?=[.,!?:;)\]])", "", text))


def _without_running_titles(lines: Sequence[_Line], pages: int) -> list[_Line]:
    """Leave out page numbers, lists of contents, and what stands at the edge of most pages or of a chapter's."""
    by_page: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        if line.text:
            by_page.setdefault(line.page, []).append(i)
    at_edge = {i for own in by_page.values() for i in (*own[:2], *own[-2:])}
    same = Counter(lines[i].text for i in at_edge)
    numbered = Counter(_without_number(lines[i].text) for i in at_edge)
    body = _body_size(lines)

    def is_running(line: _Line) -> bool:
        plain = _without_number(line.text)
        of_chapter = plain != line.text and numbered[plain] >= OF_A_CHAPTER and line.size <= body
        is_often = pages > 2 and max(same[line.text], numbered[plain] if line.size <= body else 0) >= REPEATED * pages
        return of_chapter or is_often or bool(_PAGE_NUMBER.match(line.text))

    return [
        line
        for i, line in enumerate(lines)
        if not (i in at_edge and is_running(line)) and not _LEADERS.search(line.text)
    ]


def _without_number(text: str) -> str:
    """The words of a line without the number of its page before or behind them."""
    return re.sub(r"^\d{1,4}\s+|\s+\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?$", "", text)


def _text(lines: Sequence[_Line]) -> str:
    """Join the lines to paragraphs, list items and headings."""
    body = _body_size(lines)
    levels = _levels(lines, body)
    widest = sorted(len(line.text) for line in lines if line.text)
    full = widest[int(len(widest) * 0.9)] if widest else 0
    blocks: list[str] = []
    before: _Line | None = None  # the line that the next may go on from
    for line in lines:
        if not line.text:
            before = None if before is None or _SENTENCE_END.search(before.text) else before
        elif line.size in levels and len(line.text) <= LONGEST_HEADING and re.search(r"\w", line.text):
            mark = "#" * levels[line.size]
            if before and (before.size, before.page) == (line.size, line.page) and blocks[-1].startswith(f"{mark} "):
                name, _, anchor = blocks[-1].rpartition(" {")
                blocks[-1] = f"{name} {line.text} {{{anchor}"
            else:
                blocks.append(f"{mark} {line.text} {{#page={line.page}}}")
            before = line
        elif before is None or before.size in levels or _begins(line.text) or _ended(before, full):
            blocks.append(_BULLET.sub("- ", line.text))
            before = line
        else:
            blocks[-1] = _joined(blocks[-1], line.text)
            before = line
    return re.sub(r"\n\n(?=(?:- |\d{1,2}[.)] ))", "\n", "\n\n".join(blocks))


def _begins(text: str) -> bool:
    return bool(_BULLET.match(text) or _NUMBERED.match(text))


def _ended(line: _Line, full: int) -> bool:
    return len(line.text) < SHORT_LINE * full and bool(_SENTENCE_END.search(line.text) or len(line.text) < full / 2)


def _joined(text: str, line: str) -> str:
    if re.search(r"[a-z]-$", text) and line[:1].islower():
        return f"{text[:-1]}{line}"
    return f"{text} {line}"


def _body_size(lines: Sequence[_Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _levels(lines: Sequence[_Line], body: float) -> dict[float, int]:
    """The sizes that headings have, each with its level, the largest first; none when most of the text is large."""
    larger = {line.size for line in lines if line.text and line.size >= HEADING * body > 0}
    return {size: min(level, 6) for level, size in enumerate(sorted(larger, reverse=True), start=1)}


def _front(reader: PdfReader) -> dict[str, Any]:
    """What the file says of itself; a title that is only a file's name is none."""
    try:
        told = reader.metadata
        title = " ".join(str((told and told.title) or "").split())
        changed = told and (told.modification_date or told.creation_date)
    except Exception:  # noqa: BLE001 - what a damaged file says of itself is not needed
        title, changed = "", None
    if re.search(r"\.\w{3,4}$|^(?:untitled|microsoft word|제목 ?없음)", title, re.IGNORECASE):
        title = ""
    return {"title": title, "updated": changed.date() if changed else ""}


def _fetched_from(content: bytes, front: dict[str, Any]) -> dict[str, Any]:
    """What the file says, and the address and id that stand behind it in comments when it was read from a web site."""
    told = {name.decode(): value.decode("ascii", "replace") for name, value in _FETCHED.findall(content[-5_000:])}
    name = unquote(urlsplit(told.get("url", "")).path).rpartition("/")[2]
    return {**front, **told, "title": front["title"] or re.sub(r"[-_]+|\.pdf$", " ", name).strip()}
