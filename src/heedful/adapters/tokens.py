"""How many tokens a text costs: tiktoken where its vocabulary can be had, an estimate on the safe side where not."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from heedful.errors import UpstreamError

if TYPE_CHECKING:
    import tiktoken

DEFAULT = "o200k_base"
SHIPPED = (DEFAULT, "cl100k_base")
SOURCE = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"  # as in tiktoken, which caches by its SHA-1
SHA256 = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
# How each cuts text before its vocabulary is applied. tiktoken gives these away only together with a download;
# a test holds them against tiktoken's own.
CUTS = {
    "o200k_base": (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    "cl100k_base": (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
        r"|\s+(?!\S)|\s"
    ),
}
HANGUL = re.compile("[가-힣\u1100-\u11ff]")
PATIENCE_S = 2.0  # a vocabulary on disk is read in about 0.4 s; on a network nobody is kept waiting for it
DOWNLOAD_TIMEOUT_S = 120.0


def estimate(text: str) -> int:
    """Return a count of tokens that is rarely too low for prose: a third of the UTF-8 bytes, half of them with Hangul.

    A third alone undercounts Korean by 22 % (cl100k_base, measured).
    """
    per_token = 2 if HANGUL.search(text) else 3
    return -(-len(text.encode("utf-8", "surrogatepass")) // per_token)


def counter(model: str, folder: Path | None = None, *, patience_s: float = PATIENCE_S) -> Callable[[str], int]:
    """Return what counts the tokens of a text as `model` does (`openai:gpt-4o`, `gpt-4o`; unknown ones as o200k_base).

    The vocabulary is taken from `folder` (see `install_vocabulary`), else from where tiktoken keeps it
    (`TIKTOKEN_CACHE_DIR`), else from the network, for which this waits at most `patience_s`. Until it is there,
    and for good when it can't be had, the counts are those of `estimate`.
    """
    loading = _loading(encoding_name(model), folder)
    loading.wait(patience_s)
    return loading.count


def encoding_name(model: str) -> str:
    """Return the name of the encoding that `model` uses."""
    from tiktoken.model import encoding_name_for_model

    try:
        return encoding_name_for_model(model.rpartition(":")[2].rpartition("/")[2])
    except KeyError:
        return DEFAULT


def available(folder: Path | None = None, *, patience_s: float = PATIENCE_S) -> bool:
    """Tell whether tokens are counted exactly on this machine now; otherwise they are estimated."""
    return _loading(DEFAULT, folder).wait(patience_s)


def install_vocabulary(folder: Path, *, progress: Callable[[str], None] | None = None) -> tuple[Path, ...]:
    """Put the vocabularies into `folder`, verified, and return their paths; those that are there stay.

    They lie under the names of tiktoken's own cache, so that `TIKTOKEN_CACHE_DIR` may name the folder, too.

    Raises:
        UpstreamError: One could not be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in SHIPPED:
        path = _path(folder, name)
        if _read(path, name) is None:
            (progress or (lambda _: None))(f"fetching the vocabulary {name}")
            scratch = path.with_name(f".{path.name}.{os.getpid()}")
            scratch.write_bytes(_fetch(name))
            scratch.replace(path)
        paths.append(path)
    return tuple(paths)


class _Loading:
    """One encoding on its way, in a thread that nothing waits for in the end."""

    def __init__(self, name: str, folder: Path | None) -> None:
        self._encoding: tiktoken.Encoding | None = None
        self._over = threading.Event()
        threading.Thread(target=self._load, args=(name, folder), name=f"tokens-{name}", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Tell whether the encoding is there, having waited for it at most `seconds`."""
        self._over.wait(seconds)
        return self._encoding is not None

    def count(self, text: str) -> int:
        """Return how many tokens `text` costs; an estimate while the encoding is not there."""
        encoding = self._encoding
        return estimate(text) if encoding is None else len(encoding.encode_ordinary(text))

    def _load(self, name: str, folder: Path | None) -> None:
        import tiktoken

        try:
            self._encoding = (_from_folder(name, folder) if folder else None) or tiktoken.get_encoding(name)
        except Exception:  # noqa: BLE001 - whatever keeps tiktoken from its vocabulary, estimates go on
            self._encoding = None
        finally:
            self._over.set()


@functools.cache
def _loading(name: str, folder: Path | None) -> _Loading:
    """Return the one attempt of this process to get an encoding."""
    return _Loading(name, folder)


def _from_folder(name: str, folder: Path) -> tiktoken.Encoding | None:
    """Return the encoding from our own folder; `None` when its vocabulary is not there, or damaged."""
    import tiktoken

    content = _read(_path(folder, name), name) if name in SHA256 else None
    if content is None:
        return None
    pairs = (line.split() for line in content.splitlines() if line)
    ranks = {base64.b64decode(token): int(rank) for token, rank in pairs}
    return tiktoken.Encoding(name, pat_str=CUTS[name], mergeable_ranks=ranks, special_tokens={})


def _path(folder: Path, name: str) -> Path:
    return folder / hashlib.sha1(SOURCE.format(name).encode(), usedforsecurity=False).hexdigest()


def _read(path: Path, name: str) -> bytes | None:
    """Return the vocabulary in `path`; `None` when it is not there, or not the pinned one."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == SHA256[name] else None


def _fetch(name: str) -> bytes:
    """Return a vocabulary from tiktoken's cache or the network."""
    from tiktoken.load import read_file_cached

    got: list[bytes] = []
    failed: list[BaseException] = []

    def fetch() -> None:
        try:
            got.append(read_file_cached(SOURCE.format(name), SHA256[name]))
        except Exception as error:  # noqa: BLE001 - told below, in the caller's thread
            failed.append(error)

    # tiktoken waits for a silent network for ever; a thread can be left behind.
    thread = threading.Thread(target=fetch, name=f"fetch-{name}", daemon=True)
    thread.start()
    thread.join(DOWNLOAD_TIMEOUT_S)
    if not got:
        raise UpstreamError(
            f"the vocabulary {name!r} could not be fetched; check the network, or put it into a folder and name that "
            "as TIKTOKEN_CACHE_DIR (without it tokens are estimated, which wastes some room in prompts)",
            retryable=True,
        ) from (failed[0] if failed else None)
    return got[0]
