"""Addresses of mail and web as they stand in running text, with or without a scheme, a particle attached or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from heedful.canonical.glance import glance
from heedful.canonical.text import PATIENCE_S, Normalised, squash

_MAIL = regex.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9_%+][A-Za-z0-9._%+\-]{0,63}@(?:[A-Za-z0-9\-]{1,63}\.)+[A-Za-z]{2,24}(?![A-Za-z0-9\-])"
)
# Endings that are also everyday words (.me, .it, .is, .in …) count only with a path or `www.`: "tell.me" is a slip.
_ENDINGS = (
    "com|net|org|io|kr|jp|cn|uk|de|fr|eu|us|ca|au|ru|info|biz|app|dev|shop|store|site|online|xyz"
    "|link|click|top|club|live|page|cloud|tech"
    "|ai|ly|gl|gg|cc|tv|example|test|invalid|localhost|gov|edu|mil|asia|mobi|name|pro|zip|mov"
    "|life|world|today|support|help|email|news|blog"
)
# Endings known from fraud rather than from shops; some are words, so they count in lower case only.
_UNUSUAL = (
    "tk|icu|vip|work|zone|cf|ga|gq|ml|su|pw|cam|cyou|buzz|monster|quest|bid|win|loan|rest|fit|host|website|space"
    "|fun|sbs"
    "|cfd|bond|lol|mom|bar|cash|money|finance|account|network|services|solutions|company|center|market|deals"
    "|sale|gift"
    "|group|team|wiki|press|review|science|party|trade|webcam|country|stream|download|racing|date|faith"
    "|accountant|men"
    "|tokyo|kim|red|blue|pink|ninja|one|ltd|llc|한국|닷컴|닷넷|삼성"
)
_RISKY = "me|it|is|in|to|so|at|be|do|no|my|am|as|id|by|co"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
_PATH = r"(?:[/?#][A-Za-z0-9._~:/?#@!$&*+,;=%\-]*)?"
_LINK = regex.compile(
    r"(?P<scheme>[a-z][a-z0-9+.\-]{1,20})://(?P<rest>[^\s<>\"'`|^{}가-힣ㄱ-ㅣ、。」』）)\]]+)"
    r"|(?<![a-z0-9])(?P<scheme3>https?|ftp):(?![/\\]{2}[^/\\])[/\\]*(?P<rest3>[^\s<>\"'`"
    r"|^{}가-힣ㄱ-ㅣ、」』）)\]/\\]+\.[^\s<>\"'`|^{}가-힣ㄱ-ㅣ、」』）)\]]+)"
    r"|(?P<scheme4>https?)://(?P<rest4>[A-Za-z0-9.\-]*[가-힣][가-힣A-Za-z0-9.\-]*\.[가-힣A-Za-z]{2,}(?=[/\s]|$))"
    r"|(?<![가-힣A-Za-z0-9.\-])(?P<korean>(?:[가-힣A-Za-z0-9\-]+\.)+(?:한국|닷컴|닷넷))(?=/)"
    rf"|(?<![A-Za-z0-9@._\-/:])(?P<relative>[/\\]{{2,}}(?P<host3>(?:{_LABEL}\.)+[a-z]{{2,24}})(?![A-Za-z0-9@\-])(?P<path3>{_PATH}))"
    rf"|(?<![A-Za-z0-9@._\-/])(?P<host>(?:{_LABEL}\.)+(?:(?:{_ENDINGS})|(?-i:{_UNUSUAL})"
    rf"|[a-z]{{2,24}}(?=/[A-Za-z0-9?#%~_])))(?![A-Za-z0-9@\-])(?P<port>:\d{{2,5}})?(?P<path>{_PATH})"
    rf"|(?<![A-Za-z0-9@._\-/])(?P<host2>(?:www\.(?:{_LABEL}\.)+[a-z]{{2,12}}"
    rf"|(?:{_LABEL}\.)+(?:{_RISKY})(?=/)))(?![A-Za-z0-9@\-])(?P<path2>{_PATH})",
    regex.IGNORECASE,
)
_SAID_DOT = regex.compile(r"(?i)\b(?:dot|point)\b|[\[({]dot|골뱅이|[점닷쩜]\s?(?:com|net|org|kr)")
_DOTS = ("dot", "point", "골뱅이", "점", "닷", "쩜")
_SAID_SIGN = regex.compile(
    r"(?i)\s*[\[({<]?\s*(?:\.|\bdot\b|\bpoint\b|점|닷|쩜|\bunderscore\b|\bdash\b|\bhyphen\b)\s*[\])}>]?\s*"
)
# "jo dot smith at example dot org": a mail address that is said, with an ending that only addresses have.
_SAID_MAIL = regex.compile(
    r"(?i)(?<![A-Za-z0-9._%+\-])(?P<name>[A-Za-z0-9]+(?:(?:[._\-]|\s(?:dot|point|underscore|dash"
    r"|hyphen)\s)[A-Za-z0-9]+){0,4})"
    r"\s?[\[({<]?\s?(?:@|\bat\b|골뱅이)\s?[\])}>]?\s?"
    r"(?P<host>[A-Za-z0-9\-]+(?:(?:\.|\s?[\[({<]?\s?(?:\bdot\b|\bpoint\b|점|닷|쩜)\s?[\])}>]?\s?)[A-Za-z0-9\-]+){0,2}"
    r"\s?[\[({<]?\s?(?:\bdot\b|\bpoint\b|점|닷|쩜)\s?[\])}>]?\s?(?:com|org|net|io|kr|uk|de|fr|eu|us|info|biz"
    r"|example|co))(?![A-Za-z0-9])"
)
# 미나골뱅이바다메일점케이알: a mail address read out in Hangul, or half of it.
_KOREAN_MAIL = regex.compile(
    r"(?i)(?<![A-Za-z0-9가-힣._%+\-])[A-Za-z0-9가-힣._%+\-]{2,40}\s?골뱅이\s?(?=[A-Za-z0-9\-]*[가-힣])[A-Za-z0-9가-힣\-]{2,20}?"
    r"(?:\s?[.점닷쩜]\s?(?:씨오|코|co|오알|or|에이씨|ac))?\s?[.점닷쩜]\s?(?:컴|닷컴|넷|케이알|오알지|com|net|org|kr)(?![A-Za-z])"
)
_HAS_DOT = regex.compile(r"[.。][A-Za-z가-힣]|://")
_WIDE_DOT = regex.compile(r"(?<=[A-Za-z0-9])。(?=[A-Za-z0-9])")
BENT = "bent"  # the scheme of a link that is written as no honest one is: `https:/host`, `//host`, a backslash inside
_TRAILING = ".,;:!?*_~'"


class Link(NamedTuple):
    """Where a link stands, its host (lower case, no port, what stands before `@` dropped) and its path with query."""

    start: int
    end: int
    scheme: str
    host: str
    path: str

    @property
    def key(self) -> str:
        """Host and path, without a closing slash."""
        return (self.host + self.path).rstrip("/")


def may_hold_mail(text: str) -> bool:
    """Whether an e-mail address may stand in `text`: a cheap look, to be followed by a closer one."""
    return "@" in text or _says_dot(text)


def _says_dot(text: str) -> bool:
    return glance(text).has(_DOTS) and _SAID_DOT.search(text) is not None


def addresses_of_mail(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield each e-mail address: start, end, and the address in lower case."""
    if "@" in text:
        for m in _MAIL.finditer(text, timeout=PATIENCE_S):
            yield m.start(), m.end(), m[0].lower()
    if _says_dot(text):
        for m in _SAID_MAIL.finditer(text, timeout=PATIENCE_S):
            name, host = (_SAID_SIGN.sub(_sign, m[part]) for part in ("name", "host"))
            yield m.start(), m.end(), f"{name}@{host}".lower()
    if "골뱅이" in text:
        for m in _KOREAN_MAIL.finditer(text, timeout=PATIENCE_S):
            yield m.start(), m.end(), squash(m[0])


