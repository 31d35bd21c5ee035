"""Values found again in any usual spelling, numbers and dates read from words, identifiers recognised."""

from __future__ import annotations

import copy
import datetime
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.canonical import figures, identifiers, matcher, normalise
from heedful.canonical.dates import MONTHS
from heedful.canonical.numbers import value

FOUND = [
    ("birth_date", "identity", "1985-09-02", "고객님은 85년 9월 2일생이시니"),
    ("birth_date", "identity", "1985-09-02", "born on 2 September 1985"),
    ("birth_date", "identity", "1985-09-02", "your birthday, Sept 2nd"),
    ("birth_date", "identity", "1985-09-02", "생년월일은 850902로"),
    ("birth_date", "identity", "1985-09-02", "구월 이일에 태어나신"),
    ("birth_date", "identity", "1985-09-02", "9/2/85"),
    ("phone", "contact", "07700 900142", "They will use +44 (0)7700-900142."),
    ("phone", "contact", "07700 900142", "zero seven seven zero zero nine zero zero one four two"),
    ("phone", "contact", "07700 900142", "the number ending in 0142"),
    ("phone", "contact", "010-1302-6614", "공일공 일삼공이 육육일사로"),
    ("phone", "contact", "010-1302-6614", "01013026614번으로"),
    ("phone", "contact", "010-1302-6614", "+82 10-1302-6614"),
    ("phone", "contact", "010-1302-6614", "0\u200b10.1302.6614입니다"),
    ("phone", "contact", "+82 10 1302 6614", "010-1302-6614로"),
    ("balance", "payment", "1,246,000원 (3월 말 기준)", "백이십사만 육천 원입니다"),
    ("balance", "payment", "1,246,000원 (3월 말 기준)", "124만 6천원"),
    ("limit", "payment", "$4,250", "4.25k dollars"),
    ("limit", "payment", "$4,250", "four thousand two hundred and fifty dollars"),
    ("turnover", "payment", "$1,200,000", "1.2 million dollars"),
    ("order_id", "order", "MO-88213", "mo88213은"),
    ("order_id", "order", "MO-88213", "주문번호 88213"),
    ("email", "contact", "mina@example.com", "MINA@example.com으로"),
    ("email", "contact", "mina@example.com", "mina at example dot com"),
    ("email", "contact", "mina@example.com", "m***@example.com"),
    ("name", "identity", "김미나", "미나 님"),
    ("name", "identity", "김미나", "김 고객님"),
    ("name", "identity", "김미나", "ㄱㅣㅁㅁㅣㄴㅏ님"),
    ("name", "identity", "김미나", "It goes to Kim Mi-na."),
    ("name", "identity", "김미나", "MINA GIM 앞으로"),
    ("name", "identity", "박지훈", "Park Ji Hoon"),
    ("name", "identity", "남궁민", "Namkoong Min"),
    ("full_name", "identity", "Choi Yoojin", "최유진 고객님"),
    ("full_name", "identity", "Mina Kim", "미나 님"),
    ("full_name", "identity", "Kim Minji", "김민지 앞으로 보냈습니다"),
    ("full_name", "identity", "Kim Minji", "예약자는 김민지입니다"),
    ("full_name", "identity", "Brigid Lowe", "Dear Brigid"),
    ("full_name", "identity", "Brigid Lowe", "Lowe, Brigid"),
    ("address", "contact", "서울 성북구 보문로34길 12, 301호", "보문로 34길 12로"),
    ("address", "contact", "서울 성북구 보문로34길 12, 301호", "고객님이 계신 성북구"),
    ("address", "contact", "18 Alder Street, Lowick", "18, Alder St."),
    ("address", "contact", "18 Alder Street, Lowick", "your place in Lowick"),
    ("address", "contact", "4 Quay Row, Hexley HX4 2PL", "the postcode hx42pl"),
    ("card", "payment", "4242 4242 4242 4242", "4242-4242-4242-4242로"),
    ("plan", "preference", "온결 라이트 7GB", "라이트 7GB를 온결에서"),
    ("note", "preference", "leave it with the caretaker downstairs", "We leave it downstairs, with the caretaker."),
    ("diet", "special", "vegetarian", "Since you are vegetarian,"),
    ("grade", "preference", "골드", "고객님은 골드 회원이시니"),
    ("points", "payment", "12840", "12,840점입니다"),
    ("passport", "unique_identifier", "M123A4567", "m123 a4567로"),
    ("phone", "contact", "010-1302-6614", "zero one zero, then one three zero two; and six six one four"),
    ("phone", "contact", "010-1302-6614", "oh one oh, thirteen oh two, sixty-six fourteen"),
    ("phone", "contact", "010-1302-6614", "공하나공 다음 일삼공이, 육육일사로"),
    ("phone", "contact", "010-1302-6614", "〇一〇 一三〇二 六六一四"),
    ("phone", "contact", "010-1302-6614", "010-1302-****"),
    ("name", "identity", "김미나", "김.미.나 고객님"),
    ("birth_date", "identity", "1985-09-02", "구월 초이틀에 태어나신"),
    ("email", "contact", "mina@example.com", "mina[@]example[.]com"),
    ("email", "contact", "mina@example.com", "minа@еxаmple.com"),  # Cyrillic letters
    ("allergy", "special", "latex allergy", "As you are allergic to latex"),
]
LEFT = [
    ("grade", "preference", "골드", "골드 회원은 무료 배송입니다"),
    ("birth_date", "identity", "1985-09-02", "9월 2일에 배송됩니다"),
    ("birth_date", "identity", "1985-09-02", "2 September 1986"),
    ("full_name", "identity", "Will Page", "We will email the page."),
    ("full_name", "identity", "May Park", "You may park there."),
    ("name", "identity", "김미나", "미나리 김밥"),
    ("name", "identity", "김미나", "Kim Minho called."),
    ("full_name", "identity", "Choi Yoojin", "정유미 고객님"),
    ("full_name", "identity", "Kim Minji", "김치는 민지 맛입니다"),
    ("name", "identity", "오세훈", "Oh, so soon!"),
    ("order_id", "order", "MO-88213", "MO-882134"),
    ("order_id", "order", "MO-88213", "LAMO-88213"),
    ("phone", "contact", "010-1302-6614", "010-1302-6615"),
    ("phone", "contact", "010-1302-6614", "1577-0000"),
    ("diet", "special", "vegetarian", "The vegetarian menu is on page 3."),
    ("address", "contact", "서울 성북구 보문로34길 12, 301호", "성북구 매장은 9시에 엽니다."),
    ("address", "contact", "서울 성북구 보문로34길 12, 301호", "보문로34길 123"),
    ("address", "contact", "18 Alder Mews, Lowick", "180 Alder Mews"),
    ("limit", "payment", "$4,250", "$4,260"),
    ("email", "contact", "mina@example.com", "jumina@example.com"),
    ("email", "contact", "mina@example.com", "mina@example.com.au"),
    ("phone", "contact", "010-1302-6614", "010-****-****"),
    ("allergy", "special", "latex allergy", "The gloves contain latex."),
    ("colour", "preference", "blue", "The blue lamp costs ₩3,000."),
]


