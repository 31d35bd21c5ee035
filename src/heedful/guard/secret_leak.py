"""Keys, tokens and addresses of the company's inside: nothing a customer's reply has a use for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import log2

import regex

from heedful.canonical import squash
from heedful.canonical.text import PATIENCE_S
from heedful.guard.case import Case
from heedful.guard.disguised import read_again
from heedful.guard.running import Scope
from heedful.values import Action, Finding

CODE = "secret_leak"
SCOPE: Scope = "unit"
ACTION = Action.BLOCK

# Shapes as the vendors document them; a shape alone is enough.
_KEYS = regex.compile(
    r"(?P<aws>(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,20}(?![A-Z0-9]))"
    r"|(?P<private>-----BEGIN (?:[A-Z]+ )*PRIVATE KEY)"
    r"|(?P<jwt>(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)"
    r"|(?P<github>(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}))"
    r"|(?P<gitlab>glpat-[A-Za-z0-9_-]{16,})"
    r"|(?P<model>(?<![A-Za-z0-9])sk-(?:ant-|proj-|svcacct-|or-)?[A-Za-z0-9_-]{16,})"
    r"|(?P<payment>(?<![A-Za-z0-9])(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,})"
    r"|(?P<ours>(?<![A-Za-z0-9])hk_(?:live|pub)_[A-Za-z0-9_-]{12,})"
    r"|(?P<slack>xox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/[A-Za-z0-9/]+)"
    r"|(?P<google>(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,})"
    r"|(?P<registry>(?<![A-Za-z0-9])(?:npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}"
    r"|hf_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{40,}))"
    r"|(?P<mailer>(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|key-[a-f0-9]{32})"
    r"|(?P<storage>(?:AccountKey|SharedAccessSignature|SharedAccessKey)=[A-Za-z0-9+/=%]{20,})"
    r"|(?P<database>[a-z][a-z0-9+.-]{2,20}://[^\s:/@]+:[^\s:/@]+@[^\s]+)"
)
_INSIDE = regex.compile(
    r"(?<![\d.])(?:(?:10|127)(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d"
    r"|3[01])(?:\.\d{1,3}){2}|169\.254(?:\.\d{1,3}){2}|0\.0\.0\.0)"
    r"(?![\d.]*\d)(?::\d{2,5})?(?:/[A-Za-z0-9_\-./?=&%]*)?"
    r"|(?<![A-Za-z0-9_.-])(?:[a-z0-9][a-z0-9-]*\.)+(?:internal|local|localdomain|lan|corp|intra"
    r"|intranet|svc|cluster"
    r"|home\.arpa)(?![A-Za-z0-9_-])(?:\.[a-z]+)*(?::\d{2,5})?(?:/[A-Za-z0-9_\-./?=&%]*)?"
    r"|(?<![A-Za-z0-9_.-])localhost(?::\d{2,5}|(?=/))(?:/[A-Za-z0-9_\-./?=&%]*)?"
    r"|(?<=://)(?:localhost|[a-z0-9][a-z0-9-]{1,40})(?::\d{2,5})?(?=/|$|[\s가-힣,)])(?:/[A-Za-z0-9_\-./?=&%]*)?"
    r"|(?<![\w:])(?:fd[0-9a-f]{2}|fe80)(?::[0-9a-f]{0,4}){2,7}|(?<!\\)\\\\[A-Za-z0-9_-]{2,}\\[A-Za-z0-9_$\\-]+",
    regex.IGNORECASE,
)
_CALLED_SECRET = regex.compile(
    r"(?<![a-z])(?:(?:api|access|secret|admin|export|private|service|signing|encryption|master"
    r"|auth)[\s_-]?(?:key|token|secret|password)|password|passwd|passphrase|bearer"
    r"|client[\s_]?secret"
    r"|credentials?|token)(?![a-z])|(?:비밀번호|암호|패스워드|시크릿|인증\s?키|접속\s?키|비밀\s?키|관리자\s?키|API\s?키|토큰)",
    regex.IGNORECASE,
)
_TOKEN = regex.compile(r"(?<![A-Za-z0-9_@./:-])[A-Za-z0-9][A-Za-z0-9_\-+/=.!@#$%^&*~]{7,}(?![A-Za-z0-9_])")
_LONG_TOKEN = regex.compile(
    r"(?<![A-Za-z0-9_@./:-])(?=[A-Za-z0-9_\-+/=]*\d)(?=[A-Za-z0-9_\-+/=]*[A-Za-z])[A-Za-z0-9_\-+/=]{32,}(?![A-Za-z0-9_])"
)
# Cheap looks before the patterns: most units hold none of these.
_KEY_HINTS = tuple(
    "akia asia aroa aida ----- eyj ghp_ gho_ ghu_ ghs_ ghr_ github_pat glpat sk- sk_ rk_ whsec hk_ xox hooks.slack "
    "aiza ya29 npm_ pypi- hf_ dop_v1 sg. key- accountkey sharedaccess ://".split()
)
_INSIDE_HINTS = tuple(
    "10. 127. 192.168 172. 169.254 0.0. .internal .local .lan .corp .intra .svc .cluster home.arpa localhost :// fe80 "
    ":: \\\\".split()
)
_CALLED_HINTS = (
    "key",
    "token",
    "secret",
    "passw",
    "passphrase",
    "bearer",
    "credential",
    "비밀",
    "암호",
    "패스워드",
    "시크릿",
    "키",
    "토큰",
)
_VERSION = regex.compile(r"(?:version|firmware|release|build|버전|펌웨어|\bv)\s*[:.]?\s*$", regex.IGNORECASE)
_DIGIT = regex.compile(r"\d")
LONG = 32  # characters of a token that no id, order number or file name has
CALLED = 40  # characters between the word that announces a secret and the secret
BITS = 3.0  # bits a character; English words have about 2.5 over this length, random tokens 3.5 and more


def rule(case: Case) -> Iterator[Finding]:
    """Yield each key, token or internal address that no published passage prints."""
    text = case.text.text
    lower = text.lower()
    for m in _KEYS.finditer(text, timeout=PATIENCE_S) if _any(_KEY_HINTS, lower) else ():
        if not _is_published(case, m[0]):
            yield _found(case, m.span(), f"has the shape of a secret ({m.lastgroup})")
    for m in _INSIDE.finditer(text, timeout=PATIENCE_S) if _any(_INSIDE_HINTS, lower) else ():
        if not _is_known(case, m[0]) and not _VERSION.search(text[max(0, m.start() - 16) : m.start()]):
            yield _found(case, m.span(), "an address inside the company's network")
    for cue in (
        _CALLED_SECRET.finditer(text, timeout=PATIENCE_S) if _any(_CALLED_HINTS, lower) and _DIGIT.search(text) else ()
    ):
        for m in _TOKEN.finditer(text, cue.end(), min(len(text), cue.end() + CALLED), timeout=PATIENCE_S):
            if _is_random(m[0]) and not _is_known(case, m[0]):
                yield _found(case, m.span(), "a token that the text calls a secret")
    for seen in read_again(case):
        m = _KEYS.search(seen.text, timeout=PATIENCE_S) if _any(_KEY_HINTS, seen.text.lower()) else None
        if m and seen.hides(*m.span()) and not _is_published(case, m[0]):
            why = f"has the shape of a secret ({m.lastgroup}), in disguise ({seen.reading.how})"
            yield case.finding(CODE, ACTION, seen.span, why, mend="leave it out, and have it replaced")
    for m in _LONG_TOKEN.finditer(text, timeout=PATIENCE_S) if max(map(len, text.split()), default=0) >= LONG else ():
        if entropy(m[0]) > BITS + 0.5 and not _is_known(case, m[0]):
            yield _found(case, m.span(), "a long random token")


def keys(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a key or token stands that has the shape of one."""
    for m in _KEYS.finditer(text, timeout=PATIENCE_S) if _any(_KEY_HINTS, text.lower()) else ():
        yield m.span()


