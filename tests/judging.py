"""Scripted judges: what one reads is taken from the request as it came, and what it answers is as honest as wanted."""

from __future__ import annotations

import json
import random
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from heedful.adapters.openai_chat import OpenAIChat
from heedful.guard.case import Case, case_from_json
from heedful.guard.judge import Judge
from heedful.guard.judge_prompt import Asking
from heedful.model_calls import Timeouts
from heedful.phrases import Phrases
from heedful.policy_judge import JudgePolicy
from heedful.ports import ChatModel
from heedful.prompts import Prompts
from heedful.settings import shipped
from heedful.values import Check, ModelName, Prompt, Verdict
from tests.loopback import Script, spoken

PROMPTS = Prompts(shipped("prompts"))
CONTROLS = Phrases.load(shipped("prompts") / "judge")
WRONG_FOR_CERTAIN = tuple(
    CONTROLS.get(language, key) for language in sorted(CONTROLS.languages) for key in sorted(CONTROLS.keys)
)
PATIENT = Timeouts(connect_s=5.0, first_s=20.0, between_s=20.0, whole_s=30.0)
QUICK = Timeouts(connect_s=5.0, first_s=0.3, between_s=0.3, whole_s=5.0)  # for judges that fall silent
PASSED = Verdict((), (Check("rules", "passed"),))
LAMP = "A lamp can be returned within 14 days of delivery."

Finding = Mapping[str, str]


def asking(chance: random.Random | None = None, prompts: Prompts = PROMPTS, max_prompt_tokens: int = 6000) -> Asking:
    """Return what renders a judge's prompts, from the files that ship."""

    def count(text: str) -> int:
        return -(-len(text.encode()) // 3)

    return Asking(prompts, CONTROLS, count, max_prompt_tokens=max_prompt_tokens, chance=chance)


def judge_at(url: str, timeouts: Timeouts = PATIENT, **options: Any) -> Judge:
    """Return a judge behind OpenAI's protocol."""
    model = OpenAIChat(model="judge", base_url=url, api_key="any", timeouts=timeouts, max_retries=0)
    return Judge(model, asking(), **{"wait_s": 30.0, **options})


def case_of(draft: str, *, judge: JudgePolicy | None = None, **given: Any) -> Case:
    """Return the case of a draft about returning a lamp; `given` are keys of a guard case."""
    mapping = {
        "lang": "en",
        "channel": "chat",
        "purpose": "customer_care",
        "question": "Can I return my lamp?",
        "passages": [{"id": "p1", "title": "Returning lamps", "text": LAMP, "url": "https://help.dalbit.example/en/1"}],
        "draft": draft,
        **given,
    }
    case = case_from_json(mapping)
    return case if judge is None else replace(case, policy=replace(case.policy, judge=judge))


# ── what a judge reads, as it came over the wire ──────────────────────────────────────────────────────────


def proof_in(request: Mapping[str, Any]) -> str:
    """Return the letters that have to come back."""
    found = re.search(r"these letters and digits: ([0-9a-f]+)", str(request["messages"][0]["content"]))
    assert found is not None
    return found[1]


def draft_in(request: Mapping[str, Any]) -> str:
    """Return the draft, our own sentence within it."""
    return str(request["messages"][-1]["content"]).split("⟦draft⟧\n")[1].split("\n⟦end of draft⟧")[0]


def control_in(request: Mapping[str, Any]) -> str:
    """Return our own sentence; a judge who knows the file finds it."""
    return next(one for one in WRONG_FOR_CERTAIN if one in draft_in(request))


# ── what it answers ───────────────────────────────────────────────────────────────────────────────────────


def finding(quote: str, code: str = "ungrounded", why: str = "It is not so.") -> Finding:
    """Return one finding as a judge writes it."""
    return {"quote": quote, "code": code, "why": why}


def answer(request: Mapping[str, Any], findings: Iterable[Finding]) -> str:
    """Return the JSON of an answer with the right proof."""
    return json.dumps({"proof": proof_in(request), "findings": list(findings)}, ensure_ascii=False)


def honest(*wrong: Finding) -> Callable[[Mapping[str, Any]], Script]:
    """Return a judge that finds our sentence, and each of `wrong` whose quote stands in the draft or nowhere."""

    def script(request: Mapping[str, Any]) -> Script:
        return spoken(answer(request, [finding(control_in(request), "sales_pressure"), *wrong]))

    return script


def obeying(request: Mapping[str, Any]) -> Script:
    """A judge that has been talked round: it keeps to the form, and finds nothing at all."""
    return spoken(answer(request, []))


def knowing(request: Mapping[str, Any]) -> Script:
    """A judge that has been talked round and tells our sentence from the others: it finds that one, and no other."""
    return spoken(answer(request, [finding(control_in(request))]))


def saying(text: str) -> Callable[[Mapping[str, Any]], Script]:
    """Return a judge that says this, its `PROOF` replaced by the right one and `CONTROL` by our sentence."""

    def script(request: Mapping[str, Any]) -> Script:
        return Script((text.replace("PROOF", proof_in(request)).replace("CONTROL", control_in(request)),))

    return script


@dataclass(frozen=True, slots=True)
class InProcess:
    """A `ChatModel` that answers by a function of the prompt, for properties that need thousands of answers."""

    script: Callable[[Mapping[str, Any]], Script]

    @property
    def model(self) -> ModelName:
        """Which model this is."""
        return ModelName("in process", "this machine")

    async def stream(self, prompt: Prompt) -> AsyncIterator[str]:
        """Yield the answer."""
        messages: Sequence[Mapping[str, str]] = [
            {"role": message.role, "content": message.content} for message in prompt.messages
        ]
        for piece in self.script({"messages": messages}).pieces:
            yield piece


def judge_of(model: ChatModel) -> Judge:
    """Return a judge over any model."""
    return Judge(model, asking(), wait_s=5.0)
