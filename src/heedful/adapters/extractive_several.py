"""A message with several questions: what answers each of them, one after the other, nothing said twice."""

from __future__ import annotations

from dataclasses import replace

from heedful.adapters import extractive_customer
from heedful.adapters.extractive_choice import Choice, choose
from heedful.adapters.extractive_scoring import Chosen, Terms
from heedful.values import Material, Part

MORE = 1.5  # how much longer than the answer to one question that to several may be
LEAST_WORDS = 30  # for each of them


def choose_each(material: Material, *, terms: Terms, most_words: int) -> Choice | None:
    """Return the blocks that answer each part, in the order they were asked; `None` when no part alone is answered.

    `unanswered` says that the help content has nothing to one of them.
    """
    most_each = max(LEAST_WORDS, int(most_words * MORE / len(material.parts)))
    choices = [_choice(part, material, terms, most_each) for part in material.parts]
    blocks: list[Chosen] = []
    for choice in choices:
        said = {one.block.text for one in blocks}
        blocks.extend(one for one in choice.blocks if one.block.text not in said)
    if not blocks:
        return None
    return Choice(
        tuple(blocks),
        certain=any(choice.blocks and choice.certain for choice in choices),
        unanswered=not all(choice.blocks for choice in choices),
    )


def _choice(part: Part, material: Material, terms: Terms, most_words: int) -> Choice:
    ranks = {passage.id: rank for rank, passage in enumerate(material.passages, 1)}
    passages = [material.passages[ranks[id_] - 1] for id_ in part.passages if id_ in ranks]
    # Where nothing was found for it alone, another question's passages may say it, if they do so in its own words.
    told, passages = (part.told, passages) if passages else ("", list(material.passages))
    customer = extractive_customer.read(part.text, material.kinds, told, language=material.language)
    found = choose(customer, passages, language=material.language, terms=terms, most_words=most_words)
    blocks = tuple(replace(one, rank=ranks[one.passage.id]) for one in found.blocks)
    return Choice(blocks if found.certain else (), found.certain)
