"""Web addresses: one spelling for each page, what belongs to a site, and which addresses are traps."""

from __future__ import annotations

import pytest

from heedful.errors import InputError
from heedful.knowledge.site import addresses
from heedful.knowledge.site.addresses import site_of, spelled, started
from heedful.knowledge.site.hosts import is_public


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HTTPS://Help.Example.COM:443/A", "https://help.example.com/A"),
        ("http://help.example.com", "http://help.example.com/"),
        ("http://help.example.com:8080/a/../b/./c", "http://help.example.com:8080/b/c"),
        ("https://help.example.com/a//b/", "https://help.example.com/a/b/"),
        ("https://help.example.com/a#part", "https://help.example.com/a"),
        ("https://help.example.com/a?utm_source=mail&utm_medium=x", "https://help.example.com/a"),
        ("https://help.example.com/a?b=2&a=1&gclid=xyz", "https://help.example.com/a?a=1&b=2"),
        ("https://help.example.com/a;jsessionid=0F3A?id=7", "https://help.example.com/a?id=7"),
        ("https://help.example.com/a?PHPSESSID=1&id=7", "https://help.example.com/a?id=7"),
        ("https://help.example.com/a?sid=0123456789abcdef0123", "https://help.example.com/a"),
        ("https://help.example.com/a?sid=42", "https://help.example.com/a?sid=42"),
        ("https://help.example.com/%7euser/%2f", "https://help.example.com/~user/%2F"),
        ("https://help.example.com/배송", "https://help.example.com/%EB%B0%B0%EC%86%A1"),
        ("https://help.example.com/%eb%b0%b0%ec%86%a1", "https://help.example.com/%EB%B0%B0%EC%86%A1"),
        ("https://help.example.com/a?q=%b9%e8", "https://help.example.com/a?q=%B9%E8"),  # EUC-KR, as it is
        ("https://한국.example/", "https://xn--3e0b707e.example/"),
        ("  https://help.example.com/a b ", "https://help.example.com/a%20b"),
    ],
)
def test_every_page_has_one_spelling(written: str, meant: str) -> None:
    """Case, ports, dots, fragments, tracking, session ids and escapes make no second page."""
    assert spelled(written) == meant
    assert spelled(meant) == meant


@pytest.mark.parametrize(
    "written",
    [
        *("mailto:a@example.com", "javascript:void(0)", "ftp://example.com/", "//", "http://", "https://[::1", "tel:1"),
        *("https://user:pass@example.com/", "http://example.com:99999/", "https://example.com/" + "a" * 3000),
    ],
)
def test_what_is_no_page_has_no_spelling(written: str) -> None:
    """Other schemes, damaged addresses, passwords and endless ones are no pages."""
    assert spelled(written) is None


def test_links_are_read_from_where_they_stand() -> None:
    """A relative link counts from its page; scheme and www. are those of the site."""
    site = site_of("https://help.example.com/hc/ko/index.html")

    assert site.folder == "/hc/ko/"
    assert site.own("a/b", base="https://help.example.com/hc/ko/") == "https://help.example.com/hc/ko/a/b"
    assert site.own("http://www.help.example.com/hc/ko/a") == "https://help.example.com/hc/ko/a"
    assert site.own("/hc/en/a", base="https://help.example.com/hc/ko/") is None
    assert site.own("https://help.example.com/hc/korea") is None
    assert site.own("https://other.example.com/hc/ko/a") is None
    assert site.own("https://help.example.com:8443/hc/ko/a") is None
    assert site.own("https://help.example.com/hc/ko/logo.png") is None
    assert site_of("https://h.example/help").own("https://h.example/help?page=2") == "https://h.example/help?page=2"


@pytest.mark.parametrize(
    "trap",
    ["/a/b/a/b/a/b/a/b", "/" + "/".join(f"d{i}" for i in range(30)), "/a?" + "&".join(f"f{i}=1" for i in range(12))],
)
def test_traps_belong_to_no_site(trap: str) -> None:
    """Paths that repeat themselves, nest without end, or carry a dozen filters are not followed."""
    assert site_of("https://h.example/").own(f"https://h.example{trap}") is None


def test_calendars_are_known_by_their_shape() -> None:
    """Addresses that differ in a date have one shape; articles with a number have none."""
    shapes = {
        addresses.date_shape(f"https://h.example{path}")
        for path in ("/events?month=2026-11", "/events?month=2027-01", "/events?month=1999-12")
    }

    assert len(shapes) == 1
    assert addresses.date_shape("https://h.example/events/2026/11/") is not None
    assert addresses.date_shape("https://h.example/articles/360012345") is None
    assert addresses.date_shape("https://h.example/view.do?seq=2026") is None


def test_an_address_that_is_typed_wrong_is_said_to_be() -> None:
    """Without https://, and with a password, the message says what to give."""
    with pytest.raises(InputError, match=r"https://help\.example\.com"):
        started("https://")
    with pytest.raises(InputError, match="password"):
        started("https://me:secret@help.example.com/")


@pytest.mark.parametrize(
    "private",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.20.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.1.2.3",
            "224.0.0.1",
        ),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "not an address"),
    ],
)
def test_private_addresses_are_told_from_public_ones(private: str) -> None:
    """Loopback, intranets, clouds' own addresses, and all of these wrapped in IPv6."""
    assert not is_public(private)
    assert is_public("8.8.8.8")
    assert is_public("2606:4700::1111")
    assert is_public("::ffff:8.8.8.8")
