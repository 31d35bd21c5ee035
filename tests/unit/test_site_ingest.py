"""`heedful ingest https://…` as a person uses it: pages become articles under their own addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from heedful.cli import app
from heedful.knowledge import load
from tests.pdf_maker import pdf
from tests.site_server import Reply, Site, leads_to, page, text
from tests.unit.test_site_mirror import read

FEES = "Parcels to islands cost 3000 won more and take two days longer than others do."


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of four pages in two languages and a PDF."""
    pages = {
        "/help": leads_to("/help/"),
        "/help/": page("Help of Dalbit", "", "opened", "view?no=1", "view?no=2", "ko", "island-fees.pdf"),
        "/help/opened": page("Returning an opened item", "Opened items come back within 7 days of delivery."),
        "/help/view?no=1": page("Warranty", "The warranty of every lamp lasts for two years."),
        "/help/view?no=2": page("Batteries", "Batteries are charged in four hours, once a week."),
        "/help/ko": page("배송비 안내", "50,000원 미만 주문의 배송비는 3,000원입니다. 섬은 더 걸립니다.", lang="ko"),
        "/help/island-fees.pdf": text(pdf([[(12, FEES)]]), "application/pdf"),
    }
    with Site(pages) as running:
        yield running


def ingest(data: Path, *arguments: str | Path) -> Result:
    """Run `heedful ingest` over a data folder, words only."""
    settings = {"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_EMBEDDER": "none"}
    return CliRunner().invoke(app, ["ingest", *map(str, arguments)], env=settings)


def summary(done: Result) -> Any:
    """Return what it printed as JSON."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_kept_pages_are_articles_with_their_own_address(site: Site, tmp_path: Path) -> None:
    """Ids and addresses are those of the site, queries and PDFs too; nothing of the folder shows."""
    folder = read(site, tmp_path, "/help/").folder

    articles = {one.id: one for file in load.files([folder]) for one in load.read_all(file, root=folder)}

    host = site.url.removeprefix("http://")
    assert sorted(articles) == [
        f"{host}/help",
        *(f"{host}/help/{name}" for name in ("island-fees.pdf", "ko", "opened", "view?no=1", "view?no=2")),
    ]
    assert articles[f"{host}/help/view?no=2"].url == f"{site.url}/help/view?no=2"
    assert articles[f"{host}/help/ko"].lang == "ko"
    fees = articles[f"{host}/help/island-fees.pdf"]
    assert (fees.title, fees.url, FEES in fees.text) == ("island fees", f"{site.url}/help/island-fees.pdf", True)


def test_a_site_is_ingested_like_a_folder(site: Site, tmp_path: Path) -> None:
    """New, changed and deleted pages are new, changed and deleted articles; the same again changes nothing."""
    first = summary(ingest(tmp_path, f"{site.url}/help/", "--json"))
    again = summary(ingest(tmp_path, f"{site.url}/help", "--json"))
    site.pages["/help/opened"] = page("Returning an opened item", "Opened items come back within 14 days.")
    site.pages["/help/view?no=2"] = Reply(b"", 410)
    last = summary(ingest(tmp_path, f"{site.url}/help/", "--json"))

    assert (first["added"], first["skipped"]) == (6, [])
    assert (again["added"], again["changed"], again["removed"], again["unchanged"]) == (0, 0, 0, 6)
    assert (last["changed"], last["removed"], last["articles"]) == (1, 1, 5)
    assert first["sites"] == [
        {"address": f"{site.url}/help/", "pages": 6, "added": 6, "changed": 0, "removed": 0, "left_out": 0}
    ]


def test_a_site_and_a_folder_go_together(site: Site, tmp_path: Path) -> None:
    """One command takes both; the table names pages by their address and never by a file."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "hours.md").write_text("# Hours\n\nWe answer from 9 to 18 h.\n", encoding="utf-8")
    app_only = "<html><head><title>App</title></head><body><div id='app'></div><script>render()</script></body></html>"
    site.pages["/help/opened"] = text(app_only, "text/html")
    site.pages["/help/ko"] = Reply(b"", 500)

    done = ingest(tmp_path / "data", tmp_path / "own", f"{site.url}/help/")

    assert done.exit_code == 0, done.output
    assert "added             5" in done.stdout
    assert f"  {site.url}/help/opened: " in done.stdout
    assert f"  {site.url}/help/ko: it answered 500" in done.stdout
    assert "sites/" not in done.stdout


def test_a_dry_run_names_the_pages(site: Site, tmp_path: Path) -> None:
    """What is new, changed and gone on the site is named by address; nothing is read in."""
    dry = ingest(tmp_path, f"{site.url}/help/", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert f"+ {site.url.removeprefix('http://')}/help/opened   {site.url}/help/opened" in dry.stdout
    summary(ingest(tmp_path, f"{site.url}/help/", "--json"))
    site.pages["/help/opened"] = page("Returning an opened item", "Opened items come back within 14 days.")
    del site.pages["/help/ko"]

    planned = summary(ingest(tmp_path, f"{site.url}/help/", "--dry-run", "--json"))

    assert {(one["what"], one["source"]) for one in planned["touched"]} == {
        ("changed", f"{site.url}/help/opened"),
        ("removed", f"{site.url}/help/ko"),
    }
    assert (planned["articles"], planned["changed"], planned["removed"], planned["unchanged"]) == (6, 1, 1, 4)
    done = summary(ingest(tmp_path, f"{site.url}/help/", "--json"))
    assert (done["changed"], done["removed"]) == (1, 1)


def test_limits_and_mistakes_are_told(site: Site, tmp_path: Path) -> None:
    """`--max-pages` bounds; a site that can't be read, and --watch, end with words and leave the knowledge alone."""
    few = ingest(tmp_path, f"{site.url}/help/", "--max-pages", "2")
    assert "4 more addresses are over the limit of 2 pages (--max-pages)" in few.stdout
    watched = ingest(tmp_path, f"{site.url}/help/", "--watch")
    assert (watched.exit_code, "--watch follows files" in watched.stderr) == (2, True)
    site.pages["/robots.txt"] = Reply(b"", 503)

    closed = ingest(tmp_path, f"{site.url}/help/")

    assert closed.exit_code == 1
    assert "robots.txt answered 503" in closed.stderr
    assert "nothing was changed" in closed.stderr
