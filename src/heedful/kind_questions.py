"""What to look up where a message shows its kind and its story hides the question: one plain question a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from heedful.kinds import kinds_of
from heedful.values import Passage

# In the words that help centres use for it in their titles.
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "fault": "an item is damaged, broken, faulty or wrong",
        "return": "how to return an item",
        "refund": "when and how a refund is paid",
        "exchange": "exchange an item for another size or colour",
        "cancel": "change or cancel an order",
        "delivery": "where is my order, it has not arrived",
        "delivery_address": "change the delivery address of an order",
        "payment": "payment failed or was charged twice",
        "invoice": "invoice, receipt, tax invoice",
        "login": "cannot sign in, reset a forgotten password",
        "account": "change account details, delete the account",
        "membership": "membership levels and points",
        "privacy": "see, correct and delete personal data, privacy",
    },
    "ko": {
        "fault": "상품이 파손되었거나 불량이거나 다른 상품인 경우",
        "return": "상품 반품하는 방법",
        "refund": "환불 시기와 환불 방법",
        "exchange": "다른 색상이나 사이즈로 교환하는 방법",
        "cancel": "주문 변경과 취소",
        "delivery": "주문한 물건이 아직 오지 않은 경우",
        "delivery_address": "배송지 변경",
        "payment": "결제가 되지 않거나 두 번 결제된 경우",
        "invoice": "영수증, 현금영수증, 세금계산서",
        "login": "로그인이 안 되는 경우, 비밀번호 재설정",
        "account": "회원 정보 변경, 회원 탈퇴",
        "membership": "회원 등급과 포인트",
        "privacy": "개인정보 확인, 정정, 삭제",
    },
}


def question_for(kinds: Sequence[str], language: str) -> str:
    """Return the plain question of the first kind there is one for; empty for none."""
    asked = QUESTIONS.get(language, {})
    return next((asked[kind] for kind in kinds if kind in asked), "")


def of_kinds(passages: Sequence[Passage], kinds: Sequence[str]) -> tuple[Passage, ...]:
    """Return the passages of articles that are called after one of these kinds."""
    asked = {kind for kind in kinds if kind in QUESTIONS["en"]}
    return tuple(passage for passage in passages if asked.intersection(kinds_of(passage.title, passage.lang)))
