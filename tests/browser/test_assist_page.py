"""The agents' page: a conversation in, checked suggestions out."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, Service

pytestmark = pytest.mark.browser

TURNS = {
    "en": "How do I get a replacement for an item that arrived damaged, and who pays for the return?",
    "ko": "상품이 파손되어 왔는데 교환은 어떻게 하나요?",
}


@pytest.mark.parametrize(("language", "button"), [("en", "Suggest an answer"), ("ko", "답변 제안받기")])
def test_a_pasted_conversation_gets_a_suggestion(
    service: Service, open_page: OpenPage, language: str, button: str
) -> None:
    """Lines with who speaks are read as turns; the suggestion has sources, a verdict, a receipt, and can be edited."""
    page = open_page(f"{service.url}/assist?lang={language}")
    customer, agent = ("고객", "상담원") if language == "ko" else ("Customer", "Agent")

    page.locator("#conversation").fill(f"{customer}: {TURNS[language]}\n{agent}: …\n{customer}: {TURNS[language]}")
    expect(page.locator("#turns li")).to_have_count(3)
    page.get_by_role("button", name=button).click()
    suggestion = page.locator(".suggestion")
    suggestion.wait_for()

    expect(suggestion.locator(".words a.cite").first).to_be_attached()
    expect(suggestion.locator(".sources a").first).to_be_attached()
    expect(suggestion.locator(".pill.is-send")).to_be_visible()
    assert "[1]" not in suggestion.locator(".edit").input_value()
    suggestion.locator(".receipt > summary").click()
    expect(suggestion.locator(".receipt .part-checks")).to_be_visible()


def test_what_is_copied_is_what_the_agent_edited(service: Service, open_page: OpenPage) -> None:
    """The copy button takes the words as they stand in the box."""
    page = open_page(f"{service.url}/assist?lang=en", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Use an example").click()
    page.get_by_role("button", name="Suggest an answer").click()

    page.locator(".edit").fill("My own words.")
    page.locator(".suggestion .copy").click()

    expect(page.locator(".suggestion .copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "My own words."


def test_a_file_of_many_conversations_is_chosen_from(service: Service, open_page: OpenPage) -> None:
    """JSON lines with turns are read; with more than one, the agent picks, and sees each as lines to edit."""
    page = open_page(f"{service.url}/assist?lang=en")
    lines = [
        {
            "id": f"talk-{number}",
            "turns": [{"role": "user", "text": f"Question {number}"}, {"role": "assistant", "text": "…"}],
        }
        for number in (1, 2)
    ]
    content = "\n".join(json.dumps(line) for line in lines).encode()

    page.get_by_role("button", name="Suggest an answer").wait_for()
    page.locator("#file").set_input_files({"name": "talks.jsonl", "mimeType": "application/json", "buffer": content})
    expect(page.locator("#conversation")).to_have_value("Customer: Question 1\nAssistant: …")
    page.locator("#which").select_option("1")

    expect(page.locator("#turns")).to_contain_text("Question 2")
    expect(page.locator("#turns li")).to_have_count(2)
    expect(page.locator("#conversation")).to_have_value("Customer: Question 2\nAssistant: …")


def test_a_text_without_a_customer_can_not_be_asked_about(service: Service, open_page: OpenPage) -> None:
    """The page says what is missing instead of asking."""
    page = open_page(f"{service.url}/assist?lang=en")

    page.locator("#conversation").fill("Agent: Hello, how can I help?")

    expect(page.locator("#read")).to_contain_text("no turn by the customer")
    expect(page.get_by_role("button", name="Suggest an answer")).to_be_disabled()


@pytest.mark.parametrize(
    ("language", "findings", "said"),
    [
        ("en", [], "The help pages do not answer this."),
        ("ko", [], "고객센터 안내에서 이 문의의 답을 찾지 못했습니다."),
        ("en", ["unsafe_output"], "No suggestion passed its checks."),
    ],
)
def test_no_suggestion_is_said_kindly(
    service: Service, open_page: OpenPage, language: str, findings: list[str], said: str
) -> None:
    """An empty list is no failure: the page says why there is none, with the verdict and how near the help came."""
    page = open_page(f"{service.url}/assist?lang={language}")
    found = [{"code": code, "action": "block", "start": 0, "end": 0, "why": "", "mend": ""} for code in findings]
    verdict = {"action": "block" if findings else "send", "findings": found}
    none = {"suggestions": [], "handed_off": False, "verdict": verdict, "confidence": 0.04}
    page.route("**/v1/assist/suggestions", lambda route: route.fulfill(json=none))

    page.locator("#example").click()
    page.locator("#ask").click()

    results = page.locator("#results")
    expect(results.get_by_role("heading", name=said)).to_be_visible()
    expect(results.locator(".verdict")).to_contain_text("hardly" if language == "en" else "거의 맞지 않음")
    expect(results.locator(".findings li")).to_have_count(len(findings))
