"""The surfaces besides chat: check, assist, mail drafts, knowledge, health, pages, and the document of them all."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from heedful.web import examples
from tests.loopback import Loopback
from tests.web.conftest import Service, services
from tests.web.reading import KOREAN, QUESTION, WHOLE, answering, told

REASONS = {
    "unconsented_fact",
    "purpose_mismatch",
    "other_customer",
    "third_party",
    "identifier_in_clear",
    "sensitive_inference",
    "creepy_recital",
    "over_disclosure",
    "wrong_recipient",
    "cross_channel",
    "secret_leak",
    "hidden_context",
    "injection_driven",
    "ungrounded",
    "unauthorised_promise",
    "sales_pressure",
    "missing_ai_notice",
    "rights_ignored",
    "unsafe_output",
    "guard_failure",
}
ENGLISH_MAIL = {
    "from": "Grace Hill <grace@example.com>",
    "subject": "My parcel",
    "text": "Hello,\n\nwhen will my parcel come?\n\nGrace",
    "message_id": "<m1@example.com>",
    "references": ["<m0@example.com>"],
}
KOREAN_MAIL = """From: =?utf-8?b?6rmA66+464KY?= <mina@example.com>
To: help@dalbit.example
Subject: =?utf-8?b?67Cw7IahIOusuOydmA==?=
Message-ID: <k1@example.com>
Content-Type: text/plain; charset=euc-kr
Content-Transfer-Encoding: 8bit

안녕하세요. 일반 배송은 며칠이 걸리나요?
""".encode("euc-kr")


@pytest.fixture(scope="module")
def model() -> Iterator[Loopback]:
    """A model that answers by the customer's last words."""
    with Loopback(answering) as server:
        yield server


