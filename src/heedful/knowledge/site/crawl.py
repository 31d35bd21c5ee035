"""From a first list of addresses to every page that can be had: wave by wave, a few at once, within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from heedful.errors import UpstreamError
from heedful.knowledge.site import addresses, outcome, page
from heedful.knowledge.site.arrive import Arrival
from heedful.knowledge.site.fetch import BUSY, Answer, CutError, Reader
from heedful.knowledge.site.limits import Limits
from heedful.knowledge.site.outcome import Entry, Outcome
from heedful.knowledge.site.shelf import Kept, Shelf

HELD = 16  # answers in memory, in their order, before they are written
Told = Callable[[int, int], object]


@dataclass(slots=True)
class Found:
    """What a crawl has found, by address. `over` are addresses that no room was left for."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)  # pages written anew
    added: list[str] = field(default_factory=list)
    over: dict[str, None] = field(default_factory=dict)
    too_deep: set[str] = field(default_factory=set)
    stopped: str = ""  # why it ended before its time
    is_whole: bool = True  # every page that could list others was read

    @property
    def kept(self) -> int:
        """How many pages are kept."""
        return sum(one.what == "kept" for one in self.outcomes.values())


class Crawl:
    """One reading of a site. Pages are written to the shelf as they come; none is taken away here."""

    def __init__(
        self,
        reader: Reader,
        arrival: Arrival,
        shelf: Shelf,
        limits: Limits,
        told: Told,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.found = Found()
        self._reader, self._site, self._rules, self._shelf = reader, arrival.site, arrival.robots, shelf
        self._limits, self._told, self._clock, self._now = limits, told, clock, now
        self._first = {arrival.first.address: arrival.first}
        self._until = clock() + limits.total_s
        self._before: Mapping[str, Kept] = dict(shelf.kept)
        self._seen: set[str] = set()
        self._essences: dict[str, str] = {}
        self._loose: dict[str, str] = {}
        self._dates: dict[str, set[str]] = {}
        self._kept = self._asked = self._failures = 0

    async def run(self, entries: Iterable[Entry], *, follow: bool = True) -> None:
        """Ask for these, and with `follow` for what they lead to; without, only for PDFs that they link.

        Raises:
            StoreError: The pages can't be written.
        """
        wave = self._fresh(entries)
        while wave and not self.found.stopped:
            wave = self._in_order(wave)
            following: list[Entry] = []
            at = 0
            while at < len(wave) and (room := self._room()) and not self.found.stopped:
                some = wave[at : at + min(room, HELD)]
                at += len(some)
                self._asked += len(some)
                for one in await self._together(some):
                    following += self._settle(one, follow=follow)
                self._shelf.save()
                self._told(self._kept, min(self._limits.pages, len(self._seen) + len(following)))
            if not self._room():
                self.found.over.update(dict.fromkeys(entry.address for entry in wave[at:]))
            wave = self._fresh(following)

    def stranded(self) -> list[Entry]:
        """Return the pages that were left out for a better address where, as it turned out, no page is."""
        every = self.found.outcomes
        alone = [one.entry for one in every.values() if one.what == "left_out" and one.target and one.kept is None]
        lost = [entry for entry in alone if not self._is_kept(every[entry.address].target)]
        self._seen.difference_update(entry.address for entry in lost)
        return [replace(entry, is_last=True) for entry in lost]

    def _is_kept(self, address: str, hops: int = 0) -> bool:
        """Return whether an address, or the one it redirects to, is kept or was not to be had now."""
        one = self.found.outcomes.get(address)
        if one is None:
            return False
        is_on_its_way = one.what == "moved" and hops < self._limits.redirects
        return one.what in ("kept", "failed") or (is_on_its_way and self._is_kept(one.target, hops + 1))

    def _in_order(self, wave: list[Entry]) -> list[Entry]:
        """What is known comes first, so that a site over the limit keeps the same pages from day to day.

        After a reading that was stopped, what was not come to then: new pages, and those asked for longest ago.
        """
        wave = sorted(wave, key=lambda entry: entry.address not in self._before)
        room = self._room()
        if self._shelf.was_stopped:
            dates = {address: page.at for address, page in self._before.items()}
            wave[:room] = sorted(wave[:room], key=lambda entry: dates.get(entry.address, ""))
        return wave

    def has_seen(self, address: str) -> bool:
        """Return whether an address was asked for, or was to be."""
        return address in self._seen

    def is_closed(self, address: str) -> bool:
        """Return whether robots.txt keeps us from an address, or it belongs to the site no more."""
        return not self._rules.may(address) or self._site.own(address) is None

    def _room(self) -> int:
        by_requests = self._limits.pages * self._limits.requests_per_page + 100 - self._asked
        return max(0, min(self._limits.pages - self._kept, by_requests))

    def _fresh(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries that may be asked for and were not yet."""
        fresh = []
        for entry in entries:
            if entry.address in self._seen or not self._rules.may(entry.address):
                continue
            if entry.depth > self._limits.depth:
                self.found.too_deep.add(entry.address)
                continue
            self._seen.add(entry.address)
            fresh.append(entry)
        return fresh

    async def _together(self, some: Sequence[Entry]) -> list[Outcome]:
        """What each gives, in their order, a few asked for at once."""
        outcomes: list[Outcome | None] = [None] * len(some)
        waiting = iter(enumerate(some))

        async def work() -> None:
            for at, entry in waiting:
                outcomes[at] = await self._ask(entry)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._limits.at_once, len(some))):
                group.create_task(work())
        return [one for one in outcomes if one is not None]

    async def _ask(self, entry: Entry) -> Outcome | None:
        """What one address gives; `None` when time or bytes have run out, or the site is down."""
        if self._is_over():
            return None
        before = self._shelf.of(entry.address)
        try:
            answer = self._first.pop(entry.address, None) or await self._reader.get(
                entry.address,
                most_bytes=self._limits.page_bytes,
                conditions=outcome.conditions(before),
                accept=", ".join((*outcome.HTML, outcome.PDF)),
            )
        except CutError as error:
            return Outcome(entry, "failed", str(error))
        except UpstreamError as error:
            self._failures += 1
            return Outcome(entry, "failed", str(error))
        self._failures = self._failures + 1 if answer.status in BUSY else 0
        try:
            return await asyncio.to_thread(self._understood, entry, answer, before)
        except (ValueError, RecursionError, OverflowError) as error:
            return Outcome(entry, "failed", f"it can't be read ({type(error).__name__})")

    def _understood(self, entry: Entry, answer: Answer, before: Kept | None) -> Outcome:
        at = self._now().isoformat(timespec="seconds")
        if answer.status == 304 and before is not None:
            return outcome.unchanged(entry, answer, before, self._shelf.text(entry.address), at)
        return outcome.of_answer(entry, answer, self._site, before, at)

    def _is_over(self) -> bool:
        limits = self._limits
        if self._clock() >= self._until:
            self.found.stopped = f"the time for one reading ({limits.total_s / 60:g} min) was over"
        elif self._reader.bytes_read >= limits.total_bytes:
            self.found.stopped = f"the site has more than {limits.total_bytes / 1_000_000:g} MB"
        elif self._failures >= limits.failures_in_a_row:
            self.found.stopped = "the site stopped answering"
        return bool(self.found.stopped)

    def _settle(self, one: Outcome, *, follow: bool) -> list[Entry]:
        """Write what one address gave, and return what it leads to."""
        entry, links = one.entry, one.links
        if one.what == "kept" and (twin := self._twin(one)):
            one, links = replace(one, what="left_out", target=twin), ()  # its links are those of its twin
        if one.what == "kept" and one.kept is not None:
            self._kept += 1
            if one.content:
                known = entry.address in self._before
                self._shelf.write(entry.address, one.content, one.kept)
                (self.found.changed if known else self.found.added).append(entry.address)
            else:
                self._shelf.kept[entry.address] = one.kept
        elif one.what == "failed":
            copy = self._shelf.text(entry.address)
            links = page.read(copy, entry.address).links if copy else ()
            self.found.is_whole = self.found.is_whole and (copy is not None or not follow)
        self.found.outcomes[entry.address] = replace(one, links=(), content=b"")
        onward = [self._moved_on(one)] if one.target else []
        return onward + self._linked(entry, links, follow=follow)

    def _twin(self, one: Outcome) -> str:
        """The page kept already that says the same or is this one in another spelling; empty when there is none."""
        address, essence = one.entry.address, one.kept.essence if one.kept else ""
        twin = self._loose.setdefault(addresses.loose(address), address)
        if twin != address:
            return twin
        twin = self._essences.setdefault(essence, address)
        return twin if twin != address else ""

    def _moved_on(self, one: Outcome) -> Entry:
        hops = (*one.entry.hops, one.entry.address) if one.what == "moved" else ()
        depth = one.entry.depth if len(hops) <= self._limits.redirects else self._limits.depth + 1
        return replace(one.entry, address=one.target, hops=hops, depth=depth)

    def _linked(self, entry: Entry, links: Sequence[str], *, follow: bool) -> list[Entry]:
        onward = []
        for link in links:
            own = self._site.own(link)
            if own is None or own in self._seen or not (follow or addresses.is_pdf(own)):
                continue
            if addresses.is_another_view(own) or self._is_one_date_too_many(own):
                continue
            onward.append(Entry(own, entry.depth + 1))
        return onward

    def _is_one_date_too_many(self, address: str) -> bool:
        shape = addresses.date_shape(address)
        if shape is None:
            return False
        some = self._dates.setdefault(shape, set())
        if len(some) < self._limits.of_one_date_shape:
            some.add(address)
        return address not in some
