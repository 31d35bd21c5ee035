"""A site read into a folder: what is asked for, what is kept, and what goes when it is gone."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heedful.errors import ConflictError, InputError, UpstreamError
from heedful.knowledge.site import shelf
from heedful.knowledge.site.hosts import Hosts
from heedful.knowledge.site.limits import Limits
from heedful.knowledge.site.mirror import Mirrored, mirror
from tests.site_server import Reply, Site, leads_to, page, sitemap, text

QUICK = Limits(pause_s=0, page_s=5, total_s=60)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with a start page that links two pages, one of which links a third."""
    pages = {
        "/": page("Start", "", "/returns", "/delivery?utm_source=start", "mailto:help@h.example"),
        "/returns": page("Returns", "", "/delivery#fees", "/returns/opened/", "/"),
        "/delivery": page("Delivery"),
        "/returns/opened/": page("Opened items", "", "../../returns"),
    }
    with Site(pages) as running:
        yield running


def read(site: Site, folder: Path, path: str = "/", *, limits: Limits = QUICK, **more: Any) -> Mirrored:
    """Read a site into a folder."""
    return asyncio.run(mirror(more.pop("url", site.url + path), folder, limits=limits, **more))


def shown(done: Mirrored) -> dict[str, str]:
    """Return what is kept: path on the site → its page."""
    named = shelf.addresses_of(done.folder.parent)
    return {
        "/" + address.split("/", 3)[3]: Path(file).read_text(encoding="utf-8", errors="replace")
        for file, address in named.items()
    }


def files(done: Mirrored) -> list[Path]:
    """Return the files that hold the pages."""
    return [path for path in done.folder.rglob("*") if path.is_file()]


def paths(addresses: tuple[str, ...]) -> list[str]:
    """Return the paths of addresses, sorted."""
    return sorted("/" + address.split("/", 3)[3] for address in addresses)


def why(done: Mirrored) -> Mapping[str, str]:
    """Return what was skipped: path → why."""
    return {"/" + address.split("/", 3)[3]: reason for address, reason in done.skipped}


def test_links_are_followed_each_page_once(site: Site, tmp_path: Path) -> None:
    """Without a sitemap every page that is linked comes in, once, however it is spelled."""
    done = read(site, tmp_path)

    assert paths(done.added) == ["/", "/delivery", "/returns", "/returns/opened/"]
    assert site.paths() == ["/", "/delivery", "/returns", "/returns/opened/", "/robots.txt", "/sitemap.xml"]
    assert f'<link rel="canonical" href="{site.url}/delivery">' in shown(done)["/delivery"]
    assert done.skipped == ()
    assert site.most_at_once <= QUICK.at_once


def test_a_second_run_asks_only_for_what_has_changed(site: Site, tmp_path: Path) -> None:
    """The validators of the first run are sent; 304 leaves the file as it is, to the byte and the second."""
    first = read(site, tmp_path)
    before = {file: file.stat().st_mtime_ns for file in files(first)}
    site.paths()

    second = read(site, tmp_path)

    assert site.paths(304) == ["/", "/delivery", "/returns", "/returns/opened/"]
    assert (second.added, second.changed, second.removed, second.unchanged) == ((), (), (), 4)
    assert {file: file.stat().st_mtime_ns for file in files(second)} == before


def test_last_modified_is_sent_back(tmp_path: Path) -> None:
    """A server that gives only Last-Modified is asked with If-Modified-Since."""
    day = "Wed, 04 Mar 2026 10:00:00 GMT"
    with Site({"/": page("Start", headers={"Last-Modified": day}, has_etag=False)}) as site:
        read(site, tmp_path)
        done = read(site, tmp_path)

        assert [one.headers.get("if-modified-since") for one in site.asked if one.path == "/"] == [None, day]
    assert done.unchanged == 1


