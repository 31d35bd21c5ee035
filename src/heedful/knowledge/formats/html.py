"""A saved web page → its one entry: the main content only, and what the page says of itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from heedful.errors import IngestError
from heedful.knowledge.formats import html_main
from heedful.knowledge.formats.entry import Entry
from heedful.knowledge.formats.html_text import text_of
from heedful.knowledge.formats.html_tree import parse, without_unseen, words
from heedful.knowledge.formats.plain import decode
from heedful.language import is_hangul_heavy

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CHARSET = re.compile(
    rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]+encoding=[\"']([\w.:-]+)", re.IGNORECASE
)
_OURS = ("id", "url", "title", "lang", "trust", "updated")  # each as <meta name="heedful:trust" content="internal">
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MODIFIED = (
    *(
        "article:modified_time",
        "og:updated_time",
        "last-modified",
        "last_modified",
        "dcterms.modified",
        "dc.date.modified",
    ),
    *("revised", "updated", "date", "article:published_time"),
)
_SITE = re.compile(r"\s+[|–—·»:-]\s+[^|–—·»]{1,60}$")
TELLING = 40  # characters of text that a page should have when it also has scripts


def entries(content: bytes) -> list[Entry]:
    """Return the one entry in an HTML page.

    Raises:
        IngestError: It can't be read in bounded time, or has no text of its own.
    """
    root = parse(decode(content, declared=_charset(content)))
    meta = dict(_meta(root))
    front: dict[str, Any] = {"updated": _updated(root, meta), "url": _canonical(root, meta)}
    scripts = len(root.xpath("//script"))
    heading, name = _heading(root), _name(root, meta)
    without_unseen(root)
    main = html_main.main_of(root)
    is_title = heading and (heading in name or not name or _holds(main, heading))
    front["title"] = heading if is_title else _short(name, meta)
    front |= {key: meta[f"heedful:{key}"] for key in _OURS if meta.get(f"heedful:{key}")}
    text = text_of(main, str(front["url"]))
    _has_words(text, scripts)
    front.setdefault("lang", _language(root, meta, f"{front['title']}\n{text}"))
    return [Entry(text, front)]


def fragment(html: str, url: str = "") -> str:
    """Return the text of the body of an article, as an export holds it; `url` is the page that shows it.

    Raises:
        IngestError: It can't be read in bounded time, or there is no text in it.
    """
    if not html.strip():
        raise IngestError("it is empty; write the answer into it")
    root = parse(f"<body>{html}</body>")
    without_unseen(root)
    text = text_of(root, url)
    if not re.search(r"\w", text):
        raise IngestError("there are no words in it; write the answer into it")
    return text


def _charset(content: bytes) -> str:
    found = _CHARSET.search(content[:4096])
    return (found[1] or found[2]).decode("ascii", "replace") if found else ""


def _has_words(text: str, scripts: int) -> None:
    said = re.sub(r"(?m)^#+ .*$", "", text)
    if not re.search(r"\w", said) or (scripts and len(said.strip()) < TELLING and _ASKS_FOR_SCRIPT.search(said)):
        if scripts:
            raise IngestError("the page is put together by scripts and has no text of its own; save it from a browser")
        raise IngestError("there is no text in it besides headings; write the answer into it or take it out")


_ASKS_FOR_SCRIPT = re.compile(r"javascript|loading|자바스크립트|로딩|불러오는", re.IGNORECASE)


def _meta(root: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield what the meta elements say, the last first, so that the first of a name counts."""
    for element in reversed(root.xpath("//meta[@content]")):
        name = element.get("name") or element.get("property") or element.get("itemprop") or element.get("http-equiv")
        if name and element.get("content").strip():
            yield name.strip().lower(), " ".join(element.get("content").split())


def _canonical(root: HtmlElement, meta: dict[str, str]) -> str:
    """The page's full address, where it gives one that can be opened."""
    links = root.xpath("//link[contains(concat(' ', translate(@rel, 'CANOIL', 'canoil'), ' '), ' canonical ')]/@href")
    for url in (*links, meta.get("og:url", "")):
        parts = urlsplit(url.strip()) if "\n" not in url else urlsplit("")
        if parts.scheme in ("http", "https") and parts.netloc:
            return str(url).strip()
    return ""


def _heading(root: HtmlElement) -> str:
    headings = [found for element in root.xpath("//h1") if (found := words(element))]
    return headings[0] if len(headings) == 1 else ""


def _name(root: HtmlElement, meta: dict[str, str]) -> str:
    return meta.get("og:title") or next((words(title) for title in root.xpath("//head/title")), "")


def _holds(main: HtmlElement, heading: str) -> bool:
    return any(words(element) == heading for element in main.xpath(".//h1"))


def _short(name: str, meta: dict[str, str]) -> str:
    """The name of the page without that of its site behind it."""
    site = meta.get("og:site_name", "")
    if site and name.endswith(site):
        return name.removesuffix(site).rstrip(" |–—·»:-") or name
    return name if meta.get("og:title") else _SITE.sub("", name)


def _language(root: HtmlElement, meta: dict[str, str], text: str) -> str:
    """What the page says, unless it says English of Korean words, as pages made from templates do."""
    said = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    told = str(said or meta.get("content-language") or meta.get("og:locale") or "").lower()
    code = re.split(r"[-_,]", told)[0].strip()
    if not re.fullmatch(r"[a-z]{2,3}", code) or (code == "en") == is_hangul_heavy(text):
        return ""
    return code


def _updated(root: HtmlElement, meta: dict[str, str]) -> str:
    for script in root.xpath("//script[@type='application/ld+json']"):
        try:
            told = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        days = [day for one in _objects(told) if (day := _DAY.match(str(one.get("dateModified") or "")))]
        if days:
            return days[0][0]
    marked = root.xpath("//time[@itemprop='dateModified']/@datetime") or root.xpath("//article//time/@datetime")
    for said in (*(meta.get(name, "") for name in _MODIFIED), *marked[:1]):
        if day := _DAY.match(said):
            return day[0]
    return ""


def _objects(told: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of JSON-LD, which may stand in a list or a graph."""
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, dict):
            yield one
            yield from (inner for inner in one.get("@graph") or () if isinstance(inner, dict))