@pytest.fixture(scope="module")
def service(model: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service with a key for each surface."""
    with services(tmp_path_factory.mktemp("surfaces")) as serve:
        service = serve(HEEDFUL_MODEL="openai:scripted", HEEDFUL_MODEL_BASE_URL=model.url, HEEDFUL_MODEL_RETRIES="0")
        for scope in ("chat", "assist", "email", "check", "knowledge"):
            service.keys[scope] = service.key(scope)
        yield service


def suggest(service: Service, *turns: tuple[str, str], **more: Any) -> httpx.Response:
    """Ask for suggestions."""
    talk = {"channel": "chat", "turns": [{"speaker": speaker, "text": text} for speaker, text in turns]}
    ask = {"conversation": talk, **more}
    return service.client(service.keys["assist"]).post("/v1/assist/suggestions", json=ask)


def draft(
    service: Service, mail: dict[str, Any] | bytes, *, as_message: bool = False, query: str = ""
) -> httpx.Response:
    """Ask for a draft of an answer."""
    client = service.client(service.keys["email"], Accept="message/rfc822" if as_message else "application/json")
    path = f"/v1/email/drafts{query}"
    if isinstance(mail, dict):
        return client.post(path, json=mail)
    return client.post(path, content=mail, headers={"Content-Type": "message/rfc822"})


def message_of(raw: bytes | str) -> EmailMessage:
    """Return a message as a mail program reads it."""
    raw = raw.encode() if isinstance(raw, str) else raw
    return email.message_from_bytes(raw, policy=email.policy.default)


def body_of(message: EmailMessage) -> str:
    """Return its plain text."""
    part = message.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


# ── check ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_guard_case_gets_a_verdict(service: Service, shared_data: Path) -> None:
    """Each line of the sample is taken as it is, and answered with an action and findings of the known codes."""
    client = service.client(service.keys["check"])
    lines = (shared_data / "guard" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        answer = client.post("/v1/check", content=line.encode(), headers={"Content-Type": "application/json"})
        name = json.loads(line)["id"]
        assert answer.status_code == 200, name
        verdict = answer.json()
        assert verdict["action"] in ("send", "redact", "revise", "hand_off", "block"), name
        assert (verdict["action"] == "send") == (not verdict["findings"]), name
        assert {finding["code"] for finding in verdict["findings"]} <= REASONS - {"guard_failure"}, name

    assert len(lines) > 50


def test_a_draft_with_an_unknown_figure_is_not_sent(service: Service) -> None:
    """The guard over HTTP says which words, and why."""
    case = {**examples.CASE, "draft": "We answer the phone from 9 to 23 h. [1]"}
    verdict = service.client(service.keys["check"]).post("/v1/check", json=case).json()

    (finding,) = verdict["findings"]
    assert (verdict["action"], finding["code"]) == ("revise", "ungrounded")
    assert "23" in case["draft"][finding["start"] : finding["end"]]


@pytest.mark.parametrize(
    "change",
    [
        {"draft": None},
        {"channel": "fax"},
        {"passages": "all of them"},
        {"passages": [{"id": "p", "trust": "total"}]},
        {"profile": {"facts": "none"}},
        {"profile": {"facts": [{"name": "email"}]}},
        {"policy": {"promises": 3}},
        {"other_customers": [1]},
    ],
)
def test_a_case_of_another_form_is_refused(service: Service, change: dict[str, Any]) -> None:
    """What can't be a guard case is the caller's error, said as one."""
    answer = service.client(service.keys["check"]).post("/v1/check", json={**examples.CASE, **change})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


# ── assist ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_agent_gets_a_suggestion(service: Service, model: Loopback) -> None:
    """The customer's last question is answered, with sources, receipt, verdict and confidence; all of it was read."""
    answer = suggest(
        service,
        ("customer", "I ordered a lamp last week."),
        ("agent", "Thank you, how can I help?"),
        ("customer", QUESTION),
        ("agent", "One moment."),
    )
    (suggestion,) = answer.json()["suggestions"]

    assert answer.status_code == 200
    assert suggestion["text"] == WHOLE
    assert suggestion["citations"][0]["title"] == "When your parcel comes"
    assert suggestion["verdict"]["action"] == "send"
    assert 0 <= suggestion["confidence"] <= 1
    assert suggestion["receipt"]["chain"]["position"] > 0
    assert answer.json()["handed_off"] is False
    assert "I ordered a lamp last week." in model.chats[-1].prompt
    assert "AI assistant" not in suggestion["text"]


def test_an_agent_gets_a_suggestion_in_korean(service: Service) -> None:
    """The language is that of the customer's words."""
    answer = suggest(service, ("customer", "일반 배송은 며칠이 걸리나요?")).json()

    assert answer["suggestions"][0]["text"] == KOREAN
    assert answer["suggestions"][0]["language"] == "ko"


def test_what_should_not_be_suggested_is_not(service: Service) -> None:
    """A customer who wants a person gets one: the list is empty and the answer says that it was handed off."""
    answer = suggest(service, ("customer", "I want to speak to a person, please.")).json()

    assert answer["suggestions"] == []
    assert answer["handed_off"] is True


@pytest.mark.parametrize(
    ("turns", "more", "where"),
    [
        ([("agent", "Hello?")], {}, "customer"),
        ([], {}, "turns"),
        ([("robot", "Hello?")], {}, "speaker"),
        ([("customer", QUESTION)], {"purpose": "curiosity"}, "curiosity"),
        ([("customer", "a\x00b")], {}, "control characters"),
    ],
)
def test_what_can_not_be_suggested_to(
    service: Service, turns: list[tuple[str, str]], more: dict[str, Any], where: str
) -> None:
    """Without a customer's words, or with things unknown, the answer is a problem that names them."""
    answer = suggest(service, *turns, **more)

    assert answer.status_code == 422
    assert where in answer.json()["detail"]


# ── mail ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_in_parts_gets_a_draft(service: Service) -> None:
    """JSON in, JSON out: the reply with its receipt, the address, the subject, and the message as it would be sent."""
    answer = draft(service, ENGLISH_MAIL)
    made = answer.json()
    message = message_of(made["message"])

    assert answer.status_code == 200
    assert (made["to"], made["subject"]) == ("grace@example.com", "Re: My parcel")
    assert made["verdict"]["action"] == "send"
    assert made["receipt"]["checks"]
    assert message["To"] == "Grace Hill <grace@example.com>"
    assert message["Subject"] == "Re: My parcel"
    assert message["In-Reply-To"] == "<m1@example.com>"
    assert message["References"].split() == ["<m0@example.com>", "<m1@example.com>"]
    assert "Standard delivery takes 2 to 3 business days." in body_of(message)
    assert "AI assistant" in body_of(message)


def test_a_mail_as_it_came_gets_a_draft_as_a_message(service: Service) -> None:
    """A Korean mail in EUC-KR: the answer is a message in Korean, threaded, ready to be opened as a draft."""
    answer = draft(service, KOREAN_MAIL, as_message=True)
    message = message_of(answer.content)

    assert answer.headers["content-type"] == "message/rfc822"
    assert "attachment" in answer.headers["content-disposition"]
    assert "x-heedful-handed-off" not in answer.headers
    assert message["To"].addresses[0].addr_spec == "mina@example.com"
    assert message["Subject"] == "Re: 배송 문의"
    assert message["In-Reply-To"] == "<k1@example.com>"
    assert message["X-Unsent"] == "1"
    assert "일반 배송은 2~3영업일이 걸립니다." in body_of(message)
    assert "AI" in body_of(message)


def test_either_way_in_goes_with_either_way_out(service: Service) -> None:
    """JSON to a message, a message to JSON; what is asked with a message stands in the query."""
    as_message = message_of(draft(service, ENGLISH_MAIL, as_message=True).content)
    as_json = draft(service, KOREAN_MAIL, query="?without_my_data=true&verified_addresses=mina@example.com").json()

    assert as_message["Subject"] == "Re: My parcel"
    assert as_json["to"] == "mina@example.com"
    assert draft(service, KOREAN_MAIL, query="?purpose=curiosity").status_code == 422
    assert draft(service, KOREAN_MAIL, query="?lang=en").status_code == 422


def test_a_draft_that_a_person_has_to_write_says_so(service: Service) -> None:
    """A mail that asks for a person: an empty answer, marked in JSON and in the header of a message."""
    wish = {**ENGLISH_MAIL, "text": "I want to speak to a person, please."}

    assert draft(service, wish).json()["handed_off"] is True
    assert draft(service, wish, as_message=True).headers["x-heedful-handed-off"] == "true"


@pytest.mark.parametrize(
    "raw",
    [
        b"From: mina@example.com\r\nSubject: x\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n",
        b"From: MAILER-DAEMON@example.com\r\nSubject: Undelivered\r\n\r\nIt came back.\r\n",
        b"From: a@example.com\r\nList-Id: <l.example.com>\r\nSubject: News\r\n\r\nOur news.\r\n",
    ],
)
def test_what_a_machine_sent_gets_no_draft(service: Service, raw: bytes) -> None:
    """Automatic replies, bounces, lists: refused, so that nothing goes round in circles."""
    answer = draft(service, raw)

    assert (answer.status_code, answer.json()["code"]) == (422, "auto_reply")


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "My parcel\r\nBcc: thief@evil.example"},
        {"subject": "My parcel\nTo: thief@evil.example\n\nanother body"},
        {"from": "Grace\r\nBcc: thief@evil.example <grace@example.com>"},
        {"from": "Grace Hill <grace@example.com>\r\nBcc: thief@evil.example"},
        {"reply_to": "grace@example.com\r\nBcc: thief@evil.example"},
        {"reply_to": "grace@example.com, thief@evil.example"},
        {"message_id": "<m1@example.com>\r\nBcc: thief@evil.example"},
        {"references": ["<m0@example.com>\r\nBcc: thief@evil.example"]},
        {"to": ["help@dalbit.example\r\nBcc: thief@evil.example"]},
        {"from": "=?utf-8?q?Grace=0D=0ABcc=3A_thief=40evil=2Eexample?= <grace@example.com>"},
    ],
)
def test_nothing_in_a_mail_becomes_a_header_of_the_answer(service: Service, change: dict[str, Any]) -> None:
    """Line breaks smuggled into any part never add a recipient: the draft goes to one address, or there is none."""
    answer = draft(service, {**ENGLISH_MAIL, **change}, as_message=True)

    if answer.status_code != 200:
        assert answer.status_code == 422
        return
    message = message_of(answer.content)
    assert [address.addr_spec for address in message["To"].addresses] == ["grace@example.com"]
    for name in ("Cc", "Bcc", "Reply-To"):
        assert name not in message
    assert {name.lower() for name in message} <= {
        *("from", "to", "subject", "date", "x-unsent", "content-language", "in-reply-to", "references"),
        *("mime-version", "content-type", "message-id"),
    }


