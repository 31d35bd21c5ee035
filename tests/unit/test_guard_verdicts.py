"""How findings become a verdict, how a unit is read with what stands before it, and what a redaction leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.canonical.text import PATIENCE_S
from heedful.errors import InputError
from heedful.guard import RULES, Guard, Rule, case_from_json
from heedful.guard.case import Case
from heedful.guard.running import Progress, run, verdict
from heedful.values import Action, Check, Finding, Verdict

pytestmark = pytest.mark.anyio

FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(["ungrounded", "unsafe_output", "secret_leak", "over_disclosure"]),
    action=st.sampled_from(list(Action)),
    rule=st.just("any"),
    start=st.integers(0, 5),
    end=st.integers(5, 10),
)


def case_of(draft: str, **given: Any) -> Case:
    """A case in English about nothing in particular."""
    return case_from_json(
        {"lang": "en", "channel": "chat", "purpose": "customer_care", "question": "Hello?", "draft": draft, **given}
    )


def checked(case: Case) -> Verdict:
    """What all the rules make of a case, without the thread."""
    return run(RULES, case, Progress())


@given(st.lists(FINDINGS, max_size=5), FINDINGS.filter(lambda finding: finding.code != "ungrounded"))
def test_a_further_finding_never_makes_a_verdict_milder(findings: list[Finding], further: Finding) -> None:
    """The action only grows as findings are added, even where one finding claims the span of another."""
    lesser = [finding for finding in findings if finding.code != "ungrounded"]

    before = verdict(lesser, []).action.severity
    after = verdict([*lesser, further], []).action.severity
    assert after >= before
    assert after >= further.action.severity


@given(st.lists(FINDINGS, max_size=6))
def test_a_verdict_is_as_severe_as_its_worst_finding(findings: list[Finding]) -> None:
    """No order of the findings changes the verdict, and the worst one decides."""
    assert verdict(findings, []) == verdict(list(reversed(findings)), []) or (
        verdict(findings, []).action == verdict(list(reversed(findings)), []).action
    )
    assert all(verdict(findings, []).action.severity >= f.action.severity for f in findings if f.code != "ungrounded")


def test_one_span_has_one_cause() -> None:
    """What a safety rule has claimed is not also ungrounded, and the check of the lesser rule says passed."""
    link = Finding("unsafe_output", Action.REDACT, "unsafe_output", 3, 20)
    figure = Finding("ungrounded", Action.REVISE, "ungrounded", 10, 12)

    folded = verdict([link, figure], [Check("unsafe_output", "found"), Check("ungrounded", "found")])

    assert folded.findings == (link,)
    assert folded.checks == (Check("unsafe_output", "found"), Check("ungrounded", "passed"))


def test_a_value_split_over_two_units_is_found_when_it_is_complete() -> None:
    """The unit that completes a value is stopped, with the whole of it as the span, and the unit before is not."""
    draft = "You pay with 5555 5555\n5555 4444 from now on."
    first = draft.index("\n") + 1
    case = case_of(draft)

    before = checked(case.at(draft[:first], 0, first, final=False))
    after = checked(case.at(draft, first, len(draft), final=True))

    assert not [f for f in before.findings if f.code == "identifier_in_clear"]
    (found,) = [f for f in after.findings if f.code == "identifier_in_clear"]
    assert draft[found.start : found.end] == "5555 5555\n5555 4444"


def test_a_finding_before_the_unit_is_not_said_again() -> None:
    """What an earlier unit was judged for is no finding of a later one."""
    draft = "Use AKIAQ7XW3BTYUN5RDEMO for it. All the best."
    start = draft.index("All")

    verdict_ = checked(case_of(draft).at(draft, start, len(draft), final=True))

    assert verdict_.findings == ()


@pytest.mark.parametrize("start", [0, 6])
def test_the_notice_is_added_to_the_first_unit_only(start: int) -> None:
    """A draft without the AI notice gets it before its first words; a later unit is not asked for it again."""
    draft = "Hello. We ship on weekdays."

    verdict_ = checked(case_of(draft, notice_given=False).at(draft, start, len(draft), final=True))

    if start:
        assert verdict_.findings == ()
    else:
        (found,) = verdict_.findings
        assert (found.start, found.end, found.action) == (0, 0, Action.REDACT)
        assert "AI assistant" in found.mask


def test_every_rule_reports_how_it_went() -> None:
    """A receipt can list each rule: found, passed, or absent where the store can't look others up."""
    case = case_of("Use AKIAQ7XW3BTYUN5RDEMO.")

    results = {check.rule: check.result for check in checked(case).checks}

    assert results["secret_leak"] == "found"
    assert results["ungrounded"] == "passed"
    assert set(results) == {rule.code for rule in RULES}


