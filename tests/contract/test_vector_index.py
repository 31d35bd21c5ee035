"""The contract of a VectorIndex, held by Chroma in this process and by a real Chroma server."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import anyio
import httpx
import numpy as np
import pytest

from heedful.adapters.chroma import TIMEOUT_S, ChromaIndex
from heedful.errors import IndexUnavailableError, SettingsError
from heedful.ports import Vectors
from tests.chroma import chroma_server

pytestmark = pytest.mark.anyio

Open = Callable[[], ChromaIndex]


def _rows(*angles: float) -> Vectors:
    """Unit vectors in a plane, by angle in degrees: nearness can be read off."""
    turned = np.radians(np.array(angles))
    return np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Chroma server on loopback, shared by the tests of this run."""
    with chroma_server(tmp_path_factory.mktemp("chroma-server")) as url:
        yield url


@pytest.fixture(params=["in_process", "server"])
async def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """What opens the index under test; an empty one at first."""
    if request.param == "in_process":
        yield lambda: ChromaIndex.in_process(tmp_path / "vectors")
        return
    url = request.getfixturevalue("chroma_url")
    yield lambda: ChromaIndex.server(url)
    last = ChromaIndex.server(url)
    for name in await last.collections():
        await last.drop(name)
    await last.close()


@pytest.fixture
async def index(open_index: Open) -> AsyncIterator[ChromaIndex]:
    index = open_index()
    yield index
    await index.close()


async def test_the_nearest_come_first(index: ChromaIndex) -> None:
    """Hits are ordered by cosine, scored 1 for the same direction and 0 for a right angle or more."""
    await index.upsert("en-published", ["same", "near", "right-angle", "opposite"], _rows(0, 60, 90, 180))

    hits = await index.nearest("en-published", _rows(0)[0], 10)

    assert [hit.id for hit in hits][:2] == ["same", "near"]
    assert [hit.score for hit in hits] == pytest.approx([1, 0.5, 0, 0], abs=1e-5)
    assert all(0 <= hit.score <= 1 for hit in hits)


async def test_no_more_than_the_limit_come(index: ChromaIndex) -> None:
    """A limit is kept, one above what there is gives all there is, none gives none; a row may have two shapes."""
    await index.upsert("c-1", [f"p{n}" for n in range(20)], _rows(*range(20)))

    assert [hit.id for hit in await index.nearest("c-1", _rows(0)[0], 3)] == ["p0", "p1", "p2"]
    assert [hit.id for hit in await index.nearest("c-1", _rows(0), 3)] == ["p0", "p1", "p2"]
    assert len(await index.nearest("c-1", _rows(0), 1000)) == 20
    assert await index.nearest("c-1", _rows(0), 0) == ()


async def test_a_row_is_replaced_by_one_with_the_same_id(index: ChromaIndex) -> None:
    """Writing an id again moves it; of two rows of one id in one call the last stays."""
    await index.upsert("c-1", ["a", "b"], _rows(0, 90))
    await index.upsert("c-1", ["a"], _rows(90))
    await index.upsert("c-1", ["b", "b"], _rows(45, 0))

    hits = await index.nearest("c-1", _rows(0)[0], 5)

    assert [hit.id for hit in hits] == ["b", "a"]
    assert await index.ids("c-1") == {"a", "b"}


async def test_what_is_deleted_never_comes_back(index: ChromaIndex, open_index: Open) -> None:
    """Deleted ids are in no answer, at once and after opening anew; unknown ids are passed over."""
    ids = [f"p{n}" for n in range(200)]
    await index.upsert("c-1", ids, _rows(*range(200)))
    await index.delete("c-1", [*ids[::2], "never-there"])

    hits = await index.nearest("c-1", _rows(0)[0], 200)
    await index.close()
    again = open_index()
    later = await again.nearest("c-1", _rows(0)[0], 200)
    left = await again.ids("c-1")
    await again.close()

    assert {hit.id for hit in hits} == {hit.id for hit in later} == left == set(ids[1::2])


