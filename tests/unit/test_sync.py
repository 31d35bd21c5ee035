"""Files followed into database, vectors and words: new, changed, moved, deleted, broken, and after any crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from heedful.errors import InputError, UpstreamError
from heedful.knowledge import collection
from heedful.knowledge.sync import Knowledge, Progress
from heedful.ports import Vectors
from heedful.retrieve import Retriever
from heedful.values import Trust
from tests.place import LetterEmbedder, Place, counts

pytestmark = pytest.mark.anyio


async def test_everything_new_is_added_and_found(place: Place) -> None:
    """The next question finds it, in its own language; database and indexes agree."""
    summary = await place.sync()

    assert counts(summary) == (4, 0, 0, 0)
    assert (summary.articles, summary.passages, summary.skipped) == (4, 4, ())
    assert await place.agree()
    assert await place.ask("Can I return an opened item?", "en") == ["en/opened"]
    assert await place.ask("개봉한 상품도 반품되나요?", "ko") == ["ko/opened"]


async def test_a_second_run_does_nothing(place: Place) -> None:
    """Nothing changed: nothing is read again, embedded again or counted up."""
    await place.sync()
    version, embedded = await place.store.index_version(), len(place.embedder.embedded)

    summary = await place.sync()

    assert counts(summary) == (0, 0, 0, 4)
    assert await place.store.index_version() == version
    assert len(place.embedder.embedded) == embedded


async def test_changed_and_deleted_files_are_followed(place: Place) -> None:
    """Only what changed is embedded; what was deleted is found by no question."""
    await place.sync()
    place.write("en/fees.md", "Delivery to Ulleung costs 5,000 won more.", title="Delivery fees")
    (place.files / "en/opened.md").unlink()
    place.embedder.embedded.clear()

    summary = await place.sync()

    assert counts(summary) == (0, 1, 1, 2)
    assert place.embedder.embedded == ["Delivery fees\nDelivery to Ulleung costs 5,000 won more."]
    assert "en/opened" not in await place.ask("Can I return an opened item?", "en")
    assert await place.ask("What does delivery to Ulleung cost?", "en") == ["en/fees"]
    assert await place.agree()


async def test_a_new_title_is_searched_by(place: Place) -> None:
    """A passage whose title changed is another passage, though its text is the same."""
    await place.sync()
    place.write("en/fees.md", "Delivery to Jeju costs 3,000 won more.", title="Surcharge for islands")

    await place.sync()

    assert (await place.ask("surcharge islands", "en"))[0] == "en/fees"
    assert await place.agree()


async def test_a_moved_file_with_an_address_stays_one_article(place: Place) -> None:
    """The address is the id: another folder is a change, not a second article."""
    url = "https://help.dalbit.example/en/points"
    before = place.write("en/points.md", "Points expire after one year.", title="Points", url=url)
    await place.sync()
    before.rename(place.files / "points-moved.md")

    summary = await place.sync()

    assert counts(summary) == (0, 1, 0, 4)
    assert [a.source for a in await place.store.articles() if a.url == url] == [str(place.files / "points-moved.md")]


async def test_prune_can_be_left_out(place: Place) -> None:
    """With `prune=False` a file that is gone leaves its article where it is."""
    await place.sync()
    (place.files / "en/fees.md").unlink()

    summary = await place.sync(prune=False)

    assert (summary.removed, summary.articles) == (0, 4)


async def test_only_what_lay_under_the_paths_is_removed(place: Place) -> None:
    """Reading one folder says nothing about another; a deleted file may be named itself."""
    await place.sync()
    gone = place.files / "en/fees.md"
    gone.unlink()

    elsewhere = await place.knowledge().sync([place.files / "ko"])
    named = await place.knowledge().sync([gone])

    assert (elsewhere.removed, named.removed) == (0, 1)


async def test_a_path_that_never_was_changes_nothing(place: Place) -> None:
    """A typing mistake or a disk that is not there must not empty the help centre."""
    await place.sync()

    with pytest.raises(InputError, match="nothing was changed"):
        await place.knowledge().sync([place.files, place.files / "nowhere"])

    assert len(await place.store.articles()) == 4


async def test_what_cannot_be_read_is_named_and_the_rest_is_done(place: Place) -> None:
    """A broken file is in the closing list with the reason; what it said before is still used."""
    await place.sync()
    (place.files / "en/fees.md").write_bytes(b"\0" * 100)
    place.write("en/new.md", "Gift wrapping costs 2,000 won.", title="Gift wrapping")

    summary = await place.sync()

    assert counts(summary) == (1, 0, 0, 4)
    assert [(Path(source).name, "still used" in why) for source, why in summary.skipped] == [("fees.md", True)]
    assert await place.ask("What does delivery to Jeju cost?", "en") == ["en/fees"]


async def test_two_articles_with_one_id_are_named(place: Place) -> None:
    """The first in order has the id, in every run; the other is reported and can't be found."""
    place.write("en/a.md", "The blue lamp is dimmable.", title="Blue lamp", id="lamp")
    place.write("en/b.md", "The green lamp is waterproof.", title="Green lamp", id="lamp")

    for summary in [await place.sync(), await place.sync()]:
        assert [(Path(source).name, "a.md" in why) for source, why in summary.skipped] == [("b.md", True)]
        assert summary.articles == 5
    (place.files / "en/a.md").unlink()
    freed = await place.sync()

    assert freed.skipped == ()
    assert await place.ask("Which lamp is waterproof?", "en") == ["lamp"]


