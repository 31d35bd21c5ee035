"""Enter sends once and whole, also in the middle of a Hangul syllable."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Page, expect

pytestmark = pytest.mark.browser

FIELD = "document.querySelector('.composer .field')"


def composing(page: Page, text: str) -> CDPSession:
    """Type with an input method, through the browser's own protocol, and stay in the composition."""
    page.locator(".composer .field").focus()
    method = page.context.new_cdp_session(page)
    method.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    return method


def press_enter(method: CDPSession, *, in_composition: bool) -> None:
    """Press Enter as a system with an input method tells of it."""
    key = (
        {"key": "Process", "windowsVirtualKeyCode": 229}
        if in_composition
        else {"key": "Enter", "windowsVirtualKeyCode": 13}
    )
    method.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "code": "Enter", **key})
    method.send("Input.dispatchKeyEvent", {"type": "keyUp", "code": "Enter", **key})


def commit(method: CDPSession, text: str) -> None:
    """End the composition with `text`."""
    method.send("Input.insertText", {"text": text})


def sent(page: Page) -> list[str]:
    """Return what has been sent, after whatever was still on its way."""
    words: list[str] = page.evaluate("new Promise((tell) => setTimeout(() => setTimeout(() => tell(window.sent))))")
    return words


@pytest.fixture
def page(bench: Page) -> Page:
    """A page with nothing but a field to write into; `sent` tells what it sent."""
    bench.evaluate(
        """async () => {
            const { composer } = await import('/static/composer.js');
            document.querySelector('.composer')?.remove();
            window.sent = [];
            document.body.append(composer({ t: (key) => key, onsend: (text) => window.sent.push(text) }).element);
        }"""
    )
    return bench


@pytest.mark.parametrize("enters_after", [0, 1, 2])
def test_enter_in_a_syllable_sends_once_and_whole(page: Page, enters_after: int) -> None:
    """The last syllable goes with the message, whether or not the system repeats the Enter after the composition."""
    page.locator(".composer .field").fill("환불은 언제 되나")

    method = composing(page, "요")
    press_enter(method, in_composition=True)
    assert sent(page) == []
    commit(method, "요")
    for _ in range(enters_after):
        press_enter(method, in_composition=False)

    assert sent(page) == ["환불은 언제 되나요"]
    expect(page.locator(".composer .field")).to_have_value("")


def test_without_an_enter_a_composition_sends_nothing(page: Page) -> None:
    """Syllables that end by themselves, one after the other, stay in the field."""
    method = composing(page, "환")
    commit(method, "환")
    method = composing(page, "불")
    commit(method, "불")

    assert sent(page) == []
    expect(page.locator(".composer .field")).to_have_value("환불")


def test_enter_that_picks_a_candidate_sends_nothing(page: Page) -> None:
    """In Japanese the Enter of a composition chooses the writing; the next Enter sends."""
    method = composing(page, "へんぴん")
    press_enter(method, in_composition=True)
    commit(method, "返品")
    assert sent(page) == []
    press_enter(method, in_composition=False)

    assert sent(page) == ["返品"]


def webkit_enter(page: Page, data: str) -> None:
    """Dispatch events in Safari's order: the composition ends before its Enter is told, as key 229."""
    page.evaluate(
        f"""(data) => {{
            const field = {FIELD};
            field.dispatchEvent(new CompositionEvent('compositionstart'));
            field.value += data;
            field.dispatchEvent(new InputEvent('input', {{ inputType: 'insertCompositionText', data }}));
            field.dispatchEvent(new CompositionEvent('compositionend', {{ data }}));
            const enter = {{ key: 'Enter', code: 'Enter', keyCode: 229, bubbles: true, cancelable: true }};
            field.dispatchEvent(new KeyboardEvent('keydown', enter));
        }}""",
        data,
    )


def test_safaris_order_sends_hangul_once(page: Page) -> None:
    """Where the composition ends first, the Enter behind it sends the whole text once."""
    page.locator(".composer .field").fill("환불은 언제 되나")

    webkit_enter(page, "요")

    assert sent(page) == ["환불은 언제 되나요"]


def test_safaris_order_does_not_send_a_candidate(page: Page) -> None:
    """The same order in Japanese only picks the candidate."""
    webkit_enter(page, "返品")

    assert sent(page) == []
    expect(page.locator(".composer .field")).to_have_value("返品")


def test_shift_and_enter_makes_a_line(page: Page) -> None:
    """A line break is typed with Shift; Enter sends both lines."""
    field = page.locator(".composer .field")

    field.type("One")
    field.press("Shift+Enter")
    field.type("Two")
    assert sent(page) == []
    field.press("Enter")

    assert sent(page) == ["One\nTwo"]


def test_an_emoji_picker_sends_nothing(page: Page) -> None:
    """Text put in by a picker waits for an Enter of its own."""
    commit(composing(page, "🙂"), "🙂")

    assert sent(page) == []
    expect(page.locator(".composer .field")).to_have_value("🙂")