@pytest.mark.parametrize(("name", "category", "stored", "text"), FOUND)
def test_a_value_is_found_in_any_usual_spelling(name: str, category: str, stored: str, text: str) -> None:
    """Dates, phones, money, ids, mail, names, addresses and words are found however they are written."""
    assert matcher(name, category, stored).find(normalise(text))


@pytest.mark.parametrize(("name", "category", "stored", "text"), LEFT)
def test_what_only_looks_like_a_value_is_left(name: str, category: str, stored: str, text: str) -> None:
    """A neighbouring number, a longer word or a plain word that is not said of the customer is no match."""
    assert matcher(name, category, stored).find(normalise(text)) == ()


def test_a_match_has_the_offsets_of_the_original() -> None:
    """The span covers the value as it stands in the text that was given, invisible characters included."""
    text = "번호는 ０１０-1302\u200b-6614입니다."

    ((start, end),) = matcher("phone", "contact", "010-1302-6614").find(normalise(text))

    assert text[start:end] == "０１０-1302\u200b-6614"


def test_a_matcher_shows_nothing_of_its_value() -> None:
    """Neither repr nor pickle nor a copy gives the value away."""
    found = matcher("email", "contact", "mina@example.com")

    assert "mina@" not in repr(found)
    with pytest.raises(TypeError):
        pickle.dumps(found)
    with pytest.raises(TypeError):
        copy.deepcopy(found)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("fourteen", 14),
        ("twenty-one", 21),
        ("two hundred and fifty", 250),
        ("one thousand two hundred", 1200),
        ("two dozen", 24),
        ("스물한", 21),
        ("열두", 12),
        ("백이십사만 육천", 1_246_000),
        ("124만 6천", 1_246_000),
        ("1억 2천만", 120_000_000),
        ("2.5만", 25_000),
        ("1,246,000", 1_246_000),
    ],
)
def test_number_words_are_read(text: str, number: float) -> None:
    """English words, native and Sino-Korean words, digits and mixtures give their value."""
    assert value(text) == number


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("1. Open the app. [1]\n2. Press Send. [2]", []),
        ("두 시간 안에", ["quantity"]),
        ("오늘 오후 6시 반", ["time"]),
        ("within a week", ["quantity"]),
        ("half an hour", ["quantity"]),
        ("좋은 하루 보내세요", []),
        ("이 주문은 한번 확인해 주세요", ["quantity"]),
        ("사원과 회원", []),
        ("12%", ["percent"]),
        ("you may ask three of us", []),
        ("고객센터 1577-0000으로", ["code"]),
        ("S3이랑 S5", ["code", "code"]),
        ("24/7", ["number", "number"]),
        ("7월 16일", ["date"]),
        ("https://help.dalbit.example/ko/a에서", ["link"]),
        ("help@dalbit.example로", ["email"]),
        ("010-****-6614", ["hint"]),
    ],
)
def test_figures_are_told_apart(text: str, kinds: list[str]) -> None:
    """List numbers and markers are no figures; every other number is one, of its kind."""
    assert [figure.kind for figure in figures(normalise(text))] == kinds


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("8804142063317은", "national_number", "8804142063317"),
        ("900101-1234567로", "national_number", "9001011234567"),
        ("5555.5555.5555.4444", "card", "5555555555554444"),
        ("010 1395 2204번으로", "phone", "+821013952204"),
        ("+82 10-1395-2204", "phone", "+821013952204"),
        ("07700 900142", "phone", "+447700900142"),
        ("+44 (0)7700 900142", "phone", "+447700900142"),
        ("a.b@example.org.", "email", "a.b@example.org"),
        ("국민은행 123456-04-567890으로", "account", "12345604567890"),
        ("GB82 WEST 1234 5698 7654 32", "account", "GB82WEST12345698765432"),
        ("여권번호 M12345678", "passport", "m12345678"),
        ("11-12-123456-78", "licence", "111212345678"),
        ("90 01 01 - 1 23 45 67", "national_number", "9001011234567"),
        ("900101ㅡ1234567", "national_number", "9001011234567"),
        ("41111111 11111111", "card", "4111111111111111"),
        ("신한 110222333444", "account", "110222333444"),
        ("order 1234", "id", "1234"),
        ("LX402917은", "id", "lx402917"),
    ],
)
def test_identifiers_have_one_spelling(text: str, kind: str, canonical: str) -> None:
    """What identifies a person is recognised with particles attached, and compared by one spelling."""
    found = identifiers(normalise(text))

    assert [(one.kind, one.canonical) for one in found] == [(kind, canonical)]


