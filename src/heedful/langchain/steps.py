"""What becomes of a model's answer: checked, masked, written again once or handed over; asks for steps, takes none."""

from __future__ import annotations

import uuid
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from langchain.agents.middleware import ExtendedModelResponse, ModelRequest, ModelResponse
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    ToolMessage,
    convert_to_messages,
)
from langchain_core.messages.ai import add_usage
from langgraph.types import Command

from heedful.errors import SettingsError
from heedful.langchain.hearing import Memory
from heedful.langchain.labels import KEPT_METADATA, plainly_labelled
from heedful.langchain.leaves import keys, leaves
from heedful.langchain.material import Rests, Talk, without_untrusted
from heedful.masking import mask
from heedful.phrases import Phrases
from heedful.prompts import Prompts
from heedful.values import Action, Finding, Verdict, worst

KEY = "heedful_verdicts"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """Asks that the model be called, unheard; the answer is its `ModelResponse`."""

    request: ModelRequest[Any]


@dataclass(frozen=True, slots=True)
class Check:
    """Asks for the verdict on a draft, or on what would be sent to tools. `id` is its message's, as it came."""

    draft: str
    talk: Talk
    id: str | None = None
    for_tools: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Asks that a message be said where everybody hears it; the answer is the message as it was heard."""

    message: AIMessage
    prompt: Sequence[BaseMessage]


Step = Call | Check | Say
Steps = Generator[Step, Any, T]


@dataclass(frozen=True, slots=True)
class Passed(Generic[T]):
    """What may leave, or `None`; what was found on the way, and a message without words that says what it cost.

    `observed` is what the policy lets stand.
    """

    it: T | None
    findings: tuple[Finding, ...] = ()
    observed: tuple[Finding, ...] = ()
    cost: AIMessage = field(default_factory=lambda: AIMessage(""))

    @property
    def codes(self) -> tuple[str, ...]:
        """The reason codes, each once."""
        return tuple(dict.fromkeys(one.code for one in self.findings))

    @property
    def action(self) -> Action:
        """The worst of what was found."""
        return worst(one.action for one in self.findings)


@dataclass(frozen=True, slots=True)
class Decider:
    """What it takes to decide, and what was said already."""

    rests: Rests
    tools_checked: frozenset[str] | bool
    prompts: Prompts
    phrases: Phrases
    memory: Memory = field(default_factory=Memory)

    def answer(self, request: ModelRequest[Any]) -> Steps[ExtendedModelResponse[Any]]:
        """Return what the model node may give to the agent, said already."""
        system = request.system_message
        talk = Talk({**request.state, "messages": request.messages}, (str(system.text),) if system else ())
        passed = yield from self._tried(request, talk)
        found, spent, revised = passed.findings, passed.cost.usage_metadata, False
        if passed.it is None and passed.action.severity <= Action.REVISE.severity:
            revised = True
            passed = yield from self._tried(self._again(request, passed.codes), talk)
            found += passed.findings
            spent = add_usage(spent, passed.cost.usage_metadata) if spent or passed.cost.usage_metadata else None
        response = passed.it or ModelResponse(result=[self._handing_off(talk, passed)])
        message, *rest = response.result
        assert isinstance(message, AIMessage)  # noqa: S101 - `_tried` passes nothing else
        said: AIMessage = yield Say(message.model_copy(update={"usage_metadata": spent}), request.messages)
        for one in (said, *rest):
            self.memory.keep(one)
        note = _note(said, replace(passed, findings=found), revised=revised)
        return ExtendedModelResponse(replace(response, result=[said, *rest]), Command(update={KEY: [note]}))

    def others(self, state: Mapping[str, Any]) -> Steps[dict[str, Any] | None]:
        """Return the update that puts right what others than the model said since the customer; `None`: nothing."""
        messages = Talk(state).messages
        answered = {one.tool_call_id for one in messages if isinstance(one, ToolMessage)}
        shown, notes = [], []
        for at in _sayings(messages, Talk(state).answered_from):
            message = messages[at]
            if self.memory.knows(message):
                continue
            before, note = yield from self._allowed(message, Talk({**state, "messages": messages[: at + 1]}))
            if before is not message:
                shown.append(_still_calling(before, message, answered))
                notes.append(note)
        return {"messages": shown, KEY: notes} if shown else None

    def direct(self, given: Any, state: Mapping[str, Any]) -> Steps[Any]:
        """Return what a tool that answers in the model's place may give to the agent, every message in it checked."""
        if isinstance(given, list):
            several: list[Any] = []
            for one in given:
                checked = yield from self.direct(one, state)
                several.append(checked)
            return several
        update = {"messages": [given]} if isinstance(given, ToolMessage) else given.update or {}
        if not isinstance(update, Mapping):
            raise SettingsError(
                "a tool with return_direct=True gave a Command whose update can't be read; give the update as a dict"
            )
        shown, notes = [], []
        so_far = Talk(state).messages
        for one in convert_to_messages(_as_list(update.get("messages"))):
            message = one if one.id else one.model_copy(update={"id": str(uuid.uuid4())})
            if isinstance(message, AIMessage | ToolMessage) and str(message.text).strip():
                message, note = yield from self._allowed(message, Talk({**state, "messages": [*so_far, message]}))
                notes.append(note)
            shown.append(message)
        update = {**update, "messages": shown, KEY: notes}
        return replace(given, update=update) if isinstance(given, Command) else Command(update=update)

    def _allowed(self, message: BaseMessage, talk: Talk) -> Steps[tuple[BaseMessage, dict[str, Any]]]:
        """Return a message that no model call gave, itself or as it may be shown, and the note on it."""
        text = str(message.text)
        passed = yield from _passed(text, talk, message.id)
        it = passed.it if passed.it is not None else str(self._handing_off(talk, passed).text)
        if it != text or message.content != text:
            message = _with_text(message, it)
        self.memory.keep(message)
        return message, _note(message, passed, revised=False)

    def _tried(self, request: ModelRequest[Any], talk: Talk) -> Steps[Passed[ModelResponse[Any]]]:
        """Call the model and check all that came of it."""
        given: ModelResponse[Any] = yield Call(request)
        response = plainly_labelled(given)
        message = response.result[0]
        assert isinstance(message, AIMessage)  # noqa: S101 - `plainly_labelled` gives nothing else
        passed = yield from self._judged(response, message, talk)
        return replace(passed, cost=bare(message, "").model_copy(update={"tool_calls": []}))

    def _judged(
        self, response: ModelResponse[Any], message: AIMessage, talk: Talk
    ) -> Steps[Passed[ModelResponse[Any]]]:
        if (sent := self._for_tools(message)).strip():
            verdict: Verdict = yield Check(sent, talk, message.id, for_tools=True)
            if verdict.action is not Action.SEND:
                return Passed(None, verdict.findings, verdict.observed)
        text = str(message.text)
        if response.result[1:] or response.structured_response is not None:
            return (yield from self._structured(response, message, talk))
        if not text.strip():
            return Passed(ModelResponse(result=[bare(message, "")]))
        passed = yield from _passed(text, talk, message.id)
        it = None if passed.it is None else ModelResponse(result=[bare(message, passed.it)])
        return Passed(it, passed.findings, passed.observed)

    def _structured(
        self, response: ModelResponse[Any], message: AIMessage, talk: Talk
    ) -> Steps[Passed[ModelResponse[Any]]]:
        """Check an answer that is a program's value: a mask in it would change what it means, so it is all or none."""
        rest = response.result[1:]
        values = [str(message.text), *(str(one.text) for one in rest), *leaves(response.structured_response)]
        heard = {one.tool_call_id for one in rest if isinstance(one, ToolMessage)}
        asked = [call["args"] for call in message.tool_calls if call["id"] in heard]  # streamed as the model wrote it
        values += [one for one in leaves(asked) if one not in values]
        values += keys([asked, response.structured_response])
        verdict: Verdict = yield Check("\n".join(one for one in values if one.strip()), talk, message.id)
        if verdict.action is not Action.SEND:
            return Passed(None, verdict.findings, verdict.observed)
        tools = [one for one in rest if isinstance(one, ToolMessage)]
        it = replace(response, result=[bare(message, str(message.text)), *tools])
        return Passed(it, observed=verdict.observed)

    def _for_tools(self, message: AIMessage) -> str:
        """Return what the message sends to tools whose calls are checked, one value a line."""
        checked = self.tools_checked
        calls = [one for one in message.tool_calls if checked is True or (checked and one["name"] in checked)]
        return "\n".join(value for call in calls for value in leaves(call["args"]))

    def _again(self, request: ModelRequest[Any], codes: tuple[str, ...]) -> ModelRequest[Any]:
        note = self.prompts.render("revise_agent.md", reasons=codes).text
        kept = without_untrusted(request.messages, self.rests) if "injection_driven" in codes else request.messages
        return request.override(messages=[*kept, HumanMessage(note)])

    def _handing_off(self, talk: Talk, passed: Passed[Any]) -> AIMessage:
        wanted = {one.code for one in passed.findings if one.action.severity > Action.REVISE.severity}
        reason = "asked" if wanted == {"rights_ignored"} else "guard"
        return passed.cost.model_copy(update={"content": self.phrases.get(talk.language, f"handed_off.{reason}")})


