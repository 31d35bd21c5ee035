"""`DataMisuseGuard`: nothing an agent says leaves it unchecked, however it is run or streamed."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Coroutine, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from operator import add
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypeVar

from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    ToolCallRequest,
)
from langchain.agents.middleware.types import OmitFromInput
from langchain_core.messages import ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from heedful.guard import RULES, Guard
from heedful.langchain import hearing
from heedful.langchain.material import (
    Documents,
    HeldElsewhere,
    Rests,
    case_of,
    case_policy,
    identifiers_in,
)
from heedful.langchain.steps import Call, Check, Decider, Say, Step, Steps
from heedful.phrases import Phrases
from heedful.policy import Policy
from heedful.policy import load as load_policy
from heedful.prompts import Prompts
from heedful.settings import shipped
from heedful.values import Action, Channel, Finding, Trust, Verdict

T = TypeVar("T")
R = TypeVar("R")
Facts = Callable[[Runtime[Any]], Any]  # → the profile mapping, or an awaitable of it

CHECK_TIMEOUT_S = 5.0
ASKERS = 32  # functions of callers that block at once; past that a check waits, and then fails
# How a reply is worded, and whether it was asked for, says nothing of what is sent to a tool.
FOR_REPLIES = frozenset({"missing_ai_notice", "rights_ignored", "ungrounded", "wrong_recipient"})


class GuardedState(AgentState[Any]):
    """An agent's state with the verdicts on what its model wrote, oldest first; none holds a value."""

    heedful_verdicts: NotRequired[Annotated[list[dict[str, Any]], OmitFromInput, add]]