@pytest.mark.parametrize("between", [", ", "\n", " ", "; ", " / ", " and "])
@pytest.mark.parametrize(
    ("numbers", "kind", "canonical"),
    [
        (
            ("4111-1111-1111-1111", "5500 0000 0000 0004", "5105105105105100"),
            "card",
            ["4111111111111111", "5500000000000004", "5105105105105100"],
        ),
        (
            ("010-1234-5678", "010-9876-5432", "+82 2 312 3456", "01055556666"),
            "phone",
            ["+821012345678", "+821098765432", "+8223123456", "+821055556666"],
        ),
        (("900101-2345679", "850505-1345678"), "national_number", ["9001012345679", "8505051345678"]),
        (("계좌 110-234-567890", "333-21-0987654"), "account", ["110234567890", "333210987654"]),
    ],
)
def test_each_of_several_numbers_is_found(
    between: str, numbers: tuple[str, ...], kind: str, canonical: list[str]
) -> None:
    """Whatever stands between them, a list of cards, phones, accounts or national numbers hides none."""
    found = identifiers(normalise(between.join(numbers)))

    assert [(one.kind, one.canonical) for one in found] == [(kind, one) for one in canonical]


def test_the_surer_of_two_readings_is_taken() -> None:
    """A number before a card number takes none of its digits."""
    found = identifiers(normalise("2026 4111 1111 1111 1111"))

    assert [one.canonical for one in found if one.kind == "card"] == ["4111111111111111"]


