"""The frozen values that travel between rooms; nothing here does anything but hold, compare and fold."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Channel = Literal["chat", "email", "assist"]
Trust = Literal["published", "internal", "untrusted"]
Speaker = Literal["customer", "assistant", "person"]
Release = Literal["unit", "whole"]
ConsentState = Literal["given", "refused", "withdrawn", "expired", "none"]
WithheldWhy = Literal[
    "unverified",  # nobody has proved who is writing
    "without_my_data",  # the customer asked for an answer without their data
    "not_needed",  # consented for this purpose, but this kind of question does not need it
    "purpose",  # consented, for another purpose
    "no_consent",  # never asked, refused, withdrawn or expired (see `consent`)
    "not_allowed",  # the policy never lets this category be used this way
    "precision",  # in the view as a hint only; the full value stays here
    "expired",  # what was collected was to be kept until a day that has passed
    "opted_out",  # the customer's browser says no to data about their behaviour (`Sec-GPC: 1`)
]


class Action(enum.StrEnum):
    """What a verdict asks for, mildest first; compare with `severity`."""

    SEND = "send"
    REDACT = "redact"
    REVISE = "revise"
    HAND_OFF = "hand_off"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for `send` up to 4 for `block`."""
        return list(Action).index(self)


def worst(actions: Iterable[Action]) -> Action:
    """Return the most severe of `actions`; `send` when there are none."""
    return max(actions, key=lambda action: action.severity, default=Action.SEND)


# ── conversation ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said. `at` is UTC; `None` where the source did not say when."""

    speaker: Speaker
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address a mail would go to."""

    address: str
    field: Literal["to", "cc", "bcc"] = "to"


@dataclass(frozen=True, slots=True)
class Mail:
    """What only an e-mail conversation has. Addresses are bare, lower-cased."""

    subject: str = ""
    recipients: tuple[Recipient, ...] = ()
    reply_to: str | None = None
    verified_addresses: tuple[str, ...] = ()
    sender_name: str = ""  # as the customer's own mail program gave it
    quoted: str = ""  # the part of the mail the customer quoted or forwarded: untrusted text


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that has been said on one channel; the last turn is the one to answer.

    `customer_id` is set only when the customer has proved who they are, `purpose` only by a caller with a secret key.
    `language` is what the surface speaks: it counts where the customer's words don't say which language they are.
    `notice_given` tells whether the customer has already been told that an AI answers.
    """

    id: str
    channel: Channel
    turns: tuple[Turn, ...]
    customer_id: str | None = None
    language: str | None = None
    purpose: str | None = None
    without_my_data: bool = False
    notice_given: bool = True
    mail: Mail | None = None
    opted_out: bool = False  # the browser sent `Sec-GPC: 1`: no data about behaviour
    offers: tuple[Event, ...] = ()  # the offers to remember something made in it so far, oldest first

    @property
    def question(self) -> str:
        """The customer's latest words; empty when they have said nothing yet."""
        return next((turn.text for turn in reversed(self.turns) if turn.speaker == "customer"), "")

    @property
    def verified(self) -> bool:
        """Whether the customer has proved who they are."""
        return self.customer_id is not None


