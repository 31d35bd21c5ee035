"""`heedful ingest` killed at any moment: the next run leaves what one leaves that was never killed, everywhere."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heedful.adapters.bm25 import BM25Index
from heedful.adapters.chroma import ChromaIndex
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore
from tests.loopback import Loopback
from tests.processes import PATIENCE_S, answer, environment

pytestmark = pytest.mark.anyio

PHASES = {
    "read": ("reading",),
    "split": ("splitting",),
    "commit": ("writing",),
    "embed": ("embedding",),
    "vectors": ("storing",),
    "words": ("indexing", "swapping"),
}
PARAGRAPH = (
    "Item {n} of section {section} can be returned within {section} days. {n}번 상품은 {section}일 안에 반품됩니다."
)


def write(folder: Path, name: str, *, sections: int = 6, edition: int = 1, **front: str) -> None:
    """Write an article with some sections."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{key}: {value}\n" for key, value in front.items())
    number = sum(map(ord, name)) * edition
    parts = (f"## Part {n}\n\n" + PARAGRAPH.format(n=number, section=n) for n in range(sections))
    path.write_text(f"---\ntitle: About {name} in edition {edition}\n{lines}---\n\n" + "\n\n".join(parts), "utf-8")


@dataclass(frozen=True)
class Start:
    """A help centre that was read once and has changed since, and what a run over it that nobody kills leaves."""

    content: Path
    data: Path  # as after the first run; copied for each kill
    settings: dict[str, str]
    said: list[str]  # the progress of a run that nobody kills
    clean: dict[str, Any]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Twelve articles are in; then some are edited, deleted, moved and added."""
    folder = tmp_path_factory.mktemp("killed")
    content, data = folder / "content", folder / "data"
    for n in range(12):
        write(content, f"{'en' if n % 2 else 'ko'}/{n}.md", lang="en" if n % 2 else "ko", url=f"https://a.example/{n}")
    with Loopback() as embedder:
        settings = {
            "HEEDFUL_EMBEDDER": "openai:tiny",
            "HEEDFUL_EMBEDDER_BASE_URL": embedder.url,
            "HEEDFUL_EMBEDDER_API_KEY": "none",
        }
        answer(data, "ingest", str(content), **settings)
        for n in range(4):
            write(content, f"en/new-{n}.md", lang="en", sections=20)
            write(content, f"{'en' if n % 2 else 'ko'}/{n}.md", edition=2, lang="en", url=f"https://a.example/{n}")
        (content / "en/11.md").unlink()
        (content / "ko/10.md").unlink()
        (content / "ko/8.md").rename(content / "en/moved.md")
        copy = folder / "clean"
        shutil.copytree(data, copy)
        said = run(content, copy, settings)[1]
        yield Start(content, data, settings, said, {"data": copy})


def run(
    content: Path, data: Path, settings: dict[str, str], *, at_stage: str = "", after: int | None = None
) -> tuple[int, list[str]]:
    """Return how an ingest ended and what it told; it is killed as soon as it tells of a stage, or so many lines."""
    command = [sys.executable, "-m", "heedful", "ingest", str(content), "--progress", "lines", "--json"]
    told = b""
    with subprocess.Popen(
        command, env=environment(data, **settings), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        while some := os.read(process.stderr.fileno(), 65536):
            told += some
            if (at_stage and f"\n{at_stage} " in "\n" + told.decode()) or (after and told.count(b"\n") >= after):
                process.kill()
        code = process.wait(PATIENCE_S)
    return code, told.decode().splitlines()


async def state(data: Path) -> dict[str, Any]:
    """Return what stands in the database and in both indexes, and whether they agree."""
    database = Database(f"sqlite+aiosqlite:///{data / 'heedful.db'}")
    store, words, vectors = (
        KnowledgeStore(database),
        BM25Index(data / "words"),
        ChromaIndex.in_process(data / "vectors"),
    )
    ids = frozenset().union(*(await store.passage_ids()).values())
    in_words = {name: await words.ids(name) for name in await words.collections()}
    in_vectors = {name: await vectors.ids(name) for name in await vectors.collections()}
    found = {
        "articles": await store.articles(),
        "passages": await store.passages(sorted(ids)),
        "sources": await store.sources(),
        "words": in_words,
        "vectors": in_vectors,
        "agree": [frozenset().union(*index.values()) == ids for index in (in_words, in_vectors)],
        "flaws": [await words.flaw(name) for name in in_words],
        "unproved": await store.deleted(),
    }
    await vectors.close()
    await database.close()
    return found


async def mended(start: Start, folder: Path) -> None:
    """See that one more run leaves what a run leaves that nobody killed."""
    answer(folder, "ingest", str(start.content), **start.settings)
    if "state" not in start.clean:
        start.clean["state"] = await state(start.clean["data"])
    left = await state(folder)

    assert left == start.clean["state"]
    assert left["agree"] == [True, True]
    assert set(left["flaws"]) == {""}
    assert left["unproved"] == ()


def phase_of(code: int, said: list[str]) -> str:
    """Return in which phase a run was killed; `ended` when it was sooner."""
    stage = said[-1].split()[0]
    return next((name for name, stages in PHASES.items() if stage in stages and code), "ended")


async def test_killed_again_and_again_the_last_run_makes_it_good(start: Start, tmp_path: Path) -> None:
    """Four runs in a row are killed, each in a later phase; the fifth ends as if nothing had happened."""
    folder = tmp_path / "data"
    shutil.copytree(start.data, folder)
    codes = []
    for stage in ("splitting", "writing", "storing", "swapping"):
        code, _ = run(start.content, folder, start.settings, at_stage=stage)
        codes.append(code)

    await mended(start, folder)
    assert codes == [-signal.SIGKILL] * 4


@pytest.mark.soak
async def test_fifty_kills_at_least_eight_in_each_phase(start: Start, tmp_path: Path) -> None:
    """Killed at moments spread over the whole run, until each phase was hit eight times and fifty were made."""
    hits: Counter[str] = Counter()
    chance = random.Random(3)  # noqa: S311 - the same moments each time
    while (sum(hits.values()) < 50 or any(hits[phase] < 8 for phase in PHASES)) and sum(hits.values()) < 250:
        wanted = min(PHASES, key=lambda phase: hits[phase])
        places = [place for place, line in enumerate(start.said, start=1) if line.split()[0] in PHASES[wanted]]
        after = chance.choice(places)
        folder = tmp_path / f"data-{sum(hits.values())}"
        shutil.copytree(start.data, folder)
        phase = phase_of(*run(start.content, folder, start.settings, after=after))
        hits[phase] += 1
        await mended(start, folder)
        shutil.rmtree(folder)

    assert all(hits[phase] >= 8 for phase in PHASES), hits