def _sign(m: regex.Match[str]) -> str:
    word = m[0].strip(" ()[]{}<>").lower()
    return "_" if "under" in word else "-" if word in ("dash", "hyphen") else "."


def mails_of(text: Normalised) -> tuple[tuple[int, int, str], ...]:
    """Return the e-mail addresses of `text` as `addresses_of_mail` gives them, looked for once."""
    return text.once(_mails_of)


def _mails_of(text: Normalised) -> tuple[tuple[int, int, str], ...]:
    return tuple(addresses_of_mail(text.text))


def links(text: str) -> Iterator[Link]:
    """Yield each link of `text`; the domain of an e-mail address is none."""
    plain = _WIDE_DOT.sub(".", text)
    for m in _LINK.finditer(plain, timeout=PATIENCE_S):
        shown = m[0].rstrip(_TRAILING)
        end = m.start() + len(shown)
        if m["scheme4"] or m["korean"]:
            yield Link(m.start(), end, m["scheme4"] or "", (m["rest4"] or m["korean"]).lower(), "")
        elif m["scheme3"]:
            rest = m["rest3"].rstrip(_TRAILING)
            host = regex.split(r"[/\\?#]", rest, maxsplit=1)[0]
            yield Link(m.start(), end, BENT, host.rpartition("@")[2].partition(":")[0].lower(), rest[len(host) :])
        elif m["relative"]:
            yield Link(m.start(), end, BENT, m["host3"].lower(), m["path3"].rstrip(_TRAILING))
        elif m["scheme"]:
            rest = shown[len(m["scheme"]) + 3 :]
            if "\\" in rest:  # readers differ about what it means
                yield Link(m.start(), end, BENT, rest.replace("\\", "/").partition("/")[0].lower(), "/")
                continue
            authority = regex.split("[/?#]", rest, maxsplit=1)[0]
            host = authority.rpartition("@")[2].partition(":")[0].lower().rstrip(".")
            yield Link(m.start(), end, m["scheme"].lower(), host, rest[len(authority) :])
        else:
            host = (m["host"] or m["host2"]).lower()
            path = shown[len(host) + len(m["port"] or "") :]
            yield Link(m.start(), end, "", host.removeprefix("www.") if m["host2"] else host, path)


def links_of(text: Normalised) -> tuple[Link, ...]:
    """Return the links of `text`, looked for once."""
    return text.once(_links_of)


def _links_of(text: Normalised) -> tuple[Link, ...]:
    return tuple(links(text.text)) if _HAS_DOT.search(text.text) else ()


def split(url: str) -> tuple[str, str]:
    """Return the host and the path of one address as a policy or a passage gives it; both empty when it is none."""
    given = url.strip()
    found = next(links(given), None)
    if found is None and regex.fullmatch(r"[A-Za-z0-9.\-]+", given):
        return given.lower(), ""
    return (found.host, found.path) if found else ("", "")
