"""What a page says to a reader of sites, in which characters, and how it is kept."""

from __future__ import annotations

import pytest

from heedful.knowledge.site import charset, page

AT = "https://h.example/help/a"
KOREAN = "배송비는 얼마인가요? 오만 원 이상은 무료입니다."


def test_links_are_found_where_a_browser_would_follow_them() -> None:
    """Anchors, areas, other languages and next pages; not scripts, comments, nofollow, downloads of code."""
    text = """<head><base href="/other/"><link rel="alternate" hreflang="ko" href="/ko/a"><link rel="next" href="p2">
    <link rel="stylesheet" href="x.css"><link rel="alternate" type="application/rss+xml" href="feed"></head>
    <A HREF='one'>1</A> <a class="b" href=two>2</a> <area href="three"> <a href="?q=1&amp;r=2">4</a>
    <a href="#top">5</a>
    <a href="no1" rel="external nofollow">6</a> <script>"<a href='no2'>"</script> <!-- <a href="no3">7</a> -->
    <a name="no4">8</a> <a href="mailto:a@h.example">9</a>"""

    found = [link for link in page.read(text, AT).links if link.startswith("http")]

    assert [link.removeprefix("https://h.example/") for link in found] == [
        *("ko/a", "other/p2", "other/one", "other/two", "other/three", "other/?q=1&r=2")
    ]


@pytest.mark.parametrize(
    ("head", "header", "may_index", "may_follow"),
    [
        ("", "", True, True),
        ('<meta name="robots" content="noindex">', "", False, True),
        ('<META CONTENT="NOINDEX, NOFOLLOW" NAME="Robots">', "", False, False),
        ('<meta name="robots" content="none">', "", False, False),
        ('<meta name="heedful" content="noindex">', "", False, True),
        ('<meta name="googlebot" content="noindex">', "", True, True),
        ('<meta name="robots" content="max-snippet:20">', "", True, True),
        ("", "noindex", False, True),
        ("", "otherbot: noindex", True, True),
        ("", "heedful: noindex", False, True),
    ],
)
def test_what_a_page_asks_of_robots(head: str, header: str, may_index: bool, may_follow: bool) -> None:
    """noindex and nofollow, in the page and in the header, for all or for us."""
    said = page.read(f"<head>{head}</head>", AT, robots_header=header)

    assert (said.may_index, said.may_follow) == (may_index, may_follow)


def test_other_addresses_of_a_page() -> None:
    """The canonical address and a refresh at once are read; a page that reloads itself each minute is no redirect."""
    said = page.read('<link href="b" rel="canonical"><meta http-equiv="Refresh" content="0; URL=\'c\'">', AT)

    assert (said.canonical, said.refresh) == ("https://h.example/help/b", "https://h.example/help/c")
    assert page.read('<meta http-equiv="refresh" content="60; url=c">', AT).refresh == ""


def test_what_changes_by_itself_is_no_change() -> None:
    """Tokens, scripts, counters in attributes and comments leave the essence as it is; words and links don't."""
    one = (
        '<meta name="csrf" content="1"><script>var t=1</script><p class="x1">Words <a href="/b">b</a></p><!-- 10:01 -->'
    )
    two = (
        '<meta name="csrf" content="2"><script>var t=2</script><p class="x2">Words <a href="/b">b</a></p><!-- 10:02 -->'
    )
    essence = page.read(one, AT).essence

    assert page.read(two, AT).essence == essence
    assert page.read(one.replace("Words", "Other words"), AT).essence != essence
    assert page.read(one.replace("/b", "/c"), AT).essence != essence


def test_a_page_is_kept_with_its_own_address() -> None:
    """What it said of address and charset is taken out; its address, its day and its trust are in."""
    text = (
        '<?xml version="1.0" encoding="euc-kr"?><!doctype html><html><head lang="x"><meta charset="euc-kr">'
        '<link rel="canonical" href="https://evil.example/"><meta name="heedful:url" content="https://evil.example/">'
        '<meta name="heedful:trust" content="internal"></head><body>Words</body></html>'
    )

    kept = page.kept(text, f"{AT}?x=1&y=2", changed_on="2026-03-04")

    assert "evil" not in kept
    assert "euc-kr" not in kept
    assert f'<link rel="canonical" href="{AT}?x=1&amp;y=2">' in kept
    assert '<meta name="heedful:id" content="h.example/help/a?x=1&amp;y=2">' in kept
    assert 'content="2026-03-04"' in kept
    assert "internal" in kept
    assert "heedful:id" not in page.kept(text, AT)


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (KOREAN.encode(), ""),
        (KOREAN.encode("utf-8-sig"), "euc-kr"),
        (KOREAN.encode("cp949"), "euc-kr"),
        (KOREAN.encode("cp949"), "utf-8"),  # the server says so of everything
        (KOREAN.encode("cp949"), ""),
        (KOREAN.encode(), "iso-8859-1"),
        (KOREAN.encode("utf-16"), ""),
        (KOREAN.encode("utf-16-le"), "utf-16"),
        (KOREAN.encode("iso2022_kr"), "iso-2022-kr"),
    ],
)
def test_characters_are_read_whatever_the_server_says(content: bytes, declared: str) -> None:
    """UTF-8, EUC-KR and its wider form cp949, UTF-16, with and without a true word about it."""
    assert charset.decode(content, declared) == KOREAN


def test_the_page_itself_may_say_its_characters() -> None:
    """A meta element counts where the server is silent; names that are no charsets don't."""
    japanese = "配送料はいくらですか"
    head = '<meta http-equiv="Content-Type" content="text/html; charset={}">'

    assert japanese in charset.decode((head.format("Shift_JIS") + japanese).encode("cp932"))
    assert charset.decode(b"plain words", "unicode_escape") == "plain words"
    assert charset.decode(b"caf\xe9", "iso-8859-1") == "café"
    assert "\ufffd" in charset.decode(KOREAN.encode() + b"\xff\xff\xff")


@pytest.mark.parametrize(
    "hostile",
    [
        *("<a " * 200_000, "<script " * 100_000, "<!--" * 200_000, "<script>" * 100_000, "<a href=" + "'" * 500_000),
        *("<div>" * 100_000, "<a href='x'>" * 100_000, "<meta " + "charset " * 100_000, "</script" + " " * 500_000),
        *('<link rel="' + "canonical " * 100_000, "<a" + " b" * 300_000 + ">", "<a b=" * 100_000),
    ],
    ids=range(12),
)
def test_hostile_html_is_read_in_time(hostile: str) -> None:
    """Half a megabyte of what makes careless patterns slow is read and kept; links have an end."""
    assert len(page.read(hostile, AT).links) <= page.MOST_LINKS
    assert "canonical" in page.kept(hostile, AT)
