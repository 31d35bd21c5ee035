"""robots.txt and sitemaps as sites write them, damaged and hostile ones too."""

from __future__ import annotations

import gzip

import pytest

from heedful.knowledge.site import robots, sitemap

H = "https://h.example"


@pytest.mark.parametrize(
    ("rules", "path", "may"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /a", "/ab", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?a", True),
        ("User-agent: *\nDisallow: /*?sort=", "/list?a=1", True),
        ("User-agent: *\nDisallow: /*?sort=", "/list?sort=up", False),
        ("User-agent: *\nDisallow: /비밀", "/%EB%B9%84%EB%B0%80/a", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Heedful/0.1\nDisallow: /private", "/a", True),
        ("User-agent: *\nDisallow:\n\nUser-agent: heedful\nDisallow: /private", "/private/a", False),
        ("User-agent: other\nUser-agent: heedful\nDisallow: /a", "/a", False),
        ("user-agent : *\r\ndisallow : /a # no\r\n", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("Disallow: /a\nUser-agent: *\nDisallow: /b", "/a", True),
        ("<html><body>User-agent: no</body></html>", "/a", True),
    ],
)
def test_robots_txt_is_obeyed_as_it_is_written(rules: str, path: str, may: bool) -> None:
    """The group that names us, else the one for all; the longest rule decides, and allow before disallow."""
    assert robots.read(rules).may(H + path) is may


def test_a_pattern_of_stars_takes_no_time_and_rules_have_an_end() -> None:
    """A hostile robots.txt is read in time in proportion to its length."""
    read = robots.read("User-agent: *\nDisallow: /" + "*a" * 900 + "$\n" + "Disallow: /x\n" * 20_000)

    assert read.may(H + "/" + "a" * 1500 + "b")
    assert len(read.rules) == robots.LONGEST_RULES


def test_delay_and_sitemaps_are_read() -> None:
    """Crawl-delay is that of our group; sitemaps belong to everybody."""
    read = robots.read(f"Sitemap: {H}/one.xml\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /x\nsitemap: {H}/two.xml")

    assert read.delay_s == 2.5
    assert read.sitemaps == (f"{H}/one.xml", f"{H}/two.xml")
    assert robots.read("User-agent: *\nCrawl-delay: soon").delay_s == 0


def listing(content: bytes, most: int = 10) -> sitemap.Listing:
    """Read a sitemap of at most 1 MB."""
    return sitemap.read(content, most_bytes=1_000_000, most=most)


def test_a_sitemap_gives_addresses_and_days() -> None:
    """Prefixes, CDATA, comments, entities and images in between are no hindrance."""
    content = f"""<?xml version="1.0"?><!-- <loc>{H}/no</loc> -->
    <s:urlset xmlns:s="x" xmlns:image="y">
    <s:url><s:loc> {H}/a?x=1&amp;y=2 </s:loc><s:lastmod>2026-03-04T10:00:00+09:00</s:lastmod>
    <image:image><image:loc>{H}/a.png</image:loc></image:image></s:url>
    <url><loc><![CDATA[{H}/b]]></loc><lastmod>lately</lastmod></url></s:urlset>"""

    for packed in (content.encode(), gzip.compress(content.encode())):
        assert listing(packed).pages == ((f"{H}/a?x=1&y=2", "2026-03-04"), (f"{H}/b", ""))


def test_an_index_gives_sitemaps_and_a_text_file_addresses() -> None:
    """An index of sitemaps, and the plain form with a line for each address."""
    index = f"<sitemapindex><sitemap><loc>{H}/one.xml.gz</loc></sitemap></sitemapindex>".encode()

    assert listing(index).sitemaps == (f"{H}/one.xml.gz",)
    assert listing(f"{H}/a\n{H}/b\n".encode()).pages == ((f"{H}/a", ""), (f"{H}/b", ""))


def test_a_page_in_place_of_a_sitemap_is_none() -> None:
    """A site that answers every path with its start page has no sitemap."""
    assert not listing(f"<!doctype html><html><body><loc>{H}/a</loc></body></html>".encode()).is_sitemap


def test_bombs_are_bounded() -> None:
    """Gzip that unpacks to more than the limit, damaged gzip, entities and endless lists stop early."""
    with pytest.raises(ValueError, match="more than 1 MB"):
        listing(gzip.compress(b"a" * 50_000_000))
    with pytest.raises(ValueError, match="damaged"):
        listing(b"\x1f\x8b\x08\x00nothing")
    bomb = b'<!DOCTYPE a [<!ENTITY b "cccc"><!ENTITY d "&b;&b;">]><urlset><loc>' + H.encode() + b"/&d;</loc></urlset>"
    assert listing(bomb).pages == ((f"{H}/&d;", ""),)
    assert len(listing(b"<urlset>" + b"<loc>https://h.example/a</loc>" * 1000).pages) == 10
    assert listing(b"<urlset><loc>" + b" " * 900_000).pages == ()
