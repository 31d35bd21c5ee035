"""May this unit be sent? Every rule over one case, in a thread of its own, with a deadline; when in doubt, no."""

from __future__ import annotations

from collections.abc import Sequence

from heedful.guard import (
    creepy_recital,
    cross_channel,
    hidden_context,
    identifier_in_clear,
    injection_driven,
    lexicon,
    likeness,
    missing_ai_notice,
    other_customer,
    over_disclosure,
    purpose_mismatch,
    rights_ignored,
    sales_pressure,
    secret_leak,
    sensitive_inference,
    third_party,
    unauthorised_promise,
    unconsented_fact,
    ungrounded,
    unsafe_output,
    wrong_recipient,
)
from heedful.guard.case import Case, case_from_json
from heedful.guard.first import first_cases
from heedful.guard.running import Progress, Rule, failure, run
from heedful.guard.worker import Worker
from heedful.values import Check, Verdict

__all__ = ["RULES", "Case", "Guard", "Rule", "case_from_json"]

# Cheapest and most absolute first.
RULES: tuple[Rule, ...] = (
    Rule.of(secret_leak),
    Rule.of(hidden_context),
    Rule.of(wrong_recipient),
    Rule.of(identifier_in_clear),
    Rule.of(other_customer),
    Rule.of(unconsented_fact),
    Rule.of(purpose_mismatch),
    Rule.of(over_disclosure),
    Rule.of(cross_channel),
    Rule.of(third_party),
    Rule.of(unsafe_output),
    Rule.of(missing_ai_notice),
    Rule.of(sales_pressure),
    Rule.of(sensitive_inference),
    Rule.of(creepy_recital),
    Rule.of(unauthorised_promise),
    Rule.of(injection_driven),
    Rule.of(ungrounded),
    Rule.of(rights_ignored),
)
DEADLINE_S = 1.0  # a hundred times what the slowest reply takes; a loaded machine must not hand off everything


class Guard:
    """Checks units. One worker thread serves every conversation; a rule that hangs costs its own unit only."""

    def __init__(self, rules: Sequence[Rule] = RULES, *, deadline_s: float = DEADLINE_S) -> None:
        lexicon.warm()
        likeness.warm()
        self._rules = tuple(rules)
        self._worker = Worker(deadline_s)

    async def check(self, case: Case) -> Verdict:
        """Return the verdict on the case's unit, with one check for each rule that ran. It never raises."""
        try:
            return await self._worker.run(self._rules, case)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, nobody has checked this text
            return Verdict((failure(case, "guard", type(error).__name__),), (Check("guard", "failed"),))

    def warm(self) -> None:
        """Compile and read what the rules need first: no reply's deadline has to pass over it."""
        for case in first_cases():
            run(self._rules, case, Progress())

    def close(self) -> None:
        """End the worker thread."""
        self._worker.close()
