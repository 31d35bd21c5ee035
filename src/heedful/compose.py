"""View, passages and turns → the messages a model reads, within a budget of tokens; what did not fit is named."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from heedful.budget import Count, Parts, fitted
from heedful.policy import Policy, in_language
from heedful.prompts import Prompts, Rendered
from heedful.pseudonyms import ADDRESSES, Pseudonyms, hiding
from heedful.query import Hide
from heedful.states import state_of
from heedful.values import Conversation, Job, Material, Message, Passage, Prompt, Turn, View

FENCE = str.maketrans({"⟦": "[", "⟧": "]"})  # material can't end its own fence: these two only ever come from us
MESSAGE_TOKENS = 4  # what a chat format adds around each message (OpenAI's cookbook: 3, and 1 for the role)
NAME_FACTS = ("name", "full_name", "customer_name", "first_name")
LANGUAGES = {
    "en": "English",
    "ko": "Korean",
    "ja": "Japanese",
    "zh": "Chinese",
    "es": "Spanish",
    "fr": "French",
    "de": "German",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "ru": "Russian",
    "uk": "Ukrainian",
    "tr": "Turkish",
    "ar": "Arabic",
    "he": "Hebrew",
    "hi": "Hindi",
    "th": "Thai",
    "vi": "Vietnamese",
    "id": "Indonesian",
}

_MARKER = re.compile(r"\s?\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class _Brief:
    """What stays the same however much of the rest is cut."""

    job: Job
    conversation: Conversation
    language: str
    kinds: tuple[str, ...]
    view: View
    policy: Policy
    reasons: tuple[str, ...]
    canary: str
    lead: str
    held_back: str
    languages: tuple[str, ...] = ()


def compose(
    job: Job,
    *,
    conversation: Conversation,
    question: str,
    language: str,
    kinds: Sequence[str],
    passages: Sequence[Passage],
    view: View,
    policy: Policy,
    prompts: Prompts,
    count: Count,
    max_prompt_tokens: int,
    max_reply_tokens: int,
    released: str = "",
    reasons: tuple[str, ...] = (),
    lead: str = "",
    held_back: str = "",
    canary: str = "",
    languages: tuple[str, ...] = (),
) -> Prompt:
    """Return what a model reads for this job: one system message, earlier turns, and last a user message.

    Of `max_prompt_tokens` the system message comes first, then the question (at most half of the rest), facts,
    passages by rank, quoted mail, and turns from the newest back. `cut` names what was left out: `question` and
    `quoted` (shortened), `fact:NAME`, `passage:ID`, `turn:N` with N the place in `conversation.turns`, from 0. The
    answer's own room, `max_reply_tokens`, is beside it. `canary` is derived from the conversation when empty.
    `lead` is what heedful has said before the answer, `held_back` the sentence about what was not used (held_back.py).
    `languages` are those that a question is rewritten into; its own when empty.

    Raises:
        InputError: Not even a short question fits beside the instructions.
        PromptError: A prompt file is missing or asks for something that is not known here.
    """
    mark = canary or _canary(conversation.id)
    brief = _Brief(job, conversation, language, tuple(kinds), view, policy, reasons, mark, lead, held_back, languages)
    names = Pseudonyms(addresses=hides_addresses(policy))
    count = cache(count)  # most texts are counted again as they are, while others are cut
    system = _asked(prompts, f"{conversation.channel if job == 'revise' else job}.md", _instructions(brief))
    room = max_prompt_tokens - count(system.text) - MESSAGE_TOKENS

    @cache
    def following(parts: Parts) -> tuple[tuple[Message, ...], Mapping[str, str]]:
        return _following(brief, parts, prompts)

    def cost(parts: Parts) -> int:
        return sum(count(message.content) + MESSAGE_TOKENS for message in following(parts)[0])

    parts = fitted(_parts(brief, names, question, passages, released), room, count, cost)
    rest, digests = following(parts)
    messages = (Message("system", system.text), *rest)
    return Prompt(
        job=job,
        messages=messages,
        material=_material(brief, parts),
        max_tokens=max_reply_tokens,
        tokens=sum(count(message.content) + MESSAGE_TOKENS for message in messages),
        digests={**system.digests, **digests},
        cut=parts.cut,
        hidden=(brief.canary, system.text),
        placeholders=names.names(),
    )


def hider(policy: Policy, look: Callable[[], Awaitable[View]]) -> Hide:
    """Return what gives a question's words as an embedder elsewhere may read them; `look` is waited for only then."""
    hide: list[Callable[[str], str]] = []

    async def hidden(text: str) -> str:
        view = await look()
        if not hide:
            hide.append(hiding((fact for fact in view.facts if fact.placeholder), addresses=hides_addresses(policy)))
        return hide[0](text)

    return hidden


def hides_addresses(policy: Policy) -> bool:
    """Return whether a model sees e-mail addresses and phone numbers as placeholders, whoever writes them."""
    return any(category.hides(kind) for category in policy.categories.values() for kind in ADDRESSES)


