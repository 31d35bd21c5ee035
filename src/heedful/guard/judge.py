"""A model that reads what the rules would send. Its findings come on top of theirs; nothing it says takes one away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from heedful import model_calls
from heedful.errors import ModelError
from heedful.guard import Guard
from heedful.guard.case import Case
from heedful.guard.doubt import is_in_doubt
from heedful.guard.judge_answer import RULE, WHAT, blind, read
from heedful.guard.judge_prompt import Asking
from heedful.guard.running import failure
from heedful.guard.to_judge import speaks_to_judge
from heedful.ports import ChatModel
from heedful.values import Action, Check, Finding, ModelName, Prompt, Verdict

Result = Literal["passed", "found", "absent", "failed"]
WAIT_S = 20.0  # the longest it may take with its second try
TRIES = 2
DOWN = frozenset({"model_unreachable", "model_unavailable", "model_rate_limited"})  # what no draft brings about
CONTROLS = "judge"  # the folder of the prompts that holds the sentences which are wrong for certain


@dataclass(frozen=True, slots=True)
class Judged:
    """The rules' verdict with what a judge added. `model` is `None` when no judge was asked."""

    verdict: Verdict
    model: ModelName | None = None
    digests: Mapping[str, str] = field(default_factory=dict)  # prompt file → SHA-256 hex


@dataclass(slots=True)
class _Call:
    """What came of asking, for what follows when nothing did."""

    digests: Mapping[str, str] = field(default_factory=dict)
    heard: bool = False  # whether a word has come: then a failure may be the draft's doing
    error: Exception | None = None
    found: tuple[Finding, ...] = ()  # also by an answer that can't be believed for what it does not say


class Judge:
    """Asks a model whether a draft that has passed the rules may be sent.

    What the rules refuse is not shown to it: it may hold what no model may read.
    """

    def __init__(
        self,
        model: ChatModel,
        asking: Asking,
        *,
        wait_s: float = WAIT_S,
        report: Callable[[BaseException], None] = lambda _error: None,
    ) -> None:
        self._model = model
        self._asking = asking
        self.wait_s = wait_s
        self._report = report  # tells the operator why it failed, without a word of the draft or of the answer

    @property
    def model(self) -> ModelName:
        """Which model this is, and where it runs."""
        return self._model.model

    async def add(self, case: Case, verdict: Verdict) -> Judged:
        """Return the rules' verdict on the case's unit with the judge's findings. It never raises.

        It asks where the rules would send the unit as it is, and the policy does not leave it to them. A draft that
        speaks to a judge is not sent on a judge's word: that is a finding, and nobody is asked.
        """
        if verdict.action is not Action.SEND:
            return Judged(_with(verdict, (), "absent"))
        call = _Call()
        try:
            found = speaks_to_judge(case)
            if found:
                return Judged(_with(verdict, found, "found"))
            if case.policy.judge.asked == "unsure" and not await asyncio.to_thread(is_in_doubt, case):
                return Judged(_with(verdict, (), "absent"))
            found = await self._asked(case, call)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, no judge has read this draft
            return Judged(self._without(case, verdict, call, error), self.model, call.digests)
        return Judged(_with(verdict, found, "found" if found else "passed"), self.model, call.digests)

    async def _asked(self, case: Case, call: _Call) -> tuple[Finding, ...]:
        """Return the findings; asks once more, in new words, when an answer fails or can't be believed."""
        codes = tuple(code for code in WHAT if _is_asked_for(case, code))
        try:
            async with asyncio.timeout(self.wait_s) as limit:
                for left in reversed(range(TRIES)):
                    put = self._asking.put(case, codes)
                    call.digests, call.error = put.prompt.digests, None
                    try:
                        answer = read(await self._said(put.prompt, call), put, case)
                        call.found += answer.findings
                        if answer.saw_control:
                            return tuple(dict.fromkeys(call.found))
                        raise blind()
                    except ModelError as error:
                        call.error = error
                        if not left:
                            raise
                        await asyncio.sleep(error.retry_after_s or 0.0)
        except TimeoutError:
            if not limit.expired():  # a pattern's own patience ran out: nobody was slow to answer
                raise
            raise call.error or model_calls.timed_out() from None
        raise AssertionError("the last try returns or raises")

    async def _said(self, prompt: Prompt, call: _Call) -> str:
        said = ""
        stream = cast("AsyncGenerator[str]", self._model.stream(prompt))  # see ChatModel
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                said += piece
                call.heard = True
        return said

    def _without(self, case: Case, verdict: Verdict, call: _Call, error: Exception) -> Verdict:
        """Return the verdict where no judge has read the draft.

        `send` in the policy lets the rules' own word count only where the judge could not be reached at all: what
        makes it answer and fail may stand in the draft.
        """
        self._report(error)
        is_down = isinstance(error, ModelError) and error.code in DOWN and not call.heard
        if is_down and case.policy.judge.on_judge_failure == "send":
            return _with(verdict, (), "failed")
        code = error.code if isinstance(error, ModelError) else type(error).__name__
        return _with(verdict, (*dict.fromkeys(call.found), failure(case, RULE, code)), "failed")


async def checked(guard: Guard, judge: Judge | None, case: Case) -> Verdict:
    """Return what the rules, and then a judge where there is one, say of a draft."""
    verdict = await guard.check(case)
    return verdict if judge is None else (await judge.add(case, verdict)).verdict


def _is_asked_for(case: Case, code: str) -> bool:
    """Whether the policy has this looked for on this channel, and acts on it."""
    if code == "missing_ai_notice" and case.channel == "assist":
        return False
    return case.policy.guard.of(case.channel).get(code) not in ("off", "observe")


def _with(verdict: Verdict, found: tuple[Finding, ...], result: Result) -> Verdict:
    return replace(verdict, findings=(*verdict.findings, *found), checks=(*verdict.checks, Check(RULE, result)))
