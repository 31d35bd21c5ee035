"""One database: its engine and its transactions. The same code on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from heedful.errors import SettingsError, StoreError

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Given = TypeVar("Given")

BUSY_S = 10.0  # how long a writer waits for another one (SQLite: one writes at a time) before it gives up
FOLDS, FOLD_PAUSE_S = 20, 0.05  # SQLite: looks for a moment in which nobody reads; the next fold takes what was left
CONNECT_S = 5.0  # PostgreSQL: the longest to wait for a connection
READERS = 4  # SQLite: questions answered side by side; each holds the interpreter most of its time, so few are enough
ANSWER_S = 60.0  # PostgreSQL: the longest to wait for one statement; a server that hangs is a server that is gone


class Database:
    """The one way to a connection. `url` is SQLAlchemy's: `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`.

    `schema` is the PostgreSQL schema to live in; the server's own default when it is `None`. `journal` is SQLite's:
    `DELETE` leaves no second file with what was in the first. `named` is how errors call it.
    """

    def __init__(
        self,
        url: str,
        *,
        schema: str | None = None,
        journal: Literal["WAL", "DELETE"] = "WAL",
        named: str = "the database",
    ) -> None:
        self.url = sa.make_url(url)
        self.schema = schema
        self.named = named
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine: AsyncEngine = _engine(self.url, is_sqlite=self.is_sqlite, schema=schema, journal=journal)
        self._one_at_a_time = asyncio.Lock()  # SQLite's own waiting is polling, up to 100 ms a look
        self._engine_of_thread = _plain_engine(self.url, journal) if self.is_sqlite else None
        self._leaving: set[asyncio.Task[None]] = set()  # connections that came when nobody waited any more
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="database-read")

    def keep_private(self) -> None:
        """Let only this account read an SQLite database's files; those that belong to another stay as they are."""
        if self.is_sqlite and self.url.database:
            for ending in ("", "-wal", "-shm"):
                with contextlib.suppress(OSError):
                    Path(self.url.database + ending).chmod(0o600)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside one transaction that may write; commits at the end, rolls back on any error.

        On SQLite the write lock is taken at once (`BEGIN IMMEDIATE`), so that two writers wait for each other
        instead of failing half-way. A transaction must not be opened inside another.

        Raises:
            StoreError: The database did not take it; nothing was written.
        """
        async with contextlib.AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._turn())
            connection = await stack.enter_async_context(self._connect())
            try:
                async with _transaction(connection, "BEGIN IMMEDIATE" if self.is_sqlite else None):
                    yield connection
            except (SQLAlchemyError, OSError) as error:
                raise self._refused(error) from error

    async def transact(self, work: Callable[[sa.Connection], Given]) -> Given:
        """Return what `work` gives, done inside one transaction like that of `write`: for many statements in a row.

        `work` is plain code. On SQLite it runs whole in one thread: handing each statement over and back costs
        2 ms for the seven statements of a recorded event, this 0.7 ms.

        Raises:
            StoreError: The database did not take it; nothing was written. Errors of `work` itself come through.
        """
        if self._engine_of_thread is None:
            async with self.write() as connection:
                return await connection.run_sync(work)
        engine = self._engine_of_thread
        async with self._turn():
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, engine, work)

    async def ask(self, work: Callable[[sa.Connection], Given]) -> Given:
        """Return what `work` reads; each statement sees what is committed by then.

        `work` is plain code, and takes all it wants from its rows. On SQLite it runs whole in one thread: over a
        connection of `read` a single query goes to another thread and back ten times, which costs 1 ms.

        Raises:
            StoreError: The database did not answer. Errors of `work` itself come through.
        """
        if self._engine_of_thread is None:
            async with self.read() as connection:
                return await connection.run_sync(work)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._ask, self._engine_of_thread, work)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for reading; each statement sees what is committed by then. For few questions, `ask`.

        Raises:
            StoreError: The database did not answer.
        """
        async with self._connect() as connection:
            try:
                yield connection
            except (SQLAlchemyError, OSError) as error:
                raise self._silent(error) from error

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for reading on which all statements see the same moment.

        Raises:
            StoreError: The database did not answer.
        """
        async with self.read() as connection:
            if not self.is_sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            async with _transaction(connection, "BEGIN" if self.is_sqlite else None):
                yield connection

    async def fold(self) -> None:
        """Have SQLite fold its second file into the first and empty it, as far as nobody is reading; nothing elsewhere.

        What was deleted is overwritten in the first file, and must not stay behind in the second.
        """
        if not self.is_sqlite:
            return
        for _ in range(FOLDS):
            busy = await self.ask(
                lambda connection: connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            )
            if not busy:
                return
            await asyncio.sleep(FOLD_PAUSE_S)

    async def close(self) -> None:
        """Let go of every connection."""
        await asyncio.gather(*self._leaving)
        await self.engine.dispose()
        for threads in (self._thread, self._readers):
            await asyncio.to_thread(threads.shutdown)
        if self._engine_of_thread is not None:
            self._engine_of_thread.dispose()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(BUSY_S):
                await self._one_at_a_time.acquire()
        except TimeoutError as error:
            raise StoreError(f"{self.named} was busy for {BUSY_S:.0f} s; nothing was written") from error
        try:
            yield
        finally:
            self._one_at_a_time.release()

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[AsyncConnection]:
        connecting = asyncio.create_task(self.engine.connect().start())
        try:
            connection = await asyncio.shield(connecting)  # a driver that is cancelled half-way leaves a mess
        except asyncio.CancelledError:
            leaving = asyncio.create_task(_let_go(connecting))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            raise
        except Exception as error:  # drivers raise what they like while connecting; no code of ours runs here
            raise StoreError(f"{self.named} can't be reached ({type(error).__name__}); is it running?") from error
        try:
            yield connection
        finally:  # shielded, so that a caller who is cancelled leaves no transaction open behind them
            await asyncio.shield(asyncio.create_task(connection.close()))

    def _ask(self, engine: sa.Engine, work: Callable[[sa.Connection], Given]) -> Given:
        try:
            with engine.connect() as connection:
                return work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise self._silent(error) from error

    def _transact(self, engine: sa.Engine, work: Callable[[sa.Connection], Given]) -> Given:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    given = work(connection)
                    connection.exec_driver_sql("COMMIT")
                except BaseException:
                    with contextlib.suppress(SQLAlchemyError):
                        connection.exec_driver_sql("ROLLBACK")
                    raise
        except (SQLAlchemyError, OSError) as error:
            raise self._refused(error) from error
        return given

    def _silent(self, error: Exception) -> StoreError:
        return StoreError(f"{self.named} did not answer ({type(error).__name__})")

    def _refused(self, error: Exception) -> StoreError:
        return StoreError(f"{self.named} did not take a change ({type(error).__name__}); nothing was written")


async def _let_go(connecting: asyncio.Task[AsyncConnection]) -> None:
    with contextlib.suppress(Exception):
        connection = await connecting
        await connection.close()


@asynccontextmanager
async def _transaction(connection: AsyncConnection, begin: str | None) -> AsyncIterator[None]:
    """SQLite: `begin` as it is said; SQLAlchemy's own begin would take the lock only at the first change."""
    if begin is None:
        async with connection.begin():
            yield
        return
    await connection.exec_driver_sql(begin)
    try:
        yield
        await connection.exec_driver_sql("COMMIT")
    except BaseException:
        with contextlib.suppress(SQLAlchemyError):  # SQLite has rolled back by itself; the pool makes sure of it
            await connection.exec_driver_sql("ROLLBACK")
        raise


