"""Sites that are broken or hostile: bounded, named, and nothing that was there is lost."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import ssl
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from heedful.errors import StoreError, UpstreamError
from heedful.knowledge.site.hosts import Hosts
from heedful.knowledge.site.limits import Limits
from heedful.knowledge.site.mirror import mirror
from tests.site_server import Fault, Reply, Site, leads_to, page, sitemap, text
from tests.unit.test_site_mirror import QUICK, files, paths, read, shown, why

IMPATIENT = replace(QUICK, page_s=0.3)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with a start page and three more."""
    with Site(
        {"/": page("Start", "", "/a", "/b", "/c"), **{f"/{one}": page(f"Page {one}") for one in "abc"}}
    ) as running:
        yield running


@pytest.mark.parametrize("fault", ["trickle", "silent", "cut", "reset", "endless"])
def test_one_page_that_goes_wrong_is_named_and_the_rest_is_in(site: Site, tmp_path: Path, fault: Fault) -> None:
    """A page that trickles a byte at a time, never answers, breaks off or never ends stays as it was."""
    read(site, tmp_path)
    site.pages["/b"] = replace(page("Page b", "New words."), fault=fault)
    site.pages["/c"] = page("Page c", "Newer words.")

    done = read(site, tmp_path, limits=replace(IMPATIENT, page_bytes=2_000_000))

    assert list(why(done)) == ["/b"]
    assert why(done)["/b"].endswith("what was there is kept")
    assert "about Page b" in shown(done)["/b"]
    assert paths(done.changed) == ["/c"]
    assert done.removed == ()


def test_a_page_that_never_was_there_and_goes_wrong_is_named(site: Site, tmp_path: Path) -> None:
    """Nothing is said of what was there before when nothing was."""
    site.pages["/b"] = replace(site.pages["/b"], fault="trickle")

    assert why(read(site, tmp_path, limits=IMPATIENT)) == {"/b": "it took longer than 0.3 s"}


def test_large_pages_and_bombs_are_bounded(site: Site, tmp_path: Path) -> None:
    """By their size, and by the size they unpack to; gzip that is damaged or unasked-for packing is named."""
    packed = {"Content-Encoding": "gzip"}
    site.pages |= {
        "/": page("Start", "", "/a", "/b", "/c", "/d", "/e", "/fine"),
        "/a": Reply(b"<p>" + b"a" * 200_000),
        "/b": Reply(gzip.compress(b"b" * 300_000_000, compresslevel=1), headers=packed),
        "/c": Reply(gzip.compress(b"<p>" + b"c" * 90_000)[:-20], headers=packed),
        "/d": Reply(b"\x0b\x02\x80hello\x03", headers={"Content-Encoding": "br"}),
        "/e": Reply(b"no gzip at all", headers=packed),
        "/fine": Reply(gzip.compress(page("Fine").body), headers=packed),
    }

    done = read(site, tmp_path, limits=replace(QUICK, page_bytes=100_000))

    assert sorted(shown(done)) == ["/", "/fine"]
    assert why(done) == {
        "/a": "it has more than 0.1 MB",
        "/b": "it has more than 0.1 MB",
        "/c": "it ended in the middle",
        "/d": "it is packed as 'br', although gzip was asked for",
        "/e": "what it sends as gzip is damaged",
    }


def test_a_bomb_is_never_held_unpacked(tmp_path: Path) -> None:
    """A page of 100 kB that unpacks to 100 MB takes little memory on the way to being refused."""
    bomb = Reply(gzip.compress(b"b" * 100_000_000, compresslevel=1), headers={"Content-Encoding": "gzip"})
    with Site({"/": page("Start", "", "/b"), "/b": bomb}) as site:
        read(site, tmp_path / "warm")
        tracemalloc.start()
        done = read(site, tmp_path / "measured", limits=replace(QUICK, page_bytes=1_000_000))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert why(done) == {"/b": "it has more than 1 MB"}
    assert peak < 20_000_000


