"""What every format gives: one entry for each article, in words that the rest of the knowledge understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as its file tells it.

    `text` has headings as `## Name {#anchor}`, list items, and code indented by four spaces. `front` holds what it says
    about itself under `id`, `url`, `title`, `lang`, `trust` and `updated`. `key` tells it from the others of its file,
    empty when it is the only one; `named` says which one it is in a message ("row 3").
    """

    text: str
    front: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One sentence about a piece of a file that is not in, while the rest is."""

    why: str
