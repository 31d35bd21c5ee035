"""The audit chain without a database: digests, links, and what verifying finds."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.audit import (
    ERASURE,
    Head,
    Kept,
    Record,
    Row,
    Verified,
    canonical,
    chained,
    content_digest,
    took,
    verify,
)
from heedful.errors import ChainError, InputError

pytestmark = pytest.mark.anyio

KEY = bytes(range(32))
AT = "2026-03-17T00:00:00.000000Z"
WORDS = ("주문하신 상품은 3일 이내에 도착합니다.", "Your parcel arrives within 3 days.", "", "ㅋㅋ \u0000 🙂")

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\ud800"))  # some with half a character
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda children: st.lists(children) | st.dictionaries(texts, children),
    max_leaves=12,
)


def rows_of(words: Sequence[str] = WORDS) -> tuple[list[Row], Head]:
    """Return a whole chain about these words, and its head."""
    salts = [bytes([number]) * 32 for number in range(len(words))]
    contents = [canonical({"text": text}) for text in words]
    records = [
        Record(AT, f"c_1/{number}/r_1", "text", content_digest(salts[number - 1], contents[number - 1]))
        for number in range(1, len(words) + 1)
    ]
    rows = [
        Row(
            entry.position,
            AT.encode(),
            entry.record.subject.encode(),
            b"text",
            entry.record.digest,
            entry.link,
            Kept(AT.encode(), entry.record.subject.encode(), b"text", salt, content.encode()),
        )
        for entry, salt, content in zip(chained(KEY, Head(), records), salts, contents, strict=True)
    ]
    return rows, Head(len(rows), rows[-1].link or b"")


async def check(rows: Sequence[Row], head: Head | None, outside: Head | None = None) -> Verified:
    """Verify rows from a list."""

    async def each() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    return await verify(each(), KEY, head=head, outside=outside)


async def test_a_whole_chain_verifies() -> None:
    """What was chained verifies, with the head outside at the end, behind it, or not begun."""
    rows, head = rows_of()

    for outside in (head, Head(2, rows[1].link or b""), Head(), None):
        assert await check(rows, head, outside) == Verified(4, head.link.hex())


async def test_an_empty_chain_verifies() -> None:
    """Before the first entry there is nothing to find fault with."""
    assert await check([], Head(), Head()) == Verified(0, bytes(32).hex())


@given(data=st.data())
def test_any_changed_byte_is_found_and_named(data: st.DataObject) -> None:
    """One byte changed in any column of any entry or its event is found, at that entry's position."""
    rows, head = rows_of()
    at = data.draw(st.integers(0, len(rows) - 1))
    of_event = data.draw(st.booleans())
    target: Any = rows[at].kept if of_event else rows[at]
    columns = ["at", "subject", "kind", "salt", "content"] if of_event else ["at", "subject", "kind", "digest", "link"]
    column = data.draw(st.sampled_from(columns))
    old: bytes = getattr(target, column)
    place = data.draw(st.integers(0, len(old) - 1))
    new = old[:place] + bytes([old[place] ^ data.draw(st.integers(1, 255))]) + old[place + 1 :]
    changed = dataclasses.replace(target, **{column: new})
    rows[at] = dataclasses.replace(rows[at], kept=changed) if of_event else changed

    import anyio

    with pytest.raises(ChainError) as found:
        anyio.run(check, rows, head, head)
    assert found.value.position == at + 1
    assert f"record {at + 1} " in str(found.value)


@pytest.mark.parametrize("gone", [1, 2, 3])
async def test_a_missing_entry_is_found(gone: int) -> None:
    """An entry taken out of the beginning or the middle is named as missing."""
    rows, head = rows_of()
    del rows[gone - 1]

    with pytest.raises(ChainError, match=f"record {gone} is missing"):
        await check(rows, head, head)


async def test_a_cut_off_tail_is_found_by_either_head() -> None:
    """A chain that ends early is found by its head row, or, when that was set back too, by the head outside."""
    rows, head = rows_of()
    short = rows[:2]

    with pytest.raises(ChainError, match="record 3 and all after it are cut off") as by_row:
        await check(short, head)
    with pytest.raises(ChainError, match="record 3 and all after it are cut off") as from_outside:
        await check(short, Head(2, rows[1].link or b""), head)
    assert (by_row.value.position, from_outside.value.position) == (3, 3)


async def test_a_tail_that_was_cut_and_grown_again_is_found() -> None:
    """After a cut the chain may grow past the head outside; that head then names a link which is no longer there."""
    rows, head = rows_of()
    other, new_head = rows_of([*WORDS[:3], "different", "and longer"])

    with pytest.raises(ChainError, match="record 4 is not the one that the head kept outside") as found:
        await check(other, new_head, head)
    assert found.value.position == 4
    assert len(rows) == 4


async def test_swapped_entries_are_found() -> None:
    """Two entries that changed places are found at the first of them."""
    rows, head = rows_of()
    rows[1], rows[2] = (
        dataclasses.replace(rows[2], position=rows[1].position),
        dataclasses.replace(rows[1], position=rows[2].position),
    )

    with pytest.raises(ChainError) as found:
        await check(rows, head, head)
    assert found.value.position == 2


