"""Markup, scripts, remote images, control characters, and links to anywhere that is not the company's."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

import regex

from heedful.canonical import squash
from heedful.canonical.links import Link, links, links_of
from heedful.canonical.text import PATIENCE_S
from heedful.guard import masks
from heedful.guard.case import Case
from heedful.guard.disguised import read_again
from heedful.guard.running import Scope
from heedful.values import Action, Finding

CODE = "unsafe_output"
SCOPE: Scope = "unit"
ACTION = Action.REDACT

_ELEMENTS = (
    "a|abbr|audio|b|base|big|blockquote|body|br|button|canvas|center|code|details|dialog|div|em"
    "|embed|font|footer|form|frame|frameset|h[1-6]|head"
    "|header|hr|html|i|iframe|img|input|ins|kbd|label|li|link|main|map|marquee|mark|math|meta|nav"
    "|object|ol|option|p|picture|pre|s|samp|script"
    "|section|select|slot|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody"
    "|noscript|plaintext|xmp|keygen|listing|applet|bgsound|blink|datalist|noframes|noembed|output|progress"
    "|portal|rp|rt"
    "|ruby|meter|wbr|fieldset|legend|figcaption|optgroup|param|del|col|colgroup|dd|dl|dt|dfn|aside|bdi|bdo|area"
    "|nobr|tt"
    "|td|template|textarea|tfoot|th|thead|title|tr|track|u|ul|var|video"
)
_MARKUP = regex.compile(
    rf"<\s*(?:script|style|iframe|svg|object)\b[^>]*>.*?<\s*/\s*(?:script|style|iframe|svg"
    rf"|object)\s*>|<\s*/?\s*(?:{_ELEMENTS})(?:[\s/][^<>]*)?/?>"
    rf"|<[a-z][\w-]*\s[^<>]*=[^<>]*>|<!--|<!doctype|<\?\w|<\s*(?:script|iframe|img|svg|object|embed"
    rf"|form|style|link|meta)\b[^>]*$"
    r"|&(?:lt|#0*60|#x0*3c);?\s*/?\s*(?:script|img|iframe|svg|a)\b",
    regex.IGNORECASE | regex.DOTALL,
)
# What a tag may become: one with a line end inside, or one that the unit does not close.
_BROKEN = regex.compile(r"<\s*/?\s*[A-Za-z][^<>\n]{0,200}\n[^<>]{0,200}>|<[/!?]?[A-Za-z][^<>\s]{0,40}(?=[^<>]*$)")
_SCHEME = regex.compile(
    r"(?<![a-z])(?:javascript|vbscript|livescript)\s*:|(?<![a-z])data\s*:\s*(?:text|image"
    r"|application)/[\w+.-]+[;,]?[^\s)]*|(?<![a-z])(?:file|blob|chrome|about)://[^\s)]*",
    regex.IGNORECASE,
)
_HAS_SCHEME = regex.compile(r"[a-z]\s?:", regex.IGNORECASE)
_IMAGE = regex.compile(
    r"!\[(?P<alt>[^\]]{0,300}+)\]\s?(?:\(\s*<?(?P<url>[^)\s>]{0,500}+)[^)]{0,500}+\)|\[[^\]]{0,300}\])"
)
_ANCHOR = regex.compile(r"(?<!!)\[(?P<label>[^\]\n]{1,300}+)\]\(\s*<?(?P<url>[^)\s>]{0,500}+)[^)]{0,500}+\)")
_REFERENCE = regex.compile(r"(?m)^\s*\[[^\]\n]+\]:\s*(?P<url>\S+)")
_NAME_AT = regex.compile(
    r"(?<![A-Za-z0-9])(?!(?:look|see|find|online|us|visit|available|shop|here|is|it|page|details|more|read|buy"
    r"|them|also"
    r"|or|and|arrive|start)\s+at\b)[A-Za-z0-9%+\-]+(?:\s*(?:[._\-]|\bdot\b|점|닷)\s*[A-Za-z0-9%+\-]+)*"
    r"\s*[\[({<]?\s*(?:@|\bat\b|골뱅이|앳|엣)\s*[\])}>]?\s*$",
    regex.IGNORECASE,
)
_TARGET = regex.compile(r"[/\\.:?#%@&]")
_CONTROL = regex.compile(
    r"[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C\U000E0000-\U000E007F\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]+"
)


def rule(case: Case) -> Iterator[Finding]:
    """Yield each piece of markup, script, image, control character or foreign link."""
    window = case.window
    for m in _CONTROL.finditer(window):
        span = case.window_start + m.start(), case.window_start + m.end()
        yield case.finding(
            CODE, ACTION, span, "control characters that change how text is shown", mend="leave them out"
        )
    for seen in read_again(case):
        if seen.reading.is_code and not _is_printed(case, seen.disguise):
            why = f"words in a disguise that a reader can't check ({seen.reading.how})"
            yield case.finding(CODE, ACTION, seen.span, why, mend="say it in plain words, or not at all")
    text = case.text.text
    taken: list[tuple[int, int]] = []
    if "<" in text or "&" in text:
        for m in _MARKUP.finditer(text, timeout=PATIENCE_S):
            taken.append(m.span())
            yield _found(case, m.span(), "markup")
        for m in _BROKEN.finditer(text, timeout=PATIENCE_S):
            if not _overlaps(m.span(), taken):
                taken.append(m.span())
                yield _found(case, m.span(), "a tag that does not end")
    if "[" in text:
        for start, end, label, why in _markdown(case, text):
            taken.append((start, end))
            yield _found(case, (start, end), why, mask=label)
    for m in _SCHEME.finditer(text, timeout=PATIENCE_S) if _HAS_SCHEME.search(text) else ():
        if not _overlaps(m.span(), taken):
            taken.append(m.span())
            yield _found(case, m.span(), "a link that runs or carries code", mask=masks.words("link", case.language))
    for link in links_of(case.text):
        if not is_allowed(case, link) and not _overlaps((link.start, link.end), taken):
            yield _found(
                case,
                (_with_name(text, link), link.end),
                "a link outside the allow-list",
                mask=masks.words("link", case.language),
            )


def _is_printed(case: Case, disguise: str) -> bool:
    """Whether the customer has written it so, or a page does: a voucher code is no secret writing."""
    key = squash(disguise)
    return not key or any(key in index.squashed for index in case.support.all)


def _found(case: Case, span: tuple[int, int], why: str, *, mask: str = "") -> Finding:
    return case.finding(
        CODE, ACTION, case.place(*span), why, mend="plain words and the company's own links only", mask=mask
    )


def _overlaps(span: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in taken)


def _with_name(text: str, link: Link) -> int:
    """Return where a link begins, with the name before it where it is the host of a mail address in words."""
    before = (
        _NAME_AT.search(text[max(0, link.start - 80) : link.start], timeout=PATIENCE_S) if not link.scheme else None
    )
    return link.start - len(before[0]) if before else link.start


def _markdown(case: Case, text: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield images, and anchors and references that lead outside: start, end, the words that may stay, why."""
    for m in _IMAGE.finditer(text, timeout=PATIENCE_S):
        yield m.start(), m.end(), "", "an image loaded from elsewhere"
    for pattern in (_ANCHOR, _REFERENCE):
        for m in pattern.finditer(text, timeout=PATIENCE_S):
            url = unquote(m["url"])
            target = next(links(url), None)
            label = m.groupdict().get("label") or ""
            if target is None or target.start or len(url) - target.end > 1:
                if regex.match(r"[a-z][a-z0-9+.-]*:", url, regex.IGNORECASE):
                    if not _is_mail(case, url):
                        yield m.start(), m.end(), label, "a link that runs or carries code"
                elif _TARGET.search(url) and not _is_mail(case, "mailto:" + url):
                    yield m.start(), m.end(), label, "a link to no allowed place"
            elif not is_allowed(case, target):
                yield m.start(), m.end(), "" if next(links(label), None) else label, "a link outside the allow-list"


def _is_mail(case: Case, url: str) -> bool:
    address = url.lower().removeprefix("mailto:").partition("?")[0]
    return url.lower().startswith(("mailto:", "tel:")) and any(
        address in index.mails or address.replace("-", "") in index.squashed for index in case.support.all
    )


def is_allowed(case: Case, link: Link) -> bool:
    """Whether a link leads to the company: an allowed prefix, or a host that published passages link to."""
    if link.scheme not in ("", "https", "http") or not link.host.isascii() or "xn--" in link.host:
        return False
    if any(link.host == host and _within(link.path, path) for host, path in case.support.prefixes):
        return True
    if any((link.host, link.path.rstrip("/")) == (host, path.rstrip("/")) for host, path in case.support.links):
        return True
    return any(link.host == host for host, _ in case.support.links)


def _within(path: str, prefix: str) -> bool:
    plain = prefix.rstrip("/")
    return not plain or path == plain or path.startswith((plain + "/", plain + "?", plain + "#"))
