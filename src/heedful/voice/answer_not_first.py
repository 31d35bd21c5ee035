"""The answer does not stand in the first two sentences: thanks, care, promises or background come first."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.voice.answering import STRONGLY, news, strength, wanted
from heedful.voice.care import sort_of
from heedful.voice.empty_empathy import is_stock
from heedful.voice.fillers import is_filler
from heedful.voice.spoken import OPENING, Advice, Patterns, Sentence, Spoken, found, is_salutation
from heedful.voice.too_long import is_item
from heedful.wishes import asks_for_person

SEEK = Patterns("answer_not_first")

NEWS = 3  # words of the help content from which a sentence is taken to be its answer


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield the opening when it does not carry the answer.

    Of a reply that is still being written the opening is judged alone: it is found when it says nothing yet.
    """
    opening = spoken.opening
    if not opening:
        return
    why = _late(spoken, opening)
    if why:
        mend = "begin with the answer; care takes one sentence, thanks and background none"
        yield Advice("answer_not_first", opening[0].start, opening[-1].end, why, mend)


def _late(spoken: Spoken, opening: tuple[Sentence, ...]) -> str:
    """Return why the answer comes too late; empty when it does not."""
    said = [sentence for sentence in opening if not says_nothing(sentence.text)]
    rest = list(spoken.body[OPENING:])
    if not said:
        is_open = len(opening) < OPENING and not spoken.final
        return (
            ""
            if is_open or (spoken.final and not rest and _is_all_there_is(opening))
            else "the opening says nothing yet"
        )
    if asks_for_person(spoken.question) and not any(found(SEEK["person"], sentence.text) for sentence in opening):
        return "a person was asked for, and none is named"
    if found(SEEK["urgent"], spoken.question):
        return "something stands before what is urgent" if said[0] is not opening[0] else ""
    while rest and is_item(rest[0]) and (is_item(said[-1]) or said[-1].text.rstrip().endswith((":", "："))):
        said.append(rest.pop(0))  # a list that begins in the opening is one answer
    return (
        "what was asked is answered further down" if spoken.final and rest and _comes_later(spoken, said, rest) else ""
    )


def _comes_later(spoken: Spoken, said: list[Sentence], rest: list[Sentence]) -> bool:
    """Whether what follows the opening answers, and the opening does not."""
    sorts = wanted(spoken.question)
    first = max(strength(sentence.text, sorts, spoken) for sentence in said)
    told, tells = (max(news(sentence, spoken) for sentence in part) for part in (said, rest))
    if tells >= NEWS and tells > 2 * told and (told < NEWS or tells >= 3 * told) and first < STRONGLY + NEWS:
        return True
    if told >= NEWS - 1:
        return False
    if not told and not first and tells >= NEWS - 1:
        return True
    later = max(strength(sentence.text, sorts, spoken) for sentence in rest)
    return later >= first + STRONGLY or (not first and later > 0)


def says_nothing(text: str) -> bool:
    """Whether a sentence is thanks, care, a greeting, a promise or the question again: nothing of the answer."""
    return is_salutation(text) or is_filler(text) or is_stock(text) or _is_only_care(text)


def _is_only_care(text: str) -> bool:
    """Whether a sentence is care and nothing else: no clause of it says what is so or what to do."""
    return sort_of(text) is not None and not found(SEEK["goes_on"], text)


def _is_all_there_is(opening: tuple[Sentence, ...]) -> bool:
    """Whether a reply of such words only is all right: thanks are answered with thanks."""
    return len(opening) == 1 or any(sort_of(sentence.text) == "gladness" for sentence in opening)
