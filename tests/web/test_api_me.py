"""A customer's own data over HTTP: who gets in, what they see, and that each thing they do is in force."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from typer.testing import CliRunner

from heedful.cli import app
from tests.web.conftest import Service, services
from tests.web.customers import ORDERS, SHOP, fact_of, in_person, profile, signed, state_of
from tests.web.customers import SECRET as SHOPS

OTHERS_SECRET = "another company's secret, as long as"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service that verifies customers; the extractive writer answers. Each test has a customer of its own."""
    with services(tmp_path_factory.mktemp("me")) as serve:
        service = serve(HEEDFUL_IDENTITY_SECRET=SHOPS)
        service.keys |= {"shop": service.key("chat", origins=(SHOP,)), "profiles": service.key("profiles")}
        yield service


def company(service: Service) -> httpx.Client:
    """Return the company's own client."""
    return service.client(service.keys["profiles"])


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def ask(client: httpx.Client, conversation_id: str, text: str = "When will my parcel come?", **more: Any) -> Any:
    """Send a message; return the reply."""
    answer = client.post(f"/v1/conversations/{conversation_id}/messages", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def unsigned(claims: dict[str, Any]) -> str:
    """Return a token of `alg: none`."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


# ── who gets in ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("", 401, "unauthenticated"),
        ("not.a.token", 401, "token_malformed"),
        ("x" * 3000, 401, "token_malformed"),
        (unsigned({"sub": "c-in", "exp": 4102444800}), 401, "token_algorithm"),
        (signed("c-in", OTHERS_SECRET), 401, "token_forged"),
        (signed("c-in", exp=1), 401, "token_expired"),
        (signed("c-in", nbf=4102444800), 401, "token_early"),
        (jwt.encode({"sub": "c-in"}, SHOPS, algorithm="HS256"), 401, "token_incomplete"),
        (jwt.encode({"sub": "c-in", "exp": 4102444800}, SHOPS * 2, algorithm="HS512"), 401, "token_algorithm"),
        (signed(""), 401, "identity_rejected"),
        ("hk_live_whatever", 403, "not_a_customer"),
    ],
)
def test_a_token_that_can_not_be_believed_opens_nothing(service: Service, token: str, status: int, code: str) -> None:
    """Each kind of bad token is refused with its own code, at every door, and nothing of the customer is told."""
    service.profile(profile("c-in"))
    client = service.client(token)
    doors = [
        client.get("/v1/me"),
        client.get("/v1/me/consents"),
        client.get("/v1/me/receipts"),
        client.get("/v1/me/export"),
        client.put(f"/v1/me/consents/{ORDERS}", json={"state": "given"}),
        client.delete("/v1/me"),
    ]

    assert {refused(answer) for answer in doors} == {(status, code)}
    assert not [answer for answer in doors if "delivery" in answer.text]


def test_a_chat_in_which_nobody_was_verified_shows_nothing(service: Service) -> None:
    """Its token is known and still no proof: 403 `unverified`; the token of an agent's conversation neither."""
    _, chat = service.open(language="en")
    service.keys.setdefault("assist", service.key("assist", "chat"))
    wish = {"channel": "assist", "customer_id": "c-agent"}
    opened = service.client(service.keys["assist"]).post("/v1/conversations", json=wish).json()

    assert refused(chat.get("/v1/me")) == (403, "unverified")
    assert refused(chat.delete("/v1/me")) == (403, "unverified")
    assert refused(service.client(opened["token"]).get("/v1/me/export")) == (403, "unverified")


def test_the_token_of_a_verified_chat_is_enough_from_its_own_page(service: Service) -> None:
    """The page that opened the chat may go on to the customer's data; the same token from another page may not."""
    service.profile(profile("c-page"))
    shop = service.client(service.keys["shop"], Origin=SHOP)
    token = shop.post("/v1/conversations", json={"identity": signed("c-page")}).json()["token"]
    mine, elsewhere = (service.client(token, Origin=page) for page in (SHOP, "https://evil.example"))
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "DELETE"}
    preflight = service.client().options("/v1/me", headers=asked)

    assert mine.get("/v1/me").json()["customer_id"] == "c-page"
    assert mine.get("/v1/me").headers["access-control-allow-origin"] == SHOP
    assert refused(elsewhere.get("/v1/me")) == (403, "origin_not_allowed")
    assert preflight.status_code == 204
    assert "DELETE" in preflight.headers["access-control-allow-methods"]


