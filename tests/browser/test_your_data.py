"""The panel “your data” in a real browser: what is held, switches that count at once, receipts, a copy, erasing.

The service is this file's own: what is switched off or erased here is missed nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import OpenPage, Service, ask, serving, settled

pytestmark = pytest.mark.browser

ON = re.compile(r"is-(given|partly)")
ORDER = "DB-48213507"  # the invented customer's, as are all values here


@dataclass(frozen=True, slots=True)
class Words:
    """What the page says in one language."""

    language: str
    data: str
    close: str
    facts: str
    receipts: str
    rights: str
    orders: str
    yes: str
    question: str
    order_fact: str
    withheld: str
    instead: str


ENGLISH = Words(
    language="en",
    data="Your data",
    close="Close your data",
    facts="Facts",
    receipts="Receipts",
    rights="Copy, erase",
    orders="handling your orders, deliveries and returns",
    yes="Yes, allow it",
    question="When will my parcel come?",
    order_fact="order number",
    withheld="You have not agreed to this use",
    instead="Your data",
)
KOREAN = Words(
    language="ko",
    data="내 정보",
    close="내 정보 닫기",
    facts="보유 정보",
    receipts="내역서",
    rights="사본·삭제",
    orders="주문·배송·반품 처리",
    yes="네, 동의합니다",
    question="택배 언제 와요?",
    order_fact="주문 번호",
    withheld="이 용도에 동의하지 않으셨습니다",
    instead="내 정보",
)
BOTH = pytest.mark.parametrize("words", [ENGLISH, KOREAN], ids=["en", "ko"])


@pytest.fixture(scope="module")
def shopkeeper(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A demo whose customers may be changed; it ends before the browser does."""
    with serving(tmp_path_factory.mktemp("your-data")) as service:
        service.wait()
        yield service


def opened(page: Page, words: Words, *leaves: str) -> Locator:
    """Open the panel, and turn to a leaf of it."""
    page.get_by_role("button", name=words.data, exact=True).click()
    panel = page.get_by_role("dialog", name=words.data)
    expect(panel.get_by_role("tab").first).to_be_visible()
    for leaf in leaves:
        panel.get_by_role("tab", name=leaf, exact=True).click()
    return panel


def purpose(panel: Locator, label: str) -> Locator:
    """The part of the choices that is about one purpose."""
    return panel.locator(".entry").filter(has=panel.page.get_by_role("switch", name=label, exact=True))


def allow(entry: Locator, words: Words) -> None:
    """Switch a purpose on, where it is off, and say yes to what is told."""
    if not entry.get_by_role("switch").first.is_checked():
        entry.get_by_role("switch").first.click()
        entry.get_by_role("button", name=words.yes).click()
    expect(entry.locator(".state").first).to_have_class(ON)


def deny(entry: Locator) -> None:
    """Switch a purpose off, where it is on; the switch moves at once, the words when the service has it."""
    if entry.get_by_role("switch").first.is_checked():
        entry.get_by_role("switch").first.click()
    expect(entry.locator(".state").first).not_to_have_class(ON)
    expect(entry.get_by_role("switch").first).not_to_be_checked()


@BOTH
def test_a_purpose_switched_off_counts_for_the_next_answer(
    shopkeeper: Service, open_page: OpenPage, words: Words
) -> None:
    """The order is used, the receipt says so; switched off, it is not: the reply says what to do, the receipt why."""
    page = open_page(f"{shopkeeper.url}/?lang={words.language}&as=demo-mina")
    allow(purpose(opened(page, words), words.orders), words)
    page.keyboard.press("Escape")

    ask(page, words.question)
    settled(page)
    expect(page.locator(".theirs .words")).to_contain_text(ORDER)
    expect(page.locator("#receipts .part-facts")).to_contain_text(words.order_fact)

    entry = purpose(opened(page, words), words.orders)
    deny(entry)
    expect(entry.locator(".state").first).to_have_class("state is-withdrawn")
    page.keyboard.press("Escape")
    ask(page, words.question)
    settled(page, 2)

    second = page.locator(".theirs").nth(1)
    expect(second.locator(".words")).to_contain_text(words.instead)
    assert ORDER not in second.inner_text()
    slip = page.locator("#receipts .receipt").nth(1)
    why = slip.locator(".part-withheld .why").filter(has_text=words.withheld)
    expect(why.locator("+ ul")).to_contain_text(words.order_fact)
    expect(slip.locator(".part-facts .chips")).to_have_count(0)