async def test_internal_passages_are_in_collections_of_their_own(place: Place) -> None:
    """A customer's question can't reach them; a member of staff's can. Published again means found again."""
    await place.sync()

    assert await place.ask("보상 한도", "ko") == []
    assert await place.ask("보상 한도", "ko", ["published", "internal"]) == ["ko/staff"]
    place.write("ko/staff.md", "상담원은 만 원까지 보상할 수 있습니다.", title="보상 한도")
    await place.sync()
    assert await place.ask("보상 한도", "ko") == ["ko/staff"]
    assert await place.agree()


async def test_without_an_embedder_words_are_enough(place: Place) -> None:
    """No vectors are asked for, none are made."""
    await Knowledge(place.store, place.words, None, None).sync([place.files])

    found = await Retriever(place.store, place.words).retrieve("return an opened item", language="en")

    assert [passage.article_id for passage in found.passages] == ["en/opened"]
    assert await place.vectors.collections() == frozenset()


async def test_another_embedder_starts_anew(place: Place) -> None:
    """Vectors of two embedders never stand in one collection, and the old ones go."""
    await place.sync()
    old = await place.vectors.collections()
    place.embedder.name = "letters-2"

    await place.sync()

    assert not old & await place.vectors.collections()
    assert len(await place.vectors.collections()) == 1


async def test_when_vectors_fail_words_answer(place: Place) -> None:
    """An embedder that is down is an error of the run; the articles are in, words find them, the next run mends."""

    class Down(LetterEmbedder):
        async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
            raise UpstreamError("the embedder is down", retryable=True)

    with pytest.raises(UpstreamError):
        await Knowledge(place.store, place.words, place.vectors, Down()).sync([place.files])

    assert await place.ask("return an opened item", "en") == ["en/opened"]
    await Knowledge(place.store, place.words, place.vectors, Down()).start()
    await place.knowledge().start()
    assert await place.agree()


async def test_lost_index_files_are_made_again_from_the_database(place: Place) -> None:
    """Start-up needs no help content: the database has the words."""
    await place.sync()
    for name in await place.words.collections():
        await place.words.drop(name)
    for name in await place.vectors.collections():
        await place.vectors.drop(name)
    for path in place.files.rglob("*.md"):
        path.unlink()

    await place.knowledge().start()

    assert await place.agree()
    assert await place.ask("개봉한 상품도 반품되나요?", "ko") == ["ko/opened"]


async def test_foreign_collections_are_left_alone(place: Place) -> None:
    """A Chroma server may be shared."""
    await place.vectors.upsert("somebody.else", ["x"], np.ones((1, 16), np.float32))

    await place.sync()

    assert "somebody.else" in await place.vectors.collections()


