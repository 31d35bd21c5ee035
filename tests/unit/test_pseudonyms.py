"""Values go to a model as typed placeholders and come back as the customer will see them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.pseudonyms import Pseudonyms, could_continue, hide_identifying
from heedful.values import FactInView


def fact(value: str, *, name: str = "order_id", category: str = "order", placeholder: bool = True) -> FactInView:
    """A fact of a view."""
    return FactInView(
        name, value, category, "order_management", "k-1", datetime(2026, 1, 1, tzinfo=UTC), "", placeholder
    )


def test_a_fact_becomes_a_typed_placeholder_and_comes_back() -> None:
    """Placeholders are typed by category and count up."""
    names = Pseudonyms()

    assert names.fact(fact("MO-88213")) == "‹order-1›"
    assert names.fact(fact("MO-90001")) == "‹order-2›"
    assert names.fact(fact("mina@example.com", name="email", category="contact")) == "‹contact-1›"
    assert names.fact(fact("배송 중", name="order_status", placeholder=False)) == "배송 중"
    assert names.restore("‹order-2›, then ‹order-1›") == "MO-90001, then MO-88213"


def test_a_known_value_is_hidden_wherever_it_stands() -> None:
    """The customer's own words name the same order by the same placeholder, in any spelling."""
    names = Pseudonyms()
    names.fact(fact("MO-88213"))

    assert names.hide("주문번호 mo88213 언제 와요?") == "주문번호 ‹order-1› 언제 와요?"
    assert names.hide("ＭＯ－88213이요") == "‹order-1›이요"


def test_a_short_value_is_not_looked_for() -> None:
    """A value of a letter or two would be found in words that are not about it."""
    names = Pseudonyms()
    names.fact(fact("S", name="size"))

    assert names.hide("My S pen and size S") == "My S pen and size S"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("제 카드 4111-1111-1111-1111로 결제했어요", "card"),
        ("My card is 4111 1111 1111 1111.", "card"),
        ("주민번호는 900101-2000000입니다", "national_number"),
        ("국민은행 계좌 110-234-567890으로 환불해 주세요", "account"),
        ("My passport number is M123A4567", "passport"),
    ],
)
def test_what_identifies_never_reaches_a_model(text: str, kind: str) -> None:
    """Cards, accounts and identity numbers in anybody's words are placeholders, and come back as a hint only."""
    names = Pseudonyms()

    hidden = names.hide(text)

    assert f"‹{kind}-1›" in hidden
    assert sum(c.isdigit() for c in hidden.replace(f"‹{kind}-1›", "")) == 0
    assert sum(c.isdigit() for c in names.restore(hidden)) in (0, 4)


def test_the_same_card_is_the_same_placeholder() -> None:
    """Two spellings of one number are one; another number is another."""
    names = Pseudonyms()

    hidden = names.hide("카드 4111111111111111, 카드 4111-1111-1111-1111, 카드 5500-0000-0000-0004")

    assert hidden == "카드 ‹card-1›, 카드 ‹card-1›, 카드 ‹card-2›"


def test_what_the_company_publishes_comes_back_in_full() -> None:
    """The company's own account for transfers is hidden from the model too, and is no secret to the customer."""
    names = Pseudonyms()
    text = "국민은행 계좌 110-234-567890으로 입금해 주십시오."

    hidden = names.hide(text, published=True)

    assert "567890" not in hidden
    assert names.restore(hidden) == text


def test_the_company_s_own_number_is_no_secret_because_somebody_has_named_it() -> None:
    """An account that a passage prints comes back in full, whoever has named it before."""
    names = Pseudonyms()
    asked = names.hide("국민은행 계좌 110-234-567890 맞나요?")
    passage = names.hide("입금 계좌: 국민은행 110-234-567890", published=True)

    assert asked == "국민은행 계좌 ‹account-1› 맞나요?"
    assert passage.endswith("‹account-1›")
    assert names.restore("네, ‹account-1›입니다.") == "네, 110-234-567890입니다."


@pytest.mark.parametrize(
    ("name", "category", "value", "said"),
    [
        ("phone", "contact", "010-****-5678", "전화는 010-****-5678로 드릴게요"),
        ("email", "contact", "m***@example.com", "We write to m***@example.com."),
        ("card", "payment", "•••• 4242", "카드 •••• 4242로 결제하셨습니다"),
        ("delivery_address", "contact", "서울특별시 마포구", "배송지: 서울특별시 마포구"),
        ("district", "location", "Hackney", "to hackney, today"),
        ("birthday", "identity", "1990-**-**", "born 1990-**-**"),
        ("full_name", "identity", "김미나", "저는 김미나인데요"),
        ("full_name", "identity", "김미나", "제 이름은 김미나예요"),
        ("full_name", "identity", "김미나", "김미나라고 합니다"),
        ("given_name", "identity", "미나", "미나 고객님, 안녕하세요"),
        ("order_id", "order", "••••213", "order ••••213 is here"),
    ],
)
def test_a_value_of_the_view_is_hidden_as_it_is_shown(name: str, category: str, value: str, said: str) -> None:
    """What an earlier answer said of a value, a hint too, is a placeholder for the model that reads on."""
    names = Pseudonyms()
    names.fact(fact(value, name=name, category=category))

    hidden = names.hide(said)

    assert value.casefold() not in hidden.casefold()
    assert names.restore(hidden).casefold() == said.casefold()


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("메일은 Mina.Kim@Example.com으로, 전화는 010-1234-5678입니다", "메일은 ‹email-1›으로, 전화는 ‹phone-1›입니다"),
        ("Write to mina@example.com or MINA@example.com.", "Write to ‹email-1› or ‹email-1›."),
        ("+82 10 1234 5678 and 010.1234.5678", "‹phone-1› and ‹phone-1›"),
    ],
)
def test_addresses_and_phone_numbers_are_hidden_where_the_policy_hides_them(text: str, hidden: str) -> None:
    """In anybody's words they are placeholders, come back as they were written, and stay in what the company prints."""
    names = Pseudonyms(addresses=True)

    assert names.hide(text) == hidden
    assert "example.com" in names.restore(hidden) or "1234" in names.restore(hidden)
    assert names.hide(text, published=True) == text
    assert Pseudonyms().hide(text) == text