def test_the_whole_site_is_bounded_in_bytes(site: Site, tmp_path: Path) -> None:
    """Over the limit the rest stays as it was, and it is said."""
    read(site, tmp_path)
    for one in "abc":
        site.pages[f"/{one}"] = page(f"Page {one}", "x" * 60_000)

    done = read(site, tmp_path, limits=replace(QUICK, total_bytes=100_000))

    assert done.removed == ()
    assert done.pages == 4
    assert any("0.1 MB" in reason for _, reason in done.skipped)


def test_the_whole_site_is_bounded_in_time(site: Site, tmp_path: Path) -> None:
    """When the time is over, known pages stay and the next run goes on; each look at this clock takes a second."""
    read(site, tmp_path)
    seconds = iter(range(1_000_000))

    done = read(site, tmp_path, limits=replace(QUICK, total_s=3), clock=lambda: next(seconds))

    assert done.removed == ()
    assert done.pages == 4
    assert "the time for one reading" in why(done)["/"]


def test_a_reading_that_was_stopped_is_gone_on_with(tmp_path: Path) -> None:
    """What was not come to is asked for first, so that a slow site is read whole in the end."""
    everything = {f"/p{i:02}": page(f"Page {i}") for i in range(40)}
    with Site(everything | {"/": page("Start", "", *everything)}) as site:
        pages = []
        for _ in range(5):
            seconds = iter(range(1_000_000))
            pages.append(read(site, tmp_path, limits=replace(QUICK, total_s=14), clock=lambda: next(seconds)).pages)  # noqa: B023 - called at once

    assert pages[0] < pages[1] < pages[2]
    assert pages[-1] == 41


def test_circles_end(tmp_path: Path) -> None:
    """Pages that link each other, redirects in a circle, and a path that grows with every link."""

    def deeper(path: str) -> Reply | None:
        return page(f"Level {path.count('/')}", "", "sub/") if path.startswith("/grow/") else None

    circle = {"/x": leads_to("/y"), "/y": leads_to("/z", 302), "/z": leads_to("/x")}
    pages = {"/": page("Start", "", "/a", "/x", "/grow/"), "/a": page("A", "", "/", "/a", "/a?"), **circle}
    with Site(pages, deeper) as site:
        done = read(site, tmp_path)

        assert len(site.asked) < 20
    assert sorted(shown(done))[:2] == ["/", "/a"]
    assert list(why(done).values()) == ["it redirects in a circle"]


def test_a_redirect_that_comes_to_lead_in_a_circle_keeps_the_page(site: Site, tmp_path: Path) -> None:
    """A page that now redirects to itself is as good as one that fails."""
    read(site, tmp_path)
    site.pages["/a"] = leads_to("/a?utm_source=again")

    done = read(site, tmp_path)

    assert "/a" in shown(done)
    assert "circle" in why(done)["/a"]


def test_a_calendar_without_end_has_one(tmp_path: Path) -> None:
    """Months lead to months for ever; the rest of the site is in all the same."""

    def month(path: str) -> Reply | None:
        _, _, number = path.partition("/events?month=")
        if not number:
            return None
        year, at = divmod(int(number), 100)
        following = [f"/events?month={year + (at + i) // 12}{(at + i) % 12 + 1:02}" for i in range(12)]
        return page(f"Events of {number}", "", *following)

    with Site({"/": page("Start", "", "/events?month=202601", "/help"), "/help": page("Help")}, month) as site:
        done = read(site, tmp_path)

    assert {"/", "/help"} <= shown(done).keys()
    assert done.pages <= QUICK.of_one_date_shape + 2


def test_a_chain_without_end_has_one(tmp_path: Path) -> None:
    """A page that always leads one further is followed so far and no farther; that is said."""

    def number(path: str) -> Reply | None:
        at = path.removeprefix("/n/")
        return page(f"Number {at}", "", f"/n/{int(at) + 1}") if at.isdigit() else None

    with Site({"/": page("Start", "", "/n/1")}, number) as site:
        done = read(site, tmp_path, limits=replace(QUICK, depth=7))

    assert done.pages == 8
    assert why(done) == {"/": "more than 7 links from the start: 1 addresses"}


