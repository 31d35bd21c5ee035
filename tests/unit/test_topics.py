"""Which topic of help content a text is about, in both languages, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.topics import LOOK_AT, OF_KIND, readings, topics_for, topics_of

ENGLISH = [
    ("When will my parcel come?", "delivery"),
    ("Where is my order?", "delivery"),
    ("where's my lamp, it was due Tuesday", "delivery"),
    ("My order still hasn't arrived.", "delivery"),
    ("How much is shipping to Jeju?", "delivery"),
    ("The courier left it with a neighbour and I don't know which", "delivery"),
    ("Can I change the delivery address?", "delivery"),
    ("The tracking page shows nothing new since Monday", "delivery"),
    ("I've not received anything yet, is my package lost?", "delivery"),
    ("Has it been dispatched?", "delivery"),
    ("I have a question about order number DB-1", "delivery"),
    ("Do you ship abroad, and do I pay customs?", "delivery payment"),
    ("How do I return something I have already opened?", "return"),
    ("I'd like my money back", "return"),
    ("Can I swap the grey blanket for a blue one?", "return"),
    ("I changed my mind, can I send it back?", "return"),
    ("The vase arrived broken", "return"),
    ("You sent the wrong colour", "return"),
    ("Please cancel my order", "return"),
    ("When will I get my refund?", "return"),
    ("Is the mug returnable if I washed it?", "return product"),
    ("I was charged twice for the same order", "payment"),
    ("My card was declined", "payment"),
    ("Can I pay in instalments?", "payment"),
    ("I need an invoice with VAT", "payment"),
    ("The voucher doesn't work at checkout", "payment"),
    ("Do you take PayPal?", "payment"),
    ("Money was taken from my bank account but I see no order", "payment"),
    ("Can I get a receipt?", "payment"),
    ("I forgot my password", "account"),
    ("I can't log in", "account"),
    ("How do I delete my account?", "account"),
    ("Please change my phone number", "account"),
    ("I want to unsubscribe from the newsletter", "account"),
    ("What data do you keep? I want to see my data", "account"),
    ("How do I cancel my membership?", "account"),
    ("The verification code never comes", "account"),
    ("My points are gone", "account"),
    ("Is the linen cover machine washable?", "product"),
    ("What size is the rug?", "product"),
    ("The lamp flickers", "product"),
    ("Is the oak shelf back in stock soon?", "product"),
    ("Which bulb does the paper lamp take?", "product"),
    ("There are no assembly instructions in the box", "product"),
    ("Can the bowl go in the dishwasher?", "product"),
    ("How long is the warranty on the kettle?", "product"),
    ("How do I get a wine stain out of the cushion?", "product"),
    ("How tall is the floor lamp?", "product"),
    ("It doesn't turn on any more", "product"),
    ("My new lamp does not work", "product"),
    ("My password does not work", "account"),
    ("I can't log in to see when my parcel comes", "account delivery"),
    ("I returned the lamp and the refund is not on my card", "return payment"),
    ("Track my parcel and tell me how to wash the blanket", "delivery product"),
    ("환불 please", "return"),
    ("Hello there", ""),
    ("Thank you, that was all.", ""),
    ("Are you a robot?", ""),
    ("In order to be quick: hello", ""),
    ("I will return to this chat later", ""),
    ("Nothing in return, just saying hi", ""),
    ("Please pay attention to what I write", ""),
    ("On account of the holiday, are you closed?", ""),
    ("Who is in charge there?", ""),
    ("I lost track of time", ""),
    ("Please address this problem", ""),
    ("We have a long relationship with your shop", ""),
    ("How long does the lantern charge over USB?", ""),
    ("What is the exchange rate?", ""),
    ("Could a person call me? My friendship with bots is over.", ""),
    ("I am out of town, when are you open?", ""),
    ("Nice cardigan, by the way", ""),
]

KOREAN = [
    ("택배 언제 와요", "delivery"),
    ("택배 언제 와요?", "delivery"),
    ("배송이 언제 되나요?", "delivery"),
    ("주문한 물건이 아직도 안 왔어요. 너무 속상하네요.", "delivery"),
    ("언제쯤 도착할까요", "delivery"),
    ("송장번호로 조회가 안 돼요", "delivery"),
    ("배송지를 바꾸고 싶어요", "delivery"),
    ("제주도 배송비는 얼마예요?", "delivery"),
    ("출고됐는지 궁금합니다", "delivery"),
    ("문 앞에 두셨다는데 없어요", "delivery"),
    ("아직 못 받았어요", "delivery"),
    ("기사님이 경비실에 맡기셨대요", "delivery"),
    ("주문 내역 확인 부탁드려요", "delivery"),
    ("주문번호 DB-1 확인해 주세요", "delivery"),
    ("물건 언제 와", "delivery"),
    ("받는 주소 잘못 적었어요", "delivery"),
    ("환불", "return"),
    ("환불해 주세요", "return"),
    ("반품하려면 어떻게 해야 하나요?", "return"),
    ("다른 색으로 교환되나요?", "return"),
    ("주문 취소할게요", "return"),
    ("깨져서 왔어요", "return"),
    ("컵이 파손됐습니다", "return"),
    ("엉뚱한 게 왔어요", "return"),
    ("단순 변심도 되나요", "return"),
    ("뜯어봤는데 돌려보내도 되나요?", "return"),
    ("수거는 언제 오시나요", "return"),
    ("불량품이에요", "return"),
    ("결제가 두 번 됐어요", "payment"),
    ("카드가 안 긁혀요", "payment"),
    ("돈이 두 번 빠져나갔어요", "payment"),
    ("할부 되나요?", "payment"),
    ("현금영수증 발급해 주세요", "payment"),
    ("무통장 입금 계좌 알려주세요", "payment"),
    ("쿠폰이 적용이 안 돼요", "payment"),
    ("카카오페이로도 되나요", "payment"),
    ("결재가 안돼요", "payment"),
    ("세금계산서 필요합니다", "payment"),
    ("비번", "account"),
    ("비번 까먹었어요", "account"),
    ("비밀번호를 잊어버렸어요", "account"),
    ("로그인이 안 됩니다", "account"),
    ("회원 탈퇴하고 싶어요", "account"),
    ("휴대폰 번호를 변경하고 싶어요", "account"),
    ("제 개인정보 지워 주세요", "account"),
    ("인증번호가 안 와요", "account delivery"),
    ("포인트가 사라졌어요", "account"),
    ("아이디가 뭐였는지 모르겠어요", "account"),
    ("광고 문자 그만 보내세요", "account"),
    ("등급은 언제 올라가요?", "account"),
    ("이불 커버 세탁기 돌려도 돼요?", "product"),
    ("사이즈가 어떻게 되나요", "product"),
    ("조명이 깜빡거려요", "product"),
    ("재입고 언제 되나요?", "product"),
    ("전구는 뭘 써야 하나요", "product"),
    ("조립 설명서가 없어요", "product"),
    ("식기세척기에 넣어도 되나요?", "product"),
    ("고장 났는데 AS 되나요", "product"),
    ("얼룩은 어떻게 지워요?", "product"),
    ("의자가 흔들려요", "product"),
    ("반품했는데 카드 취소가 안 됐어요", "return payment"),
    ("로그인이 안 돼서 배송 조회를 못 하겠어요", "account delivery"),
    ("refund 언제 되나요", "return"),
    ("배송은 잘 받았는데 조립이 어려워요", "delivery product"),
    ("안녕하세요", ""),
    ("감사합니다", ""),
    ("사람이랑 얘기하고 싶어요", ""),
    ("좋은 아이디어네요", ""),
    ("오늘 환율이 얼마예요", ""),
    ("매장은 언제 오픈하나요", ""),
    ("교환학생인데 한국어가 서툴러요", ""),
    ("홈페이지 주소가 뭐예요?", ""),
    ("일반 품목이 뭔가요", ""),
    ("수입금지라고 들었어요", ""),
    ("상담사님 역할부터 설명해 주세요", ""),
    ("명함 카드가 예쁘네요", ""),
    ("방송장비도 있나요", ""),
]


@pytest.mark.parametrize(("text", "expected"), ENGLISH, ids=[text for text, _ in ENGLISH])
def test_english_messages_are_read(text: str, expected: str) -> None:
    """An English message has the kinds a person would say, and none more."""
    assert set(topics_of(text, "en")) == set(expected.split())


@pytest.mark.parametrize(("text", "expected"), KOREAN, ids=[text for text, _ in KOREAN])
def test_korean_messages_are_read(text: str, expected: str) -> None:
    """A Korean message has the kinds a person would say, with any particle or ending, and none more."""
    assert set(topics_of(text, "ko")) == set(expected.split())


def test_there_are_enough_examples_of_each_kind() -> None:
    """Each kind is shown in each language at least six times, and each language has ten messages of no kind."""
    for table in (ENGLISH, KOREAN):
        for kind in ("delivery", "return", "payment", "account", "product"):
            assert sum(kind in expected.split() for _, expected in table) >= 6
        assert sum(expected == "" for _, expected in table) >= 10
        assert len(table) >= 60


def test_kinds_come_in_the_order_they_come_up() -> None:
    """The first thing said is the first kind."""
    assert topics_of("환불은 언제 되고 비번은 어떻게 바꾸나요", "ko") == ("return", "account")
    assert topics_of("비번은 어떻게 바꾸고 환불은 언제 되나요", "ko") == ("account", "return")


def test_a_reading_shows_the_words_it_rests_on() -> None:
    """A reading can be explained: it names the words and where they stand."""
    text = "안녕하세요, 비밀번호를 잊었어요"

    (reading,) = readings(text, "ko")

    assert reading.words == "비밀번호"
    assert text[reading.start :].startswith("비밀번호")


def test_other_languages_have_no_rules() -> None:
    """Where there are no rules nothing is guessed, so that no fact is thought to be needed."""
    assert topics_of("Wann kommt mein parcel?", "de") == ()


@given(st.text(max_size=300), st.sampled_from(["en", "ko", "fr"]))
def test_any_text_is_read_without_error(text: str, language: str) -> None:
    """Whatever is written, each kind is named at most once."""
    kinds = topics_of(text, language)

    assert len(kinds) == len(set(kinds))


def test_a_very_long_message_is_read_by_its_beginning() -> None:
    """What follows after thousands of characters decides nothing."""
    assert topics_of("가" * LOOK_AT + " 환불", "ko") == ()


def test_every_kind_of_question_has_a_topic() -> None:
    """Kinds are finer than topics: several of one topic are one topic, in the order they came up."""
    assert topics_for(("refund", "delivery", "exchange")) == ("return", "delivery")
    assert topics_for(("unheard_of",)) == ()
    assert set(OF_KIND.values()) == {"delivery", "return", "payment", "account", "product"}