@pytest.mark.parametrize(
    "text",
    [
        "1,246,000원",
        "2026-07-16",
        "버전 10.4.2",
        "3 items for 4 people",
        "오후 6시 30분",
        "H2O 500ml",
        "order 12",
        "https://a.example/x12345",
    ],
)
def test_ordinary_numbers_identify_nobody(text: str) -> None:
    """Prices, dates, versions, counts, times and links are no identifiers."""
    assert identifiers(normalise(text)) == ()


DATES = st.dates(min_value=datetime.date(1930, 1, 1), max_value=datetime.date(2029, 12, 31))
DATE_SPELLINGS = st.sampled_from(
    [
        "{y}-{m:02d}-{d:02d}", "{y}. {m}. {d}.", "{y}년 {m}월 {d}일에", "{yy:02d}년 {m}월 {d}일생", "{d} {month} {y}",
        "{month} {d}, {y}",
        "{d}/{m}/{y}", "{y}{m:02d}{d:02d}로", "{y}.{m:02d}.{d:02d}",
    ]
)  # fmt: skip


@given(DATES, DATE_SPELLINGS)
def test_no_spelling_of_a_date_passes(day: datetime.date, spelling: str) -> None:
    """A withheld date is found in every usual spelling of it."""
    month = MONTHS[day.month - 1].capitalize()
    written = spelling.format(y=day.year, yy=day.year % 100, m=day.month, d=day.day, month=month)

    assert matcher("birth_date", "identity", day.isoformat()).find(normalise(f"확인했습니다: {written} 기준")), written


@given(
    st.integers(0, 99_999_999),
    st.sampled_from(["{}-{}-{}", "{} {} {}", "{}{}{}", "{}.{}.{}", "({}) {}-{}", "+82 {}-{}-{}", "{}){}-{}"]),
)
def test_no_spelling_of_a_korean_mobile_passes(number: int, spelling: str) -> None:
    """A withheld mobile number is found in every usual spelling of it, with a particle attached."""
    digits = f"{number:08d}"
    first = "10" if spelling.startswith("+82") else "010"
    written = spelling.format(first, digits[:4], digits[4:])

    assert matcher("phone", "contact", f"010-{digits[:4]}-{digits[4:]}").find(
        normalise(f"연락처는 {written}입니다.")
    ), written


@given(
    st.integers(1_000, 99_999_999), st.sampled_from(["{:,}원", "{}원", "₩{:,}", "KRW {:,}", "{:,} won", "{:,} 원이"])
)
def test_no_spelling_of_an_amount_passes(amount: int, spelling: str) -> None:
    """A withheld sum of money is found in every usual spelling of it."""
    written = spelling.format(amount)

    assert matcher("balance", "payment", f"{amount:,}원").find(normalise(f"지금 {written} 있습니다.")), written


@given(
    st.from_regex(r"[A-Z]{2,3}-[0-9]{4,8}", fullmatch=True), st.sampled_from(["-", " ", "", "_", "/"]), st.booleans()
)
def test_no_spelling_of_an_id_passes(stored: str, separator: str, lower: bool) -> None:
    """A withheld id is found with any separator or none, in capitals or not."""
    written = stored.replace("-", separator)
    written = written.lower() if lower else written

    assert matcher("order_id", "order", stored).find(normalise(f"주문 {written}은 오늘 출발했습니다.")), written