async def test_deleting_nothing_deletes_nothing(index: ChromaIndex) -> None:
    """Empty lists change nothing, and make no collection."""
    await index.upsert("c-1", ["a"], _rows(0))
    await index.delete("c-1", [])
    await index.upsert("c-2", [], np.zeros((0, 2), np.float32))

    assert await index.ids("c-1") == {"a"}
    assert await index.collections() == {"c-1"}


async def test_collections_share_nothing(index: ChromaIndex) -> None:
    """The same id may lie in two collections, of different widths; dropping one leaves the other."""
    await index.upsert("en-published", ["a"], _rows(0))
    await index.upsert("ko-published", ["a", "b"], np.eye(3, dtype=np.float32)[:2])
    await index.drop("en-published")

    assert await index.collections() == {"ko-published"}
    assert await index.nearest("en-published", _rows(0)[0], 5) == ()
    assert len(await index.nearest("ko-published", np.eye(3, dtype=np.float32)[0], 5)) == 2


async def test_a_collection_that_is_not_there_is_empty(index: ChromaIndex) -> None:
    """Asking, deleting from and dropping what does not exist does nothing and fails nothing."""
    await index.delete("nowhere", ["a"])
    await index.drop("nowhere")

    assert await index.ids("nowhere") == frozenset()
    assert await index.nearest("nowhere", _rows(0)[0], 5) == ()
    assert await index.collections() == frozenset()


async def test_a_collection_made_anew_is_used(index: ChromaIndex) -> None:
    """After a drop the name is free, also for rows of another width."""
    await index.upsert("c-1", ["a"], _rows(0))
    await index.drop("c-1")
    await index.upsert("c-1", ["b"], np.eye(3, dtype=np.float32)[:1])

    assert await index.ids("c-1") == {"b"}


async def test_more_rows_than_fit_into_one_call(index: ChromaIndex) -> None:
    """Six thousand rows, more than Chroma takes at once, are written and deleted by one call each."""
    ids = [f"문서-{n}" for n in range(6000)]
    await index.upsert("c-1", ids, _rows(*np.linspace(0, 180, 6000)))
    written = len(await index.ids("c-1"))
    await index.delete("c-1", ids[1:])

    assert written == 6000
    assert await index.ids("c-1") == {ids[0]}


async def test_many_may_ask_and_write_at_once(index: ChromaIndex) -> None:
    """Writers and readers of one index do not disturb each other."""
    await index.upsert("c-1", ["seed"], _rows(0))
    writes = [index.upsert("c-1", [f"p{n}"], _rows(n)) for n in range(20)]
    reads = [index.nearest("c-1", _rows(0)[0], 5) for _ in range(20)]

    answers = await asyncio.gather(*writes, *reads)

    assert all(answer is None or len(answer) >= 1 for answer in answers)
    assert len(await index.ids("c-1")) == 21


async def test_a_row_of_the_wrong_width_is_refused(index: ChromaIndex) -> None:
    """Vectors of another embedder end in an error of ours, not in wrong answers."""
    await index.upsert("c-1", ["a"], _rows(0))

    with pytest.raises(IndexUnavailableError):
        await index.nearest("c-1", np.eye(3, dtype=np.float32)[0], 5)
    with pytest.raises(IndexUnavailableError):
        await index.upsert("c-1", ["b"], np.eye(3, dtype=np.float32)[:1])


async def test_closing_twice_is_fine(index: ChromaIndex) -> None:
    """The second close does nothing."""
    await index.collections()
    await index.close()
    await index.close()