def test_pages_that_are_never_kept_are_bounded_too(tmp_path: Path) -> None:
    """A maze of pages that all ask not to be found ends as well."""
    hidden = '<meta name="robots" content="noindex">'

    def maze(path: str) -> Reply | None:
        return page(path, "", *(f"{path}{i}" for i in range(9)), head=hidden) if path.startswith("/m") else None

    with Site({"/": page("Start", "", "/m"), "/robots.txt": text("")}, maze) as site:
        done = read(site, tmp_path, limits=replace(QUICK, pages=10))

        assert len(site.asked) < 10 * QUICK.requests_per_page + 110
    assert sorted(shown(done)) == ["/"]


def test_addresses_made_for_each_visit_end(tmp_path: Path) -> None:
    """Links that carry another session id on every page, under a name that nobody knows, lead round and not on."""
    visits = iter(range(10**16, 10**17))

    def visited(path: str) -> Reply | None:
        name = path.partition("?")[0]
        links = [f"/p{i}?visit={next(visits)}" for i in range(3)]
        return page(name, "", *links, has_etag=False) if name in ("/", "/p0", "/p1", "/p2") else None

    with Site({}, lambda path: _without_words_of(visited(path))) as site:
        done = read(site, tmp_path)

        assert len(site.asked) < 30
    assert done.pages == 4


def _without_words_of(reply: Reply | None) -> Reply | None:
    """A link says where it leads in words, too; here they are taken out."""
    return replace(reply, body=re.sub(rb">to [^<]*<", b">on<", reply.body)) if reply else None


def test_sitemaps_that_fail_are_named_and_links_are_followed(site: Site, tmp_path: Path) -> None:
    """After a few nobody asks for more; pages that only a sitemap listed stay, unless they are gone."""
    site.pages["/sitemap.xml"] = sitemap(f"{site.url}/hidden", f"{site.url}/old")
    site.pages |= {"/hidden": page("Hidden"), "/old": page("Old")}
    read(site, tmp_path)
    inner = "".join(f"<sitemap><loc>{site.url}/s{i}.xml</loc></sitemap>" for i in range(9))
    site.pages["/sitemap.xml"] = text(f"<sitemapindex>{inner}</sitemapindex>", "application/xml")
    site.otherwise = lambda path: Reply(b"", 500) if path.startswith("/s") else None
    del site.pages["/old"]
    site.paths()

    done = read(site, tmp_path)

    assert len([path for path in site.paths() if path.startswith("/s")]) == 1 + 3
    assert list(why(done)) == ["/s0.xml", "/s1.xml", "/s2.xml"]
    assert sorted(shown(done)) == ["/", "/a", "/b", "/c", "/hidden"]


@pytest.mark.parametrize(
    "robots", [Reply(b"", 503), Reply(b"", 500), Reply(b"", fault="silent"), Reply(b"", fault="reset")], ids=str
)
def test_a_robots_txt_that_cannot_be_had_closes_the_site(site: Site, tmp_path: Path, robots: Reply) -> None:
    """What may be read is not known then: an error, and nothing was changed."""
    done = read(site, tmp_path)
    site.pages["/robots.txt"] = robots
    site.paths()

    with pytest.raises(UpstreamError, match="nothing was changed"):
        read(site, tmp_path, limits=IMPATIENT)
    assert set(site.paths()) == {"/robots.txt"}
    assert len(shown(done)) == 4


def test_a_site_that_is_down_is_an_error_and_changes_nothing(site: Site, tmp_path: Path) -> None:
    """Refused connections, unknown names and errors on the start page."""
    done = read(site, tmp_path)
    site.pages["/"] = Reply(b"", 502)
    with pytest.raises(UpstreamError, match="answered 502; nothing was changed"):
        read(site, tmp_path)
    site.pages["/"] = replace(page("Start"), fault="trickle")
    with pytest.raises(UpstreamError, match="nothing was changed"):
        read(site, tmp_path, limits=IMPATIENT)

    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(UpstreamError, match="is not known"):
        read(site, tmp_path, url="https://help.dalbit.example/", hosts=Hosts(nowhere))
    with Site() as other:
        gone = other.url
    with pytest.raises(UpstreamError, match="can't be read"):
        read(site, tmp_path, url=gone)
    assert len(shown(done)) == 4


