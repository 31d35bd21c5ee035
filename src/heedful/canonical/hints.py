"""A fact about somebody given away in other words: what such facts are about, and the words that hint at it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import regex

from heedful.canonical.dates import dates
from heedful.canonical.matchers import matcher
from heedful.canonical.sought import Sought
from heedful.canonical.text import PATIENCE_S, Normalised, normalise, squash
from heedful.canonical.wording import Span, content, may_hold, tokens

FILE = Path(__file__).with_name("hints.toml")
TELLING = 4  # letters of a word of the fact itself, for it to count; of a Korean one two syllables
AGE, BROWSING = "age", "browsing"
LONG = 10  # letters of a fact without the name at its head, for it to tell anything
HOME = "home"  # where somebody lives is given away by the words themselves
ENOUGH = 2  # such words in one sentence
MOST = 400  # characters of a sentence that are read

_SENTENCE = regex.compile(r"[^.!?\n。]*(?:[.!?。]+(?=\s|$|[\"'”’)])|[.](?=\S)[^.!?\n。]*|\n|$)")
_OF_READER = regex.compile(
    r"\b(?:you|your|yours|yourself|you're|you've|you'll|you'd)\b|\b(?:my|our) (?:condolences|sympathy"
    r"|congratulations)\b"
    r"|\b(?:some(?:one|body)|a person|anyone|for an? \w+ \w+ who)\b|\b(?:well done|good luck|all the best"
    r"|congratulations)\b"
)
# A reason or a time that is taken for known: "After the separation, …".
_TAKEN_FOR_KNOWN = regex.compile(
    r"^\W*(?:after|since|before|because of|given|until|following|due to|in view of|considering|with) (?:the|all"
    r"|what|that|an?)\b"
    r"|(?:전에|뒤로?|후로?|이후로?|대로|때문에|동안|느라|만큼)\s"
)
# What anybody is told: instructions, and what every order has.
_TO_ANYBODY = regex.compile(
    r"\b(?:you|your) (?:can|have to|need to|must)\b(?! (?:be|not|have been|feel|miss|want|no longer))"
    r"|\byour (?:order|parcel|refund|return|account|label|invoice|question|request|message|delivery|plan|subscription"
    r"|contract|booking|ticket|reservation|email|e-mail|mail|bill|points|business \w+|favou?rite \w+|browser"
    r"|screen)\b"
    r"|\bthank you\b|\bwould you like\b|\bif you\b|\blet you know\b|\bplease\b[^.!?]*\byou\b|\bwhen you (?:order"
    r"|draw|pay|sign)\b"
    r"|^\W*you (?:earn|get|receive|collect|save|pay|find|see)\b(?=[^.!?]*\b(?:points?|each|every|per|here|under"
    r"|%|off)\b)"
)
_REASONS = regex.compile(
    r"\b(?:as|since|because|given|with|considering|seeing|after|now that|while|until|before|someone|when|due to"
    r"|so that"
    r"|must|no doubt|know|hope|understand|imagine|gather|all the best|knowing|being|in view of|what)\b"
)
_KOREAN_READER = regex.compile(
    r"(?<![접다택도역즉임표게실몇동잠무일명공제개])시(?:니|는|던|고|지|죠|네|라|려|겠|잖|길|거|군|느|기|다|면)"
    r"|[가-힣](?:셔|셨)"
    r"|(?<=[가-힣])(?<![최통확자대당수발갱임헌불맹탄귀정전출])신(?=\s(?!발|용))"
    r"|(?:고객|회원)님|[가-힣]님(?:이|의|은|는|께|도|과|을)|댁(?=[에의은이을]|\s)|나 ?봐|계(?:시|신|실)|드릴게"
    r"|드리겠|축하"
    r"|[가-힣](?<!부)분(?:과|은|께|도|을|들)"
)
_KOREAN_TO_ANYBODY = regex.compile(
    r"실 ?수 ?(?:있|없)(?!으니|어서|으셔)|(?:받으|원하|누르|[가-힣]하|오|가)시면|(?:(?<!처벌|치료|진단|수술"
    r"|상담)받으|주문하|구매하|결제하|신청하|문의하|말씀하|등록하|선택하)신|주시|주신|시려면|시기 ?바"
    r"|십시오|세요|시겠습니까|실 ?때(?!까지|마다)"
)
_KOREAN_REASONS = regex.compile(
    r"시니|으니|느라|셔서|셨으니|신 ?(?:분|만큼|뒤|후|이후|지|몸|적|일|줄|걸|것)|시는 ?(?:동안|분|날|곳|중|길"
    r"|데)|계(?:시|신)|때문|생각하|시라|잖아"
    r"|앞두|시죠|셨죠|나 ?봐|겠어요|겠습니다|중이|덕분|텐데|이후로|그때|아직|이제|만큼|바라|시길|위해|아니시|못 ?하시"
)
_NAMED = regex.compile(r"^\W*(?:[A-Z][\w.'’-]*\s+)+(?=[a-z])")
_COMMON = frozenset(
    "customer looking going living lives having"
    " month months year years week weeks last every while always still been "
    "wears uses sees days page pages times time also after before under over since left went with from that this "
    "고객 고객은 있다 있어 있다가 중이다 한다 했다 매달 지난주 함께 산다 받는다".split()
)


@dataclass(frozen=True)
class Topic:
    """What a fact may be about, and the words that give such a fact away."""

    name: str
    about: str
    plain: str
    faint: str

    @cached_property
    def patterns(self) -> tuple[Sought, Sought, Sought]:
        """What says that a fact is of this topic; what hints plainly at it; what hints where it is reasoned from."""
        return Sought(self.about), _at_word(self.plain), _at_word(self.faint)


def _at_word(source: str) -> Sought:
    """A Latin word begins where a word begins; Korean ones stand anywhere."""
    return Sought(rf"(?<![a-z])(?:{source})")


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    """Return the topics, read from beside this file the first time they are asked for."""
    read: Mapping[str, Mapping[str, list[str]]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Topic(name, *("|".join(given[key]) for key in ("about", "plain", "faint"))) for name, given in read.items()
    )


def topics_of(fact: str) -> tuple[Topic, ...]:
    """Return what a fact, or what somebody says of themselves, is about."""
    lower = normalise(fact).text.lower()
    return tuple(topic for topic in topics() if topic.patterns[0].search(lower))


def is_raised(said: str, hint: str) -> bool:
    """Whether somebody has spoken themselves of something that the words of `hint` belong to."""
    return bool(_spoken_of(said) & _spoken_of(hint))


def _spoken_of(text: str) -> frozenset[str]:
    lower = normalise(text).text.lower()
    return frozenset(topic.name for topic in topics() if any(pattern.search(lower) for pattern in topic.patterns[:2]))


def hinted(fact: str) -> Callable[[Normalised], Iterator[Span]]:
    """Return what finds the sentences of a text that give `fact` away to the reader it is about, in other words."""
    found = topics_of(fact)
    written = normalise(fact)
    telling = frozenset(word for word in content(written) if _is_telling(word))
    if any(topic.name == HOME for topic in found):
        telling = frozenset(
            token.stem for token in tokens(written) if _is_of_address(written.text[token.start : token.end])
        )

    def find(text: Normalised) -> Iterator[Span]:
        lower = text.text.lower()
        if len(lower) != len(text.text):
            lower = text.text
        if not _may_hint(found, telling, text, lower):
            return
        for m in _SENTENCE.finditer(lower, timeout=PATIENCE_S):
            span = _hint(found, telling, m[0][:MOST])
            if span is not None:
                yield m.start() + span[0], m.start() + span[1]

    return find


def _may_hint(found: tuple[Topic, ...], telling: frozenset[str], text: Normalised, lower: str) -> bool:
    """Whether a text has any word that hints at such a fact: most have none, and are not read sentence by sentence."""
    if any(pattern.search(lower) for topic in found for pattern in topic.patterns[1:]):
        return True
    return len(may_hold(telling, text)) >= ENOUGH and len(telling & {token.stem for token in tokens(text)}) >= ENOUGH


def repeats(fact: str, text: Normalised) -> bool:
    """Whether `text` repeats `fact`, a sentence about somebody; a date of birth only where it is said to be one."""
    if any(topic.name == AGE for topic in topics_of(fact)):
        written = normalise(fact)
        born = [written.text[one.start : one.end] for one in dates(written.text)]
        if born:
            return any(matcher("birth_date", "identity", day).find(text) for day in born)
    return bool(matcher("fact", "behaviour", fact).find(text)) or _says_of_somebody(fact, text)


def _says_of_somebody(fact: str, text: Normalised) -> bool:
    """Whether `text` says what the fact says, of "the person" or of nobody: the name at its head left out."""
    said = squash(_NAMED.sub("", fact, count=1))
    return LONG <= len(said) < len(squash(fact)) and said in squash(text.text)


def _hint(found: tuple[Topic, ...], telling: frozenset[str], sentence: str) -> Span | None:
    korean = any("가" <= letter <= "힣" for letter in sentence)
    anybody, reader, reasons = (
        (_KOREAN_TO_ANYBODY, _KOREAN_READER, _KOREAN_REASONS) if korean else (_TO_ANYBODY, _OF_READER, _REASONS)
    )
    personal = anybody.sub(lambda m: " " * len(m[0]), sentence)
    speaks_of_reader = reader.search(personal) is not None
    known = _TAKEN_FOR_KNOWN.search(sentence) is not None
    there = [token for token in tokens(normalise(sentence)) if token.stem in telling]
    of_home = any(topic.name == HOME for topic in found)
    needed = ENOUGH if of_home else ENOUGH + 1
    if len({token.stem for token in there}) >= needed and (of_home or (speaks_of_reader and reasons.search(personal))):
        return there[0].start, there[-1].end
    if not speaks_of_reader and not known:
        return None
    reasoned = speaks_of_reader and reasons.search(personal) is not None
    for topic in found:
        _, plain, faint = topic.patterns
        hit = plain.search(sentence) if speaks_of_reader or topic.name != BROWSING else None
        hit = hit or (faint.search(sentence) if reasoned else None)
        if hit is not None:
            return hit.start(), hit.end()
    return None


def _is_of_address(word: str) -> bool:
    return word[0].isupper() or any(c.isdigit() for c in word) or word[-1] in "시구동로길호읍면리"


def _is_telling(word: str) -> bool:
    if word in _COMMON:
        return False
    return len(word) >= (2 if "가" <= word[0] <= "힣" else TELLING)
