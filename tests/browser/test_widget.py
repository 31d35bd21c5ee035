"""The widget: one tag on a page of another origin, under that page's own strict policy."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, Service, pass_time_until
from tests.browser.shop import Shop

pytestmark = pytest.mark.browser

SHOP = """<!doctype html><html lang="{lang}"><head><title>A shop</title><link rel="stylesheet" href="/shop.css"></head>
<body><h1>A shop</h1><p>Lamps and cups.</p>
<script async src="{service}/widget.js" data-key="{key}" data-lang="{lang}"></script>
<script async src="{service}/widget.js" data-key="{key}" data-lang="{lang}"></script></body></html>"""
HOSTILE_CSS = "html { font-size: 62.5% } * { all: initial; color: red !important } button { display: none !important }"


def send(page: Page, text: str) -> None:
    """Type into the widget and press Enter."""
    field = page.locator("heedful-chat .field")
    field.fill(text)
    field.press("Enter")
    page.locator('heedful-chat .theirs[aria-busy="false"]').wait_for()


@pytest.mark.parametrize(
    ("language", "question", "launcher", "notice", "receipt"),
    [
        ("en", "How do I return something I have already opened?", "Open the chat", "Dalbit's AI", "Receipt 1"),
        ("ko", "포장을 뜯은 상품도 반품할 수 있나요?", "채팅 열기", "달빛리빙 AI", "답변 내역서 1"),
    ],
)
def test_one_tag_on_another_origin(
    service: Service,
    shop: Shop,
    open_page: OpenPage,
    language: str,
    question: str,
    launcher: str,
    notice: str,
    receipt: str,
) -> None:
    """Under `default-src 'none'`, a hostile style sheet, and the tag there twice, the widget answers with sources.

    That an AI answers is said before the first word is typed, and in the company's own words once it is open.
    """
    policy = f"default-src 'none'; script-src {service.url}; connect-src {service.url}; style-src 'self'"
    shop.put("/shop.css", HOSTILE_CSS)
    tagged = SHOP.format(service=service.url, key=shop.key, lang=language)
    page = open_page(shop.put(f"/strict-{language}", tagged, policy=policy))

    page.get_by_role("button", name=launcher).click()
    expect(page.locator("heedful-chat .notice")).to_contain_text("AI")
    assert notice not in page.locator("heedful-chat .notice").inner_text()
    send(page, question)

    expect(page.locator("heedful-chat .notice")).to_contain_text(notice)
    expect(page.locator("heedful-chat")).to_have_count(1)
    expect(page.locator("heedful-chat .theirs a.cite").first).to_be_attached()
    expect(page.locator("heedful-chat .receipt")).to_contain_text(receipt)
    size = page.locator("heedful-chat .theirs .words").evaluate("one => getComputedStyle(one).fontSize")
    assert size == "16px"


def test_escape_closes_and_focus_returns(service: Service, shop: Shop, open_page: OpenPage) -> None:
    """By keyboard alone: open, write, close with Escape; the focus is on the button again, and the talk is kept."""
    page = open_page(shop.put("/keyboard", SHOP.format(service=service.url, key=shop.key, lang="en")))
    page.get_by_role("button", name="Open the chat").focus()
    page.keyboard.press("Enter")
    send(page, "How long does a refund take?")

    page.keyboard.press("Escape")

    expect(page.locator("heedful-chat .panel")).to_be_hidden()
    assert page.evaluate("document.querySelector('heedful-chat').shadowRoot.activeElement.className") == "launch"
    page.keyboard.press("Enter")
    expect(page.locator("heedful-chat .mine")).to_have_count(1)


def test_a_double_click_only_opens(service: Service, shop: Shop, open_page: OpenPage) -> None:
    """The second click lands on what stands there then, and does not press it: nobody is handed over by it."""
    page = open_page(shop.put("/twice", SHOP.format(service=service.url, key=shop.key, lang="en")))
    opening: list[str] = []
    page.on("request", lambda request: opening.append(request.url) if "/v1/" in request.url else None)
    launcher = page.get_by_role("button", name="Open the chat")
    launcher.hover()
    page.locator("heedful-chat .panel").wait_for(state="attached")

    launcher.dblclick()

    expect(page.locator("heedful-chat .panel")).to_be_visible()
    assert opening == []


def test_a_key_for_another_origin_opens_nothing(service: Service, shop: Shop, open_page: OpenPage) -> None:
    """A tag copied to somebody else's site gets no conversation; the page it is on is not disturbed."""
    key_of_another = httpx.get(f"{service.url}/demo/session").json()["key"]
    page = open_page(shop.put("/copied", SHOP.format(service=service.url, key=key_of_another, lang="en")))
    page.clock.install()
    page.get_by_role("button", name="Open the chat").click()
    page.locator("heedful-chat .field").fill("Hello")
    page.locator("heedful-chat .field").press("Enter")
    problem = page.locator("heedful-chat .problem")

    pass_time_until(page, problem)

    expect(problem).to_be_visible()
    expect(page.locator("heedful-chat .theirs .words")).to_have_text("")
    expect(page.get_by_role("heading", name="A shop")).to_be_visible()


def test_a_signed_in_customer_is_identified_by_the_page(service: Service, shop: Shop, open_page: OpenPage) -> None:
    """`heedful('identify', …)` before the tag has loaded is kept, and the conversation is that customer's."""
    early = f"""<!doctype html><html lang="ko"><body><script>
        globalThis.heedful = function () {{ (heedful.q = heedful.q || []).push(arguments) }};
        heedful('identify', () => window.token);
    </script><script async src="{service.url}/widget.js" data-key="{shop.key}" data-lang="ko"></script></body></html>"""
    page = open_page(shop.put("/signed-in", early))
    token = page.request.post(f"{service.url}/demo/identity", data={"customer": "demo-mina"}).json()["token"]
    page.evaluate("(token) => (window.token = token)", token)

    page.get_by_role("button", name="채팅 열기").click()
    send(page, "주문한 물건이 아직도 안 왔어요. 너무 속상하네요.")

    expect(page.locator("heedful-chat .theirs .words")).to_contain_text("DB-48213507")


def test_your_data_opens_from_the_widget(service: Service, shop: Shop, open_page: OpenPage) -> None:
    """Whoever the website says is signed in sees their data over the shop's page; Escape leaves the chat open."""
    policy = f"default-src 'none'; script-src {service.url}; connect-src {service.url}; style-src 'self'"
    shop.put("/shop.css", HOSTILE_CSS)
    tagged = SHOP.format(service=service.url, key=shop.key, lang="en")
    page = open_page(shop.put("/your-data", tagged, policy=policy))
    page.get_by_role("button", name="Open the chat").click()
    button = page.get_by_role("button", name="Your data")

    button.press("Enter")
    panel = page.get_by_role("dialog", name="Your data")
    expect(panel).to_contain_text("Nobody is signed in")
    page.keyboard.press("Escape")
    token = httpx.post(f"{service.url}/demo/identity", json={"customer": "demo-mina"}).json()["token"]
    page.evaluate("token => heedful('identify', token)", token)
    button.press("Enter")
    panel.get_by_role("tab", name="Facts").click()

    expect(panel.locator(".fact").first).to_be_visible()
    expect(panel.get_by_role("tab", name="Facts")).to_have_css("cursor", "pointer")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_label("Your message")).to_be_visible()
    expect(button).to_be_focused()
