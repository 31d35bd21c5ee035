"""Question (and what was said before) → the passages good enough to answer from, or none."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from heedful import signs
from heedful.answerable import THRESHOLD, UNSURE, answerable
from heedful.counterparts import in_own_language
from heedful.crossing import Crossed, Sounding, cross
from heedful.errors import UpstreamError
from heedful.glossary import Meanings
from heedful.knowledge import collection
from heedful.ports import Embedder, Hit, PassageSource, VectorIndex, Vectors
from heedful.query import Hide, Query, make_queries, rows, written
from heedful.rerank import Looked, Pair, Weighed, pairs, rerank, weigh
from heedful.sections import choose
from heedful.several import ALONE, together
from heedful.staff import StaffWords
from heedful.synonyms import NONE, Synonyms
from heedful.topics import topics_of
from heedful.values import Passage, Retrieved, Trust, Turn
from heedful.widening import widen

PUBLISHED: tuple[Trust, ...] = ("published",)
CANDIDATES = 100  # of each leg; what a leg ranks below that counts as not found by it
# Convex combination of the two legs, each scaled from its last candidate to its best (Bruch et al. 2023, "An Analysis
# of Fusion Functions for Hybrid Retrieval"); nDCG@10 on two English sets: 0.861 and 0.890. Reciprocal rank fusion with
# k = 60: equal weights 0.777 and 0.884, these weights 0.787 and 0.886. Vectors alone 0.877, 0.855; words 0.536, 0.850.
VECTOR_SHARE = 0.6
SURE_ALONE = 0.65  # from here on the bare words of a question are taken to be enough; asked twice, chance helps once
FEW = 10  # with fewer vectors than this the last one says nothing about where "not found" begins
MENDED = 200  # characters; a longer question says enough without the words that are misspelt
OTHER_LANGUAGE = 0.8  # a passage in another language than the question is worth this much
SAID_TWICE = 0.6  # where there is help content in the question's own language, and that has no answer


class Words(Protocol):
    """What retrieval asks of the word index; `adapters.bm25.BM25Index` is the one there is."""

    async def search(self, collection: str, terms: Mapping[str, float], limit: int) -> tuple[Hit, ...]: ...
    async def look(
        self, collection: str, rows: Collection[tuple[str, ...]], pairs: Sequence[Pair], ids: Sequence[str]
    ) -> Looked: ...
    async def spelt(self, collection: str, terms: Collection[str]) -> Mapping[str, str]: ...
    async def sounding(self, collection: str, words: Collection[str]) -> Mapping[str, Meanings]: ...
    async def ids(self, collection: str) -> frozenset[str]: ...
    async def collections(self) -> frozenset[str]: ...
    def stamp(self, collection: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages best first, and the signs by which to judge whether they answer the question."""

    passages: tuple[Passage, ...]
    signs: signs.Signs


