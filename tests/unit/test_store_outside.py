"""The head kept outside the database: written soon, never back, by one process or several."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from heedful.audit import Head
from heedful.store.outside import Outside, read

pytestmark = pytest.mark.anyio


def head(position: int, mark: int = 0) -> Head:
    """Return the head at a position; another mark is another chain."""
    return Head(position, bytes([mark]) + position.to_bytes(31, "big"))


def names_in(folder: Path) -> list[str]:
    """Return the names of the files there are."""
    return sorted(file.name for file in folder.iterdir())


async def link_at(position: int) -> bytes | None:
    """Give the links of a chain of a hundred entries."""
    return head(position).link if 0 < position <= 100 else None


async def test_the_file_is_made_before_anything_else(tmp_path: Path) -> None:
    """Beginning makes the file, with the head there is; a file that is there stays as it is."""
    path = tmp_path / "a" / "head.json"
    await Outside(path, link_at).begin(Head())
    first = read(path)
    await Outside(path, link_at).begin(head(7))

    assert (first, read(path)) == (Head(), Head())


async def test_many_commits_cost_few_writes_and_the_last_is_kept(tmp_path: Path) -> None:
    """A hundred heads in a moment are written in one or two goes, and the last of them is there at the end."""
    asked: list[int] = []

    async def link_asked(position: int) -> bytes | None:
        asked.append(position)
        return await link_at(position)

    outside = Outside(tmp_path / "head.json", link_asked)
    await outside.begin(head(1))
    for position in range(2, 101):
        outside.note(head(position))
        await asyncio.sleep(0)
    await outside.close()

    assert read(tmp_path / "head.json") == head(100)
    assert names_in(tmp_path) == ["head.json", "head.json.lock"]
    assert len(asked) <= 2


async def test_a_head_never_goes_back(tmp_path: Path) -> None:
    """Of several processes the one that is furthest wins, whoever writes last."""
    path = tmp_path / "head.json"
    processes = [Outside(path, link_at) for _ in range(4)]
    for outside in processes:
        await outside.begin(Head())
    for position, outside in zip((30, 90, 10, 60), processes, strict=True):
        outside.note(head(position))
    await asyncio.gather(*(outside.close() for outside in processes))

    assert read(path) == head(90)


@pytest.mark.parametrize("evidence", [head(50, mark=1), head(101)], ids=["another link", "an entry that is gone"])
async def test_a_head_that_the_chain_no_longer_has_stays(tmp_path: Path, evidence: Head) -> None:
    """A file that names what the chain does not hold is evidence of a cut: it is never written over."""
    path = tmp_path / "head.json"
    await Outside(path, link_at).begin(evidence)
    outside = Outside(path, link_at)
    outside.note(head(105))
    await outside.close()

    assert read(path) == evidence
