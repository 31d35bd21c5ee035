"""Receipts in plain words: every part of one is said, in both languages, and never a value."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from heedful.customers import WORDS
from heedful.guard import RULES
from heedful.phrases import Phrases
from heedful.policy import load
from heedful.receipt_words import receipt_words
from heedful.values import ConsentState, WithheldWhy

ROOT = Path(__file__).resolve().parents[2]
POLICY = load(ROOT / "policy.toml")
WHOLE: dict[str, Any] = {
    "id": "receipt_1",
    "at": "2026-11-22T11:34:56+09:00",
    "kinds": ["delivery", "return"],
    "purpose": "order_management",
    "verified": True,
    "facts": [
        {
            "name": "expected_delivery",
            "category": "order",
            "purpose": "order_management",
            "consent_id": "cns_1",
            "given_at": "2026-11-17T20:41:00+09:00",
            "source": "carrier",
        }
    ],
    "withheld": [
        {"name": "phone", "category": "contact", "why": "no_consent"},
        {"name": "email", "category": "contact", "why": "no_consent"},
        {"name": "shoe_size", "category": "preference", "why": "opted_out"},
    ],
    "passages": [
        {"id": "p#0", "title": "When it comes", "url": "https://h.example/a", "updated": "2026-09-01", "version": "1f"},
        {"id": "p#1", "title": "When it comes", "url": "https://h.example/a", "updated": "2026-09-01", "version": "2f"},
    ],
    "checks": [
        {"rule": "ungrounded", "result": "found"},
        {"rule": "secret_leak", "result": "passed"},
        {"rule": "profile", "result": "absent"},
    ],
    "changed": ["ungrounded"],
    "model": {"name": "gpt-4o-mini", "where": "US"},
    "prompts": {"chat.md": "ab", "_voice.md": "cd"},
    "salt": "5f",
    "chain": {"position": 1234, "hash": "9b"},
}


ENGLISH = """\
This is the receipt of the reply of 2026-11-22 02:34 UTC.
Your message was about delivery; your data was looked at for this purpose: handling your orders, deliveries and returns.
It quotes the help page "When it comes" (https://h.example/a), as updated on 2026-09-01.
It used your expected delivery, which came from "carrier", for this purpose: handling your orders, deliveries \
and returns. You agreed on 2026-11-17 (consent cns_1).
It did not use your phone number and e-mail address: you have not agreed to this use.
It did not use your shoe size: your browser asks not to use what you did on our site.
It passed 2 checks before you saw it.
Something in the draft was put right before you saw it: figures and claims without support.
This could not be looked at: customer profile.
It was written by the model gpt-4o-mini, which runs at: US.
The model was given 2 files of instructions; which ones, the digests in this receipt prove.
It is entry 1,234 of the record that nobody can change unnoticed.""".splitlines()


@pytest.fixture(scope="module")
def words() -> Phrases:
    """The sentences as shipped."""
    return Phrases.load(ROOT / "prompts" / WORDS)


def said(words: Phrases, language: str, **changed: Any) -> list[str]:
    """Return the sentences of the receipt above, with changes."""
    return list(receipt_words({**WHOLE, **changed}, words=words, policy=POLICY, language=language))


def test_every_part_is_said_in_english(words: Phrases) -> None:
    """Time, purpose, each source once, facts with consent and source, what was withheld, checks, model, place."""
    assert said(words, "en", kinds=["delivery"]) == ENGLISH


def test_every_part_is_said_in_korean(words: Phrases) -> None:
    """As many sentences as in English, each in Hangul and in 합쇼체."""
    korean = said(words, "ko")

    assert len(korean) == len(said(words, "en"))
    assert "다음 정보를 사용했습니다: 배송 예정일(출처: carrier)." in korean[3]
    assert "전화번호, 이메일 주소" in korean[4]
    for sentence in korean:
        assert re.search("[가-힣]", sentence)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_there_is_nothing_of_is_said_too(words: Phrases, language: str) -> None:
    """No source, no fact, no check, a fixed sentence, nobody verified: each has its sentence."""
    bare = said(
        words,
        language,
        verified=False,
        kinds=[],
        facts=[],
        withheld=[],
        passages=[],
        checks=[],
        changed=[],
        model={"name": "none", "where": "this machine"},
        prompts={},
        chain={},
    )
    keys = ("receipt.unverified", "receipt.no_source", "receipt.no_check", "receipt.fixed")

    assert bare[1:] == [words.get(language, key) for key in keys]
    assert words.get(language, "receipt.no_fact") in said(words, language, facts=[])
    built_in = {"name": "extractive", "where": "this machine"}
    assert words.get(language, "receipt.built_in") in said(words, language, model=built_in)


def test_every_reason_state_and_rule_has_its_words(words: Phrases) -> None:
    """Nothing that a receipt or an export can hold is without a name."""
    needed = [f"withheld.{why}" for why in get_args(WithheldWhy)]
    needed += [f"state.{state}" for state in (*get_args(ConsentState), "partly", "open", "done", "declined")]
    needed += [f"rule.{rule.code}" for rule in RULES] + ["rule.guard_failure", "rule.profile", "rule.markers"]

    assert [key for key in needed if not words.has(key)] == []


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_and_the_receipt_call_things_the_same(words: Phrases, language: str) -> None:
    """A fact or rule that the demo page names has the same name in a receipt's words."""
    folder = ROOT / "src" / "heedful" / "web" / "static" / "strings"
    shown = json.loads((folder / f"{language}.json").read_text(encoding="utf-8"))
    named = {key: text for key, text in shown.items() if key.startswith(("fact.", "rule."))}

    assert named
    assert {key: words.get(language, key) if words.has(key) else None for key in named} == named