def _passed(text: str, talk: Talk, id_: str | None) -> Steps[Passed[str]]:
    """Return a text as it may be shown, masked where that mends it; what was masked is checked again."""
    verdict: Verdict = yield Check(text, talk, id_)
    if verdict.action is Action.SEND:
        return Passed(text, observed=verdict.observed)
    masked = mask(text, 0, verdict.findings) if verdict.action is Action.REDACT else None
    shown = masked.text.strip() if masked is not None else ""
    if masked is None or not shown:
        return Passed(None, verdict.findings, verdict.observed)
    second: Verdict = yield Check(shown, talk, id_)
    it = shown if second.action is Action.SEND else None
    return Passed(it, (*masked.findings, *second.findings), second.observed)


def _sayings(messages: Sequence[BaseMessage], start: int) -> list[int]:
    """Return where something is said to the customer: by the assistant, or by tools whose results end the run."""
    spoken = [at for at, one in enumerate(messages) if isinstance(one, AIMessage)]
    after = spoken[-1] if spoken else -1
    return [
        at
        for at, one in enumerate(messages)
        if at >= start
        and (isinstance(one, AIMessage) or (isinstance(one, ToolMessage) and at > after))
        and str(one.text).strip()
    ]


def _with_text(message: BaseMessage, text: str) -> BaseMessage:
    """Return the message with this text and nothing beside it that was not checked."""
    if isinstance(message, ToolMessage):
        id_, name = message.id, message.name
        return ToolMessage(text, id=id_, name=name, tool_call_id=message.tool_call_id, status=message.status)
    assert isinstance(message, AIMessage)  # noqa: S101 - nothing else says anything
    return bare(message, text).model_copy(update={"id": message.id})


