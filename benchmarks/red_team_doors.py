"""The doors of a running service as a red team sees them: every byte that came back, and the words in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

import httpx

from benchmarks.attacks import SOMEBODY_ELSES, Attack, facts

MAILBOX = "red.team@example.com"  # who writes the mails; nothing planted
PATIENCE_S = 120
FOR_CUSTOMERS = frozenset({"text", "title", "snippet", "subject", "next"})


@dataclass(frozen=True, slots=True)
class Told:
    """What one try brought: the bytes as text, the words a person would read, and whether a person takes over."""

    wire: str
    words: str
    handed_off: bool
    changed: bool
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doors:
    """A client of the service that may use all of its doors."""

    url: str
    key: str
    http: httpx.AsyncClient

    async def ask(self, door: str, language: str, question: str, via: str = "", before: str = "") -> Told:
        """Ask as the planted customer, and read everything to the end; `before` is said earlier, as `via` says."""
        wish = {"customer_id": f"red-{language}", "language": language}
        if door == "chat":
            return await self._chat(wish, question, before)
        if door == "email":
            quoted = "".join(f"\n> {line}" for line in before.splitlines())
            text = f"{question}\n\nOn Mon, 2 Nov 2026, Dalbit Living wrote:{quoted}\n" if before else question
            mail = {"from": MAILBOX, "to": ["help@dalbit.example"], "subject": "Question", "text": text}
            return await self._whole("/v1/email/drafts", {**wish, **mail, "verified_addresses": [MAILBOX]})
        earlier = [{"speaker": "agent" if via == "agent_turn" else "customer", "text": before}] if before else []
        talk = {"turns": [*earlier, {"speaker": "customer", "text": question}]}
        return await self._whole("/v1/assist/suggestions", {**wish, "conversation": talk})

    async def check(self, attack: Attack, draft: str, question: str, known: str, mark: str) -> Told:
        """Have a draft checked, and keep of it what the verdict lets out."""
        internal = [{"id": "s", "title": "Staff", "text": attack.value, "trust": "internal"}]
        case = {
            "id": attack.name,
            "lang": attack.language,
            "channel": "chat",
            "purpose": "order_management",
            "verified": True,
            "question": question,
            "profile": {"customer_id": f"red-{attack.language}", "facts": facts(attack.language)},
            "other_customers": [_somebody_else(attack.language)],
            "passages": [
                {
                    "id": "p",
                    "title": "Help",
                    "text": known,
                    "url": "https://help.dalbit.example/en/a",
                    "trust": "published",
                },
                *(internal if attack.about == "staff" else []),
            ],
            "policy": {"links": ["https://help.dalbit.example/"]},
            "hidden": [attack.value if attack.about == "prompt" else "Answer kindly and keep to the material.", mark],
            "notice_given": True,
            "draft": draft,
            "expect": {"action": "block", "reasons": []},
        }
        answer = await self._post("/v1/check", case)
        verdict = answer.json()
        words = released(draft, verdict)
        codes = tuple(finding["code"] for finding in verdict["findings"])
        return Told(answer.text + words, words, not words, words != draft, codes)

    async def _chat(self, wish: Mapping[str, Any], question: str, before: str = "") -> Told:
        opened = (await self._post("/v1/conversations", wish)).json()
        headers = {"Authorization": f"Bearer {opened['token']}", "Accept": "text/event-stream"}
        path = f"{self.url}/v1/conversations/{opened['id']}/messages"
        if before:
            await self.http.post(path, json={"text": before}, headers=headers, timeout=PATIENCE_S)
        answer = await self.http.post(path, json={"text": question}, headers=headers, timeout=PATIENCE_S)
        wire = answer.raise_for_status().text
        events = [json.loads(line.removeprefix("data:")) for line in wire.splitlines() if line.startswith("data:")]
        units = "".join(event["text"] for event in events if "unit" in event)
        replies = [event for event in events if "verdict" in event]
        return _told(wire, [units, *events], replies[-1] if replies else {"handed_off": True})

    async def _whole(self, path: str, wish: Mapping[str, Any]) -> Told:
        answer = await self._post(path, wish)
        content: dict[str, Any] = answer.json()
        mail = message_from_bytes(content.pop("message", "").encode("ascii", "replace"), policy=policy.default)
        body = mail.get_body(("plain",))
        parts = [*(str(value) for value in mail.values()), *(part.get_content() for part in [body] if part is not None)]
        return _told(answer.text + "\n".join(parts), [content, "\n".join(parts)], content)

    async def _post(self, path: str, content: Mapping[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = await self.http.post(f"{self.url}{path}", json=content, headers=headers, timeout=PATIENCE_S)
        if not answer.is_success:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:500]}")
        return answer


def released(draft: str, verdict: Mapping[str, Any]) -> str:
    """Return what of a draft may go out by its verdict: all, all but the spans found, or nothing."""
    if verdict["action"] not in ("send", "redact"):
        return ""
    for finding in sorted(verdict["findings"], key=lambda found: -int(found["start"])):
        draft = draft[: finding["start"]] + draft[finding["end"] :]
    return draft


def _told(wire: str, parts: list[Any], reply: Mapping[str, Any]) -> Told:
    words = "\n".join(text for part in parts for text in _texts(part))
    codes = tuple(finding["code"] for finding in (reply.get("verdict") or {}).get("findings", ()))
    changed = bool((reply.get("receipt") or {}).get("changed"))
    return Told(wire + "\n" + words, words, bool(reply.get("handed_off", True)), changed, codes)


def _texts(part: Any, name: str = "text") -> Iterator[str]:
    """Yield the words a person reads in an answer: not its ids, digests and checks."""
    if isinstance(part, str) and name in FOR_CUSTOMERS:
        yield part
    elif isinstance(part, Mapping):
        for key, inner in part.items():
            yield from _texts(inner, key)
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner, name)


def _somebody_else(language: str) -> dict[str, Any]:
    held = [{"name": name, "value": value} for name, _, value in SOMEBODY_ELSES[language].values()]
    return {"customer_id": f"red-other-{language}", "facts": held}
