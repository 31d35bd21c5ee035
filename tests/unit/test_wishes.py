"""Asking for a person is understood in both languages, and mentioning one is not asking."""

from __future__ import annotations

import pytest

from heedful.wishes import asks_for_person

ASKING = [
    "A person, please",
    "a person, please.",
    "I want to talk to a person",
    "Can I speak to someone real?",
    "please connect me to an agent",
    "Transfer me to a human being",
    "could you put me through to somebody",
    "I need a human",
    "Human!",
    "agent",
    "This is no use. Let me speak with your staff.",
    "상담원 연결해 주세요",
    "상담원이랑 얘기할게요.",
    "그냥 사람 상담원이랑 얘기하고 싶어요",
    "사람이랑 대화하고 싶습니다",
    "직원 바꿔 주세요",
    "담당자와 통화하고 싶어요",
    "상담사님께 연결 부탁드려요",
    "상담원",
    "사람 좀 불러 주세요",
    "상담원 부탁드립니다",
]
NOT_ASKING = [
    "When can I talk to a person?",
    "What hours do your agents work?",
    "The delivery person left it in the rain",
    "Is the lamp for one person enough?",
    "My husband is a real estate agent and needs an invoice",
    "The person who sold me this was kind",
    "How do I return something?",
    "I gave it to another person as a gift, can they exchange it?",
    "상담원 연결은 언제 되나요?",
    "상담 시간이 어떻게 되나요?",
    "택배 기사님이 사람 없을 때 두고 가셨어요",
    "4사람이 앉을 수 있는 식탁인가요?",
    "다른 사람에게 선물로 보내고 싶어요",
    "담당자 이메일 주소 알려 주세요",
    "직원 할인 되나요?",
]


@pytest.mark.parametrize("text", ASKING)
def test_asking_for_a_person_is_understood(text: str) -> None:
    """A customer who asks for a person gets one."""
    assert asks_for_person(text)


@pytest.mark.parametrize("text", NOT_ASKING)
def test_mentioning_a_person_is_not_asking(text: str) -> None:
    """A question that mentions people, or asks when they can be reached, is answered."""
    assert not asks_for_person(text)
