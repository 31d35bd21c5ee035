"""Which passages a question gets, and when it gets none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.adapters.bm25 import BM25Index
from heedful.answerable import UNSURE, Signs, answerable
from heedful.errors import UpstreamError
from heedful.evaluate.memory import MemoryShelf, MemoryVectors
from heedful.knowledge import reconcile
from heedful.knowledge.split import split
from heedful.ports import Vectors
from heedful.query import make_query
from heedful.retrieve import Retriever
from heedful.values import Article, Passage, Retrieved, Trust, Turn

pytestmark = pytest.mark.anyio


def article(id_: str, title: str, text: str, lang: str = "en", trust: Trust = "published") -> tuple[Passage, ...]:
    url = f"https://help.dalbit.example/{lang}/{id_}"
    return split(Article(id_, title, text, url, lang, trust, f"/kb/{id_}.md", "0" * 64))


ENGLISH = (
    *article("opened", "Returning an opened item", "You can return an opened item within 7 days of delivery."),
    *article("fees", "Delivery fees", "Delivery costs ₩3,000. To Jeju it costs ₩3,000 more."),
    *article("password", "If you forgot your password", "Choose Forgot password and open the link in the mail."),
    *article("lamp", "Caring for your lamp", "Wipe the lamp with a dry cloth. Switch it off first."),
    *article("points", "Points", "Points expire after one year."),
    *article("invoice", "Tax invoices", "We issue a tax invoice for companies."),
)
KOREAN = (
    *article("opened-ko", "개봉한 상품 반품", "개봉한 상품은 배송일로부터 7일 안에 반품하실 수 있습니다.", "ko"),
    *article("fees-ko", "배송비", "배송비는 3,000원입니다. 제주 지역은 3,000원이 추가됩니다.", "ko"),
    *article("password-ko", "비밀번호 재설정", "비밀번호 찾기를 누르고 메일의 링크를 여세요.", "ko"),
    *article("lamp-ko", "조명 관리", "마른 천으로 조명을 닦아 주세요. 먼저 전원을 꺼 주세요.", "ko"),
    *article("points-ko", "포인트", "포인트는 1년이 지나면 소멸됩니다.", "ko"),
)
STAFF = article("staff", "Goodwill limits", "Agents may give up to ₩10,000 of goodwill credit.", "en", "internal")


class TopicEmbedder:
    """Knows English in broad strokes: one dimension for each topic it has heard of."""

    name = "topics-1"
    dimensions = 6
    languages: frozenset[str] | None = frozenset({"en"})
    in_process = True
    topics = ("opened box unpacked return", "delivery fee cost", "password login", "lamp", "points", "invoice tax")

    async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
        rows = np.full((len(texts), self.dimensions), 0.05, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for n, topic in enumerate(self.topics):
                row[n] += sum(word in text.lower() for word in topic.split())
        found: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found


async def retriever(folder: Path, passages: Sequence[Passage], embedder: TopicEmbedder | None = None) -> Retriever:
    shelf, words, vectors = MemoryShelf(passages), BM25Index(folder), MemoryVectors()
    wanted = await shelf.passage_ids()
    await reconcile.words(shelf, words, wanted, reconcile.quiet)
    if embedder is not None:
        await reconcile.vectors(shelf, vectors, embedder, wanted, reconcile.quiet)
    return Retriever(shelf, words, vectors, embedder)


def ids(found: Retrieved) -> list[str]:
    return [passage.article_id for passage in found.passages]


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Can I return an item that I have opened?", "en", "opened"),
        ("What does delivery to Jeju cost?", "en", "fees"),
        ("개봉한 상품도 반품할 수 있나요?", "ko", "opened-ko"),
        ("제주도 배송비가 얼마예요?", "ko", "fees-ko"),
        ("비번 재설정은 어떻게 하나요?", "ko", "password-ko"),
    ],
)
async def test_the_right_passage_comes_first(tmp_path: Path, question: str, language: str, expected: str) -> None:
    """Words alone find it in either language, and only in the question's own."""
    found = await (await retriever(tmp_path, ENGLISH + KOREAN)).retrieve(question, language=language)

    assert ids(found)[0] == expected
    assert {passage.lang for passage in found.passages} == {language}
    assert 0.5 <= found.answerable <= 1
    assert found.nearest is not None
    assert 0 < found.nearest.score <= 1


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("What is the capital of Australia?", "en"),
        ("호주의 수도는 어디인가요?", "ko"),
        ("", "en"),
        ("ㅋ", "ko"),
        ("🙂🙂🙂", "ko"),
        ("x" * 50_000, "en"),
    ],
)
async def test_what_is_not_there_is_not_answered(tmp_path: Path, question: str, language: str) -> None:
    """Out of scope, empty, one jamo, only emoji, endless: a low chance, and so nothing is quoted as the answer."""
    found = await (await retriever(tmp_path, ENGLISH + KOREAN, TopicEmbedder())).retrieve(question, language=language)

    assert found.answerable < 0.5
    assert found.passages == () or found.answerable >= UNSURE


