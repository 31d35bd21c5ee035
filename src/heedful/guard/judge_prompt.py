"""A case → what a judge reads: values as placeholders, material fenced, and one sentence of ours among the draft's."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from heedful.budget import Count, shortened
from heedful.canonical import squash
from heedful.compose import FENCE, MESSAGE_TOKENS
from heedful.errors import InputError, PromptError
from heedful.guard.case import NOT_SAID, Case
from heedful.guard.to_judge import without_words_to_judge
from heedful.phrases import Phrases
from heedful.policy import in_language
from heedful.prompts import Prompts
from heedful.pseudonyms import Pseudonyms
from heedful.units import sentences
from heedful.values import FactInView, Material, Message, Passage, Prompt

SYSTEM, MATERIAL = "judge.md", "_judged.md"
NEEDED = {SYSTEM: {"codes", "proof"}, MATERIAL: {"draft"}}  # without these an answer can't be believed
ANSWER_TOKENS = 2_000  # a model that thinks before it answers needs most of them for that
PROOF_LETTERS = 16  # hex
QUESTION_SHARE = 0.25  # of the prompt; what was said before gets as much
SENDER = "full_name"


@dataclass(frozen=True, slots=True)
class Put:
    """What one call asks a judge, and what only we know about it."""

    prompt: Prompt
    proof: str  # has to come back in the answer: nothing that was written before this call holds it
    control: str  # the sentence that is wrong for certain, as it stands in the draft the judge reads
    codes: tuple[str, ...]
    names: Pseudonyms


class Asking:
    """Renders what a judge reads.

    Raises:
        PromptError: A prompt file is missing, or does without what an answer is believed by.
    """

    def __init__(
        self,
        prompts: Prompts,
        controls: Phrases,
        count: Count,
        *,
        max_prompt_tokens: int,
        chance: random.Random | None = None,
    ) -> None:
        for file, needed in NEEDED.items():
            if missing := needed - prompts.variables(file):
                raise PromptError(
                    f"the prompt {file!r} does not use {', '.join(sorted(missing))}: without it no answer of a judge "
                    "can be believed; take it over from the prompts that ship"
                )
        if not any(key.startswith("control.") for key in controls.keys):
            raise PromptError("the folder 'judge' of the prompts has no [control] sentences; a judge needs some")
        self._prompts = prompts
        self._controls = controls
        self._count = count
        self._max_tokens = max_prompt_tokens
        self._chance = chance or random.SystemRandom()

    def put(self, case: Case, codes: tuple[str, ...]) -> Put:
        """Return what to ask about the case's draft, new in each call.

        Raises:
            InputError: The draft does not fit into the prompt's tokens.
        """
        proof = f"{self._chance.getrandbits(4 * PROOF_LETTERS):0{PROOF_LETTERS}x}"
        names, facts, seen = _seeing(case)
        draft = names.hide(case.draft[case.start : case.end]).translate(FENCE)
        control = self._control(case.language, squash(draft))
        company = in_language(case.policy.company, case.language)
        system = self._asked(SYSTEM, {"company": company, "codes": codes, "proof": proof})
        offered = {**_offered(case, seen), "facts": facts, "company": company, "draft": self._mixed(draft, control)}
        following = self._fitted(offered, self._max_tokens - self._count(system[0]) - 2 * MESSAGE_TOKENS)
        prompt = Prompt(
            job="judge",
            messages=(Message("system", system[0]), Message("user", following[0])),
            material=Material("", case.language, case.channel),
            max_tokens=ANSWER_TOKENS,
            digests={**system[1], **following[1]},
            schema=_schema(codes),
        )
        return Put(prompt, proof, control, codes, names)

    def _control(self, language: str, draft: str) -> str:
        """Return a sentence by chance that the draft does not say itself."""
        keys = sorted(key for key in self._controls.keys if key.startswith("control."))
        said = [self._controls.get(language, key) for key in keys]
        return self._chance.choice([one for one in said if squash(one) not in draft] or said)

    def _mixed(self, draft: str, control: str) -> str:
        """Return the draft with the control somewhere between its sentences."""
        units = sentences(draft)
        at = self._chance.randint(0, len(units))
        before, after = "".join(units[:at]), "".join(units[at:])
        if before and not before[-1].isspace():
            before += " "
        return before + control + ("\n" if before.endswith("\n") else " ") * bool(after) + after

    def _fitted(self, offered: Mapping[str, Any], room: int) -> tuple[str, Mapping[str, str]]:
        """Render the material; of what is too much, the end of the question goes, older words, the last passages."""
        long = int(self._max_tokens * QUESTION_SHARE)
        question = shortened(offered["question"], long, self._count)
        given = {**offered, "question": question, "said": self._newest(offered["said"], long)}
        passages = list(offered["passages"])
        while True:
            rendered = self._asked(MATERIAL, {**given, "passages": passages})
            if self._count(rendered[0]) <= room:
                return rendered
            if not passages:
                raise InputError("the draft does not fit into what a judge may read", code="prompt_too_long")
            passages.pop()

    def _newest(self, texts: Sequence[str], tokens: int) -> list[str]:
        kept: list[str] = []
        for text in reversed(texts):
            tokens -= self._count(text)
            if tokens < 0:
                break
            kept.insert(0, text)
        return kept

    def _asked(self, file: str, offered: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
        asked = self._prompts.variables(file)
        rendered = self._prompts.render(file, **{name: value for name, value in offered.items() if name in asked})
        return rendered.text, rendered.digests


def _seeing(case: Case) -> tuple[Pseudonyms, tuple[FactInView, ...], Callable[..., str]]:
    """Return the placeholders of the case, its facts as a judge may see them, and what shows it any other text."""
    names = Pseudonyms(addresses=True)  # whatever the policy shows a writer: who judges needs none of them
    facts = case.view.facts
    hidden = {place: names.fact(fact) for place, fact in enumerate(facts) if fact.placeholder}
    if case.mail and case.mail.sender_name:  # stands in the greeting of the draft
        names.fact(FactInView(SENDER, case.mail.sender_name, "identity", "", "", NOT_SAID, placeholder=True))

    def seen(text: str, *, published: bool = False) -> str:
        return without_words_to_judge(names.hide(text, published=published)).translate(FENCE)

    shown = (
        replace(fact, name=seen(fact.name), value=hidden.get(place) or seen(fact.value))
        for place, fact in enumerate(facts)
    )
    return names, tuple(shown), seen


def _offered(case: Case, seen: Callable[..., str]) -> Mapping[str, Any]:
    """Return the material: only what supports a draft. Untrusted and internal texts support nothing: they stay here."""
    promises = case.policy.promises_by_language
    return {
        "promises": promises.get(case.language) or promises.get("en") or case.policy.promises,
        "contact_line": in_language(case.policy.contact_lines, case.language),
        "passages": [_shown(passage, seen) for passage in case.published()],
        "own_words": [seen(words) for words in case.own_words if words.strip()],
        "said": [seen(words) for words in case.said if words.strip() and words != case.question],
        "question": seen(case.question),
    }


def _shown(passage: Passage, seen: Callable[..., str]) -> Passage:
    return replace(passage, title=seen(passage.title, published=True), text=seen(passage.text, published=True))


def _schema(codes: tuple[str, ...]) -> Mapping[str, Any]:
    """Return the JSON Schema of an answer, in the part of it that every provider's strict mode takes."""
    text = {"type": "string"}
    finding = {
        "type": "object",
        "properties": {"quote": text, "code": {"type": "string", "enum": list(codes)}, "why": text},
        "required": ["quote", "code", "why"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"proof": text, "findings": {"type": "array", "items": finding}},
        "required": ["proof", "findings"],
        "additionalProperties": False,
    }