def test_each_customer_sees_their_own(service: Service) -> None:
    """Two customers with two tokens: neither is in the other's answer, by facts, receipts or export."""
    for name in ("c-one", "c-two"):
        service.profile({**profile(name), "facts": [{**profile(name)["facts"][0], "value": f"status of {name}"}]})
        conversation_id, client = service.open(identity=signed(name), language="en")
        ask(client, conversation_id)
    one = in_person(service, "c-one")
    receipt = in_person(service, "c-two").get("/v1/me/receipts").json()["items"][0]["id"]

    assert "c-two" not in one.get("/v1/me").text + one.get("/v1/me/export").text + one.get("/v1/me/receipts").text
    assert "status of c-one" in one.get("/v1/me/export").text
    assert refused(one.get(f"/v1/me/receipts/{receipt}")) == (404, "not_found")


# ── see ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_held_is_shown_with_how_each_purpose_stands(service: Service) -> None:
    """Facts with source and sort, purposes with their states by category, the notice; in the language asked for."""
    service.profile(profile("c-see"))
    english = in_person(service, "c-see").get("/v1/me?language=en")
    korean = in_person(service, "c-see", **{"Accept-Language": "ko-KR,ko;q=0.9"}).get("/v1/me").json()
    seen = english.json()

    assert english.headers["cache-control"] == "no-store"
    assert fact_of(seen, "order_status")["value"] == "out for delivery"
    assert fact_of(seen, "order_status")["label"] == "order status"
    assert fact_of(seen, "order_status")["yours"] is False
    assert fact_of(seen, "allergy")["to_model"] is False
    assert fact_of(korean, "order_status")["label"] == "주문 상태"
    assert state_of(seen, ORDERS) == "partly"
    assert state_of(seen, "marketing") == "none"
    marketing = next(one for one in seen["purposes"] if one["id"] == "marketing")
    assert marketing["ground"] is False
    notice = next(one for one in korean["purposes"] if one["id"] == ORDERS)["notice"]
    assert notice["language"] == "ko"
    assert "주문·배송·반품 처리" in notice["text"]
    assert {"version", "text", "refusing", "withdraw", "kept_for", "recipients"} <= set(notice)


def test_a_customer_of_whom_nothing_is_held_sees_that(service: Service) -> None:
    """An empty profile is an answer, and looking begins nothing."""
    seen = in_person(service, "c-nobody").get("/v1/me").json()

    assert seen["facts"] == []
    assert {one["state"] for one in seen["purposes"]} == {"none"}
    assert refused(company(service).get("/v1/profiles/c-nobody")) == (404, "not_found")


def test_what_the_token_claims_is_held_as_far_as_the_policy_takes_it(service: Service) -> None:
    """Claims become facts when a conversation opens, and are replaced by the next token's; others are not taken."""
    claims: dict[str, Any] = {
        "email": "first@example.com",
        "given_name": "Grace",
        "role": "admin",
        "address": {"street": "x"},
    }
    service.open(identity=signed("c-claims", **claims))
    first = company(service).get("/v1/profiles/c-claims").json()["facts"]
    again = service.client(signed("c-claims", email="second@example.com")).get("/v1/me").json()["facts"]
    bare = in_person(service, "c-claims").get("/v1/me").json()["facts"]

    assert {fact["source"] for fact in first} == {"identity_token"}
    assert {"first@example.com", "Grace"} <= {fact["value"] for fact in first}
    assert not [fact for fact in first if fact["value"] in ("admin", "x")]
    assert [fact["value"] for fact in again] == ["second@example.com"]
    assert bare == again