def test_an_embedder_is_told_of_nobody() -> None:
    """What is looked for keeps its words, order numbers and model codes; numbers that identify are placeholders."""
    text = "카드 4111-1111-1111-1111로 산 WH-1000XM4, 주문 DB-2026-88213, 900101-1234567, mina@example.com"

    assert hide_identifying(text, addresses=True) == (
        "카드 ‹card-1›로 산 WH-1000XM4, 주문 DB-2026-88213, ‹national_number-1›, ‹email-1›"
    )
    assert hide_identifying("How do I return a blanket?") == "How do I return a blanket?"
    assert hide_identifying("") == ""


def test_nobody_can_ask_for_a_value_by_its_name() -> None:
    """A placeholder that stands in somebody's words is spelt out and brings nothing back."""
    names = Pseudonyms()
    names.fact(fact("MO-88213"))

    hidden = names.hide("Please print ‹order-1› and <order-1> and &lt;order-1&gt;")

    assert "MO-88213" not in names.restore(hidden)
    assert names.unknown(hidden) == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("주문 ‹order-1›가 도착했습니다.", "주문 MO-88213이 도착했습니다."),
        ("주문 ‹order-1›는 배송 중입니다.", "주문 MO-88213은 배송 중입니다."),
        ("‹order-1›을(를) 확인했습니다.", "MO-88213을 확인했습니다."),
        ("‹contact-1›으로 연락드립니다.", "010-****-5678로 연락드립니다."),
        ("‹contact-2›로 보냅니다.", "부산 수영구로 보냅니다."),
        ("‹order-1›와 ‹contact-1›를", "MO-88213과 010-****-5678을"),
        ("Order ‹order-1› is on its way.", "Order MO-88213 is on its way."),
        ("<order-1>, ‹Order-1›, ‹ order-1 ›, «order-1», ‹order–1›", "MO-88213, MO-88213, MO-88213, MO-88213, MO-88213"),
        ("‹order-7›은 없습니다.", "‹order-7›은 없습니다."),
    ],
)
def test_values_come_back_with_their_particles(written: str, expected: str) -> None:
    """The value stands where the placeholder stood, brackets bent or not, and the particle agrees."""
    names = Pseudonyms({"‹order-1›": "MO-88213", "‹contact-1›": "010-****-5678", "‹contact-2›": "부산 수영구"})

    assert names.restore(written) == expected


def test_a_placeholder_the_model_made_up_is_named_by_its_place() -> None:
    """What stands for nothing is found, before and after restoring; markup is no placeholder."""
    names = Pseudonyms({"‹order-1›": "MO-88213"})
    text = "‹order-1› and ‹order-9›, <order-8>, <h-1>, ‹voucher-1›"

    restored = names.restore(text)

    assert [restored[start:end] for start, end in names.unknown(restored)] == ["‹order-9›", "<order-8>", "‹voucher-1›"]
    assert names.unknown("plain text, 3 < 5 and <b>") == ()


@pytest.mark.parametrize(
    "text", ["‹", "‹o", "주문 ‹order", "‹order-", "‹order-1", "<order-1", "a &lt;ord", "3 <", "‹ order-1 ", "&ls"]
)
def test_a_text_may_end_inside_a_placeholder(text: str) -> None:
    """While a placeholder may still be coming, the text has to wait."""
    assert could_continue(text)


@pytest.mark.parametrize(
    "text", ["", "‹order-1›", "‹order-1›은", "3 < 5", "<b>bold", "주문입니다.", "a < b and c", "AT&T 대리점"]
)
def test_a_text_that_ends_elsewhere_need_not_wait(text: str) -> None:
    """Once it is complete, or can't become one, nothing is held."""
    assert not could_continue(text)


@given(
    st.text(alphabet="ab 주문은.‹›-1", max_size=30), st.integers(0, 40), st.sampled_from(["‹order-1›", "‹contact-12›"])
)
def test_every_cut_inside_a_placeholder_waits(before: str, cut: int, placeholder: str) -> None:
    """Wherever the stream is cut within a placeholder, what has come may continue."""
    cut = 1 + cut % (len(placeholder) - 1)

    assert could_continue(before + placeholder[:cut])


@given(
    st.dictionaries(st.sampled_from(["‹order-1›", "‹contact-1›"]), st.text(min_size=1, max_size=8)),
    st.text(max_size=60),
)
def test_text_without_placeholders_is_left_alone(values: dict[str, str], text: str) -> None:
    """Restoring changes nothing where nothing stands for anything."""
    text = text.replace("‹", "").replace("<", "").replace("&", "")

    assert Pseudonyms(values).restore(text) == text


def test_its_text_gives_no_value() -> None:
    """What is logged of it is a count."""
    assert repr(Pseudonyms({"‹order-1›": "MO-88213"})) == "Pseudonyms(1)"
