"""What one sync keeps account of: which file has which article, what was left out, and what was done."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from heedful.errors import InputError
from heedful.knowledge import load
from heedful.knowledge.changes import Source

What = Literal["added", "changed", "removed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Touched:
    """One article that a sync adds, changes or removes."""

    what: What
    id: str
    source: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to read, with the folder that its id is counted from."""

    path: Path
    root: Path

    @property
    def source(self) -> str:
        """The name under which the file is known."""
        return str(self.path.absolute())


@dataclass(slots=True)
class Books:
    """What each file gave before this run, which file has each id now, and what was done."""

    known: Mapping[str, Source]
    owner: Mapping[str, str]  # article id → source, before this run
    here: Collection[str]  # the files there are
    claimed: dict[str, str] = field(default_factory=dict)  # article id → source, in this run
    skipped: list[tuple[str, str]] = field(default_factory=list)
    touched: list[Touched] = field(default_factory=list)
    unchanged: int = 0

    def before(self, source: str) -> Source:
        """Return what the file gave when it was last read."""
        return self.known.get(source) or Source()

    def holder(self, id_: str, source: str) -> str | None:
        """Return the other file that has this id; `None` when it is free, or its file is gone or comes later."""
        if id_ in self.claimed:
            return self.claimed[id_] if self.claimed[id_] != source else None
        before = self.owner.get(id_, source)
        return before if before != source and before not in self.here and Path(before).exists() else None

    def keep(self, source: str, *, instead_say: str = "") -> None:
        """Note that a file's articles stay as they are, and say what of it is left out: as before, or another thing."""
        before = self.before(source)
        mine = [id_ for id_ in before.ids if self.claimed.get(id_, source) == source]
        self.claimed.update(dict.fromkeys(mine, source))
        self.unchanged += len(mine)
        self.skipped.extend((source, why) for why in ((instead_say,) if instead_say else before.skipped))

    def touch(self, what: What, ids: Iterable[str], source: str) -> None:
        """Note what is done to articles."""
        self.touched.extend(Touched(what, id_, source) for id_ in ids)

    def count(self, what: What) -> int:
        """Return to how many articles this was done."""
        return sum(one.what == what for one in self.touched)

    def gone(self, paths: Sequence[Path]) -> Iterator[str]:
        """Yield the files that lay under `paths` and are there no more; one that can't be looked at is not gone."""
        roots = [path.absolute() for path in paths]
        for source in sorted(self.known.keys() - set(self.here)):
            if not any(Path(source).is_relative_to(root) for root in roots):
                continue
            try:
                Path(source).stat()
            except (FileNotFoundError, NotADirectoryError):
                pass
            except OSError as error:
                self.skipped.append((source, f"it can't be looked at ({error.strerror}); what was read is still used"))
                self.claimed.update((id_, source) for id_ in self.before(source).ids if id_ not in self.claimed)
                continue
            yield source


def open_books(paths: Sequence[Path], known: Mapping[str, Source]) -> tuple[list[File], Books]:
    """Return the files to read, in order, and the books to keep meanwhile.

    Raises:
        InputError: A path does not exist, and is no file that was read before.
    """
    for path in paths:
        if not path.exists() and str(path.absolute()) not in known:
            raise InputError(f"{str(path)!r} does not exist; nothing was changed")
    files = list(_found(paths))
    owner = {id_: source for source, one in known.items() for id_ in one.ids}
    return files, Books(known, owner, frozenset(file.source for file in files))


def _found(paths: Sequence[Path]) -> Iterator[File]:
    seen: set[Path] = set()
    for path in paths:
        for file in load.files([path]) if path.exists() else ():
            if file.absolute() not in seen:
                seen.add(file.absolute())
                yield File(file, path if path.is_dir() else path.parent)
