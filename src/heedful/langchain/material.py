"""What an agent's draft is held against: the conversation's words, tools' results as passages, the customer's facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, get_args

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from heedful import consent, policy_case
from heedful.canonical import identifiers, normalise
from heedful.errors import InputError, SettingsError
from heedful.guard.case import Case
from heedful.kinds import kinds_of
from heedful.language import detect
from heedful.policy import CHANNELS, Policy, purpose_for
from heedful.values import Asking, Channel, Passage, Trust, View

TRUSTS: tuple[Trust, ...] = get_args(Trust)
UNTRUSTED: Trust = "untrusted"
NOBODY = View(), consent.Withheld.empty()  # nothing is known of whoever is asking

Documents = Callable[[Mapping[str, Any]], Sequence[Document]]
HeldElsewhere = Callable[[frozenset[str]], Any]  # → those of the identifiers that other customers hold


@dataclass(frozen=True, slots=True)
class Rests:
    """On what drafts may rest, the same for every conversation; see `DataMisuseGuard` for each.

    `as_case` tells that the policy is a guard case's: it says nothing of what a category may be used for.
    """

    policy: Policy
    as_case: bool = False
    channel: Channel = "chat"
    trust: Mapping[str, Trust] = field(default_factory=dict)  # by the name of a tool
    documents: Documents | None = None
    hide_system_prompt: bool = True
    notice_given: bool = True

    def __post_init__(self) -> None:
        if self.channel not in CHANNELS:
            raise SettingsError(f"channel is {self.channel!r}; use one of {', '.join(CHANNELS)}")
        for tool, trust in self.trust.items():
            if trust not in TRUSTS:
                raise SettingsError(f"trust of the tool {tool!r} is {trust!r}; use one of {', '.join(TRUSTS)}")


@dataclass(frozen=True, slots=True)
class Talk:
    """What an agent's state says of the conversation so far; `system` are prompts that stand outside the state."""

    state: Mapping[str, Any]
    system: tuple[str, ...] = ()

    @property
    def messages(self) -> Sequence[BaseMessage]:
        """All messages, oldest first."""
        messages: Sequence[BaseMessage] = self.state.get("messages") or ()
        return messages

    @property
    def said(self) -> tuple[str, ...]:
        """What the customer has said, oldest first."""
        return tuple(str(one.text) for one in self.messages if _by_customer(one))

    @property
    def answered_from(self) -> int:
        """Where the answer to the customer's latest words begins among the messages."""
        return 1 + max((at for at, one in enumerate(self.messages) if _by_customer(one)), default=-1)

    @property
    def prompts(self) -> tuple[str, ...]:
        """All that was said to the model as its system."""
        within = (str(one.text) for one in self.messages if isinstance(one, SystemMessage))
        return tuple(text for text in (*self.system, *within) if text.strip())

    @property
    def question(self) -> str:
        """The customer's latest words; empty before any."""
        return self.said[-1] if self.said else ""

    @property
    def language(self) -> str:
        """The language of the latest words; that of the ones before where they don't tell."""
        return detect(self.question, default=detect("\n".join(self.said)))

    def was_answered(self, but: str | None) -> bool:
        """Whether the assistant has said anything before the message with the id `but`."""
        answers = (one for one in self.messages if isinstance(one, AIMessage) and (but is None or one.id != but))
        return any(str(one.text).strip() for one in answers)


def _by_customer(message: BaseMessage) -> bool:
    """Whether the customer wrote this: a summary is a human message, too, and LangChain marks where it comes from."""
    return isinstance(message, HumanMessage) and not message.additional_kwargs.get("lc_source")


def case_policy(given: Mapping[str, Any] | None) -> Policy:
    """Return the policy of a guard case; without one, a policy that promises nothing.

    A hint is enough for contact facts: a case can't say how precisely they may be given.

    Raises:
        InputError: The mapping is not of the form that a guard case's `policy` has.
    """
    policy = policy_case.policy_of_case(given)
    contact = replace(policy.categories["contact"], precision=dict.fromkeys(CHANNELS, "hint"))
    return replace(policy, categories={**policy.categories, "contact": contact})


