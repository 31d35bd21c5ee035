"""Several servers over one PostgreSQL and one Chroma server: what one reads, all find; what one deletes, none finds."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from heedful import running
from tests.chroma import chroma_server
from tests.faults.test_handover import write
from tests.loopback import Loopback
from tests.postgres import own_database
from tests.processes import answer, serving

pytestmark = pytest.mark.postgres

QUESTION = "How long does a violin that came by post have to rest?"
VIOLIN = "A violin that came by post has to rest for 24 hours."


@dataclass(frozen=True)
class Shared:
    """What all servers have in common."""

    content: Path
    folder: Path
    settings: dict[str, str]


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    """A database, a Chroma server, an embedder and a small help centre."""
    content = tmp_path / "content"
    content.mkdir()
    write(content, "fees", title="Delivery fees", text="Delivery costs ₩3,000 for each order below ₩50,000.")
    write(content, "care", title="Washing linen", text="Wash linen bedding at 40 degrees and dry it flat.")
    write(content, "ko-fees", title="배송비", text="50,000원 미만 주문의 배송비는 3,000원입니다.", lang="ko")
    with own_database() as database, chroma_server(tmp_path / "chroma") as chroma, Loopback() as embedder:
        settings = {
            "HEEDFUL_DATABASE_URL": database,
            "HEEDFUL_CHROMA_URL": chroma,
            "HEEDFUL_EMBEDDER": "openai:tiny",
            "HEEDFUL_EMBEDDER_BASE_URL": embedder.url,
            "HEEDFUL_EMBEDDER_API_KEY": "none",
            "HEEDFUL_MASTER_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        }
        yield Shared(content, tmp_path, settings)


def cited(data: Path) -> list[str]:
    """Return the addresses that an answer to the question cites, over a connection of its own."""
    server = running.find(data)
    assert server is not None
    opened = server.post("/v1/conversations", {"channel": "chat", "language": "en"})
    reply = server.post(f"/v1/conversations/{opened['id']}/messages", {"text": QUESTION})
    return [one["url"] for one in reply["citations"]]


def test_what_one_server_reads_another_finds(shared: Shared) -> None:
    """Two servers, each with a data folder of its own, as on two machines: the next question to either follows."""
    one, two = shared.folder / "one", shared.folder / "two"
    violin = "https://help.dalbit.example/en/violin"
    with serving(one, **shared.settings), serving(two, **shared.settings):
        write(shared.content, "violin", title="Tuning a violin", text=VIOLIN)
        added = answer(one, "ingest", str(shared.content), **shared.settings)
        with_it = [cited(data) for data in (two, one)]
        words = [answer(data, "doctor", **shared.settings)["parts"]["words"] for data in (two, one)]
        (shared.content / "violin.md").unlink()
        removed = answer(two, "ingest", str(shared.content), **shared.settings)
        without_it = [cited(data) for data in (one, two)]

    assert (added["added"], removed["removed"], removed["proved"]) == (4, 1, 1)
    assert with_it == [[violin], [violin]]
    assert words == ["ok, as the database has it"] * 2
    assert [violin in found for found in without_it] == [False, False]


def test_every_worker_of_a_server_follows(shared: Shared) -> None:
    """`serve --workers 2`: of many questions at once, after an ingest all find what was added, then none does."""
    data = shared.folder / "data"
    violin = "https://help.dalbit.example/en/violin"
    write(shared.content, "violin", title="Tuning a violin", text=VIOLIN)
    with serving(data, "--workers", "2", **shared.settings) as server, ThreadPoolExecutor(4) as askers:
        try:
            answer(data, "ingest", str(shared.content), **shared.settings)
            with_it = list(askers.map(lambda _: cited(data), range(8)))
            (shared.content / "violin.md").unlink()
            answer(data, "ingest", str(shared.content), **shared.settings)
            without_it = list(askers.map(lambda _: cited(data), range(8)))
        finally:
            server.end()  # told to end it ends its workers; killed it could not

    assert with_it == [[violin]] * 8
    assert [violin in found for found in without_it] == [False] * 8
