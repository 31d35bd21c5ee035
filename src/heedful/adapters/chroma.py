"""Vectors in Chroma: in this process from a folder that it alone opens, or on a Chroma server by URL."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import urlsplit

import httpx
import numpy as np

from heedful.adapters import chroma_folder
from heedful.errors import IndexUnavailableError, SettingsError
from heedful.ports import Hit, Vectors

Result = TypeVar("Result")

# How widely a graph of neighbours is searched: recall@10 was 1.0 on 20,000 rows, at 1 ms a query and 5,600 rows/s in.
GRAPH = {"hnsw": {"space": "cosine", "ef_construction": 128, "ef_search": 128, "max_neighbors": 16}}
TIMEOUT_S = 10.0  # a customer is waiting: the words' leg answers alone sooner than this would
THREADS = 4  # of our own: a server that hangs must not use up the threads that everything else runs in


class ChromaIndex:
    """A `VectorIndex` on Chroma; a collection holds ids and vectors, nothing else.

    Chroma is loaded and opened with the first call, in a thread; making one of these is cheap.
    """

    def __init__(
        self, open_client: Callable[[], Any], *, where: str, lock: IO[str] | None = None, folder: Path | None = None
    ) -> None:
        self._open_client = open_client
        self._folder = folder
        self._where = where
        self._lock = lock
        self._client: Any = None
        self._opening = threading.Lock()
        self._known: dict[str, Any] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="chroma")

    @classmethod
    def in_process(cls, folder: Path) -> ChromaIndex:
        """Return the index kept in `folder`, made when it is not there; no other process can open it until `close`.

        Raises:
            SettingsError: Another process has it open, or the folder can't be written.
        """
        lock = chroma_folder.hold(folder)
        remedy = "run `heedful doctor --repair`: vectors are made again from the database"
        where = f"the vector index in {str(folder)!r} ({remedy})"
        return cls(lambda: _open_folder(folder), where=where, lock=lock, folder=folder)

    @classmethod
    def server(cls, url: str) -> ChromaIndex:
        """Return the index kept by the Chroma server at `url`, as `http://127.0.0.1:8000`; it is called when needed.

        Raises:
            SettingsError: `url` is no http address.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"HEEDFUL_CHROMA_URL is {url!r}; it has to look like http://127.0.0.1:8000")
        address = f"{parts.scheme}://{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 8000)}"
        return cls(lambda: _connect(address), where=f"the Chroma server at {address!r} (is it running?)")

    async def upsert(self, collection: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Add rows, replacing those with the same id; of an id that comes twice the last row stays.

        Raises:
            IndexUnavailableError: Not all rows were written.
        """
        last = dict(zip(ids, range(len(vectors)), strict=True))
        names, rows = list(last), np.ascontiguousarray(vectors, np.float32)[list(last.values())]

        def write(part: slice, there: Any) -> None:
            there.upsert(ids=names[part], embeddings=rows[part])

        def work(client: Any) -> None:
            for part in _parts(len(names), client.get_max_batch_size()):
                self._there(client, collection, partial(write, part), make=True)

        if names:
            await self._ask(work)

    async def delete(self, collection: str, ids: Sequence[str]) -> None:
        """Remove rows; ids that are not there are passed over.

        Raises:
            IndexUnavailableError: Not all rows were removed.
        """
        names = list(dict.fromkeys(ids))

        def remove(part: slice, there: Any) -> None:
            there.delete(ids=names[part])

        def work(client: Any) -> None:
            for part in _parts(len(names), client.get_max_batch_size()):
                self._there(client, collection, partial(remove, part))

        if names:
            await self._ask(work)

    async def nearest(self, collection: str, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        """Return at most `limit` hits, nearest first; `score` is 1 minus the cosine distance, at least 0.

        Raises:
            IndexUnavailableError: The index did not answer.
        """
        row = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        if limit < 1:
            return ()
        found = await self._ask(
            lambda client: self._there(
                client, collection, lambda c: c.query(query_embeddings=row, n_results=limit, include=["distances"])
            )
        )
        if not found:
            return ()
        scores = np.nan_to_num(np.clip(1 - np.array(found["distances"][0], np.float64), 0, 1))
        return tuple(Hit(id_, float(score)) for id_, score in zip(found["ids"][0], scores, strict=True))

    async def ids(self, collection: str) -> frozenset[str]:
        """Return every id in a collection; none when it does not exist.

        Raises:
            IndexUnavailableError: The index did not answer.
        """
        found = await self._ask(lambda client: self._there(client, collection, lambda c: c.get(include=[])))
        return frozenset(found["ids"] if found else ())

    async def collections(self) -> frozenset[str]:
        """Return the names of the collections there are.

        Raises:
            IndexUnavailableError: The index did not answer.
        """
        return frozenset(await self._ask(lambda client: [found.name for found in client.list_collections()]))

    async def drop(self, collection: str) -> None:
        """Remove a collection and all in it; nothing when it is not there.

        Raises:
            IndexUnavailableError: The index did not answer.
        """

        def remove(client: Any) -> None:
            from chromadb.errors import NotFoundError

            self._known.pop(collection, None)
            with contextlib.suppress(NotFoundError):
                client.delete_collection(collection)

        await self._ask(remove)

    def marked(self) -> str:
        """Return what was noted last beside the vectors; empty on a server, and where the vectors are lost."""
        return chroma_folder.marked(self._folder) if self._folder is not None else ""

    def mark(self, note: str) -> None:
        """Note that the vectors are as this text says; on a server nothing is noted."""
        if self._folder is not None:
            chroma_folder.mark(self._folder, note)

    async def reset(self) -> None:
        """Begin anew with an empty index, whatever is wrong with the files of the old one.

        Raises:
            IndexUnavailableError: They can't be removed, or are a server's.
        """
        if self._folder is None:
            raise IndexUnavailableError(f"the collections can't be used; remove them from {self._where}")
        client, self._client = self._client, None
        self._known.clear()
        if client is not None:
            with contextlib.suppress(Exception):
                await asyncio.to_thread(client.close)
        try:
            await asyncio.to_thread(chroma_folder.empty, self._folder)
        except OSError as error:
            raise IndexUnavailableError(f"{error.strerror} while emptying {self._where}") from error

    async def close(self) -> None:
        """Let go of the folder or the connections; closing twice is fine."""
        client, self._client = self._client, None
        self._known.clear()
        if client is not None:
            await asyncio.to_thread(client.close)
        self._threads.shutdown(wait=False)
        if self._lock is not None:
            self._lock.close()

    async def _ask(self, work: Callable[[Any], Result]) -> Result:
        """Return what `work(client)` gives, done in a thread of ours."""

        def ask() -> Result:
            with self._opening:
                self._client = self._client or self._open_client()
            return work(self._client)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except httpx.HTTPError as error:
            raise IndexUnavailableError(f"no answer from {self._where}", retryable=True) from error
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Chroma raises plain exceptions of many kinds, and for a damaged file a panic that is no Exception.
            if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
                raise
            raise IndexUnavailableError(f"{type(error).__name__} from {self._where}") from error

    def _there(self, client: Any, name: str, work: Callable[[Any], Result], *, make: bool = False) -> Result | None:
        """Return what `work(collection)` gives; `None` when there is no such collection and none is to be made.

        A collection is remembered by name: on a server, asking for it costs as much as a search. Another process
        may have dropped it and made it anew, and then it is asked for again.
        """
        from chromadb.errors import NotFoundError

        for remembered in (True, False):
            collection = self._known.get(name) if remembered else None
            try:
                if collection is None:
                    collection = _find(client, name, make=make)
                    self._known[name] = collection
                return work(collection)
            except NotFoundError:
                self._known.pop(name, None)
        return None


def _parts(count: int, at_once: int) -> list[slice]:
    return [slice(start, start + at_once) for start in range(0, count, at_once)]


def _find(client: Any, name: str, *, make: bool) -> Any:
    # Without an explicit None, Chroma would fetch an embedding model of its own.
    if make:
        return client.get_or_create_collection(name, embedding_function=None, configuration=GRAPH)
    return client.get_collection(name, embedding_function=None)


def _open_folder(folder: Path) -> Any:
    import chromadb

    return chromadb.PersistentClient(folder, settings=_settings())


def _connect(address: str) -> Any:
    """Return a client of the server, which has answered once, and whose every call ends in time."""
    import chromadb

    # Chroma's own client waits for ever, so the server is asked before, and its session given a limit after.
    httpx.get(f"{address}/api/v2/heartbeat", timeout=TIMEOUT_S).raise_for_status()
    parts = urlsplit(address)
    client = chromadb.HttpClient(
        parts.hostname or "", parts.port or 8000, ssl=parts.scheme == "https", settings=_settings()
    )
    client._server._session.timeout = httpx.Timeout(TIMEOUT_S)  # noqa: SLF001 - there is no public way
    return client


def _settings() -> Any:
    """Return Chroma's settings: nothing is reported to anybody, and no `.env` of another program is read."""
    from chromadb.config import Settings

    return Settings(_env_file=None, anonymized_telemetry=False)
