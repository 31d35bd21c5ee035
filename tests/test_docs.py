"""The documentation says what is there: every setting is listed, and every link within the project leads somewhere."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from heedful.evaluate.guard import decided
from heedful.policy import load
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


@pytest.fixture(scope="module")
def maker() -> Any:
    """What makes docs/guard.md."""
    found = importlib.util.spec_from_file_location("make_guard", ROOT / "docs" / "make_guard.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_page_about_the_guard_is_what_the_guard_does(maker: Any) -> None:
    """docs/guard.md is what `make docs` makes of the cases now, each example decided anew."""
    assert (ROOT / "docs" / "guard.md").read_text(encoding="utf-8") == maker.page(), "run `make docs`"


def test_an_example_that_is_decided_otherwise_stops_the_page(maker: Any, tmp_path: Path) -> None:
    """A shown case whose draft no longer does what the page would say is an error that names it."""
    cases = tmp_path / "cases"
    shutil.copytree(ROOT / "tests" / "cases" / "guard", cases)
    file = cases / "ungrounded.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("within 30 days of delivery. [1]", "within 14 days of delivery. [1]", 1), encoding="utf-8"
    )

    with pytest.raises(maker.WrongError, match="ungrounded-stopped-"):
        maker.page(cases)


@pytest.mark.anyio
async def test_the_cases_that_the_page_teaches_are_decided_as_they_say(tmp_path: Path) -> None:
    """The file of cases on docs/guard.md can be copied and run."""
    (block,) = (one for one in _toml("guard.md") if "[cases]" in one)
    file = tmp_path / "refunds.toml"
    file.write_text(block, encoding="utf-8")

    found = await decided(file)

    assert len(found) == 3
    assert [one.id for one in found if not one.is_right] == []


def test_the_policy_that_the_page_teaches_can_be_read(tmp_path: Path) -> None:
    """The `[guard]` table on docs/guard.md is one that policy.toml may hold."""
    (block,) = (one for one in _toml("guard.md") if "[guard]" in one)
    text = (ROOT / "policy.toml").read_text(encoding="utf-8")
    file = tmp_path / "policy.toml"
    file.write_text(text.replace('[guard]\nmode = "act"\n', block, 1), encoding="utf-8")

    assert load(file).guard.of("chat") == {
        "sales_pressure": "revise",
        "creepy_recital": "observe",
        "ungrounded": "hand_off",
    }


def _toml(page: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
