"""Passages as they were ranked → those to answer from: whole sections, a few of an article, its beginning with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from heedful.values import Passage

SAME_ARTICLE = 0.9  # each further passage of an article already chosen is worth this much
OF_ONE_ARTICLE = 3
NEAR_THE_BEST = 0.4  # of the best passage's score; below it a passage distracts more often than it helps
LONGEST_SECTION = 2_700  # characters; three passages
TWINS = 0.9  # of the words of two passages together, from which they say the same
LOOKED_AT = 20  # passages; no more than a few are given
READING_LIST = re.compile(
    r"(?:Further reading|Learn more|Read more|Related|See also|Still need help|Need more help|Resources"
    r"|More (?:help|information)|더 (?:보기|알아보기)|관련 (?:글|문서|안내)|참고 (?:자료|문서))",
    re.IGNORECASE,
)
STEPS = re.compile(r"^\s*1[.)]\s", re.MULTILINE)
WORD = re.compile(r"\w+")
NUMBERED = re.compile(r"(?:Step\s+)?\d{1,2}[.):]\s|\d{1,2}단계", re.IGNORECASE)


def choose(passages: Sequence[Passage], limit: int) -> tuple[Passage, ...]:
    """Take the best, each further section of one article a little less, and none far below the best.

    Sections that were cut are given whole, numbered ones with those beside them, and the best article with what it
    says first. Of passages in different articles that say the same, one is given: the newer.
    """
    there = {(passage.article_id, passage.position): passage for passage in passages}
    counts: dict[str, int] = {}
    worth: list[tuple[float, Passage]] = []
    used: set[tuple[str, int]] = set()
    for passage in _folded(_telling(passages)):
        if (passage.article_id, passage.position) in used:
            continue
        section = _section(passage, there)
        used.update((passage.article_id, piece.position) for piece in section)
        count = counts.get(passage.article_id, 0)
        counts[passage.article_id] = count + 1
        if count < OF_ONE_ARTICLE:
            worth.append((passage.score * SAME_ARTICLE**count, _joined(passage, section)))
    enough = NEAR_THE_BEST * worth[0][0] if worth else 0.0
    chosen = [passage for value, passage in sorted(worth, key=lambda pair: -pair[0])[:limit] if value >= enough]
    return tuple(_with_what_belongs(chosen, there, limit))


def _telling(passages: Sequence[Passage]) -> Sequence[Passage]:
    """Leave out sections that only name other articles; where there is nothing else, they stay."""
    telling = [passage for passage in passages if not (passage.headings and READING_LIST.match(passage.headings[-1]))]
    return telling or passages


def _folded(passages: Sequence[Passage]) -> Sequence[Passage]:
    """Leave out what another article says in the same words; in its place stands the one last changed."""
    kept: list[tuple[Passage, frozenset[str]]] = []
    for passage in passages[:LOOKED_AT]:
        words = frozenset(WORD.findall(passage.text.lower()))
        twin = next((n for n, (other, theirs) in enumerate(kept) if _are_twins(passage, words, other, theirs)), None)
        if twin is None:
            kept.append((passage, words))
        elif passage.updated > kept[twin][0].updated:
            kept[twin] = replace(passage, score=kept[twin][0].score), words
    return [*(passage for passage, _ in kept), *passages[LOOKED_AT:]]


def _are_twins(passage: Passage, words: frozenset[str], other: Passage, theirs: frozenset[str]) -> bool:
    if passage.article_id == other.article_id or passage.lang != other.lang:
        return False
    if min(len(words), len(theirs)) < TWINS * max(len(words), len(theirs)):
        return False
    return len(words & theirs) >= TWINS * len(words | theirs)


def _section(passage: Passage, there: Mapping[tuple[str, int], Passage]) -> list[Passage]:
    """Return the pieces of the passage's section around it, in order: all before it first, then what follows."""
    section, length = [passage], len(passage.text)
    for step in (-1, 1):
        end = section[0] if step < 0 else section[-1]
        while beside := there.get((end.article_id, end.position + step)):
            length += len(beside.text)
            if beside.headings != passage.headings or length > LONGEST_SECTION:
                break
            section.insert(0 if step < 0 else len(section), beside)
            end = beside
    return section


def _joined(passage: Passage, section: Sequence[Passage]) -> Passage:
    if len(section) == 1:
        return passage
    return replace(passage, text="\n\n".join(piece.text for piece in section), position=section[0].position)


def _steps(best: Passage, there: Mapping[tuple[str, int], Passage]) -> list[Passage]:
    """Return the section of the best article that says step by step what to do, where it is among what was found."""
    own = [
        passage for passage in there.values() if passage.article_id == best.article_id and STEPS.search(passage.text)
    ]
    return sorted(own, key=lambda passage: -passage.score)[:1]


def _with_what_belongs(
    chosen: list[Passage], there: Mapping[tuple[str, int], Passage], limit: int
) -> Iterator[Passage]:
    """Yield the chosen, with the numbered sections beside the best one and with the beginning of its article."""
    if not chosen:
        return
    best = chosen[0]
    first = there.get((best.article_id, 0))
    wanted = [first] if first and not first.headings else []
    wanted.extend(_steps(best, there))
    if best.headings and NUMBERED.match(best.headings[-1]):
        wanted.extend(
            passage
            for _, passage in sorted(there.items())
            if passage.article_id == best.article_id
            and passage.headings[:-1] == best.headings[:-1]
            and NUMBERED.match((passage.headings or ("",))[-1])
        )
    taken = {(passage.article_id, passage.headings) for passage in chosen}
    added: list[Passage] = []
    for passage in wanted:
        if (passage.article_id, passage.headings) not in taken:
            taken.add((passage.article_id, passage.headings))
            added.append(_joined(passage, _section(passage, there)))
    added = added[: max(0, limit - 1)]
    # What belongs to the best comes in place of the least of the others, and before them.
    own = [passage for passage in chosen if passage.article_id == best.article_id]
    others = [passage for passage in chosen if passage.article_id != best.article_id]
    room = max(0, limit - len(added) - len(own))
    kept = {passage.id for passage in [*own, *others[:room]]}
    yield from [*(passage for passage in chosen if passage.id in kept), *added][:limit]
