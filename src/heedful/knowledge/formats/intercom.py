"""Articles as Intercom's API gives them → an entry for each published language of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from heedful.errors import IngestError
from heedful.knowledge.formats.entry import Entry, LeftOut


def is_export(items: Sequence[Any]) -> bool:
    """Whether any of these is an article as Intercom writes them.

    Source: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/articles/article
    """
    return any(
        isinstance(item, Mapping)
        and {"title", "body"} <= item.keys()
        and ("translated_content" in item or (item.get("type") == "article" and "state" in item))
        for item in items
    )


def entries(named: Sequence[tuple[Any, str]]) -> Iterator[Entry | LeftOut]:
    """Yield the article in its own language, then its translations."""
    for item, name in named:
        if not isinstance(item, Mapping):
            yield LeftOut(f"{name} is left out: it is no article")
            continue
        own = str(item.get("default_locale") or "")
        translations = item.get("translated_content")
        others = translations.items() if isinstance(translations, Mapping) else ()
        yield _entry(item, item, own, name)
        for locale, content in others:
            if isinstance(content, Mapping) and str(locale) != own:
                yield _entry(item, content, str(locale), name)


def _entry(item: Mapping[str, Any], content: Mapping[str, Any], locale: str, name: str) -> Entry | LeftOut:
    from heedful.knowledge.formats.html import fragment

    number = str(item.get("id") or "")
    key = "-".join(part for part in (number, locale.lower()) if part)
    called = f"{name} (article {key})"
    state = content.get("state") or item.get("state") or "published"
    if state != "published":
        return LeftOut(f"{called} is left out: its state is {state!r}; publish it to use it")
    title = " ".join(str(content.get("title") or "").split())
    if not title:
        return LeftOut(f"{called} is left out: it has no title; give it one")
    url = str(content.get("url") or "")
    try:
        text = fragment(str(content.get("body") or ""), url)
    except IngestError as error:
        return LeftOut(f"{called} is left out: {error}")
    front = {"id": key if number else "", "title": title, "url": url, "lang": locale, "updated": _day(content, item)}
    return Entry(text, front, key, called)


def _day(*told: Mapping[str, Any]) -> str:
    """Intercom counts seconds since 1970."""
    at = next((one["updated_at"] for one in told if isinstance(one.get("updated_at"), int | float)), None)
    try:
        return datetime.fromtimestamp(at, UTC).date().isoformat() if at is not None else ""
    except (ValueError, OverflowError, OSError):
        return ""
