"""What holds for the files of the pages without opening them: words in both languages, no markup from text."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

WEB = Path(__file__).resolve().parents[2] / "src" / "heedful" / "web"
STATIC = WEB / "static"
SCRIPTS = sorted(STATIC.glob("*.js"))
FILES_TO_KEEP = ("export.html", "compare.html")  # one file without a service behind it: its looks are in it
PAGES = sorted(page for page in (WEB / "templates").glob("*.html") if page.name not in FILES_TO_KEEP)
TABLES = sorted((STATIC / "strings").rglob("*.json"))  # one for every surface, and one in each folder for its room
STRINGS: dict[str, dict[str, str]] = {}
for table in TABLES:
    STRINGS.setdefault(table.stem, {}).update(json.loads(table.read_text(encoding="utf-8")))
# What makes elements, code or styles out of text.
DANGEROUS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|createContextualFragment"
    r"|setHTML|srcdoc|\.cssText|localStorage"
)
# Groups of words that are chosen by a name from the service; `named` shows the name where there are none.
CHOSEN = ("stage", "error", "receipt", "check", "why", "kind", "purpose", "fact", "rule", "model", "action", "assist")
CHOSEN_DATA = ("tab", "state", "told", "asked", "source", "copy", "counted", "error")


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


def test_no_word_stands_in_two_tables() -> None:
    """A room's table adds words to the shared one, and takes none away."""
    of_rooms = {table: json.loads(table.read_text(encoding="utf-8")) for table in TABLES if table.stem == "en"}

    assert sum(len(words) for words in of_rooms.values()) == len(STRINGS["en"])


def test_every_word_is_used() -> None:
    """No text stands in the tables that nothing shows."""
    used = "".join(path.read_text(encoding="utf-8") for path in (*SCRIPTS, *PAGES))
    idle = [
        key
        for key in STRINGS["en"]
        if f"'{key}'" not in used
        and f'"{key}"' not in used
        and not key.startswith((*(f"{one}." for one in CHOSEN), *(f"data.{one}." for one in CHOSEN_DATA)))
    ]

    assert [key for key in idle if not re.fullmatch(r"example\.\d|handoff\.\w+", key)] == []


@pytest.mark.parametrize(("names", "limit"), [(["widget.js"], 3_000), (None, 32_000)])
def test_the_widget_is_small(names: list[str] | None, limit: int) -> None:
    """The tag loads at most 3 kB, the whole chat at most 32 kB, compressed."""
    whole = "widget widget-panel chat-core chat-view composer data-door dom receipt render sse strings".split()
    looks = "base chat receipt widget".split()
    files = names or [*(f"{name}.js" for name in whole), *(f"{name}.css" for name in looks), "strings/ko.json"]

    size = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in files)

    assert size <= limit


def test_your_data_is_loaded_when_it_is_opened() -> None:
    """Neither the pages nor the widget load the panel of one's data before somebody opens it."""
    imports = {
        script.name: re.findall(r"^import .* from '\./([\w-]+)\.js'", script.read_text(encoding="utf-8"), re.MULTILINE)
        for script in SCRIPTS
    }

    eager = [name for name, named in imports.items() if any(one.startswith("your-data") for one in named)]
    assert [name for name in eager if not name.startswith("your-data")] == []
    assert "import('./your-data.js')" in (STATIC / "data-door.js").read_text(encoding="utf-8")


def test_what_the_sample_company_names_has_words() -> None:
    """Purposes, kinds of questions and facts of the sample company are told in words, not in their own names."""
    policy = tomllib.loads((ROOT / "policy.toml").read_text(encoding="utf-8"))
    lines = (ROOT / "demo_profiles.jsonl").read_text(encoding="utf-8").splitlines()
    held = {fact["name"] for line in lines for fact in json.loads(line)["facts"]}
    offered = tomllib.loads((ROOT / "src" / "heedful" / "volunteered.toml").read_text(encoding="utf-8"))["facts"]
    named = [*(f"purpose.{one}" for one in policy["purposes"]), *(f"kind.{one}" for one in policy["kinds"])]

    assert [
        key for key in (*named, *(f"fact.{one}" for one in sorted({*held, *offered}))) if key not in STRINGS["en"]
    ] == []
