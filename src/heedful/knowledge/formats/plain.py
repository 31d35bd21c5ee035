"""Bytes → text: UTF-8 and UTF-16 by their marks, Korean in cp949, Western in Windows-1252; never a guess that loses."""

from __future__ import annotations

import codecs
import re

from heedful.errors import IngestError
from heedful.knowledge.formats.entry import Entry

# UTF-32 begins like UTF-16 and comes first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NAMES = {"euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "x-windows-949": "cp949", "ms949": "cp949"}
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
HANGUL_SHARE = 0.5  # of what is beyond ASCII: Korean text has hardly anything else there
SOUND = 4  # times as many characters that are UTF-8 as bytes that are not: it is UTF-8 that was damaged
WESTERN_SHARE = 0.2  # of all characters; Western text is mostly ASCII, wrongly read Korean is not


def entries(content: bytes) -> list[Entry]:
    """Return the one entry in a text file: stars and brackets in it are no markup."""
    return [Entry(decode(content).strip())]


def decode(content: bytes, declared: str = "") -> str:
    """Return the text with `\\n` line ends; `declared` is the encoding the file itself names, tried after its mark.

    Raises:
        IngestError: It is empty, no text, or in none of the encodings known.
    """
    text = _marked(content) or _declared(content, declared) or _guessed(content, is_declared=bool(declared))
    if not text.strip():
        raise IngestError("it is empty; write the answer into it or take it out")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _marked(content: bytes) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(name)
            except UnicodeDecodeError as error:
                raise IngestError(f"it says it is {name} and is not (byte {error.start}); save it as UTF-8") from error
    if b"\0" in content:
        raise IngestError("it is not text (it holds zero bytes); save it as UTF-8 text")
    return ""


def _declared(content: bytes, declared: str) -> str:
    name = _NAMES.get(declared.strip().lower(), declared.strip())
    try:
        return content.decode(name) if name else ""
    except (UnicodeDecodeError, LookupError):
        return ""


def _guessed(content: bytes, *, is_declared: bool) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        mended = content.decode("utf-8", "replace")
        broken = mended.count("\ufffd")
        is_damaged = len(_BEYOND_ASCII.findall(mended)) - broken > SOUND * broken
        for name, is_right in (("cp949", _is_korean), ("cp1252", _is_western)):
            try:
                text = "" if is_damaged else content.decode(name)
            except UnicodeDecodeError:
                continue
            if text and not _CONTROLS.search(text) and is_right(text):
                return text
        if is_damaged and is_declared:  # as a browser shows it
            return mended.replace("\ufffd", "")
        raise IngestError(f"it is not UTF-8 (byte {error.start}) nor Korean in cp949; save it as UTF-8") from error


def _is_korean(text: str) -> bool:
    return len(_HANGUL.findall(text)) >= HANGUL_SHARE * len(_BEYOND_ASCII.findall(text))


def _is_western(text: str) -> bool:
    return len(_BEYOND_ASCII.findall(text)) <= WESTERN_SHARE * len(text)