async def test_nothing_ingested_is_no_error(tmp_path: Path) -> None:
    """An empty help centre has no answer and nothing near."""
    found = await (await retriever(tmp_path, ())).retrieve("Where is my parcel?", language="en")

    assert (found.passages, found.answerable, found.nearest) == ((), 0.0, None)


async def test_vectors_find_what_words_cannot(tmp_path: Path) -> None:
    """A question without a word of the article is answered when an embedder knows its language."""
    question = "I unpacked the box already"

    words = await (await retriever(tmp_path / "a", ENGLISH)).retrieve(question, language="en")
    both = await (await retriever(tmp_path / "b", ENGLISH, TopicEmbedder())).retrieve(question, language="en")

    assert ids(words) == []
    assert ids(both)[0] == "opened"


async def test_an_english_embedder_is_not_asked_about_korean(tmp_path: Path) -> None:
    """A language the embedder does not know is left to words."""

    class EnglishOnly(TopicEmbedder):
        async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
            assert all(text.isascii() or "₩" in text for text in texts)
            return await super().embed(texts, role=role)

    found = await (await retriever(tmp_path, ENGLISH + KOREAN, EnglishOnly())).retrieve(
        "배송비 얼마예요?", language="ko"
    )

    assert ids(found)[0] == "fees-ko"


async def test_an_embedder_that_is_down_leaves_words(tmp_path: Path) -> None:
    """Degrade, do not fail: the lexical leg answers."""

    class Down(TopicEmbedder):
        async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
            if role == "question":
                raise UpstreamError("the embedder is down")
            return await super().embed(texts, role=role)

    found = await (await retriever(tmp_path, ENGLISH, Down())).retrieve("return an opened item", language="en")

    assert ids(found)[0] == "opened"


@pytest.mark.parametrize("in_process", [True, False])
async def test_an_embedder_elsewhere_reads_placeholders(tmp_path: Path, in_process: bool) -> None:
    """Question, its parts, and the turn it leans on are hidden from one elsewhere, and from none in this process."""

    class Elsewhere(TopicEmbedder):
        asked: list[str]

        async def embed(self, texts: Sequence[str], *, role: Literal["passage", "question"]) -> Vectors:
            self.asked += texts if role == "question" else ()
            return await super().embed(texts, role=role)

    async def hide(text: str) -> str:
        return text.replace("Mina", "‹identity-1›")

    embedder = Elsewhere()
    embedder.in_process = in_process
    embedder.asked = []
    found = await (await retriever(tmp_path, ENGLISH, embedder)).retrieve(
        "Mina forgot the password. How does Mina return an opened item?",
        language="en",
        history=[Turn("customer", "I am Mina and bought a lamp")],
        hide=hide,
    )

    assert found.passages
    assert embedder.asked
    assert any("Mina" in text for text in embedder.asked) is in_process
    assert any("‹identity-1›" in text for text in embedder.asked) is not in_process


async def test_internal_passages_need_their_trust(tmp_path: Path) -> None:
    """What only staff may read never comes for a customer, not even as the nearest; for staff it does."""
    one = await retriever(tmp_path, ENGLISH + STAFF, TopicEmbedder())

    customer = await one.retrieve("goodwill credit limit of agents", language="en")
    staff = await one.retrieve("goodwill credit limit of agents", language="en", trusts=("published", "internal"))

    assert "staff" not in ids(customer)
    assert customer.nearest is None or customer.nearest.trust == "published"
    assert ids(staff)[0] == "staff"


