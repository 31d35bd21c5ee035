"""What the policy makes of the guard's checks, by channel: stricter, milder, tried out, off; never too little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from heedful.errors import PolicyError
from heedful.policy_table import Table
from heedful.reason_codes import CODES, SETTINGS, THRESHOLDS, ReasonCode, Setting
from heedful.values import Channel

T = TypeVar("T")

ALL = "all"  # in place of each channel
ACT, OBSERVE = "act", "observe"
_DOES = {
    "off": "is off in {where} (usually {usual}): nothing looks for it",
    "observe": "is only observed in {where} (usually {usual}): what it finds is sent as it is",
    "redact": "only leaves out what it finds in {where} (usually {usual})",
    "revise": "only has it written again in {where} (usually {usual})",
}


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What differs from what a check usually does.

    `settings` are by channel, then by reason code; a code that is not there does as usual. `thresholds` are by reason
    code, then by channel.
    """

    settings: Mapping[Channel, Mapping[str, Setting]] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[Channel, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no policy may say, whoever says it.

        Raises:
            PolicyError: A check is asked for less than it must do.
        """
        for settings in self.settings.values():
            for code, setting in settings.items():
                if code not in CODES:
                    raise PolicyError(f"'guard.{code}' is no reason code; there are {', '.join(CODES)}")
                if setting not in CODES[code].allowed:
                    raise PolicyError(f"'guard.{code}' {_refusal(setting, CODES[code])}")
        for code, by_channel in self.thresholds.items():
            if code not in THRESHOLDS or not all(0 <= one <= THRESHOLDS[code].most for one in by_channel.values()):
                raise PolicyError(f"'guard.{code}' has no such threshold")

    def of(self, channel: Channel) -> Mapping[str, Setting]:
        """Return what differs on a channel, by reason code."""
        return self.settings.get(channel, {})

    def threshold(self, code: str, channel: Channel) -> float:
        """Return the threshold of a check on a channel."""
        return self.thresholds.get(code, {}).get(channel, THRESHOLDS[code].usual)

    def weaker(self) -> Iterator[str]:
        """Yield a sentence for each check that does less than usual."""
        for code, known in CODES.items():
            where: dict[Setting, list[str]] = {}
            for channel, settings in self.settings.items():
                setting = settings.get(code)
                if setting is not None and _rank(setting) < _rank(_usual(known)):
                    where.setdefault(setting, []).append(channel)
            for setting, channels in where.items():
                yield f"{code} {_DOES[setting].format(where=_listed(channels), usual=known.usual.value)}"
        for code, by_channel in self.thresholds.items():
            usual = THRESHOLDS[code].usual
            for threshold in sorted({one for one in by_channel.values() if one > usual}):
                laxer = _listed([channel for channel, one in by_channel.items() if one == threshold])
                yield f"{code} looks less closely in {laxer}: threshold {threshold:g} (usually {usual:g})"


AS_USUAL = GuardPolicy()


def read_guard(table: Table, channels: tuple[Channel, ...]) -> GuardPolicy:
    """Take the table `guard`: a `mode`, and by reason code what its check does, for all channels or by channel.

    Raises:
        PolicyError: A key is misspelt, a check is given nothing it could do, or less than it must do.
    """
    mode = _by_channel(table, "mode", channels, lambda at, key: at.choice(key, (ACT, OBSERVE)))
    settings: dict[Channel, dict[str, Setting]] = {channel: {} for channel in channels}
    thresholds: dict[str, Mapping[Channel, float]] = {}
    for code, known in CODES.items():
        named: Mapping[Channel, Setting] = {}
        if table.has(code):
            named, threshold = _check(table, code, channels)
            if threshold:
                thresholds[code] = threshold
        for channel in channels:
            setting = named.get(channel)
            if setting is None and mode.get(channel) == OBSERVE and OBSERVE in known.allowed:
                setting = OBSERVE
            if setting is not None and setting != known.usual.value:
                settings[channel][code] = setting
    table.finish()
    return GuardPolicy({channel: by_code for channel, by_code in settings.items() if by_code}, thresholds)


def _check(
    table: Table, code: str, channels: tuple[Channel, ...]
) -> tuple[Mapping[Channel, Setting], Mapping[Channel, float]]:
    """Return what one check does, and its threshold, by channel; channels that are not named are left out."""

    def setting(at: Table, key: str) -> Setting:
        return _setting(at, key, CODES[code])

    if not table.is_table(code):
        return dict.fromkeys(channels, setting(table, code)), {}
    own = table.table(code)
    threshold: Mapping[Channel, float] = {}
    if own.has("threshold"):
        if code not in THRESHOLDS:
            raise own.wrong("threshold", f"is nothing that {code!r} has; {_listed(list(THRESHOLDS))} have one")
        most = THRESHOLDS[code].most
        threshold = _by_channel(own, "threshold", channels, lambda at, key: at.number(key, least=0, most=most))
    named = _of_channels(own, channels, setting)
    own.finish()
    return named, threshold


def _by_channel(
    table: Table, key: str, channels: tuple[Channel, ...], take: Callable[[Table, str], T]
) -> Mapping[Channel, T]:
    """Take a value for all channels, or a table of them by channel; nothing where the key is not there."""
    if not table.has(key):
        return {}
    if not table.is_table(key):
        return dict.fromkeys(channels, take(table, key))
    own = table.table(key)
    taken = _of_channels(own, channels, take)
    own.finish()
    return taken


def _of_channels(table: Table, channels: tuple[Channel, ...], take: Callable[[Table, str], T]) -> Mapping[Channel, T]:
    """Take what stands under the channels' names; a channel's own comes before what is said for all."""
    taken: dict[Channel, T] = dict.fromkeys(channels, take(table, ALL)) if table.has(ALL) else {}
    return taken | {channel: take(table, channel) for channel in channels if table.has(channel)}


def _setting(table: Table, key: str, known: ReasonCode) -> Setting:
    value = cast("Setting", table.choice(key, SETTINGS))
    if value not in known.allowed:
        raise table.wrong(key, _refusal(value, known))
    return value


def _refusal(setting: Setting, known: ReasonCode) -> str:
    allowed = _listed(list(known.allowed), last=" or ")
    return f"can't be {setting!r}: {known.because}. It can be {allowed}; left out, it does as usual"


def _usual(known: ReasonCode) -> Setting:
    return cast("Setting", known.usual.value)


def _rank(setting: Setting) -> int:
    return SETTINGS.index(setting)


def _listed(names: list[str], last: str = " and ") -> str:
    return last.join(filter(None, (", ".join(names[:-1]), names[-1])))
