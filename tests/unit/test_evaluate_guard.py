"""What `heedful eval guard` prints, and what it says of files it can't read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from heedful.errors import InputError
from heedful.evaluate.guard import evaluate

pytestmark = pytest.mark.anyio

CODES = (
    "unconsented_fact", "purpose_mismatch", "identifier_in_clear", "secret_leak", "hidden_context", "ungrounded",
    "unsafe_output", "missing_ai_notice",
)  # fmt: skip


def line(number: int, lang: str, draft: str, action: str, reasons: list[str]) -> dict[str, Any]:
    """One case about nothing but its draft."""
    return {
        "id": f"case-{number}", "lang": lang, "channel": "chat", "purpose": "customer_care", "question": "?",
        "draft": draft, "expect": {"action": action, "reasons": reasons},
    }  # fmt: skip


async def test_figures_count_recall_precision_and_false_alarms(tmp_path: Path) -> None:
    """Decisions are counted by code and by language, and the wrong ones written out."""
    items, misses = tmp_path / "items.jsonl", tmp_path / "misses.jsonl"
    lines = [
        line(1, "en", "Use AKIAQ7XW3BTYUN5RDEMO.", "block", ["secret_leak"]),
        line(2, "en", "All is well.", "block", ["secret_leak"]),
        line(3, "ko", "모두 괜찮습니다.", "send", []),
        line(4, "ko", "AKIAQ7XW3BTYUN5RDEMO로 들어가세요.", "send", []),
    ]
    items.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in lines), encoding="utf-8")

    figures = await evaluate(items, misses)

    assert figures["n"] == 4
    assert figures["action_accuracy"] == 0.5
    assert figures["false_alarm_rate"] == 0.5
    assert figures["by_reason"] == {"secret_leak": {"n": 2, "recall": 0.5, "precision": 0.5}}
    assert set(figures["by_lang"]) == {"en", "ko"}
    assert figures["p95_ms"] >= figures["p50_ms"] > 0
    assert [json.loads(one)["id"] for one in misses.read_text(encoding="utf-8").splitlines()] == ["case-2", "case-4"]


async def test_misses_say_what_was_missed_and_what_was_a_false_alarm(tmp_path: Path) -> None:
    """A code that was not found, one found in a clean reply, and an action that is wrong though the code is right."""
    items, misses = tmp_path / "items.jsonl", tmp_path / "misses.jsonl"
    lines = [
        {**line(1, "en", "All is well.", "block", ["secret_leak"]), "set": "keys"},
        {**line(2, "ko", "AKIAQ7XW3BTYUN5RDEMO로 들어가세요.", "send", []), "set": "keys"},
        line(3, "en", "Use AKIAQ7XW3BTYUN5RDEMO.", "redact", ["secret_leak"]),
    ]
    items.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in lines), encoding="utf-8")

    figures = await evaluate(items, misses)

    written = [json.loads(one) for one in misses.read_text(encoding="utf-8").splitlines()]
    assert [one["wrong"] for one in written] == [
        [{"kind": "missed", "of": "secret_leak"}],
        [{"kind": "false_alarm", "of": "secret_leak"}],
        [{"kind": "wrong_action", "of": "redact, got block"}],
    ]
    assert [one.get("set") for one in written] == ["keys", "keys", None]
    assert sum(one["n"] for one in figures["misses"]) == 3
    assert figures["by_set"]["keys"]["n"] == 2


async def test_an_empty_file_gives_zeros(tmp_path: Path) -> None:
    """No cases are no error."""
    items = tmp_path / "items.jsonl"
    items.write_text("\n", encoding="utf-8")

    assert (await evaluate(items))["n"] == 0


@pytest.mark.parametrize("content", ["{", "[]", '{"id": "x"}', '{"expect": {}, "lang": "en"}'])
async def test_a_line_that_is_no_case_is_refused(tmp_path: Path, content: str) -> None:
    """A malformed line is an InputError, not a figure."""
    items = tmp_path / "items.jsonl"
    items.write_text(content, encoding="utf-8")

    with pytest.raises(InputError):
        await evaluate(items)


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file is an InputError that names it."""
    with pytest.raises(InputError, match=r"items\.jsonl"):
        await evaluate(tmp_path / "items.jsonl")


async def test_the_shared_sample_is_right_for_the_codes_that_stand(shared_data: Path) -> None:
    """On the shared guard cases each finished code is found wherever expected, and no clean case raises an alarm."""
    figures = await evaluate(shared_data / "guard" / "cases.jsonl")

    assert figures["false_alarm_rate"] == 0
    for code in CODES:
        assert figures["by_reason"][code]["recall"] == 1, code
