"""Names of people as they stand in running text: with a title, or two capitalised words; in Korean before 님 or 씨."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from heedful.canonical.text import PATIENCE_S

Span = tuple[int, int]

_ENGLISH = regex.compile(
    r"(?<![A-Za-z])(?:(?i:mr|mrs|ms|miss|mx|dr)\.?\s+[A-Z][a-z'\-]+(?:\s[A-Z][a-z'\-]+)?)(?![A-Za-z])"
    r"|(?<![A-Za-z'])[A-Z][a-z]{1,14}\s(?:[A-Z]\.\s)?(?:Mc|Mac|O'|de\s|van\s|von\s)?[A-Z][a-z'\-]{1,17}(?![A-Za-z])"
)
# Family names by frequency, census of 2015; together more than 99 % of the people.
_FAMILY = (
    "나라김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕"
    "금옥육인맹제모탁국어은편용예봉경사부가복태목형계피두감음빈동온호범좌팽승간상시갈단견당"
)
_KOREAN = regex.compile(
    rf"(?<![가-힣])(?P<name>(?:[{_FAMILY}]|남궁|황보|선우|제갈|독고)[가-힣]{{2}})"
    r"\s?(?=님|씨(?=[가는은를의와도께에]|[^가-힣]|$)|기사|매니저|선생님|과장|대리(?!\s?수령)|팀장|점장|실장|부장|사원|주임|차장|관리인)"
)
# Three syllables before 님 that say what somebody is, not who.
_ROLES = regex.compile(
    "담당자|상담원|상담사|매니저|관리자|책임자|보호자|대리인|수령인|판매자|구매자|운영자|기획자|이용자|사용자|신청자|주문자|예약자|작성자|배송원|경비원|사장|기사|고객"
    "|회원|손님|선생|이웃|옆집|모든|전담|상담|주문|성함|이름|어머|아버|할머|할아|사모|원장|지점|본사|점주|가족|자녀|배우|여러|동료|직원|대표|전문|택배|설치|방문"
    "|배달|현장|지역"
)
# Words that stand in capitals without being anybody's name.
_OTHER_CAPITALS = frozenset(
    "The This That Your Our Please Press Choose Open Under Select Hello Dear Hi Yes No If When You We It Its They My "
    "Go Click Tap Visit See For In On At By To From With And Or But All Any Customer Care Service Delivery Details "
    "Order Orders Settings Account Tracking Return Returns Living Dalbit Store Home Free Standard Express Terms "
    "Privacy Policy Help Centre Center Gold Silver Member Members Monday Tuesday Wednesday Thursday Friday Saturday "
    "Sunday January February March April June July August September October November December North South East West "
    "New Royal United Great Street Road Avenue Lane Drive Close Court Way Place Square Row Hill Park Post Office Bank "
    "Card Gift Team Support AI Google Apple Android Windows Microsoft Chrome Safari King Queen Double Single "
    "Christmas Korea Korean English British American Black White Green Blue Red Lost Property Main Ask".split()
)
_TITLES = frozenset("mr mrs ms miss mx dr".split())


def names(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield where somebody is named in `text[start:end]`."""
    for m in _ENGLISH.finditer(text, start, end, timeout=PATIENCE_S):
        words = m[0].split()
        titled = words[0].rstrip(".").lower() in _TITLES
        if not _OTHER_CAPITALS.intersection(word.strip(".,'") for word in words[titled:]):
            yield m.span()
    for m in _KOREAN.finditer(text, start, end, timeout=PATIENCE_S):
        if not _ROLES.search(m["name"]):
            yield m.span("name")
