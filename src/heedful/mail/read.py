"""A mail as it came → who wrote it, what they newly wrote, and what an answer needs; never fails on a bad mail."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Literal

from heedful import language
from heedful.mail import decode, html_text, quotes
from heedful.values import Mail, Recipient

PARTS_MOST = 200
DEEPEST = 20
REFERENCES_MOST = 30  # a longer chain loses its middle; RFC 5322 asks for the first and the last

_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+.-].*)?@", re.IGNORECASE)
_AWAY = re.compile(
    r"\s*(?:(?:automatic|automated|auto)[ -]?(?:reply|response)|out of (?:the )?office"
    r"|자동\s?(?:회신|응답|답장)|부재\s?중)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail, read. Addresses are bare and lower-cased, empty when there is none that can be written to."""

    sender: str
    sender_name: str
    reply_to: str | None
    recipients: tuple[Recipient, ...]
    subject: str
    text: str  # what the sender newly wrote
    quoted: str  # what they quoted or forwarded: untrusted
    signature: str
    message_id: str  # with its angle brackets
    references: tuple[str, ...]  # oldest first, without `message_id`
    at: datetime | None  # UTC
    language: str
    auto_reply: bool  # sent by a machine: a draft must not answer it
    attachments: tuple[str, ...] = ()  # file names; their content is not read

    @property
    def answer_to(self) -> str:
        """The address that an answer goes to; empty when there is none."""
        return self.reply_to or self.sender


def parse(raw: bytes) -> ParsedMail:
    """Return the mail read; whatever is wrong with it, what can be read of it is there."""
    try:
        return _read(email.message_from_bytes(raw, policy=email.policy.compat32))
    except Exception:  # noqa: BLE001 - on malformed mails Python's mail package raises errors of many kinds
        _, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        plain = Message()
        plain.set_payload(decode.plain_lines(decode.text_from(body, None)), "utf-8")
        return _read(plain)


def _read(message: Message) -> ParsedMail:
    senders = decode.addresses(message, "From") or decode.addresses(message, "Sender")
    name, sender = senders[0] if senders else ("", "")
    answer_to = decode.addresses(message, "Reply-To")
    texts, attachments = _body(message)
    cut = quotes.cut("\n".join(texts))
    subject = decode.header(message, "Subject")
    return ParsedMail(
        sender=sender,
        sender_name=name,
        reply_to=answer_to[0][1] if answer_to else None,
        recipients=_recipients(message),
        subject=subject,
        text=cut.new,
        quoted=cut.quoted,
        signature=cut.signature,
        message_id=next(iter(decode.ids(message, "Message-ID")), ""),
        references=_references(message),
        at=_at(decode.header(message, "Date")),
        language=language.detect(cut.new or subject or cut.quoted),
        auto_reply=_by_a_machine(message, sender, subject),
        attachments=tuple(attachments),
    )


def reply_mail(parsed: ParsedMail, *, verified_addresses: Sequence[str] = ()) -> Mail:
    """Return what the guard has to know of the answer to `parsed`: where it would go, and what was quoted."""
    to = (Recipient(parsed.answer_to),) if parsed.answer_to else ()
    verified = tuple(address for address in map(decode.bare_address, verified_addresses) if address)
    return Mail(
        subject=parsed.subject,
        recipients=to,
        reply_to=parsed.reply_to,
        verified_addresses=verified,
        sender_name=parsed.sender_name,
        quoted=parsed.quoted,
    )


def _recipients(message: Message) -> tuple[Recipient, ...]:
    fields: tuple[Literal["to", "cc"], ...] = ("to", "cc")
    found = {
        (address, field): Recipient(address, field)
        for field in fields
        for _, address in decode.addresses(message, field)
    }
    return tuple(found.values())


def _references(message: Message) -> tuple[str, ...]:
    own = decode.ids(message, "Message-ID")
    chain = decode.ids(message, "References") or decode.ids(message, "In-Reply-To")[:1]
    chain = tuple(reference for reference in chain if reference not in own)
    return chain if len(chain) <= REFERENCES_MOST else (chain[0], *chain[1 - REFERENCES_MOST :])


