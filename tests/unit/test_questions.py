"""The questions in a message: found one by one, in both languages, apart from what is told around them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.questions import MOST, Asked, read


@pytest.mark.parametrize(
    ("message", "language", "found"),
    [
        (
            "How do I return a lamp and how long does the refund take?",
            "en",
            ("How do I return a lamp", "how long does the refund take?"),
        ),
        (
            "What does delivery to Jeju cost, when will it arrive, and can I change the address?",
            "en",
            ("What does delivery to Jeju cost", "when will it arrive", "can I change the address?"),
        ),
        ("Can I send it back? Who pays for that?", "en", ("Can I send it back?", "Who pays for that?")),
        (
            "Could you tell us how to get the part and whether it has to be fixed to the wall?",
            "en",
            ("Could you tell us how to get the part", "whether it has to be fixed to the wall?"),
        ),
        ("How do I return it? And my card was declined.", "en", ("How do I return it?", "my card was declined.")),
        (
            "I forgot my password. Also, how do I close my account?",
            "en",
            ("I forgot my password.", "how do I close my account?"),
        ),
        ("배송비 얼마예요? 그리고 비번 까먹었어요.", "ko", ("배송비 얼마예요?", "비번 까먹었어요.")),
        ("반품은 어떻게 하고 배송비는 누가 내나요?", "ko", ("반품은 어떻게 하고", "배송비는 누가 내나요?")),
        ("배송 언제 오나요 그리고 환불도 되나요", "ko", ("배송 언제 오나요", "환불도 되나요")),
        ("제주도 배송비 얼마예요? 며칠 걸려요?", "ko", ("제주도 배송비 얼마예요?", "며칠 걸려요?")),
        ("언제 오는지 그리고 반품되는지 알려주세요", "ko", ("언제 오는지", "반품되는지 알려주세요")),
    ],
)
def test_several_questions_are_found(message: str, language: str, found: tuple[str, ...]) -> None:
    """Each question of a message stands by itself, in the order it was asked."""
    assert read(message, language) == Asked(found, "")


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Why is the app slow and does not start?", "en"),
        ("Where is my parcel", "en"),
        ("Do you ship to Spain and Portugal?", "en"),
        ("I'd like to keep my account but empty the list. Is that possible?", "en"),
        ("비밀번호를 바꾸고 싶은데 어떻게 하나요?", "ko"),
        ("주문을 취소하고 다시 주문하면 쿠폰을 쓸 수 있나요?", "ko"),
        ("언제 오는지 알려주세요", "ko"),
        ("탈퇴하고 싶습니다. 가능한가요?", "ko"),
    ],
)
def test_one_question_stays_one(message: str, language: str) -> None:
    """An "and" within a question does not cut it, nor does "is that possible?" after what is wished for."""
    assert [" ".join(read(message, language).questions)] == [message]
    assert len(read(message, language).questions) == 1


@pytest.mark.parametrize(
    ("message", "language", "found"),
    [
        (
            "Dear Sir,\nI ordered a lamp last week. It came broken.\nHow do I send it back?\nBest regards, Mina Kim",
            "en",
            Asked(("How do I send it back?",), "I ordered a lamp last week.\nIt came broken."),
        ),
        (
            "안녕하세요. 지난주에 조명을 주문했는데 깨져서 왔어요. 반품은 어떻게 하나요? 감사합니다.",
            "ko",
            Asked(("반품은 어떻게 하나요?",), "지난주에 조명을 주문했는데 깨져서 왔어요."),
        ),
        ("Can you help me? My lamp flickers.", "en", Asked((), "My lamp flickers.")),
        ("문의드립니다. 조명이 깜빡입니다.", "ko", Asked((), "조명이 깜빡입니다.")),
        ("Hello!", "en", Asked((), "")),
        ("Wo ist mein Paket? Und wann kommt es?", "de", Asked(("Wo ist mein Paket? Und wann kommt es?",), "")),
    ],
)
def test_the_asking_sentence_of_a_mail_is_found(message: str, language: str, found: Asked) -> None:
    """What is told stands apart, greetings and closes are nothing, and other languages are left whole."""
    assert read(message, language) == found


@pytest.mark.parametrize("language", ["en", "ko"])
def test_there_is_an_end_to_questions(language: str) -> None:
    """Of very many questions the last holds the rest, so that one message is never many searches."""
    one = "How do I return item {}? " if language == "en" else "{}번 상품은 어떻게 반품하나요? "
    found = read("".join(one.format(number) for number in range(50)), language).questions

    assert len(found) == MOST
    assert "49" in found[-1]


@given(st.text(max_size=200), st.sampled_from(["en", "ko"]))
def test_anything_can_be_read(text: str, language: str) -> None:
    """Whatever is typed is read without an error, and every question holds a word of the message."""
    for question in read(text, language).questions:
        assert question.strip()
        assert question.split()[0] in text