@pytest.mark.parametrize(
    ("mail", "where"),
    [
        ({"text": "Hello"}, "from"),
        ({**ENGLISH_MAIL, "text": 3}, "text"),
        ({**ENGLISH_MAIL, "bcc": ["x@example.com"]}, "bcc"),
        ({**ENGLISH_MAIL, "text": ""}, ""),
        ({**ENGLISH_MAIL, "from": "nobody"}, ""),
        ({**ENGLISH_MAIL, "language": "English"}, "language"),
        ({**ENGLISH_MAIL, "purpose": "curiosity"}, "curiosity"),
    ],
)
def test_a_mail_that_can_not_be_answered(service: Service, mail: dict[str, Any], where: str) -> None:
    """Missing parts, unknown ones, nobody to answer to: a problem that names the part."""
    mail = mail if where or mail["text"] else {**mail, "subject": ""}
    answer = draft(service, mail)

    assert answer.status_code == 422
    assert where in answer.json()["detail"]


def test_mails_have_a_limit_of_their_own(service: Service) -> None:
    """A mail of 1 MB with its attachments is read, one over 10 MB refused."""
    big = KOREAN_MAIL + b"x" * 10_500_000
    small = b"From: a@example.com\r\nSubject: " + b"My parcel\r\n\r\n" + QUESTION.encode() + b"\r\n\r\n-- \r\n"

    assert draft(service, small + b"y " * 500_000).status_code == 200
    answer = draft(service, big)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert draft(service, b"x" * (12 * 1024 * 1024 + 1)).status_code == 413
    assert draft(service, b"").status_code == 422


