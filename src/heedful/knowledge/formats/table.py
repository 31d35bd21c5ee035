"""CSV and TSV with a line of column names → one entry a row; a broken row is named by its number, the others are in."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator

from heedful.errors import IngestError
from heedful.knowledge.formats import faq
from heedful.knowledge.formats.entry import Entry, LeftOut
from heedful.knowledge.formats.plain import decode

MOST_BROKEN = 200  # rows; with more the file is something else than it says
_DELIMITERS = ",;\t|"


def entries(content: bytes, suffix: str) -> Iterator[Entry | LeftOut]:
    """Yield an entry for each row; rows are counted as a spreadsheet does, the column names being row 1.

    Raises:
        IngestError: There are no columns for question and answer, or too many rows are broken.
    """
    lines = decode(content).split("\n")
    if len(told := lines[0].strip().lower()) == 5 and told.startswith("sep=") and len(lines) > 1:
        del lines[0]  # a spreadsheet's own note of what stands between cells
    delimiter = "\t" if suffix == ".tsv" else max(_DELIMITERS, key=lines[0].count)
    names = faq.columns(next(csv.reader(lines[:1], delimiter=delimiter, skipinitialspace=True), []))
    broken = 0
    for number, row in enumerate(_rows(lines, delimiter, len(names)), start=2):
        if isinstance(row, str):
            broken += 1
            if broken > MOST_BROKEN:
                raise IngestError(f"more than {MOST_BROKEN} rows are broken, the last: {row}; save the table again")
            yield LeftOut(f"row {number} is left out: {row}; put cells with commas, quotes or line breaks in quotes")
        elif any(cell.strip() for cell in row):
            yield faq.entry(dict(zip(names, row, strict=False)), f"row {number}")


def _rows(lines: list[str], delimiter: str, width: int) -> Iterator[list[str] | str]:
    """Yield each row's cells, or what is wrong with it; after a broken row the next line begins a new one."""
    start = 1
    while start < len(lines):
        begun = start
        text = (f"{line}\n" for line in itertools.islice(lines, begun, None))
        reader = csv.reader(text, delimiter=delimiter, strict=True, skipinitialspace=True)
        try:
            for row in reader:
                if any(cell.strip() for cell in row[width:]):
                    yield f"it has {len(row)} cells for {width} columns"
                    break
                yield row
                start = begun + reader.line_num
        except csv.Error as error:
            yield f"it can't be read ({error})"
        else:
            if start >= len(lines):
                return
        start += 1
