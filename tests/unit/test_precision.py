"""A hint lets its owner recognise a value and gives nobody else the rest of it."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.precision import hint, hint_of_identifier, shown_as


@pytest.mark.parametrize(
    ("name", "category", "value", "expected"),
    [
        ("phone", "contact", "010-1234-5678", "010-****-5678"),
        ("mobile", "contact", "01012345678", "010-****-5678"),
        ("phone", "contact", "02-312-4567", "02-****-4567"),
        ("phone", "contact", "+44 7700 900123", "+44-****-0123"),
        ("email", "contact", "kim.mina@example.com", "k***@example.com"),
        ("card", "payment", "4111 1111 1111 4417", "•••• 4417"),
        ("card", "payment", "•••• •••• •••• 4417", "•••• 4417"),
        ("refund_account", "payment", "110-234-567890", "•••• 7890"),
        ("delivery_address", "contact", "서울특별시 마포구 달빛로 12, 304호", "서울특별시 마포구"),
        ("delivery_address", "contact", "서울 성북구 보문로34길 12, 301호", "서울 성북구"),
        ("address", "contact", "경기도 성남시 분당구 별빛로 7", "경기도 성남시 분당구"),
        ("배송지", "contact", "부산광역시 수영구 별빛로 7, 1502호", "부산광역시 수영구"),
        ("postal_address", "contact", "18 Alder Mews, Lowick", "Lowick"),
        ("delivery_address", "contact", "Flat 8, 21 Dalbit-ro, Mapo-gu, Seoul", "Mapo-gu, Seoul"),
        ("address", "contact", "5 Mill Lane, Lowick, LW1 2AB", "Lowick"),
        ("current_district", "location", "서울 마포구", "서울 마포구"),
        ("birthday", "identity", "1990-01-01", "1990-**-**"),
        ("birth_date", "identity", "1990년 1월 1일", "1990-**-**"),
        ("full_name", "identity", "김미나", "김*나"),
        ("full_name", "identity", "박준", "박*"),
        ("full_name", "identity", "Mina Kim", "Mina K."),
        ("order_id", "order", "MO-88213", "••••213"),
        ("messenger", "contact", "ask for the man with the hat", None),
        ("note", "payment", "pays on Fridays", None),
        ("phone", "contact", "12-34", None),
        ("email", "contact", "  ", None),
    ],
)
def test_the_hint_of_a_value(name: str, category: str, value: str, expected: str | None) -> None:
    """Each sort of value has its own readable hint; what has none gives none."""
    assert hint(name, category, value) == expected


@given(st.from_regex(r"010-[1-9][0-9]{3}-[0-9]{4}", fullmatch=True))
def test_the_middle_of_a_phone_number_is_gone(value: str) -> None:
    """The four figures in the middle stand nowhere in the hint."""
    assert hint("phone", "contact", value) == f"010-****-{value[-4:]}"


@given(st.text(max_size=60), st.sampled_from(["contact", "payment", "identity", "location", "order"]))
def test_any_value_has_a_hint_or_none(value: str, category: str) -> None:
    """Whatever a company stores, asking for its hint does no harm."""
    assert hint("something", category, value) != ""


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("card", "4111-1111-1111-1111", "•••• 1111"),
        ("account", "110 234 567890", "•••• 7890"),
        ("national_number", "900101-2000000", "••••"),
        ("passport", "M12345678", "••••"),
        ("licence", "11-23-123456-78", "••••"),
    ],
)
def test_what_stands_for_an_identifier_somebody_wrote(kind: str, value: str, expected: str) -> None:
    """A card or account keeps its ending; of an identity number nothing stays."""
    assert hint_of_identifier(kind, value) == expected


@pytest.mark.parametrize(
    ("name", "category", "value", "precision", "expected"),
    [
        ("order_id", "order", "MO-88213", "full", "MO-88213"),
        ("order_id", "order", "MO-88213", "hint", "••••213"),
        ("card", "order", "4111 1111 1111 1111", "full", "•••• 1111"),
        ("card", "order", "4111 1111 1111 1111", "hint", "•••• 1111"),
        ("note", "contact", "card 4111 1111 1111 1111, ring twice", "full", "card •••• 1111, ring twice"),
        ("note", "contact", "card 4111 1111 1111 1111, ring twice", "hint", None),
        ("refund_bank_account", "preference", "110-234-567890", "full", "•••• 7890"),
        ("refund_account", "payment", "110-234-567890", "hint", "•••• 7890"),
        ("note", "preference", "900101-2000000", "full", None),
        ("national_number", "preference", "AA000000A", "hint", None),
        ("messenger", "contact", "ask for the man with the hat", "hint", None),
    ],
)
def test_a_value_as_a_view_may_hold_it(
    name: str, category: str, value: str, precision: Literal["full", "hint"], expected: str | None
) -> None:
    """In full or as a hint, as allowed; of cards and accounts a hint at most, of identity documents nothing.

    What a fact is called says what its number is: the same figures may be an order's or a bank account's.
    """
    assert shown_as(name, category, value, precision) == expected