def case_of(draft: str, talk: Talk, rests: Rests, about: Mapping[str, Any] | None, *, now: datetime) -> Case:
    """Return the case of a whole draft, `held_elsewhere` still unasked.

    Raises:
        InputError: `about` or a document is not of the form that was asked for; says which part, never a value.
    """
    if about is not None and not isinstance(about, Mapping):
        raise InputError("facts= gave no mapping; give 'purpose', 'verified', 'customer_id' and 'facts', or None")
    language = talk.language
    about = dict(about or {})
    purpose = about.pop("purpose", None) or purpose_for(rests.policy, kinds_of(talk.question, language))
    verified = about.pop("verified", False)
    if not isinstance(purpose, str) or not isinstance(verified, bool):
        raise InputError("what facts= gives has a 'purpose' that is no text, or a 'verified' that is not true or false")
    view, withheld = _seen(about, rests, purpose=purpose, verified=verified, now=now) if about else NOBODY
    return Case(
        draft=draft,
        start=0,
        end=len(draft),
        final=True,
        language=language,
        channel=rests.channel,
        question=talk.question,
        view=view,
        withheld=withheld,
        passages=tuple(_passages(talk, rests, language)),
        policy=rests.policy,
        said=talk.said[:-1],
        hidden=talk.prompts if rests.hide_system_prompt else (),
        notice_given=rests.notice_given,
    )


def _seen(
    profile: Mapping[str, Any], rests: Rests, *, purpose: str, verified: bool, now: datetime
) -> tuple[View, consent.Withheld]:
    policy = rests.policy
    if rests.as_case:
        return consent.case_view(
            profile, purpose=purpose, verified=verified, channel=rests.channel, now=now, policy=policy
        )
    asking = Asking(
        purpose=purpose,
        kinds=tuple(policy.kinds),  # what an agent looks up is its own decision: the kinds narrow nothing
        verified=verified,
        channel=rests.channel,
        without_my_data=False,
        now=now,
    )
    return consent.view(consent.read_profile(profile), asking, policy)


def identifiers_in(draft: str) -> frozenset[str]:
    """Return what in a draft may identify somebody, in the one spelling that a look-up compares."""
    return frozenset(found.canonical for found in identifiers(normalise(draft)))


def without_untrusted(messages: Sequence[BaseMessage], rests: Rests) -> list[BaseMessage]:
    """Return the messages with the results of untrusted tools left out, for a draft that followed one of them."""
    return [
        one.model_copy(update={"content": "(left out: it can't be trusted)", "artifact": None})
        if isinstance(one, ToolMessage) and rests.trust.get(one.name or "", UNTRUSTED) == UNTRUSTED
        else one
        for one in messages
    ]


def _passages(talk: Talk, rests: Rests, language: str) -> Iterator[Passage]:
    for message in talk.messages:
        if not isinstance(message, ToolMessage):
            continue
        trust = rests.trust.get(message.name or "", UNTRUSTED)
        found = [one for one in _sequence(message.artifact) if isinstance(one, Document)]
        for number, document in enumerate(found):
            yield _of_document(document, trust, f"{message.tool_call_id}-{number}", language)
        if not found or trust != "published":
            id_, title = message.tool_call_id, message.name or ""
            yield Passage(id_, id_, title, str(message.text), "", language, trust)
    for number, document in enumerate(rests.documents(talk.state) if rests.documents else ()):
        trust = document.metadata.get("trust", UNTRUSTED)
        if trust not in TRUSTS:
            raise InputError(f"the 'trust' of document {number + 1} is none of {', '.join(TRUSTS)}")
        yield _of_document(document, trust, f"document-{number}", language)


def _of_document(document: Document, trust: Trust, id_: str, language: str) -> Passage:
    metadata = document.metadata
    source = str(metadata.get("url") or metadata.get("source") or "")
    return Passage(
        id=str(document.id or id_),
        article_id=str(document.id or id_),
        title=str(metadata.get("title") or ""),
        text=document.page_content,
        url=source if source.startswith("https://") else "",
        lang=language,
        trust=trust,
    )


def _sequence(artifact: Any) -> Sequence[Any]:
    return artifact if isinstance(artifact, list | tuple) else ()
