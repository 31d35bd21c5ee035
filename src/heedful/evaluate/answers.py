"""The same questions to two whole assistants, one after the other, in folders that are gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from heedful.assemble import Heedful, assemble, vocabulary_folder
from heedful.errors import HeedfulError, InputError, PolicyError, PromptError, SettingsError
from heedful.evaluate import scratch
from heedful.evaluate.asked import Question
from heedful.evaluate.sides import Side
from heedful.settings import Settings
from heedful.values import Event, Turn

Tell = Callable[[Mapping[str, Any]], None]
SideName = Literal["a", "b"]
SIDES: tuple[SideName, SideName] = ("a", "b")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one side said to one question; `failed` says why it said nothing of its own, empty otherwise."""

    text: str = ""
    language: str = ""
    handed_off: bool = False
    reason: str = ""  # why a person takes over
    citations: tuple[Mapping[str, Any], ...] = ()
    changed: tuple[str, ...] = ()  # reason codes of what was masked, left out or written again
    model: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    tokens: int = 0  # of the words that were sent
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """One question, what both sides said, and the passages that retrieval had for it."""

    question: Question
    a: Answer
    b: Answer
    passages: tuple[str, ...] = ()

    def side(self, name: SideName) -> Answer:
        """Return what one side said."""
        return self.a if name == "a" else self.b

    @property
    def is_whole(self) -> bool:
        """Whether both sides answered."""
        return not self.a.failed and not self.b.failed


class _Answering:
    """One side, open: it answers one question at a time and remembers what went wrong behind the last reply."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._troubles: list[str] = []
        self._ours: Heedful

    async def open(self, folder: Path, stack: AsyncExitStack) -> None:
        """Open everything over a filled scratch folder; vectors are there when this returns."""
        settings = scratch.over(self.side.settings, folder)
        try:
            self._ours = await stack.enter_async_context(assemble(settings, report=self._note, warm=True))
        except (SettingsError, PromptError, PolicyError) as error:
            raise InputError(f"side {self.side.name!r}: {error}") from error
        await self._ours.knowledge.start()

    async def passages(self, question: Question) -> tuple[str, ...]:
        """Return the texts that this question is answered from."""
        try:
            found = await self._ours.retriever.retrieve(question.text, language=question.lang)
        except HeedfulError:
            return ()
        return tuple(passage.text for passage in found.passages)

    async def answer(self, question: Question) -> Answer:
        """Return what a customer would be shown, or why there is nothing."""
        self._troubles.clear()
        turns = [Turn("customer", question.text)]
        try:
            events = await self._ours.conversations.answer("chat", turns, language=question.lang)
        except HeedfulError as error:
            return Answer(failed=str(error))
        return self._read(events)

    def _read(self, events: Sequence[Event]) -> Answer:
        reply = next((event.content for event in events if event.type == "reply"), None)
        if reply is None:
            problem = next((event.content for event in events if event.type == "error"), {})
            return Answer(failed=str(problem.get("detail") or problem.get("title") or "the reply was cut off"))
        reason = next((str(event.content["reason"]) for event in events if event.type == "hand_off"), "")
        model, wanted = str(reply["receipt"]["model"]["name"]), self._ours.writer.model.name
        failed = ""
        if reason == "model_down" or model != wanted:  # words of another writer would say nothing about this side
            failed = self._troubles[-1] if self._troubles else f"the model {wanted!r} did not answer"
        return Answer(
            text=str(reply["text"]).strip(),
            language=str(reply["language"]),
            handed_off=bool(reply["handed_off"]),
            reason=reason,
            citations=tuple(reply["citations"]),
            changed=tuple(reply["receipt"]["changed"]),
            model=model,
            timings_ms=reply["timings_ms"],
            failed=failed,
        )

    def _note(self, error: BaseException) -> None:
        self._troubles.append(str(error) if isinstance(error, HeedfulError) else type(error).__name__)


async def answered(
    sides: tuple[Side, Side], questions: Sequence[Question], *, first_is_b: Callable[[str], bool], tell: Tell
) -> tuple[Pair, ...]:
    """Return each question with both answers; `first_is_b` says by id who is asked first, so that neither always is.

    Raises:
        InputError: There is no help content, or a side can't be opened; says which.
        StoreError: The help content could not be read or copied.
    """
    with tempfile.TemporaryDirectory(prefix="heedful-compare-") as work:
        async with AsyncExitStack() as stack:
            a, b = _Answering(sides[0]), _Answering(sides[1])
            for done, one in enumerate((a, b)):
                tell({"stage": "copying", "done": done, "total": 2})
                folder = Path(work) / SIDES[done]
                await scratch.fill(folder, one.side.settings)
                await one.open(folder, stack)
            for one in (a, b):  # what is loaded at first use would count as the time of the first answer
                await one.passages(questions[0])
            pairs: list[Pair] = []
            for question in questions:
                tell({"stage": "answering", "done": len(pairs), "total": len(questions)})
                said = {}
                for one in (b, a) if first_is_b(question.id) else (a, b):
                    said[one] = await one.answer(question)
                pairs.append(Pair(question, said[a], said[b], await a.passages(question)))
            tell({"stage": "answering", "done": len(pairs), "total": len(questions)})
    return _counted(pairs, sides[0].settings)


def _counted(pairs: Sequence[Pair], settings: Settings) -> tuple[Pair, ...]:
    """Return the pairs with the tokens of each answer, all by one measure: that of A's model."""
    from heedful.adapters import tokens

    count = tokens.counter(settings.model, vocabulary_folder(settings))
    a, b = ([replace(pair.side(name), tokens=count(pair.side(name).text)) for pair in pairs] for name in SIDES)
    return tuple(replace(pair, a=first, b=second) for pair, first, second in zip(pairs, a, b, strict=True))