class DataMisuseGuard(AgentMiddleware[GuardedState, Any, Any]):
    """Checks what an agent's model writes before anybody sees it: `create_agent(…, middleware=[DataMisuseGuard(…)])`.

    Put it first in the list, so that it stands outside all other middleware. What passes is said as it is or with
    spans masked; what must not be said so is written again once, by the same model, told the reason codes and never
    the value; what can't be mended becomes one sentence, in the customer's language, that a person takes over. A
    check that can't run counts as one that failed.
    """

    state_schema = GuardedState

    def __init__(
        self,
        *,
        facts: Facts | None = None,
        policy: Policy | Mapping[str, Any] | str | Path | None = None,
        channel: Channel = "chat",
        notice_given: bool = True,
        trust: Mapping[str, Trust] | None = None,
        documents: Documents | None = None,
        held_elsewhere: HeldElsewhere | None = None,
        check_tool_calls: bool | Collection[str] = False,
        hide_system_prompt: bool = True,
        check_timeout_s: float = CHECK_TIMEOUT_S,
    ) -> None:
        """Take what drafts are held against.

        Args:
            facts: Given the runtime, returns (or awaits) who is being answered: `purpose`, `verified`, `customer_id`
                and `facts` as a guard case has them, with what was consented to; `None`: nobody who is known. It is
                asked at each check, so that a consent withdrawn meanwhile counts. Without `purpose`, the question's
                by the policy.
            policy: A `Policy`, the path of a `policy.toml`, or a guard case's `policy` as a mapping; `None`: nothing
                is promised, and only links and contacts in published passages may be given.
            channel: `chat`, `email` or `assist`.
            notice_given: Whether the customer has been told that an AI answers; else the first answer must say it.
            trust: By the name of a tool, what its results are: `published` (help content for anyone: it supports
                what is said), `internal` (never to be repeated), or `untrusted`, as are tools that are not named.
            documents: Given the state, returns documents that were retrieved without a tool; `metadata["trust"]` says
                what each is, `untrusted` by default.
            held_elsewhere: Given identifiers of a draft (in heedful's one spelling), returns (or awaits) those that
                other customers hold. Without it such a value is masked as a third person's where nothing explains it.
            check_tool_calls: Whether what is sent to tools is checked too: all, or those named. A call that fails is
                written again once and then not made.
            hide_system_prompt: Whether repeating the system prompt is a finding.
            check_timeout_s: For looking the customer up and checking, together; past it a person takes over.

        Raises:
            PolicyError, InputError, SettingsError: An option can't be used; says which and why.
        """
        super().__init__()
        self._facts = facts
        self._held_elsewhere = held_elsewhere
        self._check_timeout_s = check_timeout_s
        as_case = policy is None or isinstance(policy, Mapping)
        self._rests = Rests(
            policy=_policy(policy),
            as_case=as_case,
            channel=channel,
            trust=trust or {},
            documents=documents,
            hide_system_prompt=hide_system_prompt,
            notice_given=notice_given,
        )
        folder = shipped("prompts")
        self._decider = Decider(
            rests=self._rests,
            tools_checked=check_tool_calls if isinstance(check_tool_calls, bool) else frozenset(check_tool_calls),
            prompts=Prompts(folder),
            phrases=Phrases.load(folder / "phrases"),
        )
        self._guard, self._tool_guard = _guards()

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ExtendedModelResponse[Any]:
        """Give the model's answer as it may leave, said already; nobody heard the model itself.

        Raises:
            SettingsError: The model has callbacks of its own, which could not be kept from hearing it.
        """

        def take(step: Step) -> Any:
            if isinstance(step, Call):
                return hearing.unheard().run(handler, hearing.silent(step.request))
            if isinstance(step, Say):
                return hearing.say(step.message, step.prompt)
            return _at_once(self._verdict(step, request.runtime))

        return _taken(self._decider.answer(request), take)

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ExtendedModelResponse[Any]:
        """Do the same as `wrap_model_call` in an asynchronous run."""

        async def take(step: Step) -> Any:
            if isinstance(step, Call):
                request_ = hearing.silent(step.request)
                return await asyncio.get_running_loop().create_task(_of(handler, request_), context=hearing.unheard())
            if isinstance(step, Say):
                return await hearing.asay(step.message, step.prompt)
            return await self._verdict(step, request.runtime)

        return await _taken_async(self._decider.answer(request), take)

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        """Let the tool work; what models inside it say is nobody's to hear. Its result is checked if it is the answer.

        Raises:
            SettingsError: A tool that answers directly gave a result that can't be read, and so not be checked.
        """
        with _deaf(request):
            if not _answers(request):
                return handler(request)
            given = hearing.unheard().run(handler, request)
        checked: ToolMessage | Command[Any] = _taken(
            self._decider.direct(given, request.state), self._checking(request.runtime)
        )
        return checked

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]
    ) -> ToolMessage | Command[Any]:
        """Do the same as `wrap_tool_call` in an asynchronous run."""
        with _deaf(request):
            if not _answers(request):
                return await handler(request)
            loop = asyncio.get_running_loop()
            given = await loop.create_task(_of(handler, request), context=hearing.unheard())
        checked: ToolMessage | Command[Any] = await _taken_async(
            self._decider.direct(given, request.state), self._checking_async(request.runtime)
        )
        return checked

    def after_agent(self, state: GuardedState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Check what others than the model have said: another middleware may have written or changed an answer."""
        return _taken(self._decider.others(state), self._checking(runtime))

    async def aafter_agent(self, state: GuardedState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Do the same as `after_agent` in an asynchronous run."""
        return await _taken_async(self._decider.others(state), self._checking_async(runtime))

    def _checking(self, runtime: Any) -> Callable[[Step], Verdict]:
        """Return what takes steps that call no model."""

        def take(step: Step) -> Verdict:
            assert isinstance(step, Check)  # noqa: S101 - nothing else is asked for outside a model call
            return _at_once(self._verdict(step, runtime))

        return take

    def _checking_async(self, runtime: Any) -> Callable[[Step], Awaitable[Verdict]]:
        def take(step: Step) -> Awaitable[Verdict]:
            assert isinstance(step, Check)  # noqa: S101 - as above
            return self._verdict(step, runtime)

        return take

    async def _verdict(self, step: Check, runtime: Runtime[Any]) -> Verdict:
        """Return the verdict on a draft; whatever goes wrong, nobody has checked it and a person takes over."""
        try:
            async with asyncio.timeout(self._check_timeout_s):
                about = await _asked(self._facts, runtime) if self._facts else None
                given = self._rests.notice_given or step.talk.was_answered(step.id)
                rests = replace(self._rests, notice_given=given)
                case = await asyncio.to_thread(case_of, step.draft, step.talk, rests, about, now=datetime.now(UTC))
                if self._held_elsewhere is not None:
                    found = identifiers_in(step.draft)
                    held = await _asked(self._held_elsewhere, found) if found else ()
                    case = replace(case, held_elsewhere=frozenset(held))
                guard = self._tool_guard if step.for_tools else self._guard
                return await guard.check(case)
        except Exception as error:  # noqa: BLE001 - a check that could not run lets nothing pass
            why = f"the check did not run ({type(error).__name__})"
            return Verdict((Finding("guard_failure", Action.HAND_OFF, "langchain", 0, len(step.draft), why),))


def _policy(given: Policy | Mapping[str, Any] | str | Path | None) -> Policy:
    if isinstance(given, Policy):
        return given
    return load_policy(Path(given)) if isinstance(given, str | Path) else case_policy(given)


@cache
def _guards() -> tuple[Guard, Guard]:
    """Return the guards of replies and of what is sent to tools: one thread each, however many agents there are.

    What the rules load or compile at first use is loaded here: the first reply's deadline must not pass over it.
    """
    guard = Guard()
    guard.warm()
    return guard, Guard([rule for rule in RULES if rule.code not in FOR_REPLIES])


def _answers(request: ToolCallRequest) -> bool:
    """Whether the tool's result ends the run, as the answer."""
    return bool(getattr(request.tool, "return_direct", False))


@contextmanager
def _deaf(request: ToolCallRequest) -> Generator[None]:
    """Keep the run's listeners from the models in a tool, while it works; LangGraph hands the tool this very config.

    Of a tool whose result is the answer they hear nothing at all: its end would tell them the unchecked words.
    """
    config = request.runtime.config
    callbacks = config.get("callbacks")
    config["callbacks"] = [] if _answers(request) else hearing.only_tools(callbacks)
    try:
        yield
    finally:
        config["callbacks"] = callbacks


async def _of(handler: Callable[[R], Awaitable[T]], request: R) -> T:
    return await handler(request)


async def _asked(callable_: Callable[[Any], Any], about: Any) -> Any:
    """Return what a caller's function says; one that is not asynchronous may block, and does so in a thread."""
    if inspect.iscoroutinefunction(callable_):
        return await callable_(about)
    context = copy_context()
    answer = await asyncio.get_running_loop().run_in_executor(_askers(), context.run, callable_, about)
    return await answer if inspect.isawaitable(answer) else answer


@cache
def _askers() -> ThreadPoolExecutor:
    """Return the threads that callers' functions may block: a loop's own would be waited for when the loop ends."""
    return ThreadPoolExecutor(ASKERS, "heedful-asking")


def _at_once(verdict: Coroutine[Any, Any, Verdict]) -> Verdict:
    """Return the verdict to a run without an event loop, or inside somebody else's."""
    context = copy_context()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(context.run, asyncio.run, verdict).result()


def _taken(steps: Steps[T], take: Callable[[Step], Any]) -> T:
    """Take the steps one by one; return what they come to."""
    try:
        step = next(steps)
        while True:
            step = steps.send(take(step))
    except StopIteration as end:
        result: T = end.value
        return result


async def _taken_async(steps: Steps[T], take: Callable[[Step], Awaitable[Any]]) -> T:
    """Do the same as `_taken`, awaiting each step."""
    try:
        step = next(steps)
        while True:
            step = steps.send(await take(step))
    except StopIteration as end:
        result: T = end.value
        return result
