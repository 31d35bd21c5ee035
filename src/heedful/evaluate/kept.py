"""An embedder that remembers: the same texts are embedded once, not at each run of an evaluation."""

from __future__ import annotations

import asyncio
import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from heedful.ports import Embedder, Vectors


class KeptEmbeddings:
    """Implements `ports.Embedder` before another; rows are kept in `folder` by the digest of what was embedded.

    Another embedder, or another revision of it, has a file of its own. A file that can't be read counts as none.
    """

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimensions = embedder.dimensions
        self.languages = embedder.languages
        self.in_process = embedder.in_process
        self._file = folder / f"{hashlib.sha256(embedder.name.encode()).hexdigest()[:12]}.npz"
        self._rows = _read(self._file, embedder.dimensions)
        self._fresh = False

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        """Return one row per text, in order; only those never seen are embedded."""
        digests = [hashlib.sha256(f"{role}\0{text}".encode()).hexdigest() for text in texts]
        missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in self._rows}
        if missing:
            found = await self._embedder.embed(list(missing.values()), role=role)
            self._rows |= dict(zip(missing, np.asarray(found, np.float32), strict=True))
            self._fresh = True
        if not digests:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([self._rows[digest] for digest in digests])

    async def keep(self) -> None:
        """Write what is new; a folder that can't be written is no harm: it is embedded again."""
        if self._fresh:
            await asyncio.to_thread(_write, self._file, self._rows)
            self._fresh = False


def _read(file: Path, dimensions: int) -> dict[str, Vectors]:
    try:
        with np.load(file, allow_pickle=False) as kept:
            digests, rows = kept["digests"].tolist(), kept["rows"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    whole = rows.ndim == 2 and rows.shape == (len(digests), dimensions)
    return dict(zip(digests, rows, strict=True)) if whole else {}


def _write(file: Path, rows: dict[str, Vectors]) -> None:
    scratch = file.with_suffix(f".{os.getpid()}.npz")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(scratch, digests=np.array(list(rows)), rows=np.stack(list(rows.values())))
        scratch.replace(file)
    except OSError:
        scratch.unlink(missing_ok=True)
