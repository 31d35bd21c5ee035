"""Which sentences of a text from outside set"
" a language model to work: how to answer, or something off the subject."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import regex

from heedful.canonical import Normalised, normalise
from heedful.canonical.wording import content
from heedful.guard.lexicon import lexicon
from heedful.guard.sentences import Sentence, sentences

ABOUT = 6  # words a text has to have beside the sentence, for it to be about something
SHARED = 0.34  # of a sentence's words: with more of them found elsewhere in the text it is on the subject
FEW = 2  # a question that shares a word, and has no more than so many others, may be on the subject
_QUOTED = regex.compile(r"\"[^\"\n]{1,200}\"|(?<!\w)'[^'\n]{1,200}'(?!\w)")


def tasks(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of `text` that are meant for a language model rather than for whoever reads the text.

    A sentence that says how an answer is to be written is one anywhere. A piece of work, or on a line of its own a
    question about the world, is one where it breaks with the subject of the text around it: a help page may well tell
    how something works.
    """
    normalised = normalise(text)
    read = tuple(_whole_quotations(sentences(normalised), normalised.text))
    spread = Counter(stem for one in read for stem in set(content(normalise(one.text))))
    return tuple(one for one in read if _is_task(one, normalised) and (_is_how(one) or _is_off_subject(one, spread)))


def _is_how(one: Sentence) -> bool:
    return lexicon("tasks").has(one.text, "of_the_answer")


def _is_task(one: Sentence, text: Normalised) -> bool:
    words = lexicon("tasks")
    if _is_how(one):
        return not words.has(one.text, "of_mail")
    if words.has(one.text, "of_its_own"):
        return not words.has(_QUOTED.sub(" ", one.text), "of_us")
    if not _is_a_line(text.text, one.start, one.end):
        return False
    asked = words.has(one.text, "of_the_world") and not words.has(_QUOTED.sub(" ", one.text), "of_us")
    return asked or words.has(one.text, "of_the_machine")


def _is_a_line(text: str, start: int, end: int) -> bool:
    before, after = text[text.rfind("\n", 0, start) + 1 : start], text[end:].partition("\n")[0]
    return not before.strip() and not after.strip()


def _is_off_subject(one: Sentence, spread: Counter[str]) -> bool:
    own = set(content(normalise(one.text)))
    elsewhere = {stem for stem, n in spread.items() if n > (stem in own)}
    shared = len(own & elsewhere)
    on_subject = shared > SHARED * len(own) or 0 < shared >= len(own) - FEW
    return len(elsewhere) >= ABOUT and len(own) >= 2 and not on_subject


def _whole_quotations(cut: tuple[Sentence, ...], text: str) -> Iterator[Sentence]:
    """Yield the sentences, those that a quotation has cut in two made one: 'Add "Wow!" to your answer.'."""
    before: Sentence | None = None
    for one in cut:
        goes_on = before is not None and (
            before.text.count('"') % 2 or (text[one.start].islower() and '"' in before.text)
        )
        if before is not None and not goes_on:
            yield before
        before = Sentence(before.start, one.end, f"{before.text} {one.text}") if before and goes_on else one
    if before is not None:
        yield before