def test_a_page_that_only_jitters_is_unchanged(site: Site, tmp_path: Path) -> None:
    """A new nonce on every visit is no change; new words are."""
    site.pages["/delivery"] = page("Delivery", head='<meta name="csrf" content="1"><script>1</script>', has_etag=False)
    read(site, tmp_path)
    site.pages["/delivery"] = page("Delivery", head='<meta name="csrf" content="2"><script>2</script>', has_etag=False)

    assert read(site, tmp_path).changed == ()
    site.pages["/delivery"] = page("Delivery", "Delivery costs 3,000 won.", has_etag=False)
    assert paths(read(site, tmp_path).changed) == ["/delivery"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_goes(site: Site, tmp_path: Path, status: int) -> None:
    """404 and 410 take the page out, its file too."""
    read(site, tmp_path)
    site.pages["/delivery"] = Reply(b"gone", status)

    done = read(site, tmp_path)

    assert paths(done.removed) == ["/delivery"]
    assert "/delivery" not in shown(done)
    assert len(files(done)) == done.pages == 3


def test_a_page_that_nothing_leads_to_any_more_goes(site: Site, tmp_path: Path) -> None:
    """What a fresh reading would not find is not kept either."""
    read(site, tmp_path)
    site.pages["/returns"] = page("Returns", "", "/delivery")

    assert paths(read(site, tmp_path).removed) == ["/returns/opened/"]


@pytest.mark.parametrize("status", [500, 503, 403])
def test_a_page_that_fails_stays_and_is_named(site: Site, tmp_path: Path, status: int) -> None:
    """An error keeps what was there, and what only that page leads to."""
    read(site, tmp_path)
    site.pages["/returns"] = Reply(b"sorry", status)

    done = read(site, tmp_path)

    assert done.removed == ()
    assert "what customers ask about Returns" in shown(done)["/returns"]
    assert "/returns/opened/" in shown(done)
    assert why(done) == {"/returns": f"it answered {status}; what was there is kept"}


def test_pages_behind_a_listing_that_fails_are_asked_for_themselves(site: Site, tmp_path: Path) -> None:
    """When a page that is not kept, but lists others, can't be had, known pages stay unless they are gone."""
    site.pages["/returns"] = page(
        "Returns", "", "/returns/opened/", "/returns/old", head='<meta name="robots" content="noindex">'
    )
    site.pages["/returns/old"] = page("Old")
    assert read(site, tmp_path).pages == 4
    site.pages["/returns"] = Reply(b"", 500)
    del site.pages["/returns/old"]

    assert paths(read(site, tmp_path).removed) == ["/returns/old"]


def test_the_sitemap_decides_where_there_is_one(site: Site, tmp_path: Path) -> None:
    """Only what is listed is read, an index of packed sitemaps too; its day becomes the page's."""
    one = sitemap(f"{site.url}/delivery", f"{site.url}/returns", "https://other.example/a", day="2026-03-04")
    index = f"<sitemapindex><sitemap><loc>{site.url}/one.xml.gz</loc></sitemap></sitemapindex>"
    site.pages["/robots.txt"] = text(f"User-agent: *\nSitemap: {site.url}/index.xml")
    site.pages["/index.xml"] = text(index, "application/xml")
    site.pages["/one.xml.gz"] = text(gzip.compress(one.body), "application/gzip")

    done = read(site, tmp_path)

    assert paths(done.added) == ["/", "/delivery", "/returns"]
    assert 'article:modified_time" content="2026-03-04' in shown(done)["/delivery"]
    assert "/sitemap.xml" not in site.paths()


def test_pdfs_are_read_where_pages_link_them(site: Site, tmp_path: Path) -> None:
    """With a sitemap too, which hardly ever lists them; what only calls itself PDF is left out."""
    site.pages["/sitemap.xml"] = sitemap(f"{site.url}/delivery")
    site.pages["/delivery"] = page("Delivery", "", "/fees.pdf", "/not.pdf", "/returns")
    site.pages["/fees.pdf"] = text(b"%PDF-1.4 fees", "application/pdf")
    site.pages["/not.pdf"] = text(b"<html>please log in", "application/pdf")

    assert paths(read(site, tmp_path).added) == ["/", "/delivery", "/fees.pdf"]


def test_only_what_lies_under_the_start_is_read(tmp_path: Path) -> None:
    """Other folders, other hosts and other ports are not asked for."""
    with Site() as other, Site() as site:
        site.pages = {
            "/help/": page("Help", "", "a", "/shop", f"{other.url}/help/b", "https://help.example.com/help/c"),
            "/help/a": page("A"),
        }

        assert paths(read(site, tmp_path, "/help/").added) == ["/help/", "/help/a"]
        assert other.asked == []
        assert "/shop" not in site.paths()


def test_robots_txt_is_obeyed_and_named(site: Site, tmp_path: Path) -> None:
    """Closed pages are not asked for, and go when they were kept; a closed site is an error that says so."""
    read(site, tmp_path)
    site.pages["/robots.txt"] = text("User-agent: heedful\nDisallow: /returns\n\nUser-agent: *\nDisallow: /")
    site.paths()

    done = read(site, tmp_path)

    assert paths(done.removed) == ["/returns", "/returns/opened/"]
    assert "/returns" not in site.paths()
    site.pages["/robots.txt"] = text("User-agent: *\nDisallow: /")
    with pytest.raises(InputError, match=r"robots\.txt does not let heedful read"):
        read(site, tmp_path)
    assert len(shown(done)) == 2


def test_crawl_delay_is_obeyed_up_to_a_bound(site: Site, tmp_path: Path) -> None:
    """A delay of an hour is not waited for."""
    site.pages["/robots.txt"] = text("User-agent: *\nCrawl-delay: 3600")

    done = read(site, tmp_path, limits=replace(QUICK, crawl_delay_s=0.02))

    assert done.pages == 4


def test_what_asks_not_to_be_found_is_left_out(site: Site, tmp_path: Path) -> None:
    """noindex in the page or the header leaves the page out, and still follows its links; pages that were kept go."""
    assert read(site, tmp_path).pages == 4
    site.pages["/returns"] = page("Returns", "", "/returns/opened/", head='<meta name="robots" content="noindex">')
    site.pages["/delivery"] = page("Delivery", headers={"X-Robots-Tag": "noindex"})

    done = read(site, tmp_path)

    assert paths(done.removed) == ["/delivery", "/returns"]
    assert done.left_out == 2
    assert sorted(shown(done)) == ["/", "/returns/opened/"]


def test_a_page_comes_in_under_its_best_address(site: Site, tmp_path: Path) -> None:
    """Canonical addresses, redirects, refreshes, and the same words twice give one page."""
    site.pages |= {
        "/": page("Start", "", "/a?ref=1", "/old", "/older", "/refresh", "/copy", "/delivery"),
        "/a?ref=1": page("A", head='<link rel="canonical" href="/a">'),
        "/a": page("A", head='<link rel="canonical" href="/a">'),
        "/old": leads_to("/new"),
        "/older": leads_to("/old", 302),
        "/new": page("New", head='<link rel="canonical" href="https://elsewhere.example/new">'),
        "/refresh": page("Moved", head='<meta http-equiv="refresh" content="0; url=/delivery">'),
        "/copy": site.pages["/delivery"],
    }

    assert sorted(shown(read(site, tmp_path))) in (["/", "/a", "/copy", "/new"], ["/", "/a", "/delivery", "/new"])


def test_a_template_that_names_the_entrance_everywhere_is_not_believed(site: Site, tmp_path: Path) -> None:
    """A canonical address that is the start page on every page would leave nothing."""
    for path in ("/returns", "/delivery"):
        site.pages[path] = page(path, head='<link rel="canonical" href="/">')

    assert sorted(shown(read(site, tmp_path))) == ["/", "/delivery", "/returns"]


def test_a_better_address_where_nothing_is_is_not_believed(site: Site, tmp_path: Path) -> None:
    """Pages that name each other, or one that is gone, as their address are kept under their own."""
    site.pages |= {
        "/": page("Start", "", "/a", "/b", "/c"),
        "/a": page("A", head='<link rel="canonical" href="/b">'),
        "/b": page("B", head='<link rel="canonical" href="/a">'),
        "/c": page("C", head='<link rel="canonical" href="/gone">'),
    }

    assert sorted(shown(read(site, tmp_path))) == ["/", "/a", "/b", "/c"]
    assert read(site, tmp_path).unchanged == 4


def test_addresses_that_differ_in_their_query_are_pages_of_their_own(site: Site, tmp_path: Path) -> None:
    """A board that shows its articles by number; the same list sorted otherwise is not another page."""
    site.pages = {
        "/": page("Board", "", "/view.do?seq=1", "/view.do?seq=2", "/?sort=date", "/?order=up"),
        "/view.do?seq=1": page("One"),
        "/view.do?seq=2": page("Two"),
    }

    assert sorted(shown(read(site, tmp_path))) == ["/", "/view.do?seq=1", "/view.do?seq=2"]


def test_korean_pages_are_kept_in_utf_8(site: Site, tmp_path: Path) -> None:
    """EUC-KR that the server calls UTF-8 is read by what it is."""
    words = "배송비는 삼천 원입니다. 오만 원 이상은 무료입니다."
    site.pages["/delivery"] = text(
        f'<html><head><meta charset="euc-kr"><title>배송</title></head><body>{words}</body></html>'.encode("cp949"),
        "text/html; charset=utf-8",
    )

    kept = shown(read(site, tmp_path))["/delivery"]

    assert words in kept
    assert "euc-kr" not in kept


def test_the_start_may_lead_down_its_own_path_only(tmp_path: Path) -> None:
    """A start that redirects below itself is followed; elsewhere, to another host or in a circle is an error."""
    with Site({"/": leads_to("/ko/"), "/ko/": page("Start", "", "/ko/a"), "/ko/a": page("A")}) as site:
        site.pages["/sitemap.xml"] = sitemap(f"{site.url}/")
        assert paths(read(site, tmp_path).added) == ["/ko/", "/ko/a"]
        site.pages["/help"] = leads_to("/login", 302)
        with pytest.raises(InputError, match=r"leads to .*/login"):
            read(site, tmp_path, "/help")
        site.pages["/"] = leads_to("https://help.example.com/")
        with pytest.raises(InputError, match=r"leads to https://help\.example\.com/"):
            read(site, tmp_path)
        site.pages["/"] = leads_to("/")
        with pytest.raises(InputError, match="redirects more than"):
            read(site, tmp_path)


def test_the_limit_is_exact_and_names_the_rest(tmp_path: Path) -> None:
    """So many pages and no more, the same ones on the next day; lowered, the rest goes."""
    everything = {f"/p{i:02}": page(f"Page {i}") for i in range(30)}
    with Site(everything | {"/": page("Start", "", *everything)}) as site:
        first = read(site, tmp_path, limits=replace(QUICK, pages=12))
        site.pages["/"] = page("Start", "", *reversed(everything))
        again = read(site, tmp_path, limits=replace(QUICK, pages=12))
        fewer = read(site, tmp_path, limits=replace(QUICK, pages=5))

    assert (first.pages, again.pages, fewer.pages) == (12, 12, 5)
    assert again.added == again.removed == ()
    assert why(first) == {"/": "19 more addresses are over the limit of 12 pages (--max-pages)"}
    assert len(fewer.removed) == 7


def test_a_dry_run_says_what_would_be_done_and_does_nothing(site: Site, tmp_path: Path) -> None:
    """The folder is as it was, to the byte, and isn't made."""
    dry = read(site, tmp_path / "never", is_dry=True)
    assert dry.pages == 4
    assert not (tmp_path / "never").exists()
    read(site, tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    site.pages["/delivery"] = page("Delivery", "Other words.")
    site.pages["/returns"] = page("Returns", "", "/new")
    site.pages["/new"] = page("New")

    dry = read(site, tmp_path, is_dry=True)

    assert (paths(dry.added), paths(dry.removed)) == (["/new"], ["/returns/opened/"])
    assert paths(dry.changed) == ["/delivery", "/returns"]
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


def test_one_site_is_one_folder_however_it_is_typed() -> None:
    """With www., https and a last slash or without; another path is another site."""
    names = {
        shelf.name_of(address)
        for address in ("https://h.example/help", "http://www.h.example/help/", "https://h.example/help/index.html")
    }

    assert len(names) == 1
    assert shelf.name_of("https://h.example/") not in names
    assert shelf.name_of("https://h.example/도움말").startswith("h.example-도움말-")


def test_pages_stand_in_the_folders_of_their_addresses(tmp_path: Path) -> None:
    """So a rule for folders holds for them; a folder whose last page is gone goes, and no name leads out."""
    pages = {"/": page("Start", "", "/internal/한글/a.html", "/%2e%2e%2f%2e%2e/b", "/.hidden/c")}
    pages |= {"/internal/%ED%95%9C%EA%B8%80/a.html": page("A"), "/..%2F../b": page("B"), "/.hidden/c": page("C")}
    with Site(pages) as site:
        done = read(site, tmp_path)
        places = {file.relative_to(done.folder).parent.as_posix() for file in files(done)}
        del site.pages["/internal/%ED%95%9C%EA%B8%80/a.html"]
        read(site, tmp_path)

    assert {"internal/한글", "hidden"} <= places
    assert all(file.resolve().is_relative_to(done.folder.resolve()) for file in tmp_path.rglob("*.html"))
    assert not (done.folder / "internal").exists()


def test_two_commands_do_not_read_one_site_at_once(site: Site, tmp_path: Path) -> None:
    """The second is told so and changes nothing."""
    with shelf.opened(tmp_path / "sites", f"{site.url}/"), pytest.raises(ConflictError, match="another command"):
        read(site, tmp_path)


def test_a_name_is_asked_for_with_its_name(tmp_path: Path) -> None:
    """The machine is called by its number, and told the name; with www. or without is one site."""

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with Site({"/": page("Start", "", "/a"), "/a": page("A")}) as site:
        done = read(site, tmp_path, url=f"http://help.dalbit.example:{site.port}/", hosts=Hosts(here))

        assert {one.headers["host"] for one in site.asked} == {f"help.dalbit.example:{site.port}"}
    assert paths(done.added) == ["/", "/a"]
    assert done.address == f"http://help.dalbit.example:{site.port}/"


def test_nothing_there_is_an_error_and_changes_nothing(site: Site, tmp_path: Path) -> None:
    """A start that is gone or says nothing to robots is most likely a mistake: what was kept stays."""
    done = read(site, tmp_path)
    site.pages = {}

    with pytest.raises(UpstreamError, match="answered 404"):
        read(site, tmp_path)
    assert len(shown(done)) == 4
    site.pages["/"] = page("Start", head='<meta name="robots" content="noindex">')
    with pytest.raises(UpstreamError, match="noindex"):
        read(site, tmp_path)
    assert len(shown(done)) == 4
