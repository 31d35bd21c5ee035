"""What a redaction makes of a unit, and what renumbering makes of its markers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.markers import renumber, used, without_markers
from heedful.masking import mask
from heedful.values import Action, Finding

drawn = settings(max_examples=200, deadline=None)  # a slow machine is no failure


def finding(start: int, end: int, text: str = "") -> Finding:
    """Return a redaction of a span."""
    return Finding("third_party", Action.REDACT, "test", start, end, mask=text)


@pytest.mark.parametrize(
    ("unit", "words", "shown", "expected"),
    [
        ("Call 010-1234-5678 now. ", "010-1234-5678", "[phone]", "Call [phone] now. "),
        ("전화는 010-1234-5678입니다. ", "010-1234-5678", "[전화번호]", "전화는 [전화번호]입니다. "),
        ("Here it is. Buy two now! Thanks. ", "Buy two now!", "", "Here it is. Thanks. "),
        ("Buy two now! Thanks. ", "Buy two now! ", "", "Thanks. "),
        ("Here it is. Buy two now!\n\n", "Buy two now!", "", "Here it is.\n\n"),
        ("- Buy two now!\n", "Buy two now!", "", ""),
        ("- Kim\n", "Kim", "•••", "- •••\n"),
    ],
)
def test_mask(unit: str, words: str, shown: str, expected: str) -> None:
    """A span is replaced by its mask, or left out so that the rest reads well."""
    start = 40 + unit.index(words)

    masked = mask(unit, 40, [finding(start, start + len(words), shown)])

    assert masked is not None
    assert masked.text == expected
    assert [masked.text[one.start - 40 : one.end - 40] for one in masked.findings] == [shown]


def test_overlapping_spans_become_one() -> None:
    """Spans that overlap are one, under the mask of the widest; what only touches stays apart."""
    masked = mask("abcdefghij", 0, [finding(1, 3, "X"), finding(2, 6, "YY"), finding(6, 8, "Z")])

    assert masked is not None
    assert masked.text == "aYYZij"
    assert [(one.start, one.end) for one in masked.findings] == [(1, 3), (1, 3), (3, 4)]


def test_a_span_that_began_before_the_unit() -> None:
    """What began in released text is masked from the unit's first character on."""
    masked = mask("5678 is it. ", 10, [finding(5, 14, "[phone]")])

    assert masked is not None
    assert masked.text == "[phone] is it. "


def test_notice_is_inserted_before_the_unit() -> None:
    """An empty span with a text is an insertion; the notice stands as a paragraph of its own, beside another mask."""
    masked = mask("Mina, hello. ", 0, [finding(0, 4, "[name]"), finding(0, 0, "An AI writes.")])

    assert masked is not None
    assert masked.text == "An AI writes.\n\n[name], hello. "


@pytest.mark.parametrize("beyond", [finding(0, 10, "X"), finding(30, 35, "X"), finding(12, 12), finding(14, 12, "X")])
def test_what_cannot_be_masked_here(beyond: Finding) -> None:
    """A finding wholly outside the unit, or one that changes nothing, can't be mended by masking."""
    assert mask("Hello, you. ", 10, [beyond]) is None


@drawn
@given(st.text("ab \n.", min_size=1, max_size=30), st.lists(st.tuples(st.integers(0, 29), st.integers(1, 9))))
def test_masked_characters_never_remain(unit: str, spans: list[tuple[int, int]]) -> None:
    """Whatever the spans, what is left are the characters outside of them, in order."""
    inside = [(left % len(unit), min(left % len(unit) + size, len(unit))) for left, size in spans]
    covered = {at for left, right in inside for at in range(left, right)}

    masked = mask(unit, 7, [finding(7 + left, 7 + right, "#") for left, right in inside])

    assert masked is not None
    assert masked.text.replace("#", "") == "".join(one for at, one in enumerate(unit) if at not in covered)


@pytest.mark.parametrize(
    ("text", "order", "expected", "after", "removed"),
    [
        ("A [2]. B [1]. C [2].", (), "A [1]. B [2]. C [1].", (2, 1), ()),
        ("A [3]. B [1].", (1,), "A [2]. B [1].", (1, 3), ()),
        ("A [9]. B[7][2]. [0]", (), "A. B[1].", (2,), (9, 7, 0)),
        ("A [3, 9, 1].", (), "A [1][2].", (3, 1), (9,)),
        ("A [2024] [x] [].", (), "A [2024] [x] [].", (), ()),
        ("가능합니다 [2].", (), "가능합니다 [1].", (2,), ()),
    ],
)
def test_renumber(
    text: str, order: tuple[int, ...], expected: str, after: tuple[int, ...], removed: tuple[int, ...]
) -> None:
    """Markers count by first appearance; one without a passage goes, with the space before it."""
    shown = renumber(text, order, range(1, 5))

    assert (shown.text, shown.order, shown.removed) == (expected, after, removed)


def test_renumbering_again_after_a_mask() -> None:
    """When a masked span took the first marker with it, the others count anew."""
    first = renumber("A [4]. B [2]. C [4].", (), range(1, 5))

    second = renumber(first.text.removeprefix("A [1]. "), (), first.order)

    assert second.text == "B [1]. C [2]."
    assert second.order == (2, 4)


@drawn
@given(st.lists(st.integers(1, 6), max_size=12))
def test_markers_count_up(ranks: list[int]) -> None:
    """The numbers in a renumbered text are 1, 2, 3 … in order, and each stands for its passage."""
    shown = renumber("".join(f"Word [{rank}]. " for rank in ranks), (), range(1, 5))

    known = [rank for rank in ranks if rank <= 4]
    assert used(shown.text) == tuple(range(1, len(shown.order) + 1))
    assert shown.order == tuple(dict.fromkeys(known))
    assert shown.removed == tuple(rank for rank in ranks if rank > 4)
    assert without_markers(shown.text) == "Word. " * len(ranks)
