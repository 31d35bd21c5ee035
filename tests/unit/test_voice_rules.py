"""The rules of style, as data: every line of tests/cases/voice goes against its rule, or near it and not against it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from heedful.voice import RULES, Spoken, advise

FOLDER = Path(__file__).resolve().parent.parent / "cases" / "voice"
LEAST = 8
LEAST_IN_ALL = 40


def cases(path: Path) -> Iterator[tuple[str, bool, str, Spoken]]:
    """Yield (name, whether it goes against the rule, rule, what is said) of one file."""
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    for language in ("en", "ko"):
        for number, told in enumerate(file.get(language, ()), start=1):
            for group in ("violates", "clean"):
                for place, reply in enumerate(told[group], start=1):
                    said = Spoken(told["question"], language, reply, state=told.get("state"))
                    yield f"{language}-{number}-{group}-{place}", group == "violates", file["rule"], said


FILES = sorted(FOLDER.glob("*.toml"))
ALL = [pytest.param(*rest, id=f"{path.stem}-{name}") for path in FILES for name, *rest in cases(path)]


@pytest.mark.parametrize(("is_against", "rule", "said"), ALL)
def test_each_reply_is_read_as_written(is_against: bool, rule: str, said: Spoken) -> None:
    """A reply that goes against a rule is told so, and a near miss is not."""
    advice = {one.rule for one in advise(said)}

    assert (rule in advice) is is_against, (said.reply, sorted(advice))


def test_each_rule_has_enough_cases() -> None:
    """Every rule has at least 8 replies against it and 8 near misses, and each language 40 of both."""
    told = [case for path in FILES for case in cases(path)]

    by_rule = {(rule, group): sum((r, g) == (rule, group) for _, g, r, _ in told) for _, group, rule, _ in told}
    by_language = {
        (s.language, g): sum((o.language, h) == (s.language, g) for _, h, _, o in told) for _, g, _, s in told
    }
    assert {rule.id for rule in RULES} == {rule for rule, _ in by_rule}
    assert min(by_rule.values()) >= LEAST, by_rule
    assert min(by_language.values()) >= LEAST_IN_ALL, by_language