@BOTH
def test_before_a_yes_they_are_told_what_it_means(shopkeeper: Service, open_page: OpenPage, words: Words) -> None:
    """A switch that is off shows the notice; without a yes nothing changes, with one the record keeps the notice."""
    page = open_page(f"{shopkeeper.url}/?lang={words.language}&as=demo-jun")
    later, past, told = ("Not now", "All your decisions so far", "What you were told")
    if words is KOREAN:
        later, past, told = ("나중에", "지금까지의 선택 모두 보기", "그때 안내해 드린 내용")
    panel = opened(page, words)
    entry = purpose(panel, words.orders)
    switch = entry.get_by_role("switch").first
    deny(entry)

    switch.click()
    notice = entry.locator(".asking")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text(words.orders)
    said = notice.locator(".told").inner_text()
    notice.get_by_role("button", name=later).click()
    expect(notice).to_have_count(0)
    expect(switch).to_be_focused()
    expect(switch).not_to_be_checked()
    allow(entry, words)

    expect(entry.locator("details")).to_have_attribute("open", "")  # what was refused by name stays so, and is shown
    expect(entry.locator(".state.is-refused").first).to_be_visible()
    panel.get_by_text(past).click()
    latest = panel.locator(".past > li").first
    expect(latest).to_contain_text(words.orders)
    latest.get_by_text(told).click()
    assert latest.locator(".told").inner_text() == said


def test_one_category_can_be_switched_off_alone(shopkeeper: Service, open_page: OpenPage) -> None:
    """Under a purpose each category has its own switch: the rest stays allowed, and the purpose says “partly”."""
    page = open_page(f"{shopkeeper.url}/?lang=en&as=demo-grace")
    panel = opened(page, ENGLISH)
    entry = purpose(panel, "answering your questions")
    allow(entry, ENGLISH)
    entry.get_by_text("One by one").click()
    everything = entry.get_by_role("button", name="Allow all of it")
    if everything.is_visible():
        everything.click()
        entry.get_by_role("button", name=ENGLISH.yes).click()
    expect(entry.locator(".state").first).to_have_class("state is-given")

    entry.get_by_role("switch", name="your orders", exact=True).click()

    expect(entry.locator(".state").first).to_have_class("state is-partly")
    expect(entry.get_by_role("switch", name="your orders", exact=True)).not_to_be_checked()
    expect(entry.get_by_role("switch", name="your payments", exact=True)).to_be_checked()
    expect(panel.get_by_role("status")).to_have_text("Switched off: your orders.")


@BOTH
def test_facts_say_where_they_come_from_and_can_be_asked_to_be_corrected(
    shopkeeper: Service, open_page: OpenPage, words: Words
) -> None:
    """Each fact has its origin; what a model never sees is covered; a wrong one of the company's becomes a request."""
    page = open_page(f"{shopkeeper.url}/?lang={words.language}&as=demo-mina")
    panel = opened(page, words, words.facts)
    name, source, correct, send, show, never = (
        ("item ordered", "from: your order", "Ask to correct", "Send request", "Show", "never shown to a model")
        if words is ENGLISH
        else ("주문 상품", "출처: 주문 내역", "정정 요청", "요청 보내기", "보기", "모델에도 보여 주지 않습니다")
    )
    fact = panel.locator(".fact").filter(has=page.get_by_text(name, exact=True))
    expect(fact).to_contain_text("석기 머그잔 2개 세트")
    expect(fact).to_contain_text(source)

    secret = panel.locator(".fact").filter(has_text=never).first
    expect(secret.locator(".is-covered")).to_be_visible()
    secret.get_by_role("button", name=show).click()
    expect(secret.locator(".is-covered")).to_have_count(0)
    fact.get_by_role("button", name=correct).click()
    expect(fact.get_by_role("textbox")).to_be_focused()
    fact.get_by_role("textbox").fill(f"머그잔 세 개 {words.language}")
    fact.get_by_role("button", name=send).click()

    expect(fact.locator(".asked").last).to_contain_text(f"머그잔 세 개 {words.language}")
    expect(fact.get_by_role("button", name=correct)).to_be_focused()
    expect(fact.locator(".value")).to_have_text("석기 머그잔 2개 세트")


