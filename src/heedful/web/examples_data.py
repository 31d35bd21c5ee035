"""What requests and answers about customers' data look like, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic.config import JsonDict

from heedful.web import examples

AT = "2026-11-22T02:34:56+00:00"
FACT = {
    "name": "delivery_note",
    "label": "delivery note",
    "value": "Please leave it with the concierge",
    "category": "preference",
    "category_label": "what you prefer",
    "source": "customer",
    "at": AT,
    "collected_for": "order_management",
    "collected_for_label": "handling your orders, deliveries and returns",
    "expires": None,
    "yours": True,
    "to_model": True,
}
NOTICE = {
    "version": "2026-11",
    "text": "Dalbit Living asks for your consent.\nWhat for: handling your orders, deliveries and returns. …",
    "language": "en",
    "refusing": "you get the same answers from our help centre, without facts from your account; nothing else changes.",
    "withdraw": "one switch under “Your data” in the chat window, at any time; it is in force from the next sentence.",
    "kept_for": "until you take it back.",
    "recipients": [{"name": "gpt-4o-mini", "country": "US"}],
}
CATEGORY: dict[str, Any] = {
    "category": "order",
    "label": "your orders",
    "state": "given",
    "consent_id": "cns_3TfhvYw",
    "at": AT,
    "valid_until": None,
    "facts": [],
    "notice": NOTICE,
}
PURPOSE = {
    "id": "order_management",
    "label": "handling your orders, deliveries and returns",
    "dpv": "https://w3id.org/dpv#CustomerOrderManagement",
    "ground": True,
    "state": "given",
    "categories": [CATEGORY],
    "notice": NOTICE,
}
CORRECTION = {
    "id": "cor_8sKq",
    "fact": "full_name",
    "value": "Grace Hill",
    "at": AT,
    "state": "open",
    "note": "",
}
SEEN: dict[str, Any] = {
    "customer_id": "demo-grace",
    "complete": True,
    "facts": [FACT],
    "purposes": [PURPOSE],
    "notice": NOTICE,
    "corrections": [CORRECTION],
    "hold": None,
}
SWITCH: JsonDict = {"state": "withdrawn"}
CORRECT: JsonDict = {"fact": "full_name", "value": "Grace Hill"}
ASKED = {"state": "open", "id": "cor_8sKq"}
RECORD: dict[str, Any] = {
    "schema_version": "ISO/IEC TS 27560:2023",
    "record_id": "cns_3TfhvYw",
    "pii_principal_id": "demo-grace",
    "pii_processing": {
        "privacy_notice": NOTICE["text"],
        "privacy_notice_version": "2026-11",
        "privacy_notice_digest": "sha256:5a1d…",
        "language": "en",
        "purposes": [{"purpose": "order_management", "purpose_type": PURPOSE["dpv"], "lawful_basis": "consent"}],
    },
    "party_identification": {"party_role": "pii_controller", "party_name": "Dalbit Living"},
    "event": {"event_time": AT, "event_type": "explicit", "event_state": "given", "valid_until": None},
}
CONSENTS = {"items": [RECORD]}
RECEIPT = {
    **examples.RECEIPT,
    "words": [
        "This is the receipt of the reply of 2026-11-22 02:34 UTC.",
        'It quotes the help page "Returning an item" (https://help.dalbit.example/en/returning).',
        "It used nothing that is held about you.",
    ],
}
RECEIPTS = {"items": [RECEIPT], "next": "MjAyNi0xMS0yMlQwMjozNDo1NiswMDowMH4xMg"}
EXPORTED: dict[str, Any] = {
    "form": "heedful export 1",
    "exported_at": AT,
    "language": "en",
    "company": "Dalbit Living",
    "customer_id": "demo-grace",
    "complete": True,
    "facts": [FACT],
    "purposes": [{name: value for name, value in PURPOSE.items() if name != "notice"}],
    "consents": [RECORD],
    "corrections": [CORRECTION],
    "hold": None,
    "conversations": [
        {
            "id": examples.OPENED["id"],
            "channel": "chat",
            "language": "en",
            "state": "open",
            "opened_at": AT,
            "events": [{"id": 2, "type": "customer", "at": AT, "reply_id": "r_1", "content": {"text": "Hello"}}],
        }
    ],
    "receipts": [RECEIPT],
}
ERASED = {
    "id": "er_x1V…",
    "at": AT,
    "why": "asked",
    "counts": {"facts": 12, "consents": 9, "conversations": 2, "events": 31, "receipts": 4},
    "salt": "5f0c…",
    "chain": {"position": 140, "hash": "9b1e…"},
}
FACTS: JsonDict = {
    "facts": [
        {
            "name": "order_status",
            "value": "shipped",
            "category": "order",
            "source": "shop",
            "at": "2026-11-20T09:00:00+09:00",
            "collected_for": "order_management",
        }
    ]
}
COLLECTED: JsonDict = {
    "consents": [
        {
            "purpose": "order_management",
            "state": "given",
            "category": "order",
            "at": "2026-11-20T09:00:00+09:00",
            "notice": "May our chat look at your orders to answer your questions about them?",
            "notice_version": "checkout-7",
            "language": "en",
        }
    ]
}
HOLDING: JsonDict = {"reason": "A court has asked us to keep the records of your order until the case is closed."}
HOLD = {"since": AT, "reason": HOLDING["reason"]}
HOLDS = {"items": [{"customer_id": "demo-grace", **HOLD}]}
SETTLE: JsonDict = {"state": "done", "note": "The name was changed on 22 November."}
CORRECTIONS = {"items": [{"customer_id": "demo-grace", **CORRECTION}]}
SETTLED = {"customer_id": "demo-grace", **CORRECTION, "state": "done", "note": SETTLE["note"]}
