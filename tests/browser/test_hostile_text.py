"""Whatever a model, an article or a customer writes, the page shows it as text, and nothing of it runs or loads."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Service, ask, settled
from tests.loopback import Loopback, spoken

pytestmark = pytest.mark.browser

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script><svg onload=alert(3)>'
LINKS = (
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)",
    "[a](vbscript:x)",
    "[a](//evil.example/x)",
    "[a](https://help.dalbit.example@evil.example/)",
    "[a](blob:https://evil.example/1)",
    "![a](https://evil.example/pixel.png)",
)


def rendered(page: Page, text: str, sources: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return what the page makes of a text: its words, its links, and the names of all its elements."""
    result: dict[str, Any] = page.evaluate(
        """async ([text, sources]) => {
            const { blocks } = await import('/static/render.js');
            const { sourceList } = await import('/static/receipt.js');
            const t = Object.assign((key) => key, { named: (group, name) => name, has: () => false, language: 'en' });
            const box = document.createElement('div');
            box.className = 'rendered';
            document.querySelector('.rendered')?.remove();
            document.body.append(box);
            box.append(...blocks(text, sources), ...sourceList(t, sources));
            const all = [...box.querySelectorAll('*')];
            return {
                text: box.textContent,
                links: all.filter((one) => one.href).map((one) => one.getAttribute('href')),
                names: [...new Set(all.map((one) => one.localName))],
                handlers: all.flatMap((one) => one.getAttributeNames()).filter((name) => name.startsWith('on')),
            };
        }""",
        [text, sources or []],
    )
    return result


def test_markup_is_text(bench: Page) -> None:
    """Elements in an answer are shown as the characters they are."""
    made = rendered(bench, f"Hello {MARKUP} and `{MARKUP}`")

    assert MARKUP in made["text"]
    assert not {"img", "script", "svg"} & set(made["names"])
    assert made["handlers"] == []


@pytest.mark.parametrize("link", LINKS)
def test_links_that_do_more_than_open_a_page_are_no_links(bench: Page, link: str) -> None:
    """Scripts, data, names before an @ and addresses without a scheme become no link; nothing loads by itself."""
    made = rendered(bench, f"See {link} now.")

    assert [address for address in made["links"] if not address.startswith("https://evil.example/pixel.png")] == []
    assert "img" not in made["names"]


def test_a_label_can_not_claim_another_host(bench: Page) -> None:
    """A link that reads like one site and opens another says which one it opens."""
    made = rendered(bench, "See [help.dalbit.example/returns](https://evil.example/steal).")

    assert "evil.example" in made["text"]


def test_hostile_sources_are_text_too(bench: Page) -> None:
    """Title, snippet and address of a source are as harmless as the answer."""
    source = {"n": 1, "id": "p", "title": MARKUP, "url": "javascript:alert(1)", "snippet": MARKUP, "lang": '"><img>'}

    made = rendered(bench, "As it says. [1]", [source])

    assert made["links"] == []
    assert made["text"].count(MARKUP) == 2
    assert "img" not in made["names"]


def test_the_words_are_kept_exactly(bench: Page) -> None:
    """Lists keep their numbers, markers their brackets, and a Korean particle stays outside the address before it."""
    made = rendered(
        bench, "3. 셋째\n4. 넷째 [2]\n\nhttps://help.dalbit.example/ko/x에서 a@dalbit.example로 보내 주십시오."
    )
    numbers = bench.evaluate(
        "[...document.querySelectorAll('body > .rendered > ol > li')].map((one) => one.getAttribute('value'))"
    )

    assert made["links"] == ["https://help.dalbit.example/ko/x", "mailto:a@dalbit.example"]
    assert "넷째 [2]" in made["text"]
    assert numbers == ["3", None]  # the second counts on by itself


def test_a_hostile_model_reaches_nobody(scripted: Service, model: Loopback, open_page: OpenPage) -> None:
    """Through the whole service: a model that writes markup and scripts gets no element, no request, no dialog."""
    model.script(spoken(f"You can return it. {MARKUP} [here](javascript:alert(4)) ![x](https://evil.example/p.png)"))
    page = open_page(f"{scripted.url}/?lang=en")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    ask(page, "How do I return something I have already opened?")
    settled(page)

    expect(page.locator(".theirs .words :is(img, svg, script, iframe)")).to_have_count(0)
    assert [url for url in asked if not url.startswith((scripted.url, "data:"))] == []


def test_a_customers_markup_is_text(service: Service, open_page: OpenPage) -> None:
    """What the customer types is shown as typed."""
    page = open_page(f"{service.url}/?lang=en")

    ask(page, MARKUP)

    expect(page.locator(".mine .words")).to_have_text(MARKUP)
