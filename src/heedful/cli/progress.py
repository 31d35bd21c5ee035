"""How far a command has come: one bar with the rate it really has, lines for a log, or nothing."""

from __future__ import annotations

import enum
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from heedful.cli.output import note

Tell = Callable[[Mapping[str, Any]], None]

SURE_AFTER_S = 1.0  # a rate measured over less says little
# Stages that take turns over the same files or passages go on in one bar.
STAGES = {
    "fetching": ("Reading the site", "pages"),
    "reading": ("Reading files", "files"),
    "splitting": ("Reading files", "files"),
    "writing": ("Reading files", "files"),
    "embedding": ("Making vectors", "passages"),
    "storing": ("Making vectors", "passages"),
    "indexing": ("Indexing words", "passages"),
    "swapping": ("Indexing words", "passages"),
    "proving": ("Proving deletions", "articles"),
    "copying": ("Opening both sides", "sides"),
    "answering": ("Answering", "questions"),
}


class How(enum.StrEnum):
    """What is shown of the progress; `auto`: a bar where a person looks on, nothing otherwise."""

    AUTO = "auto"
    BAR = "bar"
    LINES = "lines"
    NONE = "none"


@contextmanager
def progress(how: How = How.AUTO) -> Iterator[Tell]:
    """Give what is told each step: a mapping with `stage`, `done` and `total`."""
    if how is How.LINES:
        yield lambda step: note(f"{step['stage']} {step['done']}/{step['total']}")
    elif how is How.BAR or (how is How.AUTO and sys.stderr.isatty()):
        with _bar() as tell:
            yield tell
    else:
        yield lambda _step: None


@contextmanager
def _bar() -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None, rate="", start=False)
        now: dict[str, Any] = {"doing": "", "began": 0.0, "first": 0}

        def tell(step: Mapping[str, Any]) -> None:
            doing, things = STAGES.get(str(step["stage"]), (str(step["stage"]), ""))
            done, total = int(step["done"]), int(step["total"])
            if not total:
                return
            if doing != now["doing"]:
                now.update(doing=doing, began=time.monotonic(), first=done)
                shown.reset(task, description=doing, total=total, rate="")
            took, came = time.monotonic() - now["began"], done - now["first"]
            rate = f"{came / took:,.0f} {things}/s" if took >= SURE_AFTER_S and came else ""
            shown.update(task, completed=done, total=total, rate=rate)

        yield tell
