"""PDF and Word documents: what a reader would see comes out, and what can't be read is named in bounded time."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.document import Document
from pypdf import PdfReader, PdfWriter

from heedful.errors import IngestError
from heedful.knowledge.load import read
from heedful.knowledge.split import split
from heedful.values import Article
from tests.pdf_maker import pdf

LONG = "You can return an opened item within 14 days of its delivery unless it is"


def read_as(folder: Path, name: str, content: bytes) -> Article:
    path = folder / name
    path.write_bytes(content)
    return read(path, root=folder)


def saved(document: Document) -> bytes:
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def encrypted(content: bytes, password: str) -> bytes:
    writer, held = PdfWriter(clone_from=PdfReader(io.BytesIO(content))), io.BytesIO()
    writer.encrypt(password, "owner")
    writer.write(held)
    return held.getvalue()


def test_a_pdf_gives_headings_paragraphs_and_lists(tmp_path: Path) -> None:
    """Larger lines are headings, wrapped lines one paragraph, and a citation opens the page."""
    content = pdf(
        [
            [(18, "Returns"), (10, LONG), (10, "a hygiene product."), (14, "How to return"), (10, "1. Open Orders.")],
            [(14, "반품 배송비"), (10, "단순 변심으로 반품하시면 배송비는 6,000 원입니다 ."), (10, "• 제주는 9,000원")],
        ],
        title="Return policy",
    )

    article = read_as(tmp_path, "manual.pdf", content)

    assert (article.title, article.updated) == ("Return policy", "2026-04-14")
    assert article.text == (
        f"# Returns {{#page=1}}\n\n{LONG} a hygiene product.\n\n## How to return {{#page=1}}\n1. Open Orders.\n\n"
        "## 반품 배송비 {#page=2}\n\n단순 변심으로 반품하시면 배송비는 6,000원입니다.\n- 제주는 9,000원"
    )
    assert split(article)[-1].url == "/articles/manual#page=2"


def test_running_titles_and_page_numbers_are_no_text(tmp_path: Path) -> None:
    """What stands at the edge of pages is left out, and so are contents; a heading that counts is not."""
    pages = [
        [
            (8, "Dalbit manual"),
            (8, f"Delivery {n + 2}"),
            (14, f"Part {n}"),
            (10, f"{LONG} thing {n * 7}."),
            (8, f"{n} of 4"),
        ]
        for n in (1, 2, 3, 4)
    ]
    contents = [(14.0, "Contents"), *((10.0, f"Part {n} . . . . . . . . . {n}") for n in (1, 2, 3, 4))]

    text = read_as(tmp_path, "manual.pdf", pdf([contents, *pages])).text

    for gone in ("Dalbit", "Delivery", "of 4", ". . ."):
        assert gone not in text
    assert "\n# Part 3 {#page=4}\n" in text
    assert "thing 21." in text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pdf([[], [], []]), "it is a scan"),
        (encrypted(pdf([[(10, LONG)]]), "secret"), "encrypted with a password"),
        (pdf([[(10, LONG)]])[:400], "damaged or cut off"),
        (b"\0" * 100_000, "damaged or cut off"),
        (b"no PDF at all", "damaged or cut off"),
        (pdf([[(10, LONG)]] * 5_000), "5,000 pages"),
    ],
    ids=["scan", "encrypted", "cut off", "zeros", "another kind", "5,000 pages"],
)
def test_a_pdf_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    """A scan, a locked, damaged or endless file is named as what it is."""
    with pytest.raises(IngestError, match=why):
        read_as(tmp_path, "a.pdf", content)


def test_a_pdf_that_only_restricts_printing_is_read(tmp_path: Path) -> None:
    """A file with an owner's password and none for readers opens."""
    assert LONG in read_as(tmp_path, "a.pdf", encrypted(pdf([[(10, LONG)]]), "")).text


def test_a_page_that_draws_without_end_is_passed_over(tmp_path: Path) -> None:
    """A plan of millions of lines has no words worth its minutes; the other pages are in."""
    text = read_as(tmp_path, "a.pdf", pdf([[(10, LONG)], [(10, "The plan.")]], strokes=400_000)).text

    assert LONG in text
    assert "plan" not in text


def test_a_word_document_gives_headings_lists_and_tables(tmp_path: Path) -> None:
    """Numbered lists count, table rows name their columns, and the title is not repeated in the text."""
    document = docx.Document()
    document.core_properties.title = "반품 안내"
    document.core_properties.author = "Dalbit"
    document.add_heading("반품 안내", 0)
    document.add_paragraph("14일 안에 반품하실 수 있습니다.")
    document.add_heading("How to return", 1)
    for style, words in (
        ("List Number", "Open Orders."),
        ("List Number", "Press Return."),
        ("List Bullet", "Or call."),
    ):
        document.add_paragraph(words, style=style)
    document.add_paragraph().add_run("배송비").bold = True
    table = document.add_table(2, 2)
    for row, cells in enumerate((("지역", "배송비"), ("제주", "6,000원"))):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words

    article = read_as(tmp_path, "a.docx", saved(document))

    assert (article.title, article.lang) == ("반품 안내", "ko")
    assert article.text == (
        "14일 안에 반품하실 수 있습니다.\n\n# How to return\n\n1. Open Orders.\n2. Press Return.\n- Or call.\n\n"
        "### 배송비\n\n- 지역: 제주; 배송비: 6,000원"
    )


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    """The size of what is packed is looked at before anything is unpacked."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("word/document.xml", "w") as part:
        for _ in range(40):
            part.write(b" " * 1_000_000)

    with pytest.raises(IngestError, match="unpacks to 40 MB"):
        read_as(tmp_path, "a.docx", held.getvalue())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (saved(docx.Document())[:5_000], "damaged or cut off"),
        (b"\0" * 100_000, "damaged or cut off"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "encrypted or in Word's old format"),
        (saved(docx.Document()), "no text in it"),
    ],
    ids=["cut off", "zeros", "encrypted", "empty"],
)
def test_a_word_document_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    """A damaged, locked or empty document is named as what it is."""
    with pytest.raises(IngestError, match=why):
        read_as(tmp_path, "a.docx", content)
