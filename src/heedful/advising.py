"""What style has to say of a reply in the making: its own words, without a mail's frame and what code said."""

from __future__ import annotations

import asyncio

from heedful.gate import Style
from heedful.policy import Policy, in_language
from heedful.states import state_of
from heedful.voice import Spoken, advise, opening_waits
from heedful.work import Work


async def style_of(work: Work, policy: Policy, draft: str, *, final: bool) -> Style:
    """Return the rules of style that a draft goes against, each once, and whether its opening is still to come.

    Raises:
        TimeoutError: A pattern lost its patience with the draft.
    """
    return await asyncio.to_thread(_style, work, policy, draft, final)


def _style(work: Work, policy: Policy, draft: str, final: bool) -> Style:
    conversation, language = work.conversation, work.reading.language
    notice = in_language(policy.notices.get(conversation.channel, {}), language)
    spoken = Spoken(
        question=conversation.question,
        language=language,
        reply=_own_words(draft, (work.frame.opening, work.frame.closing, notice, work.lead, work.held_back)),
        channel=conversation.channel,
        state=state_of(conversation.question, language).name,
        passages=tuple(passage.text for passage in work.found.passages),
        final=final,
    )
    return Style(tuple(dict.fromkeys(one.rule for one in advise(spoken))), waits=opening_waits(spoken))


def _own_words(draft: str, others: tuple[str, ...]) -> str:
    """Return the draft without the words that its writer did not choose."""
    for words in others:
        if words.strip():
            draft = draft.replace(words.strip(), "", 1)
    return draft.strip()