def test_a_site_that_stops_answering_is_left_alone(tmp_path: Path) -> None:
    """After so many failures in a row nobody asks on; what was there stays."""
    everything = {f"/p{i}": page(f"Page {i}") for i in range(40)}
    with Site(everything | {"/": page("Start", "", *everything)}) as site:
        read(site, tmp_path)
        site.pages |= dict.fromkeys(everything, Reply(b"", fault="reset"))
        site.paths()

        done = read(site, tmp_path, limits=replace(QUICK, failures_in_a_row=5))

        assert len(site.asked) < 30
    assert done.pages == 41
    assert "the site stopped answering" in why(done)["/"]


def test_a_busy_site_is_asked_again_when_it_wants(site: Site, tmp_path: Path) -> None:
    """429 with Retry-After is waited for within bounds; a wait of an hour is not."""
    site.pages["/a"] = Reply(b"", 429, headers={"Retry-After": "0"})
    site.pages["/b"] = Reply(b"", 503, headers={"Retry-After": "3600"})

    done = read(site, tmp_path)

    assert sorted(one.path for one in site.asked if one.status in (429, 503)) == ["/a", "/a", "/b"]
    assert why(done) == {"/a": "it answered 429", "/b": "it answered 503"}


def test_a_door_before_the_whole_site_does_not_empty_the_knowledge(tmp_path: Path) -> None:
    """All pages lead to one, say the same, or are listed no more: they are kept, and a person is told what to do."""
    everything = {f"/p{i}": page(f"Page {i}") for i in range(12)}
    start = page("Start", "", *everything)
    login = page("Please log in")
    with Site({"/": start, **everything}) as site:
        read(site, tmp_path)
        for door in (
            {**dict.fromkeys(everything, leads_to("/login", 302)), "/login": login},
            dict.fromkeys(everything, page("Back soon")),
            {"/sitemap.xml": sitemap(f"{site.url}/p0")},
        ):
            site.pages = {"/": start, **everything, **door}
            done = read(site, tmp_path)

            assert set(everything) <= shown(done).keys()
            assert "they are kept. If that is right, delete" in done.skipped[-1][1]
        site.pages = {"/": page("Start", "", "/p0"), "/p0": page("Page 0")}
        assert len(read(site, tmp_path).removed) >= 11  # the server says of each that it is gone


def test_a_move_to_new_addresses_is_followed(tmp_path: Path) -> None:
    """A whole site that redirects page by page has moved, and no page is kept twice."""
    with Site({"/": page("Start", "", *(f"/p{i}" for i in range(12)))}) as site:
        site.pages |= {f"/p{i}": page(f"Page {i}") for i in range(12)}
        read(site, tmp_path)
        for i in range(12):
            site.pages[f"/new/p{i}"] = site.pages[f"/p{i}"]
            site.pages[f"/p{i}"] = leads_to(f"/new/p{i}")

        done = read(site, tmp_path)

    assert sorted(shown(done)) == sorted(["/", *(f"/new/p{i}" for i in range(12))])
    assert len(done.removed) == 12


@pytest.mark.anyio
async def test_a_public_site_leads_to_no_private_address(tmp_path: Path) -> None:
    """Not by a redirect, and not when its name comes to stand for another machine; an operator's own may be private."""
    with Site({"/": page("Inside")}) as inside:

        def names(*answers: str) -> Hosts:
            asked = iter(answers)

            async def resolve(host: str, port: int) -> list[str]:
                return [next(asked)]

            return Hosts(resolve)

        hosts = names("8.8.8.8", "127.0.0.1", "169.254.169.254")
        assert await hosts.addresses("help.example.com", 443) == ("8.8.8.8",)
        assert await hosts.addresses("help.example.com", 443) == ("8.8.8.8",)  # not asked for again
        for _ in range(2):
            hosts.forget("help.example.com", 443)
            with pytest.raises(UpstreamError, match="private address"):
                await hosts.addresses("help.example.com", 443)
        with Site({"/": page("Start", "", "/a"), "/a": leads_to(f"{inside.url}/")}) as outside:
            await mirror(f"http://help.example.com:{outside.port}/", tmp_path, limits=QUICK, hosts=names("127.0.0.1"))

        assert inside.asked == []


