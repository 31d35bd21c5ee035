"""The demo page in a real browser: streamed, cited answers, and beside them the receipt of each."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Service, ask, settled
from tests.loopback import Loopback, spoken

pytestmark = pytest.mark.browser

ENGLISH = "How do I return something I have already opened?"
KOREAN = "주문한 물건이 아직도 안 왔어요. 너무 속상하네요."


@pytest.mark.parametrize(
    ("language", "question", "place", "receipt", "passed"),
    [
        ("en", ENGLISH, "/demo/help/en/", "Receipt 1", "checks passed"),
        ("ko", KOREAN, "/demo/help/ko/", "답변 내역서 1", "통과"),
    ],
)
def test_a_question_gets_a_cited_answer_and_its_receipt(
    service: Service, open_page: OpenPage, language: str, question: str, place: str, receipt: str, passed: str
) -> None:
    """An example question, clicked, is answered with numbered sources that open, and its receipt fills."""
    page = open_page(f"{service.url}/?lang={language}")

    page.get_by_role("button", name=question).click()
    settled(page)

    words = page.locator(".theirs .words")
    first = words.locator("a.cite").first
    assert first.inner_text().strip("[]") == "1"
    assert place in (first.get_attribute("href") or "")
    assert (first.get_attribute("target"), first.get_attribute("rel")) == ("_blank", "noopener noreferrer")
    expect(page.locator(".theirs > .sources a").first).to_be_attached()
    assert words.get_attribute("lang") == language
    slip = page.locator("#receipts .receipt")
    expect(slip.get_by_text(receipt, exact=True)).to_be_visible()
    expect(slip.locator(".part-sources a").first).to_be_visible()
    expect(slip.locator(".part-checks")).to_contain_text(passed)
    expect(slip.locator(".part-record")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "question", "title", "heading", "invented"),
    [
        (
            "en",
            ENGLISH,
            "Returning an item you have already opened",
            "How to return an opened item",
            "This shop is invented.",
        ),
        (
            "ko",
            "개봉한 상품은 어떻게 반품하나요?",
            "이미 개봉한 상품의 반품",
            "개봉한 상품을 반품하는 방법",
            "가상의 쇼핑몰입니다",
        ),
    ],
)
def test_a_source_opens_the_article_at_its_heading(
    service: Service, open_page: OpenPage, language: str, question: str, title: str, heading: str, invented: str
) -> None:
    """The sample company has no site: its articles open here, at the passage; two of one article are told apart."""
    page = open_page(f"{service.url}/?lang={language}")
    ask(page, question)
    settled(page)
    sources = page.locator(".theirs > .sources a")
    assert f"{title} › {heading}" in sources.all_inner_texts()

    with page.context.expect_page() as opened:
        sources.get_by_text(heading).click()
    article = opened.value

    assert article.url.startswith(f"{service.url}/demo/help/{language}/return-opened-item#")
    expect(article.get_by_role("heading", level=1)).to_have_text(title)
    assert article.locator(":target").inner_text() == heading
    expect(article.get_by_text(invented)).to_be_visible()


def test_either_language_is_answered_on_either_page(service: Service, open_page: OpenPage) -> None:
    """The language of an answer is the question's, not the page's."""
    page = open_page(f"{service.url}/?lang=en")

    ask(page, KOREAN)
    settled(page)

    expect(page.locator(".theirs .words")).to_have_attribute("lang", "ko")


def test_the_receipt_names_what_was_known_and_what_was_held_back(service: Service, open_page: OpenPage) -> None:
    """Facts that a customer has agreed to are named, and so are those held back; their values are not."""
    page = open_page(f"{service.url}/?lang=ko")
    page.get_by_label("문의하는 고객").select_option("demo-mina")
    expect(page.locator("#who-now")).to_have_text("김미나 고객님(데모)")

    ask(page, KOREAN)
    settled(page)

    slip = page.locator("#receipts .receipt")
    expect(slip.locator(".part-facts")).to_contain_text("주문 번호")
    expect(slip.locator(".part-withheld")).to_contain_text("고유식별번호")
    assert "DB-48213507" not in slip.inner_text()


def test_without_my_data_nothing_of_the_customer_is_used(service: Service, open_page: OpenPage) -> None:
    """With the switch on, the same customer's facts are held back, and the receipt says whose wish that was."""
    page = open_page(f"{service.url}/?lang=ko&as=demo-mina")
    page.get_by_role("switch", name="내 정보 없이 답변받기").check()

    ask(page, KOREAN)
    settled(page)

    assert "DB-48213507" not in page.locator(".theirs").inner_text()
    facts = page.locator("#receipts .part-facts")
    expect(facts).to_contain_text("고객님께서 요청하신 대로")
    expect(facts.locator("li")).to_have_count(0)


