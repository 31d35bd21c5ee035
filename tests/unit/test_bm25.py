"""The word index: what it finds, what it forgets, and what it survives."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from heedful.adapters.bm25 import BM25Index

pytestmark = pytest.mark.anyio

ROWS = {
    "opened": ["return", "open", "item", "return", "day"],
    "fees": ["deliveri", "fee", "jeju", "day"],
    "ko": ["환불", "반품", "~환불"],
}


async def filled(folder: Path) -> BM25Index:
    index = BM25Index(folder)
    await index.rebuild("en.published", list(ROWS), ROWS)
    return index


async def found(index: BM25Index, *terms: str) -> list[str]:
    return [hit.id for hit in await index.search("en.published", dict.fromkeys(terms, 1.0), 10)]


async def test_the_passage_with_the_telling_word_comes_first(tmp_path: Path) -> None:
    """Only passages that hold a term are hits; scores are shares from 0 to 1."""
    index = await filled(tmp_path)

    hits = await index.search("en.published", {"return": 1.0, "day": 1.0, "unknown": 1.0}, 10)

    assert [hit.id for hit in hits] == ["opened", "fees"]
    assert all(0 < hit.score <= 1 for hit in hits)
    assert await found(index, "환불") == ["ko"]


async def test_weights_count(tmp_path: Path) -> None:
    """What was said earlier pulls less than what is asked now."""
    index = await filled(tmp_path)

    hits = await index.search("en.published", {"jeju": 1.0, "open": 0.2}, 10)

    assert [hit.id for hit in hits] == ["fees", "opened"]


async def test_looking_tells_which_words_stand_where(tmp_path: Path) -> None:
    """Any term of a row will do; a word that stands nowhere tells most, and is known to be unknown."""
    index = await filled(tmp_path)
    rows = [("jeju",), ("fee",), ("unknown",), ("unknown", "fee")]

    looked = await index.look("en.published", rows, (), ["fees", "opened", "gone"])

    assert {id_: held for id_, (held, _) in looked.held.items()} == {
        "fees": (True, True, False, True),
        "opened": (False, False, False, False),
    }
    assert looked.known == (True, True, False, True)
    assert looked.tells[2] == max(looked.tells)
    assert looked.tells[3] == looked.tells[1]


async def test_words_side_by_side_are_seen(tmp_path: Path) -> None:
    """The share of the pairs that stand in a passage in their order; not turned round, nor with a word between."""
    index = BM25Index(tmp_path)
    await index.rebuild("en.published", ["a", "b"], {"a": ["reset", "your", "router"], "b": ["your", "reset"]})

    looked = await index.look("en.published", [], [("reset", "your"), ("reset", "router"), ("your", "x")], ["a", "b"])

    assert {id_: beside for id_, (_, beside) in looked.held.items()} == {"a": pytest.approx(1 / 3), "b": 0.0}


async def test_in_one_passage_an_unknown_word_does_not_outweigh_all_others(tmp_path: Path) -> None:
    """What a single passage shows of how rare words are counts for little."""
    index = BM25Index(tmp_path)
    await index.rebuild("en.published", ["only"], {"only": ["deliveri", "day"]})

    there, unknown = (await index.look("en.published", [("deliveri",), ("unknown",)], (), ["only"])).tells

    assert there > 0.4 * (there + unknown)


async def test_a_collection_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    """Nothing is held and nothing known, and it is no error."""
    looked = await BM25Index(tmp_path).look("en.published", [("jeju",)], (), ["fees"])

    assert (looked.tells, looked.known, looked.held) == ((0.0,), (False,), {})


async def test_a_slip_of_the_hand_is_seen_through(tmp_path: Path) -> None:
    """A word no passage has gives the commonest one it may stand for; known words and strange ones give nothing."""
    index = BM25Index(tmp_path)
    added = {"a": ["password", "배송"], "b": ["password", "passport"], "c": ["결제"]}
    await index.rebuild("ko.published", list(added), added)

    spelt = await index.spelt("ko.published", ["pasword", "password", "concert", "베송", "결재", "매장"])

    assert spelt == {"pasword": "password", "베송": "배송", "결재": "결제"}
    assert await index.spelt("en.published", ["pasword"]) == {}


@pytest.mark.parametrize("terms", [{}, {"unknown": 1.0}])
async def test_nothing_to_look_for_finds_nothing(tmp_path: Path, terms: dict[str, float]) -> None:
    """No term, unknown terms, an unknown collection: no hits and no error."""
    index = await filled(tmp_path)

    assert await index.search("en.published", terms, 10) == ()
    assert await index.search("ko.published", {"day": 1.0}, 10) == ()


async def test_a_rebuild_keeps_adds_and_forgets(tmp_path: Path) -> None:
    """What stays is not analysed again, what is gone is found by nothing, and leaves no word behind on disk."""
    index = await filled(tmp_path)

    await index.rebuild("en.published", ["opened", "new"], {"new": ["jeju", "gift"]})

    assert await index.ids("en.published") == {"opened", "new"}
    assert await found(index, "jeju") == ["new"]
    assert await found(index, "fee", "환불") == []
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())  # noqa: ASYNC240 - a test
    assert "환불".encode() not in written
    assert b"deliveri" not in written


async def test_an_empty_collection_is_gone(tmp_path: Path) -> None:
    """The last passage takes the collection with it."""
    index = await filled(tmp_path)

    await index.rebuild("en.published", [], {})

    assert await index.collections() == frozenset()
    assert await found(index, "day") == []


async def test_passages_without_a_word_are_held(tmp_path: Path) -> None:
    """A passage of nothing but symbols has no terms; the index still knows that it has it."""
    index = BM25Index(tmp_path)

    await index.rebuild("en.published", ["a", "b"], {"a": [], "b": []})

    assert await BM25Index(tmp_path).ids("en.published") == {"a", "b"}


async def test_another_process_sees_the_new_index_at_once(tmp_path: Path) -> None:
    """An index that is open follows what another one writes into the same folder."""
    writer = await filled(tmp_path)
    reader = BM25Index(tmp_path)
    before = await found(reader, "jeju")

    await writer.rebuild("en.published", ["opened"], {})

    assert before == ["fees"]
    assert await found(reader, "jeju") == []


async def test_searches_go_on_while_it_is_rebuilt(tmp_path: Path) -> None:
    """Every search during rebuilds gets the old answer or the new one, never an error or a mixture."""
    index = await filled(tmp_path)
    rounds = 10

    async def rebuild() -> None:
        for n in range(rounds):
            await index.rebuild("en.published", [*ROWS, f"new{n}"], {f"new{n}": ["jeju"]})

    async def search() -> list[list[str]]:
        return [await found(index, "jeju") for _ in range(10 * rounds)]

    _, answers = await asyncio.gather(rebuild(), search())

    allowed = [{"fees"}, *({"fees", f"new{n}"} for n in range(rounds))]
    assert all(set(answer) in allowed for answer in answers)


@pytest.mark.parametrize("harm", ["truncate", "remove", "pointer", "format", "vocabulary"])
async def test_damaged_files_are_no_index(tmp_path: Path, harm: str) -> None:
    """Missing or cut-off files and other versions read as "nothing there", so that the index is rebuilt."""
    await filled(tmp_path)
    folder = tmp_path / "en.published"
    stamp = next(path for path in folder.iterdir() if path.is_dir())
    match harm:
        case "truncate":
            (stamp / "rows.npy").write_bytes((stamp / "rows.npy").read_bytes()[:-8])
        case "remove":
            (stamp / "indices.csc.index.npy").unlink()
        case "pointer":
            (folder / "current").write_text("1 000000000000")
        case "format":
            (folder / "current").write_text(f"0 {stamp.name}")
        case "vocabulary":
            (stamp / "vocab.index.json").write_text('{"ret')

    index = BM25Index(tmp_path)

    assert await index.ids("en.published") == frozenset()
    assert await found(index, "day") == []
    await index.rebuild("en.published", list(ROWS), ROWS)
    assert await found(index, "jeju") == ["fees"]
