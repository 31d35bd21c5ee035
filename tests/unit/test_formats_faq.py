"""Tables, JSON and exports: one article a row, the broken ones named, the others in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from heedful.errors import IngestError
from heedful.knowledge.load import read_all
from heedful.knowledge.split import split
from heedful.values import Article


def read_as(folder: Path, name: str, content: str | bytes) -> tuple[tuple[Article, ...], list[str]]:
    path, told = folder / name, list[str]()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_all(path, root=folder, left_out=told.append), told


def as_json(folder: Path, told: object) -> tuple[tuple[Article, ...], list[str]]:
    return read_as(folder, "export.json", json.dumps(told, ensure_ascii=False))


def pairs(articles: Sequence[Article]) -> list[tuple[str, str]]:
    return [(article.title, article.text) for article in articles]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("faq.csv", '질문,답변\n배송비는?,"5만 원 이상은 무료, 아니면\n3,000원입니다."\n'),
        ("faq.csv", '제목;내용\n배송비는?;"5만 원 이상은 무료, 아니면\n3,000원입니다."\n'),
        ("faq.tsv", 'Question\tAnswer\n배송비는?\t"5만 원 이상은 무료, 아니면\n3,000원입니다."\n'),
    ],
)
def test_a_table_gives_one_article_a_row(tmp_path: Path, name: str, rows: str, encoding: str) -> None:
    """Whatever the columns are called, in the encodings that spreadsheets write."""
    articles, told = read_as(tmp_path, name, rows.encode(encoding))

    assert (pairs(articles), told) == ([("배송비는?", "5만 원 이상은 무료, 아니면\n3,000원입니다.")], [])


def test_rows_keep_their_ids_when_others_move(tmp_path: Path) -> None:
    """An id comes from the row's own, or from its question, never from where it stands."""
    before, _ = read_as(tmp_path, "faq.csv", "id,question,answer\nship,How long?,2 days\n,반품은?,네\n7,Where?,Here\n")
    after, _ = read_as(tmp_path, "faq.csv", "id,question,answer\n7,Where?,Here\n,반품은?,네\nship,How long?,2 days\n")

    assert {article.id for article in before} == {article.id for article in after} == {"ship", "faq/반품은", "faq/7"}
    assert len({article.digest for article in before}) == 1


def test_a_broken_row_is_named_and_the_others_are_in(tmp_path: Path) -> None:
    """By its number as a spreadsheet counts; an open quote does not swallow the rest."""
    articles, told = read_as(
        tmp_path,
        "faq.csv",
        'question,answer\nOne?,"1"\nTwo?\nThree?,a,b\nFour?,"never closed\n\nSix?,6\nSix?,again\nEight?,8\n',
    )

    assert pairs(articles) == [("One?", "1"), ("Six?", "6"), ("Eight?", "8")]
    assert [words.split(" ")[1] for words in told[:3]] == ["3", "4", "5"]
    assert "'faq/six' is there already" in told[3]


def test_columns_say_what_an_article_is(tmp_path: Path) -> None:
    """Address, language, day and trust may stand in the table; HTML in a cell is read as such."""
    answer = '"<p>네, <b>됩니다</b>.</p><ul><li>상자</li></ul>"'
    row = f"되나요?,{answer},https://d.example/1,한국어,2026. 4. 3.,내부"

    articles, _ = read_as(tmp_path, "faq.csv", f"질문,답변,링크,언어,수정일,공개 범위\n{row}\n")

    assert pairs(articles) == [("되나요?", "네, 됩니다.\n\n- 상자")]
    assert [(one.url, one.lang, one.updated, one.trust) for one in articles] == [
        ("https://d.example/1", "ko", "2026-04-03", "internal")
    ]


def test_a_row_with_an_unknown_trust_is_left_out(tmp_path: Path) -> None:
    """Trust is never guessed: what can't be read is not shown to customers."""
    articles, told = read_as(tmp_path, "faq.csv", "question,answer,trust\nA?,a,secret\nB?,b,internal\n")

    assert [(article.title, article.trust) for article in articles] == [("B?", "internal")]
    assert "row 2 is left out: trust is 'secret'" in told[0]


def test_json_lines_end_at_line_feeds_only(tmp_path: Path) -> None:
    """U+2028 within a text is no end of a line; a broken line is named by its number."""
    lines = (
        '{"id":"a","question":"Q\u2028one?","answer":"l\u2028m"}\n{"question":\n\n{"질문":"환불?","답변":"네"}\n42\n'
    )

    articles, told = read_as(tmp_path, "faq.jsonl", lines)

    assert [(article.id, article.text) for article in articles] == [("a", "l\u2028m"), ("faq/환불", "네")]
    assert [words.split(" is ")[0] for words in told] == ["line 2", "line 5"]


