"""All that the guard may look at for one decision: draft, unit, view, seal, passages, policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parseaddr
from functools import cached_property
from typing import Any, Literal, TypeVar, cast

from heedful import consent
from heedful.canonical import Normalised, identifiers, normalise
from heedful.canonical.spoken import ends_in_digit, spoken
from heedful.consent import Withheld
from heedful.errors import InputError
from heedful.guard.grounds import Grounds
from heedful.policy import CHANNELS, Policy
from heedful.policy_case import policy_of_case
from heedful.policy_guard import AS_USUAL, GuardPolicy
from heedful.values import Action, Channel, Finding, Mail, Passage, Recipient, View

T = TypeVar("T")

LOOK_BACK = 100  # characters before the unit that are read again: no identifier, name or address is longer
LONGEST_NUMBER = 300  # a number may be read out digit by digit, one a line
SHORT_LOOK = 40
NOT_SAID = datetime(1970, 1, 1, tzinfo=UTC)  # a guard case says no time; its consents have none either


@dataclass(frozen=True)
class Case:
    """One unit of a draft and what decides about it. Offsets are characters of `draft`, `end` exclusive.

    `final` tells that nothing follows. `said` is what the customer has said before `question`. `hidden` are texts that
    must never come out (prompt text, canaries). `held_elsewhere` are the identifiers (`Identifier.canonical`) in this
    draft that other customers hold; `None` where the store can't look them up. `grounds` is worked out once for a
    reply and handed on by `at`.
    """

    draft: str
    start: int
    end: int
    final: bool
    language: str
    channel: Channel
    question: str
    view: View
    withheld: Withheld
    passages: tuple[Passage, ...]
    policy: Policy
    said: tuple[str, ...] = ()
    mail: Mail | None = None
    hidden: tuple[str, ...] = ()
    notice_given: bool = True
    placeholders_unknown: tuple[tuple[int, int], ...] = ()
    held_elsewhere: frozenset[str] | None = None
    grounds: Grounds | None = None
    own_words: tuple[str, ...] = ()  # sentences that heedful itself puts into the draft: they are so

    def __post_init__(self) -> None:
        spoken = (*self.said, self.question)
        if self.grounds is None or not self.grounds.rests_on(spoken, self.view, self.passages, self.policy):
            object.__setattr__(self, "grounds", Grounds(spoken, self.view, self.passages, self.policy))

    def at(self, draft: str, start: int, end: int, *, final: bool) -> Case:
        """Return the case of another unit of the same reply; what was worked out about its sources is kept."""
        return replace(self, draft=draft, start=start, end=end, final=final)

    @property
    def support(self) -> Grounds:
        """What supports a figure, and gives nothing away."""
        assert self.grounds is not None  # noqa: S101 - set in __post_init__
        return self.grounds

    @cached_property
    def window_start(self) -> int:
        """Where the text that rules read begins: some way before the unit, at a gap between words."""
        first = max(0, self.start - LOOK_BACK)
        while first > 0 and not self.draft[first - 1].isspace():
            first -= 1
        return _before_the_number(self.draft, first, self.end) if first else 0

    @cached_property
    def window(self) -> str:
        """The unit with what stands before it, as far back as rules read."""
        return self.draft[self.window_start : self.end]

    def once(self, work: Callable[[Case], T]) -> T:
        """Return what `work` makes of this case, worked out the first time it is asked for."""
        known: dict[Callable[[Case], Any], Any] = self.__dict__.setdefault("_known", {})
        if work not in known:
            known[work] = work(self)
        return cast("T", known[work])

    @cached_property
    def text(self) -> Normalised:
        """The window in its one spelling."""
        return normalise(self.window)

    @cached_property
    def unit(self) -> Normalised:
        """The unit alone, in its one spelling: for rules about wording, which does not run over units."""
        return normalise(self.draft[self.start : self.end])

    @property
    def unit_text(self) -> str:
        """The words of `unit`."""
        return self.unit.text

    def place_in_unit(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the draft of `unit.text[start:end]`."""
        first, last = self.unit.original(start, end)
        return self.start + first, self.start + last

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the draft of `text.text[start:end]`."""
        first, last = self.text.original(start, end)
        return self.window_start + first, self.window_start + last

    def touches(self, start: int, end: int) -> bool:
        """Whether a span of the draft lies in this unit at least in part."""
        return self.start <= start <= self.end if start == end else start < self.end and end > self.start

    def finding(
        self,
        code: str,
        action: Action,
        span: tuple[int, int],
        why: str,
        *,
        mend: str = "",
        mask: str = "",
        rule: str = "",
    ) -> Finding:
        """Return a finding on a span of the draft; `rule` is what found it, where that is not named after the code."""
        return Finding(code, action, rule or code, span[0], span[1], why, mend, mask)

    def published(self) -> Iterator[Passage]:
        """Yield the passages that anyone may read."""
        return (passage for passage in self.passages if passage.trust == "published")


def _before_the_number(draft: str, at: int, end: int) -> int:
    """Return `at`, or where the number begins that runs across it: no part of a number is read alone."""
    if not ends_in_digit(draft[max(0, at - SHORT_LOOK) : at]):
        return at
    first = max(0, at - LONGEST_NUMBER)
    around = draft[first : min(end, at + SHORT_LOOK)]
    crossing = (run.starts[0] for run in spoken(around) if run.starts[0] < at - first < run.ends[-1])
    return first + next(crossing, at - first)


def case_from_json(mapping: Mapping[str, Any], guard: GuardPolicy = AS_USUAL) -> Case:
    """Return the case that one JSON object describes; the whole draft is the unit.

    `guard` is what the company's policy makes of the checks: a case itself can't say it.

    Raises:
        InputError: A key is missing, or a value is not of the form that a case has; names the key, never a value.
    """
    for key in ("draft", "question", "channel", "purpose", "lang"):
        if not isinstance(mapping.get(key), str):
            raise InputError(f"a guard case needs {key!r}, a text")
    channel = mapping["channel"]
    if channel not in CHANNELS:
        raise InputError(f"'channel' of a guard case is one of {', '.join(CHANNELS)}")
    policy = replace(_hinting(policy_of_case(mapping.get("policy"))), guard=guard)
    view, withheld = consent.case_view(
        mapping.get("profile"),
        purpose=mapping["purpose"],
        verified=bool(mapping.get("verified", False)),
        channel=channel,
        now=NOT_SAID,
        policy=policy,
    )
    draft = mapping["draft"]
    return Case(
        draft=draft,
        start=0,
        end=len(draft),
        final=True,
        language=mapping["lang"],
        channel=cast("Channel", channel),
        question=mapping["question"],
        view=view,
        withheld=withheld,
        passages=tuple(_passage(item, mapping["lang"]) for item in _items(mapping, "passages")),
        policy=policy,
        said=tuple(str(t.get("text", "")) for t in _items(mapping, "history") if t.get("speaker") == "customer"),
        mail=_mail(mapping) if channel == "email" else None,
        hidden=_texts(mapping, "hidden"),
        notice_given=bool(mapping.get("notice_given", True)),
        held_elsewhere=_held_elsewhere(mapping),
    )


def _hinting(policy: Policy) -> Policy:
    """Return the policy with hints for contact facts: a case can't say how precisely, and its codes expect this."""
    contact = replace(policy.categories["contact"], precision=dict.fromkeys(CHANNELS, "hint"))
    return replace(policy, categories={**policy.categories, "contact": contact})


