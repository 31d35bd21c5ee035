"""Passives that no Korean would say: a passive on a passive (보여집니다, 되어집니다), an agent with “-에 의해”."""

from __future__ import annotations

from collections.abc import Iterator

from heedful.voice.korean import Parsed, parsed
from heedful.voice.spoken import Advice, Patterns, Spoken

SEEK = Patterns("translated_passive")

_PASSIVE_STEMS = frozenset(  # passive already: -어지 after them is a second one
    "보이 쓰이 불리 나뉘 잊히 담기 놓이 열리 닫히 걸리 풀리 잠기 읽히 팔리 묶이 섞이 쌓이 막히 뽑히 실리 적히 찍히 "
    "잡히 밀리 들리 믿기 끊기 쫓기 빼앗기 뜯기 씻기 안기 맡기 찢기 모이 꺾이 덮이 붙이 끼이 매이 쪼개 갈리 깔리 "
    "달리 돌리 뚫리 물리 밟히 박히 얹히 업히 접히 꽂히 갇히 뒤집히 부딪히 바뀌 짜이 베이 파이 꼬이 트이 차이 치이 "
    "나누이 알리 느끼이 여겨지".split()
)
_STANDARD = frozenset("알리 돌리 맡기 붙이 달리 모이 밀리 물리".split())  # causative or plain verbs: 알려지다 is right


def rule(spoken: Spoken) -> Iterator[Advice]:
    """Yield each passive that is one too many."""
    for one in parsed(spoken):
        places = list(_doubled(one)) or [
            (one.sentence.start + match.start(), one.sentence.start + match.end())
            for sought in (SEEK["literal"], SEEK["by"])
            if (match := sought.search(one.sentence.text, timeout=1.0))
        ]
        for start, end in places:
            yield Advice("translated_passive", start, end, "a passive that Korean does not use", "say who does it")


def _doubled(one: Parsed) -> Iterator[tuple[int, int]]:
    """Yield where -어지 follows what is passive already: `되`, or a passive stem."""
    words = one.morphemes
    for at in range(2, len(words)):
        stem, link, tail = words[at - 2], words[at - 1], words[at]
        if tail.form != "지" or tail.tag != "VX" or link.form not in ("어", "아") or stem.tag not in ("VV", "XSV"):
            continue
        if stem.form == "되" or (stem.form in _PASSIVE_STEMS and stem.form not in _STANDARD):
            yield one.place(stem, tail)
