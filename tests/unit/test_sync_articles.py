"""Exactly what changed is changed: per article, per section, by place, and nothing at all in a dry run."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedful.errors import InputError
from heedful.knowledge.folders import Folders
from heedful.knowledge.sync import Knowledge, Summary, Touched
from tests.place import Place, counts

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]

SECTIONS = "## Fees\n\nDelivery costs 3,000 won.\n\n## Times\n\nDelivery takes {days} days.\n\n## Abroad\n\nWe don't."


def table(place: Place, *rows: str, name: str = "faq.csv", key: str = "id") -> Path:
    """Write a table of questions and answers."""
    path = place.files / name
    path.write_text("\n".join([f"{key},question,answer", *rows]) + "\n", encoding="utf-8")
    return path


async def test_the_rows_of_a_table_are_followed_one_by_one(place: Place) -> None:
    """One file, many articles: of three rows one changes, one goes, one comes; the others are not touched."""
    table(place, "a,Is it dimmable?,The lamp is dimmable.", "b,Is it round?,The lamp is round.", "c,Old?,Long ago.")
    first = await place.sync()
    place.embedder.embedded.clear()
    table(place, "a,Is it dimmable?,The lamp is dimmable.", "b,Is it round?,The lamp is oval.", "d,New?,Since today.")

    second = await place.sync()
    third = await place.sync()

    assert counts(first) == (7, 0, 0, 0)
    assert (counts(second), second.proved) == ((1, 1, 1, 5), 1)
    assert counts(third) == (0, 0, 0, 7)
    assert sorted(place.embedder.embedded) == ["Is it round?\nThe lamp is oval.", "New?\nSince today."]
    assert await place.agree()


async def test_an_article_that_moves_to_another_file_stays_one(place: Place) -> None:
    """A row taken out of one table and put into another keeps its id and its vector, whichever file is read first."""
    row = "/en/dim,Is it dimmable?,The lamp is dimmable."
    for name, other in (("a.csv", "z.csv"), ("z.csv", "a.csv")):
        table(place, row, f"/r/{name},Is it round?,The lamp is round.", name=name, key="url")
        table(place, f"/r/{other},Is it round?,The lamp is round.", name=other, key="url")
        await place.sync()
        place.embedder.embedded.clear()
        table(place, f"/r/{name},Is it round?,The lamp is round.", name=name, key="url")
        table(place, f"/r/{other},Is it round?,The lamp is round.", row, name=other, key="url")

        moved = await place.sync()

        assert counts(moved) == (0, 1, 0, 6), name
        assert place.embedder.embedded == []
        assert await place.agree()


async def test_a_clash_in_a_table_is_named_until_it_is_mended(place: Place) -> None:
    """Two files give one id: the first has it, the rest of the second is in, and gets it when the first is gone."""
    place.write("a.md", "The blue lamp is dimmable.", title="Blue lamp", url="/lamp")
    table(place, "/lamp,Green lamp?,The green lamp is wet.", "/red,Red lamp?,The red lamp is loud.", key="url")
    runs = [await place.sync(), await place.sync()]
    (place.files / "a.md").unlink()

    freed = await place.sync()

    for one in runs:
        assert [(Path(source).name, "a.md" in why) for source, why in one.skipped] == [("faq.csv", True)]
        assert one.articles == 6
    assert (counts(freed), freed.skipped) == ((0, 1, 0, 5), ())
    assert [one.text for one in await place.store.articles() if one.id == "lamp"] == ["The green lamp is wet."]


async def test_an_edit_of_one_section_embeds_that_section_only(place: Place) -> None:
    """Passages before and after it keep their ids; a section put in at the top moves nobody."""
    place.write("en/delivery.md", SECTIONS.format(days=3), title="Delivery")
    await place.sync()
    place.embedder.embedded.clear()
    place.write("en/delivery.md", SECTIONS.format(days=5), title="Delivery")
    await place.sync()
    edited = list(place.embedder.embedded)
    place.write("en/delivery.md", "## Summary\n\nIt is quick.\n\n" + SECTIONS.format(days=5), title="Delivery")

    await place.sync()

    assert edited == ["Delivery\nTimes\nDelivery takes 5 days."]
    assert place.embedder.embedded[1:] == ["Delivery\nSummary\nIt is quick."]
    stored = [one for one in await place.store.all_passages("en", "published") if one.article_id == "en/delivery"]
    assert [one.headings[-1] for one in stored] == ["Summary", "Fees", "Times", "Abroad"]
    assert await place.agree()


async def test_the_same_words_twice_are_two_passages(place: Place) -> None:
    """A section that says what another says, under the same heading, loses neither."""
    place.write("en/twice.md", "## Note\n\nAsk us.\n\n## Fees\n\nNone.\n\n## Note\n\nAsk us.", title="Twice")

    await place.sync()

    stored = [one for one in await place.store.all_passages("en", "published") if one.article_id == "en/twice"]
    assert [one.url.partition("#")[2] for one in stored] == ["note", "fees", "note-1"]


async def test_thirty_edited_ten_deleted_five_moved_and_nothing_else(place: Place) -> None:
    """Of a hundred articles exactly those change, and the deleted ones are proved to be gone."""
    for n in range(100):
        place.write(f"many/{n:03}.md", f"Lamp number {n} is lamp {n}.", title=f"Lamp {n}", url=f"/lamps/{n}")
    await place.sync()
    place.embedder.embedded.clear()
    for n in range(30):
        place.write(f"many/{n:03}.md", f"Lamp number {n} is new.", title=f"Lamp {n}", url=f"/lamps/{n}")
    for n in range(30, 40):
        (place.files / f"many/{n:03}.md").unlink()
    for n in range(40, 45):
        (place.files / f"many/{n:03}.md").rename(place.files / f"en/moved-{n:03}.md")

    summary = await place.sync()

    assert (counts(summary), summary.proved) == ((0, 35, 10, 59), 10)
    assert sorted(place.embedder.embedded) == sorted(f"Lamp {n}\nLamp number {n} is new." for n in range(30))
    for n in range(30, 40):
        assert f"lamps/{n}" not in await place.ask(f"Lamp number {n}", "en")
    assert await place.agree()


async def test_a_dry_run_says_what_would_change_and_changes_nothing(place: Place) -> None:
    """Files, database, indexes and version stay as they are; the run after it does what was said."""
    await place.sync()
    place.write("en/fees.md", "Delivery to Ulleung costs 5,000 won more.", title="Delivery fees")
    new = place.write("en/new.md", "Gift wrapping costs 2,000 won.", title="Gift wrapping")
    (place.files / "en/opened.md").unlink()
    before = (await place.store.articles(), await place.store.sources(), await place.store.index_version())
    place.embedder.embedded.clear()

    dry = await place.sync(dry_run=True)
    after = (await place.store.articles(), await place.store.sources(), await place.store.index_version())
    real = await place.sync()

    assert dry.dry_run
    assert before == after
    assert {(one.what, one.id) for one in dry.touched} == {
        ("changed", "en/fees"),
        ("added", "en/new"),
        ("removed", "en/opened"),
    }
    assert Touched("added", "en/new", str(new)) in dry.touched
    assert (counts(dry), dry.articles) == (counts(real), real.articles)
    assert real.touched == ()


async def test_trust_comes_from_the_folder_too_and_the_stricter_holds(place: Place) -> None:
    """What stands in `internal/`, or in a folder the policy names, is for staff, whatever it says of itself."""
    place.write("internal/limits.md", "Agents may refund 10,000 won.", title="Limits", trust="published")
    place.write("en/Staff/limits.md", "Agents may wait two days.", title="Waiting")
    place.write("community/tips.md", "Put the lamp into the oven.", title="Tips")
    place.write("internal-news.md", "Our shop opens at nine.", title="Opening")
    folders = Folders(internal=("staff/*",), untrusted=("community/**",))

    await Knowledge(place.store, place.words, place.vectors, place.embedder, folders=folders).sync([place.files])

    trust = {article.title: article.trust for article in await place.store.articles()}
    assert (trust["Limits"], trust["Waiting"], trust["Tips"]) == ("internal", "internal", "untrusted")
    assert trust["Opening"] == "published"
    assert await place.ask("May agents refund 10,000 won?", "en") == []
    assert "internal/limits" in await place.ask("May agents refund 10,000 won?", "en", ["internal"])


async def test_a_folder_that_becomes_internal_is_read_again(place: Place) -> None:
    """The same bytes in a folder that the policy now names are another article for everybody who asks."""
    place.write("staff/limits.md", "Agents may refund 10,000 won.", title="Limits")
    await place.sync()
    strict = Knowledge(place.store, place.words, place.vectors, place.embedder, folders=Folders(internal=("staff/**",)))

    summary = await strict.sync([place.files])

    assert counts(summary) == (0, 1, 0, 4)
    assert await place.ask("May agents refund 10,000 won?", "en") == []
    assert await place.agree()


async def test_what_cannot_be_read_is_named_again_without_being_read(place: Place) -> None:
    """A second run over broken files says the same as the first; a mended one is in."""
    broken = place.write("en/broken.md", "text")
    broken.write_bytes(b"\0" * 1000)
    first = await place.sync()
    second = await place.sync()
    place.write("en/broken.md", "The lamp is mended.", title="Mended")
    third = await place.sync()

    assert [source for source, _ in first.skipped] == [str(broken)]
    assert second.skipped == first.skipped
    assert (counts(third), third.skipped) == ((1, 0, 0, 4), ())


async def test_a_folder_that_is_gone_empties_nothing(place: Place) -> None:
    """A disk that is not mounted is a mistake to be named, not a help centre that was deleted."""
    await place.sync()
    place.files.rename(place.files.parent / "elsewhere")

    with pytest.raises(InputError, match="nothing was changed"):
        await place.sync()

    assert len(await place.store.articles()) == 4


async def test_forgotten_files_are_read_again(place: Place) -> None:
    """What was taken out of the knowledge comes back when its files are named again."""
    await place.sync()

    taken = await place.knowledge().forget([place.files / "en"])
    asked = await place.ask("Can I return an opened item?", "en")
    back: Summary = await place.sync()

    assert taken == 2
    assert "en/opened" not in asked
    assert counts(back) == (2, 0, 0, 2)
    assert await place.agree()
