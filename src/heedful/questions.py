"""A message → the questions in it, each as said, and what is told around them; by rules, in English and Korean."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from heedful.units import sentences

MOST = 4  # questions of a message that are looked up one by one; the last holds the rest
LOOK_AT = 8_000  # characters


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


_WH = r"(?:how|what|when|where|which|who|whom|whose|why|whether)"
_AUXILIARY = r"(?:can|could|do|does|did|is|are|was|were|will|would|should|may|must|am|has|have)"
_KOREAN_ASKING = (
    r"(?:언제|어디|어떻게|어떡|어떤|어느|얼마|며칠|몇|무엇|뭐|뭔|뭘|왜|누가|누구|무슨|가능|되나|되는지|될까"
    r"|되는건|되는\ 건"
    r"|되죠|되요|돼요|있나|있는지|있을까|있어요|하나요|한가요|인가요|인지|은지|는지|을지|할지|나요|까요|가요|니까)"
)
_ASKS = {
    "en": _words(
        rf"""[?？]
        | ^\W*(?:(?:hi|hello|hey|so|and|ok|okay|also|but|then|second(?:ly)?|first(?:ly)?|finally|lastly|one\ more"""
        rf"""(?:\ thing|\ question)?)\b\W*)*(?:{_WH}|{_AUXILIARY})\b
        | \b(?:tell|let|show)\ (?:me|us)\b | \b(?:wonder|wondering|curious|help\ me|explain|advise)\b
        | \bi(?:'d|\ would)?\ (?:like|want|need)\ to\b | \bplease\b
        | \b(?:how\ (?:do|can|to|long|much|many|often|soon)|what\ (?:do|can|should|is|are|happens))\b"""
    ),
    "ko": _words(
        rf"""[?？] | {_KOREAN_ASKING} | 알려 | 궁금 | 알고\ ?싶 | 하고\ ?싶 | 싶(?:어|은|습|네) | 부탁 | 주세요 | 주실
        | 주시 | 주십 | 줘 | 방법 | 해야\ ?(?:하|되|돼|할|될) | 문의"""
    ),
}
# What frames a question without being one.
_FRAMES = {
    "en": _words(
        r"""^\W*(?:hi|hello|hey|dear|good\ (?:morning|afternoon|evening)|thanks?|thank\ you|many\ thanks|cheers|regards
        |(?:best|kind|warm)\ (?:regards|wishes)|sincerely|yours|please\ advise|sorry\ to\ bother\ you)
        (?:[\ ,]+\w+){0,3}\W*$
        | ^\W*(?:can|could|would|will)\ (?:you|someone|somebody|anyone)\ (?:please\ )?help(?:\ me|\ us)?(?:\ out)?
        (?:\ with\ (?:this|that|it))?(?:\ please)?\W*$
        | ^\W*(?:please\ )?(?:help|let\ me\ know|advise)(?:\ me|\ us)?\W*$
        | ^\W*(?:i\ have|here\ are|just)\ (?:a|two|three|some|several|a\ few|a\ couple\ of)\ (?:\w+\ )?questions?\W*$"""
    ),
    "ko": _words(
        r"""^\W*(?:안녕하세요|안녕하십니까|안녕|수고하십니다|수고하세요|수고\ 많으십니다|반갑습니다|감사합니다|감사해요
        |고맙습니다|고마워요|미리\ 감사\w*|죄송합니다|실례합니다|여보세요|저기요|담당자님|고객센터(?:님)?)[\s\W]*$
        | ^\W*(?:문의|질문)(?:이|가|을|를)?\ ?(?:좀\ )?(?:\S{1,4}\ ){0,2}
        (?:있\w+|드리\w*|드립니다|하\w*|할게요|합니다)\W*$
        | ^\W*(?:좀\ )?(?:도와|확인|답변|빠른\ 답변|답|회신|연락|문의)\ ?(?:좀\ )?
        (?:주실\ 수\ 있\w+|주세요|부탁\w*(?:\ ?드\w+)?"""
        r"""|바랍니다|기다리\w+|가능\w*)\W*$"""
    ),
}
_CUT = {
    # "…, and how long does it take?": what follows is a question of its own; "and does not" is none.
    "en": _words(
        rf"[,;:]?\s+(?:and|or|but|plus|also)\s+(?:also\s+|then\s+|if\ so,?\s+)?(?={_WH}\b"
        rf"|{_AUXILIARY}\s+(?!not\b)(?:i|we|you|it|he|she|they|this|that|these|those|there|the|my|our|your|a|an)\b)"
        rf"|;\s+|,\s+(?={_WH}\s+(?:{_AUXILIARY}|long|much|many|often|soon)\b)"
    ),
    # A clause that ends in -고 or -는지, or a question without its mark, before another one.
    "ko": _words(
        r"(?<=[가-힣]고)(?:,\s*|\s+)(?!싶|있|계|나서|나면|보니|보면|말)|(?<=는데)(?:,\s*|\s+)(?=그리고|그럼|또|혹시)"
        r"|(?<=는지)(?:랑|와|하고|도)?(?:,\s*|\s+)(?:그리고\s+)?|(?<=나요|까요|가요|니까|되요|돼요|어요|예요|에요|해요)"
        r"(?:,\s*|\s+)|(?<=[가-힣]),?\s+(?=그리고\s|또한?\s)"
    ),
}
# A question that only asks of what was just said whether it may be.
_OF_THE_LAST = {
    "en": _words(
        r"""^\W*(?:is|would|will|are|was)\ (?:that|this|it|these|those)(?:\ be)?\ (?:still\ |even\ )?(?:possible|ok|okay
        |normal|correct|right|allowed|true|so|a\ problem|all\ right|fine)\W*$"""
    ),
    "ko": _words(
        r"^\W*(?:이게|그게|이거|그거|이런\ 것도|그것도)?\s?(?:혹시\ )?"
        r"(?:가능|되나|될까|되는|괜찮|맞나|맞는|정상)\S{0,6}\W*$"
    ),
}
_MARKED_KOREAN = re.compile(_KOREAN_ASKING)
_AFTERTHOUGHT = re.compile(r"^(?:그리고|또한|또|추가로|그럼|근데|and|also|or|but)[\s,]+", re.IGNORECASE)
_ANOTHER = re.compile(r"또|추가로|also", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of a message in order, none where nothing is asked, and what is told beside them."""

    questions: tuple[str, ...]
    told: str


def read(text: str, language: str) -> Asked:
    """Return the questions that a message holds; of a language without rules it is one question."""
    if language not in _ASKS:
        return Asked((text,), "")
    said: list[_Clause] = []
    lines = (line for line in text[:LOOK_AT].split("\n") if not _FRAMES[language].match(line))
    for sentence in (unit.strip() for unit in sentences("\n".join(lines))):
        if not sentence or _FRAMES[language].match(sentence):
            continue
        for clause in _clauses(sentence, language):
            if _OF_THE_LAST[language].match(clause) and said:
                said[-1] = _Clause(f"{said[-1].text} {clause}", asks=True)
            else:
                said.append(_Clause(_plain(clause), bool(_ASKS[language].search(clause)), _marker(clause)))
    said = _with_other_matters(said)
    asking = [clause.text for clause in said if clause.asks]
    if len(asking) > MOST:
        asking[MOST - 1 :] = ["\n".join(asking[MOST - 1 :])]
    return Asked(tuple(asking), "\n".join(clause.text for clause in said if not clause.asks))


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    asks: bool
    marker: str = ""  # the word that says that something is added: "and", "also"


def _with_other_matters(said: Sequence[_Clause]) -> list[_Clause]:
    """Return the clauses with those that ask by being added: "How do I …? And my card was declined."

    "I forgot my password. Also, how do I …?" names two matters as well.
    """
    found = list(said)
    for place, clause in enumerate(said[1:], 1):
        before = found[place - 1]
        if clause.marker and before.asks and not clause.asks:
            found[place] = replace(clause, asks=True)
        elif _ANOTHER.match(clause.marker) and clause.asks and place == 1:
            found[0] = replace(before, asks=True)
    return found


def _clauses(sentence: str, language: str) -> Iterator[str]:
    """Yield the questions of one sentence; a sentence with one question, or none, whole."""
    start = 0
    for cut in _CUT[language].finditer(sentence):
        before, after = sentence[start : cut.start()].strip(), sentence[cut.end() :].strip()
        if _stands(before, language) and _stands(after, language):
            yield before
            start = cut.end()
    if rest := sentence[start:].strip():
        yield rest


def _stands(clause: str, language: str) -> bool:
    """Tell whether a clause asks something by itself: "…, and thank you?" does not."""
    if language == "ko":
        return bool(_MARKED_KOREAN.search(clause)) and len(clause) > 3
    return bool(_ASKS["en"].search(clause)) and len(clause.split()) > 1


def _marker(clause: str) -> str:
    found = _AFTERTHOUGHT.match(clause)
    return found[0] if found else ""


def _plain(clause: str) -> str:
    return _AFTERTHOUGHT.sub("", clause) or clause
