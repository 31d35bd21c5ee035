"""Mail drafts: a customer's mail in, the draft of an answer out, checked whole; what has no answer goes to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from heedful import mail
from heedful.conversations import Conversations
from heedful.errors import ConflictError, InputError, TooLargeError
from heedful.policy import Policy, in_language
from heedful.problems import error_of
from heedful.prompts import Prompts
from heedful.values import Citation, Event, Turn

MAX_MAIL_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a draft is asked with besides the mail. `customer_id` only when the company has verified the sender."""

    customer_id: str | None = None
    verified_addresses: tuple[str, ...] = ()
    language: str | None = None
    purpose: str | None = None
    without_my_data: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft as a message (RFC 5322), and the reply that it holds as JSON."""

    message: bytes
    reply: Mapping[str, Any]
    to: str
    subject: str


class Drafts:
    """Drafts answers to mails."""

    def __init__(
        self, conversations: Conversations, policy: Policy, prompts: Prompts, *, now: Callable[[], datetime]
    ) -> None:
        self._conversations = conversations
        self._policy = policy
        self._prompts = prompts
        self._now = now

    async def draft(self, raw: bytes, wanted: Wanted | None = None) -> Draft:
        """Return the draft of an answer to a mail as it came in.

        Raises:
            InputError: It is too large, empty, from nobody, or was sent by a machine (`auto_reply`): no draft.
            UpstreamError, StoreError: The reply could not be written or recorded.
        """
        if len(raw) > MAX_MAIL_BYTES:
            raise TooLargeError(f"the mail is larger than {MAX_MAIL_BYTES // 1024 // 1024} MB")
        return await self.answer(mail.parse(raw), wanted or Wanted())

    async def answer(self, parsed: mail.ParsedMail, wanted: Wanted) -> Draft:
        """Return the draft of an answer to a mail that has been read; raises as `draft`."""
        if parsed.auto_reply:
            raise InputError(
                "this mail was sent by a machine; answering it could go round in a circle", code="auto_reply"
            )
        if not parsed.answer_to:
            raise InputError("this mail names no address to answer to", code="no_sender")
        question = parsed.text.strip() or parsed.subject.strip()
        if not question:
            raise InputError("there is nothing in this mail to answer", code="empty_message")
        events = await self._conversations.answer(
            "email",
            [Turn("customer", question, parsed.at)],
            customer_id=wanted.customer_id,
            language=wanted.language or parsed.language,
            purpose=wanted.purpose,
            without_my_data=wanted.without_my_data,
            mail=mail.reply_mail(parsed, verified_addresses=wanted.verified_addresses),
        )
        reply = _reply(events)
        return Draft(
            message=self._message(parsed, reply),
            reply=reply,
            to=parsed.answer_to,
            subject=mail.reply_subject(parsed.subject, reply["language"]),
        )

    def _message(self, parsed: mail.ParsedMail, reply: Mapping[str, Any]) -> bytes:
        """Return the draft as a message; a reply that was handed off is an empty draft for a person to write."""
        return mail.render(
            parsed,
            "" if reply["handed_off"] else str(reply["text"]),
            layout=mail_layout(self._prompts),
            language=reply["language"],
            company=in_language(self._policy.company, reply["language"]),
            sender=next((contact for contact in self._policy.contacts if "@" in contact), ""),
            now=self._now(),
            citations=tuple(Citation(**item) for item in reply["citations"]),
        )


def mail_layout(prompts: Prompts) -> mail.Layout:
    """Return what renders the templates of a mail."""

    def layout(template: str, /, **variables: Any) -> str:
        return prompts.render(template, **variables).text

    return layout


def _reply(events: tuple[Event, ...]) -> dict[str, Any]:
    for event in events:
        if event.type == "reply":
            return dict(event.content)
    failed = next((event for event in events if event.type == "error"), None)
    if failed is None:
        raise ConflictError("the draft was stopped before it was finished", code="stopped")
    raise error_of(failed.content)