@pytest.mark.parametrize(  # one customer each: nobody is asked twice
    ("words", "customer"), [(ENGLISH, "demo-grace"), (KOREAN, "demo-mina")], ids=["en", "ko"]
)
def test_an_offer_is_kept_only_with_a_yes(
    shopkeeper: Service, open_page: OpenPage, words: Words, customer: str
) -> None:
    """Yes puts it among the facts as the customer's own, where it can be changed and removed."""
    page = open_page(f"{shopkeeper.url}/?lang={words.language}&as={customer}")
    said, yes, stored, change, save, remove = (
        ("I'm left-handed. How do I return an item?", "Yes, remember it", "Remembered.", "Change", "Save", "Remove")
        if words is ENGLISH
        else (
            "저는 왼손잡이예요. 반품은 어떻게 하나요?",
            "네, 기억해 주세요",
            "기억했습니다.",
            "바꾸기",
            "저장",
            "지우기",
        )
    )
    name = "which hand you use" if words is ENGLISH else "주로 쓰시는 손"
    ask(page, said)
    settled(page)
    card = page.locator(".offer")
    expect(card).to_contain_text(words.data)

    card.get_by_role("button", name=yes).click()
    expect(card.get_by_role("status")).to_contain_text(stored)
    expect(card.get_by_role("button")).to_have_count(0)
    panel = opened(page, words, words.facts)
    fact = panel.locator(".fact").filter(has=page.get_by_text(name, exact=True))
    fact.get_by_role("button", name=change).click()
    fact.get_by_role("textbox").fill("right, after all")
    fact.get_by_role("button", name=save).click()
    expect(fact.locator(".value")).to_have_text("right, after all")
    fact.get_by_role("button", name=remove).click()
    fact.get_by_role("group").get_by_role("button", name=remove).click()

    expect(fact).to_have_count(0)


def test_no_to_an_offer_keeps_nothing(shopkeeper: Service, open_page: OpenPage) -> None:
    """The card says that nothing is remembered, and the facts have not grown."""
    page = open_page(f"{shopkeeper.url}/?lang=en&as=demo-jun")
    ask(page, "I'm left-handed. How do I return an item?")
    settled(page)
    card = page.locator(".offer")
    expect(card).to_contain_text("Your data")

    card.get_by_role("button", name="No", exact=True).click()

    expect(card.get_by_role("status")).to_have_text("Not remembered.")
    panel = opened(page, ENGLISH, ENGLISH.facts)
    expect(panel.locator(".fact").first).to_be_visible()
    expect(panel.locator(".fact-name").get_by_text("which hand you use")).to_have_count(0)


@BOTH
def test_receipts_are_told_in_plain_words_and_can_be_kept(
    shopkeeper: Service, open_page: OpenPage, words: Words, tmp_path: Path
) -> None:
    """Each receipt stands there in sentences of the page's language; as a file it has its place in the chain."""
    page = open_page(f"{shopkeeper.url}/?lang={words.language}&as=demo-mina")
    ask(page, words.question)
    settled(page)
    panel = opened(page, words, words.receipts)
    slip = panel.locator(".slip").first
    slip.locator("summary").click()
    expect(slip.locator(".sentences li").first).to_contain_text("2026" if words is ENGLISH else "답변의 내역서입니다")

    with page.expect_download() as saved:
        slip.get_by_role("button").click()
    file = tmp_path / "receipt.json"
    saved.value.save_as(file)

    receipt = json.loads(file.read_text(encoding="utf-8"))
    assert receipt["chain"]["position"] > 0
    assert saved.value.suggested_filename == f"receipt-{receipt['id']}.json"


