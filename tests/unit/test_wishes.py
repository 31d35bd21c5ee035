"""Asking for a person is understood in both languages, and mentioning one is not asking."""

from __future__ import annotations

import pytest

from heedful.wishes import answer_to_offer, asks_for_person, asks_to_forget, asks_who_writes, consent_ended

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
    "not a machine",
    "Not a machine, please.",
    "I want an actual employee",
    "an actual person please",
    "I don't want to talk to a bot",
    "Can I talk to someone instead of a bot?",
    "Put me through to a member of your staff",
    "no more chatbot, a real employee please",
    "기계 말고 사람",
    "챗봇 말고 상담원이요",
    "로봇 싫어요",
    "진짜 사람 연결해 주세요",
    "AI 말고 직원이랑 얘기할게요",
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
    "Is this a machine?",
    "Am I talking to a machine?",
    "You're not a machine, are you?",
    "I'm happy to talk to a bot, where is my parcel?",
    "Do your actual employees wash it by hand or by machine?",
    "The coffee machine arrived, not a machine I ordered",
    "기계 세탁 말고 사람 손으로 빨아야 하나요?",
    "지금 기계가 답하는 건가요?",
    "로봇 청소기 말고 다른 것도 있나요?",
]


@pytest.mark.parametrize("text", ASKING)
def test_asking_for_a_person_is_understood(text: str) -> None:
    """A customer who asks for a person gets one."""
    assert asks_for_person(text)


@pytest.mark.parametrize("text", NOT_ASKING)
def test_mentioning_a_person_is_not_asking(text: str) -> None:
    """A question that mentions people, or asks when they can be reached, is answered."""
    assert not asks_for_person(text)


# ── an answer to an offer ──

YES = [
    ("yes", ""),
    ("Yes please.", ""),
    ("Sure, remember that!", ""),
    ("ok, do that", ""),
    ("Please remember it for me", ""),
    ("Yes please. And when will my parcel come?", "And when will my parcel come?"),
    ("네", ""),
    ("네 기억해 주세요", ""),
    ("네, 그렇게 해 주세요.", ""),
    ("예 부탁드립니다", ""),
    ("응 기억해줘", ""),
    ("기억해 두셔도 됩니다", ""),
    ("Yes. Please do. Where is it?", "Where is it?"),
    ("네. 기억해 주세요. 택배는 언제 와요?", "택배는 언제 와요?"),
]
NO = [
    ("no", ""),
    ("No thanks.", ""),
    ("Please don't", ""),
    ("rather not", ""),
    ("forget that", ""),
    ("아니요", ""),
    ("아니요, 괜찮아요", ""),
    ("기억하지 마세요", ""),
    ("아뇨. 택배는 언제 와요?", "택배는 언제 와요?"),
]
NEITHER = [
    "ok",
    "ok thanks",
    "Yes, but only this time",
    "Yes. No.",
    "아니요. 네.",
    "yes I know that already",
    "Yesterday it was here",
    "No, when will my parcel come?",
    "Nothing else",
    "maybe",
    "네 감사합니다",
    "네 알겠습니다",
    "네 그런데 택배는 언제 와요?",
    "괜찮습니다",
    "예전 주소로 왔어요",
    "좋아요 누르는 법",
    "When will my parcel come?",
    "👍",
    "",
    "yes " * 60,
]


@pytest.mark.parametrize(("text", "rest"), YES)
def test_a_clear_yes_is_one(text: str, rest: str) -> None:
    """The first sentence says yes and nothing else; what follows is another matter."""
    assert answer_to_offer(text) == ("yes", rest)


@pytest.mark.parametrize(("text", "rest"), NO)
def test_a_clear_no_is_one(text: str, rest: str) -> None:
    """Also the other way."""
    assert answer_to_offer(text) == ("no", rest)


