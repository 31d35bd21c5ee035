"""What one sync writes: each file's articles as they are now, and what of them is deleted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from heedful.values import Article, Passage, Trust


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was last read. `digest` is empty when it has to be read again, whatever it holds.

    `skipped` says what of it was left out, one sentence each; `ids` are its articles.
    """

    digest: str = ""
    skipped: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What reading one file changes: articles to write with their passages, and the ids of articles that go.

    `digest` and `skipped` are what is noted about the file; `digest` is `None` when the file itself is gone.
    """

    source: str
    digest: str | None
    skipped: tuple[str, ...] = ()
    written: tuple[tuple[Article, tuple[Passage, ...]], ...] = ()
    removed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Deleted:
    """A passage that went with its article: what to search for, to prove that no search finds it."""

    passage_id: str
    article_id: str
    title: str
    text: str
    lang: str
    trust: Trust