# ── switch ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_switch_is_in_force_on_the_next_reply(service: Service) -> None:
    """On: the reply uses the order. Off: the next one does not, and its receipt says that the fact was withheld."""
    service.profile(profile("c-switch"))
    conversation_id, client = service.open(identity=signed("c-switch"), language="en")
    before = ask(client, conversation_id)
    off = client.put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn"})
    after = ask(client, conversation_id, "And when does my parcel arrive?")
    on = client.put(f"/v1/me/consents/{ORDERS}", json={"state": "given", "category": "order"})
    again = ask(client, conversation_id, "So when will my parcel come?")

    assert "27" in before["text"]
    assert [fact["name"] for fact in before["receipt"]["facts"]] == ["order_status", "expected_delivery"]
    assert before["receipt"]["facts"][0]["source"] == "account"
    assert (off.status_code, off.json()["state"]) == (200, "withdrawn")
    assert after["receipt"]["facts"] == []
    assert {"name": "expected_delivery", "category": "order", "why": "no_consent"} in after["receipt"]["withheld"]
    assert "27" not in after["text"]
    assert on.json()["state"] == "partly"
    assert "expected_delivery" in [fact["name"] for fact in again["receipt"]["facts"]]


def test_every_answer_is_kept_with_what_was_said(service: Service) -> None:
    """Given, withdrawn, refused: one event each, added and never changed, with the exact notice and its digest."""
    mine = in_person(service, "c-events")
    for state in ("given", "withdrawn", "refused"):
        answer = {"state": state, "category": "order", "language": "ko"}
        assert mine.put(f"/v1/me/consents/{ORDERS}", json=answer).status_code == 200
    items = mine.get("/v1/me/consents").json()["items"]

    assert [item["event"]["event_state"] for item in items] == ["given", "withdrawn", "refused"]
    for item in items:
        said = item["pii_processing"]
        assert said["language"] == "ko"
        assert said["privacy_notice"]
        assert said["privacy_notice_digest"].startswith("sha256:")
        assert said["purposes"][0]["collection_method"] == "your_data"
        assert item["pii_principal_id"] == "c-events"


def test_marketing_can_be_agreed_to_and_is_no_ground(service: Service) -> None:
    """It is recorded; the reply still rests on nothing."""
    service.profile({**profile("c-marketing"), "facts": [{**profile("")["facts"][0], "consent": "none"}]})
    mine = in_person(service, "c-marketing")
    given = mine.put("/v1/me/consents/marketing", json={"state": "given"})
    conversation_id, client = service.open(identity=signed("c-marketing"), language="en")

    assert given.json()["state"] == "given"
    assert ask(client, conversation_id)["receipt"]["facts"] == []


@pytest.mark.parametrize(
    ("purpose", "answer", "status", "code"),
    [
        ("world_domination", {"state": "given"}, 404, "unknown_purpose"),
        (ORDERS, {"state": "maybe"}, 422, "invalid_input"),
        (ORDERS, {"state": "given", "category": "special"}, 422, "invalid_input"),
        (ORDERS, {"state": "given", "fact": "no_such_fact"}, 404, "no_such_fact"),
        (ORDERS, {"state": "given", "extra": 1}, 422, "invalid_input"),
        (ORDERS, {}, 422, "invalid_input"),
    ],
)
def test_a_switch_that_there_is_not(
    service: Service, purpose: str, answer: dict[str, Any], status: int, code: str
) -> None:
    """An unknown purpose, state, category or fact is refused, and nothing is recorded."""
    mine = in_person(service, "c-odd")

    assert refused(mine.put(f"/v1/me/consents/{purpose}", json=answer)) == (status, code)
    assert mine.get("/v1/me/consents").json()["items"] == []


def test_a_named_fact_can_be_switched_alone(service: Service) -> None:
    """The narrower answer counts: the date is withheld, the status still used."""
    service.profile(profile("c-named"))
    mine = in_person(service, "c-named")
    entry = mine.put(f"/v1/me/consents/{ORDERS}", json={"state": "withdrawn", "fact": "expected_delivery"}).json()
    conversation_id, client = service.open(identity=signed("c-named"), language="en")
    receipt = ask(client, conversation_id)["receipt"]

    order = next(one for one in entry["categories"] if one["category"] == "order")
    assert {one["fact"]: one["state"] for one in order["facts"]}["expected_delivery"] == "withdrawn"
    assert [fact["name"] for fact in receipt["facts"]] == ["order_status"]


