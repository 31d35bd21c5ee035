"""What a sentence reads like: linear classifiers over words and letters, learned from texts of our own.

`benchmarks/train_likeness.py` learns the weights from `benchmarks/training`; they are in `weights/`, as numpy arrays.
They add to what the lexicons find: a lexicon knows the wording, these what else is said in that way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from math import exp, sqrt
from operator import add
from pathlib import Path
from typing import Any, Literal, get_args

import regex

Sort = Literal["injection", "pressure", "rights", "promise", "sensitive", "recital"]
ALIKE = "alike"  # the rule of what only reads like something: it gives way to a finding that says what it is
SORTS: tuple[Sort, ...] = get_args(Sort)
FOLDER = Path(__file__).with_name("weights")
LONGEST = 600  # characters that are read: what a text is about is said by then, and no text costs more
RECENT = 64  # sentences; several rules ask about each, one after the other
FEW = 5  # words; a label or a heading says too little to be like anything
_HANGUL = regex.compile(r"[가-힣]")
_WORD = regex.compile(r"[a-z0-9']+|[가-힣]+")
_FIGURE = regex.compile(r"\d+")
_OTHER = regex.compile(r"[^a-z0-9'가-힣?!%₩$.,:\[\]{}<>_/=-]+")


def features(text: str) -> set[str]:
    """Return what a text is made of: its words, alone and by twos, and runs of two and three letters.

    Figures are all one figure: a text is not told by its amounts. Runs of letters are marked: they are no words.
    """
    words, runs = _parts(text)
    return words | {"#" + run for run in runs}


def _parts(text: str) -> tuple[set[str], set[str]]:
    """Return the words of a text, alone and by twos, and its runs of two and three letters."""
    plain = _FIGURE.sub("0", _OTHER.sub(" ", text[:LONGEST].lower()))
    words = _WORD.findall(plain)
    around = f" {plain.strip()} "
    twos = list(map(add, around, around[1:]))
    return {*words, *map(" ".join, pairwise(words))}, {*twos, *map(add, twos, around[2:])}


@dataclass(frozen=True)
class Likeness:
    """The weights of several sorts, side by side.

    `likely` is the chance from which on a text is of a sort: for texts without Hangul, and for those with it.
    """

    sorts: tuple[str, ...]
    weights: Mapping[str, Sequence[float]]
    bias: Sequence[float]
    likely: Sequence[tuple[float, float]]

    @cached_property
    def _rows(self) -> tuple[Mapping[str, int], Mapping[str, int], Any]:
        """Where the weights of words and of runs of letters (without their mark) stand, from 1 on, and the weights."""
        import numpy as np

        words: dict[str, int] = {}
        runs: dict[str, int] = {}
        rows = [[0.0] * len(self.sorts)]
        for name, row in self.weights.items():
            (runs if name[0] == "#" else words)[name.removeprefix("#")] = len(rows)
            rows.append(list(row))
        return words, runs, np.array(rows)

    def chances(self, text: str) -> tuple[float, ...]:
        """Return for each sort from 0 (reads like none of it) to 1 (reads like it)."""
        words, runs = _parts(text)
        of_words, of_runs, weights = self._rows
        found = [*filter(None, map(of_words.get, words)), *filter(None, map(of_runs.get, runs))]
        by = sqrt(len(words) + len(runs) or 1)
        sums = weights[found].sum(0).tolist() if found else [0.0] * len(self.sorts)
        return tuple(_chance(total / by + bias) for total, bias in zip(sums, self.bias, strict=True))


def _chance(score: float) -> float:
    return 1 / (1 + exp(-max(-40.0, min(40.0, score))))


def reads_like(sort: Sort, text: str) -> bool:
    """Whether a text likely is of this sort."""
    in_hangul = is_korean(text)
    if text.count(" ") < (FEW - 2 if in_hangul else FEW):  # what English says in two words is one in Korean
        return False
    at = SORTS.index(sort)
    return _chances(text)[at] >= _learned().likely[at][in_hangul]


def is_korean(text: str) -> bool:
    """Whether any of a text is in Hangul."""
    return _HANGUL.search(text) is not None


@lru_cache(maxsize=RECENT)
def _chances(text: str) -> tuple[float, ...]:
    return _learned().chances(text)


def warm() -> None:
    """Read the weights, so that files that can't be read are known at the start."""
    _learned()


@cache
def _learned() -> Likeness:
    return joined({sort: _stored(sort) for sort in SORTS})


def _stored(sort: str) -> Likeness:
    import numpy as np

    with np.load(FOLDER / f"{sort}.npz", allow_pickle=False) as stored:
        names = bytes(stored["features"]).decode().split("\n")
        weights = stored["weights"].astype(float).tolist()
        bias, *likely = (float(number) for number in stored["numbers"])
    by_name = {name: (weight,) for name, weight in zip(names, weights, strict=True)}
    return Likeness((sort,), by_name, (bias,), ((likely[0], likely[1]),))


def joined(learned: Mapping[str, Likeness]) -> Likeness:
    """Return what was learned of several sorts as one, so that a text is taken apart once."""
    together: dict[str, list[float]] = {}
    for at, one in enumerate(learned.values()):
        for name, (weight,) in one.weights.items():
            together.setdefault(name, [0.0] * len(learned))[at] = weight
    return Likeness(
        tuple(learned),
        {name: tuple(row) for name, row in together.items()},
        tuple(one.bias[0] for one in learned.values()),
        tuple(one.likely[0] for one in learned.values()),
    )
