"""Makes docs/guard.md from the guard's own cases: `make docs`. An example that is decided otherwise stops it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from heedful.evaluate.cases import lines
from heedful.guard import RULES, Rule, case_from_json
from heedful.guard.case import Case
from heedful.guard.running import Progress, run
from heedful.reason_codes import CODES, FAILURE, THRESHOLDS, ReasonCode
from heedful.values import Finding, Verdict

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guard.md"
FRAME = ROOT / "docs" / "guard.md.in"
CASES = ROOT / "tests" / "cases" / "guard"
FORMS = ROOT / "benchmarks" / "attack_forms.toml"
LANGUAGES = ("en", "ko")

# Where else in policy.toml an operator says what a check goes by.
GOES_BY: Mapping[str, str] = {
    "other_customer": "It looks up whose a number or an address is, in all that is held. Where that can't be done the"
    " receipt says so, and what nothing explains is `third_party`.",
    "wrong_recipient": "It goes by the addresses that the customer has proved to be theirs, not by the policy.",
    "secret_leak": "It goes by the form of keys and addresses; what a published page prints is none.",
    "hidden_context": "`[knowledge]` `internal` names folders of help content that are for staff only.",
    "unconsented_fact": "`needs` of each `[kinds.…]` names categories of facts, or single facts.",
    "purpose_mismatch": "`purpose` of each `[kinds.…]` is what facts are looked at for; `[purposes.…]` `beside = true`"
    " lets another one count beside it.",
    "third_party": "What stands in a promise or on a published page is nobody's secret either.",
    "identifier_in_clear": "A national number always fetches a person. An account that a published page prints, as the"
    " one to pay into, is none of these.",
    "over_disclosure": "`full` names the facts of a category that may be given in full all the same.",
    "cross_channel": "In the policy that ships, payments and behaviour do not go by mail.",
    "sensitive_inference": "What the customer brings up may be spoken of; facts held of this sort belong into the"
    " category `special`, which is never used.",
    "creepy_recital": "A category with `behaviour = true` holds what customers did; it is told when they ask for it.",
    "ungrounded": "A figure that stands in `[promises]` or `[contacts]` supports a reply as a published page does.",
    "unauthorised_promise": "`[promises]` is what the company has promised; a published page counts as well.",
    "sales_pressure": "Nothing to fill in. Prices, stock and offers may be told to who asks for them.",
    "injection_driven": "`[knowledge]` `untrusted` names folders of texts that others have written.",
    "unsafe_output": "They are prefixes, as `https://help.dalbit.example/`.",
    "missing_ai_notice": "`[company]` `ai_name` is the assistant's name. Not in assist, where a person sends it.",
    "rights_ignored": "Nothing to fill in. A request that is passed on, or carried out, is no finding.",
    FAILURE: "`HEEDFUL_CHECK_TIMEOUT_S` is how long the checks may take.",
}  # fmt: skip


class Example(NamedTuple):
    """One case of the page: what the customer asks, what the draft says, and what the guard decided."""

    language: str
    channel: str
    question: str
    draft: str
    note: str
    stopped: bool
    verdict: Verdict


class WrongError(Exception):
    """An example is not decided as the page would say."""


def page(cases: Path = CASES) -> str:
    """Return the page, every example on it decided just now.

    Raises:
        WrongError: An example is decided otherwise than written, or a code lacks one of the four it needs.
    """
    parts = {
        "{codes}": _table(),
        "{sections}": "\n\n".join(_section(code, known, cases) for code, known in CODES.items()),
        "{through}": "\n".join(f"- {reason}" for reason in _through()),
    }
    text = FRAME.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace(name, part)
    return text


def _table() -> str:
    rows = [f"| [`{code}`](#{code}) | {known.what} | {known.usual} |" for code, known in CODES.items()]
    return "\n".join(("| code | what it is | usually |", "|---|---|---|", *rows))


def _section(code: str, known: ReasonCode, cases: Path) -> str:
    found = list(_failures()) if code == FAILURE else list(_examples(code, cases / f"{code}.toml"))
    wanted = {
        (language, stopped) for language in LANGUAGES for stopped in ((True,) if code == FAILURE else (False, True))
    }
    if {(one.language, one.stopped) for one in found} != wanted:
        raise WrongError(f"{code}: one example stopped and one let through is needed in each language, marked `shown`")
    rows = [_row(one, code) for one in sorted(found, key=lambda one: (LANGUAGES.index(one.language), one.stopped))]
    head = ("| the customer asks | the draft | and the guard |", "|---|---|---|")
    return "\n".join(
        (f"### {code}", "", f"{known.what} Usually **{known.usual}**.", "", *head, *rows, "", _change(code))
    )


def _row(one: Example, code: str) -> str:
    asked = f"{_cell(one.question)}{f' ({one.channel})' if one.channel != 'chat' else ''}"
    note = f" ({_cell(one.note)})" if one.note else ""
    return f"| {asked} | `{_cell(one.draft)}`{note} | {_said(one, code) if one.stopped else 'lets it through'} |"


def _said(one: Example, code: str) -> str:
    finding = next(finding for finding in one.verdict.findings if finding.code == code)
    mend = f"; {finding.mend}" if finding.mend else ""
    return f"**{one.verdict.action}**: {_cell(finding.why)}{_cell(mend)}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _change(code: str) -> str:
    known = CODES[code]
    *others, last = (f'`"{setting}"`' for setting in known.allowed)
    can = f"{', '.join(others)} or {last}" if others else f"{last} alone"
    why = f": {known.because}" if known.because else ""
    threshold = THRESHOLDS.get(code)
    about = (
        f" `threshold` ({threshold.usual:g}, at most {threshold.most:g}) is {threshold.what}; less is stricter."
        if threshold
        else ""
    )
    return f"In `policy.toml`: `[guard]` `{code}` can be {can}{why}.{about} {GOES_BY[code]}"


def _examples(code: str, file: Path) -> Iterator[Example]:
    for line, case in lines(file):
        if not line.get("shown"):
            continue
        verdict = run(RULES, case_from_json(case), Progress())
        expected, stopped = case["expect"], bool(case["expect"]["reasons"])
        found = {finding.code for finding in verdict.findings}
        if verdict.action != expected["action"] or (code in found) != stopped or (found and not stopped):
            raise WrongError(f"{case['id']} is decided {verdict.action.value} for {sorted(found)}")
        yield _example(case, verdict, "" if line["shown"] is True else str(line["shown"]), stopped=stopped)


def _failures() -> Iterator[Example]:
    """Yield what is said of a draft when a rule breaks: no draft does that by itself."""

    def breaks(_case: Case) -> tuple[Finding, ...]:
        raise RuntimeError

    rules = tuple(
        Rule(rule.code, rule.scope, rule.action, breaks) if rule.code == "ungrounded" else rule for rule in RULES
    )
    for language, question, draft in (
        ("en", "When do you deliver?", "We deliver on weekdays."),
        ("ko", "언제 배송하나요?", "평일에 배송합니다."),
    ):
        case = {"lang": language, "channel": "chat", "purpose": "customer_care", "question": question, "draft": draft}
        verdict = run(rules, case_from_json(case), Progress())
        yield _example(case, verdict, "with a rule that was broken on purpose", stopped=True)


def _example(case: Mapping[str, Any], verdict: Verdict, note: str, *, stopped: bool) -> Example:
    return Example(case["lang"], case["channel"], case["question"], case["draft"], note, stopped, verdict)


def _through() -> list[str]:
    forms = tomllib.loads(FORMS.read_text(encoding="utf-8"))
    reasons = [
        form["gets_through"]
        for group in forms.values()
        if isinstance(group, list)
        for form in group
        if "gets_through" in form
    ]
    return list(dict.fromkeys(f"{reason[0].upper()}{reason[1:]}." for reason in reasons)) or ["None is known."]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