def test_a_browser_that_says_no_closes_behaviour(service: Service) -> None:
    """`Sec-GPC: 1` when a chat opens, or with one message: what was done on the site is withheld as `opted_out`."""
    fact = {"name": "recently_viewed", "value": "a blue lamp", "category": "behaviour"}
    given = {"purposes": ["personalisation_for_the_customer"], "consent": "given"}
    service.profile({"customer_id": "c-gpc", "facts": [{**fact, **given}]})
    shop = {"Authorization": f"Bearer {service.keys['shop']}", "Origin": SHOP}
    wish = {"identity": signed("c-gpc"), "language": "en"}
    closed = httpx.post(f"{service.url}/v1/conversations", json=wish, headers={**shop, "Sec-GPC": "1"}).json()
    opened = httpx.post(f"{service.url}/v1/conversations", json=wish, headers=shop).json()
    text = {"text": "Which lamp would you recommend?"}
    whys = []
    for place, more in ((closed, {}), (opened, {"Sec-GPC": "1"}), (opened, {"Sec-GPC": "0"})):
        client = service.client(place["token"], Origin=SHOP, **more)
        reply = client.post(f"/v1/conversations/{place['id']}/messages", json=text).json()
        whys.append([one["why"] for one in reply["receipt"]["withheld"]])

    assert whys[0] == whys[1] == ["opted_out"]
    assert whys[2] != ["opted_out"]


# ── correct, forget ───────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_of_the_companys_fact_is_a_request(service: Service) -> None:
    """It is kept once however often it is sent; the company sees and settles it, and the customer sees what became."""
    service.profile(profile("c-correct"))
    mine = in_person(service, "c-correct")
    wish = {"fact": "full_name", "value": "Grace Hillside"}
    asked = [mine.post("/v1/me/corrections", json=wish) for _ in range(2)]
    listed = company(service).get("/v1/profiles/corrections").json()["items"]
    before = mine.get("/v1/me").json()
    settled = company(service).post(
        f"/v1/profiles/corrections/{asked[0].json()['id']}", json={"state": "declined", "note": "It is as you signed."}
    )
    after = mine.get("/v1/me").json()["corrections"]

    assert [answer.status_code for answer in asked] == [202, 202]
    assert asked[0].json() == asked[1].json()
    assert [one["value"] for one in listed if one["customer_id"] == "c-correct"] == ["Grace Hillside"]
    assert fact_of(before, "full_name")["value"] == "Grace Testhill"
    assert settled.json()["state"] == "declined"
    assert [(one["state"], one["note"]) for one in after] == [("declined", "It is as you signed.")]
    assert refused(company(service).post("/v1/profiles/corrections/none", json={"state": "done"})) == (404, "not_found")


@pytest.mark.parametrize("value", ["", "  ", "x" * 5000, "a\x00b", "a\x1bb"])
def test_a_correction_that_can_not_be_taken(service: Service, value: str) -> None:
    """Empty, too long, control characters: refused, and nothing is asked of anybody."""
    service.profile(profile("c-bad"))
    mine = in_person(service, "c-bad")

    assert refused(mine.post("/v1/me/corrections", json={"fact": "full_name", "value": value}))[0] == 422
    assert mine.get("/v1/me").json()["corrections"] == []
    assert refused(mine.post("/v1/me/corrections", json={"fact": "shoe", "value": "9"})) == (404, "no_such_fact")


def test_the_companys_own_facts_are_not_deleted_by_a_customer(service: Service) -> None:
    """A fact of the company's can be corrected, or everything erased; to delete it alone is refused, and said so."""
    service.profile(profile("c-keep"))
    mine = in_person(service, "c-keep")

    assert refused(mine.delete("/v1/me/facts/full_name")) == (403, "company_fact")
    assert refused(mine.delete("/v1/me/facts/nothing")) == (404, "no_such_fact")
    assert refused(mine.post("/v1/me/offers/offer_none", json={"accept": True})) == (404, "not_found")
    assert fact_of(mine.get("/v1/me").json(), "full_name")


