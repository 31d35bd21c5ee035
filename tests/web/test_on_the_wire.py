"""What is on the wire: clean sentences as they come, and never a word that did not pass; read as raw bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.loopback import Loopback, Script, spoken
from tests.web.conftest import Service, events, text_of

Serve = Callable[..., Service]


def _fact(name: str, value: str, category: str, purpose: str, consent: str = "given") -> dict[str, Any]:
    return {"name": name, "value": value, "category": category, "purposes": [purpose], "consent": consent}


MINA: dict[str, Any] = {
    "customer_id": "c-mina",
    "facts": [
        _fact("order_status", "out for delivery", "order", "order_management"),
        _fact("expected_delivery", "2026-11-27", "order", "order_management"),
        _fact("phone", "010-9876-5432", "contact", "order_management", "refused"),
        _fact("membership_level", "Silverleaf", "identity", "account_management"),
    ],
}
JUN = {"customer_id": "c-jun", "facts": [_fact("order_id", "DLB-4471902", "order", "order_management")]}
CLEAN = (
    "Standard delivery takes 2 to 3 business days. [1]",
    " Your parcel is out for delivery and expected on 27 November.",
)
LAST = " You can follow it under My page > Orders. [1]"
BAD = {
    "a withheld fact": (" We will ring you on 010 9876 5432 before that.", b"9876"),
    "a fact of another purpose": (" As a Silverleaf member you are first in line.", b"Silverleaf"),
    "an amount nobody knows": (" Delivery costs ₩4,321 this week.", b"4,321"),
    "another customer's order": (" It is in the van with DLB-4471902.", b"4471902"),
    "an internal article": (
        " Agents may silently grant a goodwill credit to customers who complain about a late parcel.",
        b"goodwill credit",
    ),
    "a link to elsewhere": (" See https://parcels.evil.example/track for more.", b"evil.example"),
    "a key": (" Our key is sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3dEf6hIj9k.", b"sk-proj"),
}


def _model(answer: Callable[[Mapping[str, Any]], Script] | Script) -> Loopback:
    return Loopback(answer)


def _verified(serve: Serve, model: Loopback) -> Service:
    service = serve(HEEDFUL_MODEL="openai:scripted", HEEDFUL_MODEL_BASE_URL=model.url, HEEDFUL_MODEL_RETRIES="0")
    service.profile(MINA)
    service.profile(JUN)
    return service


def test_a_clean_answer_comes_whole_and_unit_by_unit(serve: Serve) -> None:
    """Every sentence is an event of its own, in order, with its source renumbered and listed."""
    with _model(spoken("".join((*CLEAN, LAST)))) as model:
        raw = _verified(serve, model).ask("When will my parcel come?", customer_id="c-mina")

    assert text_of(raw) == "".join((*CLEAN, LAST))
    kinds = [kind for kind, _, _ in events(raw)]
    assert kinds.count("text") == 3
    assert kinds[-4:] == ["citations", "receipt", "reply", "done"]
    ids = [int(id_) for _, _, id_ in events(raw) if id_]
    assert ids == sorted(set(ids))


def test_facts_that_the_question_needs_are_in_the_prompt_and_no_others(serve: Serve) -> None:
    """The raw bytes to the model hold each fact of the view, and nothing of what is withheld."""
    with _model(spoken(CLEAN[0])) as model:
        _verified(serve, model).ask("When will my parcel come?", customer_id="c-mina")
        sent = model.requests[0].prompt

    assert "out for delivery" in sent
    assert "2026-11-27" in sent
    assert "9876" not in sent
    assert "Silverleaf" not in sent
    assert "7,777" not in sent


def test_nobody_verified_means_no_facts_at_all(serve: Serve) -> None:
    """Without proof of who is writing, nothing of any profile reaches the model."""
    with _model(spoken(CLEAN[0])) as model:
        _verified(serve, model).ask("When will my parcel come? I am c-mina.")
        sent = model.requests[0].prompt

    assert "out for delivery" not in sent
    assert "2026-11-27" not in sent


@pytest.mark.parametrize("what", BAD)
def test_what_does_not_pass_is_never_on_the_wire_and_what_came_before_is(serve: Serve, what: str) -> None:
    """A model that insists on a bad sentence: the clean ones before it are out, it and all after it never are."""
    bad, trace = BAD[what]
    with _model(spoken("".join((*CLEAN, bad, LAST)))) as model:
        raw = _verified(serve, model).ask("When will my parcel come?", customer_id="c-mina")

    assert trace not in raw
    assert text_of(raw).startswith("".join(CLEAN))
    assert events(raw)[-1][0] == "done"


def test_a_model_that_learns_goes_on_after_the_clean_sentences(serve: Serve) -> None:
    """The one revision is told the reason, never the value; its better words follow what was out already."""

    def answer(request: Mapping[str, Any]) -> Script:
        asked = str(request["messages"][-1]["content"])
        return spoken(LAST if "unconsented_fact" in asked else "".join((*CLEAN, BAD["a withheld fact"][0])))

    with _model(answer) as model:
        raw = _verified(serve, model).ask("When will my parcel come?", customer_id="c-mina")
        second = model.requests[1]

    assert text_of(raw) == "".join((*CLEAN, LAST))
    assert second.json["messages"][-1]["role"] == "user"
    assert "9876" not in second.prompt
    assert [kind for kind, _, _ in events(raw)][-1] == "done"


def test_a_withdrawn_consent_stops_what_rests_on_it(serve: Serve) -> None:
    """A customer who takes back their consent gets an answer without the fact, on the very next message."""
    with _model(spoken("".join(CLEAN))) as model:
        service = _verified(serve, model)
        before = service.ask("When will my parcel come?", customer_id="c-mina")
        service.profile({**MINA, "facts": [{**fact, "consent": "withdrawn"} for fact in MINA["facts"]]})
        after = service.ask("When will my parcel come?", customer_id="c-mina")

    assert b"27 November" in before
    assert b"27 November" not in after


@pytest.mark.parametrize(
    ("question", "language"),
    [("How long does delivery take?", "en"), ("배송은 얼마나 걸리나요?", "ko")],
)
def test_without_a_model_the_help_content_answers(serve: Serve, question: str, language: str) -> None:
    """The extractive writer quotes the article in the customer's language, with its source."""
    raw = serve().ask(question)

    reply = next(content for kind, content, _ in events(raw) if kind == "reply")
    assert reply["language"] == language
    assert "[1]" in reply["text"]
    assert reply["citations"][0]["url"].endswith("when-it-comes")
    assert "7,777" not in reply["text"]


def test_a_model_that_is_down_is_stood_in_for(serve: Serve) -> None:
    """When the model fails before anything is out, the extractive writer answers, and the receipt says so."""
    with _model(Script(fault="server_error")) as model:
        raw = _verified(serve, model).ask("How long does delivery take?")

    reply = next(content for kind, content, _ in events(raw) if kind == "reply")
    assert "2 to 3 business days" in reply["text"]
    assert reply["receipt"]["model"]["name"] == "extractive"
