"""What `[guard]` of policy.toml makes of the checks: stricter, milder, observed or off, and never less than it must."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import settings as drawn
from hypothesis import strategies as st

from heedful.errors import PolicyError
from heedful.evaluate.cases import of_toml
from heedful.guard import RULES, Guard, Rule, case_from_json
from heedful.guard.case import Case
from heedful.guard.running import Progress, run, verdict
from heedful.policy import CHANNELS, load
from heedful.policy_guard import AS_USUAL, GuardPolicy
from heedful.reason_codes import CODES, FAILURE, SETTINGS, Setting
from heedful.values import Action, Check, Finding, Verdict
from heedful.wire import verdict_json

pytestmark = pytest.mark.anyio

SHIPPED = Path(__file__).resolve().parents[2] / "policy.toml"
PRESSED = "We ship on weekdays. Hurry, only 3 lamps are left! Thank you."
BLOCKED = ("other_customer", "wrong_recipient", "secret_leak", "hidden_context")
# Whose data it is, what can't be undone, what the law asks for: never left standing.
KEPT = (*BLOCKED, "unconsented_fact", "purpose_mismatch", "third_party", "identifier_in_clear", "over_disclosure",
        "cross_channel", "unsafe_output", "missing_ai_notice", "rights_ignored", FAILURE)  # fmt: skip


def policy(tmp_path: Path, *lines: str) -> GuardPolicy:
    """What the shipped policy says with these lines under `[guard]`."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert '\nmode = "act"\n' in text
    path = tmp_path / "my.toml"
    path.write_text(text.replace('\nmode = "act"\n', "\n" + "\n".join(lines) + "\n", 1), encoding="utf-8")
    return load(path).guard


def having(setting: Setting, *codes: str) -> GuardPolicy:
    """A policy with one setting for some codes, on every channel."""
    return GuardPolicy({channel: dict.fromkeys(codes, setting) for channel in CHANNELS})


def case_of(draft: str, guard: GuardPolicy = AS_USUAL, **given: Any) -> Case:
    """A case in English about nothing in particular, under a policy."""
    about = {"lang": "en", "channel": "chat", "purpose": "customer_care", "question": "Hello?"}
    return case_from_json({**about, "draft": draft, **given}, guard)


def checked(case: Case) -> Verdict:
    """What all the rules make of a case, without the thread."""
    return run(RULES, case, Progress())


def results(found: Verdict) -> Mapping[str, str]:
    """Each rule's result."""
    return {check.rule: check.result for check in found.checks}


def test_the_policy_that_ships_leaves_every_check_as_usual() -> None:
    """What is said of the checks in docs and cases holds for who changes nothing."""
    assert load(SHIPPED).guard == AS_USUAL
    assert list(AS_USUAL.weaker()) == []


def test_every_rule_has_its_reason_code() -> None:
    """The codes that a policy can name are those of the rules, with the action that each usually has."""
    assert {rule.code: rule.action for rule in RULES} | {FAILURE: Action.HAND_OFF} == {
        code: known.usual for code, known in CODES.items()
    }
    assert all(known.usual.value in known.allowed for known in CODES.values())
    assert all(bool(known.because) == (known.mildest != "off") for known in CODES.values())
    assert get_args(Setting) == SETTINGS


def test_a_check_is_set_for_all_channels_or_by_channel(tmp_path: Path) -> None:
    """A text counts everywhere, a table by channel, `all` for those it does not name; the rest is as usual."""
    found = policy(
        tmp_path,
        'sales_pressure = "revise"',
        'creepy_recital = { chat = "observe" }',
        'ungrounded = { all = "hand_off", email = "block", threshold = { chat = 0.3 } }',
    )

    assert [found.of(channel)["sales_pressure"] for channel in CHANNELS] == ["revise"] * 3
    assert [found.of(channel).get("creepy_recital") for channel in CHANNELS] == ["observe", None, None]
    assert [found.of(channel)["ungrounded"] for channel in CHANNELS] == ["hand_off", "block", "hand_off"]
    assert [found.threshold("ungrounded", channel) for channel in CHANNELS] == [0.3, 0.5, 0.5]


def test_a_table_of_its_own_is_read_the_same(tmp_path: Path) -> None:
    """`[guard.sales_pressure]` says what the short form says."""
    long = policy(tmp_path, "[guard.sales_pressure]", 'chat = "observe"', 'email = "off"')

    assert long == policy(tmp_path, 'sales_pressure = { chat = "observe", email = "off" }')


