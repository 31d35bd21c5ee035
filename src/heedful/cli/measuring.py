"""`heedful check` and `heedful eval`: is this draft fit to be sent, and how often is heedful right."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from heedful.cli.output import NO, AsJson, read_bytes, run, say, show
from heedful.errors import InputError
from heedful.settings import Settings

if TYPE_CHECKING:
    from heedful.guard.case import Case

KINDS = ("pii", "injection", "grounding", "pressure", "disclosure", "guard", "retrieval")
ChannelName = Literal["chat", "email", "assist"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(check)
    app.command("eval")(evaluate)


def check(
    case: Annotated[
        Path | None, typer.Option(help="A guard case as JSON, or several as JSON Lines; `-` reads standard input.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="A draft alone, held against your policy.")] = None,
    question: Annotated[str, typer.Option(help="With --text: what the customer asked.")] = "",
    channel: Annotated[str, typer.Option(help="With --text: chat, email or assist.")] = "chat",
    as_json: AsJson = False,
) -> None:
    """Check a draft as it would be checked before it is sent; exit 1 when it may not be sent as it is."""

    async def work(settings: Settings) -> list[dict[str, Any]]:
        if (case is None) == (text is None):
            raise InputError("give either --case FILE or --text TEXT")
        from heedful.guard import Guard, case_from_json
        from heedful.wire import verdict_json

        given = _cases(case) if case is not None else [{}]
        guard = Guard(deadline_s=settings.check_timeout_s)
        try:
            found = []
            for number, one in enumerate(given, start=1):
                try:
                    read = case_from_json(one) if text is None else _bare(settings, text, question, channel)
                except InputError as error:
                    raise InputError(f"case {one.get('id') or number!r}: {error}", code=error.code) from error
                verdict = verdict_json(await guard.check(read))
                found.append({"id": one["id"], **verdict} if "id" in one else verdict)
            return found
        finally:
            guard.close()

    verdicts = run(work, as_json=as_json)
    if as_json:
        show(verdicts[0] if len(verdicts) == 1 else verdicts)
    else:
        for verdict in verdicts:
            _print_verdict(verdict)
    if any(verdict["action"] != "send" for verdict in verdicts):
        raise typer.Exit(NO)


def evaluate(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    items: Annotated[Path | None, typer.Option(help="all but retrieval: the cases or items, JSON Lines.")] = None,
    corpus: Annotated[Path | None, typer.Option(help="retrieval: the articles, JSON Lines.")] = None,
    queries: Annotated[Path | None, typer.Option(help="retrieval: the questions, JSON Lines.")] = None,
    history: Annotated[int, typer.Option(min=0, help="retrieval: at most this many earlier turns count.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="retrieval: ask only the first questions.")] = None,
    misses: Annotated[Path | None, typer.Option(help="Write what was wrong here, JSON Lines.")] = None,
    html: Annotated[Path | None, typer.Option(help="retrieval: write figures and misses here, as a page.")] = None,
    save: Annotated[Path | None, typer.Option(help="retrieval: keep this run here, to compare a later one.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="retrieval: a kept run to compare with, question by question.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score heedful on a set of anyone's, as JSON Lines."""

    async def work(settings: Settings) -> Mapping[str, Any]:
        for path in (misses, html, save):
            if path is not None and not path.expanduser().absolute().parent.is_dir():
                raise InputError(f"the folder of {str(path)!r} does not exist")
        if kind in KINDS and kind != "retrieval":
            return await _items(kind, _there(items, kind, "--items"), misses)
        if kind == "retrieval":
            files = _there(corpus, kind, "--corpus"), _there(queries, kind, "--queries")
            if against is not None:
                _there(against, kind, "--against")
            return await _retrieval(
                settings, *files, history=history, limit=limit, misses=misses, html=html, save=save, against=against
            )
        raise InputError(f"there is no eval {kind!r}; there are {', '.join(KINDS[:-1])} and {KINDS[-1]}")

    figures = run(work, as_json=as_json)
    if as_json:
        show(figures)
    else:
        _print_figures(figures)


