"""One reply in the making: what was read from the customer's words, and what is known so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from heedful import kinds, language
from heedful.agreements import Offer
from heedful.consent import Seen, Withheld
from heedful.guard.case import Case
from heedful.policy import Policy, purpose_for
from heedful.ports import ChatModel
from heedful.pseudonyms import Pseudonyms
from heedful.rewriting import Rewritten
from heedful.values import Conversation, ModelName, Prompt, Retrieved, View


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a model may read and write, in tokens, and how long a check may take, in seconds."""

    prompt_tokens: int = 6000
    reply_tokens: int = 700
    check_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks: `now` is UTC, `tick` counts seconds and never goes back."""

    now: Callable[[], datetime]
    tick: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from the customer's words before anything is looked up."""

    language: str
    kinds: tuple[str, ...]
    purpose: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the model's words in a mail; empty elsewhere."""

    opening: str = ""
    closing: str = ""


@dataclass(slots=True)
class Work:
    """What each step of the pipeline finds, for the steps after it, each check, and the receipt."""

    conversation: Conversation
    reply_id: str
    reading: Reading
    started: float
    writer: ChatModel
    found: Retrieved = field(default_factory=lambda: Retrieved((), 0.0))
    rewritten: Rewritten = field(default_factory=lambda: Rewritten({}))
    seen: Seen | None = None
    lead: str = ""  # what heedful says itself, before the answer
    offer: Offer | None = None
    held_back: str = ""  # the sentence that says what of the customer's was not used
    prompt: Prompt | None = None
    names: Pseudonyms = field(default_factory=Pseudonyms)
    hidden: tuple[str, ...] = ()
    frame: Frame = field(default_factory=Frame)
    profile_missing: bool = False
    case: Case | None = None
    judged: str = ""  # the draft that passed the rules, and the judge where one was asked
    judge: ModelName | None = None
    judge_prompts: Mapping[str, str] = field(default_factory=dict)
    revised: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def view(self) -> View:
        """What may be used, as of the last look; nothing before the first."""
        return self.seen.view if self.seen else View()

    @property
    def withheld(self) -> Withheld:
        """What is held and may not be used, sealed."""
        return self.seen.withheld if self.seen else Withheld.empty()


def read(conversation: Conversation, policy: Policy) -> Reading:
    """Decide language, kinds and purpose once, from the customer's words."""
    earlier = [turn.text for turn in conversation.turns if turn.speaker == "customer"][:-1]
    first = conversation.language or "en"  # what the surface speaks; words that say more than "ok" outweigh it
    spoken = language.detect(earlier[-1], default=first) if earlier else first
    tongue = language.detect(conversation.question, default=spoken)
    found = kinds.kinds_of(conversation.question, tongue)
    if not found and earlier:
        found = kinds.kinds_of(earlier[-1], tongue)  # "And when?" is about what was said before
    return Reading(tongue, found, conversation.purpose or purpose_for(policy, found))


def said(conversation: Conversation) -> tuple[str, ...]:
    """Return what the customer has said here; the name and address they write under are their own words, too."""
    turns = tuple(turn.text for turn in conversation.turns if turn.speaker == "customer")
    mail = conversation.mail
    return (*turns, mail.sender_name, mail.subject) if mail else turns