def test_observe_mode_tries_out_what_may_be_tried_and_is_not_named(tmp_path: Path) -> None:
    """With `mode = "observe"` a named check does as named, and what may not be observed goes on as usual."""
    found = policy(tmp_path, 'mode = { chat = "observe" }', 'sales_pressure = "redact"')

    observed = {code for code, setting in found.of("chat").items() if setting == "observe"}
    assert observed == set(CODES) - set(KEPT) - {"sales_pressure"}
    assert (found.of("email"), found.of("assist")) == ({}, {})


@pytest.mark.parametrize("code", KEPT)
@pytest.mark.parametrize("setting", ["off", "observe"])
def test_what_protects_people_can_be_made_stricter_only(tmp_path: Path, code: str, setting: Setting) -> None:
    """Such a check is refused off and observed, by channel too, with key, file and reason; by code as by file."""
    with pytest.raises(PolicyError) as all_channels:
        policy(tmp_path, f'{code} = "{setting}"')
    with pytest.raises(PolicyError) as one_channel:
        policy(tmp_path, f'{code} = {{ assist = "{setting}" }}')
    with pytest.raises(PolicyError):
        having(setting, code)

    assert f"'guard.{code}' in 'my.toml' can't be '{setting}': {CODES[code].because}" in str(all_channels.value)
    assert f"'guard.{code}.assist' in 'my.toml'" in str(one_channel.value)
    assert "left out, it does as usual" in str(all_channels.value)


@pytest.mark.parametrize(
    ("code", "setting"),
    [(code, "hand_off") for code in BLOCKED]
    + [("rights_ignored", "redact"), (FAILURE, "revise"), ("sensitive_inference", "off"), ("injection_driven", "off")],
)
def test_what_must_be_done_at_least_is_refused_milder(tmp_path: Path, code: str, setting: str) -> None:
    """A block stays a block; a right asked for is at least written about; some checks are never blind."""
    with pytest.raises(PolicyError, match=f"'guard.{code}' in 'my.toml' can't be '{setting}'"):
        policy(tmp_path, f'{code} = "{setting}"')


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('sales_presure = "off"', "guard.sales_presure"),
        ('sales_pressure = { chta = "off" }', "guard.sales_pressure.chta"),
        ('sales_pressure = "of"', "guard.sales_pressure"),
        ("sales_pressure = false", "guard.sales_pressure"),
        ('mode = "obsrve"', "guard.mode"),
        ('mode = { fax = "observe" }', "guard.mode.fax"),
        ("sales_pressure = { threshold = 0.3 }", "guard.sales_pressure.threshold"),
        ("ungrounded = { threshold = 1.2 }", "guard.ungrounded.threshold"),
        ("ungrounded = { threshold = nan }", "guard.ungrounded.threshold"),
        ("ungrounded = { threshold = { chat = true } }", "guard.ungrounded.threshold.chat"),
        ("injection_driven = { threshold = 0.9 }", "guard.injection_driven.threshold"),
    ],
)
def test_a_slip_is_an_error_that_names_key_and_file(tmp_path: Path, line: str, key: str) -> None:
    """Nothing misspelt is silently not in force."""
    with pytest.raises(PolicyError, match=rf"'{key}' in 'my\.toml'"):
        policy(tmp_path, line)


def test_a_policy_that_does_less_says_so_line_by_line(tmp_path: Path) -> None:
    """Off, observed, milder and laxer each give one line; what is stricter gives none."""
    found = policy(
        tmp_path,
        'sales_pressure = { chat = "off", email = "off" }',
        'creepy_recital = "observe"',
        'unauthorised_promise = { chat = "redact", email = "block" }',
        'third_party = "block"',
        "ungrounded = { threshold = 0.7 }",
        "injection_driven = { threshold = 0.2 }",
    )

    assert list(found.weaker()) == [
        "creepy_recital is only observed in chat, email and assist (usually revise): what it finds is sent as it is",
        "unauthorised_promise only leaves out what it finds in chat (usually revise)",
        "sales_pressure is off in chat and email (usually redact): nothing looks for it",
        "ungrounded looks less closely in chat, email and assist: threshold 0.7 (usually 0.5)",
    ]


