"""The folder of an in-process Chroma: held by one process, emptied when damaged, with a note beside the vectors."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from heedful.errors import SettingsError

LOCK = "in-use.lock"
FILE, MARK = "chroma.sqlite3", "agreed"


def hold(folder: Path) -> IO[str]:
    """Return the held lock of `folder`; it is free again when the file is closed or the process ends.

    Raises:
        SettingsError: Another process has it, or the folder can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        message = f"the vector index can't be kept in {str(folder)!r} ({error.strerror}); set HEEDFUL_DATA_DIR"
        raise SettingsError(message) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "another"
        file.close()
        raise SettingsError(
            f"the vector index in {str(folder)!r} is open in process {owner}, and only one process can use it; stop "
            "that one, hand it the work (`heedful ingest` does so while `heedful serve` answers), or run a Chroma "
            "server and set HEEDFUL_CHROMA_URL"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def empty(folder: Path) -> None:
    """Remove all but the lock.

    Raises:
        OSError: Something can't be removed.
    """
    from chromadb.api.shared_system_client import SharedSystemClient

    # Chroma keeps what it could not open under the folder's name, and would give it out again.
    SharedSystemClient._identifier_to_system.pop(str(folder), None)  # noqa: SLF001 - there is no public way
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def marked(folder: Path) -> str:
    """Return what was noted last beside the vectors; empty where there are none."""
    try:
        return (folder / MARK).read_text(encoding="utf-8") if (folder / FILE).exists() else ""
    except OSError:
        return ""


def mark(folder: Path, note: str) -> None:
    """Note something beside the vectors; what can't be noted is nothing noted."""
    with contextlib.suppress(OSError):
        (folder / MARK).write_text(note, encoding="utf-8")
