"""The folder in which a site's pages are kept: a file for each, and an index that says where each is from."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from heedful.errors import ConflictError, StoreError
from heedful.knowledge.site.addresses import loose

INDEX = "index.json"
LOCK = "lock"
PAGES = "pages"
MOST_FOLDERS = 8
VERSION = 1  # grows when pages have to be asked for again, whatever the server says of them


@dataclass(frozen=True, slots=True)
class Kept:
    """One page that is kept: its file under `pages`, what the server said of it, and what it said itself."""

    file: str
    etag: str
    modified: str
    digest: str  # SHA-256 hex of what was sent
    essence: str
    at: str  # when the server was last asked for it, UTC


@dataclass(slots=True)
class Shelf:
    """The pages of one site, by address. Files are written whole; the index after the files it names."""

    folder: Path
    start: str
    kept: dict[str, Kept] = field(default_factory=dict)
    is_dry: bool = False  # nothing is written
    was_stopped: bool = False  # the last reading did not come to its end

    @property
    def pages(self) -> Path:
        """The folder to be read as help content; holds nothing but pages."""
        return self.folder / PAGES

    def text(self, address: str) -> str | None:
        """Return a kept page as it was written; `None` when it isn't there."""
        try:
            return (self.pages / self.kept[address].file).read_text(encoding="utf-8")
        except (OSError, KeyError, UnicodeDecodeError):
            return None

    def of(self, address: str) -> Kept | None:
        """Return what is kept of a page; `None` when nothing is, or its file is not there."""
        kept = self.kept.get(address)
        return kept if kept and (self.pages / kept.file).is_file() else None

    def write(self, address: str, content: bytes, kept: Kept) -> None:
        """Keep a page.

        Raises:
            StoreError: The folder can't be written.
        """
        if not self.is_dry:
            with _writing(self.folder):
                _replace(self.pages / kept.file, content)
        self.kept[address] = kept

    def save(self) -> None:
        """Write the index.

        Raises:
            StoreError: The folder can't be written.
        """
        if self.is_dry:
            return
        pages = {address: asdict(page) for address, page in sorted(self.kept.items())}
        content = {"version": VERSION, "start": self.start, "was_stopped": self.was_stopped, "pages": pages}
        with _writing(self.folder):
            _replace(self.folder / INDEX, json.dumps(content, ensure_ascii=False, indent=1).encode())

    def tidy(self) -> None:
        """Delete the files that the index doesn't name; call after `save`.

        Raises:
            StoreError: The folder can't be written.
        """
        if self.is_dry:
            return
        named = {page.file for page in self.kept.values()}
        with _writing(self.folder):
            for path in sorted(self.pages.rglob("*"), reverse=True):  # what is in a folder before the folder
                if path.is_dir():
                    with contextlib.suppress(OSError):
                        path.rmdir()  # when it is empty
                elif path.relative_to(self.pages).as_posix() not in named:
                    path.unlink(missing_ok=True)


@contextmanager
def opened(folder: Path, start: str, *, is_dry: bool = False) -> Iterator[Shelf]:
    """Give the shelf of a site; nobody else has it meanwhile. With `is_dry` it is read and never written.

    Raises:
        ConflictError: Another one reads this site now.
        StoreError: The folder can't be used.
    """
    place = folder / name_of(start)
    if is_dry:
        yield Shelf(place, start, _read(place), is_dry=True, was_stopped=_was_stopped(place))
        return
    with _writing(place):
        (place / PAGES).mkdir(parents=True, exist_ok=True)
        lock = (place / LOCK).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConflictError(f"another command reads {start} at the moment; wait until it is done") from error
        yield Shelf(place, start, _read(place), was_stopped=_was_stopped(place))


def name_of(start: str) -> str:
    """Return the folder's name for a site: readable, and the same with www., https and a last slash or without."""
    site = loose(start)
    readable = re.sub(r"[^\w.-]+", "-", unquote(site)).strip("-.")[:60]
    return f"{readable}-{hashlib.sha256(site.encode()).hexdigest()[:10]}"


def file_of(address: str, suffix: str) -> str:
    """Return the place of a page's file under `pages`: readable, one for each address.

    Its folders are those of the address, so that a policy's rules for folders hold for pages, too.
    """
    parts = [part for part in unquote(urlsplit(address).path).split("/") if part]
    folders = [_plain(part, 40) for part in parts[:-1]][:MOST_FOLDERS]
    name = _plain(re.sub(r"\.\w{1,5}$", "", "".join(parts[-1:])), 50) or "start"
    return "/".join((*filter(None, folders), f"{name}-{hashlib.sha256(address.encode()).hexdigest()[:12]}{suffix}"))


def _plain(part: str, most: int) -> str:
    return re.sub(r"[^\w-]+", "-", part).strip("-_")[:most]


def addresses_of(folder: Path) -> dict[str, str]:
    """Return the address of each page file under a site's folder: absolute path → address."""
    return {str(folder / PAGES / page.file): address for address, page in _read(folder).items()}


def _read(place: Path) -> dict[str, Kept]:
    """What the index says; nothing when it is missing, damaged or of another version: pages are asked for again."""
    content = _index(place)
    try:
        if content.get("version") != VERSION:
            return {}
        return {str(address): Kept(**page) for address, page in content["pages"].items()}
    except (KeyError, TypeError, AttributeError):
        return {}


def _was_stopped(place: Path) -> bool:
    return bool(_index(place).get("was_stopped"))


def _index(place: Path) -> dict[str, Any]:
    try:
        content = json.loads((place / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        with contextlib.suppress(OSError):
            folder.joinpath(f".{INDEX}").unlink(missing_ok=True)
        raise StoreError(
            f"the pages of the site can't be kept in {str(folder)!r} ({error.strerror}); "
            "make room there, or set HEEDFUL_DATA_DIR to a folder that can be written"
        ) from error
