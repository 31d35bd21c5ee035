"""Articles as Zendesk's Help Center API gives them → entries; drafts are left out, restricted ones are internal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from heedful.errors import IngestError
from heedful.knowledge.formats.entry import Entry, LeftOut

# https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/
_MARKS = ("html_url", "section_id", "locale", "source_locale", "user_segment_id", "permission_group_id")


def is_export(items: Sequence[Any]) -> bool:
    """Whether any of these is an article or a translation as Zendesk writes them."""
    return any(
        isinstance(item, Mapping)
        and {"title", "body"} <= item.keys()
        and sum(mark in item for mark in _MARKS) >= 2  # one alone may stand in anybody's list
        and "translated_content" not in item
        for item in items
    )


def entries(named: Sequence[tuple[Any, str]]) -> Iterator[Entry | LeftOut]:
    """Yield an entry for each published article, under its number and language."""
    for item, name in named:
        yield _entry(item, name) if isinstance(item, Mapping) else LeftOut(f"{name} is left out: it is no article")


def _entry(item: Mapping[str, Any], name: str) -> Entry | LeftOut:
    from heedful.knowledge.formats.html import fragment

    number = item.get("source_id") or item.get("id")  # a translation names its article
    locale = str(item.get("locale") or item.get("source_locale") or "").lower()
    called = f"{name} (article {number})"
    for mark, why in (("draft", "it is a draft"), ("outdated", "it is marked as outdated")):
        if item.get(mark):
            return LeftOut(f"{called} is left out: {why}; publish it to use it")
    title = " ".join(str(item.get("title") or "").split())
    if not title:
        return LeftOut(f"{called} is left out: it has no title; give it one")
    try:
        text = fragment(str(item.get("body") or ""), str(item.get("html_url") or ""))
    except IngestError as error:
        return LeftOut(f"{called} is left out: {error}")
    key = "-".join(part for part in (str(number or ""), locale) if part)
    is_open = item.get("user_segment_id") is None and not item.get("user_segment_ids")
    front = {
        "id": key if number else "",
        "title": title,
        "url": item.get("html_url"),
        "lang": locale,
        "updated": item.get("edited_at") or item.get("updated_at"),
        "trust": "published" if is_open else "internal",  # a segment may be the company's own people
    }
    return Entry(text, front, key, called)
