"""Which folders hold what only staff may read."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from heedful.knowledge.folders import Folders
from heedful.values import Trust

FOLDERS = Folders(internal=("staff/**", "*/procedures/*.md", "내부/**"), untrusted=("community/**", "staff/**"))


@pytest.mark.parametrize(
    ("place", "trust"),
    [
        ("/kb/en/fees.md", "published"),
        ("/kb/internal/fees.md", "internal"),
        ("/kb/Internal/deep/er/fees.md", "internal"),
        ("/kb/internal.md", "published"),
        ("/kb/internal-news/fees.md", "published"),
        ("/kb/en/staff/fees.md", "internal"),
        ("/kb/en/procedures/fees.md", "internal"),
        ("/kb/en/procedures/old/fees.md", "published"),
        ("/kb/en/procedures/fees.html", "published"),
        ("/kb/ko/내부/보상.md", "internal"),
        (unicodedata.normalize("NFD", "/kb/ko/내부/보상.md"), "internal"),
        ("/kb/community/tips.md", "untrusted"),
        ("/kb/community/internal/tips.md", "internal"),
    ],
)
def test_the_place_decides(place: str, trust: Trust) -> None:
    """A pattern matches from any folder on; a name that only looks alike is another name; the stricter holds."""
    assert FOLDERS.trust_of(Path(place)) == trust


@pytest.mark.parametrize(
    ("said", "place", "trust"),
    [
        ("published", "/kb/internal/a.md", "internal"),
        ("internal", "/kb/a.md", "internal"),
        ("untrusted", "/kb/internal/a.md", "internal"),
        ("internal", "/kb/community/a.md", "internal"),
        ("untrusted", "/kb/a.md", "untrusted"),
    ],
)
def test_of_place_and_word_the_stricter_holds(said: Trust, place: str, trust: Trust) -> None:
    """No file talks itself out of its folder, and no folder opens what a file closes."""
    assert FOLDERS.trust_of(Path(place), said) == trust


def test_only_what_was_named_counts() -> None:
    """A folder above the one that was given says nothing; the one that was given does, also of a single file."""
    above = Path("/srv/internal/help/en/fees.md")

    assert FOLDERS.trust_of(above, root=Path("/srv/internal/help")) == "published"
    assert FOLDERS.trust_of(above, root=Path("/srv/internal")) == "internal"
    assert FOLDERS.trust_of(Path("/srv/internal/fees.md"), root=Path("/srv/internal")) == "internal"
    assert FOLDERS.trust_of(Path("/srv/help/internal/fees.md"), root=Path("/srv/help")) == "internal"
