"""A page's bytes → its characters, whatever it says of itself."""

from __future__ import annotations

import codecs
import re

_META = re.compile(rb"<meta\b[^<>]{0,500}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Named on the web → the codec that reads most of what goes by that name (encoding.spec.whatwg.org). Only these:
# Python knows codecs that are no charsets, and some that take time in the square of the length.
_WIDER = {
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "korean": "cp949",
    "uhc": "cp949",
    "windows-949": "cp949",
    "ms949": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
}
_KNOWN = re.compile(
    r"cp949|utf-?8|utf-?16(?:le|be)?|iso-8859-\d{1,2}|windows-125\d|euc-jp|gb18030|big5|koi8-[ru]|johab"
)
_ESCAPED = ("iso-2022-jp", "iso-2022-kr")  # seven bits: they look like ASCII
_LOOKED_AT = 4_096  # bytes in which a page says its charset; browsers read 1,024


def decode(content: bytes, declared: str = "") -> str:
    """Return a page's text; `declared` is the charset of its Content-Type.

    A byte order mark decides; then UTF-8 where the bytes are that, since hardly anything else ever is; then what the
    server and the page say, as far as the bytes bear it out; then Korean. What nothing reads is shown as �.
    """
    for mark, codec in _BOMS:
        if content.startswith(mark):
            return content.decode(codec, errors="replace")
    if declared.lower().startswith("utf-16") and b"\0" in content:
        return content.decode("utf-16-be" if declared.lower() == "utf-16be" else "utf-16-le", errors="replace")
    named = [declared.lower(), *(name.decode().lower() for name in _META.findall(content[:_LOOKED_AT]))]
    if escaped := next((name for name in named if name in _ESCAPED), None):
        return content.decode(escaped, errors="replace")
    wider = [_WIDER.get(name, name) for name in named]
    for codec in ("utf-8", *(name for name in wider if name in _WIDER.values() or _KNOWN.fullmatch(name)), "cp949"):
        try:
            return content.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
    return min((content.decode(codec, errors="replace") for codec in ("utf-8", "cp949")), key=_broken)


def _broken(text: str) -> int:
    return text.count("\ufffd")