async def test_progress_reaches_its_end(place: Place) -> None:
    """Each stage is told in its order, and counts up to its total; proving comes where something was deleted."""
    told: list[Progress] = []
    await place.sync(progress=told.append)
    first = list(told)
    (place.files / "en/fees.md").unlink()
    await place.sync(progress=told.append)

    files = {"reading": (4, 4), "splitting": (3, 4), "writing": (4, 4)}
    passages = {"embedding": (2, 2), "storing": (2, 2), "indexing": (4, 4), "swapping": (4, 4)}
    assert set(dict.fromkeys(one.stage for one in first)) == files.keys() | passages.keys()
    assert {one.stage: (one.done, one.total) for one in first} == files | passages
    assert told[-1] == Progress("proving", 1, 1)


@pytest.mark.parametrize("name", ["letters-1", "openai:text-embedding-3-large@2024 (유럽)"])
def test_collection_names_are_what_chroma_takes(name: str) -> None:
    """3 to 63 characters of letters, digits, dot, hyphen and underscore, whatever the embedder is called."""
    found = collection.vectors("en", "untrusted", name)

    assert 3 <= len(found) <= 63
    assert found.isascii()
    assert found.replace(".", "").isalnum()


def test_each_language_and_trust_has_a_collection_of_its_own() -> None:
    """Nothing internal stands where a customer's question is searched, in words or in vectors."""
    trusts: tuple[Trust, ...] = ("published", "internal", "untrusted")
    pairs = [(language, trust) for language in ("en", "ko") for trust in trusts]

    assert len({collection.words(*pair) for pair in pairs}) == len(pairs)
    assert len({collection.vectors(*pair, "letters-1") for pair in pairs}) == len(pairs)


class Killed(BaseException):
    """The process ends here."""


class Fragile:
    """Passes every call on, until the moment comes: before or after the call, as kill -9 may fall."""

    def __init__(self, inner: Any, tick: Callable[[], bool]) -> None:
        self._inner = inner
        self._tick = tick

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        if not callable(inner) or name == "alone":
            return inner

        async def call(*args: Any, **options: Any) -> Any:
            if self._tick():
                raise Killed
            found = await inner(*args, **options)
            if self._tick():
                raise Killed
            return found

        return call


def bomb(moment: int) -> Callable[[], bool]:
    ticks: Iterator[int] = iter(range(10_000))
    return lambda: next(ticks) == moment


async def edit(place: Place) -> None:
    """A change of every sort, on top of what is there."""
    place.write("en/fees.md", "Delivery to Ulleung costs 5,000 won more.", title="Delivery fees")
    place.write("en/new.md", "Gift wrapping costs 2,000 won.", title="Gift wrapping")
    place.write("ko/staff.md", "상담원은 만 원까지 보상할 수 있습니다.", title="보상 한도", trust="published")
    (place.files / "en/opened.md").unlink(missing_ok=True)


async def test_a_crash_at_any_moment_converges(place: Place) -> None:
    """Killed before or after any call to database, vectors, words or embedder, the next run ends as a clean one.

    Before that next run, start-up alone already makes the indexes agree with the database.
    """
    await place.sync()
    first = {path: path.read_bytes() for path in place.files.rglob("*.md")}
    await edit(place)
    await place.sync()
    clean = (await place.store.articles(), await place.store.passage_ids())
    moment, survived = 0, False
    while not survived:
        for path in place.files.rglob("*.md"):
            path.unlink()
        for path, content in first.items():
            path.write_bytes(content)
        await place.sync()
        await edit(place)
        tick = bomb(moment)
        parts = (place.store, place.words, place.vectors, place.embedder)
        store, words, vectors, embedder = (Fragile(part, tick) for part in parts)
        try:
            await Knowledge(store, words, vectors, embedder).sync([place.files])
            survived = True
        except Killed:
            await place.knowledge().start()
            assert await place.agree(), moment
            await place.sync()

        assert (await place.store.articles(), await place.store.passage_ids()) == clean, moment
        assert await place.agree(), moment
        assert "en/opened" not in await place.ask("return an opened item", "en")
        moment += 1
    assert moment > 30
