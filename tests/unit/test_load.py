"""What becomes an article, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.errors import IngestError
from heedful.knowledge.clean import clean, slug
from heedful.knowledge.load import LARGEST_BYTES, LONGEST_TITLE, files, fingerprint, read, read_all


def written(folder: Path, text: str | bytes, name: str = "returns/opened.md") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_front_matter_says_what_the_article_is(tmp_path: Path) -> None:
    """Title, address, day, language and trust come from the front matter; the id from the address."""
    path = written(
        tmp_path,
        "---\ntitle: 개봉한 상품 반품\nurl: https://help.dalbit.example/ko/return-opened-item\nupdated: 2026-04-14\n"
        "lang: ko\ntrust: internal\n---\n\n14일 안에 반품하실 수 있습니다.\n",
    )

    article = read(path, root=tmp_path)

    assert (article.id, article.url) == (
        "help.dalbit.example/ko/return-opened-item",
        "https://help.dalbit.example/ko/return-opened-item",
    )
    assert (article.title, article.lang, article.trust) == ("개봉한 상품 반품", "ko", "internal")
    assert (article.updated, article.text) == ("2026-04-14", "14일 안에 반품하실 수 있습니다.")


def test_front_matter_with_an_id_and_a_title_is_enough(tmp_path: Path) -> None:
    """Other help centres number their articles."""
    article = read(
        written(tmp_path, '---\ntitle: "My country: not listed"\nid: 360014704339\n---\nText.'), root=tmp_path
    )

    assert (article.id, article.url, article.title) == (
        "360014704339",
        "/articles/360014704339",
        "My country: not listed",
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [("# Opened items\n\nYou can.", "Opened items"), ("You can.", "opened"), ("\ufeff# 개봉\n\n됩니다.", "개봉")],
)
def test_without_a_title_the_heading_or_the_file_name_is_one(tmp_path: Path, text: str, title: str) -> None:
    """A first heading becomes the title and is not repeated in the text."""
    article = read(written(tmp_path, text), root=tmp_path)

    assert article.title == title
    assert title not in article.text


def test_the_place_in_the_folder_is_the_id_when_nothing_else_is(tmp_path: Path) -> None:
    """The same folder gives the same ids on any machine."""
    article = read(written(tmp_path, "반품은 됩니다."), root=tmp_path)

    assert (article.id, article.url, article.lang) == ("returns/opened", "/articles/returns/opened", "ko")


def test_plain_text_is_taken_as_it_is(tmp_path: Path) -> None:
    """Stars and brackets are no markup in a text file."""
    article = read(written(tmp_path, "Use *only* the [grey] key.", "key.txt"), root=tmp_path)

    assert article.text == "Use *only* the [grey] key."


@pytest.mark.parametrize(
    ("content", "name", "remedy"),
    [
        (b"", "a.md", "empty"),
        (b"  \n\n", "a.md", "empty"),
        (b"\0" * 4096, "a.md", "zero bytes"),
        (b"\x81\xff\xfe\x90\x9d" * 40, "a.md", "UTF-8"),
        ("It’s “broken” – here".encode()[:-1] + b"\xff", "a.txt", "byte 27"),
        ("\ufeff반품".encode("utf-16-le")[:-1], "a.txt", "save it as UTF-8"),
        (b"# Only a heading\n", "a.md", "besides headings"),
        (b"---\ntitle: a: b\n---\nText", "a.md", "quotes"),
        (b"---\ntrust: secret\n---\nText", "a.md", "published"),
        (b"---\nurl: javascript:alert(1)\n---\nText", "a.md", "https://"),
        (b"---\nlang: Korean language\n---\nText", "a.md", "code such as"),
        (b"\xd0\xcf\x11\xe0", "a.hwp", "save it as DOCX or PDF"),
        (b"PK", "a.xlsx", "save it as CSV"),
        (b"x" * (LARGEST_BYTES + 1), "a.txt", "limit"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes, name: str, remedy: str) -> None:
    """Each refusal names the remedy; trust in particular is never guessed."""
    with pytest.raises(IngestError, match=remedy):
        read(written(tmp_path, content, name), root=tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949"])
def test_text_is_read_in_the_encodings_that_help_centres_have(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without its mark, UTF-16 and UTF-32 by theirs, and Korean Windows."""
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    path = written(tmp_path, (mark + "# 반품\r\n\r\n똠방각하는 14일 안에 반품하실 수 있습니다.").encode(encoding))

    article = read(path, root=tmp_path)

    assert (article.title, article.text) == ("반품", "똠방각하는 14일 안에 반품하실 수 있습니다.")


