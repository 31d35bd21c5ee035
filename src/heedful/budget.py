"""What a prompt may hold within a number of tokens: the parts in order of worth, and the names of what was cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from heedful.errors import InputError
from heedful.pseudonyms import OPEN, could_continue
from heedful.values import FactInView, Passage, Turn

Count = Callable[[str], int]

QUESTION_SHARE = 0.5  # of what the instructions leave; a longer question would crowd out every answer to it
QUESTION_LEAST = 16  # tokens; with less room than this for the question there is nothing to answer


@dataclass(frozen=True, slots=True)
class Parts:
    """All of a prompt that may be cut, as a model may see it, and the names of what has been cut already."""

    question: str
    subject: str = ""
    quoted: str = ""
    released: str = ""
    facts: tuple[FactInView, ...] = ()
    passages: tuple[Passage, ...] = ()
    turns: tuple[tuple[int, Turn], ...] = ()  # with their place in the conversation, oldest first
    cut: tuple[str, ...] = ()


Cost = Callable[[Parts], int]


def fitted(parts: Parts, room: int, count: Count, cost: Cost) -> Parts:
    """Return what fits into `room` tokens: question, facts, passages by rank, quoted mail, turns from the newest.

    Raises:
        InputError: There is no room for even a short question.
    """
    if count(parts.question) <= room * QUESTION_SHARE and cost(parts) <= room:
        return parts
    bare = replace(parts, question="", quoted="", facts=(), passages=(), turns=())
    left = room - cost(bare)
    if left < QUESTION_LEAST:
        raise InputError(
            f"the instructions leave {max(left, 0)} tokens for the question; give the prompt more tokens",
            code="prompt_too_long",
        )
    others = bool(parts.facts or parts.passages)
    share = max(QUESTION_LEAST, int(left * QUESTION_SHARE)) if others else left
    question = shortened(parts.question, share, count)
    cut = () if question == parts.question else ("question",)
    kept = _settled(replace(bare, question=question, cut=cut), room, count, cost)
    for add in (_facts, _passages):
        kept = add(kept, parts, room, cost)
    return _turns(_quoted(kept, parts, room, count, cost), parts, room, cost)


def shortened(text: str, tokens: int, count: Count) -> str:
    """Return the longest beginning of the text of at most `tokens` tokens, ended at a space where one is near."""
    if tokens <= 0:
        return ""
    if count(text) <= tokens:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count(text[:middle] + " …") <= tokens else (low, middle - 1)
    space = text.rfind(" ", max(0, low - 40), low)
    beginning = text[: space if space > 0 else low]
    if could_continue(beginning) and OPEN in beginning:
        beginning = beginning[: beginning.rindex(OPEN)]
    return beginning.rstrip() + " …" if beginning.strip() else ""


def _settled(kept: Parts, room: int, count: Count, cost: Cost) -> Parts:
    """Counting piece by piece can be off by a token or two at the seams; take that off the question."""
    while cost(kept) > room and kept.question:
        over = cost(kept) - room
        shorter = shortened(kept.question, max(0, count(kept.question) - over - 1), count)
        kept = replace(kept, question=shorter, cut=("question",))
    return kept


def _facts(kept: Parts, parts: Parts, room: int, cost: Cost) -> Parts:
    for fact in parts.facts:
        more = replace(kept, facts=(*kept.facts, fact))
        kept = more if cost(more) <= room else replace(kept, cut=(*kept.cut, f"fact:{fact.name}"))
    return kept


def _passages(kept: Parts, parts: Parts, room: int, cost: Cost) -> Parts:
    """A passage that does not fit ends the list: `[n]` stays the rank that retrieval gave."""
    for rank, passage in enumerate(parts.passages):
        more = replace(kept, passages=(*kept.passages, passage))
        if cost(more) > room:
            return replace(kept, cut=(*kept.cut, *(f"passage:{left.id}" for left in parts.passages[rank:])))
        kept = more
    return kept


def _quoted(kept: Parts, parts: Parts, room: int, count: Count, cost: Cost) -> Parts:
    if not parts.quoted:
        return kept
    fence = cost(replace(kept, quoted="x")) - cost(kept)
    quoted = shortened(parts.quoted, room - cost(kept) - fence - 1, count)
    more = replace(kept, quoted=quoted)
    kept = more if cost(more) <= room else kept
    return kept if kept.quoted == parts.quoted else replace(kept, cut=(*kept.cut, "quoted"))


def _turns(kept: Parts, parts: Parts, room: int, cost: Cost) -> Parts:
    for at in range(len(parts.turns) - 1, -1, -1):
        more = replace(kept, turns=(parts.turns[at], *kept.turns))
        if cost(more) > room:
            return replace(kept, cut=(*kept.cut, *(f"turn:{place}" for place, _ in parts.turns[: at + 1])))
        kept = more
    return kept