async def test_only_one_process_opens_a_folder(tmp_path: Path) -> None:
    """The second to open a folder is told why and what to do; after the first closed, it may."""
    first = ChromaIndex.in_process(tmp_path)

    with pytest.raises(SettingsError, match=r"only one process.*HEEDFUL_CHROMA_URL"):
        ChromaIndex.in_process(tmp_path)
    script = (
        "import sys, pathlib; from heedful.adapters.chroma import ChromaIndex; "
        "ChromaIndex.in_process(pathlib.Path(sys.argv[1]))"
    )
    other = await anyio.run_process([sys.executable, "-c", script, str(tmp_path)], check=False)
    await first.close()
    again = ChromaIndex.in_process(tmp_path)
    await again.upsert("c-1", ["a"], _rows(0))
    await again.close()

    assert other.returncode == 1
    assert b"SettingsError" in other.stderr


async def test_a_damaged_folder_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """Garbage in Chroma's file ends in an error of ours; nothing is searched in it."""
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    index = ChromaIndex.in_process(tmp_path)

    with pytest.raises(IndexUnavailableError, match="doctor --repair"):
        await index.nearest("c-1", _rows(0)[0], 5)
    await index.close()


async def test_a_damaged_folder_can_be_begun_anew(tmp_path: Path) -> None:
    """After `reset` the index is empty and takes vectors again, whatever its files were."""
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    index = ChromaIndex.in_process(tmp_path)
    with pytest.raises(IndexUnavailableError):
        await index.collections()

    await index.reset()
    await index.upsert("c-1", ["a"], _rows(0))

    assert await index.ids("c-1") == {"a"}
    await index.close()


async def test_what_was_noted_is_lost_with_the_vectors(tmp_path: Path) -> None:
    """A note says what the vectors agree with; it is not there before them, nor after them."""
    index = ChromaIndex.in_process(tmp_path)
    index.mark("too soon")
    before = index.marked()
    await index.upsert("c-1", ["a"], _rows(0))
    index.mark("seven")
    beside = index.marked()
    await index.reset()
    after = index.marked()
    await index.close()

    assert (before, beside, after) == ("", "seven", "")


async def test_two_clients_of_one_server_see_each_other(chroma_url: str) -> None:
    """What one worker writes, drops and makes anew, the other finds at once."""
    one, two = ChromaIndex.server(chroma_url), ChromaIndex.server(chroma_url)
    await one.upsert("c-1", ["a"], _rows(0))
    seen = await two.ids("c-1")
    await one.drop("c-1")
    gone = await two.ids("c-1")
    await one.upsert("c-1", ["b"], _rows(0))
    anew = await two.nearest("c-1", _rows(0)[0], 5)
    await one.drop("c-1")
    await one.upsert("c-1", ["b"], _rows(0))
    await two.upsert("c-1", ["c"], _rows(1))
    both = await one.ids("c-1")
    await one.drop("c-1")
    await one.close()
    await two.close()

    assert seen == {"a"}
    assert gone == frozenset()
    assert [hit.id for hit in anew] == ["b"]
    assert both == {"b", "c"}


async def test_every_call_to_a_server_has_a_limit(chroma_url: str) -> None:
    """Chroma's own client waits for ever; ours gives a server that hangs up after some seconds."""
    index = ChromaIndex.server(chroma_url)
    await index.collections()
    limit = index._client._server._session.timeout
    await index.close()

    assert limit == httpx.Timeout(TIMEOUT_S)


async def test_a_server_that_is_not_there_can_be_asked_again() -> None:
    """Nobody listening is an error that waiting may mend, and making the index is none."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        index = ChromaIndex.server(f"http://127.0.0.1:{probe.getsockname()[1]}")

    with pytest.raises(IndexUnavailableError, match="is it running") as raised:
        await index.nearest("c-1", _rows(0)[0], 5)
    await index.close()

    assert raised.value.retryable


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://example.com", "", "http://"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    """A URL without http or host is refused before anything is sent."""
    with pytest.raises(SettingsError, match="HEEDFUL_CHROMA_URL"):
        ChromaIndex.server(url)
