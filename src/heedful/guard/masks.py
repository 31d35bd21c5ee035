"""What a redaction puts in place of a span: readable, in the reply's language, and never the value."""

from __future__ import annotations

import regex

_WORDS = {
    "card": ("(card number hidden)", "(카드 번호 생략)"),
    "account": ("(account number hidden)", "(계좌 번호 생략)"),
    "passport": ("(passport number hidden)", "(여권 번호 생략)"),
    "licence": ("(licence number hidden)", "(면허 번호 생략)"),
    "national_number": ("(identity number hidden)", "(주민등록번호 생략)"),
    "phone": ("your registered number", "등록하신 번호"),
    "email": ("your registered e-mail address", "등록하신 이메일 주소"),
    "address": ("your registered address", "등록하신 주소"),
    "payment": ("the amount shown in your account", "계정에서 확인하실 수 있는 금액"),
    "value": ("the details in your account", "등록하신 정보"),
    "somebodys_email": ("(e-mail address hidden)", "(이메일 주소 생략)"),
    "somebodys_phone": ("(phone number hidden)", "(전화번호 생략)"),
    "somebodys_id": ("(number hidden)", "(번호 생략)"),
    "somebodys_home": ("(address hidden)", "(주소 생략)"),
    "somebodys_name": ("(name hidden)", "(이름 생략)"),
    "link": ("(link removed)", "(링크 생략)"),
}


def words(kind: str, language: str) -> str:
    """Return the words that stand for a value of this kind."""
    english, korean = _WORDS.get(kind, _WORDS["value"])
    return korean if language == "ko" else english


def ending(value: str) -> str:
    """Return the last four digits of a number behind dots: `•••• 4242`."""
    digits = regex.sub(r"\D", "", value)
    return f"•••• {digits[-4:]}"


def phone(value: str) -> str:
    """Return a phone number with its middle hidden: `010-****-5678`."""
    digits = regex.sub(r"\D", "", value)
    first = digits[:3] if digits.startswith("0") else "+" + digits[:2]
    return f"{first}-****-{digits[-4:]}"


def email(value: str) -> str:
    """Return an address with its name hidden: `m***@example.com`."""
    local, _, domain = value.partition("@")
    return f"{local[:1]}***@{domain}"