def _parts(brief: _Brief, names: Pseudonyms, question: str, passages: Sequence[Passage], released: str) -> Parts:
    """Return every part as a model may see it: values as placeholders, and no mark that could end a fence."""
    # Placeholders first, so that the values behind them are known when the other texts are looked through.
    hidden = {place: names.fact(fact) for place, fact in enumerate(brief.view.facts) if fact.placeholder}

    def seen(text: str, *, published: bool = False) -> str:
        return names.hide(text, published=published).translate(FENCE)

    asked = Parts(
        question=seen(question),
        released=seen(released),
        turns=tuple((place, _seen_turn(turn, seen(turn.text))) for place, turn in _earlier(brief.conversation)),
    )
    if brief.job == "rewrite_question":
        return asked
    mail = brief.conversation.mail
    return replace(
        asked,
        subject=seen(mail.subject) if mail else "",
        quoted=seen(mail.quoted) if mail else "",
        facts=tuple(
            replace(fact, name=seen(fact.name), value=hidden.get(place) or names.fact(fact).translate(FENCE))
            for place, fact in enumerate(brief.view.facts)
        ),
        passages=tuple(
            replace(
                passage,
                title=seen(passage.title, published=passage.trust == "published"),
                text=seen(passage.text, published=passage.trust == "published"),
            )
            for passage in passages
        ),
    )


def _earlier(conversation: Conversation) -> list[tuple[int, Turn]]:
    """Return all turns but the one to answer: the customer's last."""
    turns = list(enumerate(conversation.turns))
    last = max((place for place, turn in turns if turn.speaker == "customer"), default=-1)
    return [(place, turn) for place, turn in turns if place != last and turn.text.strip()]


def _seen_turn(turn: Turn, text: str) -> Turn:
    # The numbers in an earlier answer are of the passages it had, not of these.
    return replace(turn, text=text if turn.speaker == "customer" else _MARKER.sub("", text))


def _following(brief: _Brief, parts: Parts, prompts: Prompts) -> tuple[tuple[Message, ...], Mapping[str, str]]:
    """Return what follows the system message, and the digests of the files it was rendered from."""
    if brief.job == "rewrite_question":
        turns = [turn for _, turn in parts.turns]
        rendered = _asked(prompts, "_turns.md", {"question": parts.question, "turns": turns})
        return (Message("user", rendered.text),), rendered.digests
    history, unanswered = _history(parts.turns)
    file = "revise.md" if brief.job == "revise" else "_material.md"
    rendered = _asked(prompts, file, {**_company(brief), **_parts_of_prompt(brief, parts), "unanswered": unanswered})
    return (*history, Message("user", rendered.text)), rendered.digests


def _history(turns: Sequence[tuple[int, Turn]]) -> tuple[tuple[Message, ...], str]:
    """Return earlier turns as messages, and what the customer said since the last answer.

    Roles alternate and the customer begins: several chat formats refuse anything else.
    """
    messages: list[Message] = []
    for _, turn in turns:
        role: Literal["user", "assistant"] = "user" if turn.speaker == "customer" else "assistant"
        if messages and messages[-1].role == role:
            messages[-1] = Message(role, f"{messages[-1].content}\n\n{turn.text}")
            continue
        if not messages and role == "assistant":
            messages.append(Message("user", "…"))
        messages.append(Message(role, turn.text))
    if messages and messages[-1].role == "user":
        return tuple(messages[:-1]), messages[-1].content
    return tuple(messages), ""


def _asked(prompts: Prompts, file: str, offered: Mapping[str, Any]) -> Rendered:
    """Render the file with what it asks for: a company's own prompts need not use all that is offered."""
    asked = prompts.variables(file)
    return prompts.render(file, **{name: value for name, value in offered.items() if name in asked})


def _instructions(brief: _Brief) -> Mapping[str, Any]:
    return {
        **_company(brief),
        "ai_name": in_language(brief.policy.ai_name, brief.language),
        "canary": brief.canary,
        "facts_held_back": bool(brief.held_back),
        "language": brief.language,
        "language_name": _name(brief.language),
        "kinds": brief.kinds,
        "state": state_of(brief.conversation.question, brief.language).name,
        "languages": [{"code": code, "name": _name(code)} for code in brief.languages or (brief.language,)],
        "verified": brief.conversation.verified,
    }


def _name(language: str) -> str:
    return LANGUAGES.get(language, f"the language with ISO 639-1 code {language!r}")


def _company(brief: _Brief) -> Mapping[str, Any]:
    promises = brief.policy.promises_by_language
    return {
        "company": in_language(brief.policy.company, brief.language),
        "contact_line": in_language(brief.policy.contact_lines, brief.language),
        "promises": promises.get(brief.language) or promises.get("en", ()),
    }


def _parts_of_prompt(brief: _Brief, parts: Parts) -> Mapping[str, Any]:
    return {
        "facts": parts.facts,
        "passages": parts.passages,
        "quoted": parts.quoted,
        "subject": parts.subject,
        "question": parts.question,
        "released": parts.released,
        "reasons": brief.reasons,
        "lead": brief.lead,
        "held_back": brief.held_back,
        "language": brief.language,
        "language_names": LANGUAGES,
    }


def _material(brief: _Brief, parts: Parts) -> Material:
    return Material(
        question=parts.question,
        language=brief.language,
        channel=brief.conversation.channel,
        passages=parts.passages,
        facts=parts.facts,
        kinds=brief.kinds,
        released=parts.released,
        reasons=brief.reasons,
        customer_name=next((fact.value for name in NAME_FACTS for fact in parts.facts if fact.name == name), ""),
        company=in_language(brief.policy.company, brief.language),
        before="\n".join([turn.text for _, turn in parts.turns if turn.speaker == "customer"][-2:]),
        held_back=brief.held_back,
    )


def _canary(conversation_id: str) -> str:
    return "hfc-" + hashlib.sha256(f"heedful canary {conversation_id}".encode()).hexdigest()[:20]
