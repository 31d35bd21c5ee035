"""With a model: the question rewritten to stand alone, in each language of the help content, in one bounded call."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from heedful.answerable import THRESHOLD
from heedful.budget import Count
from heedful.compose import compose, hider
from heedful.errors import HeedfulError, UpstreamError
from heedful.policy import Policy
from heedful.ports import ChatModel
from heedful.prompts import Prompts
from heedful.query import Hide, make_query
from heedful.values import Conversation, Prompt, Retrieved, Turn, View

WAIT_S = 2.0  # the longest a customer waits for it; after that the plain words are all there is
MOST_TOKENS = 160  # of the answer
PROMPT_TOKENS = 2_000
LONGEST = 400  # characters of one question
STANDS_ALONE = 3  # words of its own from which a question is not taken to lean on what was said before
UNREAD = 0.8  # of a passage in another language than the question

_LINE = re.compile(r"^\W{0,3}([a-z]{2})\W{0,3}[:：]\s*(.+)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"‹[^‹›\n]{1,40}›")


class Searches(Protocol):
    """What the rewritten question is searched with; `retrieve.Retriever` is the one there is."""

    async def retrieve(
        self, question: str, *, language: str, history: Sequence[Turn] = (), hide: Hide | None = None
    ) -> Retrieved: ...


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The question by language, as the model wrote it, and the prompt files it was asked with."""

    questions: Mapping[str, str]
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Asks the model; whatever goes wrong, the plain words are searched. `languages` are those of the help content."""

    model: ChatModel
    policy: Policy
    prompts: Prompts
    count: Count
    languages: Callable[[], Awaitable[Collection[str]]]
    wait_s: float = WAIT_S
    report: Callable[[BaseException], None] = lambda _error: None

    async def find(
        self, searches: Searches, conversation: Conversation, language: str, view: View
    ) -> tuple[Retrieved, Rewritten]:
        """Return what the question finds, rewritten where its plain words alone would not do, and how it was rewritten.

        A follow-up is rewritten while its plain words are searched; another question only when they find nothing sure.

        Raises:
            StoreError: The database did not answer.
        """
        asking = self._started(conversation, language, view)
        asked, before, hide = conversation.question, conversation.turns[:-1], self._hider(view)
        try:
            plain = await searches.retrieve(asked, language=language, history=before, hide=hide)
            if asking is None and plain.answerable >= THRESHOLD:
                return plain, Rewritten({})
            rewritten = await (asking or self.rewrite(conversation, language, view))
        finally:
            if asking is not None:
                asking.cancel()
        return await _best(searches, plain, rewritten, language), rewritten

    def _hider(self, view: View) -> Hide:
        async def seen() -> View:
            return view

        return hider(self.policy, seen)

    def _started(self, conversation: Conversation, language: str, view: View) -> asyncio.Task[Rewritten] | None:
        if not leans(conversation, language):
            return None
        return asyncio.create_task(self.rewrite(conversation, language, view))

    async def rewrite(self, conversation: Conversation, language: str, view: View) -> Rewritten:
        """Return the question in each language; in none when the model does not answer in time.

        The model reads values of the view, cards, accounts and identity numbers as placeholders.
        """
        try:
            languages = tuple(dict.fromkeys([language, *sorted(await self.languages())]))
            prompt = self._prompt(conversation, view, languages)
            said = await asyncio.wait_for(self._said(prompt), self.wait_s)
        except (HeedfulError, TimeoutError) as error:
            self.report(error if isinstance(error, HeedfulError) else UpstreamError("the question was not rewritten"))
            return Rewritten({})
        return Rewritten(_read(said, languages), prompt.digests)

    def _prompt(self, conversation: Conversation, view: View, languages: tuple[str, ...]) -> Prompt:
        return compose(
            "rewrite_question",
            conversation=conversation,
            question=conversation.question,
            language=languages[0],
            languages=languages,
            kinds=(),
            passages=(),
            view=view,
            policy=self.policy,
            prompts=self.prompts,
            count=self.count,
            max_prompt_tokens=PROMPT_TOKENS,
            max_reply_tokens=MOST_TOKENS,
        )

    async def _said(self, prompt: Prompt) -> str:
        said = ""
        async with aclosing(self.model.stream(prompt)) as pieces:  # type: ignore[type-var]  # see ChatModel
            async for piece in pieces:
                said += piece
                if len(said) > LONGEST * len(_LINE.findall(said)) + LONGEST:
                    break
        return said


def leans(conversation: Conversation, language: str) -> bool:
    """Tell whether the question is a follow-up that says too little by itself."""
    query = make_query(conversation.question, language, conversation.turns[:-1])
    return bool(query.topics) and query.own_count < STANDS_ALONE


def _read(said: str, languages: Sequence[str]) -> Mapping[str, str]:
    """Read the lines; an answer without any is the question in its own language."""
    found = {code: text for code, text in _LINE.findall(said) if code in languages}
    if not found and said.strip() and "\n" not in said.strip() and not _LINE.search(said):
        found = {languages[0]: said}
    plain = {code: " ".join(_PLACEHOLDER.sub(" ", text).split())[:LONGEST] for code, text in found.items()}
    return {code: text for code, text in plain.items() if text}


async def _best(searches: Searches, plain: Retrieved, rewritten: Rewritten, language: str) -> Retrieved:
    """Return what was found most surely; in the question's own language rather than in another."""
    best = plain
    if own := rewritten.questions.get(language):
        found = await searches.retrieve(own, language=language)
        if found.answerable >= max(THRESHOLD, plain.answerable * UNREAD):
            return found
        best = max(best, found, key=lambda one: one.answerable)
    if best.answerable >= THRESHOLD:
        return best
    for code, text in rewritten.questions.items():
        if code != language:
            found = await searches.retrieve(text, language=code)
            worth = found.answerable * UNREAD
            if worth > best.answerable and worth >= THRESHOLD:
                best = replace(found, answerable=worth, question=rewritten.questions.get(language, best.question))
    return best