def test_what_is_observed_is_told_apart_and_acts_on_nothing() -> None:
    """The verdict sends; what was found stands under `observed` with the action it would have had."""
    found = checked(case_of(PRESSED, having("observe", "sales_pressure", "ungrounded")))

    shown = verdict_json(found)
    assert (shown["action"], shown["findings"]) == ("send", [])
    assert ("sales_pressure", "redact") in {(one["code"], one["action"]) for one in shown["observed"]}
    assert results(found)["sales_pressure"] == "observed"
    assert results(found)["creepy_recital"] == "passed"


def test_what_is_off_is_not_run_and_not_listed() -> None:
    """A rule that is off can't have passed: no check of it is there, not even one that would fail."""

    def fails(_case: Case) -> tuple[Finding, ...]:
        raise AssertionError

    rules = (Rule("sales_pressure", "unit", Action.REDACT, fails), *RULES[:2])

    found = run(rules, case_of(PRESSED, having("off", "sales_pressure")), Progress())

    assert set(results(found)) == {rule.code for rule in RULES[:2]}
    assert found.action is Action.SEND


def test_a_check_counts_by_channel() -> None:
    """What one channel lets stand another one stops."""
    guard = GuardPolicy({"chat": {"sales_pressure": "observe", "ungrounded": "observe"}})

    assert checked(case_of(PRESSED, guard)).action is Action.SEND
    assert checked(case_of(PRESSED, guard, channel="assist")).action is not Action.SEND


def test_to_leave_out_what_would_be_written_again_takes_its_whole_sentence() -> None:
    """A milder redact leaves no half sentence behind."""
    draft = "We ship on weekdays. You looked at lamps nine times last night. Thank you."

    (found,) = checked(case_of(draft, having("redact", "creepy_recital", "ungrounded"))).findings

    assert found.action is Action.REDACT
    assert draft[found.start : found.end] == "You looked at lamps nine times last night."
    assert found.mask == ""


@pytest.mark.parametrize("setting", ["redact", "revise", "hand_off", "block"])
def test_a_national_number_in_clear_blocks_whatever_the_policy_says(setting: Setting) -> None:
    """What a rule takes more gravely than usual never becomes milder."""
    guard = having(setting, "identifier_in_clear")

    national = checked(case_of("Your number is 900101-1234568.", guard))
    card = checked(case_of("You pay with 5555 5555 5555 4444.", guard))

    assert national.action is Action.BLOCK
    assert {f.action.value for f in card.findings if f.code == "identifier_in_clear"} == {setting}


async def test_an_observed_rule_that_can_not_run_hands_off() -> None:
    """A failure is never only observed: nobody knows what the rule would have said."""

    def fails(_case: Case) -> tuple[Finding, ...]:
        raise ValueError

    guard = Guard((Rule("sales_pressure", "unit", Action.REDACT, fails),), deadline_s=30)

    found = await guard.check(case_of(PRESSED, having("observe", "sales_pressure")))
    guard.close()

    assert [(one.code, one.action) for one in found.findings] == [(FAILURE, Action.HAND_OFF)]


def test_a_lower_threshold_compares_more_sentences() -> None:
    """The threshold of `ungrounded` decides how near a sentence has to be to a published one to contradict it."""
    passages = [{"id": "p1", "title": "", "text": "Delivery usually takes 4 days. Wipe the table with a damp cloth."}]

    def at(threshold: float) -> bool:
        guard = GuardPolicy(thresholds={"ungrounded": dict.fromkeys(CHANNELS, threshold)})
        case = case_of("Delivery always takes 4 days. [1]", guard, passages=passages)
        return any(finding.code == "ungrounded" for finding in checked(case).findings)

    assert [at(threshold) for threshold in (0.1, 1.0)] == [True, False]


FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(["ungrounded", "sales_pressure", "creepy_recital", "third_party", "secret_leak", FAILURE]),
    action=st.sampled_from([action for action in Action if action is not Action.SEND]),
    rule=st.just("any"),
    start=st.integers(0, 5),
    end=st.integers(5, 10),
)


ALLOWED = [(code, setting) for code, known in CODES.items() for setting in known.allowed]


def policies() -> st.SearchStrategy[GuardPolicy]:
    """Draw any policy there can be."""
    return st.lists(st.sampled_from(ALLOWED)).map(lambda named: GuardPolicy({"chat": dict(named)}))