def test_what_was_offered_is_remembered_on_a_yes_only(service: Service) -> None:
    """A yes stores it with the offer's own sentence as the notice, twice is once; a later no takes it away again."""
    conversation_id, client = service.open(identity=signed("c-offer"), language="en")
    offer = ask(client, conversation_id, "I'm left-handed. How long does standard delivery take?")["offer"]
    before = client.get("/v1/me").json()["facts"]
    yes = [client.post(f"/v1/me/offers/{offer['id']}", json={"accept": True}) for _ in range(2)]
    kept = fact_of(client.get("/v1/me").json(), offer["fact"])
    given = client.get("/v1/me/consents").json()["items"]
    stranger = in_person(service, "c-stranger").post(f"/v1/me/offers/{offer['id']}", json={"accept": True})
    no = client.post(f"/v1/me/offers/{offer['id']}", json={"accept": False})
    after = client.get("/v1/me").json()["facts"]
    ended = client.get("/v1/me/consents").json()["items"]

    assert before == after == []
    assert [answer.json() for answer in yes] == [{"stored": True}] * 2
    assert (kept["value"], kept["yours"], kept["collected_for"]) == (offer["value"], True, offer["purpose"])
    assert [one["pii_processing"]["privacy_notice"] for one in given] == [offer["text"]]
    assert refused(stranger) == (404, "not_found")
    assert no.json() == {"stored": False}
    assert [one["event"]["event_state"] for one in ended] == ["given", "withdrawn"]


def test_what_the_customer_told_is_theirs_to_change_and_to_have_forgotten(service: Service) -> None:
    """Their own fact is changed at once, and forgotten with the consent for it; a refused offer stores nothing."""
    conversation_id, client = service.open(identity=signed("c-own"), language="en")
    offer = ask(client, conversation_id, "I'm left-handed. How long does standard delivery take?")["offer"]
    refusal = client.post(f"/v1/me/offers/{offer['id']}", json={"accept": False}).json()
    empty = client.get("/v1/me").json()["facts"]
    client.post(f"/v1/me/offers/{offer['id']}", json={"accept": True})
    changed = client.post("/v1/me/corrections", json={"fact": offer["fact"], "value": "right-handed"})
    told = fact_of(client.get("/v1/me").json(), offer["fact"])["value"]
    gone = client.delete(f"/v1/me/facts/{offer['fact']}")
    states = [one["event"]["event_state"] for one in client.get("/v1/me/consents").json()["items"]]

    assert (refusal, empty) == ({"stored": False}, [])
    assert (changed.status_code, changed.json()) == (200, {"state": "changed"})
    assert told == "right-handed"
    assert gone.json() == {"forgotten": True}
    assert client.get("/v1/me").json()["facts"] == []
    assert states == ["refused", "given", "withdrawn"]


# ── receipts, export ──────────────────────────────────────────────────────────────────────────────────────


def test_receipts_are_read_page_by_page_in_plain_words(service: Service) -> None:
    """Newest first, none twice, none left out; each with sentences in the language asked for, and alone by its id."""
    service.profile(profile("c-receipts"))
    conversation_id, client = service.open(identity=signed("c-receipts"), language="en")
    made = [ask(client, conversation_id, f"When will parcel {n} come?")["receipt"]["id"] for n in range(3)]
    first = client.get("/v1/me/receipts?limit=2").json()
    second = client.get("/v1/me/receipts", params={"limit": 2, "cursor": first["next"]}).json()
    one = client.get(f"/v1/me/receipts/{made[0]}?language=ko").json()

    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    assert any("your expected delivery" in sentence for sentence in first["items"][0]["words"])
    assert any("배송 예정일" in sentence for sentence in one["words"])
    assert one["chain"]["position"] > 0
    assert len(one["salt"]) == 64
    assert all(len(passage["version"]) == 16 for passage in one["passages"])
    assert refused(client.get("/v1/me/receipts?cursor=not-one")) == (422, "invalid_input")
    assert refused(client.get("/v1/me/receipts?limit=0")) == (422, "invalid_input")


def test_the_export_holds_everything_and_the_page_runs_nothing(service: Service) -> None:
    """One JSON with facts, consents, talks and receipts; one page with the same words, and no markup of theirs."""
    service.profile(profile("c-export"))
    conversation_id, client = service.open(identity=signed("c-export"), language="en")
    hostile = "<script>alert(1)</script> When will my parcel come?"
    reply = ask(client, conversation_id, hostile)
    got = client.get("/v1/me/export")
    page = client.get("/v1/me/export?format=html&language=ko", headers={"Accept": "*/*"})
    same = client.get("/v1/me/export", headers={"Accept": "text/html"})
    content = got.json()

    assert "attachment" in got.headers["content-disposition"]
    assert [fact["value"] for fact in content["facts"]][:2] == ["out for delivery", "2026-11-27"]
    assert len(content["consents"]) == 4
    events = content["conversations"][0]["events"]
    assert hostile in [event["content"].get("text") for event in events]
    assert [one["id"] for one in content["receipts"]] == [reply["receipt"]["id"]]
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "보관 중인 정보" in page.text
    assert reply["receipt"]["id"] in page.text
    assert '<html lang="ko">' in page.text
    assert "What is held about you" in same.text


