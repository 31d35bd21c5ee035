"""Markdown → its one entry: what the front matter says, and the words a reader would see."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any

from heedful.errors import IngestError
from heedful.knowledge.clean import clean
from heedful.knowledge.formats.entry import Entry
from heedful.knowledge.formats.plain import decode

# A page that a template lays out: nothing but HTML under its front matter.
_HTML = re.compile(r"\s*<(?:div|section|article|main|table|h[1-6]|p)\b[^>]*>", re.IGNORECASE)
_MARKDOWN = re.compile(r"^[ ]{0,3}(?:#{1,6}|[-*+]|\d+[.)]|>|\|)[ \t]|^[ ]{0,3}(?:```|~~~)|\]\(|\{%|\*\*", re.MULTILINE)


def entries(content: bytes) -> list[Entry]:
    """Return the one entry in a Markdown file.

    Raises:
        IngestError: It is no text, or its front matter can't be read; says what to mend.
    """
    front, body = _front_matter(decode(content))
    return [Entry(_text(body), front)]


def _text(body: str) -> str:
    if _HTML.match(body) and not _MARKDOWN.search(body):
        from heedful.knowledge.formats.html import fragment

        with contextlib.suppress(IngestError):
            return fragment(body)
    return clean(body)


def _front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    import frontmatter
    import yaml

    try:
        front, body = frontmatter.parse(text)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise IngestError(
            f"the front matter is not valid YAML near line {line}; put values with a colon into quotes"
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise IngestError(f"the front matter can't be read ({error}); use `name: value` lines") from error
    return {str(name).lower(): value for name, value in front.items()}, str(body)
