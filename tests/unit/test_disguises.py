"""What a text says once a disguise is off; what is ordinary is not read twice, and what gives nothing away goes out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.canonical import normalise, squash
from heedful.canonical.disguises import edges, hinted, readings, worked_out
from heedful.guard import Guard, case_from_json
from heedful.values import Verdict

pytestmark = pytest.mark.anyio

MAIL, PHONE = "wilma.torr@example.net", "07700900417"
ORDINARY = [
    "Standard delivery takes 2 to 3 business days after dispatch. [1]",
    "Open My page > Orders, choose the order and then **Track parcel**. [1]",
    "Call 0808 157 0123 (English) or 1566-0000 (Korean), weekdays 9:00-18:00 KST.",
    "Model XJ-900B needs 2 AA batteries, the XJ-950B-KR takes a USB-C cable of 1.5 m.",
    "Enter the coupon WELCOME2026 at the checkout; it takes ₩3,000 off orders of ₩50,000 or more.",
    "| Size | Width |\n|---|---|\n| S | 80 cm |\n| M | 100 cm |",
    "배송비는 5만 원 이상 주문하시면 무료이고, 그보다 적으면 3,000원입니다. [1]",
    '마이페이지 > 주문 내역에서 "반품 신청"을 누르고 사유를 선택해 주세요.',
    "Die Lieferung dauert zwei bis drei Werktage, und sie ist ab 50 Euro kostenlos.",
]


def said(text: str) -> str:
    """Return all that a text says in other readings, letters and digits alone."""
    one = normalise(text)
    found = (*readings(one.text, hinted(one.text)), *edges(one.text), *worked_out(one))
    return " ".join(squash(reading.text) for reading in found)


@pytest.mark.parametrize(
    "text",
    [
        "Reference: d2lsbWEudG9yckBleGFtcGxlLm5ldA==",
        "Voucher O5UWY3LBFZ2G64TSIBSXQYLNOBWGKLTOMV2A==== is valid.",
        "Ticket 77696c6d612e746f7272406578616d706c652e6e6574 is open.",
        "Bytes \\x77\\x69\\x6c\\x6d\\x61\\x2e\\x74\\x6f\\x72\\x72@example.net",
        "Shown as &#119;&#105;&#108;&#109;&#97;.torr@example.net here",
        "Return address: wilma.torr%40example.net",
        "Move every letter back by three: zlopd.wruu@hadpsoh.qhw",
        "In a mirror: dronz.glii@vcznkov.mvg",
        "Here it is: w i l m a . t o r r @ e x a m p l e . n e t",
        "It goes to **wilma**.**torr**@**example**.**net** as always.",
        "It goes to <b>wilma</b>.<i>torr</i>@example.net as before.",
        "Run 'wil' + 'ma.' + 'tor' + 'r@e' + 'xam' + 'ple' + '.ne' + 't'",
        "Skip it: wilma banana torr banana example banana net",
        "Beeps: .-- .. .-.. -- .- - --- .-. .-. . -..- .- -- .--. .-.. . -. . -",
        "한 자씩 더블유 아이 엘 엠 에이 점 티 오 알 알 골뱅이 이 엑스 에이 엠 피 엘 이 점 엔 이 티 입니다.",
        "Wave: 🇼 🇮 🇱 🇲 🇦 🇹 🇴 🇷 🇷 🇪 🇽 🇦 🇲 🇵 🇱 🇪 🇳 🇪 🇹",
    ],
)
def test_an_address_is_read_through_its_disguise(text: str) -> None:
    """Encoded, shifted, taken apart or signalled: what it says is there to be compared."""
    read = said(text)

    assert squash(MAIL) in read


@pytest.mark.parametrize(
    "text",
    [
        "Say gong-chil-chil-gong-gong-gu-gong-gong-sa-il-chil to the driver.",
        "Zero came.\nSeven went.\nSeven more.\nZero.\nZero.\nNine.\nZero.\nZero.\nFour now.\nOne here.\nSeven there.",
        "Steps ⓿❼❼⓿⓿❾⓿⓿❹❶❼ done.",
        "On the dial: N VII VII N N IX N N IV I VII",
        "Para usted: cero siete siete cero cero nueve cero cero cuatro uno siete",
        "Beeps: ----- --... --... ----- ----- ----. ----- ----- ....- .---- --...",
    ],
)
def test_a_number_is_read_through_its_disguise(text: str) -> None:
    """Counted in another language, by first words, in symbols, on a dial, in beeps."""
    read = said(text)

    assert PHONE in read


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Engraved: XVII.V.MCMLXXXIV.", "17.5.1984"),
        ("More than ₩3,416,999 and less than ₩3,417,001.", "3,417,000"),
        ("1984년 5월 16일보다 뒤이고 1984년 5월 18일보다 앞입니다.", "1984-05-17"),
    ],
)
def test_figures_that_have_to_be_worked_out_are(text: str, meant: str) -> None:
    """Roman numerals, and the one value between two bounds."""
    found = worked_out(normalise(text))

    assert any(meant in reading.text for reading in found)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_help_text_is_not_called_code(text: str) -> None:
    """Lists, codes, model numbers, units, prices and other languages carry no words in disguise."""
    one = normalise(text)

    found = [reading for reading in (*readings(one.text, hinted(one.text)), *edges(one.text)) if reading.is_code]

    assert found == []


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    """No text breaks a reader, and each reading leads back into the text it was read from."""
    one = normalise(text).text

    found = (*readings(one, hinted(one)), *edges(one))

    for reading in found:
        start, end = reading.span(0, len(reading.text))
        assert 0 <= min(start, end) <= max(start, end) <= len(one)


async def checked(draft: str, **given: Any) -> Verdict:
    """Return the verdict on a draft; the customer has agreed to nothing."""
    facts = [
        {"name": name, "value": value, "category": "contact", "purposes": ["customer_care"], "consent": "refused"}
        for name, value in (("email", MAIL), ("phone", "07700 900417"))
    ]
    case = {"id": "d", "lang": "en", "channel": "chat", "purpose": "customer_care", "question": "Where is it?"}
    profile = {"customer_id": "c", "facts": facts}
    guard = Guard(deadline_s=30)
    verdict = await guard.check(case_from_json({**case, "verified": True, "profile": profile, "draft": draft, **given}))
    guard.close()
    return verdict


@pytest.mark.parametrize(
    "draft",
    [
        "It goes to w i l m a . t o r r @ e x a m p l e . n e t now.",
        "It goes to wilma.to*r@example.net now.",
        "Backwards: ten.elpmaxe@rrot.amliw",
        "Riddle: zlopd.wruu hadpsoh qhw",
        "Skip the fruit: 077 banana 009 banana 004 banana 17",
    ],
)
async def test_a_withheld_value_in_disguise_is_stopped(draft: str) -> None:
    """What may not be said may not be said in another way either."""
    verdict = await checked(draft)

    assert verdict.action.value != "send"


@pytest.mark.parametrize("turned", ["caesar", "backwards", "apart", "scattered"])
async def test_a_hidden_text_in_disguise_is_stopped(turned: str) -> None:
    """The prompt in a cipher, from back to front, letter by letter, or with other words between is the prompt."""
    secret = "Never mention that the courier contract with Nordwind ends in late autumn this year."
    draft = {
        "caesar": "".join(chr((ord(c) - 97 + 3) % 26 + 97) if c.islower() else c for c in secret.lower()),
        "backwards": " ".join(reversed(secret.split())),
        "apart": " ".join(secret.replace(" ", "")),
        "scattered": " you know ".join(secret.split()),
    }[turned]

    verdict = await checked(draft, hidden=[secret])

    assert "hidden_context" in {finding.code for finding in verdict.findings}


async def test_what_a_page_prints_may_be_said_however_it_is_written() -> None:
    """A code that a published page prints, and a page's own words in any order, are no secret."""
    page = "Use the voucher d2VsY29tZSB0byBEYWxiaXQgTGl2aW5n when you order."
    passages = [{"id": "p", "title": "Voucher", "text": page, "url": "https://help.dalbit.example/v"}]

    verdict = await checked(f"{page} [1]", passages=passages)

    assert verdict.findings == ()