@pytest.mark.parametrize("text", NEITHER)
def test_what_may_mean_anything_is_no_answer(text: str) -> None:
    """Thanks, conditions, doubts, another question: nothing is stored on these."""
    assert answer_to_offer(text)[0] is None


# ── forgetting ──


@pytest.mark.parametrize(
    "text",
    [
        "Please forget what I told you.",
        "Stop remembering that",
        "Don't use that any more",
        "forget what you have saved",
        "기억하지 마세요",
        "기억해 둔 내용 지워 주세요",
        "그거 이제 쓰지 마세요",
    ],
)
def test_forgetting_is_asked_for_in_so_many_words(text: str) -> None:
    """Wherever it is said."""
    assert asks_to_forget(text, after_offer=False, names_one=False)


@pytest.mark.parametrize("text", ["forget that", "Actually, forget it please.", "지워 주세요", "그냥 잊어 주세요"])
def test_a_way_of_speaking_counts_only_after_an_offer(text: str) -> None:
    """ "Forget it" is said of many things."""
    assert asks_to_forget(text, after_offer=True, names_one=False)
    assert not asks_to_forget(text, after_offer=False, names_one=False)


@pytest.mark.parametrize(
    "text",
    [
        "I forgot my password",
        "Did you forget what I said?",
        "Don't forget my order",
        "How do I delete an address?",
        "비밀번호를 잊어버렸어요",
        "주소를 지우려면 어떻게 하나요?",
    ],
)
def test_other_forgetting_is_another_matter(text: str) -> None:
    """A question, a password, a plea not to forget."""
    assert not asks_to_forget(text, after_offer=True, names_one=False)


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("I withdraw my consent.", "everything"),
        ("I want to revoke all my permissions", "everything"),
        ("Stop using my data", "everything"),
        ("동의 철회할게요", "everything"),
        ("모든 동의를 철회합니다", "everything"),
        ("제 정보 쓰지 마세요", "everything"),
        ("Unsubscribe me from your newsletter", "marketing"),
        ("I withdraw my consent to marketing", "marketing"),
        ("광고 수신 거부합니다", "marketing"),
        ("I withdraw my consent to the use of my location data", None),
        ("Stop using my data for anything but my orders", None),
        ("Can I withdraw my consent?", None),
        ("위치 정보 동의 철회합니다", None),
        ("주문 정보만 쓰지 마세요", None),
        ("동의를 철회하면 어떻게 되나요?", None),
    ],
)
def test_a_withdrawal_is_read_only_where_nothing_is_left_open(text: str, ended: str | None) -> None:
    """All of it, or marketing; a part of it only the customer can point at."""
    assert consent_ended(text) == ended


@pytest.mark.parametrize(
    "text",
    [
        "Are you a real person?",
        "am i talking to a bot?",
        "is this an AI",
        "너 사람이야 로봇이야",
        "AI 맞아요?",
        "챗봇이세요?",
        "지금 로봇이랑 얘기하는 건가요?",
    ],
)
def test_who_writes_is_asked(text: str) -> None:
    """Whether a person or a machine answers is a question of its own."""
    assert asks_who_writes(text)


@pytest.mark.parametrize(
    "text",
    [
        "A person, please.",
        "Is this real leather?",
        "로봇 청소기가 안 켜져요",
        "몇 사람이 쓸 수 있나요?",
        "is it a machine wash?",
        "사람 나오라고 해요",
        "Are you a real person? My order 1234 has not come and I have waited for two weeks now, where is it?",
    ],
)
def test_something_else_is_asked(text: str) -> None:
    """A wish for a person, things called so, and messages that ask something else as well are no such question."""
    assert not asks_who_writes(text)


@pytest.mark.parametrize(
    "text", ["사람 나오라고 해요", "사람이랑 통화하게 해줘요", "책임자 바꿔", "I want to speak to your manager"]
)
def test_everyday_words_for_a_person(text: str) -> None:
    """Angry and short ways of asking for somebody are heard."""
    assert asks_for_person(text)