# ── knowledge, health, pages ──────────────────────────────────────────────────────────────────────────────


def test_help_content_is_read_while_the_service_runs(service: Service) -> None:
    """Progress comes as events, the summary last; the list of articles shows what was added."""
    client = service.client(service.keys["knowledge"])
    folder = service.folder / "more"
    folder.mkdir(exist_ok=True)
    (folder / "gift.md").write_text("---\ntitle: Gift wrapping\nlang: en\n---\nWe wrap gifts.\n", encoding="utf-8")
    ask = {"paths": [str(folder)]}
    with client.stream("POST", "/v1/knowledge/sync", json=ask, headers={"Accept": "text/event-stream"}) as answer:
        found = list(told(answer))
    items = client.get("/v1/knowledge/articles").json()["items"]

    assert {event.type for event in found[:-1]} == {"progress"}
    assert found[-1].type == "summary"
    assert found[-1].content["added"] == 1
    assert "Gift wrapping" in {item["title"] for item in items}
    assert all("text" not in item for item in items)
    assert client.post("/v1/knowledge/sync", json=ask).json()["unchanged"] == 1


@pytest.mark.parametrize("path", ["help", "/there/is/none", "/" + "a" * 5000, "/a\u0000b"])
def test_help_content_that_is_not_there(service: Service, path: str) -> None:
    """A path that is none on this machine is refused; who asked for events may get the refusal as one."""
    client = service.client(service.keys["knowledge"])
    answer = client.post("/v1/knowledge/sync", json={"paths": [path]})
    accept = {"Accept": "text/event-stream"}
    with client.stream("POST", "/v1/knowledge/sync", json={"paths": [path]}, headers=accept) as streamed:
        found = list(told(streamed)) if streamed.status_code == 200 else None

    assert answer.status_code == 422
    if found is None:
        assert streamed.status_code == 422
    else:
        assert [(event.type, event.content["status"]) for event in found] == [("error", 422)]


def test_health_is_told_without_asking_the_model(service: Service, model: Loopback) -> None:
    """Alive, ready with the state of each part, version; the model's server sees nothing of it, and needs no key."""
    asked = len(model.requests)
    client = service.client()
    ready = client.get("/readyz")

    assert client.get("/livez").json() == {"status": "ok"}
    assert ready.status_code == 200
    assert ready.json()["status"] == "ok"
    assert ready.json()["parts"]["database"] == "ok"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", client.get("/version").json()["version"])
    assert len(model.requests) == asked