class Retriever:
    """Searches both legs and fuses them. Without an embedder for the language, words answer alone."""

    def __init__(
        self,
        source: PassageSource,
        words: Words,
        vectors: VectorIndex | None = None,
        embedder: Embedder | None = None,
        *,
        vector_share: float = VECTOR_SHARE,
        synonyms: Synonyms = NONE,
    ) -> None:
        self._source = source
        self._words = words
        self._vectors = vectors
        self._embedder = embedder
        self._vector_share = vector_share
        self._synonyms = synonyms
        self._staff: dict[str, tuple[str, StaffWords]] = {}  # by collection, with the stamp of what was read

    async def retrieve(
        self,
        question: str,
        *,
        language: str,
        history: Sequence[Turn] = (),
        trusts: Collection[Trust] = PUBLISHED,
        limit: int = 6,
        hide: Hide | None = None,
    ) -> Retrieved:
        """Return the passages to answer from, best first; none, and only the nearest, when they would not answer it.

        Passages of `trusts` alone are looked at. When the question's own language has no answer, help content in
        other languages is searched too. Each of several questions in one message is looked up by itself as well.
        `hide` gives the words as an embedder elsewhere may read them; one in this process reads them as they are.

        Raises:
            StoreError: The database did not answer.
        """
        queries = tuple(replace(query, hide=hide) for query in make_queries(question, language, history))
        whole = await self._retrieve(queries[0], trusts, limit)
        if len(queries) == 1 or (len(queries) == ALONE and whole.answerable >= THRESHOLD):
            return whole
        alone = await asyncio.gather(*(self._part(query, trusts, limit) for query in queries[1:]))
        return together(queries, (whole, *alone), limit)

    async def _part(self, query: Query, trusts: Collection[Trust], limit: int) -> Retrieved:
        """What one question of a message finds with what is told around it, or else by its own words."""
        found = await self._retrieve(query, trusts, limit)
        if found.answerable < THRESHOLD and query.earlier:
            bare = await self._retrieve(replace(query, earlier=()), trusts, limit)
            return bare if bare.answerable >= SURE_ALONE else found
        return found

    async def _retrieve(self, query: Query, trusts: Collection[Trust], limit: int) -> Retrieved:
        language = query.language
        ranked = await self.rank(query, languages=(language,), trusts=trusts)
        likely = answerable(ranked.signs)
        if likely < THRESHOLD:
            others = await self._other_languages(language, trusts)
            if others:
                elsewhere = await self.rank(query, languages=others, trusts=trusts)
                there_too = bool(ranked.passages)  # help in both languages: the other one seldom knows more
                likely_elsewhere = answerable(elsewhere.signs) * (SAID_TWICE if there_too else 1.0)
                better = likely_elsewhere > likely
                # Of two unsure answers the one they can read.
                if better and (not ranked.passages or (likely < UNSURE and likely_elsewhere >= THRESHOLD)):
                    said_here = in_own_language(elsewhere.passages, ranked.passages)
                    ranked = replace(elsewhere, passages=said_here or elsewhere.passages)
                    likely = likely_elsewhere
        nearest = ranked.passages[0] if ranked.passages else None
        if likely < UNSURE:
            return Retrieved((), likely, nearest, query.standing_alone)
        return Retrieved(choose(ranked.passages, limit), likely, nearest, query.standing_alone)

    async def languages(self) -> tuple[str, ...]:
        """Return the languages that there is published help content in."""
        return await self._other_languages("", PUBLISHED)

    async def staff_passages(self, text: str, language: str, limit: int = 3) -> tuple[Passage, ...]:
        """Return the passages for staff only that a draft's words are nearest to: what it must not repeat.

        Raises:
            StoreError, IndexUnavailableError: They can't be looked at; then nobody can say that it does not.
        """
        name = collection.words(language, "internal")
        stamp = self._words.stamp(name)
        if stamp is None:
            return ()
        if self._staff.get(name, ("",))[0] != stamp:
            there = await self._source.passages(sorted(await self._words.ids(name)))
            self._staff[name] = (stamp, await asyncio.to_thread(StaffWords, there.values()))
        ids = self._staff[name][1].nearest(text, limit)
        found = await self._source.passages(ids) if ids else {}
        return tuple(found[id_] for id_ in ids if id_ in found)

    async def rank(
        self,
        query: Query,
        *,
        languages: Sequence[str],
        trusts: Collection[Trust] = PUBLISHED,
        limit: int = CANDIDATES,
    ) -> Ranked:
        """Return at most `limit` passages of these languages, best first, good enough or not.

        Raises:
            StoreError: The database did not answer.
        """
        query = await self._widened(await self._spelt(query, languages, trusts), trusts)
        crossed = {language: await self._crossed(query, language, trusts) for language in languages}
        words, vectors = await asyncio.gather(
            self._by_words(query, crossed, trusts), self._by_vectors(query, crossed, trusts)
        )
        fused = _fuse(words, vectors, self._vector_share)
        best = sorted(fused, key=lambda id_: (-fused[id_], id_))[:limit]
        there = await self._source.passages(best)
        weight = {language: 1.0 if language == query.language else OTHER_LANGUAGE for language in languages}
        passages = tuple(
            replace(there[id_], score=fused[id_] * weight.get(there[id_].lang, OTHER_LANGUAGE))
            for id_ in best
            # Collections keep trusts apart; this holds even if an index were mixed up.
            if id_ in there and there[id_].trust in trusts
        )
        weighed = await self._weighed(query, passages, crossed)
        passages = rerank(passages, weighed)
        return Ranked(
            passages,
            signs.read(
                passages,
                words,
                vectors,
                weighed,
                query.language,
                topics=topics_of(query.text, query.language),
                is_understood=self._understands(query.language),
            ),
        )

    def _understands(self, language: str) -> bool:
        speaks = self._embedder.languages if self._embedder else frozenset[str]()
        return speaks is None or language in speaks

    async def _spelt(self, query: Query, languages: Sequence[str], trusts: Collection[Trust]) -> Query:
        """The question with its misspelt words as they were meant, where every collection has another of them."""
        words = written(query.text, query.language) if len(query.text) <= MENDED else {}
        names = [collection.words(one, trust) for one in languages if one == query.language for trust in trusts]
        found = [await self._words.spelt(name, set(words.values())) for name in names]
        text = query.text
        for word, term in words.items():
            if found and all(term in one for one in found):
                text = text.replace(word, found[0][term])
        return replace(query, text=text)

    async def _widened(self, query: Query, trusts: Collection[Trust]) -> Query:
        return await widen(query, self._synonyms, self._sounding(query.language, trusts))

    async def _crossed(self, query: Query, into: str, trusts: Collection[Trust]) -> Crossed | None:
        """The question in the words of another language; `None` in its own, and where there is no glossary."""
        return await cross(query, into, self._sounding(into, trusts))

    def _sounding(self, language: str, trusts: Collection[Trust]) -> Sounding:
        async def sounding(words: Collection[str]) -> Mapping[str, Meanings]:
            found = [await self._words.sounding(collection.words(language, trust), words) for trust in trusts]
            return {word: meanings for one in reversed(found) for word, meanings in one.items()}

        return sounding

    async def _by_words(
        self, query: Query, crossed: Mapping[str, Crossed | None], trusts: Collection[Trust]
    ) -> tuple[Hit, ...]:
        own = query.terms()
        wanted = {
            collection.words(language, trust): other.terms if other else own
            for language, other in crossed.items()
            for trust in trusts
        }
        found = (self._words.search(name, terms, CANDIDATES) for name, terms in wanted.items())
        return _merge(await asyncio.gather(*found))

    async def _by_vectors(
        self, query: Query, languages: Mapping[str, Crossed | None], trusts: Collection[Trust]
    ) -> tuple[Hit, ...] | None:
        """The vector leg; `None` where there is none: no embedder, not its language, or it does not answer."""
        if self._vectors is None or self._embedder is None or not query.text.strip():
            return None
        speaks = self._embedder.languages
        if speaks is not None and query.language not in speaks:
            # Word by word in a language that it knows, where the glossary has one.
            text = next((other.text for one, other in languages.items() if other and one in speaks), "")
            if not text:
                return None
            query = replace(query, text=text, earlier=())
        names = [
            collection.vectors(language, trust, self._embedder.name)
            for language in languages
            if speaks is None or language in speaks
            for trust in trusts
        ]
        try:
            vector = await self._vector(query, self._embedder)
            found = await asyncio.gather(*(self._vectors.nearest(name, vector, CANDIDATES) for name in names))
        except UpstreamError:
            return None
        return _merge(found) or None

    async def _vector(self, query: Query, embedder: Embedder) -> Vectors:
        texts = [query.text, *query.topics[:1]]
        if query.hide is not None and not embedder.in_process:
            texts = [await query.hide(text) for text in texts]
        rows = await embedder.embed(texts, role="question")
        vector = rows[0]
        if len(rows) > 1:
            vector = vector + rows[1] * query.lean(collection.question_terms(query.text, query.language))
        return np.asarray(vector / (np.linalg.norm(vector) or 1.0), dtype=np.float32)

    async def _weighed(
        self, query: Query, passages: Sequence[Passage], crossed: Mapping[str, Crossed | None]
    ) -> Mapping[str, Weighed]:
        """What the passages hold of the question (and of the turn it leans on), in the words of their language."""
        own, in_order = rows(query), pairs(query.text, query.language)
        wanted = {language: other.rows if other else own for language, other in crossed.items()}

        async def look(some: Sequence[Passage]) -> Looked:
            name = collection.words(some[0].lang, some[0].trust)
            of_language = () if crossed.get(some[0].lang) else in_order
            return await self._words.look(name, wanted[some[0].lang], of_language, [passage.id for passage in some])

        return await weigh(passages, wanted, look)

    async def _other_languages(self, language: str, trusts: Collection[Trust]) -> tuple[str, ...]:
        languages = {collection.language_of(name) for name in await self._words.collections()} - {language}
        names = await self._words.collections()
        return tuple(
            sorted(other for other in languages if any(collection.words(other, trust) in names for trust in trusts))
        )


def _merge(found: Sequence[Sequence[Hit]]) -> tuple[Hit, ...]:
    hits = [hit for some in found for hit in some]
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.id))[:CANDIDATES])


def _fuse(words: Sequence[Hit], vectors: Sequence[Hit] | None, vector_share: float) -> dict[str, float]:
    if vectors is None:
        return _scaled(words, _floor(words, full=CANDIDATES))
    fused = {id_: score * (1 - vector_share) for id_, score in _scaled(words, _floor(words, full=CANDIDATES)).items()}
    for id_, score in _scaled(vectors, _floor(vectors, full=FEW)).items():
        fused[id_] = fused.get(id_, 0.0) + score * vector_share
    return fused


def _floor(hits: Sequence[Hit], *, full: int) -> float:
    """Where a leg's scale starts: at its last candidate when it found as many as it could, else at 0.

    Every passage has a cosine, so for vectors a few hits are already the whole collection.
    """
    return hits[-1].score if len(hits) >= full else 0.0


def _scaled(hits: Sequence[Hit], floor: float) -> dict[str, float]:
    span = hits[0].score - floor if hits else 0.0
    return {hit.id: (hit.score - floor) / span if span > 0 else 1.0 for hit in hits}
