"""The blind page of `heedful compare`, in a real browser: chosen on with the keyboard, kept, revealed, downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from heedful.evaluate import compare
from heedful.evaluate.answers import Answer, Pair
from heedful.evaluate.asked import Question
from heedful.evaluate.choices import result
from heedful.web.compare_page import compare_page
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser
SHOUT = "</script><script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\">"


def pair(id_: str, lang: str, text: str) -> Pair:
    """Return a question with two answers that can be told apart."""
    source = {"n": 1, "title": SHOUT, "url": "javascript:alert(1)", "lang": lang}
    times = {"total": 10.0}
    good = Answer(text=f"plain {id_}", language=lang, citations=(source,), model="one", timings_ms=times)
    bad = Answer(text=f"flattering {id_} {SHOUT}", language=lang, model="two", timings_ms=times)
    return Pair(Question(id_, lang, "neutral", "return", text), good, bad)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with a page over three questions, and its items."""
    pairs = (
        pair("q1", "en", "Can I return it?"),
        pair("q2", "ko", "반품할 수 있나요?"),
        pair("q3", "en", f"And this? {SHOUT}"),
    )
    left = {one.question.id: compare.drawn(22, one.question.id) for one in pairs}
    compared = compare.Compared("0123456789abcdef", 22, ("./one", "./two"), pairs, left, compare.figures(pairs))
    compare.keep(compared, tmp_path / "items")
    (tmp_path / "page.html").write_text(compare_page(compared), encoding="utf-8")
    return tmp_path


def test_choosing_by_keyboard_is_kept_and_counted(written: Path, open_page: OpenPage) -> None:
    """Keys choose and move, a reload forgets nothing, the key file reveals, and the download gives the same result."""
    key = json.loads((written / "items" / "key.json").read_text(encoding="utf-8"))
    page = open_page((written / "page.html").as_uri())
    expect(page.locator("article:visible")).to_have_attribute("data-id", "q1")
    for id_ in ("q1", "q2"):
        page.keyboard.press("1" if key["left"][id_] == "a" else "2")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("article:visible")).to_have_attribute("data-id", "q2")
    page.reload()
    expect(page.locator("#chosen")).to_have_text("2 of 3 chosen")
    expect(page.locator("article:visible")).to_have_attribute("data-id", "q3")
    expect(page.locator("#revealed")).to_be_hidden()
    page.set_input_files("#key", written / "items" / "key.json")
    expect(page.locator("#sides")).to_have_text("A: ./one · B: ./two")
    page.keyboard.press("4")
    with page.expect_download() as downloaded:
        page.click("#download")
    downloaded.value.save_as(written / "choices.json")
    counted = result(written / "choices.json", written / "items")

    assert page.locator("#tally tbody tr").first.locator("td").all_inner_texts() == ["2", "2", "0", "0", "0", "0.500"]
    assert (counted["n"], counted["a"], counted["b"], counted["after_reveal"]) == (2, 2, 0, 1)
    assert page.title() == "Which answer would you rather send?"
    assert page.locator("img, .sources a").count() == 0


def test_another_page_s_key_opens_nothing(written: Path, open_page: OpenPage) -> None:
    """A file that is not this page's key is refused in words, on a phone as well, and choosing goes on."""
    page = open_page((written / "page.html").as_uri(), width=360, color_scheme="dark")
    page.set_input_files("#key", written / "items" / "pairs.jsonl")
    expect(page.locator("#trouble")).to_contain_text("not the key of this page")
    page.get_by_role("button", name="No difference").first.click()

    assert page.locator("#revealed").is_hidden()
    assert page.locator("article:visible [aria-pressed=true]").get_attribute("data-choice") == "same"
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