def _at(date: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(date)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _by_a_machine(message: Message, sender: str, subject: str) -> bool:
    """Tell whether a machine sent this: an automatic answer, a bounce, a list (RFC 3834, and what came before it)."""
    says = {
        name: decode.header(message, name).lower()
        for name in (
            "Auto-Submitted",
            "Precedence",
            "X-Autoreply",
            "X-Autorespond",
            "X-Auto-Reply",
            "X-FC-MachineGenerated",
        )
    }
    submitted, precedence = says.pop("Auto-Submitted"), says.pop("Precedence")
    return (
        (submitted != "" and not submitted.startswith("no"))
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or any(value not in ("", "no", "false") for value in says.values())
        or bool(decode.header(message, "List-Id") or decode.header(message, "X-Failed-Recipients"))
        or decode.header(message, "Return-Path") == "<>"
        or message.get_content_type() == "multipart/report"
        or bool(_ROBOTS.match(sender))
        or bool(_AWAY.match(subject))
    )


def _body(message: Message) -> tuple[list[str], list[str]]:
    """Return the texts that the reader of the mail sees, in order, and the names of attached files."""
    texts: list[str] = []
    attachments: list[str] = []
    for number, part in enumerate(_parts(message, 0)):
        if number >= PARTS_MOST:
            break
        kind, name = part.get_content_type(), decode.one_line(_file_name(part))
        if name or "attachment" in decode.header(part, "Content-Disposition").lower()[:10]:
            attachments.append(name or kind)
        elif kind in ("text/plain", "text/html"):
            texts.append(_text(part))
    return texts, attachments


def _parts(part: Message, depth: int) -> Iterator[Message]:
    """Yield the parts that are shown: of alternatives the plain one if it says anything, else the HTML."""
    payload = part.get_payload() if part.is_multipart() else None
    if not isinstance(payload, list) or part.get_content_type() == "message/rfc822":
        yield part
        return
    inner = [child for child in payload if isinstance(child, Message)] if depth < DEEPEST else []
    if part.get_content_type() != "multipart/alternative":
        for child in inner:
            yield from _parts(child, depth + 1)
        return
    choices = [list(_parts(child, depth + 1)) for child in inner]
    speaking = [parts for parts in choices if any(_is_text(one) and _text(one).strip() for one in parts)]
    plain = [parts for parts in speaking if any(one.get_content_type() == "text/plain" for one in parts)]
    yield from next(iter(plain or speaking or choices), [])


def _is_text(part: Message) -> bool:
    return part.get_content_type() in ("text/plain", "text/html")


def _file_name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (ValueError, TypeError, LookupError):
        return "?"


def _text(part: Message) -> str:
    """Return the text of one part; empty when not even its encoding can be undone."""
    try:
        content = part.get_payload(decode=True)
        charset = part.get_content_charset()
    except (ValueError, TypeError, LookupError):
        return ""
    if not isinstance(content, bytes):
        return ""
    text = decode.plain_lines(decode.text_from(content, charset))
    if part.get_content_type() == "text/html":
        return html_text.text_of(text)
    return _unflowed(text) if "flowed" in str(part.get_param("format", "")).lower() else text


def _unflowed(text: str) -> str:
    """Return format=flowed text with its paragraphs on one line each (RFC 3676)."""
    lines: list[str] = []
    flows = False
    for line in text.split("\n"):
        line = line.removeprefix(" ") if not line.startswith(">") else line
        depth = len(line) - len(line.lstrip(">"))
        if flows and lines and depth == len(lines[-1]) - len(lines[-1].lstrip(">")):
            lines[-1] += line[depth:].removeprefix(" ") if depth else line
        else:
            lines.append(line)
        flows = line.endswith(" ") and line != "-- "
    return "\n".join(lines)