def test_a_folder_that_cannot_be_written_is_named(site: Site, tmp_path: Path) -> None:
    """A file where the folder should be: an error of ours that says what to do."""
    (tmp_path / "sites").write_text("no folder")

    with pytest.raises(StoreError, match="HEEDFUL_DATA_DIR"):
        read(site, tmp_path)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 1, "pages": {"x": {"file": 1}}}', '{"version": 99}'])
def test_an_index_that_is_damaged_is_made_again(site: Site, tmp_path: Path, damage: str) -> None:
    """The pages are asked for again, and files that nobody names are gone."""
    done = read(site, tmp_path)
    (done.folder / "left-over.html").write_text("<p>from a run that was killed")
    (done.folder.parent / "index.json").write_text(damage)

    again = read(site, tmp_path)

    assert len(again.added) == 4
    assert len(files(again)) == 4


def test_a_file_that_is_missing_is_asked_for_again(site: Site, tmp_path: Path) -> None:
    """The validators are not sent for what isn't there."""
    done = read(site, tmp_path)
    next(done.folder.glob("a-*")).unlink()

    read(site, tmp_path)

    assert "/a" in shown(done)


def test_https_is_believed_by_the_name_and_not_by_the_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate of an authority that the system knows, for this very name; any other is refused and named."""
    name = "help.dalbit.example"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(_certificate(tmp_path, name))

    async def here(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with Site({"/": page("Start", "", "/a"), "/a": page("A")}, tls=tls) as site:
        address = f"https://{name}:{site.port}/"
        with pytest.raises(UpstreamError, match="certificate"):
            read(site, tmp_path, url=address, hosts=Hosts(here))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert paths(read(site, tmp_path, url=address, hosts=Hosts(here)).added) == ["/", "/a"]
        with pytest.raises(UpstreamError, match="certificate"):
            read(site, tmp_path, url=address.replace("help.", "shop."), hosts=Hosts(here))


def _certificate(folder: Path, name: str) -> Path:
    """Write a key and a certificate that it signed for itself, for this name; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(plain + made.public_bytes(Encoding.PEM))
    return file


KILLED = """
import asyncio, sys
from pathlib import Path
from heedful.knowledge.site.limits import Limits
from heedful.knowledge.site.mirror import mirror
def told(done, total):
    if done > int(sys.argv[3]):
        print(done, flush=True)
        sys.stdin.read()
asyncio.run(mirror(sys.argv[1], Path(sys.argv[2]), limits=Limits(pause_s=0), progress=told))
"""


@pytest.mark.parametrize("at", [0, 20])
def test_a_run_that_is_killed_is_taken_up(tmp_path: Path, at: int) -> None:
    """kill -9 in the middle: no half page, no broken index, and the next run ends where a clean one would."""
    everything = {f"/p{i}": page(f"Page {i}") for i in range(60)}
    with Site(everything | {"/": page("Start", "", *everything)}) as site:
        command = [sys.executable, "-c", KILLED, f"{site.url}/", str(tmp_path), str(at)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().strip().isdigit()
            process.kill()
        index = next(tmp_path.rglob("index.json"))
        so_far = json.loads(index.read_text(encoding="utf-8"))["pages"]
        assert 0 < len(so_far) < 61
        assert all("</html>" in (index.parent / "pages" / one["file"]).read_text("utf-8") for one in so_far.values())
        site.paths()

        done = read(site, tmp_path)

        assert len(site.paths(304)) >= len(so_far)
    assert done.pages == len(files(done)) == 61


def test_a_run_that_is_cancelled_keeps_what_it_has(site: Site, tmp_path: Path) -> None:
    """Ctrl-C after the first pages: the index knows them."""

    async def interrupted() -> None:
        task = asyncio.ensure_future(
            mirror(f"{site.url}/", tmp_path, limits=Limits(pause_s=0), progress=lambda _done, _total: task.cancel())
        )
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())

    assert len(json.loads(next(tmp_path.rglob("index.json")).read_text())["pages"]) >= 1
