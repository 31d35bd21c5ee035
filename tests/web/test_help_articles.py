"""The sample company's articles over HTTP: in the demo, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.conftest import Service

SHOWN = "/demo/help/en/returning"


def test_articles_open_in_the_demo(serve: Callable[..., Service]) -> None:
    """A published article is a page under the strict policy; one for staff, and an address there is not, are not."""
    client = serve(HEEDFUL_DEMO="1").client()

    page = client.get(SHOWN)

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "You can return an item within 14 days" in page.text
    assert client.get("/demo/session").json()["help"] == {"https://help.dalbit.example/": "/demo/help/"}
    missing = [client.get(f"/demo/help/{place}").status_code for place in ("en/staff-goodwill", "en/x", "ko/returning")]
    assert missing == [404, 404, 404]


def test_without_the_demo_there_are_none(serve: Callable[..., Service]) -> None:
    """A company's own service shows no articles: they stand on its own site."""
    client = serve().client()

    assert client.get(SHOWN).status_code == 404
