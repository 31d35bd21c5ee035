"""What the guard costs: every rule on one unit, and on a whole reply of 500 characters, in both languages."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.corpus import QUESTION, QUESTION_KO
from benchmarks.rows import Row, at, median
from heedful import consent
from heedful.guard import Guard
from heedful.guard.case import Case
from heedful.knowledge.load import files, read
from heedful.knowledge.split import split
from heedful.policy import load
from heedful.settings import shipped
from heedful.units import sentences
from heedful.values import Asking, Passage

ROUNDS = 15
REPLY = 500  # characters
PASSAGES = 6  # that a reply rests on


def passages_of(language: str) -> tuple[Passage, ...]:
    """Return the passages of the sample's articles about returns, those of the opened item first."""
    root = shipped("knowledge_base")
    paths = sorted(files([root / language / "returns"]), key=lambda path: path.stem != "return-opened-item")
    return tuple(passage for path in paths for passage in split(read(path, root=root)))


def case_of(language: str, question: str) -> Case:
    """Return the case of a verified customer with consents, some of whose facts are withheld; its draft is empty."""
    lines = shipped("demo_profiles.jsonl").read_text(encoding="utf-8").split("\n")
    profile, policy = consent.read_profile(json.loads(lines[0])), load(shipped("policy.toml"))
    asking = Asking("order_management", ("return",), True, "chat", without_my_data=False, now=datetime.now(UTC))
    view, withheld = consent.view(profile, asking, policy)
    return Case(
        draft="",
        start=0,
        end=0,
        final=False,
        language=language,
        channel="chat",
        question=question,
        view=view,
        withheld=withheld,
        passages=passages_of(language)[:PASSAGES],
        policy=policy,
        hidden=("hfc-0123456789abcdef0123", (shipped("prompts") / "chat.md").read_text(encoding="utf-8")),
        held_elsewhere=frozenset(),
    )


async def _timed(guard: Guard, cases: Sequence[Case]) -> list[float]:
    """Return what each check took, in milliseconds."""
    taken = []
    for case in cases:
        began = time.perf_counter()
        verdict = await guard.check(case)
        taken.append((time.perf_counter() - began) * 1000)
        if any(finding.code == "guard_failure" for finding in verdict.findings):
            raise RuntimeError("a rule could not run")
    return taken


async def _measure(language: str, question: str) -> tuple[list[float], list[float]]:
    """Return what units took, released one after the other, and what replies took that were checked whole."""
    guard, first = Guard(), case_of(language, question)
    words = "".join(passage.text + "\n" for passage in passages_of(language))
    units, ends, end = sentences(words), [], 0
    for unit in units:
        end += len(unit)
        ends.append(end)
    starts = [0, *ends[:-1]]
    cuts = range(0, len(words) - REPLY, REPLY // 2)
    by_unit: list[float] = []
    whole: list[float] = []
    try:
        for turn in range(-2, ROUNDS):
            unit_cases = [
                first.at(words[:end], begin, end, final=False) for begin, end in zip(starts, ends, strict=True)
            ]
            reply_cases = [first.at(words[cut : cut + REPLY], 0, REPLY, final=True) for cut in cuts]
            taken = await _timed(guard, unit_cases), await _timed(guard, reply_cases)
            if turn >= 0:
                by_unit += taken[0]
                whole += taken[1]
    finally:
        guard.close()
    return by_unit, whole


def run() -> list[Row]:
    """Return the rows."""
    rows = []
    for name, language, question in (("English", "en", QUESTION), ("Korean", "ko", QUESTION_KO)):
        units, replies = asyncio.run(_measure(language, question))
        rows += [
            Row(f"guard, one {name} unit, p50", median(units), "ms", hold=1, digits=2),
            Row(f"guard, one {name} unit, p95", at(units, 0.95), "ms", digits=2),
            Row(f"guard, {REPLY} characters of {name} at once, p95", at(replies, 0.95), "ms", hold=10, digits=2),
        ]
    return rows
