"""Numbers one after the other: which digits of a run belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from heedful.canonical.digits import Run


def several(run: Run, text: str, fits: Callable[[str, bool], bool]) -> Iterator[tuple[str, int, int]]:
    """Yield (digits, start, end) of the numbers in a run: clusters that fit, or else their lines, or else their words.

    `fits` is told the digits of a number, and whether a `+` stands before them.
    """

    def fitting(first: int, last: int) -> bool:
        return first <= last and fits(run.digits[first : last + 1], has_plus(text, run.starts[first]))

    for first, last in _clusters(run, text):
        lines = [(first, last)] if fitting(first, last) else _cut(run, text, first, last, "\n")
        for line in lines:
            words = [line] if fitting(*line) else _joined(_cut(run, text, *line, " "), fitting)
            for one, other in words:
                if fitting(one, other):
                    yield run.digits[one : other + 1], run.starts[one], run.ends[other]


def _cut(run: Run, text: str, first: int, last: int, sign: str) -> list[tuple[int, int]]:
    """Return the parts between digits that nothing but white space with this sign in it keeps apart."""
    gaps = {i: text[run.ends[i - 1] : run.starts[i]] for i in range(first + 1, last + 1)}
    cuts = [i for i, gap in gaps.items() if sign in gap and gap.isspace()]
    return list(zip([first, *cuts], [*(i - 1 for i in cuts), last], strict=True))


def _joined(parts: list[tuple[int, int]], fitting: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    """Yield the parts that fit by themselves, and those between them as one."""
    begin = parts[0][0]
    for first, last in parts:
        if fitting(first, last):
            yield begin, first - 1
            yield first, last
            begin = last + 1
    yield begin, parts[-1][1]


def has_plus(text: str, start: int) -> bool:
    """Return whether a `+` stands before this place."""
    return start > 0 and text[start - 1] == "+"


def _clusters(run: Run, text: str) -> Iterator[tuple[int, int]]:
    """Yield the parts of a run that stand together: a comma, a slash or two spaces begin a new one."""
    first = 0
    for i in range(1, len(run.digits)):
        between = text[run.ends[i - 1] : run.starts[i]]
        apart = not run.words and (any(c in ",/~|_\t" for c in between) or "  " in between or ". " in between)
        hyphens = (
            " " in between
            and "-" in text[run.starts[first] : run.ends[i - 1]]
            and "-" in text[run.ends[i] : run.ends[i] + 5]
        )
        if apart or hyphens:
            yield first, i - 1
            first = i
    yield first, len(run.digits) - 1
