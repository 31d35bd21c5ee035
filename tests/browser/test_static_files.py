"""What holds for the files of the pages without opening them: words in both languages, no markup from text."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "src" / "heedful" / "web"
STATIC = WEB / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))
PAGES = sorted((WEB / "templates").glob("*.html"))
STRINGS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (STATIC / "strings").glob("*.json")}
# What makes elements, code or styles out of text.
DANGEROUS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|createContextualFragment"
    r"|setHTML|srcdoc|\.cssText|localStorage"
)
# Groups of words that are chosen by a name from the service; `named` shows the name where there are none.
CHOSEN = ("stage", "error", "receipt", "check", "why", "kind", "purpose", "fact", "rule", "model", "action", "assist")


def test_every_language_has_the_same_words() -> None:
    """Each language has the same keys with the same places for values."""
    slots = {
        language: {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in words.items()}
        for language, words in STRINGS.items()
    }

    assert set(STRINGS) >= {"en", "ko"}
    assert all(slots[language] == slots["en"] for language in slots)


def test_korean_is_korean() -> None:
    """No Korean text was left in English."""
    left = [key for key, text in STRINGS["ko"].items() if not re.search(r"[가-힣]", text)]

    assert left == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_make_no_markup_of_text(script: Path) -> None:
    """Nothing parses text as markup or code, and nothing is kept in the browser."""
    assert DANGEROUS.findall(script.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_use_words_there_are(script: Path) -> None:
    """Each key that a script names is in the tables."""
    named = re.findall(r"\bt\(\s*'([a-z_.0-9]+)'", script.read_text(encoding="utf-8"))

    assert [key for key in named if key not in STRINGS["en"]] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_pages_have_no_inline_code_or_style(page: Path) -> None:
    """Everything a page runs or wears is a file of ours, as the strict policy wants; its words are in the tables."""
    text = page.read_text(encoding="utf-8")
    keys = re.findall(r'data-t(?:-label|-hint)?="([^"]+)"|\bt\["([^"]+)"\]', text)

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text) == []
    assert [
        link for link in re.findall(r'(?:src|href)="([^"<]+)"', text) if not link.startswith(("/", "{{ place"))
    ] == []
    assert [key for pair in keys for key in pair if key and key not in STRINGS["en"]] == []


def test_every_word_is_used() -> None:
    """No text stands in the tables that nothing shows."""
    used = "".join(path.read_text(encoding="utf-8") for path in (*SCRIPTS, *PAGES))
    idle = [
        key
        for key in STRINGS["en"]
        if f"'{key}'" not in used and f'"{key}"' not in used and not key.startswith(tuple(f"{one}." for one in CHOSEN))
    ]

    assert [key for key in idle if not re.fullmatch(r"example\.\d|handoff\.\w+", key)] == []


@pytest.mark.parametrize(("names", "limit"), [(["widget.js"], 3_000), (None, 32_000)])
def test_the_widget_is_small(names: list[str] | None, limit: int) -> None:
    """The tag loads at most 3 kB, the whole chat at most 32 kB, compressed."""
    whole = "widget widget-panel chat-core chat-view composer dom receipt render sse strings".split()
    looks = "base chat receipt widget".split()
    files = names or [*(f"{name}.js" for name in whole), *(f"{name}.css" for name in looks), "strings/ko.json"]

    size = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in files)

    assert size <= limit
