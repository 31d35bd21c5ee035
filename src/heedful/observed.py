"""What the guard's checks would have done, had the policy not had them observe only: counted over the replies given."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from heedful.errors import InputError
from heedful.values import Channel, Event

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
MOST = 9_999  # of any unit


@dataclass(slots=True)
class Seen:
    """How often one check found something on one channel that it let stand, and what it would have asked for."""

    code: str
    channel: Channel
    action: str
    findings: int = 0
    replies: int = 0
    whys: dict[str, int] = field(default_factory=dict)
    words: list[Mapping[str, str]] = field(default_factory=list)  # only where they were asked for

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        counts = {
            "code": self.code, "channel": self.channel, "action": self.action,
            "findings": self.findings, "replies": self.replies, "why": dict(self.whys),
        }  # fmt: skip
        return {**counts, "found": list(self.words)} if self.words else counts


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed since a time, the check that found most first."""

    since: datetime
    replies: int
    seen: tuple[Seen, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        seen = [one.as_json() for one in self.seen]
        return {"since": self.since.isoformat(), "replies": self.replies, "observed": seen}


async def observed(
    replies: AsyncIterable[tuple[Channel, Event]], since: datetime, *, with_words: bool = False
) -> Observed:
    """Return what stands observed in the verdicts of recorded replies.

    `with_words`: with the words that were found, which may be about a customer.
    """
    found: dict[tuple[str, Channel, str], Seen] = {}
    count = 0
    async for channel, event in replies:
        count += 1
        touched = set()
        for one in event.content.get("verdict", {}).get("observed", ()):
            key = (str(one["code"]), channel, str(one["action"]))
            seen = found.setdefault(key, Seen(*key))
            seen.findings += 1
            seen.whys[str(one["why"])] = seen.whys.get(str(one["why"]), 0) + 1
            if with_words:
                seen.words.append(_words(event, one))
            touched.add(key)
        for key in touched:
            found[key].replies += 1
    return Observed(since, count, tuple(sorted(found.values(), key=lambda one: (-one.findings, one.code, one.channel))))


def since(text: str, now: datetime) -> datetime:
    """Return the time that `7d`, `24h`, `2w`, a date or a time of ISO 8601 means; without a zone it is UTC.

    Raises:
        InputError: It is none of these.
    """
    number, unit = text[:-1], text[-1:]
    if unit in _UNITS and number.isascii() and number.isdigit() and 0 < len(number) <= len(str(MOST)):
        return now - timedelta(**{_UNITS[unit]: int(number)})
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"--since is {text!r}; give 7d, 24h, 2w, or a day as 2026-11-01") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _words(event: Event, finding: Mapping[str, Any]) -> Mapping[str, str]:
    text = str(event.content.get("text", ""))
    at = event.at.isoformat() if event.at else ""
    return {"at": at, "why": str(finding["why"]), "text": text[int(finding["start"]) : int(finding["end"])]}
