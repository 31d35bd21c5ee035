"""DOCX → its one entry: headings, lists, tables and links of a Word document; a zip bomb is not opened."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from heedful.errors import IngestError
from heedful.knowledge.formats.entry import Entry

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph

MOST_UNPACKED = 200_000_000  # bytes of all parts, pictures included, which are all read
MOST_WORDS = 30_000_000  # bytes of one part of XML, which takes ten times that in memory
MOST_PARTS = 5_000
LONGEST_BOLD = 80  # characters of a line in bold that is taken for a heading
BOLD_LEVEL = 3

_HEADING = re.compile(r"^(?:heading|제목|개요|überschrift|titre|título)\s*(\d)$", re.IGNORECASE)
_TITLE = re.compile(r"^(?:title|제목)$", re.IGNORECASE)
_NUMBERED = re.compile(r"number|번호", re.IGNORECASE)
_LISTED = re.compile(r"^(?:list|목록)", re.IGNORECASE)
_CODE = re.compile(r"code|코드|preformatted", re.IGNORECASE)


def entries(content: bytes) -> list[Entry]:
    """Return the one entry in a Word document.

    Raises:
        IngestError: It is damaged, encrypted, or unpacks to more than can be read in bounded memory.
    """
    _is_safe(content)
    document = _opened(content)
    return [Entry(re.sub(r"\n{3,}", "\n\n", "\n".join(_lines(document))).strip("\n"), _front(document))]


def _is_safe(content: bytes) -> None:
    if content.startswith(b"\xd0\xcf\x11\xe0"):  # an encrypted document, or one in Word's old format
        raise IngestError("it is encrypted or in Word's old format; save it as DOCX without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            there = parts.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise IngestError("it is damaged or cut off (no complete DOCX); save it again") from error
    unpacked = sum(part.file_size for part in there)
    longest = max((part.file_size for part in there if part.filename.endswith((".xml", ".rels"))), default=0)
    if unpacked > MOST_UNPACKED or longest > MOST_WORDS or len(there) > MOST_PARTS:
        size = f"{unpacked // 1_000_000:,} MB in {len(there):,} parts"
        raise IngestError(f"it unpacks to {size}, which is too much; split it")
    if any(part.flag_bits & 1 for part in there):
        raise IngestError("it is encrypted; save it without a password")


def _opened(content: bytes) -> Document:
    import docx

    try:
        return docx.Document(io.BytesIO(content))
    except Exception as error:  # a damaged file raises whatever its bytes lead to
        raise IngestError(f"it is damaged or no Word document ({type(error).__name__}); save it again") from error


def _lines(document: Document) -> Iterator[str]:
    from docx.table import Table

    try:
        counted: dict[int, int] = {}
        for block in document.iter_inner_content():
            if isinstance(block, Table):
                counted.clear()
                yield from ("", *_rows(block), "")
            else:
                yield from _paragraph(block, counted)
    except (KeyError, ValueError, AttributeError) as error:
        raise IngestError(f"a part of it is missing or damaged ({error}); save it again") from error


def _paragraph(paragraph: Paragraph, counted: dict[int, int]) -> Iterator[str]:
    """Yield the lines of a paragraph; `counted` holds the numbers of the lists that are open."""
    text = _with_contacts(paragraph).replace("\xa0", " ").strip()
    if not text:
        return
    style = str((paragraph.style and paragraph.style.name) or "")
    item = _item(paragraph, style)
    level = _level(paragraph, style) if item is None or _HEADING.match(style) else 0
    if level or item is None:
        counted.clear()
    if level:
        yield from ("", f"{'#' * level} {' '.join(text.split())}", "")
    elif item is not None:
        depth, is_numbered = item
        counted[depth] = counted.get(depth, 0) + 1
        for deeper in [other for other in counted if other > depth]:
            del counted[deeper]
        yield f"{'  ' * depth}{f'{counted[depth]}.' if is_numbered else '-'} {' '.join(text.split())}"
    elif _CODE.search(style):
        yield from ("    " + line for line in text.split("\n"))
    else:
        yield from ("", text, "")


def _with_contacts(paragraph: Paragraph) -> str:
    """The words of a paragraph, with the mail address or telephone number behind a link written out."""
    text = paragraph.text
    for link in paragraph.hyperlinks:
        address = re.match(r"(?:mailto|tel):([^?]+)", link.address or "")
        if address and link.text and address[1] not in text:
            text = text.replace(link.text, f"{link.text} ({address[1]})", 1)
    return text


def _level(paragraph: Paragraph, style: str) -> int:
    """1 for the title and the first level of headings; 0 for what is no heading."""
    if _TITLE.match(style):
        return 1
    if match := _HEADING.match(style):
        return max(1, min(int(match[1]), 6))
    for properties in _properties(paragraph):
        found = properties.xpath("./w:outlineLvl/@w:val")
        if found and int(found[0]) < 6:
            return int(found[0]) + 1
    return BOLD_LEVEL if _is_bold_line(paragraph) else 0


def _is_bold_line(paragraph: Paragraph) -> bool:
    """Whether a short line in bold stands for a heading, as in documents written without styles."""
    text = paragraph.text.strip()
    runs = [run for run in paragraph.runs if run.text.strip()]
    is_short = len(text) <= LONGEST_BOLD and "\n" not in text and not re.search(r"[.:;,!]$", text)
    return bool(runs) and is_short and all(run.bold for run in runs)


def _properties(paragraph: Paragraph) -> list[Any]:
    """What the paragraph says of itself, then what its style says; python-docx has no other face for it."""
    own: Any = paragraph._p.pPr  # noqa: SLF001
    of_style: Any = paragraph.style.element.pPr if paragraph.style else None
    return [properties for properties in (own, of_style) if properties is not None]


def _item(paragraph: Paragraph, style: str) -> tuple[int, bool] | None:
    """The depth of a list item, from 0, and whether it has a number; `None` for what is none."""
    told = next((said.numPr for said in _properties(paragraph) if said.numPr is not None), None)
    if told is None or (told.numId is not None and told.numId.val == 0):
        return (0, bool(_NUMBERED.search(style))) if _LISTED.match(style) and "continue" not in style.lower() else None
    depth = int(told.ilvl.val) if told.ilvl is not None else 0
    return min(depth, 5), _is_numbered(paragraph, told, depth)


def _is_numbered(paragraph: Paragraph, told: Any, depth: int) -> bool:
    part: Any = paragraph.part
    try:
        numbering = part.numbering_part.element
        kind = numbering.xpath(f"./w:num[@w:numId='{told.numId.val}']/w:abstractNumId/@w:val")[0]
        level = f"./w:abstractNum[@w:abstractNumId='{kind}']/w:lvl[@w:ilvl='{depth}']"
        form = numbering.xpath(f"{level}/w:numFmt/@w:val")
    except (KeyError, IndexError, AttributeError, NotImplementedError):
        return False
    return bool(form) and form[0] not in ("bullet", "none")


def _rows(table: Table) -> Iterator[str]:
    """Yield a table's rows as list items that name their columns; a table of one column as paragraphs."""
    rows = [_cells(row) for row in table.rows]
    if max((len(row) for row in rows), default=0) <= 1:
        yield from (cell for row in rows for cell in row if cell)
        return
    names = rows[0] if len(rows) > 1 and all(rows[0]) and len(rows[0]) == max(map(len, rows)) else []
    for row in rows[1:] if names else rows:
        named = [*names, *[""] * len(row)]
        cells = [f"{name}: {cell}" if name else cell for name, cell in zip(named, row, strict=False) if cell]
        if cells:
            yield f"- {'; '.join(cells)}"


def _cells(row: Any) -> list[str]:
    """The words of a row's cells; a cell that spans columns is there once."""
    texts: list[str] = []
    last = None
    for cell in row.cells:
        if cell._tc is last:  # noqa: SLF001 - the same cell, given for each column it spans
            texts.append("")
            continue
        last = cell._tc  # noqa: SLF001
        texts.append(" ".join(cell.text.split()))
    return texts


def _front(document: Document) -> dict[str, Any]:
    told = document.core_properties
    title = " ".join((told.title or "").split())
    if re.search(r"\.\w{3,4}$|^(?:word document|untitled|제목 ?없음)", title, re.IGNORECASE):
        title = ""
    changed = "" if told.author == "python-docx" else told.modified or told.created or ""  # its template's own day
    return {"title": title, "updated": changed}  # the language told is often the program's, not the text's
