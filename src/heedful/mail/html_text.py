"""HTML of a mail → the plain text that its reader sees, quotations marked with `>` as in a plain mail."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

CHARACTERS_MOST = 300_000  # of HTML; what comes after is old quotations
DEEPEST = 1_000  # open elements; parsing takes the square of it, and 80,000 would take 14 s

_PARAGRAPHS = frozenset("blockquote h1 h2 h3 h4 h5 h6 ol p pre table ul".split())
_BLOCKS = _PARAGRAPHS | frozenset(
    "address article aside center dd div dl dt fieldset figure footer form header li main nav section tbody tfoot "
    "thead tr".split()
)
_INLINE = frozenset("a b big br code em font hr i q s small span strong sub sup td th u".split())
_UNSEEN = frozenset("math noscript script select style svg template textarea title".split())
_NESTING = re.compile(r"<(/?)(?!(?:br|dd|dt|hr|img|input|li|link|meta|o:p|p|td|th|tr)\b)[a-zA-Z]", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)|mso-hide\s*:\s*all",
    re.IGNORECASE,
)


def text_of(html: str) -> str:
    """Return what a reader of `html` sees, one line for each block; text hidden by style is left out.

    nh3 mends the markup first: Python's own parser takes the square of the length on broken markup.
    """
    clean = nh3.clean(
        _shallow(html[:CHARACTERS_MOST]),
        tags=set(_BLOCKS | _INLINE),
        clean_content_tags=set(_UNSEEN),
        attributes={"*": {"style", "hidden"}},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


def _shallow(html: str) -> str:
    """Return `html` up to where its elements are nested too deep."""
    depth = 0
    for tag in _NESTING.finditer(html):
        depth = depth - 1 if tag[1] else depth + 1
        if depth > DEEPEST:
            return html[: tag.start()]
    return html


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open: list[bool] = []  # for each open element whether it hides what is in it
        self._hidden = 0
        self._quotes = 0
        self._pre = 0

    def text(self) -> str:
        self._end_line()
        while self._lines and not self._lines[-1].strip("> "):
            self._lines.pop()
        return re.sub(r"\n(?:[> ]*\n){2,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_line(blank=tag in _PARAGRAPHS)
        if tag == "br":
            self._end_line(always=True)
        elif tag == "hr":
            self._end_line()
            self._line.append("_" * 32)
            self._end_line()
        elif tag == "li":
            self._line.append("- ")
        elif tag in ("td", "th") and "".join(self._line).strip():
            self._line.append(" ")
        if tag in ("br", "hr"):
            return
        said = dict(attrs)
        hides = "hidden" in said or bool(_HIDDEN.search(said.get("style") or ""))
        self._open.append(hides)
        self._hidden += hides
        self._quotes += tag == "blockquote"
        self._pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_line(blank=tag in _PARAGRAPHS)
        if tag in ("br", "hr"):
            return
        hid = self._open.pop()
        self._hidden -= hid
        self._quotes -= tag == "blockquote"
        self._pre -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._pre:
            first, *rest = data.split("\n")
            self._line.append(first)
            for line in rest:
                self._end_line(always=True)
                self._line.append(line)
            return
        self._line.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def _end_line(self, *, blank: bool = False, always: bool = False) -> None:
        line = "".join(self._line).replace("\xa0", " ")
        line = line.rstrip() if self._pre else re.sub(r" {2,}", " ", line).strip()
        self._line.clear()
        mark = "> " * self._quotes
        if line or always:
            self._lines.append(f"{mark}{line}".rstrip())
        if blank and self._lines and self._lines[-1].strip("> "):
            self._lines.append(mark.rstrip())