def test_findings_say_why_without_the_value() -> None:
    """No explanation of a finding holds a withheld value, in any spelling of it."""
    facts = [
        {"name": "phone", "value": "010-4477-2093", "category": "contact", "purposes": [], "consent": "refused"},
        {
            "name": "email",
            "value": "jun@example.com",
            "category": "contact",
            "purposes": ["order_management"],
            "consent": "given",
        },
    ]
    draft = "Call 010 4477 2093 or write to jun@example.com, card 5555 5555 5555 4444, AKIAQ7XW3BTYUN5RDEMO."
    case = case_of(draft, verified=True, profile={"customer_id": "c", "facts": facts})

    findings = checked(case).findings

    assert len(findings) >= 4
    for finding in findings:
        assert not any(part in finding.why + finding.mend for part in ("4477", "jun@", "5555", "AKIA"))


@pytest.mark.parametrize(
    ("draft", "given", "expected"),
    [
        ("Pay with 5555 5555 5555 4444 again.", {"question": "5555 5555 5555 4444 fails"}, "Pay with •••• 4444 again."),
        ("See <b>this</b> now.", {}, "See this now."),
        ("See [our page](https://evil.example.net/a) now.", {}, "See our page now."),
        ("여기 evil.example.net/a를 보세요.", {"lang": "ko"}, "여기 (링크 생략)를 보세요."),
    ],
)
async def test_a_redacted_text_reads_well_and_passes_the_second_check(
    draft: str, given: dict[str, Any], expected: str
) -> None:
    """Masking each span as its finding says leaves a readable text that the guard lets through."""
    guard = Guard(deadline_s=30)
    first = await guard.check(case_of(draft, **given))

    masked = draft
    for finding in sorted(first.findings, key=lambda f: f.start, reverse=True):
        masked = masked[: finding.start] + finding.mask + masked[finding.end :]
    second = await guard.check(case_of(masked, **given))
    guard.close()

    assert first.action is Action.REDACT
    assert masked == expected
    assert second.findings == ()


def test_sources_are_worked_out_once_for_a_reply() -> None:
    """The next unit's case rests on the same grounds; a changed view gets its own."""
    case = case_of("We ship on weekdays. Really.")

    following = case.at(case.draft, 21, 28, final=True)

    assert following.grounds is case.grounds


def test_a_whole_rule_waits_for_the_end() -> None:
    """A rule about the whole draft runs with the last unit only."""

    def find(case: Case) -> Iterator[Finding]:
        yield case.finding("whole", Action.REVISE, (0, 1), "about all of it")

    rules = (Rule("whole", "whole", Action.REVISE, find),)
    case = case_of("One. Two.")

    assert run(rules, case.at(case.draft, 0, 5, final=False), Progress()).findings == ()
    assert run(rules, case.at(case.draft, 5, 9, final=True), Progress()).action is Action.REVISE


@pytest.mark.parametrize(
    "broken",
    [
        {"draft": None},
        {"channel": "fax"},
        {"passages": "none"},
        {"passages": [{"trust": "secret"}]},
        {"hidden": [1]},
        {"history": ["hello"]},
    ],
)
def test_a_malformed_case_is_refused_by_name(broken: dict[str, Any]) -> None:
    """A guard case of another form is an InputError that names the key and no value."""
    with pytest.raises(InputError):
        case_of(
            "Hello.", **{key: value for key, value in broken.items() if key != "draft"}
        ) if "draft" not in broken else (
            case_from_json({"lang": "en", "channel": "chat", "purpose": "customer_care", "question": "?"})
        )


def timing_out(times: list[int], *, work_s: float) -> Rule:
    """A rule whose pattern runs out of time at first, after that much work of its own."""

    def find(_case: Case) -> Iterator[Finding]:
        times.append(1)
        until = time.thread_time() + work_s
        while time.thread_time() < until:
            pass
        if len(times) == 1:
            raise TimeoutError
        yield from ()

    return Rule("any", "unit", Action.BLOCK, find)


def test_a_clock_that_ran_while_the_rule_did_not_costs_nobody_a_reply() -> None:
    """A pattern that ran out of time without working is tried again; one that worked all that time is not."""
    stalled: list[int] = []
    hanging: list[int] = []

    waited = run([timing_out(stalled, work_s=0)], case_of("Hello."), Progress())
    worked = run([timing_out(hanging, work_s=PATIENCE_S / 2 + 0.1)], case_of("Hello."), Progress())

    assert waited.action is Action.SEND
    assert len(stalled) == 2
    assert [finding.code for finding in worked.findings] == ["guard_failure"]
    assert len(hanging) == 1
