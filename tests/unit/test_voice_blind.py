"""Replies that were read by somebody who had not seen the rules of style: the rules mostly read them the same way."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from heedful.evaluate import voice
from heedful.voice import Spoken, advise

pytestmark = pytest.mark.anyio

CASES = Path(__file__).resolve().parent.parent / "cases"
PRECISION, RECALL = 0.95, 0.9
AGREEING = 54  # of 60


async def test_replies_are_read_as_somebody_else_read_them(tmp_path: Path) -> None:
    """Over all rules at least 95 % of what is found is wrong, and at least 90 % of what is wrong is found."""
    told = tomllib.loads((CASES / "voice_blind.toml").read_text(encoding="utf-8"))["case"]
    items = tmp_path / "items.jsonl"
    items.write_text("".join(json.dumps(case) + "\n" for case in told), encoding="utf-8")

    figures = await voice.evaluate(items)

    assert figures["n"] > 300
    assert figures["precision"] >= PRECISION
    assert figures["recall"] >= RECALL


def test_where_the_answer_stands_is_seen() -> None:
    """Of 60 replies at least 54 are read the same way: the answer comes first, or it does not."""
    told = tomllib.loads((CASES / "answer_first_blind.toml").read_text(encoding="utf-8"))["case"]

    agreeing = 0
    for case in told:
        said = Spoken(
            case["question"], case["lang"], case["reply"], state=case["state"], passages=tuple(case["passages"])
        )
        is_first = all(one.rule != "answer_not_first" for one in advise(said))
        agreeing += is_first == case["first"]

    assert len(told) == 60
    assert agreeing >= AGREEING
