"""The same article in the customer's own language: found by its address, which differs in the language alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from heedful.values import Passage

Key = tuple[str, ...]


def in_own_language(found: Sequence[Passage], own: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the counterparts of `found` among `own`, in the order and with the scores of `found`; none where none is.

    Two passages say the same when their articles stand at the same place under `en/` and `ko/`, and they at the same
    place in them. Unless the first of `found` has a counterpart, nothing is given: half an answer is none.
    """
    there = {(_key(passage), passage.position): passage for passage in own}
    paired = [
        replace(there[place], score=passage.score)
        for passage in found
        if (place := (_key(passage), passage.position)) in there and there[place].lang != passage.lang
    ]
    if not paired or _key(paired[0]) != _key(found[0]):
        return ()
    return tuple(paired)


def _key(passage: Passage) -> Key:
    """Return the article's place without the part of it that names its language (`en`, `en-us`, `en_GB`)."""
    parts = passage.article_id.split("/")
    marks = [n for n, part in enumerate(parts[:-1]) if part.lower().replace("_", "-").split("-")[0] == passage.lang]
    return tuple(part for n, part in enumerate(parts) if n not in marks[:1]) if marks else (passage.lang, *parts)