# ── knowledge ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Article:
    """One document of help content. `source` is where it was read from; `digest` is SHA-256 hex of its content."""

    id: str
    title: str
    text: str
    url: str
    lang: str
    trust: Trust
    source: str
    digest: str
    updated: str = ""  # ISO date, empty when the source does not say


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article, small enough to quote. `url` opens the article at the passage's heading.

    `score` is what ranking gave it: from 0 (far) to 1 (same); 0 before it has been ranked.
    """

    id: str
    article_id: str
    title: str
    text: str
    url: str
    lang: str
    trust: Trust = "published"
    headings: tuple[str, ...] = ()
    position: int = 0  # order within the article, from 0
    updated: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions in a message: its words, and the ids of the passages that were found for it."""

    text: str
    passages: tuple[str, ...]  # best first; none when nothing answers it
    told: str = ""  # what stands around it


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What retrieval found. `answerable` is from 0 to 1: how likely the passages answer the question."""

    passages: tuple[Passage, ...]  # best first; good enough to answer from
    answerable: float
    nearest: Passage | None = None  # the best there was, also when it was not good enough
    question: str = ""  # as searched: stands alone when there was history
    parts: tuple[Part, ...] = ()  # where the message holds several questions


# ── the customer ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the company holds about a customer: from where, since when, collected for which purpose, until when."""

    name: str
    value: str
    category: str
    source: str = ""  # `customer` for what they asked to have remembered; else the company's own word for it
    at: datetime | None = None
    collected_for: str = ""  # a purpose; empty where nobody said
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What a customer was told when they were asked, and how they answered.

    The fields are those of ISO/IEC TS 27560 (consent records) and of Korea's PIPA, articles 15(2) and 17(2).
    """

    notice: str  # the exact words
    notice_version: str
    language: str
    collected: str  # how: `your_data`, `offer`, `api`, `import`, `command_line`
    controller: str = ""  # who asks: the company, and how to reach it
    recipients: tuple[tuple[str, str], ...] = ()  # (who reads it, in which country), the model's provider among them
    withdraw: str = ""  # how to take it back
    refusing: str = ""  # what happens when the answer is no
    kept_for: str = ""  # how long


@dataclass(frozen=True, slots=True)
class Consent:
    """One recorded event: `state` for a purpose and a category of facts, or one named fact (the narrower wins)."""

    id: str
    purpose: str
    state: ConsentState
    at: datetime
    category: str | None = None
    fact: str | None = None
    valid_until: datetime | None = None
    terms: Terms | None = None  # read where consents are shown; a view needs none of it


@dataclass(frozen=True, slots=True)
class Asking:
    """What the view depends on."""

    purpose: str
    kinds: tuple[str, ...]
    verified: bool
    channel: Channel
    without_my_data: bool
    now: datetime
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class FactInView:
    """A fact that may be used for this asking, at the precision allowed."""

    name: str
    value: str
    category: str
    purpose: str
    consent_id: str
    given_at: datetime
    source: str = ""
    placeholder: bool = False  # the model sees a typed placeholder instead of the value
    channels: frozenset[str] = frozenset({"chat", "email", "assist"})  # which may carry the value


@dataclass(frozen=True, slots=True)
class WithheldName:
    """The name of a fact that may not be used, and why; never its value."""

    name: str
    category: str
    why: WithheldWhy


@dataclass(frozen=True, slots=True)
class View:
    """The facts that may be used for one asking, and the names of the rest."""

    facts: tuple[FactInView, ...] = ()
    withheld: tuple[WithheldName, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Where a text repeats a withheld value: offsets in characters of the text as given, `end` exclusive.

    `hinted`: not the value itself stands there, but other words that give it away.
    """

    name: str
    category: str
    why: WithheldWhy
    start: int
    end: int
    hinted: bool = False


# ── what the model reads ──────────────────────────────────────────────────────────────────────────────────

