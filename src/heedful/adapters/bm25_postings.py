"""Term numbers of passages → BM25 scores by term, as bm25s holds them, without a Python object for each term.

bm25s itself counts in lists: at 90,000 passages an index took 10 s and 440 MB to build, and by arrays, which let the
other threads go on, 2.6 s and 260 MB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75  # the defaults of Lucene; of seven pairs tried none was better on all three question sets
AT_ONCE = 1_000_000


def postings(
    rows: NDArray[np.int32], ends: NDArray[np.int64], vocabulary: int, *, at_once: int = AT_ONCE
) -> dict[str, Any]:
    """Return the scores of Lucene's BM25 as the columns of a sparse matrix, one for each term.

    `rows` are the term numbers of all passages, from 0 to below `vocabulary`; `ends` where each passage's end.
    `at_once` terms, about, are counted in one step.
    """
    places, terms, counts = _counted(rows, ends, vocabulary, at_once)
    count, lengths = len(ends), np.diff(ends, prepend=0)
    holders = np.bincount(terms, minlength=vocabulary)
    order = np.argsort(terms, kind="stable")
    telling = np.log(1 + (count - holders + 0.5) / (holders + 0.5)).astype(np.float32)
    damping = K1 * ((1 - B) + B * lengths / lengths.mean())
    scores = np.empty(len(order), np.float32)
    for start in range(0, len(order), at_once):
        some = order[start : start + at_once]
        scores[start : start + len(some)] = telling[terms[some]] * (
            counts[some] / (damping[places[some]] + counts[some])
        )
    return {
        "data": scores,
        "indices": places[order],
        "indptr": np.concatenate([[0], np.cumsum(holders)]).astype(np.int64),
        "num_docs": count,
    }


def _counted(
    rows: NDArray[np.int32], ends: NDArray[np.int64], vocabulary: int, at_once: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return, for each passage and each of its terms, the passage's place, the term, and how often it stands there."""
    places, terms, counts = [], [], []
    first, begins = 0, 0
    while first < len(ends):
        last = max(first + 1, int(np.searchsorted(ends, begins + at_once, side="right")))
        lengths = np.diff(ends[first:last], prepend=begins)
        keys = np.repeat(np.arange(first, last, dtype=np.int64) * vocabulary, lengths) + rows[begins : ends[last - 1]]
        found, times = np.unique(keys, return_counts=True)
        places.append((found // vocabulary).astype(np.int32))
        terms.append((found % vocabulary).astype(np.int32))
        counts.append(times.astype(np.float32))
        first, begins = last, int(ends[last - 1])
    return np.concatenate(places), np.concatenate(terms), np.concatenate(counts)
