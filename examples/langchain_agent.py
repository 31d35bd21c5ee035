"""A LangChain agent without and with heedful's guard: what a customer would have read, and what they read.

    python examples/langchain_agent.py

Needs no key and no network: the model is scripted, and misuses what it knows. Put your own in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from heedful.langchain import DataMisuseGuard

QUESTIONS = {
    "English": "Where is my order DL-20418? It should have come yesterday.",
    "한국어": "주문번호 DL-20418 배송은 언제 오나요? 어제 온다고 했는데요.",
}

# What the model writes, in order: the first misuses data, and the second, after a word from the guard, does not.
ANSWERS = {
    "English": (
        "It will reach 18 Willow Court, Leeds LS1 4AP soon. While you wait: you looked at our walnut desk three times.",
        "I am sorry that your order DL-20418 is late. It is on its way to you.",
    ),
    "한국어": (
        "곧 서울 마포구 월드컵북로 21길 14, 302호로 도착합니다. 최근에 월넛 책상을 세 번 보셨던데 지금이 기회예요.",
        "주문번호 DL-20418 배송이 늦어져 죄송합니다. 상품은 고객님께 가고 있습니다.",
    ),
}


class LeakyModel(BaseChatModel):
    """Stands for any chat model: gives its answers in order, word by word where it is streamed."""

    answers: list[str]

    @property
    def _llm_type(self) -> str:
        return "leaky"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.answers.pop(0)))])

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        for word in self.answers.pop(0).split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word + " "))


def facts_of(runtime: Any) -> Mapping[str, Any]:
    """Return who is being answered, and what they agreed to; yours would ask your customer system.

    `runtime.context` is what you gave the agent's run; here it is the customer's id.
    """
    order = {"category": "order", "purposes": ["order_management"], "consent": "given"}
    refused = {"purposes": ["order_management"], "consent": "refused"}
    return {
        "purpose": "order_management",
        "verified": True,
        "customer_id": runtime.context,
        "facts": [
            {"name": "order_id", "value": "DL-20418", **order},
            {"name": "delivery_address", "value": "18 Willow Court, Leeds LS1 4AP", "category": "contact", **refused},
            {"name": "home", "value": "서울 마포구 월드컵북로 21길 14, 302호", "category": "contact", **refused},
            {"name": "viewed", "value": "walnut desk, three times", "category": "behaviour", **refused},
        ],
    }


def shown(language: str, *, guarded: bool) -> tuple[str, Mapping[str, Any]]:
    """Return what a customer reads, token by token, and the state the agent ends with."""
    middleware = [DataMisuseGuard(facts=facts_of)] if guarded else []
    agent = create_agent(LeakyModel(answers=list(ANSWERS[language])), [], middleware=middleware, context_schema=str)
    question: Any = {"messages": [("user", QUESTIONS[language])]}
    read = ""
    state: Mapping[str, Any] = {}
    parts: Iterator[Any] = agent.stream(question, context="c-204", stream_mode=["messages", "values"])
    for mode, part in parts:
        if mode == "messages":
            read += str(part[0].text)
        else:
            state = part
    return read.strip(), state


def main() -> None:
    """Print both answers for each language, and why the first was stopped."""
    for language, question in QUESTIONS.items():
        without, _ = shown(language, guarded=False)
        guarded, state = shown(language, guarded=True)
        print(f"{language}\n  customer  {question}\n  without   {without}\n  guarded   {guarded}")
        for verdict in state["heedful_verdicts"]:
            codes = ", ".join(dict.fromkeys(finding["code"] for finding in verdict["findings"]))
            print(f"  why       {verdict['action']}: {codes}\n")


if __name__ == "__main__":
    main()