async def test_a_deleted_passage_never_comes_back(tmp_path: Path) -> None:
    """Indexes that still remember it are overruled by the database, at once."""
    one = await retriever(tmp_path, ENGLISH)
    gone = ENGLISH[0].id

    class Deleted(MemoryShelf):
        async def passages(self, ids: Sequence[str]) -> Mapping[str, Passage]:
            return {id_: found for id_, found in (await super().passages(ids)).items() if id_ != gone}

    after = Retriever(Deleted(ENGLISH), BM25Index(tmp_path))

    assert ids(await one.retrieve("return an opened item", language="en"))[0] == "opened"
    found = await after.retrieve("return an opened item", language="en")
    assert "opened" not in ids(found)
    assert found.nearest is None or found.nearest.id != gone


async def test_a_korean_question_finds_english_help_when_that_is_all(tmp_path: Path) -> None:
    """Concepts and Latin words carry it over; the passage says that it is English, and is worth a little less."""
    found = await (await retriever(tmp_path, ENGLISH)).retrieve("비밀번호를 잊어버렸어요", language="ko")

    assert ids(found)[0] == "password"
    assert found.passages[0].lang == "en"
    assert found.passages[0].score < 1


async def test_one_article_does_not_fill_the_answer(tmp_path: Path) -> None:
    """At most three passages of one article, and others after it."""
    long = article("all", "Delivery", "\n\n".join(f"## Delivery {n}\n\nDelivery part {n}." for n in range(9)))

    found = await (await retriever(tmp_path, ENGLISH + long)).retrieve("delivery", language="en", limit=6)

    assert ids(found).count("all") == 3
    assert len(found.passages) <= 6


@pytest.mark.parametrize(
    ("said", "question", "language", "expected"),
    [
        ("What does delivery cost?", "And to Jeju?", "en", "fees"),
        ("개봉한 상품을 반품하고 싶어요", "며칠 안에 해야 하나요?", "ko", "opened-ko"),
    ],
)
async def test_earlier_turns_count(tmp_path: Path, said: str, question: str, language: str, expected: str) -> None:
    """A question that leans on the one before it is searched with it, and the words it was searched with are told."""
    one = await retriever(tmp_path, ENGLISH + KOREAN)
    history = [Turn("customer", said), Turn("assistant", "points lamp invoice 포인트"), Turn("customer", question)]

    found = await one.retrieve(question, language=language, history=history)

    assert ids(found)[0] == expected
    assert found.question == f"{said}\n{question}"


async def test_a_question_of_its_own_is_not_bent_by_history(tmp_path: Path) -> None:
    """A new topic wins over the old one."""
    history = [Turn("customer", "What does delivery cost?"), Turn("assistant", "₩3,000.")]

    found = await (await retriever(tmp_path, ENGLISH)).retrieve(
        "How do I wipe the lamp with a cloth?", language="en", history=history
    )

    assert ids(found)[0] == "lamp"


def test_earlier_turns_fade() -> None:
    """The further back, the less; a question with many words of its own leans less than one with few."""
    history = [Turn("customer", "jeju"), Turn("customer", "ulleung")]

    short = make_query("cost?", "en", history).terms()
    long = make_query("cost of wrapping a large gift in paper", "en", history).terms()

    assert 1 > short["ulleung"] > short["jeju"] > long["jeju"] > 0
    assert short["ulleung"] > long["ulleung"]


share = st.floats(0, 1)


@given(
    st.builds(
        Signs,
        st.sampled_from(["en", "ko", "de"]),
        st.just(True),
        st.booleans(),
        *([share] * 8),
        cosine=st.none() | share,
    ),
    st.sampled_from([one.name for one in fields(Signs) if one.name not in ("language", "found", "is_crossed")]),
)
def test_more_evidence_never_lowers_the_chance(signs: Signs, name: str) -> None:
    """The chance is between 0 and 1, and grows with each sign."""
    base, before = answerable(signs), getattr(signs, name)

    assert 0 <= base <= 1
    if before is not None:
        assert answerable(replace(signs, **{name: min(1.0, before + 0.1)})) >= base
    assert answerable(Signs("en")) == 0
