"""Files → articles: which files count as help content, and what each says about itself."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from heedful.errors import IngestError
from heedful.knowledge.clean import slug
from heedful.knowledge.formats.entry import Entry, LeftOut
from heedful.language import detect
from heedful.values import Article, Trust

REVISION = "3"  # grows when the same file gives another article or other passages, so that all are read again
LARGEST_BYTES = 20_000_000
LARGEST_DOCUMENT_BYTES = 50_000_000  # of a kind that holds pictures, or many articles
LONGEST_TITLE = 300  # characters; a longer one is a paragraph that lost its line break
LONGEST_ID = 200

_MARKDOWN = frozenset({".md", ".markdown", ".mdown"})
_TEXT = frozenset({".txt", ".text"})
_HTML = frozenset({".html", ".htm", ".xhtml"})
_TABLES = frozenset({".csv", ".tsv"})
_OBJECTS = frozenset({".json", ".jsonl", ".ndjson"})
_READABLE = _MARKDOWN | _TEXT | _HTML | _TABLES | _OBJECTS | {".pdf", ".docx"}
_LARGE = _TABLES | _OBJECTS | {".pdf", ".docx"}
_REMEDIES = {  # documents that hold help content in many companies, and what to save them as
    **dict.fromkeys((".doc", ".rtf", ".odt", ".hwp", ".hwpx", ".pages"), "save it as DOCX or PDF"),
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "save it as CSV"),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key"), "save it as PDF"),
    **dict.fromkeys((".mht", ".mhtml"), "save it as HTML"),
}
_NOT_HELP = frozenset({"readme", "license", "licence", "notice", "changelog", "contributing", "code_of_conduct"})
_NOT_ARTICLES = frozenset(  # what programs keep beside articles
    {"package.json", "package-lock.json", "tsconfig.json", "docfx.json", "composer.json", "manifest.json"}
    | {"robots.txt", "requirements.txt", "humans.txt", "llms.txt", "llms-full.txt"}
)
_FIRST_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_ANY_HEADING = re.compile(r"#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|$)")
_ANCHOR_MARK = re.compile(r"\s*\{#[^}]*\}\s*$")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # no database takes the first and last of these
_DAY = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})")
_AMERICAN_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files to read, each once, by folder in a fixed order.

    In folders: files of the kinds that can be read, and documents of kinds that `read_all` names with what to save them
    as; hidden files, README, LICENCE and the like are passed over. A file given by name is always yielded.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _within(path) if path.is_dir() else iter((path,)):
            if (absolute := file.absolute()) not in seen:
                seen.add(absolute)
                yield file


def fingerprint(path: Path, *, root: Path) -> str:
    """Return SHA-256 hex of what the articles will be made of: the bytes, the place under `root`, our own revision.

    Raises:
        IngestError: The file can't be opened or is too large.
    """
    return _digest(_bytes(path), path, root)


def read_all(path: Path, *, root: Path, left_out: Callable[[str], None] | None = None) -> tuple[Article, ...]:
    """Return the articles in a file, at least one, each with its own id and all with the digest of the file.

    What of the file is left out while the rest is in (a broken row, a draft, a second article with the same id), and a
    title that had to be cut, is said to `left_out`, one sentence each.

    Raises:
        IngestError: Nothing in it can be read as help content; the message says what to do.
    """
    suffix = path.suffix.lower()
    if suffix not in _READABLE:
        remedy = _REMEDIES.get(suffix, "save it as Markdown or plain text")
        raise IngestError(f"{suffix or 'a file without a suffix'} can't be read; {remedy}")
    content = _bytes(path)
    told: list[str] = []
    articles: dict[str, Article] = {}
    for entry in _read(content, suffix):
        if isinstance(entry, LeftOut):
            told.append(entry.why)
            continue
        try:
            article = _article(entry, path, root, told)
        except IngestError as error:
            if not entry.named:
                raise
            told.append(f"{entry.named} is left out: {error}")
            continue
        if article.id in articles:
            told.append(f"{entry.named} is left out: its id {article.id!r} is there already; give it another id")
        else:
            articles[article.id] = article
    if left_out is not None:
        for why in told:
            left_out(why)
    if not articles:
        raise IngestError(f"no article in it can be used; {told[0]}" if told else "there is no article in it")
    digest = _digest(content, path, root)
    return tuple(replace(article, digest=digest) for article in articles.values())


def read(path: Path, *, root: Path) -> Article:
    """Return the first article in a file, which for most formats is the only one.

    Raises:
        IngestError: It can't be read as help content; the message says what to do.
    """
    return read_all(path, root=root)[0]


def _read(content: bytes, suffix: str) -> list[Entry | LeftOut]:
    """Read the whole file before anything of it is used."""
    try:
        return list(_entries(content, suffix))
    except IngestError:
        raise
    except Exception as error:  # whatever a format's reader makes of broken bytes, the other files go on
        raise IngestError(f"it is damaged ({type(error).__name__}); save it again") from error


def _entries(content: bytes, suffix: str) -> Iterable[Entry | LeftOut]:
    """Hand the bytes to their format; what reads a format is imported when a file of it is there."""
    from heedful.knowledge.formats import docx, html, markdown, objects, pdf, plain, table

    if suffix in _MARKDOWN:
        return markdown.entries(content)
    if suffix in _HTML:
        return html.entries(content)
    if suffix in _TABLES:
        return table.entries(content, suffix)
    if suffix in _OBJECTS:
        return objects.entries(content, suffix)
    if suffix == ".pdf":
        return pdf.entries(content)
    return docx.entries(content) if suffix == ".docx" else plain.entries(content)


def _article(entry: Entry, path: Path, root: Path, told: list[str]) -> Article:
    text = _UNFIT.sub("", entry.text)
    if not re.search(r"\w", _ANCHOR_MARK.sub("", re.sub(r"(?m)^#+ .*$", "", text))):
        raise IngestError("there is no text in it besides headings; write the answer into it or take it out")
    title, text = _title(entry.front, text, path)
    title = _UNFIT.sub("", title)
    if len(title) > LONGEST_TITLE:
        called = f"{entry.named}: " if entry.named else ""
        told.append(f"{called}its title has {len(title):,} characters and was cut at {LONGEST_TITLE}; shorten it")
        title = title[:LONGEST_TITLE]
    place = _place(path, root)
    id_, url = _address(entry.front, f"{place}/{entry.key}" if entry.key else place)
    return Article(
        id=id_,
        title=title,
        text=text,
        url=url,
        lang=_language(entry.front, f"{title}\n{text}"),
        trust=_trust(entry.front),
        source=str(path.absolute()),
        digest="",
        updated=_updated(entry.front),
    )


def _within(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(here) / name
            is_help = not name.startswith((".", "~$")) and path.stem.lower() not in _NOT_HELP
            if is_help and name.lower() not in _NOT_ARTICLES and path.suffix.lower() in _READABLE | _REMEDIES.keys():
                yield path


def _bytes(path: Path) -> bytes:
    largest = LARGEST_DOCUMENT_BYTES if path.suffix.lower() in _LARGE else LARGEST_BYTES
    try:
        size = path.stat().st_size
        if size > largest:
            raise IngestError(f"it has {size // 1_000_000} MB, over the {largest // 1_000_000} MB limit; split it")
        return path.read_bytes()
    except OSError as error:
        raise IngestError(f"it can't be opened ({error.strerror}); check that it is a file you may read") from error


def _digest(content: bytes, path: Path, root: Path) -> str:
    return hashlib.sha256(f"{REVISION}\0{_place(path, root)}\0".encode() + content).hexdigest()


def _place(path: Path, root: Path) -> str:
    """The path under `root` without its suffix, with `/`: the same on every machine."""
    absolute, base = path.absolute(), root.absolute()
    relative = absolute.relative_to(base) if absolute.is_relative_to(base) else Path(absolute.name)
    return relative.with_suffix("").as_posix()


def _title(front: Mapping[str, Any], text: str, path: Path) -> tuple[str, str]:
    """The title, and the text without a first heading that only repeats it."""
    heading = _FIRST_HEADING.search(text)
    first = _ANCHOR_MARK.sub("", heading.group(1)).strip() if heading else ""
    given = str(front.get("title") or "").strip()
    title = " ".join((given or first or re.sub(r"[-_]+", " ", path.stem)).split())
    top = _ANY_HEADING.match(text.lstrip("\n"))
    if top and _ANCHOR_MARK.sub("", top.group(1)).strip() in {title, given}:
        text = text.lstrip("\n")[top.end() :].strip()
    return title, text


def _address(front: Mapping[str, Any], place: str) -> tuple[str, str]:
    url, id_ = (str(front.get(name) or "").strip() for name in ("url", "id"))
    if url and not url.startswith("/") and urlsplit(url).scheme not in {"http", "https"}:
        raise IngestError(f"url is {url!r}; give a full https:// address or one that starts with /")
    if not id_:
        parts = urlsplit(url)
        id_ = f"{parts.netloc}{parts.path}".strip("/") if url else place
    if len(id_) > LONGEST_ID:
        id_ = f"{id_[: LONGEST_ID - 17]}-{hashlib.sha256(id_.encode()).hexdigest()[:16]}"
    return id_, url or "/articles/" + "/".join(slug(part) or "-" for part in id_.split("/"))


def _language(front: Mapping[str, Any], text: str) -> str:
    given = next((front[name] for name in ("lang", "language", "locale") if front.get(name) not in (None, "")), None)
    if given is None:
        return detect(text)
    # YAML reads a bare `no` (Norwegian) as false.
    code = "no" if given is False else re.split(r"[-_]", str(given).strip().lower())[0]
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise IngestError(f"lang is {given!r}; use a code such as en or ko")
    return code


def _trust(front: Mapping[str, Any]) -> Trust:
    given = str(front.get("trust") or "published").strip().lower()
    if given not in get_args(Trust):
        raise IngestError(f"trust is {given!r}; use {', '.join(get_args(Trust))}")
    return cast("Trust", given)


def _updated(front: Mapping[str, Any]) -> str:
    for name in ("updated", "last_updated", "updated_at", "last_modified_at", "date", "ms.date"):
        given = front.get(name)
        if isinstance(given, datetime | date):
            return given.isoformat()[:10]
        if match := _DAY.match(str(given or "").strip()):
            year, month, day = match.groups()
        elif match := _AMERICAN_DAY.match(str(given or "").strip()):
            month, day, year = match.groups()
        else:
            continue
        try:
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
    return ""
