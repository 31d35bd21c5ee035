"""The first steps on a site: where its start really is, what robots.txt allows, and what its sitemaps list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from heedful.errors import InputError, UpstreamError
from heedful.knowledge.site import charset, robots, sitemap
from heedful.knowledge.site.addresses import Site, is_same_host, site_of, spelled
from heedful.knowledge.site.fetch import REDIRECTS, Answer, CutError, Reader
from heedful.knowledge.site.limits import Limits
from heedful.knowledge.site.robots import Robots

UNCHANGED = "nothing was changed"
FAILED_SITEMAPS = 3  # then no more are asked for
Conditions = Callable[[str], Mapping[str, str]]
PAGE_KINDS = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Arrival:
    """The site, what it allows, and the answer for its start page, which lies on it."""

    site: Site
    robots: Robots
    first: Answer


@dataclass(frozen=True, slots=True)
class Listed:
    """The addresses that a site's sitemaps list, with the day of the last change; `why` names what can't be read."""

    pages: dict[str, str]
    skipped: tuple[tuple[str, str], ...]


async def arrive(reader: Reader, start: str, limits: Limits, conditions: Conditions = lambda _: {}) -> Arrival:
    """Return the site that `start` leads to: from http to https, to www. or away from it, and down its own path.

    `conditions` gives the headers that ask for an address only if it has changed.

    Raises:
        InputError: It leads elsewhere, or robots.txt closes it to us.
        UpstreamError: It can't be had now.
    """
    site, address = site_of(start), start
    rules = await _robots(reader, site, limits)
    for _ in range(limits.redirects + 1):
        if not rules.may(address):
            raise InputError(f"{site.origin}/robots.txt does not let heedful read {address}; {UNCHANGED}")
        answer = await _first(reader, address, conditions(address), limits)
        if answer.status not in REDIRECTS:
            if answer.status not in (200, 304, 404, 410):
                raise UpstreamError(f"{address} answered {answer.status}; {UNCHANGED}", retryable=answer.status >= 500)
            if answer.status == 200 and not answer.kind.startswith(PAGE_KINDS):
                raise InputError(
                    f"{address} is no web page ({answer.kind or 'it does not say what it is'}); "
                    f"give the start page of the help content; {UNCHANGED}"
                )
            return Arrival(site, rules, answer)
        target = spelled(answer.location, base=address)
        if target is None or not is_same_host(target, site.origin):
            raise InputError(
                f"{address} leads to {target or 'no address'}; give the address that is meant; {UNCHANGED}"
            )
        moved = Site(*_origin(target), site.folder)
        if moved.origin != site.origin:
            site, rules = moved, await _robots(reader, moved, limits)
        if site.own(target) is None:
            raise InputError(f"{address} leads to {target}; give that address if it is meant; {UNCHANGED}")
        address = target
    raise InputError(f"{start} redirects more than {limits.redirects} times; {UNCHANGED}")


async def listed(reader: Reader, site: Site, rules: Robots, limits: Limits) -> Listed:
    """Return the addresses of this site in the sitemaps that robots.txt names, or else in /sitemap.xml."""
    pages: dict[str, str] = {}
    skipped: list[tuple[str, str]] = []
    queue = [found for one in rules.sitemaps if (found := site.same_host(one, base=site.origin))]
    has_asked_for_usual = not queue
    queue = queue or [f"{site.origin}/sitemap.xml"]
    seen = set(queue)
    while queue and len(pages) < limits.sitemap_addresses and len(skipped) < FAILED_SITEMAPS:
        address = queue.pop(0)
        try:
            listing = await _sitemap(reader, address, site.same_host, limits)
        except (UpstreamError, ValueError) as error:
            skipped.append((address, f"this sitemap can't be read: {error}"))
            continue
        for one, day in listing.pages:
            if (own := site.own(one)) and len(pages) < limits.sitemap_addresses:
                pages.setdefault(own, day)
        for one in listing.sitemaps:
            inner = site.same_host(one, base=address)
            if inner and inner not in seen and len(seen) < limits.sitemaps:
                seen.add(inner)
                queue.append(inner)
        if not queue and not pages and not has_asked_for_usual:
            has_asked_for_usual = True
            queue.append(f"{site.origin}/sitemap.xml")
    return Listed(pages, tuple(skipped))


async def _sitemap(reader: Reader, address: str, own: Callable[..., str | None], limits: Limits) -> sitemap.Listing:
    answer = await _followed(reader, address, own, limits.sitemap_bytes, limits)
    if answer.status >= 500 or answer.status == 429:
        raise UpstreamError(f"it answered {answer.status}", retryable=True)
    if answer.status != 200:
        return sitemap.Listing(is_sitemap=False)
    return sitemap.read(answer.body, most_bytes=limits.sitemap_bytes, most=limits.sitemap_addresses)


async def _robots(reader: Reader, site: Site, limits: Limits) -> Robots:
    """What robots.txt says: all is allowed when there is none, nothing when it can't be had (RFC 9309, 2.3.1)."""
    address = f"{site.origin}/robots.txt"

    def anywhere_alike(location: str, *, base: str = "") -> str | None:
        found = spelled(location, base=base)
        return found if found and is_same_host(found, site.origin) else None

    try:
        answer = await _followed(reader, address, anywhere_alike, limits.robots_bytes, limits)
    except CutError as error:
        raise UpstreamError(f"{address} can't be read: {error}; {UNCHANGED}") from error
    except UpstreamError as error:
        raise UpstreamError(f"{site.origin} can't be read: {error}; {UNCHANGED}", retryable=error.retryable) from error
    if answer.status >= 500 or answer.status == 429:
        raise UpstreamError(
            f"{address} answered {answer.status}, so what may be read is not known; try again later; {UNCHANGED}",
            retryable=True,
        )
    rules = robots.read(charset.decode(answer.body, answer.charset)) if answer.status == 200 else Robots()
    reader.pause_s = max(limits.pause_s, min(rules.delay_s, limits.crawl_delay_s))
    return rules


async def _first(reader: Reader, address: str, conditions: Mapping[str, str], limits: Limits) -> Answer:
    kinds = ", ".join(PAGE_KINDS)
    try:
        return await reader.get(address, most_bytes=limits.page_bytes, conditions=conditions, accept=kinds)
    except UpstreamError as error:
        raise UpstreamError(f"{address} can't be read: {error}; {UNCHANGED}", retryable=error.retryable) from error


async def _followed(
    reader: Reader, address: str, own: Callable[..., str | None], most_bytes: int, limits: Limits
) -> Answer:
    """The answer behind redirects that stay on this host; one that leaves it is given as it is."""
    for _ in range(limits.redirects + 1):
        answer = await reader.get(address, most_bytes=most_bytes)
        target = own(answer.location, base=address) if answer.location else None
        if target is None:
            return answer
        address = target
    raise UpstreamError(f"it redirects more than {limits.redirects} times")


def _origin(address: str) -> tuple[str, str]:
    scheme, _, rest = urljoin(address, "/").partition("://")
    return scheme, rest.rstrip("/")