async def _items(kind: str, items: Path, misses: Path | None) -> Mapping[str, Any]:
    """Score the guard, or one half of what it does, on a file of items."""
    from heedful.evaluate import grounding, guard, pii, texts

    if kind in texts.KINDS:
        return await texts.evaluate(kind, items, misses)
    if kind == "guard":
        return await guard.evaluate(items, misses)
    if kind == "pii":
        return await pii.evaluate(items, misses)
    return await grounding.evaluate(items, misses)


async def _retrieval(settings: Settings, corpus: Path, queries: Path, **wishes: Any) -> Mapping[str, Any]:
    """Score retrieval; what is embedded is kept in the data folder, so that a second run is fast."""
    from heedful.evaluate import retrieval
    from heedful.evaluate.kept import KeptEmbeddings
    from heedful.models import open_embedder

    with tempfile.TemporaryDirectory() as work:
        async with open_embedder(settings) as embedder:
            kept = KeptEmbeddings(embedder, settings.data_dir / "evaluation") if embedder else None
            wanted = retrieval.Wishes(**wishes)
            try:
                return await retrieval.evaluate(corpus, queries, embedder=kept, work=Path(work), wishes=wanted)
            finally:
                if kept:
                    await kept.keep()


def _there(path: Path | None, kind: str, option: str) -> Path:
    if path is None:
        raise InputError(f"eval {kind} needs {option} FILE")
    if not path.is_file():
        raise InputError(f"{option} names {str(path)!r}, which is no file")
    return path


def _cases(path: Path) -> Sequence[Mapping[str, Any]]:
    """Return the guard cases of a file: one JSON object however laid out, or one to a line."""
    try:
        content = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not UTF-8 (byte {error.start})") from error
    try:
        whole = json.loads(content)
        cases = whole if isinstance(whole, list) else [whole]
    except ValueError:
        cases = [_line(path, number, line) for number, line in enumerate(content.split("\n"), start=1) if line.strip()]
    if not cases or not all(isinstance(one, dict) for one in cases):
        raise InputError(f"{str(path)!r} holds no guard case: give a JSON object, or one to a line")
    return cases


def _line(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise InputError(f"line {number} of {path.name!r} is not JSON") from error


def _bare(settings: Settings, text: str, question: str, channel: str) -> Case:
    """Return the case of a draft that nothing is known about but the company's own policy."""
    from heedful.consent import Withheld
    from heedful.guard.case import Case
    from heedful.language import detect
    from heedful.policy import CHANNELS, load
    from heedful.values import View

    known = next((one for one in CHANNELS if one == channel), None)
    if known is None:
        raise InputError(f"--channel is {channel!r}; use one of {', '.join(CHANNELS)}")
    if not text.strip():
        raise InputError("the draft is empty; give its words with --text")
    return Case(
        draft=text,
        start=0,
        end=len(text),
        final=True,
        language=detect(text),
        channel=known,
        question=question,
        view=View(),
        withheld=Withheld.empty(),
        passages=(),
        policy=load(settings.policy),
    )


def _print_verdict(verdict: Mapping[str, Any]) -> None:
    say(f"{verdict['id']}: {verdict['action']}" if "id" in verdict else str(verdict["action"]))
    for one in verdict["findings"]:
        say(f"  {one['code']} ({one['action']}), characters {one['start']}–{one['end']}: {one['why']}")


def _print_figures(figures: Mapping[str, Any], margin: str = "") -> None:
    width = max((len(name) for name, value in figures.items() if not isinstance(value, Mapping)), default=0)
    for name, value in figures.items():
        if not isinstance(value, Mapping):
            say(f"{margin}{name:<{width}}  {value}")
    for name, value in figures.items():
        if isinstance(value, Mapping):
            flat = not any(isinstance(inner, Mapping) for inner in value.values())
            if flat and margin:
                say(f"{margin}{name}: " + ", ".join(f"{key} {inner}" for key, inner in value.items()))
            else:
                say(f"{margin}{name}")
                _print_figures(value, margin + "  ")
