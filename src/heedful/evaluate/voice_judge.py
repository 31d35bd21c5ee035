"""A model's opinion on how replies sound: the three marks of expressed empathy, and whether the answer helps.

The marks are those of EPITOME: A. Sharma et al., A Computational Approach to Understanding Empathy Expressed in
Text-Based Mental Health Support (EMNLP 2020): emotional reaction, interpretation and exploration, each 0 to 2.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from statistics import fmean
from typing import Any, cast

from heedful.compose import FENCE
from heedful.errors import ModelError
from heedful.evaluate.items import Figures, share
from heedful.ports import ChatModel
from heedful.prompts import Prompts
from heedful.values import Material, Message, Prompt
from heedful.voice import Spoken

MARKS = ("emotional_reaction", "interpretation", "exploration", "helpfulness")
MOST = 2  # of each mark
PROMPT = "voice_judge.md"
ANSWER_TOKENS = 2_000  # a model that thinks before it answers needs most of them for that
TRIES = 2

_MARK = {"type": "integer", "enum": list(range(MOST + 1))}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": dict.fromkeys(MARKS, _MARK),
    "required": list(MARKS),
    "additionalProperties": False,
}

Opinion = Mapping[str, int]  # mark → 0 to 2


class VoiceJudge:
    """Asks a model about one reply at a time."""

    def __init__(self, model: ChatModel, prompts: Prompts) -> None:
        self._model = model
        self._prompts = prompts

    async def opinion(self, spoken: Spoken) -> Opinion | None:
        """Return the marks of one reply; `None` when the model twice gives none that can be read.

        Raises:
            ModelError: The model can't be reached, or may not be used.
        """
        prompt = self._prompt(spoken)
        for _ in range(TRIES):
            marks = _marks(await self._said(prompt))
            if marks is not None:
                return marks
        return None

    def _prompt(self, spoken: Spoken) -> Prompt:
        system = self._prompts.render(PROMPT, marks=MARKS, most=MOST)
        parts = (
            *(f"⟦passage⟧\n{passage.translate(FENCE)}\n⟦end of passage⟧" for passage in spoken.passages),
            f"⟦the customer's message⟧\n{spoken.question.translate(FENCE)}\n⟦end of the customer's message⟧",
            f"⟦the reply⟧\n{spoken.reply.translate(FENCE)}\n⟦end of the reply⟧",
        )
        return Prompt(
            job="judge",
            messages=(Message("system", system.text), Message("user", "\n\n".join(parts))),
            material=Material("", spoken.language, spoken.channel),
            max_tokens=ANSWER_TOKENS,
            digests=system.digests,
            schema=SCHEMA,
        )

    async def _said(self, prompt: Prompt) -> str:
        said = ""
        stream = cast("AsyncGenerator[str]", self._model.stream(prompt))  # see ChatModel
        try:
            async with aclosing(stream) as pieces:
                async for piece in pieces:
                    said += piece
        except ModelError as error:
            if error.code in ("model_cut_off", "model_refused", "model_empty"):
                return ""
            raise
        return said


def figures_of(opinions: Sequence[Opinion | None]) -> Figures:
    """Return the means of the marks over the replies that were marked, and how many were."""
    marked = [opinion for opinion in opinions if opinion is not None]
    means = {mark: round(fmean(opinion[mark] for opinion in marked), 3) for mark in MARKS} if marked else {}
    return {"opinion": {"marked": share(len(marked), len(opinions)), **means}}


def _marks(said: str) -> Opinion | None:
    """Return what an answer marks; `None` when it is not what was asked for."""
    start, end = said.find("{"), said.rfind("}")
    try:
        answer = json.loads(said[start : end + 1])
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    marks = {mark: answer.get(mark) for mark in MARKS}
    is_whole = all(type(value) is int and 0 <= value <= MOST for value in marks.values())
    return cast("Opinion", marks) if is_whole else None
