"""Customers' data for the company's own systems over HTTP; the examples of the document as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from heedful.web import examples_data as examples
from tests.web.conftest import Service, services
from tests.web.customers import ORDERS, SECRET, SHOP, fact_of, in_person, profile, signed, state_of


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service that verifies customers; each test has customers of its own."""
    with services(tmp_path_factory.mktemp("profiles")) as serve:
        service = serve(HEEDFUL_IDENTITY_SECRET=SECRET)
        service.keys["profiles"] = service.key("profiles")
        yield service


@pytest.fixture(scope="module")
def company(service: Service) -> Iterator[httpx.Client]:
    """The company's own client."""
    with service.client(service.keys["profiles"]) as client:
        yield client


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Return status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_only_the_scope_profiles_opens_these_doors(service: Service, company: httpx.Client) -> None:
    """Another key, a publishable one, a customer's own token, none: refused, reading and writing alike."""
    chat = service.client(service.key("chat"))
    page = service.client(service.key("chat", origins=(SHOP,)), Origin=SHOP)
    customer = in_person(service, "c-scope")
    doors = ("c-scope", "corrections", "holds", "c-scope/consents", "c-scope/export")

    assert {refused(chat.get(f"/v1/profiles/{door}")) for door in doors} == {(403, "missing_scope")}
    assert refused(chat.delete("/v1/profiles/c-scope")) == (403, "missing_scope")
    assert refused(page.get("/v1/profiles/c-scope")) == (403, "missing_scope")
    assert refused(customer.put("/v1/profiles/c-scope", json={"facts": []})) == (401, "unknown_key")
    assert refused(service.client().get("/v1/profiles/c-scope")) == (401, "unauthenticated")


def test_facts_are_put_whole_and_what_the_customer_gave_stays(service: Service, company: httpx.Client) -> None:
    """A second PUT replaces the first; a fact from the customer's token is none of the company's to replace."""
    service.open(identity=signed("c-put", email="grace@example.com"))
    first = company.put("/v1/profiles/c-put", json=examples.FACTS)
    other = {"facts": [{"name": "order_id", "value": "DB-1", "category": "order", "expires": "2027-01-01T00:00:00Z"}]}
    second = company.put("/v1/profiles/c-put", json=other).json()

    assert first.status_code == 200
    assert fact_of(first.json(), "order_status")["collected_for"] == ORDERS
    assert {fact["name"] for fact in second["facts"]} == {"order_id", "email"}
    assert fact_of(second, "order_id")["expires"].startswith("2027-01-01T00:00:00")
    assert company.get("/v1/profiles/c-put").json() == second


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        ({"name": "x", "value": "secret-value", "category": "shoes"}, "category"),
        ({"name": "x", "value": "secret-value"}, "category"),
        ({"name": "", "value": "secret-value", "category": "order"}, "name"),
        ({"name": "x", "value": 7, "category": "order"}, "value"),
        ({"name": "x", "value": "secret-value", "category": "order", "colour": "red"}, "colour"),
        ({"name": "x", "value": "secret-value", "category": "order", "source": "customer"}, "source"),
        ({"name": "x", "value": "secret-value", "category": "order", "at": "yesterday"}, "at"),
        ({"name": "x", "value": "secret-value", "category": "order", "collected_for": "fun"}, "collected_for"),
        (
            {"name": "x", "value": "secret-value", "category": "order", "purposes": [ORDERS], "consent": "given"},
            "consent",
        ),
    ],
)
def test_a_fact_that_can_not_be_taken(company: httpx.Client, fact: dict[str, Any], word: str) -> None:
    """Refused with what is wrong and never the value; nothing of the profile is in."""
    good = {"name": "order_id", "value": "DB-1", "category": "order"}
    answer = company.put("/v1/profiles/c-wrong", json={"facts": [good, fact]})

    assert refused(answer)[0] == 422
    assert word in answer.json()["detail"]
    assert "secret-value" not in answer.text
    assert refused(company.get("/v1/profiles/c-wrong")) == (404, "not_found")


def test_consents_that_the_company_collected_are_added(service: Service, company: httpx.Client) -> None:
    """They keep the words the customer was shown; the same Idempotency-Key adds nothing; the customer sees them."""
    service.profile({"customer_id": "c-add", "facts": []})
    headers = {"Idempotency-Key": "one"}
    answers = [company.post("/v1/profiles/c-add/consents", json=examples.COLLECTED, headers=headers) for _ in range(2)]
    reused = company.post(
        "/v1/profiles/c-add/consents",
        json={"consents": [{"purpose": ORDERS, "state": "withdrawn"}]},
        headers=headers,
    )
    mine = in_person(service, "c-add")
    (record,) = mine.get("/v1/me/consents").json()["items"]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() == {"items": [record]}
    assert refused(reused) == (409, "idempotency_key_reused")
    sent: Any = examples.COLLECTED["consents"]
    assert record["pii_processing"]["privacy_notice"] == sent[0]["notice"]
    assert record["pii_processing"]["privacy_notice_version"] == "checkout-7"
    assert record["event"]["event_time"].startswith("2026-11-20T00:00:00")
    assert state_of(mine.get("/v1/me").json(), ORDERS) == "partly"


