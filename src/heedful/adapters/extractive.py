"""The built-in writer: answers in the passages' own sentences, without any model; what runs without a key."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import groupby

from heedful import terms as search_terms
from heedful.adapters import extractive_customer, extractive_facts
from heedful.adapters.extractive_choice import Choice, choose
from heedful.adapters.extractive_customer import Customer
from heedful.adapters.extractive_level import even
from heedful.adapters.extractive_reading import clean
from heedful.adapters.extractive_scoring import Chosen
from heedful.adapters.extractive_several import choose_each
from heedful.adapters.extractive_sure import is_what_was_judged
from heedful.errors import ModelError
from heedful.markers import without_markers
from heedful.phrases import Phrases
from heedful.sections import NUMBERED
from heedful.states import State
from heedful.units import sentences
from heedful.values import Material, ModelName, Prompt

NAME = ModelName("extractive", "this machine")
WRITTEN_IN = ("en", "ko")
# Words of an answer. A Korean word carries about 1.4 English ones (the sample articles, counted in both languages).
MOST_WORDS = {
    ("chat", "en"): 90,
    ("chat", "ko"): 65,
    ("email", "en"): 180,
    ("email", "ko"): 130,
    ("assist", "en"): 120,
    ("assist", "ko"): 85,
}
SHORTER = 0.7  # of that length: for somebody who has no time, and of words in a language that is not theirs
NEED_A_PERSON = frozenset({"angry", "grieving"})  # whatever the answer, they are told how to reach one
ABOUT_FACTS = frozenset(
    [
        "unconsented_fact",
        "purpose_mismatch",
        "cross_channel",
        "over_disclosure",
        "identifier_in_clear",
        "third_party",
        "sensitive_inference",
        "creepy_recital",
    ]
)
_PIECES = re.compile(r"\s*\S+\s*")
_ENDED = re.compile(r"[.!?…。:：][\"'”’)\]」』]*$")


class ExtractiveWriter:
    """A `ChatModel` that quotes: it reads `prompt.material`, no messages; the same material gives the same words."""

    def __init__(self, phrases: Phrases, *, terms: Callable[[str, str], list[str]] = search_terms.terms) -> None:
        """Take the fixed sentences, and `terms(text, language)`, which gives the words to compare by."""
        self._phrases = phrases
        self._terms = terms

    @property
    def model(self) -> ModelName:
        """The built-in writer, on this machine."""
        return NAME

    async def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """Yield the draft word by word.

        Raises:
            ModelError: It is a revision, and nothing else is left to say.
        """
        draft = await asyncio.to_thread(self.draft, prompt)  # Korean analysis takes milliseconds, its first use seconds
        if not draft:
            raise ModelError("the help content says nothing else to this", code="model_empty")
        for piece in _PIECES.findall(draft):
            yield piece

    def draft(self, prompt: Prompt) -> str:
        """Return the whole draft; empty when a revision has nothing left to say."""
        material = prompt.material
        parts = self._parts(material)
        if prompt.job == "revise":
            parts = _revised(parts, material)
        return "\n\n".join(parts)

    def _parts(self, material: Material) -> list[str]:
        """Return the paragraphs of the answer."""
        language = material.language if material.language in WRITTEN_IN else "en"
        customer = extractive_customer.read(
            material.question, material.kinds, material.before, language=material.language
        )
        say = self._phrases.get
        if customer.greets or customer.thanks:
            return [say(language, "greeting" if customer.greets else "thanks")]
        if customer.praises:
            return [self._care("other", customer.state, language)]
        before = [] if material.language in WRITTEN_IN else [say(language, "other_language_sentence")]
        choice = self._choice(customer, material, language)
        care = self._care(customer.about, customer.state, language)
        facts = self._facts(material, language)
        if facts and not extractive_facts.needed(material.question) and not set(customer.wishes) - {"whether"}:
            return [_said(before, facts, [care])]
        is_weak = not material.sure and (not choice.certain or customer.state.name == "angry")
        if not choice.blocks or is_weak:  # two weak signs are none, and an angry customer wants no near miss
            if facts:
                return [_said(before, facts, [care])]
            return [_said(before, self._nothing(customer, material, language, care))]
        if facts and not material.parts:  # they are the answer; of the article only what it says first
            first = choice.blocks[0]
            choice = Choice(tuple(one for one in choice.blocks if one.rank == first.rank), choice.certain)
        certain = choice.certain and material.sure and (bool(facts) or is_what_was_judged(choice, material))
        if doubt := self._doubt(choice, language, certain=certain):
            before.append(doubt)
        answer = _with_care(_said(before, facts), list(_paragraphs(choice.blocks)), care, has_facts=bool(facts))
        if not facts and _misses_own(customer, material):
            answer.append(material.held_back or say(language, "in_general"))
        if choice.unanswered:
            answer.append(say(language, "part_unanswered"))
        # In assist a person is writing already.
        is_theirs = choice.blocks[0].passage.lang == language
        is_calm = customer.state.name not in NEED_A_PERSON
        done = (certain and is_theirs and is_calm and not choice.unanswered) or material.channel == "assist"
        return answer if done else [*answer, say(language, "offer_person")]

    def _care(self, about: str, state: State, language: str) -> str:
        """Return the one sentence of care, where there is something to be sorry or glad about; mostly none."""
        name = "confused" if state.confused else state.name
        keys = (f"care.{about}.{name}", f"care.other.{name}")
        return next((self._phrases.get(language, key) for key in keys if self._phrases.has(key)), "")

    def _facts(self, material: Material, language: str) -> list[str]:
        if ABOUT_FACTS & set(material.reasons):
            return []
        return extractive_facts.told(material.question, material.facts, material.channel, language, self._phrases)

    def _nothing(self, customer: Customer, material: Material, language: str, care: str) -> list[str]:
        """Return what is said when the help content has no answer: a question where more would help, else so."""
        say = self._phrases.get
        vague = not (material.kinds or customer.asks) and len(set(self._terms(customer.subject, language))) <= 1
        if vague:
            return [care, say(language, "ask_back")]
        said = [care, say(language, "no_answer")]  # there is no answer that could come first
        if material.held_back and _misses_own(customer, material):
            said.append(material.held_back)
        if material.channel != "assist":
            said.append(say(language, "offer_person"))
        return said

    def _choice(self, customer: Customer, material: Material, language: str) -> Choice:
        most = MOST_WORDS[material.channel, language]
        is_foreign = bool(material.passages) and material.passages[0].lang != language
        if customer.state.name == "hurried" or is_foreign:
            most = int(most * SHORTER)
        if material.parts and (each := choose_each(material, terms=self._terms, most_words=most)):
            return each
        return choose(customer, material.passages, language=material.language, terms=self._terms, most_words=most)

    def _doubt(self, choice: Choice, language: str, *, certain: bool) -> str:
        """Return the sentence that says how far the quotes are to be trusted; mostly none."""
        quoted_in = choice.blocks[0].passage.lang
        if quoted_in != language and quoted_in in WRITTEN_IN:
            return self._phrases.get(language, "other_language_passage")
        return "" if certain else self._phrases.get(language, "closest")


def _misses_own(customer: Customer, material: Material) -> bool:
    """Tell whether only the customer's own facts could have answered this."""
    return customer.about_own and extractive_facts.needed(material.question)