def _still_calling(shown: BaseMessage, message: BaseMessage, answered: set[str]) -> BaseMessage:
    """Return a shown message that asks only for those tool calls that were answered: a thread needs both or none."""
    if not isinstance(message, AIMessage) or not isinstance(shown, AIMessage):
        return shown
    return shown.model_copy(update={"tool_calls": [one for one in message.tool_calls if one["id"] in answered]})


def _as_list(messages: Any) -> list[Any]:
    if messages is None:
        return []
    return list(messages) if isinstance(messages, list | tuple) else [messages]


def bare(message: AIMessage, text: str) -> AIMessage:
    """Return the message with `text`, what it asks of tools, and nothing else in which unchecked words could be."""
    return AIMessage(
        text,
        id=message.id,
        name=message.name,
        tool_calls=message.tool_calls,
        invalid_tool_calls=[
            InvalidToolCall(type="invalid_tool_call", name=one["name"], args="", id=one["id"], error="malformed")
            for one in message.invalid_tool_calls
        ],
        usage_metadata=message.usage_metadata,
        response_metadata={key: value for key, value in message.response_metadata.items() if key in KEPT_METADATA},
    )


def _note(message: BaseMessage, passed: Passed[Any], *, revised: bool) -> dict[str, Any]:
    """Return what the caller may know of a message's checks: reason codes and why, never a value."""
    return {
        "message_id": message.id,
        "action": str(passed.action),
        "handed_off": passed.it is None,
        "revised": revised,
        "findings": [_finding(one) for one in passed.findings],
        "observed": [_finding(one) for one in passed.observed],
    }


def _finding(one: Finding) -> dict[str, str]:
    return {"code": one.code, "action": str(one.action), "why": one.why, "mend": one.mend}
