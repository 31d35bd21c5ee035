"""A copy of the company's help content in a folder of its own, to be asked without leaving a trace in the company's."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from heedful.adapters import chroma_folder
from heedful.errors import InputError, StoreError
from heedful.knowledge.changes import Change
from heedful.settings import Settings
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore
from heedful.store.migrate import migrate

DATABASE, WORDS, VECTORS = "heedful.db", "words", "vectors"
EMPTY = "there is no help content to answer from yet; `heedful ingest FOLDER` reads it"
AT_ONCE = 200  # articles read and written in one go


def over(settings: Settings, folder: Path) -> Settings:
    """Return the settings with everything that is kept in `folder`: no customers, no keys, nothing of the company's.

    Help content, policy, prompts and models stay those of `settings`.
    """
    return replace(
        settings,
        data_dir=folder,
        database_url=_url(folder / DATABASE),
        key_store=_url(folder / "keys.db"),
        chroma_url=None,
        master_key=None,
        crm_url=None,
        crm_token=None,
        unanswered_days=0,
    )


async def fill(folder: Path, settings: Settings) -> int:
    """Copy the indexed help content of `settings` into `folder`; return how many articles there are.

    A sync that is under way is waited for. What an index server holds is not copied, but made again from the articles.

    Raises:
        InputError: There is no help content.
        StoreError: The database did not answer.
    """
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(_make, folder, settings.database_url)
        there = Database(settings.database_url)
        stack.push_async_callback(there.close)
        here = Database(_url(folder / DATABASE))
        stack.push_async_callback(here.close)
        await migrate(here)
        source = KnowledgeStore(there)
        async with source.alone():
            count = await _articles(source, KnowledgeStore(here))
            await asyncio.to_thread(_indexes, settings, folder)
        return count


def _make(folder: Path, url: str) -> None:
    """Make the folder; opening a database that is not there would make an empty one of it."""
    if url.startswith("sqlite") and not Path(url.partition(":///")[2]).is_file():
        raise InputError(EMPTY)
    folder.mkdir(parents=True, exist_ok=True)


async def _articles(source: KnowledgeStore, target: KnowledgeStore) -> int:
    files = await source.sources()
    count = 0
    names = sorted(files)
    for some in (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE)):
        held = await source.held([id_ for name in some for id_ in files[name].ids])
        count += len(held)
        await target.write(
            [
                Change(name, files[name].digest, files[name].skipped, tuple(held[id_] for id_ in files[name].ids))
                for name in some
            ]
        )
    if not count:
        raise InputError(EMPTY)
    return count


def _indexes(settings: Settings, folder: Path) -> None:
    """Copy both indexes, where they are folders; what they lack is made up for when they are opened."""
    try:
        for name in (WORDS, VECTORS):
            kept = settings.data_dir / name
            if kept.is_dir() and not (name == VECTORS and settings.chroma_url):
                shutil.copytree(kept, folder / name, ignore=shutil.ignore_patterns(chroma_folder.LOCK))
    except OSError as error:
        raise StoreError(f"the indexes can't be copied to compare over them ({type(error).__name__})") from error


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"
