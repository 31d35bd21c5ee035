"""Bytes, charsets, header words and addresses of mails as they really come: wrong, mixed and cut off."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

# Korean mail programs say EUC-KR or KS C 5601 and write its superset, code page 949.
_KOREAN = frozenset(
    "euc-kr euckr ks_c_5601-1987 ks_c_5601 ksc5601 ks-c-5601 ms949 windows-949 uhc cp949 korean".split()
)
_SAID_FOR_ANYTHING = frozenset(
    {"", "us-ascii", "ascii", "iso-8859-1", "latin-1", "unknown-8bit", "default", "x-unknown"}
)
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]{1,255}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_ID = re.compile(r"<[!-;=?-~]{1,250}>")


def text_from(content: bytes, charset: str | None) -> str:
    """Return `content` as text: by its charset where that holds, else by whichever of UTF-8 and Korean fits."""
    name = (charset or "").strip().lower()
    named = "cp949" if name in _KOREAN else name
    tried = ("utf-8", "cp949") if named in _SAID_FOR_ANYTHING else (named, "utf-8", "cp949")
    for codec in tried:
        try:
            return content.decode(codec)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    for codec in ("cp1252" if named in _SAID_FOR_ANYTHING else named, "utf-8"):
        try:
            return content.decode(codec, "replace")
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def header(message: Message, name: str) -> str:
    """Return a header on one line, its encoded words read; empty when it is absent."""
    raw = _raw(message, name)
    try:
        parts = decode_header(raw)
    except (HeaderParseError, ValueError):
        parts = [(raw, None)]
    words = [
        text_from(part, charset) if isinstance(part, bytes) else text_from(_bytes(part), charset)
        for part, charset in parts
    ]
    return one_line("".join(words))


def addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """Return the name and the bare, lower-cased address of each person in a header; what is no address is left out."""
    # Taken apart before its words are decoded: a decoded name may hold commas and brackets.
    found = []
    try:
        pairs = getaddresses([_raw(message, name)])
    except (RecursionError, ValueError, IndexError):  # Python's parser, on brackets without end
        return []
    for raw_name, raw_address in pairs:
        address = bare_address(raw_address)
        if address:
            carrier = Message()
            carrier["x"] = raw_name
            found.append((header(carrier, "x").strip("\"' "), address))
    return found


def bare_address(text: str) -> str:
    """Return an address lower-cased, its domain in ASCII; empty when it is none that a mail can be sent to."""
    address = text.strip()
    if not _ADDRESS.fullmatch(address) or not address.rpartition("@")[0].isascii():
        return ""
    local, _, domain = address.lower().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""


def ids(message: Message, name: str) -> tuple[str, ...]:
    """Return the message ids in a header, in order, each once."""
    return tuple(dict.fromkeys(_ID.findall(_raw(message, name))))


def one_line(text: str) -> str:
    """Return `text` without control characters and line breaks, blanks run together."""
    return re.sub(r"\s+", " ", _CONTROLS.sub(" ", text)).strip()


def plain_lines(text: str) -> str:
    """Return `text` with `\\n` as the only line break and the tab as the only other control character."""
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    return _CONTROLS.sub("", text).replace("\xa0", " ").replace("\ufeff", "")


def _raw(message: Message, name: str) -> str:
    """Return a header as it came, unfolded; of several of one name the first."""
    wanted = name.lower()
    found = next((str(value) for key, value in message.raw_items() if key.lower() == wanted), "")
    return re.sub(r"[\r\n]+[ \t]*", " ", found)[:20_000]


def _bytes(text: str) -> bytes:
    """Return the bytes that stood in a header; Python keeps those above 127 as surrogates."""
    return text.encode("utf-8", "surrogateescape")
