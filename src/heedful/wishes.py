"""What a customer wants done rather than told: a person, a yes or no to an offer, something forgotten, a consent ended.

Read from the words by rules, in English and Korean; where the words can be taken two ways, they ask for nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import dropwhile
from pathlib import Path
from typing import Literal

Answer = Literal["yes", "no"]
Ended = Literal["everything", "marketing"]

LONGEST = 400  # characters; in a longer message a person is mentioned, not asked for
RULES = Path(__file__).with_suffix(".toml")
LONGEST_ANSWER = 80  # characters of a sentence that is a yes or a no and nothing else
ANSWERS: tuple[Answer, ...] = ("yes", "no")

# ── a person ──────────────────────────────────────────────────────────────────────────────────────────────

_PERSON = r"(?:(?:a|an|the|your|some|any|another|one of your)\s+)?(?:(?:real|actual|live|human|proper|genuine)\s+)*"
_PERSON += (
    r"(?:persons?|people|human(?:\s+being)?s?|agents?|representatives?|rep|advis[eo]rs?|operators?"
    r"|someone(?:\s+real)?|somebody|staff|employees?|colleagues?|managers?|supervisors?|boss|member\s+of\s+(?:your\s+)?staff)"
)
_MACHINE = (
    r"(?:a\s+|an\s+|this\s+|your\s+|the\s+)?(?:machines?|bots?|chat\s?bots?|robots?|computers?|ai|program|automat\w+)"
)
_ENGLISH = re.compile(
    r"\b(?:(?:talk|speak|chat|write|pass|put|connect|transfer|hand|get)\b(?:\s+\w+){0,3}?"
    rf"\s+(?:to|with|through to|over to)\s+{_PERSON}\b"
    r"|(?:i\s+(?:want|need|would like|'?d like|prefer)|i'd\s+(?:like|prefer)|give me|get me|is there)"
    r"\s+(?:a|an)\s+(?:(?:real|actual|live|human|proper)\s+)*(?:person|human|agent|operator|employee)\b"
    r"(?!\s+(?:account|discount))"
    r"|^\W*(?:(?:a|an)\s+)?(?:(?:real|actual|live)\s+)?(?:person|human|agent|operator|employee)\s*,?\s*(?:please|now)?\W*$"
    r"|\b(?:person|human|employee)\s*,?\s*please\b"
    rf"|\b(?:talk|speak|chat|deal)(?:ing)?\s+(?:to|with)\s+{_MACHINE}\b"
    r"|(?<!your\s)\bactual\s+(?:person|human|employee)\b(?![^.!]*\?)"
    rf"|^\W*(?:i\s+(?:said\s+)?)?(?:please\s+)?(?:no|not)\s+{_MACHINE}\s*,?\s*(?:please|again)?\W*$"
    rf"|\b(?:not|instead\s+of|rather\s+than)\s+{_MACHINE}\b)",
    re.IGNORECASE,
)
_PLEASED_WITH = re.compile(  # a machine is spoken of, and nobody else is asked for
    r"\b(?:is|are|am|was)\s+(?:this|i|that|it|there|you)\b|\b(?:you(?:'re|\s+are)|it(?:'s|\s+is)|i'?m|i\s+am)\s+not\s+"
    r"|\b(?:fine|happy|ok(?:ay)?|good)\s+(?:talking|speaking|to\s+talk|with)|\bwash\w*|\bwashing\b|\bsewing\b|\bcoffee\b",
    re.IGNORECASE,
)
_WHO = r"(?:상담원|상담사|상담\s?직원|담당자|책임자|관리자|매니저|점장|팀장|직원|사람)(?:분|님)?"
_BOT = r"(?:기계|로봇|챗\s?봇|봇|컴퓨터|인공\s?지능|에이아이|AI|자동\s?응답(?:기)?)"
_KOREAN = re.compile(
    rf"{_WHO}\s*(?:상담원|상담사)?(?:에게|한테|께|와|과|하고|이랑|랑|으로|로|을|를|이|좀|\s)*\s*"
    r"(?:직접\s*)?(?:좀\s*)?(?:연결(?:해|을|시켜|\s?부탁|하고|할|\s?원)|바꿔|불러|나오라|나와\s?(?:주|보|봐)"
    r"|통화(?:하고|할|를|하게|\s?좀)|(?:이야기|얘기|대화|상담|말)(?:를|을)?\s?"
    r"(?:하고\s?싶|할게|할래|나누고|해\s?보고|했으면|좀\s?하|하게)|필요(?:해|합)|부탁)"
    rf"|^\W*{_WHO}\s*(?:연결|불러\s?줘|바꿔\s?줘|요|주세요|부탁(?:해요|드려요|드립니다)?)?\W*$"
    rf"|{_BOT}\s?(?:말고|대신|아니고|아닌|이?랑\s?(?:말|얘기|이야기)(?:하기)?\s?(?:싫|말고))\s*[^.?!]{{0,10}}{_WHO}"
    rf"|^\W*{_BOT}\s?(?:말고|싫어요?|싫습니다)\W*$|진짜\s?{_WHO}\s?[^.?!]{{0,8}}(?:주세요|연결|나와|불러|바꿔|없|부탁|이랑|하고)"
)
_SENTENCE = re.compile(r"(?<=[.!?。])\s+")
_ABOUT_IT = re.compile(
    r"\b(?:when|what time|hours|how long|how much|why|which days)\b|언제|몇\s?시|시간|며칠|왜|얼마나", re.IGNORECASE
)


_ASKS_WHO_EN = re.compile(
    r"\b(?:are|r)\s+(?:you|u)\s+(?:(?:a|an|the|really|actually|even|just|some|kind\s+of|sort\s+of)\s+)*"
    r"(?:real|human|person|people|bot|robot|machine|computer|program|ai|a\.i\.|chat\s?bot|automated)\b"
    r"|\b(?:am\s+i|is\s+(?:this|it|that))\s+(?:(?:even|really|actually|just)\s+)*(?:talking|speaking|chatting|writing)?\s*(?:to|with)?\s*"
    r"(?:a|an)\s+(?:real\s+|actual\s+|live\s+)?(?:human|person|bot|robot|machine|computer|program|ai|chat\s?bot)\b(?!\s+wash)",
    re.IGNORECASE,
)
_ASKS_WHO_KO = re.compile(
    r"(?:너|넌|당신|그쪽|혹시|지금|이거|여기|답변(?:은|하는)?|이\s?채팅(?:은)?|대화(?:는)?)?[^.?!]{0,14}"
    r"(?:사람|로봇|챗\s?봇|봇|기계|인공\s?지능|AI|에이아이|컴퓨터|프로그램)(?:이|가)?\s?"
    r"(?:이에요|예요|이예요|인가요|인가|맞아요|맞나요|맞습니까|맞죠|이야|야|이세요|세요|입니까|이랑|랑|하고|이\s?답|가\s?답)"
    r"[^.?!]{0,20}(?:[?？]|$)",
    re.IGNORECASE,
)
LONGEST_WHO = 80  # characters; a longer message asks something else as well


def asks_who_writes(text: str) -> bool:
    """Return whether the message asks, and asks nothing else, if a person or a machine is writing."""
    plain = _plain(text)
    if len(plain) > LONGEST_WHO or asks_for_person(plain):
        return False
    return bool(_ASKS_WHO_EN.search(plain) or _ASKS_WHO_KO.search(plain))


def asks_for_person(text: str) -> bool:
    """Return whether the message asks to be passed on to a person, now, in English or Korean.

    A question about reaching one ("When can I talk to a person?") is a question and is answered.
    """
    if len(text) > LONGEST or _ABOUT_IT.search(text):
        return False
    plain = text.replace("’", "'")
    found = _ENGLISH.search(plain)
    if found and re.search(_MACHINE, found[0], re.IGNORECASE) and _PLEASED_WITH.search(plain):
        found = None
    return bool(found or _KOREAN.search(plain))


# ── what is read from wishes.toml ─────────────────────────────────────────────────────────────────────────


def answer_to_offer(text: str) -> tuple[Answer | None, str]:
    """Return whether the message begins by clearly taking up or declining an offer, and what it says after that.

    "Yes, but …" or "네, 감사합니다" may mean anything: that is no answer.
    """
    parts = _SENTENCE.split(_plain(text))
    said = [_answer(part) for part in parts]
    if said[0] is None or {*said} >= {"yes", "no"}:
        return None, text
    left = list(dropwhile(lambda part: _answer(part) is not None, parts))
    return said[0], " ".join(left)


def _answer(sentence: str) -> Answer | None:
    if len(sentence) > LONGEST_ANSWER:
        return None
    return next((answer for answer in ANSWERS if _reads(answer, sentence)), None)


def asks_to_forget(text: str, *, after_offer: bool, names_one: bool) -> bool:
    """Return whether what was remembered is to be forgotten.

    `after_offer`: there has been an offer in this conversation. `names_one`: the words name one of the things kept.
    """
    plain = _plain(text)
    if len(plain) > LONGEST or plain.endswith(("?", "？")):
        return False
    if _reads("forget", plain) or (names_one and _reads("let_go", plain)):
        return True
    return after_offer and _reads("forget_it", plain)


def consent_ended(text: str) -> Ended | None:
    """Return which consent a message ends that asks for a withdrawal; `None` where only the customer can tell."""
    plain = _plain(text)
    if len(plain) > LONGEST or plain.endswith(("?", "？")):
        return None
    if _reads("marketing", plain):
        return "marketing"
    return "everything" if _reads("everything", plain) and not _reads("one_thing", plain) else None


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def _reads(section: str, text: str) -> bool:
    return any(pattern.search(text) for pattern in _patterns()[section])


@cache
def _patterns() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    tables = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return {
        section: tuple(re.compile(pattern, re.VERBOSE | re.IGNORECASE) for pattern in table.values())
        for section, table in tables.items()
    }