@drawn(deadline=None, max_examples=60)
@given(st.lists(FINDINGS, max_size=5), FINDINGS, policies())
def test_a_further_finding_never_makes_a_verdict_milder(
    findings: list[Finding], further: Finding, guard: GuardPolicy
) -> None:
    """Under every policy the action only grows, but that a span somebody else answers for is not also `ungrounded`."""
    case = case_of(PRESSED, guard)
    grave = [finding for finding in findings if finding.code != "ungrounded"]

    before, after = verdict(grave, [], case), verdict([*grave, further], [], case)

    assert after.action.severity >= before.action.severity
    assert len(after.findings) + len(after.observed) >= len(before.findings) + len(before.observed)


@drawn(deadline=None, max_examples=60)
@given(st.lists(FINDINGS, max_size=6), policies(), st.sampled_from(sorted(CODES)), st.data())
def test_a_stricter_policy_never_gives_a_milder_verdict(
    findings: list[Finding], guard: GuardPolicy, code: str, data: st.DataObject
) -> None:
    """Making one check do more, from off up to block, never lets more out; nor does what acts less silence others."""
    of = dict(guard.of("chat"))
    now = of.get(code, CODES[code].usual.value)
    more = data.draw(st.sampled_from(SETTINGS[SETTINGS.index(now) :]))
    case, stricter = case_of(PRESSED, guard), case_of(PRESSED, GuardPolicy({"chat": {**of, code: more}}))
    said = [finding for finding in findings if finding.code != "ungrounded"]

    assert verdict(said, [], stricter).action.severity >= verdict(said, [], case).action.severity


@drawn(deadline=None, max_examples=60)
@given(st.lists(FINDINGS, max_size=6), policies())
def test_only_what_is_allowed_to_be_is_observed(findings: list[Finding], guard: GuardPolicy) -> None:
    """Nothing of what protects people is ever among the observed, and nothing is in both lists."""
    found = verdict(findings, [Check("any", "found")] if findings else [], case_of(PRESSED, guard))

    assert not {finding.code for finding in found.observed} & set(KEPT)
    assert not set(found.observed) & set(found.findings)


def test_what_only_observes_does_not_answer_for_a_span() -> None:
    """A figure that nothing supports stays a finding where the rule that would have claimed its span is observed."""
    offer = Finding("sales_pressure", Action.REDACT, "sales_pressure", 3, 20)
    figure = Finding("ungrounded", Action.REVISE, "ungrounded", 10, 12)
    checks = [Check("sales_pressure", "found"), Check("ungrounded", "found")]

    found = verdict([offer, figure], checks, case_of(PRESSED, having("observe", "sales_pressure")))

    assert (found.findings, found.observed) == ((figure,), (offer,))
    assert found.checks == (Check("sales_pressure", "observed"), Check("ungrounded", "found"))


@pytest.mark.parametrize("setting", ["hand_off", "block"])
def test_what_is_to_do_more_than_usual_gives_way_to_nothing(setting: Setting) -> None:
    """A fee that nothing supports stops a reply where the policy says so, in a sentence that would be left out too."""
    draft = "We ship on weekdays. Hurry, buy now: the fee is 4,321 dollars!"

    found = checked(case_of(draft, having(setting, "ungrounded")))

    assert found.action is Action(setting)
    assert {finding.code for finding in found.findings} == {"sales_pressure", "ungrounded"}


@pytest.mark.parametrize("other", [(3, 20), (10, 30)])
def test_two_that_only_read_alike_do_not_silence_each_other(other: tuple[int, int]) -> None:
    """What is left out twice is left out, whether it is said again or a little further on."""
    twice = [Finding("sales_pressure", Action.REDACT, "alike", *span, "why") for span in ((3, 20), other)]

    assert verdict(twice, [], case_of(PRESSED)).action is Action.REDACT


@pytest.mark.parametrize("code", sorted(set(CODES) - set(KEPT)))
def test_to_observe_acts_as_little_as_to_switch_off(code: str) -> None:
    """On a check's own cases, observed and off lead to the same actions; observed, nothing that was found is lost."""
    file = SHIPPED.parent / "tests" / "cases" / "guard" / f"{code}.toml"
    for case in list(of_toml(file))[::5]:
        usual, observed = (checked(case_from_json(case, guard)) for guard in (AS_USUAL, having("observe", code)))

        if "off" in CODES[code].allowed:
            assert observed.findings == checked(case_from_json(case, having("off", code))).findings, case["id"]
        assert set(usual.findings) <= {*observed.findings, *observed.observed}, case["id"]
        assert {finding.code for finding in observed.observed} <= {code}
