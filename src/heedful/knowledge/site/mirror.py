"""A site's address → a folder that holds its pages as they are now; the sync reads that folder."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from heedful.errors import StoreError, UpstreamError
from heedful.knowledge.site import fetch, shelf
from heedful.knowledge.site.addresses import started
from heedful.knowledge.site.arrive import UNCHANGED, Listed, arrive, listed
from heedful.knowledge.site.crawl import Crawl
from heedful.knowledge.site.hosts import Hosts
from heedful.knowledge.site.limits import Limits
from heedful.knowledge.site.outcome import Entry, conditions
from heedful.knowledge.site.shelf import Shelf

FOLDER = "sites"  # in the data folder
FEW = 10  # known pages; with fewer, any number may go at once
MOVED_TO_ONE = 3  # pages; when more lead to one page, that is a door and not their new place


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What one reading of a site did. Addresses throughout; `folder` holds the pages."""

    address: str
    folder: Path
    pages: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    left_out: int  # noindex, duplicates, and what is no page
    skipped: tuple[tuple[str, str], ...]
    seconds: float

    @property
    def unchanged(self) -> int:
        """How many pages are as they were."""
        return self.pages - len(self.added) - len(self.changed)


async def mirror(
    address: str,
    data_dir: Path,
    *,
    limits: Limits | None = None,
    hosts: Hosts | None = None,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
    is_dry: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Mirrored:
    """Bring the folder of a site in line with the site; with `is_dry`, only say what would be done.

    Ended in the middle, the pages that were read are kept, none is gone, and the next run goes on from there.

    Raises:
        InputError: The address can't be read, leads elsewhere, or is closed to us.
        UpstreamError: The site can't be had now, or holds no page; nothing was changed.
        ConflictError: Another command reads it now.
        StoreError: The folder can't be written.
    """
    began, limits = clock(), limits or Limits()
    start = started(address)
    with shelf.opened(data_dir / FOLDER, start, is_dry=is_dry) as kept:
        before = dict(kept.kept)
        async with fetch.reading(limits, hosts) as reader:
            arrival = await arrive(reader, start, limits, lambda one: conditions(kept.of(one)))
            sitemaps = await listed(reader, arrival.site, arrival.robots, limits)
            crawl = Crawl(reader, arrival, kept, limits, progress, clock=clock)
            with _saved_at_last(kept):
                await _read(crawl, (arrival.first.address, arrival.site.own(start)), sitemaps, before)
                if not crawl.found.kept:
                    raise UpstreamError(_nothing(start, crawl, sitemaps, arrival.first.status))
                removed, kept_on = await _settled(crawl, kept, set(before))
        kept.was_stopped = bool(crawl.found.stopped)
        kept.save()
        kept.tidy()
        skipped = (*sitemaps.skipped, *_skipped(crawl, start, limits, set(before)), *kept_on)
        return Mirrored(
            address=start,
            folder=kept.pages,
            pages=len(kept.kept),
            added=tuple(crawl.found.added),
            changed=tuple(crawl.found.changed),
            removed=tuple(removed),
            left_out=sum(one.what == "left_out" for one in crawl.found.outcomes.values()),
            skipped=skipped,
            seconds=clock() - began,
        )


async def _read(
    crawl: Crawl, starts: tuple[str, str | None], sitemaps: Listed, before: Mapping[str, shelf.Kept]
) -> None:
    """Ask for what the sitemaps list, or follow the links when they list nothing but the start.

    `starts` are the address that the start led to, and the one that was given.
    """
    pages = [Entry(address, changed_on=day) for address, day in sitemaps.pages.items()]
    follow = bool(sitemaps.skipped) or all(entry.address in starts for entry in pages)
    await crawl.run([Entry(starts[0]), *pages], follow=follow)
    await crawl.run(crawl.stranded(), follow=follow)
    if sitemaps.skipped:
        crawl.found.is_whole = False
    if not crawl.found.is_whole and not crawl.found.stopped:
        # What could have listed them was not to be had: the pages are asked for themselves.
        await crawl.run([Entry(address) for address in before if address not in crawl.found.over], follow=False)


async def _settled(crawl: Crawl, kept: Shelf, before: set[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Take the pages off the shelf that are gone; return them, and what is to be said of those that stay on.

    When most would go without the server saying so of each (a sitemap cut short, a door put before the site, a page
    that says "back soon" under every address), they stay, and a person decides.
    """
    going = [address for address in before if not _stays(crawl, address)]
    doubted = _doubted(crawl, going)
    said: list[tuple[str, str]] = []
    if len(before) >= FEW and len(doubted) * 2 > len(before):
        await crawl.run([Entry(address) for address in doubted if not crawl.has_seen(address)], follow=False)
        doubted = _doubted(crawl, doubted)
        going = [address for address in going if address not in doubted]
        why = (
            f"{len(doubted)} of its {len(before)} pages moved, are hidden or no longer listed, all at once; they are "
            f"kept. If that is right, delete {str(kept.folder)!r} and run this again"
        )
        said += [(kept.start, why)] if doubted else []
    for address in going:
        kept.kept.pop(address, None)
    return sorted(going), said


def _stays(crawl: Crawl, address: str) -> bool:
    one = crawl.found.outcomes.get(address)
    if one is None:
        return bool(crawl.found.stopped) and not crawl.is_closed(address)
    target = crawl.found.outcomes.get(one.target)
    was_not_come_to = bool(one.target and crawl.found.stopped) and target is None
    return one.what in ("kept", "failed") or was_not_come_to or (target is not None and target.what == "failed")


def _doubted(crawl: Crawl, going: Iterable[str]) -> set[str]:
    """The pages that would go although nobody says that they are gone: not the server, robots.txt or our own limit."""
    outcomes = crawl.found.outcomes
    led_to = Counter(one.target for one in outcomes.values() if one.target)

    def is_certain(address: str) -> bool:
        one = outcomes.get(address)
        if one is None:
            return address in crawl.found.over or crawl.is_closed(address)
        target = outcomes.get(one.target)
        has_moved = target is not None and target.what == "kept" and led_to[one.target] <= MOVED_TO_ONE
        return one.what == "gone" or has_moved

    return {address for address in going if not is_certain(address)}


def _skipped(crawl: Crawl, start: str, limits: Limits, before: set[str]) -> list[tuple[str, str]]:
    """What to say of the addresses that are not in, or not as they are now."""
    found, rows = crawl.found, []
    failed = [one for one in found.outcomes.values() if one.what == "failed"]
    for one in failed[: limits.named]:
        address = one.entry.address
        rows.append((address, f"{one.why}; what was there is kept" if address in before else one.why))
    if len(failed) > limits.named:
        rows.append((start, f"{len(failed) - limits.named:,} more pages could not be read"))
    if found.over:
        rows.append(
            (start, f"{len(found.over):,} more addresses are over the limit of {limits.pages:,} pages (--max-pages)")
        )
    if found.too_deep:
        rows.append((start, f"more than {limits.depth} links from the start: {len(found.too_deep):,} addresses"))
    if found.stopped:
        rows.append((start, f"{found.stopped}; the rest is as it was; run it again to go on"))
    return rows


def _nothing(start: str, crawl: Crawl, sitemaps: Listed, status: int) -> str:
    if status not in (200, 304):
        return f"{start} answered {status}, and no page was found under it; check the address; {UNCHANGED}"
    reasons = [why for _, why in sitemaps.skipped] + [one.why for one in crawl.found.outcomes.values() if one.why]
    because = f" ({reasons[0]})" if reasons else "; are they marked noindex, or put together by scripts?"
    return f"no page could be read under {start}{because}; {UNCHANGED}"


@contextlib.contextmanager
def _saved_at_last(kept: Shelf) -> Iterator[None]:
    """Write the index also when the work ends in the middle."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(StoreError):
            kept.save()
        raise
