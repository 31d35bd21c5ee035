"""JSON and JSON Lines → entries: an export of Zendesk or Intercom, or a list of questions and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from heedful.errors import IngestError
from heedful.knowledge.formats import faq, intercom, zendesk
from heedful.knowledge.formats.entry import Entry, LeftOut
from heedful.knowledge.formats.plain import decode

MOST_BROKEN = 200
_LISTS = (
    *("articles", "data", "items", "faqs", "faq", "questions", "entries", "documents", "results", "rows", "records"),
    *("translations", "mainEntity", "자주묻는질문"),
)


def entries(content: bytes, suffix: str) -> Iterator[Entry | LeftOut]:
    """Yield an entry for each article; items are counted from 1, lines of JSON Lines as an editor counts them.

    Raises:
        IngestError: It is no JSON, or nothing in it looks like an article.
    """
    text = decode(content)
    whole: Any = None
    if suffix == ".json":
        whole, problems = _whole(text), list[LeftOut]()
        named = [(item, f"item {number}") for number, item in enumerate(_items(whole), start=1)]
    else:
        named, problems = _lines(text)
    yield from problems
    items = [item for item, _ in named]
    if zendesk.is_export(items):
        yield from zendesk.entries(named)
    elif intercom.is_export(items):
        yield from intercom.entries(named)
    elif any(faq.is_faq(item) for item in items):
        for item, name in named:
            yield faq.entry(item, name) if isinstance(item, Mapping) else LeftOut(f"{name} is left out: no object")
    else:
        raise IngestError(
            "there are no articles in it that are known; give a list of objects with question and answer "
            "(or title and body), or an export of Zendesk or Intercom"
        )


def _whole(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        is_cut = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
        cut = " (it ends too early; was it cut off?)" if is_cut else ""
        raise IngestError(f"it is no JSON at line {error.lineno}: {error.msg}{cut}; export it again") from error
    except (ValueError, RecursionError) as error:
        raise IngestError("its JSON is nested too deep or has a number too long; export it again") from error


def _items(whole: Any) -> Sequence[Any]:
    """The list of articles, wherever in the whole it stands."""
    if isinstance(whole, list):  # pages of one export, one after the other, or the articles themselves
        pages = [_under(page) for page in whole]
        return [item for page in pages for item in page or ()] if whole and all(pages) else whole
    if isinstance(whole, Mapping) and isinstance(whole.get("article"), Mapping):
        return [whole["article"]]
    return _under(whole) or ([whole] if isinstance(whole, Mapping) else [])


def _under(whole: Any) -> list[Any] | None:
    if not isinstance(whole, Mapping):
        return None
    return next((whole[name] for name in _LISTS if isinstance(whole.get(name), list)), None)


def _lines(text: str) -> tuple[list[tuple[Any, str]], list[LeftOut]]:
    """Read on `\\n` only: a text may hold U+2028 and the like."""
    named: list[tuple[Any, str]] = []
    problems: list[LeftOut] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            named.append((json.loads(line), f"line {number}"))
        except (ValueError, RecursionError) as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
            problems.append(LeftOut(f"line {number} is left out: it is no JSON ({why}); write one object a line"))
        if len(problems) > MOST_BROKEN:
            raise IngestError(f"more than {MOST_BROKEN} lines are no JSON; write one object a line")
    if problems and not named:
        raise IngestError("none of its lines is JSON; write one object a line")
    return named, problems