def _said(*said: Sequence[str]) -> str:
    return " ".join(sentence for some in said for sentence in some if sentence)


def _with_care(lead: str, answer: Sequence[str], care: str, *, has_facts: bool) -> list[str]:
    """Return the answer with what leads to it and the sentence of care, which comes when the answer has begun."""
    first = answer[0]
    listed = "\n" in first or first.startswith("- ")
    if has_facts:  # they are what was asked for
        return [_said([lead, care]), *answer]
    if not listed:
        return [_said([lead, first, care]), *answer[1:]]
    return [*([lead] if lead else []), first, *([care] if care else []), *answer[1:]]


def _paragraphs(blocks: Sequence[Chosen]) -> Iterator[str]:
    """Yield one paragraph for the sentences of each passage, and one for each list under its heading."""
    for (_, kind), together in groupby(
        blocks, key=lambda chosen: (_kind(chosen) != "outline" and chosen.rank, _kind(chosen))
    ):
        if kind == "outline":
            yield "\n".join(_outline(list(together)))
        elif kind == "prose":
            yield " ".join(_marked(sentence, chosen.rank) for chosen in together for sentence in chosen.block.sentences)
        elif kind == "rows":
            yield "\n".join(
                f"- {_marked(_row(sentence), chosen.rank)}"
                for chosen in together
                for sentence in chosen.block.sentences
            )
        else:
            for chosen in together:
                yield "\n".join(_listed(chosen))


def _row(sentence: str) -> str:
    """Return a row of a table as a person would say it: what it is about, and then what its columns say of that."""
    first, *others = sentence.split("; ")
    return f"{first.split(': ', 1)[-1]} – {'; '.join(others)}" if others else sentence


def _kind(chosen: Chosen) -> str:
    if chosen.block.outline:
        return "outline"
    return "list" if chosen.block.items else "rows" if chosen.block.is_row else "prose"


def _outline(steps: Sequence[Chosen]) -> Iterator[str]:
    """Yield the numbered sections as one list under the heading they share."""
    yield f"{steps[0].block.outline.rstrip(':.')}: [{steps[0].rank}]"
    for step in steps:
        yield f"{step.block.first}. {_marked(step.block.items[0], step.rank)}"


def _listed(chosen: Chosen) -> Iterator[str]:
    """Yield the lines of a list: what leads to it, then its items."""
    block, passage = chosen.block, chosen.passage
    if block.sentences:
        yield " ".join(_marked(sentence, chosen.rank) for sentence in block.sentences)
    else:
        heading = clean(NUMBERED.sub("", (passage.headings or (passage.title,))[-1], count=1)).rstrip(":.")
        yield f"{heading}{'' if heading.endswith('?') else ':'} [{chosen.rank}]"
    for number, item in enumerate(block.items, block.first):
        bullet = f"{number}." if block.ordered else "-"
        yield f"{bullet} {_marked(item, chosen.rank)}"


def _marked(sentence: str, rank: int) -> str:
    """Return the sentence, its Korean ending formal, with the marker of its passage behind its end."""
    sentence = even(sentence)
    return f"{sentence} [{rank}]" if _ENDED.search(sentence) or not sentence else f"{sentence}. [{rank}]"


def _revised(parts: Sequence[str], material: Material) -> list[str]:
    """Return what is left to say: nothing that was said, and not the sentence at which the check said no.

    A list that was stopped within is not gone on with: its missing step would be worse than its end.
    """
    released = {_bare(unit) for unit in sentences(material.released)}
    rest: list[str] = []
    # Told only that a whole draft was refused, nobody knows at which sentence; without its facts it is another draft.
    skipped = (not material.released and material.channel != "chat") or bool(ABOUT_FACTS & set(material.reasons))
    for part in parts:
        units = [unit for unit in sentences(part) if _bare(unit) not in released]
        stopped_within = len(units) < len(sentences(part)) and part.lstrip().count("\n") > 0
        if not units:
            continue
        if not skipped:
            units, skipped = units[1:], True
            if stopped_within:
                continue
        if said := "".join(units).strip():
            rest.append(said)
    return rest


def _bare(unit: str) -> str:
    return " ".join(without_markers(unit).split()).strip(" .:")