def test_western_windows_text_is_read_too(tmp_path: Path) -> None:
    """English saved by an old editor has its quotes and dashes in Windows-1252."""
    path = written(tmp_path, "You can’t return it after 14 days – sorry.".encode("cp1252"), "a.txt")

    assert read(path, root=tmp_path).text == "You can’t return it after 14 days – sorry."


def test_a_title_too_long_is_cut_and_named(tmp_path: Path) -> None:
    """A title of 5,000 characters is a paragraph that lost its line break; the article is in."""
    told: list[str] = []
    path = written(tmp_path, f"# {'T' * 5_000}\n\nYou can.")

    (article,) = read_all(path, root=tmp_path, left_out=told.append)

    assert (len(article.title), article.text) == (LONGEST_TITLE, "You can.")
    assert "5,000 characters" in told[0]


def test_characters_that_no_database_takes_are_left_out(tmp_path: Path) -> None:
    """Half a pair and a zero, as JSON can write them, do not keep an article out."""
    path = written(tmp_path, '{"title": "a\\ud800b", "body": "c\\u0000d"}', "faq.json")

    article = read(path, root=tmp_path)

    assert (article.title, article.text) == ("ab", "cd")


def test_a_page_of_nothing_but_html_is_read_as_one(tmp_path: Path) -> None:
    """Markdown files that a template lays out have no indented lines that would be code."""
    path = written(
        tmp_path,
        '---\ntitle: Hub\n---\n<div class="x">\n  <div>\n    <h2>Account</h2>\n'
        "      <p>\n        Learn how.\n      </p>\n"
        '    <a href="a">One</a>\n    <a href="b">Two</a>\n  </div>\n</div>\n',
    )

    assert read(path, root=tmp_path).text == "## Account\n\nLearn how.\n\nOne\nTwo"


def test_a_folder_gives_help_content_only(tmp_path: Path) -> None:
    """README, licence, hidden files and pictures are no help content; documents are, readable or not."""
    for name in (
        "b.md",
        "a/c.txt",
        "README.md",
        "LICENSE.md",
        ".git/x.md",
        ".hidden.md",
        "pic.png",
        "manual.pdf",
        "package.json",
    ):
        written(tmp_path, "text", name)

    found = [path.relative_to(tmp_path).as_posix() for path in files([tmp_path, tmp_path / "a"])]

    assert found == ["b.md", "manual.pdf", "a/c.txt"]


