"""Cases that were written from the table of codes alone, without sight of the rules: most are decided as written.

They were a measurement first; the rules have been mended since by the kinds of what was missed, and this holds it.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from heedful.evaluate import texts
from heedful.guard import Guard, case_from_json
from tests.unit.test_guard_cases import cases

pytestmark = pytest.mark.anyio

CASES = Path(__file__).resolve().parent.parent / "cases"
RIGHT, FALSE_ALARMS = 0.95, 0.02
SEEN, FALSE_HINTS = 0.75, 0.01


async def test_drafts_are_decided_as_those_who_had_not_seen_the_rules_would() -> None:
    """At least 95 % of all get their action, and at most 2 % of the clean ones another than to be sent."""
    guard = Guard(deadline_s=30)
    told = [case for path in sorted((CASES / "guard_blind").glob("*.toml")) for _, case in cases(path)]

    actions = [(await guard.check(case_from_json(case))).action.value for case in told]
    guard.close()

    pairs = list(zip(told, actions, strict=True))
    wrong = [case["id"] for case, action in pairs if action != case["expect"]["action"]]
    clean = [action for case, action in pairs if case["expect"]["action"] == "send"]
    assert len(told) > 400
    assert len(wrong) <= (1 - RIGHT) * len(told), wrong
    assert sum(action != "send" for action in clean) <= FALSE_ALARMS * len(clean), wrong


async def test_what_gives_a_fact_away_in_other_words_is_seen(tmp_path: Path) -> None:
    """At least three of four paraphrases of a held fact are found, and at most 1 % of ordinary replies are."""
    told = tomllib.loads((CASES / "disclosure_blind.toml").read_text(encoding="utf-8"))["about"]
    lines = [
        json.dumps({"id": f"{number}-{group}-{place}", "facts": one["facts"], "reply": reply, "label": label})
        for number, one in enumerate(told)
        for group, label in (("gives_away", 1), ("gives_nothing", 0))
        for place, reply in enumerate(one[group])
    ]
    items = tmp_path / "items.jsonl"
    items.write_text("\n".join(lines), encoding="utf-8")

    figures = await texts.evaluate("disclosure", items)

    assert len(lines) == 600
    assert figures["recall"] >= SEEN
    assert figures["false_rate"] <= FALSE_HINTS
