"""Values go to a model as typed placeholders and come back as the customer will see them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.pseudonyms import Pseudonyms, could_continue
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
