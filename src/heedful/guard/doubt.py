"""Where the rules let a draft go without being sure of it: weakly supported, or with words that a rule listens for."""

from __future__ import annotations

from collections.abc import Mapping

from heedful.guard import sensitive_inference
from heedful.guard.case import Case
from heedful.guard.claims import claims
from heedful.guard.grounding import SUPPORTED, Source, folded
from heedful.guard.lexicon import lexicon
from heedful.guard.sentences import sentences

# Sections that only say what takes the edge off, or who is spoken of: they stand in most sentences.
_MILD = ("asked", "calm", "general", "of_you")
_NEAR: Mapping[str, tuple[str, ...]] = {"sensitive_inference": sensitive_inference.SORTS}
_LISTENED_FOR = ("sensitive_inference", "creepy_recital", "sales_pressure")


def is_in_doubt(case: Case) -> bool:
    """Whether what the draft claims is supported as the grey band has it, or less, or a lexicon rule was near."""
    return _is_weak(case) or any(_is_near(case, code) for code in _LISTENED_FOR)


def _is_weak(case: Case) -> bool:
    policy, published = case.policy, tuple(case.published())
    source = Source(
        (
            *(f"{passage.title}\n{passage.text}" for passage in published),
            *policy.promises,
            *policy.contact_lines.values(),
            *(f"{fact.name.replace('_', ' ')} {fact.value}" for fact in case.view.facts),
            *case.own_words,
            *case.said,
            case.question,
        )
    )
    found = [(source.supports(claim), claim.weight) for claim in claims(case.unit)]
    return bool(found) and folded(found) < SUPPORTED


def _is_near(case: Case, code: str) -> bool:
    words = lexicon(code)
    near = _NEAR.get(code) or tuple(section for section in words.sections if not section.startswith(_MILD))
    return any(words.has(sentence.text, *near) for sentence in sentences(case.unit))
