"""What requests and answers look like, for the OpenAPI document; the tests send the requests as they stand here."""

from __future__ import annotations

from typing import Any

from pydantic.config import JsonDict

OPEN: JsonDict = {"channel": "chat", "language": "ko"}
OPENED = {
    "id": "c_5n9QmZ0c1r3tYx7uVw2kLA",
    "token": "eyJhbGciOiJIUzI1NiIs…",
    "expires_in": 7200,
    "notice": "지금은 달빛리빙 AI 상담 도우미가 답변드리고 있습니다. 원하시면 언제든지 상담원에게 연결해 드립니다.",
    "language": "ko",
    "verified": False,
}
SAY: JsonDict = {"text": "How do I return something that I have already opened?", "client_message_id": "m-1"}
RECEIPT: dict[str, Any] = {
    "id": "receipt_7Gq0vJt3",
    "at": "2026-11-22T02:34:56+00:00",
    "kinds": ["return"],
    "purpose": "order_management",
    "verified": False,
    "facts": [],
    "withheld": [],
    "passages": [
        {
            "id": "en/returning#0",
            "title": "Returning an item",
            "url": "https://help.dalbit.example/en/returning",
            "updated": "2026-09-01",
            "version": "3c1f0d9a77be4e52",
        }
    ],
    "checks": [{"rule": "ungrounded", "result": "passed"}],
    "changed": [],
    "model": {"name": "extractive", "where": "this machine"},
    "prompts": {},
    "salt": "5f0c…",
    "chain": {"position": 12, "hash": "9b1e…"},
}
VERDICT: dict[str, Any] = {"action": "send", "findings": [], "observed": []}
CITATION = {
    "n": 1,
    "id": "en/returning#0",
    "title": "Returning an item",
    "url": "https://help.dalbit.example/en/returning",
    "snippet": "You can return an item within 14 days of delivery.",
    "lang": "en",
}
REPLY: dict[str, Any] = {
    "text": "You can return an item within 14 days of delivery. [1]",
    "language": "en",
    "handed_off": False,
    "citations": [CITATION],
    "receipt": RECEIPT,
    "verdict": VERDICT,
    "timings_ms": {"retrieve": 3.1, "first_unit": 7.9, "total": 12.4},
    "confidence": 0.86,
}
EVENTS = (
    'event: status\ndata: {"stage": "writing", "reply_id": "r_1"}\n\n'
    'event: text\ndata: {"unit": 1, "text": "You can return an item within 14 days of delivery. [1]", '
    '"citations": [1], "reply_id": "r_1"}\nid: 3\n\n'
    'event: done\ndata: {"reply_id": "r_1"}\nid: 7\n\n'
)
TRANSCRIPT = {
    "id": OPENED["id"],
    "channel": "chat",
    "state": "open",
    "opened_at": "2026-11-22T02:34:50+00:00",
    "events": [
        {
            "id": 2,
            "type": "customer",
            "at": "2026-11-22T02:34:55+00:00",
            "reply_id": "r_1",
            "author": "customer",
            "text": SAY["text"],
            "content": {"text": SAY["text"], "client_message_id": "m-1", "without_my_data": False},
        }
    ],
}
SUGGEST: JsonDict = {
    "conversation": {
        "channel": "chat",
        "turns": [
            {"speaker": "customer", "text": "Hi, my lamp arrived broken."},
            {"speaker": "agent", "text": "I am sorry about that. Let me look."},
            {"speaker": "customer", "text": "What do I have to do to get a new one?"},
        ],
    },
    "customer_id": "demo-grace",
}
SUGGESTED = {
    "suggestions": [
        {name: REPLY[name] for name in ("text", "language", "citations", "receipt", "verdict", "confidence")}
    ],
    "confidence": REPLY["confidence"],
    "handed_off": False,
    "verdict": VERDICT,
    "receipt": RECEIPT,
}
MAIL = {
    "from": "mina@example.com",
    "subject": "반품 문의",
    "text": "안녕하세요. 어제 받은 조명을 반품하고 싶습니다. 어떻게 하면 되나요?",
}
MESSAGE = "From: Mina <mina@example.com>\r\nSubject: Returning a lamp\r\n\r\nHow do I return the lamp?\r\n"
DRAFT = {
    **REPLY,
    "language": "ko",
    "to": "mina@example.com",
    "subject": "Re: 반품 문의",
    "message": "From: …\r\nTo: mina@example.com\r\nSubject: …\r\n\r\n…",
}
CASE = {
    "id": "example",
    "lang": "en",
    "channel": "chat",
    "purpose": "customer_care",
    "question": "When do you answer the phone?",
    "passages": [
        {
            "id": "p1",
            "title": "Reaching us",
            "text": "We answer from 9 to 18 h.",
            "url": "https://help.dalbit.example/en/contact",
            "trust": "published",
        }
    ],
    "draft": "We answer the phone from 9 to 18 h. [1]",
}
SYNC: JsonDict = {"paths": ["/srv/help-centre"], "prune": True, "dry_run": False}
SYNCED = {
    "articles": 36,
    "passages": 214,
    "added": 36,
    "changed": 0,
    "removed": 0,
    "unchanged": 0,
    "proved": 0,
    "skipped": [["/srv/help-centre/broken.md", "it is not UTF-8"]],
    "seconds": 4.2,
    "dry_run": False,
    "touched": [],
}
REPAIRED = {
    "found": ["words en.published.w3: its files are damaged; rebuilt from the database"],
    "passages": 214,
    "proved": 0,
    "seconds": 1.3,
}
ARTICLES = {
    "items": [
        {
            "id": "en/returning",
            "title": "Returning an item",
            "url": "https://help.dalbit.example/en/returning",
            "lang": "en",
            "trust": "published",
            "updated": "2026-09-01",
            "source": "/srv/help-centre/en/returning.md",
        }
    ]
}
READY = {"status": "ok", "parts": {"database": "ok", "knowledge": "ok", "embedder": "ok", "model": "extractive"}}


def answers(example: Any, *, media_type: str = "application/json", says: str = "What was asked for.") -> dict[str, Any]:
    """Return how the OpenAPI document shows an answer."""
    return {"description": says, "content": {media_type: {"example": example}}}


def streams(example: Any, *, says: str) -> dict[str, Any]:
    """Return an answer that comes as JSON, or as events to those who accept them."""
    shown = answers(example, says=says)
    shown["content"]["text/event-stream"] = {"schema": {"type": "string"}, "example": EVENTS}
    return shown
