"""HTML → an lxml tree of bounded depth, without what no reader sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from heedful.errors import IngestError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DEEPEST = 200  # open elements; pages have 60, and a parser's own limit of 255 would cut the text off without a word
LARGEST = 5_000_000  # characters of one page

_NESTING = re.compile(
    r"<(/?)(?!(?:area|base|br|col|dd|dt|embed|hr|img|input|li|link|meta|o:p|option|p|param|source|td|th|tr|track|wbr)\b)"
    r"[a-zA-Z][^<>]*?(/?)>",
    re.IGNORECASE,
)
_VERBATIM = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|svg|template|noscript)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNSEEN = (
    *("script", "style", "svg", "template", "noscript", "iframe", "object", "embed", "canvas", "audio", "video"),
    *("select", "input", "textarea", "datalist", "dialog", "map", "math", "del", "s", "strike"),
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNFOLDS = {"region", "tabpanel", "definition"}  # an answer that a page shows when its question is pressed


def parse(html: str) -> HtmlElement:
    """Return the root of a page or fragment.

    Raises:
        IngestError: It is too long or nested too deep to be read in bounded time.
    """
    from lxml import etree
    from lxml import html as lxml_html

    if len(html) > LARGEST:
        raise IngestError(f"its HTML has {len(html):,} characters, over the limit of {LARGEST:,}; split it")
    _is_shallow(html)
    try:
        root = lxml_html.document_fromstring(_DECLARATION.sub("", html.replace("\0", "")))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise IngestError(f"its HTML can't be read ({error}); save the page again") from error
    _is_shallow_tree(root)
    return root


def without_unseen(root: HtmlElement) -> None:
    """Take out of the tree what a reader does not see; text behind it stays."""
    from lxml import etree

    etree.strip_elements(root, *_UNSEEN, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    hidden = [element for element in root.iter() if isinstance(element.tag, str) and _is_hidden(element)]
    for element in hidden:
        drop(element)


def drop(element: HtmlElement) -> None:
    """Take an element out of the tree, wherever it still is, and leave the text behind it."""
    if element.getparent() is not None:
        element.drop_tree()


def words(element: HtmlElement) -> str:
    """Return the text of an element on one line."""
    return " ".join(str(element.text_content()).split())


def _is_hidden(element: HtmlElement) -> bool:
    if element.get("aria-hidden") == "true" and element.tag in ("a", "i", "span", "b", "em"):
        return True  # icons and marks
    is_out = element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "") is not None
    return is_out and element.get("role") not in _UNFOLDS and element.get("aria-labelledby") is None


def _is_shallow(html: str) -> None:
    depth = 0
    for tag in _NESTING.finditer(_VERBATIM.sub("", html)):
        depth += 0 if tag[2] else -1 if tag[1] else 1
        if depth > DEEPEST:
            raise IngestError(f"its HTML is nested more than {DEEPEST} deep; save the text of the page")


def _is_shallow_tree(root: HtmlElement) -> None:
    from lxml import etree

    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise IngestError(f"its HTML is nested more than {DEEPEST} deep; save the text of the page")
