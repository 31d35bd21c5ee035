"""What the page does when the line is bad: nothing is lost, nothing comes twice, and the typed text stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage, Service, ask, pass_time_until, settled
from tests.browser.line import Line
from tests.loopback import Loopback, spoken

pytestmark = pytest.mark.browser

QUESTION = "How do I return something I have already opened?"
SENTENCES = (
    "You can return it.",
    "It has to be complete.",
    "Please put it into a sturdy box.",
    "Write the return number on the box.",
    "Hand the box to the carrier.",
)
ANSWER = " ".join(SENTENCES)


def words(page: Page) -> str:
    """Return what the reply says."""
    return page.locator(".theirs .words").inner_text()


def test_a_lost_connection_goes_on_where_it_was(line: Line, model: Loopback, open_page: OpenPage) -> None:
    """Cut in the middle of a reply, the page comes back by itself to the rest: not a word lost or doubled."""
    model.script(spoken(ANSWER, pace_s=0.08))
    page = open_page(f"{line.url}/?lang=en")

    ask(page, QUESTION)
    expect(page.locator(".theirs .words")).to_contain_text(SENTENCES[0])
    line.is_dead = True
    line.cut()
    expect(page.locator(".theirs .stage")).to_contain_text("Reconnecting")
    line.is_dead = False
    settled(page)

    assert words(page) == ANSWER
    assert len(model.chats) >= 1


def test_a_stream_that_ends_in_half_an_event_is_completed(
    scripted: Service, model: Loopback, open_page: OpenPage
) -> None:
    """Half an event is none: the rest is asked for from the last whole one; what is sent again is not shown again."""
    model.script(spoken(ANSWER))
    page = open_page(f"{scripted.url}/?lang=en")
    asked_after: list[str] = []
    last_whole: list[str] = []

    def cut_short(route: Route) -> None:
        response = route.fetch()
        body = response.text()
        second = body.index("event: text", body.index("event: text") + 1)
        last_whole.extend(re.findall(r"^id: (\d+)$", body[: body.rindex("\n\n", 0, second)], re.MULTILINE)[-1:])
        route.fulfill(response=response, body=body[: second + 30])

    def resume(route: Route) -> None:
        asked_after.append(route.request.headers["last-event-id"])
        route.continue_(headers={**route.request.headers, "last-event-id": "0"})

    page.route("**/messages", cut_short)
    page.route("**/events", resume)
    ask(page, QUESTION)
    settled(page)

    assert words(page) == ANSWER
    assert asked_after == last_whole
    assert len(last_whole) == 1


def test_a_message_that_got_no_answer_is_sent_again_once(line: Line, model: Loopback, open_page: OpenPage) -> None:
    """Cut before the first word came, the same message is sent under the same id: one reply, one call of the model."""
    model.script(spoken(ANSWER))
    page = open_page(f"{line.url}/?lang=en")
    page.get_by_role("textbox").wait_for()
    before = len(model.chats)

    line.is_dead = True
    line.cut()
    ask(page, QUESTION)
    expect(page.locator(".theirs .stage")).to_contain_text("Reconnecting")
    line.is_dead = False
    settled(page)

    assert words(page) == ANSWER
    assert len(model.chats) == before + 1
    expect(page.locator(".mine")).to_have_count(1)


def test_offline_is_said_and_online_goes_on(scripted: Service, model: Loopback, open_page: OpenPage) -> None:
    """Without a network the page says so and waits; it needs no reload afterwards."""
    model.script(spoken(ANSWER))
    page = open_page(f"{scripted.url}/?lang=ko")
    page.get_by_role("textbox").wait_for()

    page.context.set_offline(True)
    ask(page, QUESTION)
    expect(page.locator(".theirs .stage")).to_contain_text("오프라인")
    page.context.set_offline(False)
    settled(page)

    assert words(page) == ANSWER


def test_when_nothing_helps_the_message_can_be_tried_again(line: Line, model: Loopback, open_page: OpenPage) -> None:
    """After the last attempt the message stands there with its error; “Try again” answers it."""
    model.script(spoken(ANSWER))
    page = open_page(f"{line.url}/?lang=en")
    page.get_by_role("textbox").wait_for()
    page.clock.install()

    line.is_dead = True
    line.cut()
    ask(page, QUESTION)
    problem = page.locator(".theirs .problem")
    pass_time_until(page, problem)
    expect(problem).to_contain_text("Your message is kept")
    expect(page.locator(".mine .words")).to_have_text(QUESTION)
    line.is_dead = False
    page.clock.resume()
    page.get_by_role("button", name="Try again").click()
    settled(page)

    assert words(page) == ANSWER
    expect(page.locator(".problem:visible")).to_have_count(0)


def test_too_many_messages_are_counted_down_and_the_text_stays(service: Service, open_page: OpenPage) -> None:
    """A 429 gives the text back and says when it can be sent; then it can."""
    page = open_page(f"{service.url}/?lang=en")
    refusals = [True]

    def refuse_once(route: Route) -> None:
        if not refusals:
            route.continue_()
            return
        refusals.pop()
        body = '{"type": "about:blank", "title": "Too many requests", "status": 429, "code": "rate_limited"}'
        route.fulfill(status=429, headers={"Retry-After": "1"}, content_type="application/problem+json", body=body)

    page.route("**/messages", refuse_once)
    ask(page, QUESTION)
    note = page.locator(".composer-note")
    expect(note).to_contain_text("send again in")
    expect(page.get_by_role("textbox")).to_have_value(QUESTION)
    expect(page.locator(".message")).to_have_count(0)
    expect(page.locator("#receipts .receipt")).to_have_count(0)
    expect(note).to_be_empty()
    page.get_by_role("button", name="Send").click()
    settled(page)

    expect(page.locator(".theirs a.cite").first).to_be_attached()


def test_a_message_that_is_refused_comes_back_to_be_changed(service: Service, open_page: OpenPage) -> None:
    """Control characters are refused by the service; the text is in the field again, with the reason."""
    page = open_page(f"{service.url}/?lang=en")

    ask(page, "Hello \x07 there")

    expect(page.locator(".composer-note")).to_contain_text("characters that can't be read")
    assert "there" in page.get_by_role("textbox").input_value()
    expect(page.locator(".message")).to_have_count(0)


def test_a_conversation_that_expired_begins_anew(service: Service, open_page: OpenPage) -> None:
    """When its token is no longer good, the message is sent in a new conversation, and the page says so."""
    page = open_page(f"{service.url}/?lang=en")
    expired = [True]

    def expire_once(route: Route) -> None:
        if not expired:
            route.continue_()
            return
        expired.pop()
        body = '{"title": "Who is calling is not known", "status": 401, "code": "token_expired"}'
        route.fulfill(status=401, content_type="application/problem+json", body=body)

    page.route("**/messages", expire_once)
    ask(page, QUESTION)
    settled(page)

    expect(page.locator(".log")).to_contain_text("A new one begins here.")
    expect(page.locator(".theirs a.cite").first).to_be_attached()