@pytest.mark.parametrize(
    "told",
    [
        [{"title": "One", "body": "**Text**"}],
        {"faqs": [{"question": "One", "answer": "Text"}]},
        {"title": "One", "content": "<p>Text</p>"},
        {"article": {"id": 1, "title": "One", "body": "<p>Text</p>", "locale": "en", "section_id": 2}},
        {"@type": "FAQPage", "mainEntity": [{"@type": "Question", "name": "One", "acceptedAnswer": {"text": "Text"}}]},
    ],
)
def test_lists_of_articles_are_found_wherever_they_stand(tmp_path: Path, told: object) -> None:
    """At the top, under a name, alone, or as search engines are told of them."""
    assert pairs(as_json(tmp_path, told)[0]) == [("One", "Text")]


def zendesk(number: int, **said: Any) -> dict[str, Any]:
    return {
        "id": number,
        "html_url": f"https://help.dalbit.example/hc/ko/articles/{number}",
        "title": f"Article {number}",
        "body": "<p>Text.</p>",
        "locale": "ko",
        "draft": False,
        "outdated": False,
        "section_id": 9,
        "edited_at": "2026-03-02T00:00:00Z",
        "user_segment_id": None,
        **said,
    }


def test_a_zendesk_export_gives_its_published_articles(tmp_path: Path) -> None:
    """Drafts and outdated ones are left out and named; one for signed-in staff is internal; languages stay apart."""
    articles, told = as_json(
        tmp_path,
        {
            "articles": [
                zendesk(1, title="반품하기", body='<h2 id="h_1">순서</h2><p>앱에서 누르세요.</p>'),
                zendesk(1, locale="en-us", title="Return"),
                zendesk(2, draft=True),
                zendesk(3, outdated=True),
                zendesk(4, user_segment_id=77),
                zendesk(5, body=None),
            ],
            "sections": [{"id": 9, "name": "Returns"}],
        },
    )

    assert [(one.id, one.lang, one.trust, one.updated) for one in articles] == [
        ("1-ko", "ko", "published", "2026-03-02"),
        ("1-en-us", "en", "published", "2026-03-02"),
        ("4-ko", "ko", "internal", "2026-03-02"),
    ]
    assert split(articles[0])[0].url == "https://help.dalbit.example/hc/ko/articles/1#h_1"
    assert [(words.split(")")[0], words.split(": ")[1]) for words in told] == [
        ("item 3 (article 2", "it is a draft; publish it to use it"),
        ("item 4 (article 3", "it is marked as outdated; publish it to use it"),
        ("item 6 (article 5", "it is empty; write the answer into it"),
    ]


def test_an_intercom_export_gives_each_published_language(tmp_path: Path) -> None:
    """The article's own language once, its translations beside it, what is a draft not at all."""
    content = {"title": "주문", "body": "<p>앱에 있습니다.</p>", "state": "published", "url": "https://d.example/ko/1"}
    articles, told = as_json(
        tmp_path,
        {
            "type": "list",
            "data": [
                {
                    "type": "article",
                    "id": "68",
                    "title": "Orders",
                    "body": '<h2 id="h_1">Where</h2><p>In the app.</p>',
                    "state": "published",
                    "updated_at": 1775174400,
                    "url": "https://d.example/en/1",
                    "default_locale": "en",
                    "translated_content": {
                        "type": "article_translated_content",
                        "en": {"title": "Orders", "body": "<p>In the app.</p>", "state": "published"},
                        "ko": content,
                        "fr": None,
                        "ja": {**content, "state": "draft"},
                    },
                }
            ],
        },
    )

    assert [(one.id, one.title, one.lang, one.url, one.updated) for one in articles] == [
        ("68-en", "Orders", "en", "https://d.example/en/1", "2026-04-03"),
        ("68-ko", "주문", "ko", "https://d.example/ko/1", "2026-04-03"),
    ]
    assert "68-ja) is left out: its state is 'draft'" in told[0]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", "How long?,Two days\nWhere?,Seoul\n", "no columns for question and answer"),
        ("a.csv", "question,answer\n" + 'a?,"b\n' * 1_000, "rows are broken"),
        ("a.csv", "question,answer\nOne?,\n", "no article in it can be used; row 2 is left out: it has no answer"),
        ("a.csv", "question,answer\n", "no article in it"),
        ("a.csv", "\0" * 1_000, "zero bytes"),
        ("a.json", '{"articles": [{"title": "a", "body": "b"}, {"title": "c", "bo', "was it cut off"),
        ("a.json", "[" * 100_000, "nested too deep"),
        ("a.json", '{"name": "x", "version": 1}', "no articles in it that are known"),
        ("a.json", "[]", "no articles in it that are known"),
        ("a.jsonl", "not json\nat all\n", "none of its lines is JSON"),
    ],
)
def test_a_file_without_articles_says_why(tmp_path: Path, name: str, content: str, why: str) -> None:
    """Nothing usable is a reason, and the reason says what to do."""
    with pytest.raises(IngestError, match=why):
        read_as(tmp_path, name, content)


def test_a_file_too_large_is_not_opened(tmp_path: Path) -> None:
    """500 MB are refused by their size alone."""
    path = tmp_path / "faq.csv"
    with path.open("wb") as file:
        file.truncate(500_000_000)

    with pytest.raises(IngestError, match="500 MB, over the 50 MB limit"):
        read_all(path, root=tmp_path)