Job = Literal["chat", "email", "assist", "revise", "rewrite_question", "judge"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Material:
    """What a prompt was rendered from, for a writer that needs no prompt (the extractive one)."""

    question: str
    language: str
    channel: Channel
    passages: tuple[Passage, ...] = ()  # rank 1 first: `[1]` in a draft is passages[0]
    facts: tuple[FactInView, ...] = ()  # values as the model may see them: placeholders where asked for
    kinds: tuple[str, ...] = ()
    released: str = ""  # what the customer has already been shown of this reply (job `revise`)
    reasons: tuple[str, ...] = ()  # reason codes that made a revision necessary
    customer_name: str = ""
    company: str = ""
    before: str = ""  # what the customer said before the question, as a model may see it
    sure: bool = True  # whether retrieval found the passages to answer the question; else they are the nearest
    likely: float = 1.0  # from 0 to 1, how likely retrieval holds it that they do
    parts: tuple[Part, ...] = ()  # of a message with several questions: each with what was found for it
    held_back: str = ""  # the sentence that says what of the customer's was not used for this, and what helps


@dataclass(frozen=True, slots=True)
class Prompt:
    """What goes to a model for one job. `hidden` are texts that must never come back out (canary, instructions)."""

    job: Job
    messages: tuple[Message, ...]
    material: Material
    max_tokens: int
    tokens: int = 0
    digests: Mapping[str, str] = field(default_factory=dict)  # prompt file → SHA-256 hex
    cut: tuple[str, ...] = ()  # what did not fit, by name: "passage:ID", "turn:3"
    hidden: tuple[str, ...] = ()
    placeholders: Mapping[str, str] = field(default_factory=dict)  # `‹order-1›` → the value the customer will see
    schema: Mapping[str, Any] | None = None  # JSON Schema that the answer follows, where a model can be held to one


@dataclass(frozen=True, slots=True)
class ModelName:
    """Which model, and where it runs: `this machine`, or the host (and country, when configured) it is called at."""

    name: str
    where: str
    also: tuple[ModelName, ...] = ()  # who reads the same besides: a judge


# ── the guard ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason not to send a draft as it is. Offsets are characters of the draft, `end` exclusive.

    `mask` is what a redaction puts in place of the span: text, or empty to leave the span out.
    """

    code: str
    action: Action
    rule: str
    start: int = 0
    end: int = 0
    why: str = ""  # for the company's staff: what it matched; never a customer's value
    mend: str = ""  # what would mend it
    mask: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's outcome on a reply, for the receipt. `observed`: it found something, and the policy let it stand."""

    rule: str
    result: Literal["passed", "found", "absent", "failed", "observed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings on a draft; its action is the worst of them. What is only `observed` counts for nothing."""

    findings: tuple[Finding, ...] = ()
    checks: tuple[Check, ...] = ()
    observed: tuple[Finding, ...] = ()

    @property
    def action(self) -> Action:
        """The worst action among the findings; `send` when there are none."""
        return worst(finding.action for finding in self.findings)


# ── what leaves ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Citation:
    """One source under a reply; `n` is the marker in its text, counted by first appearance."""

    n: int
    id: str
    title: str
    url: str
    snippet: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reply was made of; the customer can read it. JSON as DESIGN gives it: see `as_json`."""

    id: str
    at: datetime
    kinds: tuple[str, ...]
    purpose: str
    verified: bool
    facts: tuple[FactInView, ...]  # values are not written to JSON
    withheld: tuple[WithheldName, ...]
    passages: tuple[Passage, ...]
    checks: tuple[Check, ...]
    changed: tuple[str, ...]  # reason codes of what was masked, left out or written again
    model: ModelName
    prompts: Mapping[str, str]
    salt: str = ""
    chain: Mapping[str, Any] = field(default_factory=dict)  # {position, hash} once recorded
    judge: ModelName | None = None  # the model that read the draft as well, where one was asked to


@dataclass(frozen=True, slots=True)
class Reply:
    """Words that passed; the only thing a surface may show. Only `release` makes one."""

    text: str
    language: str
    handed_off: bool
    citations: tuple[Citation, ...]
    receipt: Receipt
    verdict: Verdict
    timings_ms: Mapping[str, float]
    confidence: float = 0.0  # 0 to 1: how likely the passages answer the question


EventType = Literal[
    "status",
    "text",
    "citations",
    "receipt",
    "reply",
    "hand_off",
    "error",
    "done",
    "customer",
    "notice",
    "state",
    "offer",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a surface is told. `id` counts up per conversation once recorded; `status` has none.

    `content` is JSON: str, int, float, bool, None, lists and dicts of them.
    """

    type: EventType
    content: Mapping[str, Any]
    id: int | None = None
    reply_id: str = ""  # which reply of the conversation it belongs to
    at: datetime | None = None
