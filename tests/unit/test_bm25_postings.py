"""The scores of the word index: those of bm25s, to the last bit, in whatever steps they are made."""

from __future__ import annotations

import bm25s
import numpy as np
import pytest

from heedful.adapters.bm25_postings import K1, B, postings


@pytest.mark.parametrize("at_once", [1, 40, 1_000_000])
def test_scores_are_those_of_bm25s(at_once: int) -> None:
    """Passages of one term and of many, terms that come once and often: the same columns as bm25s makes from lists."""
    chance = np.random.default_rng(3)
    ends = np.cumsum(chance.integers(1, 60, 200))
    _, packed = np.unique(chance.zipf(1.4, ends[-1]) % 500, return_inverse=True)
    rows = packed.astype(np.int32)
    theirs = bm25s.BM25(k1=K1, b=B, method="lucene")
    lists = [part.tolist() for part in np.split(rows, ends[:-1])]
    words = {str(number): number for number in range(rows.max() + 1)}
    theirs.index((lists, words), create_empty_token=False, show_progress=False)

    ours = postings(rows, ends, len(words), at_once=at_once)

    assert ours["num_docs"] == theirs.scores["num_docs"] == 200
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(ours[name], theirs.scores[name])
        assert ours[name].dtype == theirs.scores[name].dtype