def _any(hints: tuple[str, ...], text: str) -> bool:
    for hint in hints:  # noqa: SIM110 - a generator costs twice as much, and each unit is asked for seventy
        if hint in text:
            return True
    return False


def _found(case: Case, span: tuple[int, int], why: str) -> Finding:
    return case.finding(
        CODE, ACTION, case.place(*span), why, mend="leave it out, and have it replaced: it has been in a prompt"
    )


def entropy(token: str) -> float:
    """Return the bits a character of `token`, by how often each occurs in it."""
    counts = Counter(token)
    return -sum(n / len(token) * log2(n / len(token)) for n in counts.values())


def _is_random(token: str) -> bool:
    """Whether a token looks made by a machine or chosen as a password: several sorts of characters, a digit."""
    stripped = token.strip(".,!")
    sorts = sum(bool(regex.search(sort, stripped)) for sort in ("[a-z]", "[A-Z]", r"\d", r"[^\w]"))
    return (
        len(stripped) >= 8
        and sorts >= 2
        and bool(regex.search(r"\d", stripped))
        and "@" not in stripped[1:-1]
        and entropy(stripped) > 2.5
    )


def _is_published(case: Case, token: str) -> bool:
    key = squash(token)
    return any(key in index.squashed for index in case.support.published)


def _is_known(case: Case, token: str) -> bool:
    key = squash(token)
    return any(key in index.squashed for index in case.support.all)
