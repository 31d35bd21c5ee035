"""Web addresses: one spelling for each, and which of them belong to the site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from posixpath import normpath
from urllib.parse import SplitResult, quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

from heedful.errors import InputError

LONGEST = 2_000  # characters; longer ones are made by programs for programs
MOST_SEGMENTS = 20
MOST_PARAMETERS = 8
SAME_SEGMENT = 3  # times; /a/b/a/b/a/b/a/b is a relative link gone wrong

_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"utm_\w+|gclid|gclsrc|dclid|wbraid|gbraid|fbclid|msclkid|yclid|twclid|igshid|mc_[ce]id|_hs\w+|_g[al]|napm|"
    r"n_(?:media|query|rank|match|ad\w*|keyword\w*|campaign\w*)|"
    r"phpsessid|jsessionid|aspsessionid\w*|session_?id|cfid|cftoken|zenid|oscsid",
    re.IGNORECASE,
)
_SESSION = re.compile(r"(?:sid|sess|session|token)=[0-9a-z._-]{16,}", re.IGNORECASE)
_ANOTHER_VIEW = re.compile(
    r"sort|sort_?by|sort_order|order|order_?by|dir|direction|replytocom|share|print|printable|highlight", re.IGNORECASE
)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?]*", re.IGNORECASE)
_NOT_A_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|avif|ico|bmp|tiff?|css|m?js|map|json|xml|rss|atom|txt|csv|xlsx?|docx?|pptx?|hwpx?|odt|"
    r"zip|gz|tgz|bz2|xz|7z|rar|exe|msi|dmg|pkg|apk|deb|rpm|iso|jar|mp[34]|m4[av]|avi|mov|webm|ogg|wav|woff2?|ttf|eot|"
    r"ics|vcf|wasm)$",
    re.IGNORECASE,
)
_START_FILE = re.compile(r"[^/]*\.(?:html?|php|aspx?|jsp|do)$", re.IGNORECASE)
_INDEX_FILE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_DATE_PATH = re.compile(r"/(?:19|20)\d\d[/-]?\d{1,2}(?:[/-]?\d{1,2})?/?$")
_DATE_NAME = re.compile(r"date|month|year|day|week|y|m|d|ical|from|to|start|end|tribe-bar-date", re.IGNORECASE)
_DATE_VALUE = re.compile(r"(?:19|20)\d\d(?:[-/.]?\d{1,2}){0,2}|\d{1,2}")


@dataclass(frozen=True, slots=True)
class Site:
    """What belongs to a site: one scheme, host and port, and what lies under one path."""

    scheme: str
    host: str  # with its port where that is not the usual one
    folder: str  # a path that ends with `/`

    @property
    def origin(self) -> str:
        """Scheme and host."""
        return f"{self.scheme}://{self.host}"

    def own(self, address: str, *, base: str = "") -> str | None:
        """Return the one spelling of an address of this site, `None` when it is not, or not a page's.

        http and https, with www. and without, are one site: the address is given as the site itself is reached.
        """
        found = self.same_host(address, base=base)
        if found is None:
            return None
        path = urlsplit(found).path
        inside = path.startswith(self.folder) or f"{path}/" == self.folder
        return found if inside and not _NOT_A_PAGE.search(path) and not _is_trap(found) else None

    def same_host(self, address: str, *, base: str = "") -> str | None:
        """Return the one spelling of an address on this host, anywhere on it; `None` for another host."""
        found = spelled(address, base=base)
        if found is None or not is_same_host(found, self.origin):
            return None
        parts = urlsplit(found)
        return urlunsplit((self.scheme, self.host, parts.path, parts.query, ""))


def site_of(address: str) -> Site:
    """Return the site that begins at an address in its one spelling: its folder, and what lies in it."""
    parts = urlsplit(address)
    path = _START_FILE.sub("", parts.path)
    return Site(parts.scheme, parts.netloc, path if path.endswith("/") else f"{path}/")


def started(text: str) -> str:
    """Return what somebody typed as the one spelling of an address.

    Raises:
        InputError: It is no address that can be read.
    """
    try:
        has_user = "@" in urlsplit(text.strip()).netloc
    except ValueError:
        has_user = False
    if has_user:
        raise InputError(
            "an address with a user name or password in it is not taken; leave out what stands before the @"
        )
    found = spelled(text)
    if found is None:
        raise InputError(f"{text!r} is not an address that can be read; give one such as https://help.example.com")
    return found


def spelled(address: str, *, base: str = "") -> str | None:
    """Return an http(s) address in its one spelling, absolute, or `None` when it is none.

    Without fragment, tracking parameters and session ids; the rest of the query sorted by name.
    """
    try:
        joined = urljoin(base, address.strip()) if base else address.strip()
        if len(joined) > LONGEST:
            return None
        parts = urlsplit(joined)
        host = _host(parts)
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        return None
    path = _path(parts.path)
    return urlunsplit((parts.scheme, host, path, _query(parts.query), ""))


def is_same_host(one: str, other: str) -> bool:
    """Return whether two addresses are on one host; http and https on their usual ports are, and so is www."""
    first, second = urlsplit(one), urlsplit(other)
    if first.netloc == second.netloc:
        return True
    if any(part.port is not None for part in (first, second)):
        return False
    return first.netloc.removeprefix("www.") == second.netloc.removeprefix("www.")


def loose(address: str) -> str:
    """Return what is equal for two spellings that nearly always open one page: scheme, www, last slash, index file."""
    parts = urlsplit(address)
    path = _INDEX_FILE.sub("/", parts.path).rstrip("/")
    return f"{parts.netloc.removeprefix('www.')}{path}" + (f"?{parts.query}" if parts.query else "")


def is_another_view(address: str) -> bool:
    """Return whether a link only shows another page sorted or printed."""
    return any(_ANOTHER_VIEW.fullmatch(name) for name, _ in _named(urlsplit(address).query))


def date_shape(address: str) -> str | None:
    """Return the address without its figures when it names a day, month or year and little else; otherwise `None`."""
    parts = urlsplit(address)
    query = _named(parts.query)
    dated = any(_DATE_NAME.fullmatch(name) and _DATE_VALUE.match(value) for name, value in query)
    if not dated and not _DATE_PATH.search(parts.path):
        return None
    return re.sub(r"\d+", "#", parts.path) + "?" + "&".join(name for name, _ in query)


def is_pdf(address: str) -> bool:
    """Return whether an address ends like that of a PDF."""
    return urlsplit(address).path.lower().endswith(".pdf")


def _host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if not name or re.search(r"[^a-z0-9.:_-]", name):
        return ""
    shown = f"[{name}]" if ":" in name else name
    return shown if parts.port in (None, _PORTS.get(parts.scheme)) else f"{shown}:{parts.port}"


def _path(path: str) -> str:
    path = _PATH_SESSION.sub("", path)
    # Decoding and quoting again gives %7e and ~ one spelling; an escaped slash stays one.
    parts = [quote(unquote_to_bytes(part), safe="-._~!$&'()*+,;=:@") for part in path.split("/")]
    plain = "/".join(parts)
    whole = normpath("/" + plain.lstrip("/"))
    return whole if whole == "/" or not path.endswith(("/", "/.", "/..")) else f"{whole}/"


def _query(query: str) -> str:
    """The pairs in the order of their names; what they hold is left as it is, since it need not be UTF-8."""
    plain = quote(query, safe="-._~!$&'()*+,;=:@%/?[]")
    pairs = [pair for pair in plain.split("&") if pair]
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0]) and not _SESSION.fullmatch(pair)]
    whole = "&".join(sorted(kept, key=lambda pair: pair.partition("=")[0]))
    return re.sub(r"%[0-9a-f]{2}", lambda match: match.group().upper(), whole)


def _named(query: str) -> list[tuple[str, str]]:
    parts = (pair.partition("=") for pair in query.split("&") if pair)
    return [(name, value) for name, _, value in parts]


def _is_trap(address: str) -> bool:
    parts = urlsplit(address)
    segments = [part for part in parts.path.split("/") if part]
    repeats = max((segments.count(part) for part in set(segments)), default=0)
    many = len(_named(parts.query)) > MOST_PARAMETERS
    return len(segments) > MOST_SEGMENTS or repeats > SAME_SEGMENT or many