def _items(mapping: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    items = mapping.get(key) or ()
    if not isinstance(items, list | tuple) or not all(isinstance(item, Mapping) for item in items):
        raise InputError(f"{key!r} of a guard case is a list of objects")
    return items


def _texts(mapping: Mapping[str, Any], key: str) -> tuple[str, ...]:
    items = mapping.get(key) or ()
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise InputError(f"{key!r} of a guard case is a list of texts")
    return tuple(items)


def _passage(item: Mapping[str, Any], language: str) -> Passage:
    trust = item.get("trust", "published")
    if trust not in ("published", "internal", "untrusted"):
        raise InputError("'trust' of a passage is published, internal or untrusted")
    id_, title, text, url = (str(item.get(key) or "") for key in ("id", "title", "text", "url"))
    return Passage(id=id_, article_id=id_, title=title, text=text, url=url, lang=language, trust=trust)


def _mail(mapping: Mapping[str, Any]) -> Mail:
    given = mapping.get("recipients") or mapping.get("to") or ()
    recipients = []
    for item in (given,) if isinstance(given, str | Mapping) else given:
        address = item if isinstance(item, str) else str(item.get("address", ""))
        field = "to" if isinstance(item, str) else item.get("field", "to")
        copy = field if field in ("cc", "bcc") else "to"
        recipients.append(Recipient(_bare(address), cast("Literal['to', 'cc', 'bcc']", copy)))
    reply_to = mapping.get("reply_to")
    return Mail(
        recipients=tuple(recipients),
        reply_to=_bare(str(reply_to)) if reply_to else None,
        verified_addresses=tuple(_bare(address) for address in _texts(mapping, "verified_addresses")),
    )


def _bare(address: str) -> str:
    """Return a mail address as it is compared: without a display name, in lower case."""
    return (parseaddr(address)[1] or address).strip().lower()


def _held_elsewhere(mapping: Mapping[str, Any]) -> frozenset[str]:
    """Return what identifies the case's other customers; a short id counts with its label, as in a look-up."""
    held: set[str] = set()
    for customer in _items(mapping, "other_customers"):
        for fact in _items(customer, "facts"):
            value = str(fact.get("value", ""))
            held.update(found.canonical for found in identifiers(normalise(value)))
            if str(fact.get("name", "")).endswith(("_id", "number")):
                held.update(found.canonical for found in identifiers(normalise(f"order {value}")))
    return frozenset(held)