def test_pages_and_scripts_are_served_under_a_strict_policy(service: Service) -> None:
    """No inline script can run on a page; a script that a browser has already is not sent again."""
    client = service.client()
    page, script = client.get("/"), client.get("/widget.js")
    again = client.get("/widget.js", headers={"If-None-Match": script.headers["etag"]})
    other = client.get("/widget.js", headers={"If-None-Match": '"another"'})

    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|<style", page.text)
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["x-content-type-options"] == "nosniff"
    assert (again.status_code, again.content) == (304, b"")
    assert (other.status_code, other.content) == (200, script.content)


# ── the document ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_document_describes_every_call_with_an_example(service: Service) -> None:
    """Every reference leads somewhere; each call has words, examples of what it takes and gives, and its problems."""
    document = service.client().get("/openapi.json").json()
    calls = {(path, method): call for path, methods in document["paths"].items() for method, call in methods.items()}

    assert document["openapi"].startswith("3.1")
    assert {path for path, _ in calls} >= {
        "/v1/conversations",
        "/v1/conversations/{conversation_id}/messages",
        "/v1/conversations/{conversation_id}/events",
        "/v1/conversations/{conversation_id}/stop",
        "/v1/conversations/{conversation_id}/hand-off",
        "/v1/conversations/{conversation_id}/transcript",
        "/v1/assist/suggestions",
        "/v1/email/drafts",
        "/v1/check",
        "/v1/knowledge/sync",
        "/v1/knowledge/articles",
        "/livez",
        "/readyz",
        "/version",
    }
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        place = document
        for step in reference.split("/"):
            place = place[step]
    assert len({call["operationId"] for call in calls.values()}) == len(calls)
    for name, call in calls.items():
        assert call["description"], name
        good = next(answer for status, answer in call["responses"].items() if status.startswith("2"))
        assert all("example" in shown for shown in good["content"].values()), name
        if name[0].startswith("/v1/"):
            assert "application/problem+json" in call["responses"]["default"]["content"], name
            assert call["security"], name
        for taken in call.get("requestBody", {}).get("content", {}).values():
            assert _example_of(taken, document) is not None, name
    assert document["components"]["securitySchemes"]


def test_the_examples_are_taken_as_they_stand(service: Service) -> None:
    """What the document shows can be sent: each example of a request gets a good answer of the shape shown."""
    opened = service.client(service.keys["chat"]).post("/v1/conversations", json=examples.OPEN)
    token, path = opened.json()["token"], f"/v1/conversations/{opened.json()['id']}"
    answers = [
        (opened, examples.OPENED),
        (service.client(token).post(f"{path}/messages", json=examples.SAY), examples.REPLY),
        (service.client(token).get(f"{path}/transcript"), examples.TRANSCRIPT),
        (
            service.client(service.keys["assist"]).post("/v1/assist/suggestions", json=examples.SUGGEST),
            examples.SUGGESTED,
        ),
        (draft(service, examples.MAIL), examples.DRAFT),
        (draft(service, examples.MESSAGE.encode()), examples.DRAFT),
        (service.client(service.keys["check"]).post("/v1/check", json=examples.CASE), examples.VERDICT),
        (service.client(service.keys["knowledge"]).get("/v1/knowledge/articles"), examples.ARTICLES),
        (service.client().get("/readyz"), examples.READY),
    ]

    for answer, example in answers:
        assert answer.is_success, answer.text
        assert set(answer.json()) == set(example), answer.url
    events = answers[2][0].json()["events"]
    assert {tuple(event) for event in events} == {("id", "type", "at", "reply_id", "author", "text", "content")}
    receipt = answers[1][0].json()["receipt"]
    assert set(receipt) == set(examples.RECEIPT)


def _example_of(taken: dict[str, Any], document: dict[str, Any]) -> Any:
    """Return an example of a request body, from the body or from its schema."""
    if "example" in taken or "examples" in taken:
        return taken.get("example", taken.get("examples"))
    reference = taken["schema"].get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"].get(reference, taken["schema"]).get("examples")