async def test_a_chain_recomputed_without_the_key_is_found() -> None:
    """Whoever has all rows but not the key can't write a chain that verifies."""
    rows, _ = rows_of()
    records = [
        Record(AT, (row.subject or b"").decode(), "text", content_digest(bytes(32), canonical({"text": "forged"})))
        for row in rows
    ]
    forged = [
        dataclasses.replace(row, digest=entry.record.digest, link=entry.link)
        for row, entry in zip(rows, chained(bytes(32), Head(), records), strict=True)
    ]

    with pytest.raises(ChainError, match="written without the key") as found:
        await check(forged, Head(4, forged[-1].link or b""))
    assert found.value.position == 1


def erased(rows: list[Row], head: Head, positions: Sequence[int], claimed: Sequence[int]) -> tuple[list[Row], Head]:
    """Return the chain after an erasure that is marked on `positions` and says it took `claimed`."""
    place, salt = head.position + 1, bytes([9]) * 32
    content = canonical({"id": "er_1", "took": took(claimed)})
    (entry,) = chained(KEY, head, [Record(AT, "er_1", ERASURE, content_digest(salt, content))])
    marked = [
        dataclasses.replace(row, kept=None, erased_by=place, eraser=ERASURE.encode())
        if row.position in positions
        else row
        for row in rows
    ]
    kept = Kept(AT.encode(), b"er_1", ERASURE.encode(), salt, content.encode())
    last = Row(place, AT.encode(), b"er_1", ERASURE.encode(), entry.record.digest, entry.link, kept)
    return [*marked, last], entry.head


async def test_an_entry_without_its_event_is_found_unless_it_was_erased() -> None:
    """A missing event is a fault; those that a later erasure took are none, of however many conversations."""
    rows, head = rows_of()
    missing = [dataclasses.replace(rows[0], kept=None), *rows[1:]]

    with pytest.raises(ChainError, match="record 1 speaks of something that is missing"):
        await check(missing, head, head)
    after, end = erased(rows, head, [1, 3], [1, 3])
    assert (await check(after, end, end)).entries == 5


@pytest.mark.parametrize(("marked", "claimed"), [([1, 3], [1]), ([1], [1, 3]), ([1, 2], [1, 3]), ([], [1]), ([1], [])])
async def test_an_erasure_takes_what_it_says_and_nothing_else(marked: list[int], claimed: list[int]) -> None:
    """A record can't be made to pass as taken by an erasure that did not take it, nor be put back."""
    rows, end = erased(*rows_of(), marked, claimed)

    with pytest.raises(ChainError, match="record 5 is an erasure of other records"):
        await check(rows, end, end)


@pytest.mark.parametrize(
    ("erased_by", "eraser"),
    [
        (99, None),  # no such entry
        (2, b"text"),  # no erasure
        (1, b"erasure"),  # not behind it
        ("3", b"erasure"),  # no number
    ],
)
async def test_a_mark_of_erasure_needs_an_erasure(erased_by: Any, eraser: bytes | None) -> None:
    """A row can't be made to pass as erased by marking it."""
    rows, head = rows_of()
    rows[0] = dataclasses.replace(rows[0], kept=None, erased_by=erased_by, eraser=eraser)

    with pytest.raises(ChainError, match="record 1 is marked as erased by something that is no erasure"):
        await check(rows, head, head)


async def test_what_cannot_be_opened_is_found_unless_its_erasure_is_under_way() -> None:
    """A seal that does not open, and a column that says something else than the content, are faults."""
    rows, head = rows_of()
    closed = Kept(AT.encode(), b"c_1/2/r_1", b"text", None, None, sealed="can't be opened: its key is gone")
    going = dataclasses.replace(closed, is_going=True)
    assert rows[1].kept is not None
    other = dataclasses.replace(rows[1].kept, columns=(("purpose", b"marketing", b"customer_care"),))

    for kept, what in ((closed, "its key is gone"), (other, "purpose was changed")):
        with pytest.raises(ChainError, match=f"record 2 .*{what}"):
            await check([rows[0], dataclasses.replace(rows[1], kept=kept), *rows[2:]], head, head)
    assert (await check([rows[0], dataclasses.replace(rows[1], kept=going), *rows[2:]], head, head)).entries == 4


@given(content=st.dictionaries(texts, json_values, max_size=4))
def test_canonical_text_is_json_that_means_the_same(content: dict[str, Any]) -> None:
    """The canonical text reads back as what it was made from, can be encoded, and keys may come in any order."""
    text = canonical(content)

    assert json.loads(text) == content
    assert canonical(json.loads(text)) == text
    assert canonical(dict(reversed(content.items()))) == text
    assert text.encode().decode() == text


@pytest.mark.parametrize("content", [{"a": math.nan}, {"a": math.inf}, {"a": {1: 2}}, {"a": object()}, {"a": b"x"}])
def test_what_is_not_json_is_refused(content: dict[str, Any]) -> None:
    """Nothing is recorded whose text would depend on who wrote it."""
    with pytest.raises(InputError, match="not JSON"):
        canonical(content)


def test_a_digest_is_not_one_of_plain_words() -> None:
    """The same words under another salt give another digest, so that a digest can't be guessed from a list of words."""
    assert content_digest(bytes(32), "네") != content_digest(bytes([1]) * 32, "네")
