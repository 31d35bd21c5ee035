"""What `heedful serve --setup` does before it listens: weights fetched, help content read, invented customers in."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from heedful.assemble import Heedful
from heedful.errors import HeedfulError, UpstreamError
from heedful.knowledge.reconcile import Progress
from heedful.models import install, installed
from heedful.settings import Settings, shipped

TELL_EVERY_S = 2.0
DOING = {"reading": "reading files", "embedding": "making vectors", "indexing": "indexing words"}  # all that is told

Say = Callable[[str], None]


def fetch(settings: Settings, *, say: Say) -> None:
    """Install what is missing; without it heedful does with less, so a failure is only told."""
    if all((there := installed(settings)).values()):
        return
    if not there["minilm"]:
        say("Fetching the English embedder's weights (80 MB), once …")
    try:
        say(f"Vocabulary: {install(settings, tell=say)['vocabulary']}")
    except HeedfulError as error:
        say(f"{error}\nGoing on without the weights: words alone are searched.")


async def prepare(ours: Heedful, *, say: Say, sample: Path | None = None) -> None:
    """Read the help content of the settings, and in the demo its customers; fast when nothing has changed.

    The sample company's articles (those under `sample`) are taken out where the content to read is somebody's own.
    Vectors that can't be made now are left out: words answer alone.

    Raises:
        InputError: The folder of the settings is gone.
        StoreError: The database did not take it.
    """
    folder, sample = ours.settings.knowledge_dir, sample or shipped("knowledge_base")
    if folder != sample:
        gone = await ours.knowledge.forget([sample])
        if gone:
            say(f"Took the {gone} articles of the sample company out")
    say(f"Reading the help content in {folder} …")
    try:
        done = await ours.knowledge.sync([folder], progress=_telling(say))
        say(f"{done.articles} articles, {done.passages} passages ({done.added + done.changed} new or changed)")
        for source, why in done.skipped:
            say(f"Skipped {source}: {why}")
    except UpstreamError as error:
        say(f"{error}\nGoing on: words alone are searched until the next start.")
    if ours.settings.demo:
        lines = shipped("demo_profiles.jsonl").read_text(encoding="utf-8").split("\n")
        taken = await ours.profiles.import_lines(lines)
        say(f"{taken.profiles} invented customers to try it as")


def _telling(say: Say) -> Callable[[Progress], None]:
    """Return what tells a progress in words, not oftener than a person reads."""
    last = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal last
        if progress.stage in DOING and time.monotonic() - last >= TELL_EVERY_S and 0 < progress.done < progress.total:
            last = time.monotonic()
            say(f"… {DOING[progress.stage]}: {progress.done} of {progress.total}")

    return tell
