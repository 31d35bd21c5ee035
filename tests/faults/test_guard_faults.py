"""Rules that raise, hang or give rubbish: nothing passes, and the other conversations go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest
import regex

from heedful.guard import RULES, Guard, Rule, case_from_json
from heedful.guard.case import Case
from heedful.values import Action, Check, Finding, Verdict

pytestmark = pytest.mark.anyio

SHORT_S = 0.3
FINE = "We ship on weekdays."


def case_of(draft: str) -> Case:
    """A case about nothing in particular."""
    return case_from_json(
        {"lang": "en", "channel": "chat", "purpose": "customer_care", "question": "Hello?", "draft": draft}
    )


def only_for(word: str, misbehave: Any) -> Rule:
    """A rule that misbehaves when the draft holds `word` and finds nothing otherwise."""

    def find(case: Case) -> Iterable[Finding]:
        return cast("Iterable[Finding]", misbehave(case)) if word in case.draft else ()

    return Rule("odd", "unit", Action.REVISE, find)


def raises(_case: Case) -> Iterator[Finding]:
    raise ValueError("a customer's words")


def raises_midway(case: Case) -> Iterator[Finding]:
    yield case.finding("odd", Action.REDACT, (0, 1), "before it broke")
    raise RuntimeError("broken")


def spins(_case: Case) -> Iterator[Finding]:
    while True:
        pass


def sleeps(_case: Case) -> Iterator[Finding]:
    time.sleep(3 * SHORT_S)
    return iter(())


def backtracks(_case: Case) -> Iterator[Finding]:
    if regex.match(r"(a|aa)+$", "a" * 60 + "b", timeout=SHORT_S / 3):
        pass
    return iter(())


RUBBISH = [
    None,
    7,
    "send",
    ["send"],
    [None],
    [Finding("odd", cast("Action", "send"), "odd")],
    [Finding("odd", Action.SEND, "odd", 4, 2)],
]
RUBBISH += [[Finding("odd", Action.REDACT, "odd", 0, 10_000)]]


def is_failure(verdict: Verdict) -> bool:
    """Whether a verdict hands off because a check could not run."""
    return verdict.action is Action.HAND_OFF and "guard_failure" in {finding.code for finding in verdict.findings}


@pytest.mark.parametrize("misbehave", [raises, raises_midway, spins, sleeps, backtracks])
async def test_a_rule_that_can_not_run_is_a_hand_off(misbehave: Any) -> None:
    """A rule that raises, hangs in Python, hangs outside it or in a pattern is `guard_failure`, by its name."""
    guard = Guard((only_for("odd", misbehave), *RULES), deadline_s=SHORT_S)

    verdict = await guard.check(case_of("Something odd."))
    guard.close()

    assert is_failure(verdict)
    assert Check("odd", "failed") in verdict.checks
    assert not any("customer's words" in finding.why for finding in verdict.findings)


@pytest.mark.parametrize("rubbish", RUBBISH, ids=repr)
async def test_a_rule_that_gives_rubbish_is_a_hand_off(rubbish: Any) -> None:
    """What is no finding, or lies outside the draft, is never taken for a pass."""
    guard = Guard((only_for("odd", lambda _case: rubbish),), deadline_s=30)

    verdict = await guard.check(case_of("Something odd."))
    guard.close()

    assert is_failure(verdict)


@pytest.mark.parametrize("misbehave", [raises, spins, sleeps, backtracks])
async def test_ten_other_conversations_go_on(misbehave: Any) -> None:
    """While one rule misbehaves for one conversation, ten others are checked and pass."""
    guard = Guard((only_for("odd", misbehave), *RULES), deadline_s=SHORT_S)

    odd, *others = await asyncio.gather(
        guard.check(case_of("Something odd.")), *(guard.check(case_of(FINE)) for _ in range(10))
    )
    later = await guard.check(case_of(FINE))
    guard.close()

    assert is_failure(odd)
    assert [verdict.action for verdict in others] == [Action.SEND] * 10
    assert later.action is Action.SEND


async def test_what_was_found_before_the_failure_is_kept() -> None:
    """A leak found by an earlier rule still blocks when a later rule hangs."""
    guard = Guard((*RULES, only_for("AKIA", spins)), deadline_s=SHORT_S)

    verdict = await guard.check(case_of("Use AKIAQ7XW3BTYUN5RDEMO."))
    guard.close()

    assert verdict.action is Action.BLOCK
    assert {"secret_leak", "guard_failure"} <= {finding.code for finding in verdict.findings}


async def test_a_closed_guard_lets_nothing_pass() -> None:
    """After `close` every check is a hand-off, none hangs."""
    guard = Guard()
    await guard.check(case_of(FINE))
    guard.close()

    verdict = await guard.check(case_of(FINE))

    assert is_failure(verdict)


async def test_a_cancelled_check_leaves_the_guard_working() -> None:
    """A client that goes away while its check runs takes nothing with it."""
    guard = Guard((only_for("odd", sleeps), *RULES), deadline_s=10)
    waiting = asyncio.create_task(guard.check(case_of("Something odd.")))
    await asyncio.sleep(SHORT_S / 3)
    waiting.cancel()

    verdict = await guard.check(case_of(FINE))
    guard.close()

    assert verdict.action is Action.SEND


@pytest.mark.parametrize(
    "draft", ["", " ", "\u0000", "(" * 5_000, "a@" * 2_000, "1-" * 3_000, "이" * 5_000, "one " * 2_000, "ㄱ" * 3_000]
)
async def test_strange_drafts_are_decided(draft: str) -> None:
    """No text makes the rules run away: repeated brackets, digits, number words and jamo get a verdict in time."""
    guard = Guard(deadline_s=20)

    verdict = await guard.check(case_of(draft))
    guard.close()

    assert "guard_failure" not in {finding.code for finding in verdict.findings}, verdict.findings
