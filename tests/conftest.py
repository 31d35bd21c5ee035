"""What every test may ask for: the event loop's name, the shared data folder, databases of both kinds."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heedful.store.database import Database

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("HEEDFUL_TEST_POSTGRES", "postgresql+asyncpg://root@127.0.0.1:5432/test")
STRICT = os.environ.get("HEEDFUL_TEST_STRICT") == "1"  # in CI a missing server is a failure, not a skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a test that failed once more, and name it in the summary: processes, sockets and pages share two cores.

    A property test is left out: its next run would look at other examples, and the one that failed would be lost.
    """
    for item in items:
        if not getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=1))


@pytest.fixture
def anyio_backend() -> str:
    """asyncio is the one event loop heedful runs on."""
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def forgotten_clients() -> None:
    """Leave a client that nobody closed to the collector: its own clean-up would run in a later test's event loop."""
    import langchain_openai.chat_models._client_utils as of_langchain
    import openai._base_client as of_openai

    for wrapper in (of_openai.AsyncHttpxClientWrapper, of_langchain._AsyncHttpxClientWrapper):
        if "__del__" in vars(wrapper):
            del wrapper.__del__


def missing(what: str) -> None:
    """Skip because `what` is not on this machine; fail instead where everything has to be there."""
    if STRICT:
        pytest.fail(f"{what} is missing, and HEEDFUL_TEST_STRICT=1 says that it must be here")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of other people's help centres and question sets; tests that need it say so where it isn't."""
    folder = Path(os.environ.get("HEEDFUL_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the shared data folder is not here; set HEEDFUL_SHARED_DATA to run this test")
    return folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty, migrated database: SQLite in a folder of its own, and PostgreSQL in a schema of its own."""
    from heedful.store.migrate import migrate

    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'heedful.db'}")
        await migrate(database)
        yield database
        await database.close()
        return
    schema = f"t_{uuid.uuid4().hex[:12]}"
    owner = Database(POSTGRES)
    try:
        async with owner.write() as connection:
            await connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the server can't be used
        await owner.close()
        missing(f"PostgreSQL at {POSTGRES} ({type(error).__name__})")
    database = Database(POSTGRES, schema=schema)
    await migrate(database)
    yield database
    await database.close()
    async with owner.write() as connection:
        await connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    await owner.close()
