"""A row or object with a question and an answer → an entry, whatever its columns are called in English or Korean."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from heedful.errors import IngestError
from heedful.knowledge.clean import clean, slug
from heedful.knowledge.formats.entry import Entry, LeftOut

_NAMES: Mapping[str, tuple[str, ...]] = {  # the first of them that is there counts
    "question": ("question", "q", "질문", "질의", "문의", "질문내용", "문의내용"),
    "title": ("title", "subject", "headline", "name", "제목", "주제"),
    "answer": ("answer", "a", "answertext", "response", "reply", "답변", "답", "답변내용", "응답", "acceptedanswer"),
    "body": ("body", "content", "text", "html", "bodyhtml", "htmlbody", "markdown", "내용", "본문"),
    "id": ("id", "articleid", "faqid", "key", "아이디", "식별자"),
    "url": ("url", "link", "htmlurl", "address", "주소", "링크"),
    "lang": ("lang", "language", "locale", "언어"),
    "trust": ("trust", "공개범위"),
    "updated": (
        *(
            "updated",
            "updatedat",
            "modified",
            "lastupdated",
            "datemodified",
            "date",
            "수정일",
            "수정일자",
            "최종수정일",
        ),
        *("날짜", "등록일", "작성일"),
    ),
}
_TRUST = {"공개": "published", "내부": "internal", "비공개": "internal", "public": "published"}
_LANGUAGES = {"korean": "ko", "한국어": "ko", "국문": "ko", "english": "en", "영어": "en", "영문": "en"}
_COUNTED = re.compile(r"\d{1,5}")  # a number that only counts the rows: it tells them apart within their file
_HTML = re.compile(r"</?(?:p|br|div|ul|ol|li|h[1-6]|table|a|strong|b|em|i|span|img)\b[^<>]*>", re.IGNORECASE)
_MARKDOWN = re.compile(r"\*\*\S|\]\([^)\s]+\)|^#{1,6} |^```|^\|.*\|$", re.MULTILINE)
LONGEST_KEY = 60  # characters of the question in the id; a digest tells longer ones apart


def columns(header: Sequence[str]) -> list[str]:
    """Return the column names as written.

    Raises:
        IngestError: None of them is a question or title, or none an answer or text.
    """
    known = _ours(dict.fromkeys(header, "x"))
    if not has_words(known):
        raise IngestError(
            "its first line names no columns for question and answer; call them question and answer, or 질문 and 답변"
        )
    return list(header)


def has_words(known: Mapping[str, Any]) -> bool:
    """Whether there is a question or title, and an answer or text."""
    return bool({"question", "title"} & known.keys() and {"answer", "body"} & known.keys())


def is_faq(item: object) -> bool:
    """Whether an object has the keys of a question and its answer."""
    return isinstance(item, Mapping) and has_words(_ours(item))


def entry(item: Mapping[str, Any], named: str) -> Entry | LeftOut:
    """Return the entry in one row or object, or why there is none; `named` says which one it is."""
    known = _ours(item)
    question, title = _words(known.get("question")), _words(known.get("title"))
    answer = _words(known.get("answer")) or _words(known.get("body"))
    heading = " ".join((question or title).split())
    if not heading or not answer:
        lacking = "question or title" if not heading else "answer"
        return LeftOut(f"{named} is left out: it has no {lacking}; write it or take the row out")
    try:
        text = in_words(answer)
    except IngestError as error:
        return LeftOut(f"{named} is left out: {error}")
    return Entry(text, _front(known, heading), _key(known, heading), named)


def _front(known: Mapping[str, Any], heading: str) -> dict[str, Any]:
    front = {name: known[name] for name in ("url", "updated") if _said(known.get(name))}
    for name, meant in (("trust", _TRUST), ("lang", _LANGUAGES)):
        if _said(known.get(name)):
            said = str(known[name]).strip()
            front[name] = meant.get(said.lower(), said)
    if _said(known.get("id")) and not _COUNTED.fullmatch(str(known["id"]).strip()):
        front["id"] = str(known["id"]).strip()
    return {**front, "title": heading}


def in_words(answer: str) -> str:
    """Return an answer as a reader would see it, whether it is HTML, Markdown or plain."""
    if _HTML.search(answer):
        from heedful.knowledge.formats.html import fragment

        return fragment(answer)
    return clean(answer) if _MARKDOWN.search(answer) else answer.strip()


def _ours(item: Mapping[Any, Any]) -> dict[str, Any]:
    """The cells under our own names; of several with one meaning the first that says anything."""
    plain = {re.sub(r"[\s_\-·]+", "", str(name)).lower(): cell for name, cell in item.items()}
    found: dict[str, Any] = {}
    for ours, names in _NAMES.items():
        cells = [plain[name] for name in names if name in plain]
        if cells:
            found[ours] = next((cell for cell in cells if _said(cell)), "")
    return found


def _said(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _words(cell: object) -> str:
    if isinstance(cell, Mapping):  # schema.org: an accepted answer has its own text
        cell = cell.get("text")
    if isinstance(cell, list) and all(isinstance(part, str) for part in cell):
        cell = "\n\n".join(cell)
    return str(cell).strip() if isinstance(cell, str | int | float) else ""


def _key(known: Mapping[str, Any], heading: str) -> str:
    """The same question has the same key wherever its row stands."""
    if _said(known.get("id")):
        return str(known["id"]).strip()
    short = slug(heading)
    if 0 < len(short) <= LONGEST_KEY:
        return short
    return f"{short[: LONGEST_KEY - 11]}-{hashlib.sha256(heading.encode()).hexdigest()[:10]}"
