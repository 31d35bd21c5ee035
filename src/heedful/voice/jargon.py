"""Words of the trade or of an office: what nobody says to a neighbour, unless the customer or the help content did."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import regex

from heedful.voice.spoken import PATIENCE_S, Advice, Spoken

WORDS = Path(__file__).with_name("jargon.toml")
EVERYDAY = frozenset(
    "KST GMT SMS USB LED TV PDF QR AI ID PIN VIP GPS AS OK PC DIY VAT UK US USA EU KRW USD EUR ATM FAQ CCTV URL IP KC "
    "EMS UTC DHL CJ KT SK LG APP NEW ALL AM PM CEO MDF PVC PE PP ABS HDMI NFC SNS MMS LTE WIFI NASA DVD CD OS IOS XL "
    "XXL SS KS FSC ISO CE UV RGB KB MB GB HTML BC NH KG MAX MIN SET BOX OFF ON NO YES OTP QA IT PIPA GDPR KCC DM IC "
    "LPG LNG BBQ TBD".split()
)
_UNKNOWN = {
    "en": "[B-DF-HJ-NP-TV-Z]{3,5}",
    "ko": "[B-DF-HJ-NP-TV-Z]{3,5}|[A-Z]\\d[A-Z]|[TL]\\d(?=\\s)",
}  # capitals that nobody has explained
_EXPLAINED = regex.compile(
    r"[^\s.!?(]{0,12}(?:\s\w+)?\s?\((?=[^)]*\w{2,}\s+\w|[^)]*[가-힣]{2})|[^.!?]{0,12},?\s(?:that\sis|meaning|i\.e\.|which\smeans|or\sin\splain\swords)\b"
    r"|[^.!?\s]{0,4},?\s?(?:즉|곧|다시\s?말해|쉽게\s?말해)"
)


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each word of the trade that neither the customer nor the help content uses, and that is not explained."""
    words, acronyms = _patterns("ko" if spoken.in_korean else "en")
    for sentence in spoken.sentences:
        for sought in (words, acronyms):
            for match in sought.finditer(sentence.text, timeout=PATIENCE_S):
                if (
                    match[0].strip().lower() in spoken.sources
                    or match[0] in EVERYDAY
                    or _EXPLAINED.match(sentence.text, match.end())
                ):
                    continue
                start = sentence.start + match.start()
                mend = "say it in everyday words, or explain it"
                yield Advice("jargon", start, start + len(match[0]), "a word of the trade", mend)


def warm() -> None:
    """Compile the words of both languages."""
    _patterns("en"), _patterns("ko")


@lru_cache(maxsize=2)
def _patterns(language: str) -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """Return the words, whatever the case, and the acronyms, in capitals only, of one language."""
    held = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    words = "|".join(part.replace(" ", r"\s") for parts in held[language].values() for part in parts)
    acronyms = "|".join([*held["acronyms"]["en"], *held["acronyms"]["ko"], _UNKNOWN[language]])
    before, after = (r"(?<![가-힣\w])", "") if language == "ko" else (r"(?<!\w)", r"(?!\w)")
    return (
        regex.compile(f"{before}(?:{words}){after}", regex.IGNORECASE),
        regex.compile(rf"(?<![A-Za-z0-9])(?:{acronyms})(?![A-Za-z0-9])"),
    )