def test_a_receipt_can_be_held_against_the_record_alone(service: Service, tmp_path: Path) -> None:
    """As a customer saves it, words and all, it is what was recorded; one changed word of it is not."""
    conversation_id, client = service.open(identity=signed("c-proof"), language="en")
    ask(client, conversation_id)
    receipt = client.get("/v1/me/receipts").json()["items"][0]
    environ = {"HEEDFUL_DATA_DIR": str(service.settings.data_dir), "HEEDFUL_EMBEDDER": "none"}
    codes = []
    for content in (receipt, {**receipt, "purpose": "marketing"}):
        file = tmp_path / "receipt.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        codes.append(CliRunner().invoke(app, ["audit", "verify", "--receipt", str(file)], env=environ).exit_code)

    assert codes == [0, 1]


# ── erase ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_erasing_takes_everything_and_says_how_much(service: Service) -> None:
    """What comes back counts without naming; then the chat is 404, nothing is held, and the record still verifies."""
    service.profile(profile("c-erase"))
    conversation_id, client = service.open(identity=signed("c-erase"), language="en")
    ask(client, conversation_id)
    erased = client.delete("/v1/me")
    mine = in_person(service, "c-erase")

    assert erased.status_code == 200
    assert erased.json()["why"] == "asked"
    assert {"conversations": 1, "receipts": 1}.items() <= erased.json()["counts"].items()
    assert "c-erase" not in erased.text
    assert refused(client.get("/v1/me")) == (404, "not_found")
    assert refused(client.get(f"/v1/conversations/{conversation_id}/transcript")) == (404, "not_found")
    assert refused(client.post(f"/v1/conversations/{conversation_id}/messages", json={"text": "Hello?"}))[0] == 404
    assert mine.get("/v1/me").json()["facts"] == []
    assert mine.get("/v1/me/receipts").json()["items"] == []
    assert mine.get("/v1/me/export").json()["conversations"] == []
    assert refused(company(service).get("/v1/profiles/c-erase")) == (404, "not_found")


def test_looking_after_an_erasure_begins_nothing_anew(service: Service) -> None:
    """A token that claims things is looked at and not taken, until the customer opens a conversation again."""
    token = signed("c-after", email="after@example.com")
    service.open(identity=token)
    mine = service.client(token)
    held = mine.get("/v1/me").json()["facts"]
    mine.delete("/v1/me")

    assert [fact["value"] for fact in held] == ["after@example.com"]
    assert mine.get("/v1/me").json()["facts"] == []


def test_a_legal_hold_stops_an_erasure_and_is_told(service: Service) -> None:
    """409 `legal_hold`, everything is as it was, the reason can be read; once released it works."""
    service.profile(profile("c-hold"))
    mine = in_person(service, "c-hold")
    reason = "A court asked us to keep it."
    held = company(service).put("/v1/profiles/c-hold/hold", json={"reason": reason})
    stopped = [mine.delete("/v1/me"), company(service).delete("/v1/profiles/c-hold")]
    told = mine.get("/v1/me").json()
    listed = company(service).get("/v1/profiles/holds").json()["items"]
    released = company(service).delete("/v1/profiles/c-hold/hold")

    assert held.json()["reason"] == reason
    assert [refused(answer) for answer in stopped] == [(409, "legal_hold")] * 2
    assert told["hold"]["reason"] == reason
    assert len(told["facts"]) == 5
    assert [one["customer_id"] for one in listed] == ["c-hold"]
    assert released.status_code == 200
    assert refused(company(service).delete("/v1/profiles/c-hold/hold")) == (404, "no_hold")
    assert mine.delete("/v1/me").status_code == 200
