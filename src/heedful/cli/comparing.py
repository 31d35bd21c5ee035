"""`heedful compare`: the same questions to two prompt folders or two models, to be read blind and counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from heedful.cli.output import AsJson, note, run, say, show
from heedful.cli.progress import progress
from heedful.errors import InputError
from heedful.settings import Settings, read

if TYPE_CHECKING:
    from heedful.evaluate.compare import Compared

SEED_BITS = 32
UNSURE = "Chance alone could explain this split; ask more questions to be sure."


@dataclass(frozen=True, slots=True)
class _Wished:
    """What is to be asked, how the sides are drawn, and where what comes of it is written; `None`: nowhere."""

    questions: Path
    limit: int | None
    seed: int
    html: Path | None
    items: Path | None
    language: str  # of the page's own words; empty: that of most questions


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(compare)


def compare(
    a: Annotated[str | None, typer.Argument(metavar="A", help="A folder of prompts, a model, or MODEL@FOLDER.")] = None,
    b: Annotated[str | None, typer.Argument(metavar="B", help="The other one.")] = None,
    questions: Annotated[
        Path | None, typer.Option(help="What customers write: TOML [[question]] tables, or JSON Lines with `text`.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only the first questions.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the blind page here, to be read and chosen on.")] = None,
    items: Annotated[Path | None, typer.Option(help="Keep the answers and the key to the page in this folder.")] = None,
    choices: Annotated[
        Path | None, typer.Option(help="Say what was chosen: the file the page gave, with --items FOLDER.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Draw left and right by this number again. [default: another each time]")
    ] = None,
    language: Annotated[
        Literal["en", "ko"] | None, typer.Option(help="Of the page's own words. [default: that of most questions]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer the same questions in two ways over your help content; nothing is kept but what you ask for here."""

    async def work(_: Settings) -> Mapping[str, Any]:
        if choices is not None:
            if items is None or any(one is not None for one in (a, b, questions, html, limit, seed)):
                raise InputError("--choices FILE goes with --items FOLDER alone: the folder written with the page")
            from heedful.evaluate import choices as chosen

            return chosen.result(choices, items)
        if a is None or b is None or questions is None:
            raise InputError("give two sides and the questions: heedful compare A B --questions FILE")
        if html is not None and items is None:
            raise InputError("--html needs --items FOLDER: the key to the page is kept there, not in the page")
        drawn = randbits(SEED_BITS) if seed is None else seed
        return await _compared((a, b), _Wished(questions, limit, drawn, _place(html), _place(items), language or ""))

    found = run(work, as_json=as_json)
    if as_json:
        show(found)
    elif choices is not None:
        _print_choices(found)
    else:
        _print(found)
        if html is not None:
            note(f"Read {html} before you look at {items}, which says which side is which.")


def _place(path: Path | None) -> Path | None:
    """Return where something is to be written.

    Raises:
        InputError: The folder it would be in is not there.
    """
    if path is not None and not path.expanduser().absolute().parent.is_dir():
        raise InputError(f"the folder of {str(path)!r} does not exist")
    return path and path.expanduser()


async def _compared(names: tuple[str, str], wished: _Wished) -> Mapping[str, Any]:
    """Return the figures of a comparison, its page and items written."""
    from heedful.evaluate import compare as comparing
    from heedful.evaluate.asked import questions as asked
    from heedful.evaluate.sides import side_of

    sides = side_of(names[0], read), side_of(names[1], read)
    wanted = asked(wished.questions, wished.limit)
    with progress() as tell:
        compared = await comparing.compare(sides, wanted, run=uuid.uuid4().hex[:16], seed=wished.seed, tell=tell)
    with TemporaryDirectory(prefix="heedful-compare-") as unkept:
        folder = wished.items or Path(unkept)
        comparing.keep(compared, folder)
        figures = await comparing.with_voice(compared, folder)
    if wished.html is not None:
        _write_page(compared, wished.html, wished.language)
    return {
        "run": compared.run,
        "seed": compared.seed,
        "sides": dict(zip("ab", names, strict=True)),
        **figures,
        "failures": {name: comparing.failures(compared.pairs, name) for name in ("a", "b")},
    }


def _write_page(compared: Compared, file: Path, language: str) -> None:
    from heedful.web.compare_page import compare_page

    try:
        file.write_text(compare_page(compared, language), encoding="utf-8")
    except OSError as error:
        raise InputError(f"the page can't be written as {str(file)!r} ({error.strerror})") from error


def _print(found: Mapping[str, Any]) -> None:
    for name in ("a", "b"):
        say(f"{name.upper()}  {found['sides'][name]}  ({', '.join(found[name]['models']) or 'no answer'})")
    say(f"\n{found['compared']} of {found['questions']} questions answered by both")
    for name in ("a", "b"):
        if found["failed"][name]:
            say(f"{name.upper()} failed {found['failed'][name]} times: {'; '.join(found['failures'][name])}")
    if found["compared"]:
        say("")
        _print_table([("", "A", "B", "B-A", "sure", ""), *_rows(found)])
    say(f"\nseed {found['seed']}, run {found['run']}; one figure in twenty is called sure by chance alone")


def _rows(found: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """Yield a row for each figure: both sides, the difference, whether it is sure and how that is known."""
    differences = dict(found["differences"])
    rules = {f"against {name}": one for name, one in differences.pop("rules").items()}
    for name, one in (differences | rules).items():
        how = f"p {one['p']}" if "p" in one else " to ".join(map(_short, one["interval"]))
        sure = "yes" if one["sure"] else "no"
        yield (
            name,
            _short(one["a"]),
            _short(one["b"]),
            f"{'+' * (one['change'] >= 0)}{_short(one['change'])}",
            sure,
            how,
        )
    for figure in ("total_ms", "first_words_ms"):
        for name in ("p50", "p95"):
            yield _beside(f"{figure} {name}", *(found[side][figure].get(name, "") for side in ("a", "b")))
    heard = found["voice"]
    for group, named in (("length", "{} of a reply"), ("reading_ease", "{}")):
        for name, value in heard["a"].get(group, {}).items():
            yield _beside(named.format(name), value, heard["b"].get(group, {}).get(name, ""))


def _short(value: float) -> str:
    return str(round(value, 3 if abs(value) < 10 else 1))


def _beside(name: str, a: object, b: object) -> Sequence[str]:
    return name, str(a), str(b), "", "", ""


def _print_choices(found: Mapping[str, Any]) -> None:
    for name in ("a", "b"):
        say(f"{name.upper()}  {found['sides'][name]}")
    late = f"; {found['after_reveal']} chosen after the reveal don't count" if found["after_reveal"] else ""
    say(f"\n{found['n']} of {found['asked']} questions chosen{late}\n")
    groups = [("all", found)]
    for kind in ("by_lang", "by_state", "by_kind"):
        groups += list(found.get(kind, {}).items())
    counted = ("n", "a", "b", "same", "both_bad", "p")
    _print_table(
        [
            ("", "n", "A", "B", "same", "both bad", "p"),
            *((name, *(str(one[key]) for key in counted)) for name, one in groups),
        ]
    )
    better = "A" if found["a"] > found["b"] else "B"
    say(f"\n{better} was preferred more often than chance would explain." if found["sure"] else f"\n{UNSURE}")


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        say("  ".join((first.ljust(widths[0]), *cells)).rstrip())
