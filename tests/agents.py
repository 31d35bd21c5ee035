"""LangChain agents whose model follows a script and whose listeners write down what they hear."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from heedful.langchain import DataMisuseGuard

STREET = "Harbour Lane"
LEAK = f"Thank you for waiting. Your parcel goes to 42 {STREET}, Brighton BN1 4QX."
CLEAN = "Your parcel is on its way. You can follow it in your account."
CARD = "4111 1111 1111 1111"
ASK, ASK_KO = "Where is my parcel?", "제 택배는 지금 어디에 있나요?"
HANDED_OFF = "I would rather have one of our people answer this, so I am passing it on."
HANDED_OFF_KO = "이 문의는 상담원이 직접 답변드리는 것이 좋겠습니다. 상담원에게 전달해 드립니다."
MODES = ["messages", "values", "updates", "debug", "tasks", "checkpoints", "custom"]


class Scripted(BaseChatModel):
    """Answers with what it was given, in order, word by word where it is streamed; remembers what it read."""

    answers: list[AIMessage]
    _read: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def read(self) -> list[list[BaseMessage]]:
        return self._read

    def bind_tools(self, tools: Any, **settings: Any) -> Any:
        return self

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **settings: Any
    ) -> ChatResult:
        self._read.append(messages)
        return ChatResult(generations=[ChatGeneration(message=self.answers.pop(0))])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **settings: Any
    ) -> Iterator[ChatGenerationChunk]:
        self._read.append(messages)
        for word in str(self.answers.pop(0).text).split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word + " "))


class Ears(BaseCallbackHandler):
    """Writes down all that it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.heard.append(repr((token, kwargs)))

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self.heard.append(repr(response))


def scripted(*answers: str | AIMessage) -> Scripted:
    return Scripted(answers=[AIMessage(one) if isinstance(one, str) else one for one in answers])


def customer(_runtime: object = None) -> Mapping[str, Any]:
    contact = {"category": "contact", "purposes": ["order_management"]}
    return {
        "purpose": "order_management",
        "verified": True,
        "customer_id": "c-1",
        "facts": [
            {**contact, "name": "delivery_address", "value": f"42 {STREET}, Brighton BN1 4QX", "consent": "refused"},
            {**contact, "name": "email", "value": "mina@example.com", "consent": "given"},
        ],
    }


def agent(model: BaseChatModel, *, tools: Sequence[Any] = (), others: Sequence[Any] = (), **settings: Any) -> Any:
    compiled = {
        key: settings.pop(key) for key in ("response_format", "checkpointer", "system_prompt") if key in settings
    }
    guard = DataMisuseGuard(**{"facts": customer, **settings})
    return create_agent(model, list(tools), middleware=[guard, *others], **compiled)


def asked(text: str = ASK) -> dict[str, Any]:
    return {"messages": [("user", text)]}


def last(state: Mapping[str, Any]) -> str:
    return str(state["messages"][-1].text)
