"""What became of one address: kept, gone, left out, moved, or not to be had now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from heedful.knowledge.site import charset, page
from heedful.knowledge.site.addresses import Site, loose
from heedful.knowledge.site.fetch import REDIRECTS, Answer
from heedful.knowledge.site.shelf import Kept, file_of

HTML = ("text/html", "application/xhtml+xml")
PDF = "application/pdf"
GONE = frozenset({404, 410, 451})

What = Literal["kept", "gone", "left_out", "moved", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An address to ask for: how far from the start, when a sitemap says it changed, and what has led here."""

    address: str
    depth: int = 0
    changed_on: str = ""
    hops: tuple[str, ...] = ()  # the addresses that redirected
    is_last: bool = False  # what it says of a better address is not believed: nothing was there


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one address gave. `content` is what to write, empty when the file there is still right."""

    entry: Entry
    what: What
    why: str = ""
    target: str = ""  # where a moved page, or one that has a better address, is now
    links: tuple[str, ...] = ()
    kept: Kept | None = None
    content: bytes = field(default=b"", repr=False)


def conditions(kept: Kept | None) -> Mapping[str, str]:
    """Return the headers that ask only for what has changed since."""
    if kept is None:
        return {}
    asked = {"If-None-Match": kept.etag, "If-Modified-Since": kept.modified}
    return {name: value for name, value in asked.items() if value}


def of_answer(entry: Entry, answer: Answer, site: Site, before: Kept | None, at: str) -> Outcome:
    """Return what a whole answer means; `before` is what is kept of the page."""
    if answer.status in REDIRECTS:
        return _led_on(entry, answer.location, site)
    if answer.status in GONE:
        return Outcome(entry, "gone")
    if answer.status != 200:
        return Outcome(entry, "failed", f"it answered {answer.status}")
    if answer.kind == PDF:
        return _pdf(entry, answer, before, at)
    if answer.kind in HTML:
        return _html(entry, answer, site, before, at)
    return Outcome(entry, "left_out")


def unchanged(entry: Entry, answer: Answer, before: Kept, text: str | None, at: str) -> Outcome:
    """Return what a page gives that is as it was: its links are in the copy, where there is one as text."""
    links = page.read(text, entry.address).links if text else ()
    if not page.may_index(answer.robots):
        return Outcome(entry, "left_out", links=links)
    return Outcome(entry, "kept", links=links, kept=replace(before, at=at))


def _led_on(entry: Entry, location: str, site: Site) -> Outcome:
    target = site.own(location, base=entry.address) if location else None
    if target is None:
        return Outcome(entry, "moved")
    if target == entry.address or target in entry.hops:
        return Outcome(entry, "failed", "it redirects in a circle")
    return Outcome(entry, "moved", target=target)


def _pdf(entry: Entry, answer: Answer, before: Kept | None, at: str) -> Outcome:
    if not page.may_index(answer.robots) or b"%PDF-" not in answer.body[:1024]:
        return Outcome(entry, "left_out")
    digest = hashlib.sha256(answer.body).hexdigest()
    kept = Kept(file_of(entry.address, ".pdf"), answer.etag, answer.modified, digest, digest, at)
    written = b"" if _is_same(kept, before) else page.kept_pdf(answer.body, entry.address)
    return Outcome(entry, "kept", kept=kept, content=written)


def _html(entry: Entry, answer: Answer, site: Site, before: Kept | None, at: str) -> Outcome:
    text = charset.decode(answer.body, answer.charset)
    said = page.read(text, entry.address, robots_header=answer.robots)
    links = said.links if said.may_follow else ()
    if said.refresh and (target := site.own(said.refresh)) and target != entry.address:
        return _led_on(entry, target, site)
    if not said.may_index:
        return Outcome(entry, "left_out", links=links)
    if not entry.is_last and (better := _better(entry.address, said.canonical, site)):
        return Outcome(entry, "left_out", target=better, links=links)
    digest = hashlib.sha256(answer.body).hexdigest()
    kept = Kept(file_of(entry.address, ".html"), answer.etag, answer.modified, digest, said.essence, at)
    if _is_same(kept, before):
        return Outcome(entry, "kept", links=links, kept=kept)
    written = page.kept(text, entry.address, changed_on="" if said.is_dated else entry.changed_on)
    return Outcome(entry, "kept", links=links, kept=kept, content=written.encode("utf-8", errors="replace"))


def _is_same(now: Kept, before: Kept | None) -> bool:
    return before is not None and before.essence == now.essence and before.file == now.file


def _better(address: str, canonical: str, site: Site) -> str:
    """The address a page says is its own, when it is another page of this site.

    One that names the site's entrance on every page, as a template set wrong does, is not believed.
    """
    found = site.own(canonical) if canonical else None
    if found is None or loose(found) == loose(address):
        return ""
    is_entrance = loose(found) in (loose(site.origin), loose(site.origin + site.folder))
    return "" if is_entrance and loose(address.partition("?")[0]) != loose(found) else found
