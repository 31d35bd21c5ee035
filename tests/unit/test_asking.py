"""What a question finds however it is put: in another script, misspelt, with the company's words, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from heedful import synonyms
from heedful.adapters.bm25 import BM25Index
from heedful.adapters.extractive import ExtractiveWriter
from heedful.errors import SettingsError
from heedful.evaluate.memory import MemoryShelf
from heedful.kinds import kinds_of
from heedful.knowledge import collection
from heedful.knowledge.split import split
from heedful.phrases import Phrases
from heedful.retrieve import Retriever
from heedful.settings import shipped
from heedful.synonyms import NONE, Synonyms
from heedful.values import Article, Material, Passage, Prompt, Retrieved, Trust

pytestmark = pytest.mark.anyio


def article(id_: str, title: str, text: str, lang: str = "en", trust: Trust = "published") -> tuple[Passage, ...]:
    """Return the passages of one article."""
    return split(Article(id_, title, text, f"https://help.example/{id_}", lang, trust, f"/kb/{id_}.md", "0" * 64))


ENGLISH = (
    *article("opened", "Returning an opened item", "You can return an opened item within 7 days of delivery."),
    *article("fees", "Delivery fees", "Delivery costs ₩3,000. To Jeju it costs ₩3,000 more."),
    *article("password", "If you forgot your password", "Choose Forgot password and open the link in the mail."),
    *article("lamp", "Caring for your lamp", "Wipe the lamp with a dry cloth. Switch it off first."),
    *article("points", "Points", "Points expire after one year."),
    *article("wifi", "Connecting to Wi-Fi", "Open the settings of the hub and choose your wireless network."),
    *article("hub", "The Nimbus hub", "The Nimbus BCM43 hub needs firmware A12 or newer. Upload it by USB."),
    *article("solder", "Soldering the pins", "Solder each of them with a thin tip."),
    *article("club", "Moonlight club", "Members of the moonlight club see their rank under My page."),
)
KOREAN = (
    *article("opened-ko", "개봉한 상품 반품", "개봉한 상품은 배송일로부터 7일 안에 반품하실 수 있습니다.", "ko"),
    *article("fees-ko", "배송비", "배송비는 3,000원입니다. 제주 지역은 3,000원이 추가됩니다.", "ko"),
    *article("password-ko", "비밀번호 재설정", "비밀번호 찾기를 누르고 메일의 링크를 여세요.", "ko"),
    *article("lamp-ko", "조명 관리", "마른 천으로 조명을 닦아 주세요. 먼저 전원을 꺼 주세요.", "ko"),
    *article("sheets-ko", "Nimbus Sheets 연결", "Nimbus Sheets에서 표를 불러오려면 연결을 누르세요.", "ko"),
    *article("hub-ko", "허브 BCM-43", "허브의 펌웨어는 자동으로 새로워집니다.", "ko"),
    *article("repair-ko", "수리 접수", "제품 수리는 마이페이지에서 접수하실 수 있습니다.", "ko"),
)


async def retriever(folder: Path, passages: Sequence[Passage], same: Synonyms = NONE) -> Retriever:
    """Return a retriever over these passages, by words alone."""
    shelf, words = MemoryShelf(passages), BM25Index(folder)
    for (language, trust), ids in (await shelf.passage_ids()).items():
        there = await shelf.passages(sorted(ids))
        terms = {id_: collection.passage_terms(passage) for id_, passage in there.items()}
        await words.rebuild(collection.words(language, trust), ids, terms)
    return Retriever(shelf, words, synonyms=same)


async def best(retriever: Retriever, question: str, language: str, into: str = "") -> str:
    """Return the article that is ranked first."""
    from heedful.query import make_query

    ranked = await retriever.rank(make_query(question, language), languages=(into or language,))
    return ranked.passages[0].article_id if ranked.passages else ""


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("비밀번호를 까먹었어요", "password"),
        ("제주도 배송비가 얼마예요?", "fees"),
        ("뜯은 물건도 반품돼요?", "opened"),
        ("와이파이 연결이 안 돼요", "wifi"),
        ("님버스 펌웨어 업로드", "hub"),
        ("조명은 어떻게 닦나요", "lamp"),
        ("납땜하는 법", "solder"),
        ("님버스", "hub"),
    ],
)
async def test_a_korean_question_finds_english_help(tmp_path: Path, question: str, found: str) -> None:
    """Without a model the glossary, and what names sound like, lead to the article in the other language."""
    assert await best(await retriever(tmp_path, ENGLISH), question, "ko", "en") == found


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("I forgot my password", "password-ko"),
        ("What does delivery to Jeju cost?", "fees-ko"),
        ("Can I return an opened item?", "opened-ko"),
        ("How do I wipe the lamp?", "lamp-ko"),
    ],
)
async def test_an_english_question_finds_korean_help(tmp_path: Path, question: str, found: str) -> None:
    """The other way round as well."""
    assert await best(await retriever(tmp_path, KOREAN), question, "en", "ko") == found


@pytest.mark.parametrize(
    ("question", "language", "found"),
    [
        ("님버스 시트 연결", "ko", "sheets-ko"),
        ("님버스시트에서 불러오기", "ko", "sheets-ko"),
        ("비씨엠43", "ko", "hub-ko"),
        ("BCM 43 허브", "ko", "hub-ko"),
        ("bcm43", "ko", "hub-ko"),
        ("비밀 번호 재 설정", "ko", "password-ko"),
        ("제주배송비얼마예요", "ko", "fees-ko"),
        ("비밀번호 제설정", "ko", "password-ko"),
        ("BCM-43", "en", "hub"),
        ("BCM 43", "en", "hub"),
        ("A1 2", "en", "hub"),
        ("forgoten pasword", "en", "password"),
    ],
)
async def test_words_are_found_as_people_type_them(tmp_path: Path, question: str, language: str, found: str) -> None:
    """English words in Hangul, spaces left out or put in, codes cut otherwise, slips of the hand."""
    assert await best(await retriever(tmp_path, KOREAN if language == "ko" else ENGLISH), question, language) == found


COMPANY = synonyms.of(
    [["AS", "A/S", "에이에스", "수리"], ["sparkle card", "moonlight club", "반짝카드"], ["허브", "gizmo box"]]
)


@pytest.mark.parametrize(
    ("question", "language", "into", "found"),
    [
        ("AS 되나요?", "ko", "ko", "repair-ko"),
        ("에이에스 맡기고 싶어요", "ko", "ko", "repair-ko"),
        ("Where do I see my sparkle card rank?", "en", "en", "club"),
        ("반짝카드 등급", "ko", "en", "club"),
        ("gizmo box", "en", "ko", "hub-ko"),
    ],
)
async def test_a_companys_own_words_count(tmp_path: Path, question: str, language: str, into: str, found: str) -> None:
    """What a line of the synonyms says is the same is found by any of its words, in either language."""
    passages = KOREAN if into == "ko" else ENGLISH

    assert await best(await retriever(tmp_path / "with", passages, COMPANY), question, language, into) == found


async def test_without_them_the_word_is_strange(tmp_path: Path) -> None:
    """The synonyms are what made the difference."""
    assert await best(await retriever(tmp_path, ENGLISH), "sparkle card", "en") != "club"
    assert await best(await retriever(tmp_path / "ko", KOREAN), "gizmo", "en", "ko") == ""


def test_synonyms_are_read_from_a_file(tmp_path: Path) -> None:
    """A TOML file of lines gives the same as the lines."""
    file = tmp_path / "synonyms.toml"
    file.write_text('same = [["AS", "수리"], ["sparkle card", "moonlight club"]]\n', encoding="utf-8")

    assert synonyms.load(file) == synonyms.of([["AS", "수리"], ["sparkle card", "moonlight club"]])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("same = [", "no TOML"),
        ("", "has to hold"),
        ('same = "AS"', "has to hold"),
        ('other = [["a", "b"]]', "has to hold"),
        ('same = [["AS", "수리"], ["alone"]]', "line 2"),
        ('same = [["AS", 3]]', "line 1"),
        ('same = [["AS", ""]]', "line 1"),
        (b"same = [['\xbc\xf6\xb8\xae', 'AS']]", "UTF-8"),
        (None, "can't be read"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: str | bytes | None, said: str) -> None:
    """What is wrong with it, and where, is said before anything starts."""
    file = tmp_path / "synonyms.toml"
    if content is not None:
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    with pytest.raises(SettingsError, match=said):
        synonyms.load(file)


# ── several questions ─────────────────────────────────────────────────────────────────────────────────────


def answer(question: str, language: str, found: Retrieved) -> str:
    """Return what the built-in writer says."""
    material = Material(
        question=question,
        language=language,
        channel="chat",
        passages=found.passages,
        kinds=kinds_of(question, language),
        sure=found.answerable >= 0.5,
        parts=found.parts,
    )
    return ExtractiveWriter(Phrases.load(shipped("prompts") / "phrases")).draft(Prompt("chat", (), material, 500))


@pytest.mark.parametrize(
    ("question", "language", "articles", "said"),
    [
        (
            "What does delivery to Jeju cost, and can I return an opened item?",
            "en",
            {"fees", "opened"},
            ("₩3,000 more", "within 7 days"),
        ),
        (
            "My sister lives there. What does delivery to Jeju cost? When do my points expire?",
            "en",
            {"fees", "points"},
            ("₩3,000 more", "after one year"),
        ),
        ("제주 배송비는 얼마고 개봉한 상품도 반품되나요?", "ko", {"fees-ko", "opened-ko"}, ("추가", "7일 안에")),
    ],
)
async def test_each_question_of_a_message_is_answered(
    tmp_path: Path, question: str, language: str, articles: set[str], said: tuple[str, ...]
) -> None:
    """What answers each is found, early, and quoted."""
    found = await (await retriever(tmp_path, ENGLISH + KOREAN)).retrieve(question, language=language)
    draft = answer(question, language, found)

    assert {passage.article_id for passage in found.passages[:2]} == articles
    assert [words for words in said if words not in draft] == []
    assert len(found.parts) == 2


async def test_a_question_left_open_is_said_to_be(tmp_path: Path) -> None:
    """Of two questions the one nobody can answer is named as such, and the other one is answered."""
    question = "What does delivery to Jeju cost, and who is the president of Brazil?"
    found = await (await retriever(tmp_path, ENGLISH)).retrieve(question, language="en")
    draft = answer(question, "en", found)

    assert [bool(part.passages) for part in found.parts] == [True, False]
    assert "₩3,000 more" in draft
    assert "To one part of your question" in draft


async def test_what_is_told_around_a_question_does_not_hide_it(tmp_path: Path) -> None:
    """A mail that tells much and asks one thing finds what it asks."""
    told = (
        "Hello,\nmy daughter moved to another city last month and we had a party for her. A neighbour gave her a box "
        "as a present, and she was glad about it. We packed everything into the car. "
    )
    asked = "Can I return an item that I have opened?"
    found = await (await retriever(tmp_path, ENGLISH)).retrieve(told + asked, language="en")

    assert found.answerable >= 0.5
    assert found.passages[0].article_id == "opened"


async def test_one_question_has_no_parts(tmp_path: Path) -> None:
    """A message with one question is one question, whatever it says besides."""
    found = await (await retriever(tmp_path, ENGLISH)).retrieve("I moved. When do my points expire?", language="en")

    assert found.parts == ()
    assert found.passages[0].article_id == "points"