@pytest.mark.parametrize(
    "consent",
    [
        {"purpose": "fun", "state": "given", "category": "order"},
        {"purpose": ORDERS, "state": "given", "category": "shoes"},
        {"purpose": ORDERS, "state": "given"},
        {"purpose": ORDERS, "state": "expired", "category": "order"},
        {"purpose": ORDERS, "state": "given", "category": "order", "at": "2026-11-20T09:00:00"},
    ],
)
def test_a_consent_that_can_not_be_taken(company: httpx.Client, consent: dict[str, Any]) -> None:
    """An unknown purpose or category, a yes to all, a time without a zone: refused, with the others of its call."""
    good = {"purpose": ORDERS, "state": "given", "category": "order"}
    answer = company.post("/v1/profiles/c-no/consents", json={"consents": [good, consent]})

    assert refused(answer)[0] == 422
    assert company.get("/v1/profiles/c-no/consents").json()["items"] == []


def test_two_answers_at_the_same_moment_are_both_kept(service: Service, company: httpx.Client) -> None:
    """Twenty switches at once from two sides: twenty events in one order, and the last one decides."""
    service.profile(profile("c-both"))
    before = len(company.get("/v1/profiles/c-both/consents").json()["items"])
    mine = in_person(service, "c-both")

    def switch(number: int) -> int:
        wish = {"state": "withdrawn" if number % 2 else "given", "category": "payment"}
        return mine.put(f"/v1/me/consents/{ORDERS}", json=wish).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(switch, range(20)))
    events = company.get("/v1/profiles/c-both/consents").json()["items"][before:]
    entry = next(one for one in mine.get("/v1/me").json()["purposes"] if one["id"] == ORDERS)
    payment = next(one for one in entry["categories"] if one["category"] == "payment")

    assert codes == [200] * 20
    assert len(events) == 20
    assert len({one["record_id"] for one in events}) == 20
    latest = max(enumerate(events), key=lambda one: (one[1]["event"]["event_time"], one[0]))[1]
    assert payment["consent_id"] == latest["record_id"]


@pytest.mark.parametrize("customer_id", ["shop/4711", "김미나", "a b", "x@example.com", "100%", "corrections/7"])
def test_an_id_may_be_written_in_many_ways(service: Service, company: httpx.Client, customer_id: str) -> None:
    """Slashes, Hangul, blanks: each is one customer, at every door."""
    place = f"/v1/profiles/{httpx.QueryParams({'': customer_id})}".replace("/=", "/").replace("+", "%20")
    put = company.put(place, json=examples.FACTS)
    seen = in_person(service, customer_id).get("/v1/me").json()
    erased = company.delete(place)

    assert put.json()["customer_id"] == customer_id
    assert fact_of(seen, "order_status")["value"] == "shipped"
    assert erased.json()["counts"]
    assert refused(company.get(place)) == (404, "not_found")


def test_the_examples_are_taken_and_answered_as_they_stand(service: Service, company: httpx.Client) -> None:
    """Each example of a request gets a good answer of the shape that the document shows."""
    name = "demo-grace"
    service.profile(profile(name))
    mine = in_person(service, name)
    path, client = service.open(identity=signed(name), language="en")
    client.post(f"/v1/conversations/{path}/messages", json={"text": "When will my parcel come?"})
    asked = mine.post("/v1/me/corrections", json=examples.CORRECT)
    answers = [
        (mine.get("/v1/me"), examples.SEEN),
        (mine.get("/v1/me/consents"), examples.CONSENTS),
        (mine.get("/v1/me/receipts"), examples.RECEIPTS),
        (asked, examples.ASKED),
        (company.post(f"/v1/profiles/{name}/consents", json=examples.COLLECTED), examples.CONSENTS),
        (company.get("/v1/profiles/corrections"), examples.CORRECTIONS),
        (company.post(f"/v1/profiles/corrections/{asked.json()['id']}", json=examples.SETTLE), examples.SETTLED),
        (company.put(f"/v1/profiles/{name}/hold", json=examples.HOLDING), examples.HOLD),
        (company.get("/v1/profiles/holds"), examples.HOLDS),
        (company.delete(f"/v1/profiles/{name}/hold"), {"released": True}),
        (mine.put(f"/v1/me/consents/{ORDERS}", json=examples.SWITCH), examples.PURPOSE),
        (mine.get("/v1/me/export"), examples.EXPORTED),
        (company.put(f"/v1/profiles/{name}", json=examples.FACTS), examples.SEEN),
        (mine.delete("/v1/me"), examples.ERASED),
    ]

    for answer, example in answers:
        assert answer.is_success, answer.text
        assert set(answer.json()) == set(example), answer.url
    whole = answers[0][0].json()
    assert set(whole["facts"][0]) == set(examples.FACT)
    assert set(whole["purposes"][0]) == set(examples.PURPOSE)
    assert set(whole["purposes"][0]["categories"][0]) == set(examples.CATEGORY)
    assert set(whole["notice"]) == set(examples.NOTICE)
