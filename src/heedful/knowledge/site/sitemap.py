"""A sitemap's bytes → the addresses it lists, or the sitemaps it points to (sitemaps.org)."""

from __future__ import annotations

import html
import re
import zlib
from dataclasses import dataclass

_GZIP = b"\x1f\x8b"
# Not an XML parser: a sitemap is two levels deep, and nothing in it needs entities that a bomb could be made of.
_IS_INDEX = re.compile(r"<(?:[\w-]+:)?sitemapindex\b")
_LISTED = re.compile(
    r"<(?:(?!image:|video:|news:)[\w-]+:)?(?P<what>loc|lastmod)\s*>(?:\s*<!\[CDATA\[)?(?P<value>[^<]*)"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DAY = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")


@dataclass(frozen=True, slots=True)
class Listing:
    """What one sitemap says. `pages` holds (address, day of the last change or "")."""

    pages: tuple[tuple[str, str], ...] = ()
    sitemaps: tuple[str, ...] = ()
    is_sitemap: bool = True


def read(content: bytes, *, most_bytes: int, most: int) -> Listing:
    """Return what a sitemap lists, at most `most` addresses: XML, an index of others, or a line for each; gzip too.

    Raises:
        ValueError: It unpacks to more than `most_bytes`, or is not gzip although it begins so.
    """
    text = _unpacked(content, most_bytes).decode("utf-8-sig", errors="replace")
    if "<" not in text:
        lines = (line.strip() for line in text.split("\n", maxsplit=most)[:most])
        addresses = tuple((line, "") for line in lines if line.startswith(("http://", "https://")))
        return Listing(addresses, is_sitemap=bool(addresses))
    if re.search(r"<(?:!doctype\s+html|html)\b", text[:2000], re.IGNORECASE):
        return Listing(is_sitemap=False)  # a page that says "not found" with 200
    text = _COMMENT.sub("", text)
    found = _entries(text, most)
    if _IS_INDEX.search(text):
        return Listing(sitemaps=tuple(address for address, _ in found))
    return Listing(found, is_sitemap="urlset" in text)


def _entries(text: str, most: int) -> tuple[tuple[str, str], ...]:
    """Each address with the `lastmod` that follows it before the next address."""
    found: list[tuple[str, str]] = []
    for match in _LISTED.finditer(text):
        value = html.unescape(match.group("value").strip().removesuffix("]]>").strip())
        if match.group("what") == "lastmod" and found:
            day = _DAY.match(value)
            found[-1] = (found[-1][0], day.group() if day else "")
        elif match.group("what") == "loc" and value:
            if len(found) == most:
                break
            found.append((value, ""))
    return tuple(found)


def _unpacked(content: bytes, most: int) -> bytes:
    if not content.startswith(_GZIP):
        return content
    unpacking = zlib.decompressobj(wbits=31)
    try:
        whole = unpacking.decompress(content, most + 1)
    except zlib.error as error:
        raise ValueError("it is damaged gzip") from error
    if len(whole) > most:
        raise ValueError(f"it unpacks to more than {most // 1_000_000} MB")
    return whole
