"""What the customer's words show: how they are, what is wrong, which sort of answer they want; by rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from heedful.states import NEUTRAL, State, state_of, without_words_of_state
from heedful.urgent import urgent_of

Wish = Literal["steps", "when", "cost", "where", "whether", "contact"]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


# A thing that went wrong on its way to them is a loss by itself, also when told calmly.
_DAMAGE = _words(
    r"""\b(?:damaged|broken|cracked|shattered|smashed|chipped|scratched|dented|torn|in\ pieces|faulty|defective)\b
      | 파손 | 깨져 | 깨진 | 깨졌 | 부서 | 금이\ ?가 | 금\ ?간 | 찢어 | 찌그러 | 흠집 | 불량 | 하자"""
)
_ARRIVED = _words(
    r"\b(?:arriv\w+|came|come|deliver\w+|received|got|turned\ up|opened)\b | 왔 | 도착 | 배송 | 받았 "
    r"| 받은 | 열어 | 상태로"
)
_WRONG = _words(
    r"""\b(?:wrong|different|incorrect)\ (?:item|one|colou?r|size|product|order|lamp|model|thing)\b
      | \b(?:missing|left\ out|not\ in\ the\ (?:box|parcel))\b | \binstead\ of\b
      | 다른\ ?(?:게|것|거|물건|상품|색|제품|사이즈) | 엉뚱한 | 잘못\ ?(?:왔|온|배송|보내) | 오배송
      | 빠져\ ?있 | 빠졌 | 누락 | 안\ 들어\ ?있"""
)
_REFUND = _words(r"\b(?:refund\w*|money\ back)\b | 환불")
_LATE = _words(  # theirs has not come; other words about a delivery are no reason to be sorry about it
    r"""\b(?:late|delay\w*|waiting|where\ is|where's|still|lost|missing|nobody|nothing|never|yet|not|no)\b | n't\b
      | (?:안|못)\ ?(?:왔|와|오|받) | 늦 | 지연 | 언제 | 어디 | 아직 | 여태 | 기다 | 분실 | 없(?:어|는|습|네|다) | 않
      | 남의\ ?집 | 며칠"""
)
_PAID = _words(  # a card is also something to write on
    r"""\b(?:pay(?:s|ing|ment|ments)?|paid|charg(?:e|es|ed)|billed|declined|bank|money)\b
      | 결제 | 청구 | 입금 | 출금 | 승인 | 빠져나 | 이체 | 할부 | 은행"""
)
_SHOWN = {"delivery": _LATE, "payment": _PAID}  # words that have to stand there too
OF_KIND = {
    **dict.fromkeys(("delivery", "delivery_address"), "delivery"),
    **dict.fromkeys(("login", "account", "membership"), "account"),
    **dict.fromkeys(("fault", "product", "care"), "product"),
    "refund": "refund",
    "return": "return",
    "exchange": "return",
    "payment": "payment",
}
_CARE = _words(  # what the customer has done with a thing, not we
    r"""\b(?:wash\w*|clean\w*|stain\w*|dishwasher|microwave|oven|spill\w*|spilt|scratch\w*|iron\w*|rust\w*|mou?ld\w*
      |shrunk|shrank)\b
      | 세탁 | 빨았 | 빨래 | 얼룩 | 자국 | 세척 | 전자\ ?레인지 | 쏟 | 긁 | 녹(?:이|슬) | 곰팡이 | 다림질 | 줄었 | 뭉쳤
      | 떨어뜨 | 깨뜨"""
)

_WISHES: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    (
        "when",
        _words(
            r"\bwhen\ (?:will|do|does|did|can|could|is|are|was|should|would|must|exactly)\b | ^\W*when\b "
            r"| \bhow\ (?:long|soon|many\ (?:\w+\ )?(?:days|weeks|hours|months))\b | \bdeadline\b "
            r"| \bby\ what\ date\b | \bstill\ (?:not|has|have|waiting)"
            r"| 언제 | 얼마나\ ?(?:오래\ ?)?(?:걸|남|있) | 며칠 | 몇\ ?(?:일|주|달|시간|개월) | 기간 | 기한 | 까지"
        ),
    ),
    (
        "cost",
        _words(
            r"\bhow\ much\b | \b(?:costs?|fees?|price[sd]?|free)\b | \b(?:any|extra|what|delivery)\ charges?\b"
            r"| \bpay\ for\b | \bpostage\b"
            r"| 얼마(?!나) | 비용 | 요금 | 수수료 | 배송비 | 무료 | 공짜 | 가격"
        ),
    ),
    (
        "contact",
        _words(
            r"\b(?:contact|phone\ number|call\ you|reach\ (?:you|someone)|talk\ to|speak\ to|opening\ hours"
            r"|e-?mail\ you)\b"
            r"| 연락처 | 전화\ ?번호 | 고객\ ?센터 | 상담\ ?시간 | 운영\ ?시간 | 문의는"
        ),
    ),
    ("where", _words(r"\bwhere\b | \bwhich\ (?:page|menu)\b | 어디(?:서|에서|에|로|인)? ")),
    (
        "steps",
        _words(
            r"\bhow\ (?:do|does|can|could|would|should|to|am|is)\b | \bhow\W*$ | \bwhat\ (?:do\ i|should\ i|can\ i"
            r"|must\ i|to)\ ?(?:have\ to\ )?do\b | \bsteps?\b | \b(?:i\ (?:want|would\ like|need)|i'd\ like"
            r"|help\ me)\ to\b"
            r"| \bwhat\ now\b | 어떻게 | 어떡 | 방법 | 하려면 | 하고\ ?싶 | 싶(?:어요|습니다|은데) "
            r"| 해\ ?주세요 | 해야\ ?(?:하나|되나|할까|합니까|돼)"
            r"| 절차 | 순서 | 할까요 | 하죠 | 뭘\ 하면"
        ),
    ),
    (
        "whether",
        _words(
            r"\b(?:can|may|could|is\ it\ possible|am\ i\ able|do\ you|does|is\ there|are\ there|is\ it|will\ you)\b"
            r"| 되나요 | 될까요 | 되죠 | 돼요 | 가능 | 할\ ?수\ ?있 | 있나요 | 있습니까 | 됩니까 | 인가요"
        ),
    ),
)
# How a sentence looks that answers such a wish.
ANSWERS: dict[Wish, re.Pattern[str]] = {
    "when": _words(
        r"\d[\d–-]*\s*(?:business\ |working\ )?(?:day|hour|minute|week|month|year)s?\b | \b(?:same"
        r"|next)\ (?:business\ )?day\b | \d{1,2}:\d{2}"
        r"| \d[\d–~-]*\s?(?:영업일|일(?!부)|시간|분(?!의)|주(?!문)|개월|달) | 당일 | 다음\ 영업일"
    ),
    "cost": _words(
        r"[₩$€£]\s?\d | \d\s?(?:won|dollars|euros?)\b | \bfree\b | \bno\ (?:fee|charge|cost)\b | \d\s?%"
        r"| \d\s?(?:만\ ?)?원 | 무료 | 비용(?:은|이)\ 없 | \d\s?%"
    ),
    "contact": _words(r"@[\w.-]+ | \d{3,4}[\s-]\d{3,4} | \bchat\b | 전화 | 채팅"),
    "where": _words(r"\b(?:under|in|at|on)\ (?:My|the)\b | \s>\s | 에서 | 마이페이지"),
    "whether": _words(
        r"\b(?:can(?:not|'t)?|may|possible|cannot|available|only|free|yes|no|not)\b"
        r"| 수\ (?:있|없) | 가능 | 불가 | 않습니다 | 됩니다 | 없습니다 | 있습니다"
    ),
}
_ASKS = _words(  # also without a question mark, as people type on a phone
    r"""[?？] | (?:나요|까요|습니까|인가요)\b
      | ^\W*(?:(?:hi|hello|hey|so|and|ok|also)\W+)*(?:do|does|did|is|are|was|can|could|will|would|may|should|must|what
      |who|whose|where|when|which|how|why)\b"""
)
_OWN = _words(
    r"""\bmy\ (?:\w+\ ){0,3}(?:order|parcel|package|delivery|item|refund|return|payment|points?|account
      |membership|level)\b | \bwhere\ (?:is|are)\ (?:my|it)\b
      | \b(?:i\ ordered|i\ bought|haven't\ received|have\ not\ received|i'm\ still\ waiting)\b
      | \bwhen\ (?:will|does|do|is)\ (?:it|my|i)\b
      | (?:제|내|저의)\ (?:주문|물건|택배|상품|환불|반품|포인트|등급|계정) | 주문한\ ?(?:거|것|게|물건|상품
      |\w+) | 안\ ?왔 | 안\ ?와 | 안\ ?오 | 못\ ?받 | 언제\ ?(?:쯤\ )?(?:와|오|도착|받|들어) | 어디쯤"""
)
_REQUEST = _words(  # how they ask, not what
    r"\b(?:i\ (?:want|need|would\ like|wish)|i'd\ like|help\ me|tell\ me|let\ me\ know|please|hi|hello)\b "
    r"| 알려\ ?(?:주|줘)\w* | 궁금\w* | (?<=고\ )싶\w* | 안녕하세요 | 문의\w* | 아직 | 혹시 | 벌써 | 이미 | 지금"
)
_GREETING = _words(
    r"^[\s\W]*(?:hi|hello|hey|good\ (?:morning|afternoon|evening)|안녕(?:하세요|하십니까)?|반갑습니다"
    r"|여보세요)(?:\ there)?[\s\W]*$"
)
_THANKS = _words(
    r"^[\s\W]*(?:(?:ok|okay|great|perfect)[,.!\s]*)?(?:thanks?|thank\ you|many\ thanks|cheers|(?:정말\ "
    r"|네[,.]?\ |너무\ )?(?:감사합니다|감사해요|고맙습니다|고마워요))"
    r"(?:\ (?:so|very)\ much|\ a\ lot|\ for\ (?:your|the)\ help)?[\s\W]*$"
)


@dataclass(frozen=True, slots=True)
class Customer:
    """What was read: how they are, what it is about (`delivery`, `damage`, …, `other`), and what is wished for."""

    state: State
    about: str
    wishes: tuple[Wish, ...]
    asks: bool  # it is put as a question
    about_own: bool  # they ask about their own order, refund or account, not in general
    greets: bool
    thanks: bool
    subject: str  # the question without the words that only tell a feeling
    before: str = ""  # what they said before it

    @property
    def asks_whether(self) -> bool:
        """Whether a yes or no is wanted."""
        return "whether" in self.wishes

    @property
    def praises(self) -> bool:
        """Whether they only tell that they are pleased."""
        return self.state.name == "pleased" and not self.asks and not set(self.wishes) - {"whether"}

    @property
    def wants_steps(self) -> bool:
        """Whether it is asked how or where theirs is, or nothing is asked and something is wrong."""
        missed = self.about_own and "where" in self.wishes
        return "steps" in self.wishes or missed or not (self.asks or set(self.wishes) - {"whether"})


def read(question: str, kinds: Sequence[str], before: str = "", *, language: str = "en") -> Customer:
    """Return what the customer's words show; `kinds` are those of the question, foremost first."""
    return Customer(
        state=_state(question, language),
        about=about(question, kinds),
        wishes=tuple(wish for wish, pattern in _WISHES if pattern.search(question)),
        asks=bool(_ASKS.search(question)),
        about_own=bool(_OWN.search(question)),
        greets=bool(_GREETING.match(question)),
        thanks=bool(_THANKS.match(question)),
        subject=_subject(question),
        before=before,
    )


def _state(question: str, language: str) -> State:
    """Return how the customer is; a thing that reached them broken or wrong is a loss, also when told calmly.

    Danger comes before care: who is in it reads the instruction, and nothing before it.
    """
    if urgent_of(question, language):
        return NEUTRAL
    state = state_of(question, language)
    if state.name in ("neutral", "hurried", "pleased") and not _general(question) and _ARRIVED.search(question):
        lost = _DAMAGE.search(question) or _WRONG.search(question)
        return State("upset", lost[0]) if lost else state
    return state


def _general(words: str) -> bool:
    """Tell whether they ask what would be if, rather than say what has happened."""
    return bool(
        _words(
            r"\b(?:what\ if|if\ (?:an?|my|the|it|something)|in\ case|do\ you|when\ an?\ item)\b | (?:으면"
            r"|되면|오면|지면|하면|다면|경우)"
        ).search(words)
    )


def about(question: str, kinds: Sequence[str]) -> str:
    """Return what there is to be sorry about: `damage`, `wrong`, `refund`, `delivery`, …; else `other`."""
    for topic, pattern in (("damage", _DAMAGE), ("wrong", _WRONG)):
        if pattern.search(question) and _ARRIVED.search(question):
            return topic
    for kind in sorted(kinds, key=lambda kind: kind == "delivery"):  # what comes by courier is not about the courier
        topic = OF_KIND.get(kind, "other")
        if topic not in _SHOWN or _SHOWN[topic].search(question):
            return "care" if topic == "product" and _CARE.search(question) else topic
    return "other"


def _subject(question: str) -> str:
    words = _REQUEST.sub(" ", without_words_of_state(question))
    return words if len(words.split()) > 1 else question
