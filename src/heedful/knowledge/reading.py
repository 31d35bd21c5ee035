"""Files → what they change: which are other than they were, what each gives, and which are gone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from heedful.errors import IngestError
from heedful.knowledge import load, split
from heedful.knowledge.books import Books, File
from heedful.knowledge.changes import Change
from heedful.knowledge.folders import Folders
from heedful.knowledge.reconcile import Progress, Stage, Tell
from heedful.values import Article, Passage

LOOK_AT_ONCE = 64  # files looked at between two looks at the progress
WRITE_AT_ONCE = 32  # files whose changes go into one transaction, at most
PASSAGES_AT_ONCE = 500  # and passages
STILL_USED = "; what was read from it before is still used"

Written = tuple[Article, tuple[Passage, ...]]


class Shelf(Protocol):
    """What reading asks of the database."""

    async def held(self, ids: Collection[str]) -> Mapping[str, Written]: ...
    async def write(self, changes: Sequence[Change]) -> None: ...


class Reading:
    """Follows files into the database, a few at a time; with `dry`, only the books are kept.

    What a file no longer gives is removed at the end, when it is known that no other file gives it; until then the
    file is noted as one to read again.
    """

    def __init__(self, shelf: Shelf, books: Books, folders: Folders, tell: Tell, *, dry: bool = False) -> None:
        self._shelf = shelf
        self._books = books
        self._folders = folders
        self._tell = tell
        self._dry = dry
        self._waiting: list[Change] = []
        self._last: list[Change] = []  # what may be removed at the end
        self._done = self._total = 0

    async def read(self, files: Sequence[File]) -> None:
        """Take every file that is new or other than it was."""
        self._done, self._total = 0, len(files)
        for start in range(0, len(files), LOOK_AT_ONCE):
            some = files[start : start + LOOK_AT_ONCE]
            self._say("reading")
            digests = await asyncio.to_thread(_digests, some, self._folders)
            for file, digest in zip(some, digests, strict=True):
                await self._look(file, digest)
                self._done += 1
        self._say("reading")

    async def finish(self, paths: Sequence[Path], *, prune: bool) -> None:
        """Remove what no file gives any more; with `prune` also what the files under `paths` gave that are gone."""
        books = self._books
        for change in self._last:
            gone = [id_ for id_ in change.removed if id_ not in books.claimed]
            books.touch("removed", gone, change.source)
            await self._write(replace(change, removed=gone))
        for source in await asyncio.to_thread(lambda: list(books.gone(paths))) if prune else ():
            gone = [id_ for id_ in books.before(source).ids if id_ not in books.claimed]
            books.touch("removed", gone, source)
            await self._write(Change(source, None, removed=gone))
        await self._flush()

    async def _look(self, file: File, digest: str | IngestError) -> None:
        books, source = self._books, file.source
        before = books.before(source)
        if isinstance(digest, IngestError):
            await self._unreadable(source, None, digest)
        elif digest == before.digest and not any(books.holder(id_, source) for id_ in before.ids):
            books.keep(source)
        else:
            self._say("reading")
            left_out: list[str] = []
            try:
                articles = await asyncio.to_thread(_articles, file, digest, self._folders, left_out)
            except IngestError as error:
                await self._unreadable(source, digest, error)
                return
            self._say("splitting")
            pieces = await asyncio.to_thread(lambda: [(article, split.split(article)) for article in articles])
            await self._take(source, digest, pieces, left_out)

    async def _unreadable(self, source: str, digest: str | None, error: IngestError) -> None:
        """Keep what was read before; a file that could be opened is not read again until it is another."""
        why = f"{error}{STILL_USED if self._books.before(source).ids else ''}"
        self._books.keep(source, instead_say=why)
        if digest is not None:
            await self._write(Change(source, digest, (why,)))

    async def _take(self, source: str, digest: str, given: Sequence[Written], left_out: list[str]) -> None:
        """Compare what a file gives with what is kept, and write the difference."""
        books, before = self._books, self._books.before(source).ids
        held = await self._shelf.held([article.id for article, _ in given if article.id in books.owner])
        renamed = len(before) == len(given) == 1 and given[0][0].id != before[0] and before[0] not in books.claimed
        written, clashes = [], []
        for article, pieces in given:
            if holder := books.holder(article.id, source):
                clashes.append(_clash(article.id, holder, alone=len(given) == 1))
                continue
            if books.claimed.get(article.id) == source:
                left_out.append(f"the id {article.id!r} comes twice in it; give one of the two another id or url")
                continue
            books.claimed[article.id] = source
            old = held.get(article.id)
            if old is not None and _alike(old, (article, pieces)):
                books.unchanged += 1
            else:
                books.touch("changed" if old or renamed else "added", [article.id], source)
                written.append((article, pieces))
        skipped = (*left_out, *clashes)
        books.skipped.extend((source, why) for why in skipped)
        # Whose id is another file's may have it when that file is gone: it is read again until then.
        change = Change(source, "" if clashes else digest, skipped, tuple(written))
        if renamed and written:
            change = replace(change, removed=before)
        elif gone := [id_ for id_ in before if id_ not in books.claimed]:
            self._last.append(replace(change, written=(), removed=gone))
            change = replace(change, digest="")
        await self._write(change)

    async def _write(self, change: Change) -> None:
        self._waiting.append(change)
        passages = sum(len(pieces) for one in self._waiting for _, pieces in one.written)
        if len(self._waiting) >= WRITE_AT_ONCE or passages >= PASSAGES_AT_ONCE:
            await self._flush()

    async def _flush(self) -> None:
        if self._waiting and not self._dry:
            self._say("writing")
            await self._shelf.write(self._waiting)
        self._waiting = []

    def _say(self, stage: Stage) -> None:
        self._tell(Progress(stage, self._done, self._total))


def _digests(files: Sequence[File], folders: Folders) -> list[str | IngestError]:
    return [_digest(file, folders) for file in files]


def _digest(file: File, folders: Folders) -> str | IngestError:
    """What the file's articles are made of: its fingerprint, and what its place says of it."""
    try:
        digest = load.fingerprint(file.path, root=file.root)
    except IngestError as error:
        return error
    by_place = folders.trust_of(file.path, root=file.root)
    return digest if by_place == "published" else hashlib.sha256(f"{digest}\0{by_place}".encode()).hexdigest()


def _articles(file: File, digest: str, folders: Folders, left_out: list[str]) -> list[Article]:
    found = load.read_all(file.path, root=file.root, left_out=left_out.append)
    if any(_is_unfit(text) for one in found for text in (one.id, one.title, one.text, one.url)):
        raise IngestError("it holds characters that are none (zero bytes or half of a pair); save it anew as UTF-8")
    return [replace(one, digest=digest, trust=folders.trust_of(file.path, one.trust, root=file.root)) for one in found]


def _is_unfit(text: str) -> bool:
    """Whether no database takes it, so that the articles written with it would be lost, too."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return "\0" in text


def _alike(old: Written, new: Written) -> bool:
    return replace(old[0], digest="") == replace(new[0], digest="") and old[1] == new[1]


def _clash(id_: str, holder: str, *, alone: bool) -> str:
    what = "its id" if alone else f"the id {id_!r}"
    return f"{what} is that of {holder!r}; give one of the two another id or url"
