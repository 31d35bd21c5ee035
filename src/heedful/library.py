"""Settings → the help content alone: its database, indexes and embedder, for commands that need nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from heedful.adapters.bm25 import BM25Index
from heedful.errors import SettingsError
from heedful.knowledge.folders import Folders
from heedful.knowledge.sync import Knowledge
from heedful.policy import Policy, load
from heedful.ports import Embedder, VectorIndex
from heedful.settings import Settings
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore
from heedful.store.migrate import migrate


@dataclass(frozen=True, slots=True)
class Library:
    """The help content, and the parts by which it is searched."""

    knowledge: Knowledge
    store: KnowledgeStore
    words: BM25Index
    vectors: VectorIndex | None
    embedder: Embedder | None


@asynccontextmanager
async def open_knowledge(settings: Settings) -> AsyncIterator[Knowledge]:
    """Open the help content as it was left: what a crash left undone is not yet done, only a sync or `start` does it.

    Raises:
        SettingsError, PolicyError: Something is set up wrongly; the message says what to do.
        StoreError: The database did not answer.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the data folder {str(folder)!r} can't be made ({error.strerror}); set HEEDFUL_DATA_DIR"
        ) from error
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        await migrate(database)
        embedder = embedder_of(settings, stack)
        library = library_of(settings, database, embedder, load(settings.policy), stack)
        yield library.knowledge


def library_of(
    settings: Settings, database: Database, embedder: Embedder | None, policy: Policy, stack: AsyncExitStack
) -> Library:
    """Return the parts over an open database; those to be closed are, with `stack`."""
    store, words = KnowledgeStore(database), BM25Index(settings.data_dir / "words")
    vectors = None
    if embedder is not None:
        from heedful.adapters.chroma import ChromaIndex

        url = settings.chroma_url
        vectors = ChromaIndex.server(url) if url else ChromaIndex.in_process(settings.data_dir / "vectors")
        stack.push_async_callback(vectors.close)
    folders = Folders(policy.internal_folders, policy.untrusted_folders)
    knowledge = Knowledge(store, words, vectors, embedder, folders=folders)
    return Library(knowledge, store, words, vectors, embedder)


def embedder_of(settings: Settings, stack: AsyncExitStack) -> Embedder | None:
    """Return who turns text into vectors; `None` when that is switched off or its weights are not installed."""
    kind, _, name = settings.embedder.partition(":")
    if kind == "none":
        return None
    if kind == "minilm":
        from heedful.adapters import minilm

        folder = minilm_folder(settings)
        return minilm.MiniLM.load(folder) if minilm.installed(folder) else None
    from heedful.adapters.openai_embeddings import OpenAIEmbedder

    embedder = OpenAIEmbedder(
        model=name,
        base_url=settings.embedder_base_url,
        api_key=settings.embedder_api_key or settings.openai_api_key,
    )
    stack.push_async_callback(embedder.close)
    return embedder


def minilm_folder(settings: Settings) -> Path:
    """Return where the English embedder's weights are kept."""
    return settings.models_dir / "minilm"