def _engine(url: sa.URL, *, is_sqlite: bool, schema: str | None, journal: str) -> AsyncEngine:
    if not is_sqlite:
        options: dict[str, Any] = {"timeout": CONNECT_S, "command_timeout": ANSWER_S}
        if schema:
            options["server_settings"] = {"search_path": schema}
        return create_async_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, connect_args=options)
    if not url.database or url.database == ":memory:":
        raise SettingsError("SQLite needs a file here: a database in memory can't be shared; set HEEDFUL_DATABASE_URL")
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the folder {str(folder)!r} can't be made ({type(error).__name__}); set HEEDFUL_DATA_DIR to one that can"
        ) from error
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", pool_size=8, max_overflow=8)
    sa.event.listen(engine.sync_engine, "connect", _prepare(journal))
    _stay_with_the_file(engine.sync_engine, url.database)
    return engine


def _plain_engine(url: sa.URL, journal: str) -> sa.Engine:
    other_threads = {"check_same_thread": False}  # it is closed from another one than it was used in
    engine = sa.create_engine(url.set(drivername="sqlite"), isolation_level="AUTOCOMMIT", connect_args=other_threads)
    sa.event.listen(engine, "connect", _prepare(journal))
    _stay_with_the_file(engine, url.database or "")
    return engine


def _stay_with_the_file(engine: sa.Engine, path: str) -> None:
    """Refuse connections once the file has been removed or replaced.

    An open connection would go on writing to a file that nobody will ever find, and a new one would make an empty
    file in its place and throw away what had not yet been folded into the old one.
    """
    known: tuple[int, int] | None = None

    def look(*_: object) -> None:
        nonlocal known
        with contextlib.suppress(FileNotFoundError):
            found = Path(path).stat()
            known = known or (found.st_dev, found.st_ino)
            if known == (found.st_dev, found.st_ino):
                return
        if known is not None:
            raise FileNotFoundError("the file of the database was removed or replaced")

    sa.event.listen(engine, "do_connect", look)
    sa.event.listen(engine, "checkout", look)


def _prepare(journal: str) -> Callable[[Any, Any], None]:
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_S * 1000:.0f}")
        cursor.execute(f"PRAGMA journal_mode={journal}")
        cursor.execute("PRAGMA synchronous=FULL")  # what a customer was shown is still recorded after a power cut
        cursor.execute("PRAGMA secure_delete=ON")  # what was deleted is overwritten, not only forgotten
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return prepare
