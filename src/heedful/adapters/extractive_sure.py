"""Whether what is quoted is what retrieval is sure of: the article that it judged, and one about what was asked."""

from __future__ import annotations

from heedful.adapters.extractive_choice import Choice
from heedful.adapters.extractive_scoring import VAGUE
from heedful.kinds import kinds_of
from heedful.values import Material, Passage

# From here on what retrieval saw outweighs what an article is called: of answers to our own long questions by an
# article of another kind, 6 of 8 were wrong below it, and 3 of 7 above.
OUTWEIGHS = 0.9


def is_what_was_judged(choice: Choice, material: Material) -> bool:
    """Tell whether retrieval's sureness holds for the quotes too.

    It was judged on the best article alone: a block of another one, chosen by the words it shares with the story, has
    nobody's word for it. And what shares them all may be called after something else than what was asked.
    """
    first = choice.blocks[0]
    return (_is_judged(first.passage, material) or first.of_the_kind) and not _is_of_another_kind(
        first.passage, material
    )


def _is_judged(passage: Passage, material: Material) -> bool:
    best = {part.passages[0] for part in material.parts if part.passages}
    judged = {one.article_id for one in material.passages if one.id in best}
    return passage.article_id in judged | {material.passages[0].article_id}


def _is_of_another_kind(passage: Passage, material: Material) -> bool:
    asked = set(material.kinds) - VAGUE if material.likely < OUTWEIGHS else set()
    called = set(kinds_of(passage.title, passage.lang)) - VAGUE
    return bool(asked and called) and asked.isdisjoint(called)
