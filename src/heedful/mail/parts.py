"""A mail of which only the parts are known → the same value as a mail that came in whole."""

from __future__ import annotations

from collections.abc import Sequence
from email import policy
from email.message import EmailMessage

from heedful.errors import InputError
from heedful.mail import decode
from heedful.mail.read import ParsedMail, parse


def from_parts(
    *,
    sender: str,
    text: str,
    subject: str = "",
    reply_to: str | None = None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    message_id: str = "",
    references: Sequence[str] = (),
) -> ParsedMail:
    """Return the mail read as any other: quotes and signature are cut, addresses made bare.

    Raises:
        InputError: A part can't stand in a mail's header.
    """
    message = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    headers = {
        "From": sender,
        "Reply-To": reply_to or "",
        "To": ", ".join(to),
        "Cc": ", ".join(cc),
        "Subject": subject,
        "Message-ID": message_id,
        "References": " ".join(references),
    }
    for name, value in headers.items():
        if not value:
            continue
        try:
            message[name] = decode.one_line(value)
        except (ValueError, IndexError) as error:
            raise InputError(f"{name.lower()!r} can't stand in a mail's header; correct it") from error
    message.set_content(text, charset="utf-8")
    return parse(message.as_bytes())
