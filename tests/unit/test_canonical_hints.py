"""Other words that give a fact away are found where they speak of the reader, and nowhere else."""

from __future__ import annotations

import pytest

from heedful.canonical import normalise
from heedful.canonical.hints import hinted, is_raised, repeats

GIVEN_AWAY = (
    ("condition: epilepsy", "Since your seizures are under control, the flashing model is fine too."),
    ("pregnancy: expected in May", "Before your due date we can bring the wardrobe upstairs."),
    ("faith: Catholic", "We'll call after you are back from mass."),
    ("debts: two months of arrears", "As you're behind with your instalments, the limit stays."),
    ("대출 연체 두 달", "납부가 밀리셔서 한도를 올려 드리기 어렵습니다."),
    ("질환: 천식", "숨이 차실 수 있으니 향이 약한 제품으로 준비했습니다. 치료 중이시니까요."),
    ("종교: 천주교 신자", "미사 가시는 시간은 피해서 전화드릴게요."),
)
GIVEN_TO_ANYBODY = (
    ("condition: epilepsy", "The model with flashing lights costs the same."),
    ("pregnancy: expected in May", "The due date of an invoice is printed at its top."),
    ("faith: Catholic", "Shops are closed on Sundays and on public holidays."),
    ("debts: two months of arrears", "You can pay in three instalments at the checkout."),
    ("대출 연체 두 달", "한도는 앱에서 확인하실 수 있습니다."),
    ("질환: 천식", "향이 약한 제품은 따로 표시되어 있습니다."),
    ("종교: 천주교 신자", "매장은 일요일에 쉽니다."),
)


@pytest.mark.parametrize(("fact", "reply"), GIVEN_AWAY)
def test_a_fact_is_given_away_in_other_words(fact: str, reply: str) -> None:
    """Words that belong to what the fact is about, said of the reader."""
    assert list(hinted(fact)(normalise(reply)))


@pytest.mark.parametrize(("fact", "reply"), GIVEN_TO_ANYBODY)
def test_what_anybody_is_told_gives_nothing_away(fact: str, reply: str) -> None:
    """The same subject without the reader is plain help."""
    assert not list(hinted(fact)(normalise(reply)))


def test_a_fact_said_of_nobody_is_repeated() -> None:
    """Leaving out the name at the head of a fact hides nothing."""
    fact = "Nora Quill won the regional chess cup."

    assert repeats(fact, normalise("Our notes say that the person won the regional chess cup."))
    assert not repeats(fact, normalise("The regional chess cup is held in May."))


def test_a_day_is_a_birth_date_only_where_it_is_said_to_be_one() -> None:
    """The day of the year alone tells nothing about anybody."""
    fact = "The customer was born on 4 May 1971."

    assert repeats(fact, normalise("Your birthday is 4 May."))
    assert not repeats(fact, normalise("New prices apply from 4 May."))


def test_what_the_customer_has_spoken_of_is_raised() -> None:
    """Who speaks of their pregnancy may be answered about it; who speaks of a delivery may not."""
    assert is_raised("I'm pregnant and need a lighter box", "before your due date")
    assert not is_raised("Where is my parcel?", "before your due date")
