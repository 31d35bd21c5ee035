"""robots.txt → which addresses may be asked for, how slowly, and where the sitemaps are (RFC 9309)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

NAME = "heedful"
_LINE = re.compile(r"^[ \t]*([A-Za-z-]+)[ \t]*:[ \t]*([^#]*)")
LONGEST_RULES = 5_000
LONGEST_PATTERN = 2_000


@dataclass(frozen=True, slots=True)
class Robots:
    """What a site's robots.txt says to us."""

    rules: tuple[tuple[bool, str], ...] = ()  # (may, pattern)
    delay_s: float = 0.0
    sitemaps: tuple[str, ...] = ()

    def may(self, address: str) -> bool:
        """Return whether an address may be asked for: the longest rule that fits decides, allow before disallow."""
        parts = urlsplit(address)
        path = _plain((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        fitting = ((len(pattern), may) for may, pattern in self.rules if _fits(pattern, path))
        return max(fitting, default=(0, True))[1]


def read(text: str) -> Robots:
    """Return what a robots.txt says to `heedful`: the groups that name us, or else those for `*`."""
    rules: dict[str, list[tuple[bool, str]]] = {}
    delays: dict[str, float] = {}
    sitemaps: list[str] = []
    agents: list[str] = []
    is_naming = False
    for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")):
        found = _LINE.match(line)
        if found is None:
            continue
        name, value = found.group(1).lower(), found.group(2).strip()
        if name == "user-agent":
            agents = [*agents, _agent(value)] if is_naming else [_agent(value)]
            rules.setdefault(agents[-1], [])
        elif name in ("allow", "disallow"):
            for agent in agents:
                if value and len(rules[agent]) < LONGEST_RULES:
                    rules[agent].append((name == "allow", _plain(value[:LONGEST_PATTERN])))
        elif name == "crawl-delay":
            delays.update({agent: _seconds(value) for agent in agents})
        elif name == "sitemap":
            sitemaps.append(value)
        if name in ("user-agent", "allow", "disallow", "crawl-delay"):
            is_naming = name == "user-agent"
    ours = NAME if NAME in rules else "*"
    return Robots(tuple(rules.get(ours, ())), delays.get(ours, 0.0), tuple(dict.fromkeys(sitemaps)))


def _agent(value: str) -> str:
    """The product token, without version: `Heedful/1.0` is us."""
    return re.split(r"[/ \t]", value.lower(), maxsplit=1)[0]


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0


def _plain(path: str) -> str:
    """One spelling for a path and a pattern: `%7e` and `~`, `가` and its bytes are the same."""
    return quote(unquote(path, errors="replace"), safe="/?=&*$-._~!'()+,;:@%")


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern with `*` and a final `$` fits the beginning of a path; linear in both."""
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for i, piece in enumerate(rest):
        if ends and i == len(rest) - 1:
            return path.endswith(piece) and len(path) - len(piece) >= at
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not ends or at == len(path)
