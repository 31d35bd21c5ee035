"""An export as one readable page: no script, nothing loaded from anywhere, whatever a customer has written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from heedful.phrases import Phrases
from heedful.receipt_words import day, fact_label, minute

SPEAKERS = {"customer": "customer", "assistant": "ai", "person": "person", "agent": "agent"}
SPOKEN = ("customer", "text", "notice", "hand_off")  # the events that hold words which somebody read


def export_page(content: Mapping[str, Any], words: Phrases) -> str:
    """Return the page of an export (`exports.export`), in the language it was made in."""
    language = str(content["language"])

    def t(key: str, /, **values: str) -> str:
        return words.get(language, f"page.{key}", **values)

    def state(name: str) -> str:
        return words.get(language, f"state.{name}") if words.has(f"state.{name}") else name

    page = _pages().get_template("export.html")
    return page.render(
        content,
        t=t,
        state=state,
        called=lambda name: fact_label(words, language, name),
        time=_time,
        day=lambda text: day(text) if text else "",
        conversations=[_conversation(one) for one in content["conversations"]],
        answers=[_answer(one, content, words) for one in content["consents"]],
    )


def _pages() -> Environment:
    folder = Path(str(resources.files("heedful"))) / "web" / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _time(text: str | None) -> str:
    return minute(datetime.fromisoformat(text)) if text else ""


def _conversation(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return who said what, the sentences of one reply together."""
    turns: list[dict[str, Any]] = []
    for event in one["events"]:
        if event["type"] not in SPOKEN:
            continue
        content, reply_id = event["content"], event["reply_id"]
        who = SPEAKERS.get(str(content.get("speaker", "customer")), "customer") if event["type"] == "customer" else "ai"
        last = turns[-1] if turns else None
        if last and event["type"] == "text" and last["of"] == ("text", reply_id):
            last["text"] += str(content["text"])
        else:
            of = (event["type"], reply_id)
            turns.append({"who": who, "text": str(content.get("text", "")), "at": event["at"], "of": of})
    return {**one, "turns": turns}


def _answer(record: Mapping[str, Any], content: Mapping[str, Any], words: Phrases) -> dict[str, Any]:
    """Return a consent record as one row, things called as everywhere on the page."""
    purposes = {one["id"]: one for one in content["purposes"]}
    said = record["pii_processing"]
    purpose = said["purposes"][0]
    known = purposes.get(purpose["purpose"])
    of = purpose["pii_information"][0] if purpose["pii_information"] else {}
    labels = {one["category"]: one["label"] for one in known["categories"]} if known else {}
    category, fact = of.get("pii_type"), of.get("pii_attribute_id")
    what = labels.get(category, of.get("pii_type_label") or category or "")
    if fact:
        name = fact_label(words, str(content["language"]), fact)
        what = f"{what}: {name}" if what else name
    return {
        "purpose": known["label"] if known else purpose["purpose"],
        "about": what,
        "state": record["event"]["event_state"],
        "at": record["event"]["event_time"],
        "until": record["event"]["valid_until"],
        "notice": said["privacy_notice"],
        "language": said["language"],
        "id": record["record_id"],
    }
