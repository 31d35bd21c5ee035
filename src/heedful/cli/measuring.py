"""`heedful check` and `heedful eval`: is this draft fit to be sent, and how often is heedful right."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from heedful.cli.guarding import check_cases, print_findings
from heedful.cli.output import NO, AsJson, note, read_bytes, run, say, show
from heedful.errors import InputError
from heedful.settings import Settings

if TYPE_CHECKING:
    from heedful.guard.case import Case
    from heedful.guard.judge import Judge

SMALL = 1_024  # bytes; a larger file is not read only to see that it is blank
KINDS = ("pii", "injection", "grounding", "pressure", "disclosure", "guard", "voice", "retrieval")
ChannelName = Literal["chat", "email", "assist"]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(check)
    app.command("eval")(evaluate)


def check(
    case: Annotated[
        Path | None, typer.Option(help="A guard case as JSON, or several as JSON Lines; `-` reads standard input.")
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option(help="Cases that say what is expected: a TOML file or a folder of them. Exit 1 when one differs."),
    ] = None,
    text: Annotated[str | None, typer.Option(help="A draft alone, held against your policy.")] = None,
    question: Annotated[str, typer.Option(help="With --text: what the customer asked.")] = "",
    channel: Annotated[str, typer.Option(help="With --text: chat, email or assist.")] = "chat",
    judge: Annotated[
        str | None, typer.Option(help="Have a model read it as well: none, openai:NAME … [default: HEEDFUL_JUDGE]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a draft as it would be checked before it is sent; exit 1 when it may not be sent as it is."""

    if cases is not None and case is None and text is None:
        check_cases(cases, as_json=as_json)
        return

    async def work(settings: Settings) -> list[dict[str, Any]]:
        if [case, cases, text].count(None) != 2:
            raise InputError("give one of --case FILE, --cases FOLDER and --text TEXT")
        from heedful.guard import Guard, case_from_json
        from heedful.guard.judge import checked
        from heedful.policy import load
        from heedful.wire import verdict_json

        switches = load(settings.policy).guard
        given = _cases(case) if case is not None else [{}]
        async with AsyncExitStack() as stack:
            guard = Guard(deadline_s=settings.check_timeout_s)
            stack.callback(guard.close)
            reader = _judge(settings, stack)
            found = []
            for number, one in enumerate(given, start=1):
                try:
                    read = case_from_json(one, switches) if text is None else _bare(settings, text, question, channel)
                except InputError as error:
                    raise InputError(f"case {one.get('id') or number!r}: {error}", code=error.code) from error
                verdict = verdict_json(await checked(guard, reader, read))
                found.append({"id": one["id"], **verdict} if "id" in one else verdict)
            return found

    verdicts = run(work, as_json=as_json, judge=judge)
    if as_json:
        show(verdicts[0] if len(verdicts) == 1 else verdicts)
    else:
        for verdict in verdicts:
            _print_verdict(verdict)
    if any(verdict["action"] != "send" for verdict in verdicts):
        raise typer.Exit(NO)


def _judge(settings: Settings, stack: AsyncExitStack) -> Judge | None:
    """Return the judge of the settings; without one the rest of heedful is not loaded for it."""
    if settings.judge == "none":
        return None
    from heedful.assemble import judge_of

    return judge_of(settings, stack, report=lambda error: note(f"heedful: {error}"))


def evaluate(
    kind: Annotated[str, typer.Argument(help=", ".join(KINDS))],
    items: Annotated[
        Path | None, typer.Option(help="all but retrieval: the items, JSON Lines; guard: also TOML cases, or a folder.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="guard: a policy.toml whose [guard] counts. [default: every check as usual]")
    ] = None,
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
    model: Annotated[
        str | None, typer.Option(help="voice: have a model rate each reply as well: openai:NAME …")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score heedful on a set of anyone's, as JSON Lines."""

    async def work(settings: Settings) -> Mapping[str, Any]:
        if policy is not None and kind != "guard":
            raise InputError("--policy counts for eval guard alone")
        if model is not None and kind != "voice":
            raise InputError("--model counts for eval voice alone")
        for path in (misses, html, save):
            if path is not None and not path.expanduser().absolute().parent.is_dir():
                raise InputError(f"the folder of {str(path)!r} does not exist")
        if kind == "voice":
            return await _voice(settings, _there(items, kind, "--items"), misses, asks=model is not None)
        if kind in KINDS and kind != "retrieval":
            return await _items(kind, _there(items, kind, "--items", folder=kind == "guard"), misses, policy)
        if kind == "retrieval":
            files = _there(corpus, kind, "--corpus"), _there(queries, kind, "--queries")
            if against is not None:
                _there(against, kind, "--against")
            return await _retrieval(
                settings, *files, history=history, limit=limit, misses=misses, html=html, save=save, against=against
            )
        raise InputError(f"there is no eval {kind!r}; there are {', '.join(KINDS[:-1])} and {KINDS[-1]}")

    figures = run(work, as_json=as_json, model=model)
    if as_json:
        show(figures)
    else:
        _print_figures({name: value for name, value in figures.items() if name != "misses"})
        _print_misses(figures.get("misses", ()))


async def _items(kind: str, items: Path, misses: Path | None, policy: Path | None) -> Mapping[str, Any]:
    """Score the guard, or one half of what it does, on a file of items."""
    from heedful.evaluate import grounding, guard, pii, texts
    from heedful.policy import load
    from heedful.policy_guard import AS_USUAL

    if kind in texts.KINDS:
        return await texts.evaluate(kind, items, misses)
    if kind == "guard":
        return await guard.evaluate(items, misses, load(policy).guard if policy else AS_USUAL)
    if kind == "pii":
        return await pii.evaluate(items, misses)
    return await grounding.evaluate(items, misses)


async def _voice(settings: Settings, items: Path, misses: Path | None, *, asks: bool) -> Mapping[str, Any]:
    """Score how replies sound, by rules and, where asked, in a model's opinion."""
    from heedful.evaluate import voice

    if not asks:
        return await voice.evaluate(items, misses)
    from heedful.assemble import writer_of
    from heedful.evaluate.voice_judge import VoiceJudge
    from heedful.prompts import Prompts

    if settings.model == "extractive":
        raise InputError("--model names 'extractive', which has no opinion; name a model, as openai:NAME")
    async with AsyncExitStack() as stack:
        rater = VoiceJudge(writer_of(settings, stack), Prompts(settings.prompts_dir))
        return await voice.evaluate(items, misses, rater)


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


def _there(path: Path | None, kind: str, option: str, *, folder: bool = False) -> Path:
    if path is None:
        raise InputError(f"eval {kind} needs {option} FILE")
    if not path.is_file() and not (folder and path.is_dir()):
        raise InputError(f"{option} names {str(path)!r}, which is no file")
    if path.is_file() and path.stat().st_size < SMALL and not read_bytes(path).strip():
        raise InputError(f"{option} names {str(path)!r}, which is empty")
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
    print_findings(verdict)


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


def _print_misses(counts: Sequence[Mapping[str, Any]]) -> None:
    from heedful.evaluate.missed import table

    if counts:
        say(f"\nmisses by kind\n{table(counts)}")
