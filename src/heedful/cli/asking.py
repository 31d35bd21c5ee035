"""`heedful ask` and `heedful draft`: one question, one mail; by the running server where there is one."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heedful import running
from heedful.cli.output import AsJson, note, read_bytes, run, say, show
from heedful.errors import InputError
from heedful.problems import error_of
from heedful.settings import Settings
from heedful.values import Turn

if TYPE_CHECKING:
    from heedful.drafts import Wanted

Customer = Annotated[
    str | None, typer.Option("--customer", metavar="ID", help="Answer as for this customer, whom you have verified.")
]
Language = Annotated[str | None, typer.Option(help="en, ko … [default: that of the words]")]
WithoutMyData = Annotated[bool, typer.Option("--without-my-data", help="Use nothing that is held about the customer.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(ask)
    app.command()(draft)


def ask(
    question: Annotated[str, typer.Argument(help="What a customer would write.")],
    customer: Customer = None,
    language: Language = None,
    without_my_data: WithoutMyData = False,
    as_json: AsJson = False,
) -> None:
    """Answer one question as in chat: from the help content, checked, with its sources."""

    async def work(settings: Settings) -> Mapping[str, Any]:
        wish = {"customer_id": customer, "language": _code(language), "without_my_data": without_my_data}
        with running.turn(settings.data_dir, waiting=note) as server:
            if server is None:
                return await _answered_here(settings, question, wish)
            opened = server.post("/v1/conversations", {"channel": "chat", **wish})
            return server.post(f"/v1/conversations/{opened['id']}/messages", {"text": question})

    reply = run(work, as_json=as_json)
    if as_json:
        show(reply)
    else:
        _print(reply)


def draft(
    mail: Annotated[Path, typer.Argument(metavar="FILE.eml", help="The customer's mail, as it came.")],
    out: Annotated[Path | None, typer.Option(help="Write the draft here instead of printing it.")] = None,
    customer: Customer = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Draft an answer to a mail: subject, threading, greeting and close in its language. Nothing is sent."""

    async def work(settings: Settings) -> Mapping[str, Any]:
        from heedful.drafts import Wanted

        raw = read_bytes(mail)
        if out is not None and not out.expanduser().absolute().parent.is_dir():
            raise InputError(f"the folder of {str(out)!r} does not exist")
        wanted = Wanted(customer_id=customer, language=_code(language))
        with running.turn(settings.data_dir, waiting=note) as server:
            if server is not None:
                return server.send(_path(wanted), raw, "message/rfc822")
            from heedful.assemble import assemble

            async with assemble(settings) as ours:
                made = await ours.drafts.draft(raw, wanted)
        message = made.message.decode("ascii", "replace")
        return {**made.reply, "to": made.to, "subject": made.subject, "message": message}

    made = run(work, as_json=as_json)
    if out is not None:
        _write(out.expanduser(), str(made["message"]))
        note(f"The draft is in {out}")
    if as_json:
        show(made)
    elif out is None:
        say(_readable(made) if sys.stdout.isatty() else str(made["message"]).replace("\r\n", "\n"))
    if made["handed_off"] and not as_json:
        note("A person has to write this answer: nothing passed the checks, so the draft holds no answer.")


async def _answered_here(settings: Settings, question: str, wish: Mapping[str, Any]) -> Mapping[str, Any]:
    from heedful.assemble import assemble

    async with assemble(settings) as ours:
        if not await ours.knowledge.articles():
            note("There is no help content yet; `heedful ingest FOLDER` reads it.")
        events = await ours.conversations.answer("chat", [Turn("customer", question)], **wish)
    for event in events:
        if event.type == "reply":
            return event.content
    raise error_of(next((event.content for event in events if event.type == "error"), {}))


def _print(reply: Mapping[str, Any]) -> None:
    say(str(reply["text"]).strip())
    if reply["citations"]:
        say("")
    for one in reply["citations"]:
        say(f"[{one['n']}] {one['title']}\n    {one['url']}")
    if reply["handed_off"]:
        note("(A person takes over.)")


def _code(language: str | None) -> str | None:
    if language is not None and not re.fullmatch("[a-z]{2}", language):
        raise InputError(f"--language is {language!r}; give two letters, as en or ko")
    return language


def _path(wanted: Wanted) -> str:
    from urllib.parse import urlencode

    given = {"customer_id": wanted.customer_id, "language": wanted.language}
    return "/v1/email/drafts?" + urlencode({name: value for name, value in given.items() if value is not None})


def _readable(made: Mapping[str, Any]) -> str:
    """Return a draft as a person reads it; the message itself is encoded for the way."""
    from email import message_from_string, policy

    text = message_from_string(str(made["message"]), policy=policy.default).get_body(("plain",))
    return f"To: {made['to']}\nSubject: {made['subject']}\n\n{text.get_content() if text else ''}".rstrip()


def _write(path: Path, message: str) -> None:
    try:
        path.write_bytes(message.encode("ascii", "replace"))
    except OSError as error:
        raise InputError(f"{str(path)!r} can't be written ({error.strerror})") from error