def test_another_customer_begins_another_conversation(service: Service, open_page: OpenPage) -> None:
    """Choosing somebody else clears the screen: nobody reads the one before."""
    page = open_page(f"{service.url}/?lang=ko&as=demo-mina")
    ask(page, KOREAN)
    settled(page)

    page.get_by_label("문의하는 고객").select_option("demo-jun")

    expect(page.locator(".message")).to_have_count(0)
    expect(page.locator("#receipts .receipt")).to_have_count(0)
    assert "as=demo-jun" in page.url


@pytest.mark.parametrize("language", ["en", "ko"])
def test_one_column_on_a_phone(service: Service, open_page: OpenPage, language: str) -> None:
    """At 320 pixels nothing is cut off to the side, and the receipt stands under its reply, closed until asked for."""
    page = open_page(f"{service.url}/?lang={language}&as=demo-mina", width=320, height=640)

    ask(page, KOREAN if language == "ko" else ENGLISH)
    settled(page)

    slip = page.locator(".theirs .receipt")
    expect(slip.locator(".paper")).to_be_hidden()
    slip.locator("summary").first.click()
    expect(slip.locator(".part-sources")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate(
        "[...document.querySelectorAll('button, select, .composer .field')].filter(one => one.offsetParent)"
        ".every(one => one.getBoundingClientRect().height >= 44)"
    )


def test_a_reply_is_announced_once_and_whole(scripted: Service, model: Loopback, open_page: OpenPage) -> None:
    """A screen reader hears a reply when it is complete, not each piece of it."""
    model.script(spoken("You can return it. It has to be complete. [1]", pace_s=0.02))
    page = open_page(f"{scripted.url}/?lang=en")
    page.get_by_role("textbox").wait_for()
    page.evaluate(
        "() => { window.heard = []; const region = document.querySelector('[aria-live=polite]');"
        "new MutationObserver(() => heard.push(region.textContent)).observe(region, {childList: true, subtree: true}) }"
    )

    ask(page, ENGLISH)
    settled(page)

    assert page.evaluate("heard") == ["You can return it. It has to be complete. [1]"]


def test_units_appear_one_by_one_and_stop_ends_them(scripted: Service, model: Loopback, open_page: OpenPage) -> None:
    """What has been released is on the screen while the rest is written; after “Stop” it stays, and nothing follows."""
    model.script(spoken("You can return it. It has to be complete. " + "Please put it into a box. " * 40, pace_s=0.05))
    page = open_page(f"{scripted.url}/?lang=en")

    ask(page, ENGLISH)
    expect(page.locator(".theirs .words")).to_contain_text("You can return it.")
    expect(page.locator(".theirs")).to_have_attribute("aria-busy", "true")
    page.get_by_role("button", name="Stop").click()
    settled(page)

    expect(page.locator(".theirs")).to_contain_text("You stopped this answer.")
    shown = page.locator(".theirs .words").inner_text()
    assert shown.startswith("You can return it.")
    assert shown.count("box") < 40
    model.script(spoken("It has to be complete."))
    ask(page, "And in which state?")
    settled(page, 2)

    assert page.locator(".theirs .words").all_inner_texts() == [shown, "It has to be complete."]


def test_a_person_is_one_tap_away(service: Service, open_page: OpenPage) -> None:
    """The button hands over, and says what happens next; asking for a person in words does the same."""
    page = open_page(f"{service.url}/?lang=ko")

    page.get_by_role("button", name="상담원 연결").click()
    expect(page.locator(".handoff")).to_contain_text("상담원이 대화를 읽고 이곳에서 답변드립니다.")
    ask(page, "상담원 연결해 주세요")
    settled(page)

    expect(page.locator(".theirs .handoff")).to_contain_text("상담원")
    expect(page.locator("#receipts .receipt-mark")).to_have_text("상담원에게 전달")


def test_two_messages_at_once_are_both_answered_in_order(
    scripted: Service, model: Loopback, open_page: OpenPage
) -> None:
    """A customer need not wait for an answer before writing on."""
    model.script(spoken("You can return it.", pace_s=0.05), spoken("It has to be complete."))
    page = open_page(f"{scripted.url}/?lang=en")

    ask(page, ENGLISH)
    ask(page, "And in which state does an opened item have to be?")
    settled(page, 2)

    expect(page.locator(".mine")).to_have_count(2)
    assert page.locator(".theirs .words").all_inner_texts() == ["You can return it.", "It has to be complete."]
