"""An HTML tree → the words a reader would see: headings with their anchors, lists, tables as rows, code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from heedful.knowledge.formats.html_tree import words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_PARAGRAPHS = frozenset("p blockquote ul ol dl pre table figure details section article main hr".split())
_LINES = _PARAGRAPHS | frozenset(
    "address aside body caption dd div dt fieldset figcaption footer form header html legend li nav summary tr".split()
)
_ITSELF = re.compile(r"^[\s¶#§🔗]*$|^(?:permalink|link to this (?:heading|section))$", re.IGNORECASE)
_CONTACT = re.compile(r"^(?:mailto|tel):([^?]+)", re.IGNORECASE)
_NOT_SEEN = re.compile("[\u200b\u2060\ufeff\u00ad]")
_SENTENCE = re.compile(r"[.!?。…:;,)\]”’\"']$")


def text_of(root: HtmlElement, url: str = "") -> str:
    """Return the text of a tree, in the form every article has.

    A heading keeps its own id as `{#id}`; without one, where `url` is a full address, it gets a text fragment that
    browsers scroll to (https://wicg.github.io/scroll-to-text-fragment/). A mail address or telephone number behind a
    link is written out.
    """
    writer = _Writer(is_page=url.startswith("http"))
    writer.write(root)
    return writer.text()


class _Writer:
    """Walks a tree once; its depth is bounded by `html_tree.DEEPEST`."""

    def __init__(self, *, is_page: bool) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._lists: list[int | None] = []  # for each open list the next number; None for bullets
        self._is_page = is_page
        self._anchor = ""  # of a section or an empty element just before a heading
        self._level = 1
        self._in_cell = 0

    def text(self) -> str:
        self._end()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def write(self, element: HtmlElement) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag:
            return
        if self._in_cell and tag in _LINES | _HEADINGS.keys() and tag != "table":
            self._in_a_cell(element)
        elif tag in _HEADINGS:
            self._heading(element, _HEADINGS[tag])
        elif tag == "summary" or (tag == "dt" and words(element).endswith(("?", "？"))):  # a question and its answer
            self._heading(element, min(self._level + 1, 6))
        elif tag == "pre":
            self._code(element)
        elif tag == "table":
            self._table(element)
        elif tag == "br":
            self._line.append(" ") if self._in_cell else self._end(always=True)
        elif tag in ("ul", "ol"):
            self._list(element)
        elif tag == "li":
            self._item(element)
        elif tag in _LINES:
            self._block(element, tag)
        else:
            self._inline(element, tag)

    def _children(self, element: HtmlElement) -> None:
        self._say(element.text)
        for child in element:
            if child.tag == "a" and _is_beside_a_link(child):
                self._end()  # links one under the other
            self.write(child)
            self._say(child.tail)

    def _say(self, text: str | None) -> None:
        if text:
            self._line.append(re.sub(r"\s+", " ", _NOT_SEEN.sub("", text)))

    def _end(self, *, blank: bool = False, always: bool = False) -> None:
        line = re.sub(r" {2,}", " ", "".join(self._line)).strip()
        self._line.clear()
        if line:
            self._anchor = ""
            self._lines.append(f"{self._indent()}{line}")
        if blank and not self._lists and self._lines and self._lines[-1]:
            self._lines.append("")
        elif always and not line and self._lines and self._lines[-1] and not self._lists:
            self._lines.append("")  # two line breaks are a paragraph

    def _indent(self) -> str:
        return "  " * len(self._lists)

    def _in_a_cell(self, element: HtmlElement) -> None:
        said = bool("".join(self._line).strip())
        if said and not _SENTENCE.search("".join(self._line).strip()):
            self._line.append(", ")
        self._line.append(" ")
        self._children(element)
        self._line.append(" ")

    def _heading(self, element: HtmlElement, level: int) -> None:
        self._end(blank=True)
        for link in element.xpath(".//a"):
            if _ITSELF.match(words(link)):
                self._anchor = self._anchor or link.get("id") or link.get("name") or ""
                link.drop_tree()
        name = _NOT_SEEN.sub("", words(element))
        anchor = element.get("id") or next(iter(element.xpath(".//@id | .//a/@name")), "") or self._anchor
        self._anchor = ""
        if not name:
            return
        self._level = level if element.tag in _HEADINGS else self._level
        own = re.sub(r"[{}\s]", "", str(anchor)) or (_fragment(name) if self._is_page else "")
        self._lines.append(f"{'#' * level} {name}" + (f" {{#{own}}}" if own else ""))
        self._lines.append("")

    def _code(self, element: HtmlElement) -> None:
        self._end(blank=True)
        for br in element.xpath(".//br"):
            br.tail = "\n" + (br.tail or "")
        code = str(element.text_content()).replace("\r", "").strip("\n")
        lists, self._lists = self._lists, []
        self._lines.extend(f"    {line}".rstrip() for line in code.split("\n"))
        self._lines.append("")
        self._lists = lists

    def _list(self, element: HtmlElement) -> None:
        self._end(blank=True)
        start = str(element.get("start") or "1")
        self._lists.append((int(start) if start.isdecimal() else 1) if element.tag == "ol" else None)
        self._children(element)
        self._end()
        self._lists.pop()
        self._end(blank=True)
        if not self._lists:
            self._lines.append("")

    def _item(self, element: HtmlElement) -> None:
        self._end()
        before = len(self._lines)
        self._children(element)
        self._end()
        number = self._lists[-1] if self._lists else None
        mark = "- " if number is None else f"{number}. "
        if len(self._lines) > before and self._lines[before].strip():
            own = "  " * max(0, len(self._lists) - 1)
            self._lines[before] = f"{own}{mark}{self._lines[before].strip()}"
            if self._lists and number is not None:
                self._lists[-1] = number + 1

    def _block(self, element: HtmlElement, tag: str) -> None:
        blank = tag in _PARAGRAPHS
        if tag != "dd" or not (self._line and self._line[-1] == ": "):
            self._end(blank=blank)
        if tag in ("section", "div", "article"):
            self._anchor = element.get("id") or self._anchor
        self._children(element)
        if tag == "dt" and not _SENTENCE.search("".join(self._line).strip() or "."):
            self._line.append(": ")
            return
        self._end(blank=blank)

    def _inline(self, element: HtmlElement, tag: str) -> None:
        if tag in ("a", "span") and not len(element) and not (element.text or "").strip():
            self._anchor = element.get("id") or element.get("name") or self._anchor
        before = len(self._line)
        self._children(element)
        contact = _CONTACT.match(element.get("href") or "") if tag == "a" else None
        said = "".join(self._line[before:])
        if contact and _squashed(contact[1]) not in _squashed(said):
            self._line.append(f" ({contact[1].strip()})" if said.strip() else contact[1].strip())

    def _table(self, element: HtmlElement) -> None:
        rows = [row for row in element.iter("tr") if next(row.iterancestors("table"), None) is element]
        cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
        if not self._in_cell and (
            max(map(len, cells), default=0) <= 1 or element.xpath(".//td//h1|.//td//h2|.//td//h3")
        ):
            self._laid_out(cells)
            return
        texts = [self._texts(row) for row in cells]
        if self._in_cell:
            self._line.append(" " + "; ".join(", ".join(text for text in row if text) for row in texts) + " ")
            return
        self._end(blank=True)
        for caption in element.iterchildren("caption"):
            self._children(caption)
            self._end()
        is_named = len(rows) > 1 and (all(cell.tag == "th" for cell in cells[0]) or rows[0].getparent().tag == "thead")
        for row in texts[1:] if is_named else texts:
            self._row(row, texts[0] if is_named else [])
        self._lines.append("")

    def _laid_out(self, rows: list[list[HtmlElement]]) -> None:
        """A table that only arranges a page: its cells one after the other."""
        for row in rows:
            for cell in row:
                self._end(blank=True)
                self._children(cell)
        self._end(blank=True)

    def _row(self, row: list[str], names: list[str]) -> None:
        named = [*names, *[""] * len(row)]
        cells = [f"{name}: {text}" if name else text for name, text in zip(named, row, strict=False) if text]
        if cells:
            self._lines.append(f"{self._indent()}- {'; '.join(cells)}")

    def _texts(self, row: list[HtmlElement]) -> list[str]:
        texts: list[str] = []
        for cell in row:
            line, self._line = self._line, []
            self._in_cell += 1
            self._children(cell)
            self._in_cell -= 1
            texts.append(re.sub(r"\s+(?=,)|(?<=\s)\s+", "", re.sub(r"\s", " ", "".join(self._line))).strip())
            self._line = line
            span = str(cell.get("colspan") or "1")
            texts.extend([""] * min(int(span) - 1 if span.isdecimal() else 0, 50))
        return texts


def _is_beside_a_link(link: HtmlElement) -> bool:
    before = link.getprevious()
    return before is not None and before.tag == "a" and "\n" in (before.tail or "") and not before.tail.strip()


def _fragment(name: str) -> str:
    """The part of an address that lets a browser find these words on a page."""
    kept = re.sub(r"[%\-,&#{}\s]", lambda match: f"%{ord(match[0]):02X}" if ord(match[0]) < 128 else "%20", name)
    return f":~:text={kept}"


def _squashed(text: str) -> str:
    return re.sub(r"[\s\-().]", "", text).lower()
