"""The draft of an answer as a mail: addressed, threaded, in plain text and HTML, its sources at the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING

import nh3

from heedful.errors import InputError
from heedful.mail import decode
from heedful.mail.read import ParsedMail
from heedful.values import Citation

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Layout = Callable[..., str]  # layout(name, **variables) gives the text of a template under prompts/mail

LANGUAGES = ("en", "ko")  # that there are templates for; mails in others get the first
SUBJECT_MOST = 200  # characters
NAME_MOST = 60
NO_SUBJECT: Mapping[str, str] = {"en": "your message", "ko": "문의하신 내용"}

_REPLY_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|sv|antw|답장|회신|答复|回复)(?:\s*\^\d+|\s*[\[(]\d+[\])])?\s*[:：]\s*)+", re.IGNORECASE
)
_A_NAME = re.compile(r"[^\W\d_]+(?:[ .'’·-]{1,2}[^\W\d_]+)*\.?")
_DATE_AT_START = re.compile(r"^(\s*\d+)\.(?=\s*\d+\.)|^(\s*\d{3,})\.", re.MULTILINE)
_SAFE_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_TAGS = frozenset("a blockquote br code em li ol p pre strong ul".split())


def greeting(layout: Layout, *, language: str, company: str, name: str = "") -> str:
    """Return the words a mail opens with; `name` is used when it reads as a person's name."""
    called = decode.one_line(name)
    known = called if len(called) <= NAME_MOST and _A_NAME.fullmatch(called) else ""
    return layout(f"mail/{_templates(language)}.greeting.txt.j2", name=known, company=company).strip()


def close(layout: Layout, *, language: str, company: str, notice: str) -> str:
    """Return the words a mail ends with; `notice` says that an AI wrote it."""
    return layout(f"mail/{_templates(language)}.close.txt.j2", company=company, notice=notice).strip()


def render(
    parsed: ParsedMail,
    body: str,
    *,
    layout: Layout,
    language: str,
    company: str,
    sender: str,
    now: datetime,
    citations: Sequence[Citation] = (),
    opening: str = "",
    closing: str = "",
) -> bytes:
    """Return the answer to `parsed` as an RFC 5322 message of ASCII bytes, ready to be opened as a draft.

    `body` is what passed the gate, Markdown; `opening` and `closing` are put around it when they are not in it
    already. `sender` is the company's address.

    Raises:
        InputError: `parsed` was sent by a machine, or has no address to answer to, or `sender` is no address.
    """
    if parsed.auto_reply:
        raise InputError("this mail was sent by a machine (an automatic reply, a bounce or a list); it gets no answer")
    text = "\n\n".join(part.strip() for part in (opening, body, closing) if part.strip())
    sources = _sources(citations)
    name = _templates(language)
    message = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    message["From"] = _address(company, sender)
    message["To"] = _address(parsed.sender_name if parsed.answer_to == parsed.sender else "", parsed.answer_to)
    message["Subject"] = reply_subject(parsed.subject, language)
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["X-Unsent"] = "1"  # mail programs open it as a draft that can be changed and sent
    plain = layout(f"mail/{name}.txt.j2", body=text, sources=sources)
    page = layout(f"mail/{name}.html.j2", body_html=_html(text), sources=sources)
    message.set_content(plain, charset="utf-8")
    message.add_alternative(page, subtype="html", charset="utf-8")
    message["Content-Language"] = name
    return _thread(parsed) + message.as_bytes()


def reply_subject(subject: str, language: str = "en") -> str:
    """Return the subject of an answer: one `Re:`, whatever the mail program called it, and one line."""
    line = decode.one_line(subject)
    prefix = _REPLY_PREFIX.match(line)
    bare = line[prefix.end() :] if prefix else line
    return f"Re: {bare[:SUBJECT_MOST].strip() or NO_SUBJECT[_templates(language)]}"


def _templates(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]


def _address(name: str, address: str) -> Address:
    bare = decode.bare_address(address)
    if not bare:
        raise InputError(f"{address!r} is no address that a mail can be sent to or from; correct it")
    shown = decode.one_line(name)[:NAME_MOST]
    try:
        return Address("" if "@" in shown else shown, addr_spec=bare)
    except (ValueError, IndexError, MessageError) as error:
        raise InputError(f"{address!r} is no address that a mail can be sent to or from; correct it") from error


def _thread(parsed: ParsedMail) -> bytes:
    """Return the header lines by which mail programs put the answer under the question.

    Written here because Python folds a long id as encoded words, and then no program finds it. The ids were read
    by a pattern that allows visible ASCII alone.
    """
    chain = tuple(dict.fromkeys((*parsed.references, parsed.message_id)))
    lines = [f"In-Reply-To: {parsed.message_id}"] if parsed.message_id else []
    known = [reference for reference in chain if reference]
    if known:
        lines.append("References: " + "\r\n ".join(known))
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _sources(citations: Sequence[Citation]) -> list[dict[str, str | int]]:
    """Return what the templates list: number, title, and the address where it is a web address."""
    return [
        {
            "n": citation.n,
            "title": decode.one_line(citation.title),
            "url": citation.url if _SAFE_URL.fullmatch(citation.url) else "",
        }
        for citation in sorted(citations, key=lambda citation: citation.n)
    ]


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Only what a plain mail can say as well; a line under a line is no heading, and a sum is no code.
    rules = ["code", "heading", "hr", "html_block", "html_inline", "image", "lheading", "reference", "fence"]
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(rules)


def _html(text: str) -> str:
    """Return Markdown as HTML in which nothing can run, load or hide."""
    # "2026. 7. 1." at the start of a line is a date, not three lists.
    escaped = _DATE_AT_START.sub(lambda found: f"{found[1] or found[2]}\\.", text)
    return nh3.clean(
        _markdown().render(escaped),
        tags=set(_TAGS),
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
