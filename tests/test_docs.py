"""The documentation says what is there: every setting is listed, and every link within the project leads somewhere."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from heedful.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "prompts" / "README.md"]


def test_every_setting_is_documented() -> None:
    """docs/settings.md names each setting there is, and none that isn't."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`(HEEDFUL_[A-Z_]+|OPENAI_API_KEY)`", page)) - {"HEEDFUL_"}
    there = {f"HEEDFUL_{item.name.upper()}" for item in dataclasses.fields(Settings)} - {"HEEDFUL_ORIGINS"}

    assert documented == (there - {"HEEDFUL_OPENAI_API_KEY"}) | {"OPENAI_API_KEY"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    """A relative link in a page opens a file or folder that is there."""
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_both_readmes_have_the_same_shape() -> None:
    """README.md and README.ko.md have the same sections, commands and links."""
    english, korean = (ROOT.joinpath(name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
    blocks = re.compile(r"```(?:sh|html)\n(.*?)```", re.DOTALL)
    lines = [sum(block.count("\n") for block in blocks.findall(text)) for text in (english, korean)]

    assert english.count("\n## ") == korean.count("\n## ")
    assert lines[0] == lines[1] > 0


def test_each_line_about_privacy_is_held_by_a_test_that_is_there() -> None:
    """docs/privacy.md names at least one test in each row of its tables, and each test it names exists."""
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", page)
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.endswith("| held by |")]
    gone = [f"{file}::{name}" for file, name in named if f"def {name}(" not in _source(file)]

    assert [row for row in rows if "::test_" not in row] == []
    assert gone == []


def _source(file: str) -> str:
    path = ROOT / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""