def test_the_fingerprint_follows_content_and_place(tmp_path: Path) -> None:
    """The same bytes at the same place are the same; other bytes or another place are not."""
    one = written(tmp_path, "text", "a.md")
    other = written(tmp_path, "text", "b.md")
    first = fingerprint(one, root=tmp_path)

    assert first == fingerprint(one, root=tmp_path) == read(one, root=tmp_path).digest
    assert fingerprint(other, root=tmp_path) != first
    one.write_text("changed")
    assert fingerprint(one, root=tmp_path) != first


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("a <!-- hidden\nnote --> b", "a  b"),
        ("{% include banner.html %}Text {{ site.name }}", "Text"),
        ("> [!NOTE]\n> Keep the box.", "Keep the box."),
        ("[!INCLUDE [x](./x.md)]\nText", "Text"),
        ("![a picture](x.png) Press [Save](https://e.example/x_(1)).", " Press Save."),
        ("[Terms][1] apply.\n\n[1]: https://e.example", "Terms apply."),
        ("Write to <help@dalbit.example>.", "Write to help@dalbit.example."),
        ("**Open** *My page*에서 `Orders`를 고릅니다.", "Open My page에서 Orders를 고릅니다."),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("Press <kbd>Ctrl</kbd>+<kbd>S</kbd><br>or &amp; then", "Press Ctrl+S\nor & then"),
        ("Set <vendor> to yours", "Set <vendor> to yours"),
        ("<script>alert(1)</script>Text", "Text"),
        ("[Read on](x){.link-chevron-right}", "Read on"),
        ('# <a name="fees"></a>배송비', "# 배송비 {#fees}"),
        ("Title\n=====\nText", "# Title\nText"),
        ("| 지역 | 배송비 |\n|:--|--:|\n| 제주 | 3,000원 |", "- 지역: 제주; 배송비: 3,000원"),
        ("<table><tr><td>Jeju</td><td>₩3,000</td></tr></table>", "\nJeju; ₩3,000"),
        ("> [!TIP] Keep the box.", "Keep the box."),
        ("Text [!INCLUDE [x](../x.md)] here.", "Text  here."),
        (
            '!!! note "Before you begin"\n    Keep the box.\n\n    And the label.\nText',
            "Before you begin:\nKeep the box.\n\nAnd the label.\nText",
        ),
        ("!!! Achtung\nText", "!!! Achtung\nText"),
        ("{% comment %}\nold\n\nprice\n{% endcomment %}New", "New"),
        ("{% if a %}Yes{% endif %} {{ b }", "Yes {{ b }"),
        ("![Menu with [User] in it](a.png)\nText", "Text"),
        ("Press the ![gear icon](a.png) icon.", "Press the gear icon."),
        ("Press ![Save button](a.png) Save.", "Press  Save."),
        ("보고서 메뉴의 ![줄임표](a.png)를 누릅니다.", "보고서 메뉴의 줄임표를 누릅니다."),
        ("See [the\nterms](x).", "See the terms."),
        (
            "[Write to us](mailto:help@dalbit.example?subject=x) or [call](tel:1588-0000).",
            "Write to us (help@dalbit.example) or call (1588-0000).",
        ),
        (
            "신청서는 [여기](https://dalbit.example/form)에서 받습니다.",
            "신청서는 여기(https://dalbit.example/form)에서 받습니다.",
        ),
        ("Text[^1].\n\n[^1]: Only in Korea.", "Text.\n\nOnly in Korea."),
        ("- [x] Pack it", "- Pack it"),
        ("It is ~~₩9,000~~ ₩5,000.", "It is  ₩5,000."),
        ("See [[returns|Returns]].", "See Returns."),
        ("## 배송비 {#fees .wide}", "## 배송비 {#fees}"),
        ('<h2 id="fees">배송비</h2>\nText', "## 배송비 {#fees}\n\nText"),
        ("**저장** 을 누르고 **다음** 이 기능", "저장을 누르고 다음 이 기능"),
        ("<Tabs><Note>Text</Note></Tabs> <Card a='b' />", "Text"),
        ("Use `<!--` in code.\n\nText <!-- gone --> more", "Use <!-- in code.\n\nText  more"),
        ("Text\n\n<!-- never closed\nmore", "Text"),
    ],
)
def test_clean_leaves_what_a_reader_sees(markdown: str, text: str) -> None:
    """Markup goes, words stay; a table row names its columns."""
    assert clean(markdown).strip() == text.strip()


def test_code_stays_as_it_is() -> None:
    """Nothing inside a code block is markup: no heading, no emphasis, no template."""
    code = "```python\n# not a heading\na = *b* + {{ c }}\n```\n\nText"

    assert clean(code) == "    # not a heading\n    a = *b* + {{ c }}\n\nText"


@given(st.text(alphabet="ab*_`[]()<>!#|-{}%:\n \\~가", max_size=120))
def test_any_markup_is_cleaned(markdown: str) -> None:
    """Broken markup never raises, and never leaves our own placeholders behind."""
    assert "\ue000" not in clean(markdown)


@pytest.mark.parametrize(
    "piece",
    [
        "word text here ",
        "{% ",
        "<!-- ",
        "<script ",
        "<s>",
        "**a ",
        "![",
        "[![a",
        "[a](",
        "`",
        "<a ",
        "<h2>",
        "\\",
        "!!! a\n",
    ],
)
def test_markup_that_is_never_closed_ends(piece: str) -> None:
    """A hundred thousand characters of it are cleaned; what takes the square of the length would not come back."""
    assert len(clean(piece * (100_000 // len(piece)))) <= 100_000


def test_slugs_are_those_of_github() -> None:
    """Letters of any script stay, spaces become hyphens."""
    assert slug("How to return: an opened item?") == "how-to-return-an-opened-item"
    assert slug("개봉한 상품, 반품하기") == "개봉한-상품-반품하기"
