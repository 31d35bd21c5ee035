"""One page's HTML: what it says to a reader of sites, and the form in which it is kept.

The parser here is a scan for tags, in time in proportion to the page whatever is in it; the words of the page are read
by the HTML format of help content.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit

_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b([^<>]*)>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:.-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_OF_INTEREST = frozenset({"a", "area", "link", "meta", "base"})
_REFRESH = re.compile(r"\s*(\d{1,3})[^;,]*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)
_AT_ONCE_S = 5  # a refresh within so many seconds is a redirect
_HEAD = re.compile(r"<head\b[^<>]*>", re.IGNORECASE)
_TITLE = re.compile(r"<title\b|<h1\b|\bog:title\b", re.IGNORECASE)
_ROOT = re.compile(r"<html\b[^<>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype\b[^<>]*>", re.IGNORECASE)
_OWN_WORDS = re.compile(
    r"<link\b(?=[^<>]*\brel\s*=\s*[\"']?canonical\b)[^<>]*>|<meta\b(?=[^<>]*\bcharset\b)[^<>]*>|"
    r"<meta\b(?=[^<>]*\bheedful:(?:url|id)\b)[^<>]*>|<\?xml\b[^<>]*>",
    re.IGNORECASE,
)
_DATED = ("article:modified_time", "og:updated_time", "last-modified", "dcterms.modified", "datemodified")
_RANDOM = re.compile(r"[?&;][\w.-]{1,40}=[\w-]{16,}")  # in a link: most likely made for this visit
_KEPT_ATTRIBUTES = ("href", "lang", "datetime")
MOST_LINKS = 5_000  # of one page


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says about itself and others. Addresses are absolute, as they stand there otherwise."""

    links: tuple[str, ...]
    canonical: str
    refresh: str
    may_index: bool
    may_follow: bool
    is_dated: bool
    essence: str  # a digest of words, structure and links: equal when only nonces, counters or scripts differ


def read(text: str, address: str, *, robots_header: str = "") -> Page:
    """Return what the page at `address` says."""
    seen = _UNSEEN.sub(" ", text)
    base, canonical, refresh, links = address, "", "", dict[str, None]()
    orders = _orders(robots_header)
    is_dated = False
    for name, attributes in _tags(seen):
        href = attributes.get("href", "").strip()
        rel = attributes.get("rel", "").lower().split()
        if name == "base" and href and base == address:
            base = _joined(address, href)
        elif name == "meta":
            called = (attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or "").lower()
            is_dated = is_dated or called in _DATED
            if called in ("robots", "heedful"):
                orders |= _orders(attributes.get("content", ""))
            if attributes.get("http-equiv", "").lower() == "refresh" and not refresh:
                refresh = _refreshed(attributes.get("content", ""))
        elif name == "link" and href and "canonical" in rel and not canonical:
            canonical = href
        elif href and _is_a_way_on(name, rel, attributes) and len(links) < MOST_LINKS:
            links[_joined(base, href)] = None
    return Page(
        links=tuple(links),
        canonical=_joined(base, canonical) if canonical else "",
        refresh=_joined(base, refresh) if refresh else "",
        may_index=not orders & {"noindex", "none"},
        may_follow=not orders & {"nofollow", "none"},
        is_dated=is_dated,
        essence=_essence(seen),
    )


def kept(text: str, address: str, *, changed_on: str = "") -> str:
    """Return the page as it is written down: in UTF-8, with its own address, and with the day of its last change.

    What the page said of its address and charset is taken out; both are known better here.
    """
    text = _OWN_WORDS.sub("", text)
    words = f'<meta charset="utf-8"><link rel="canonical" href="{html.escape(address)}">'
    words += f'<meta name="heedful:url" content="{html.escape(address)}">'
    if id_ := _id(address):
        words += f'<meta name="heedful:id" content="{html.escape(id_)}">'
    if not _TITLE.search(text):
        words += f"<title>{html.escape(_last(address))}</title>"
    if changed_on:
        words += f'<meta property="article:modified_time" content="{html.escape(changed_on)}">'
    place = _HEAD.search(text) or _ROOT.search(text) or _DOCTYPE.match(text)
    at = place.end() if place else 0
    return f"{text[:at]}{words}{text[at:]}"


def kept_pdf(content: bytes, address: str) -> bytes:
    """Return a PDF as it is written down: its address stands behind it, in comments that readers of PDFs pass over."""
    told = {"url": address, "id": _id(address)}
    return content + "".join(f"\n%heedful:{name} {value}" for name, value in told.items() if value).encode() + b"\n"


def may_index(robots_header: str) -> bool:
    """Return whether an X-Robots-Tag lets the document be shown as found."""
    return not _orders(robots_header) & {"noindex", "none"}


def _id(address: str) -> str:
    """The id of an article whose address has a query; that of others is made of host and path."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}?{parts.query}" if parts.query else ""


def _last(address: str) -> str:
    """What a page is called that doesn't say it: the last piece of its address."""
    parts = urlsplit(address)
    return unquote([part for part in (parts.netloc, *parts.path.split("/")) if part][-1])


def _tags(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for closing, name, rest in _TAG.findall(text):
        if not closing and name.lower() in _OF_INTEREST:
            yield name.lower(), _attributes(rest)


def _attributes(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(rest):
        found.setdefault(name.lower(), html.unescape("".join(values)))
    return found


def _is_a_way_on(name: str, rel: list[str], attributes: Mapping[str, str]) -> bool:
    if "nofollow" in rel or attributes.get("href", "").startswith("#"):
        return False
    if name == "link":
        return ("alternate" in rel and "hreflang" in attributes) or "next" in rel
    return name in ("a", "area")


def _orders(content: str) -> set[str]:
    """The words of a robots meta or header that are meant for everybody or for us: `noindex, nofollow`."""
    orders: set[str] = set()
    for part in content.lower().split(","):
        agent, colon, order = part.partition(":")
        if not colon:
            orders.add(agent.strip())
        elif agent.strip() in ("heedful", "*"):
            orders.add(order.strip())
    return orders


def _refreshed(content: str) -> str:
    found = _REFRESH.match(content)
    return found.group(2).strip() if found and int(found.group(1)) <= _AT_ONCE_S else ""


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return ""


def _essence(seen: str) -> str:
    """A digest of the words, the tags, and of the attributes that say where something leads or stands."""

    def plain(match: re.Match[str]) -> str:
        closing, name, rest = match.group(1), match.group(2).lower(), match.group(3)
        if name in ("input", "meta", "link", "span", "div", "button", "img", "source"):
            return " "
        if closing or not rest.strip():
            return f"<{closing}{name}>"
        given = _attributes(rest)
        if "href" in given:
            given["href"] = _RANDOM.sub("", given["href"])
        wanted = (*_KEPT_ATTRIBUTES, "id") if re.fullmatch("h[1-6]|a", name) else _KEPT_ATTRIBUTES
        return f"<{name} {' '.join(f'{key}={given[key]}' for key in wanted if key in given)}>"

    words = " ".join(_TAG.sub(plain, seen).split())
    return hashlib.sha256(words.encode("utf-8", errors="replace")).hexdigest()[:32]
