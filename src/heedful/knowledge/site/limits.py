"""How much of a site is read, and how politely: every bound in one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading of a site may cost, us and the site. Seconds and bytes."""

    pages: int = 2_000  # kept
    requests_per_page: int = 4  # addresses asked for, at most, for each page that may be kept
    page_bytes: int = 5_000_000  # after unpacking
    total_bytes: int = 500_000_000
    page_s: float = 30.0  # from the question to the last byte, whatever comes in between
    total_s: float = 1_800.0
    redirects: int = 5  # RFC 9309 asks for five at least
    depth: int = 20  # links from the start page; a list that leads on page by page is deep
    at_once: int = 4
    pause_s: float = 0.1  # between the beginnings of two requests
    crawl_delay_s: float = 5.0  # the longest Crawl-delay obeyed
    retry_after_s: float = 30.0  # the longest Retry-After waited for
    tries: int = 2  # of one address, when the site is busy
    failures_in_a_row: int = 10  # then the site is taken to be down
    robots_bytes: int = 512_000  # RFC 9309 asks for 500 KiB at least
    sitemaps: int = 50
    sitemap_bytes: int = 50_000_000  # sitemaps.org: 50 MB and 50,000 addresses at most
    sitemap_addresses: int = 50_000
    of_one_date_shape: int = 40  # addresses that differ in a date only: a calendar has no end
    named: int = 100  # skipped addresses named one by one
