"""What a customer wants done rather than told: to be passed on to a person. Read from the words by rules."""

from __future__ import annotations

import re

LONGEST = 400  # characters; in a longer message a person is mentioned, not asked for

_PERSON = r"(?:(?:a|an|the|your|some|any|another)\s+)?(?:real|actual|live|human)?\s*"
_PERSON += (
    r"(?:person|human(?:\s+being)?|agent|representative|rep|advis[eo]r|operator|someone(?:\s+real)?|somebody|staff)"
)
_ENGLISH = re.compile(
    r"\b(?:(?:talk|speak|chat|write|pass|put|connect|transfer|hand|get)\b(?:\s+\w+){0,3}?"
    rf"\s+(?:to|with|through to|over to)\s+{_PERSON}\b"
    r"|(?:i\s+(?:want|need|would like|'?d like|prefer)|give me|get me|is there)"
    r"\s+(?:a|an)\s+(?:real\s+|actual\s+|live\s+)?(?:person|human|agent|operator)\b(?!\s+account)"
    r"|^\W*(?:a\s+)?(?:real\s+)?(?:person|human|agent|operator)\s*,?\s*(?:please|now)?\W*$"
    r"|\b(?:person|human)\s*,?\s*please\b)",
    re.IGNORECASE,
)
_WHO = r"(?:상담원|상담사|상담\s?직원|담당자|직원|사람)(?:분|님)?"
_KOREAN = re.compile(
    rf"{_WHO}\s*(?:상담원|상담사)?(?:에게|한테|께|와|과|하고|이랑|랑|으로|로|을|를|이|좀|\s)*\s*"
    r"(?:직접\s*)?(?:좀\s*)?(?:연결(?:해|을|시켜|\s?부탁|하고|할|\s?원)|바꿔|불러|통화(?:하고|할|를)|(?:이야기|얘기|대화|상담|말)(?:를|을)?\s?"
    r"(?:하고\s?싶|할게|할래|나누고|해\s?보고|했으면|좀\s?하|하게)|필요(?:해|합)|부탁)"
    rf"|^\W*{_WHO}\s*(?:연결|불러\s?줘|바꿔\s?줘|요|주세요|부탁(?:해요|드려요|드립니다)?)?\W*$"
)
_ABOUT_IT = re.compile(
    r"\b(?:when|what time|hours|how long|how much|why|which days)\b|언제|몇\s?시|시간|며칠|왜|얼마나", re.IGNORECASE
)


def asks_for_person(text: str) -> bool:
    """Return whether the message asks to be passed on to a person, now, in English or Korean.

    A question about reaching one ("When can I talk to a person?") is a question and is answered.
    """
    if len(text) > LONGEST or _ABOUT_IT.search(text):
        return False
    return bool(_ENGLISH.search(text) or _KOREAN.search(text))
