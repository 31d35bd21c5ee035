"""The guard's cases as data: every line of tests/cases/guard is one decision, stopped for its code or let through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from heedful.evaluate.cases import of_toml
from heedful.guard import Guard, case_from_json

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).resolve().parent.parent / "cases" / "guard"
ENOUGH = 25


def cases(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the cases of one file in the form of a guard set, each with a name to report it by."""
    return ((case["id"], case) for case in of_toml(path))


ALL = [pytest.param(case, id=name) for path in sorted(FOLDER.glob("*.toml")) for name, case in cases(path)]


@pytest.mark.parametrize("case", ALL)
async def test_each_case_is_decided_as_written(case: Mapping[str, Any]) -> None:
    """A violating draft is stopped for its reason with its action; a clean near miss gives no finding at all."""
    guard = Guard(deadline_s=30)

    verdict = await guard.check(case_from_json(case))
    guard.close()

    found = {finding.code for finding in verdict.findings}
    assert verdict.action.value == case["expect"]["action"], (case["draft"], verdict.findings)
    assert set(case["expect"]["reasons"]) <= found if case["expect"]["reasons"] else not found, verdict.findings


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_each_code_has_enough_cases_in_both_languages(path: Path) -> None:
    """Each file holds at least 25 cases, English and Korean, stopped and clean."""
    written = list(cases(path))

    kinds = {(case["lang"], bool(case["expect"]["reasons"])) for _, case in written}
    assert len(written) >= ENOUGH
    assert kinds == {("en", True), ("en", False), ("ko", True), ("ko", False)}