@BOTH
def test_a_copy_of_everything_in_two_forms(
    shopkeeper: Service, open_page: OpenPage, words: Words, tmp_path: Path
) -> None:
    """One file to read and one for programs, both with the values and what was agreed."""
    page = open_page(f"{shopkeeper.url}/?lang={words.language}&as=demo-mina")
    panel = opened(page, words, words.rights)
    found = {}

    for form in ("HTML", "JSON"):
        with page.expect_download() as saved:
            panel.get_by_role("button", name=form).click()
        file = tmp_path / form
        saved.value.save_as(file)
        found[saved.value.suggested_filename.rsplit(".")[-1]] = file.read_text(encoding="utf-8")

    assert ORDER in found["html"]
    assert found["html"].startswith("<!doctype html>")
    assert ORDER in {fact["value"] for fact in json.loads(found["json"])["facts"]}


@pytest.mark.parametrize(
    ("words", "customer", "begin", "sure", "nobody"),
    [
        (ENGLISH, "demo-grace", "Erase everything about me", "Yes, erase it for good", "Nobody is signed in"),
        (KOREAN, "demo-jun", "내 정보 모두 삭제", "네, 모두 삭제합니다", "로그인하지 않은 상태입니다"),
    ],
    ids=["en", "ko"],
)
def test_erasing_takes_two_steps_and_leaves_a_proof(  # the last of these customers: nothing is there afterwards
    shopkeeper: Service,
    open_page: OpenPage,
    words: Words,
    customer: str,
    begin: str,
    sure: str,
    nobody: str,
) -> None:
    """A hold is told instead; without one, the second yes erases, shows the proof, and the page begins anew."""
    key = json.loads(shopkeeper.command("keys", "create", "--scopes", "profiles", "--json"))["key"]
    hold = f"{shopkeeper.url}/v1/profiles/{customer}/hold"
    company = httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=30)
    page = open_page(f"{shopkeeper.url}/?lang={words.language}&as={customer}")
    ask(page, words.question)
    settled(page)
    panel = opened(page, words, words.rights)
    panel.get_by_role("button", name=begin).click()
    assert company.put(hold, json={"reason": "a dispute about an invoice"}).is_success
    panel.get_by_role("button", name=sure).click()
    expect(panel.get_by_role("note")).to_contain_text("a dispute about an invoice")
    assert company.delete(hold).is_success
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)

    panel = opened(page, words, words.rights)
    panel.get_by_role("button", name=begin).click()
    panel.get_by_role("button", name=sure).click()

    expect(panel.locator(".proof")).to_be_visible()
    expect(page.locator(".message")).to_have_count(0)
    expect(page.locator("#who")).to_have_value("")
    with page.expect_download() as saved:
        panel.get_by_role("button", name="proof" if words is ENGLISH else "증빙 저장").click()
    assert saved.value.suggested_filename.startswith("erasure-")
    panel.get_by_role("button", name=words.close).click()
    page.get_by_role("button", name=words.data, exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text(nobody)
    page.keyboard.press("Escape")
    page.locator("#who").select_option(customer)
    panel = opened(page, words, words.facts)
    expect(panel.locator(".none")).to_be_visible()
    expect(panel.locator(".fact")).to_have_count(0)


def test_nobody_signed_in_is_told_why_there_is_nothing(shopkeeper: Service, open_page: OpenPage) -> None:
    """Without a verified customer the panel holds one explanation, and asks the service for nothing."""
    page = open_page(f"{shopkeeper.url}/?lang=en")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/me" in request.url else None)

    page.get_by_role("button", name="Your data").click()

    expect(page.get_by_role("dialog")).to_contain_text("shown only after you have signed in")
    expect(page.get_by_role("tab")).to_have_count(0)
    assert asked == []


def test_everything_works_from_the_keyboard(shopkeeper: Service, open_page: OpenPage) -> None:
    """Enter opens, arrows turn leaves, Space asks, Escape steps back and then closes, and the focus is where it was."""
    page = open_page(f"{shopkeeper.url}/?lang=en&as=demo-mina")
    opener = page.get_by_role("button", name="Your data", exact=True)
    opener.focus()

    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Your data")
    expect(panel.get_by_role("heading", name="Your data")).to_be_focused()
    choices, facts = panel.get_by_role("tab", name="Choices"), panel.get_by_role("tab", name="Facts")
    expect(choices).to_be_visible()
    choices.focus()
    page.keyboard.press("ArrowRight")
    expect(facts).to_be_focused()
    expect(facts).to_have_attribute("aria-selected", "true")
    expect(panel.get_by_role("tabpanel", name="Facts")).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    expect(panel.get_by_role("tabpanel", name="Copy, erase").get_by_role("button").first).to_be_focused()
    panel.get_by_role("button", name="Erase everything about me").press("Enter")
    expect(panel.get_by_role("group", name="Erase everything for good?")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel.get_by_role("button", name="Erase everything about me")).to_be_focused()
    page.keyboard.press("Escape")

    expect(panel).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_failure_is_said_and_can_be_tried_again(shopkeeper: Service, open_page: OpenPage) -> None:
    """When the service can't be reached nothing seems to have changed, and “Try again” does what was asked for."""
    page = open_page(f"{shopkeeper.url}/?lang=en&as=demo-mina")
    page.route("**/v1/me?*", lambda route: route.abort())
    page.get_by_role("button", name="Your data", exact=True).click()
    panel = page.get_by_role("dialog", name="Your data")
    expect(panel.get_by_role("alert")).to_contain_text("can't be reached right now")
    page.unroute("**/v1/me?*")
    panel.get_by_role("button", name="Try again").click()
    entry = purpose(panel, "looking after your account")
    allow(entry, ENGLISH)

    page.route("**/v1/me/consents/*", lambda route: route.abort())
    entry.get_by_role("switch").first.click()
    expect(entry.get_by_role("alert")).to_contain_text("Nothing was changed")
    expect(entry.get_by_role("switch").first).to_be_checked()
    page.unroute("**/v1/me/consents/*")
    entry.get_by_role("button", name="Try again").click()

    expect(entry.get_by_role("switch").first).not_to_be_checked()
    expect(entry.get_by_role("switch").first).to_be_focused()
    expect(entry.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@BOTH
def test_on_a_phone_nothing_is_cut_off_or_too_small(
    shopkeeper: Service, open_page: OpenPage, words: Words, scheme: str
) -> None:
    """At 360 pixels every leaf fits, and every control is big enough for a finger."""
    address = f"{shopkeeper.url}/?lang={words.language}&as=demo-mina"
    page = open_page(address, width=360, height=740, color_scheme=scheme, has_touch=True)
    panel = opened(page, words)

    for tab in panel.get_by_role("tab").all():
        tab.click()
        leaf = panel.locator(".leaf:not([hidden])")
        expect(leaf).to_have_count(1)
        for summary in leaf.locator("summary:visible").all()[:1]:
            summary.click()
        assert leaf.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert (
            panel.evaluate(
                "one => [...one.querySelectorAll('button, summary, label.option, input[type=text]')]"
                ".filter(each => each.offsetParent && each.getBoundingClientRect().height < 44)"
                ".map(each => each.outerHTML.slice(0, 80))"
            )
            == []
        )
    assert panel.evaluate("one => getComputedStyle(one).width") == "360px"
