"""Makes small PDFs of our own for tests: text in two sizes, Korean too, or a picture in place of text."""

from __future__ import annotations

from collections.abc import Sequence

Line = tuple[float, str]  # size in points, words


def pdf(pages: Sequence[Sequence[Line]], *, title: str = "", strokes: int = 0) -> bytes:
    """Return a PDF with these lines on each page, top down; a page without lines holds a picture.

    The last page has `strokes` lines drawn on it.
    """
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    catalog, tree = add(b""), add(b"")
    letters = sorted({letter for page in pages for _, words in page for letter in words})
    codes = {letter: number for number, letter in enumerate(letters, start=1)}
    mapping = "".join(f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>\n" for letter, code in codes.items())
    to_unicode = add(_stream(f"begincmap\n{len(codes)} beginbfchar\n{mapping}endbfchar\nendcmap".encode()))
    inner = add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Own /DW 500 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    font = add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H /DescendantFonts [{inner} 0 R] "
        f"/ToUnicode {to_unicode} 0 R >>".encode()
    )
    picture = add(
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>"
        b"\nstream\n\x80\nendstream"
    )
    numbers = []
    for page in pages:
        scribble = b" 0 0 m 1 1 l S" * strokes if page is pages[-1] else b""
        drawn = add(_stream(_drawn(page, codes) + scribble))
        numbers.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {drawn} 0 R "
                f"/Resources << /Font << /F {font} 0 R >> /XObject << /P {picture} 0 R >> >> >>".encode()
            )
        )
    objects[catalog - 1] = f"<< /Type /Catalog /Pages {tree} 0 R >>".encode()
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects[tree - 1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(numbers)} >>".encode()
    info = add(f"<< /Title <FEFF{title.encode('utf-16-be').hex()}> /ModDate (D:20260414090000Z) >>".encode())
    return _file(objects, catalog, info)


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _drawn(page: Sequence[Line], codes: dict[str, int]) -> bytes:
    if not page:
        return b"q 500 0 0 700 40 40 cm /P Do Q"
    parts, y = ["BT"], 800.0
    for size, words in page:
        coded = "".join(f"{codes[letter]:04X}" for letter in words)
        parts.append(f"/F {size} Tf 1 0 0 1 50 {y:.1f} Tm <{coded}> Tj")
        y -= size * 1.5
    return " ".join([*parts, "ET"]).encode()


def _file(objects: Sequence[bytes], catalog: int, info: int) -> bytes:
    content = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    content_end = b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n" % (
        size,
        catalog,
        info,
        len(content),
    )
    return content + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + content_end + b"%%EOF\n"
