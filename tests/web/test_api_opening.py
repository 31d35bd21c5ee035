"""Opening a conversation over HTTP: which key, from where, for whom; and who may go on with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from heedful.assemble import open_records
from heedful.identity import Identity
from heedful.settings import Settings
from tests.web.conftest import Service, services

SECRET = "the shop's own secret, long enough"
SHOP, OTHER = "https://shop.example", "https://other.example"
LATER = int(time.time()) + 3600


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service that verifies customers; no test here needs an answer."""
    with services(tmp_path_factory.mktemp("opening")) as serve:
        service = serve(HEEDFUL_IDENTITY_SECRET=SECRET)
        service.keys |= {"chat": service.key("chat"), "shop": service.key("chat", origins=(SHOP,))}
        yield service


def opening(service: Service, key: str, body: Any = None, **headers: str) -> httpx.Response:
    """Ask for a conversation; a name in `headers` is written with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client(key, **named).post("/v1/conversations", json={} if body is None else body)


def signed(claims: dict[str, Any], secret: str = SECRET) -> str:
    """Return a customer's token as the shop signs it."""
    return jwt.encode(claims, secret, algorithm="HS256")


def test_a_secret_key_opens_a_conversation(service: Service) -> None:
    """What comes back is an id, a token for two hours, and the notice that an AI answers, in the language asked for."""
    answer = opening(service, service.keys["chat"], {"language": "ko"})
    opened = answer.json()

    assert answer.status_code == 201
    assert opened["id"].startswith("c_")
    assert opened["expires_in"] == 7200
    assert opened["language"] == "ko"
    assert "AI" in opened["notice"]
    assert opened["verified"] is False
    token = service.client(opened["token"])
    events = token.get(f"/v1/conversations/{opened['id']}/transcript").json()["events"]
    assert [(event["type"], event["text"]) for event in events] == [("notice", opened["notice"])]


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("", "unauthenticated"),
        ("hk_live_nobody-has-this-one", "unknown_key"),
        ("hk_pub_nobody-has-this-one", "unknown_key"),
        ("anything", "unknown_key"),
        ("키", "unknown_key"),
    ],
)
def test_without_a_known_key_there_is_none(service: Service, shown: str, code: str) -> None:
    """No key, an invented one, no key at all: 401, as a problem that says how to show one."""
    headers = {"Authorization": f"Bearer {shown}".encode()} if shown else {}
    answer = httpx.post(f"{service.url}/v1/conversations", json={}, headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == code


def test_another_scheme_is_no_key(service: Service) -> None:
    """`Authorization: Basic` is answered like none."""
    answer = httpx.post(f"{service.url}/v1/conversations", json={}, auth=("a", "b"))

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_revoked_key_opens_nothing_from_then_on(service: Service) -> None:
    """Revoking holds at once, in the running service."""
    key = service.key("chat")
    before = opening(service, key).status_code
    asyncio.run(_revoke_the_newest(service.settings))

    assert before == 201
    assert opening(service, key).json()["code"] == "unknown_key"


def test_each_scope_opens_its_own_doors(service: Service) -> None:
    """A key for one thing is refused for another, by name; `admin` may do all."""
    assist, admin = service.key("assist"), service.key("admin")
    refused = opening(service, assist)

    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    assert "'chat'" in refused.json()["detail"]
    assert opening(service, service.keys["chat"], {"channel": "assist"}).status_code == 403
    assert opening(service, admin, {"channel": "assist"}).status_code == 201
    for path in ("/v1/check", "/v1/assist/suggestions", "/v1/email/drafts", "/v1/knowledge/sync"):
        answer = service.client(service.keys["chat"]).post(path, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope"), path
    assert service.client(service.keys["chat"]).get("/v1/knowledge/articles").status_code == 403


def test_a_publishable_key_works_from_its_own_pages_only(service: Service) -> None:
    """The right `Origin` opens, however it is written; another, a look-alike, `null`, a file, and none do not."""
    good = opening(service, service.keys["shop"], Origin=SHOP)
    also = opening(service, service.keys["shop"], Origin="https://SHOP.example:443")

    assert (good.status_code, also.status_code) == (201, 201)
    for wrong in (OTHER, "https://shop.example.evil.example", "http://shop.example", f"{SHOP}:8443", "null", "file://"):
        answer = opening(service, service.keys["shop"], Origin=wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed"), wrong
    assert opening(service, service.keys["shop"]).json()["code"] == "origin_not_allowed"


def test_a_publishable_key_only_opens_chats(service: Service) -> None:
    """It stands in a page for anyone to read: it names no customer, no purpose, and reads no conversation."""
    opened = opening(service, service.keys["shop"], Origin=SHOP).json()

    for wish in ({"channel": "assist"}, {"customer_id": "c-1"}, {"purpose": "customer_care"}):
        assert opening(service, service.keys["shop"], wish, Origin=SHOP).status_code == 422, wish
    shown = service.client(service.keys["shop"], Origin=SHOP)
    for answer in (
        shown.get(f"/v1/conversations/{opened['id']}/transcript"),
        shown.post(f"/v1/conversations/{opened['id']}/messages", json={"text": "Hello"}),
        shown.post(f"/v1/conversations/{opened['id']}/stop"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "publishable_key")


def test_a_token_is_for_its_own_conversation(service: Service) -> None:
    """Anyone else's conversation is not there, exactly like one that does not exist."""
    mine, theirs = (opening(service, service.keys["chat"]).json() for _ in range(2))
    client = service.client(mine["token"])

    for other in (theirs["id"], "c_there-is-none", "%00", "c" * 300):
        for method, what in (
            ("GET", "transcript"),
            ("POST", "messages"),
            ("POST", "stop"),
            ("POST", "hand-off"),
            ("GET", "events"),
        ):
            body = {"text": "Hello"} if what == "messages" else None
            answer = client.request(method, f"/v1/conversations/{other}/{what}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), other
    assert client.get(f"/v1/conversations/{mine['id']}/transcript").status_code == 200
    assert client.post("/v1/conversations", json={}).status_code == 401


def test_a_secret_key_reads_the_conversations_of_its_scope(service: Service) -> None:
    """Chats with `chat`; another channel's needs that one's scope."""
    chat = opening(service, service.keys["chat"]).json()["id"]
    assist = opening(service, service.key("admin"), {"channel": "assist"}).json()["id"]
    client = service.client(service.keys["chat"])

    assert client.get(f"/v1/conversations/{chat}/transcript").status_code == 200
    assert client.get(f"/v1/conversations/{assist}/transcript").json()["code"] == "missing_scope"
    assert client.get("/v1/conversations/c_there-is-none/transcript").status_code == 404


def test_a_token_ends_and_can_not_be_made(service: Service) -> None:
    """Expired, of another master key, cut: 401, and only an expired one says so."""
    opened = opening(service, service.keys["chat"]).json()
    path = f"/v1/conversations/{opened['id']}/transcript"
    key = asyncio.run(_token_key(service.settings))
    old = Identity(token_key=key, now=lambda: datetime.now(UTC) - timedelta(hours=3)).ticket(opened["id"], origin=None)
    forged = Identity(token_key=bytes(32), now=lambda: datetime.now(UTC)).ticket(opened["id"], origin=None)

    assert service.client(old.token).get(path).json()["code"] == "token_expired"
    assert service.client(forged.token).get(path).json()["code"] == "token_forged"
    assert service.client(opened["token"][:-9]).get(path).json()["code"] in ("token_forged", "token_malformed")
    assert service.client(old.token).get(path).status_code == 401


def test_a_widgets_token_stays_on_its_page(service: Service) -> None:
    """What a page of one origin opened is refused to a page of another one; the page itself may read without it."""
    opened = opening(service, service.keys["shop"], Origin=SHOP).json()
    path = f"/v1/conversations/{opened['id']}/transcript"

    assert service.client(opened["token"], Origin=SHOP).get(path).status_code == 200
    assert service.client(opened["token"]).get(path).status_code == 200
    for wrong in (OTHER, "null"):
        stranger = service.client(opened["token"], Origin=wrong).get(path)
        assert (stranger.status_code, stranger.json()["code"]) == (403, "origin_not_allowed")


def test_a_customer_is_verified_by_the_shops_token(service: Service) -> None:
    """A page shows the customer's token, a company's own system names the customer; two at odds are refused."""
    identity = signed({"sub": "c-mina", "exp": LATER})
    page = opening(service, service.keys["shop"], {"identity": identity}, Origin=SHOP)

    assert page.json()["verified"] is True
    assert opening(service, service.keys["chat"], {"customer_id": "c-mina"}).json()["verified"] is True
    both = {"identity": identity, "customer_id": "c-mina"}
    assert opening(service, service.keys["chat"], both).status_code == 201
    answer = opening(service, service.keys["chat"], {**both, "customer_id": "c-jun"})
    assert (answer.status_code, answer.json()["code"]) == (422, "two_customers")


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (signed({"sub": "c-mina", "exp": 1}), "token_expired"),
        (signed({"sub": "c-mina", "exp": LATER}, "somebody else's secret, also long"), "token_forged"),
        (jwt.encode({"sub": "c-mina", "exp": LATER}, "", algorithm="none"), "token_algorithm"),
        (signed({"exp": LATER}), "token_incomplete"),
        (signed({"sub": "c-mina"}), "token_incomplete"),
        ("not.a.token", "token_malformed"),
        ("토큰", "token_malformed"),
    ],
    ids=["expired", "forged", "unsigned", "of nobody", "for ever", "no token", "not ASCII"],
)
def test_a_token_that_proves_nothing_opens_nothing(service: Service, identity: str, code: str) -> None:
    """A customer's token that can't be believed is an error, not an unverified conversation."""
    answer = opening(service, service.keys["shop"], {"identity": identity}, Origin=SHOP)

    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_the_same_idempotency_key_opens_one_conversation(service: Service) -> None:
    """At the same moment or later: the same conversation, a token that works; for another wish or key it is not."""
    key, headers = service.keys["chat"], {"Idempotency-Key": "open-1"}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: opening(service, key, {"language": "ko"}, **headers), range(4)))
    again = opening(service, key, {"language": "ko"}, **headers)
    other = opening(service, key, {"language": "en"}, **headers)
    theirs = opening(service, service.key("chat"), {"language": "ko"}, **headers)

    assert {answer.status_code for answer in (*found, again, theirs)} == {201}
    (same,) = {answer.json()["id"] for answer in (*found, again)}
    assert theirs.json()["id"] != same
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    read = service.client(again.json()["token"]).get(f"/v1/conversations/{same}/transcript")
    assert len(read.json()["events"]) == 1
    assert opening(service, key).json()["id"] != opening(service, key).json()["id"]


def test_visitors_who_share_a_key_can_not_guess_each_others_conversation(service: Service) -> None:
    """A publishable key is everybody's: a short `Idempotency-Key` is refused, a random one works as elsewhere."""
    refused = opening(service, service.keys["shop"], Origin=SHOP, Idempotency_Key="1")
    found = [opening(service, service.keys["shop"], Origin=SHOP, Idempotency_Key="f3b0c442-98fc-1c14") for _ in "ab"]

    assert refused.status_code == 422
    assert "random" in refused.json()["detail"]
    assert found[0].json()["id"] == found[1].json()["id"]


def test_what_can_not_be_opened_says_why(service: Service) -> None:
    """Unknown fields, channels, languages and purposes are named, in words for whoever wrote the call."""
    for wish, where in (
        ({"chanel": "chat"}, "chanel"),
        ({"channel": "fax"}, "channel"),
        ({"language": "Korean"}, "language"),
        ({"customer_id": ""}, "customer_id"),
        ({"without_my_data": "perhaps"}, "without_my_data"),
        ({"customer_id": "a\u0000b"}, "customer_id"),
        ({"purpose": "curiosity"}, "purpose"),
    ):
        answer = opening(service, service.keys["chat"], wish)
        assert answer.status_code == 422, wish
        assert where in answer.json()["detail"], wish


def test_a_page_of_a_known_origin_may_call(service: Service) -> None:
    """The preflight names methods and headers; answers, refusals too, can be read by that origin."""
    client = service.client(
        Origin=SHOP, **{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    )
    preflight = client.options("/v1/conversations")
    opened = opening(service, service.keys["shop"], Origin=SHOP)
    refused = opening(service, "hk_pub_nobody", Origin=SHOP)

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == SHOP
    assert {"GET", "POST"} <= set(preflight.headers["access-control-allow-methods"].split(", "))
    allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "last-event-id", "idempotency-key"} <= set(allowed)
    for answer in (opened, refused):
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers


def test_a_strangers_page_may_not(service: Service) -> None:
    """No preflight, and no header by which a browser would let it read an answer; scripts are for everyone."""
    asking = {"Origin": OTHER, "Access-Control-Request-Method": "POST"}
    preflight = service.client(**asking).options("/v1/conversations")
    answer = opening(service, service.keys["chat"], Origin=OTHER)
    script = service.client(Origin=OTHER).get("/widget.js")

    assert preflight.status_code == 403
    for one in (preflight, answer):
        assert "access-control-allow-origin" not in one.headers
        assert one.headers["vary"] == "Origin"
    assert script.headers["access-control-allow-origin"] == "*"


def test_a_new_keys_page_may_call_at_once(service: Service) -> None:
    """Nobody waits for a cache: the origin of a key that was just made is let in."""
    fresh = "https://fresh.example"
    asking = {"Origin": fresh, "Access-Control-Request-Method": "POST"}
    before = service.client(**asking).options("/v1/conversations").status_code
    key = service.key("chat", origins=(fresh,))
    time.sleep(0.6)
    after = service.client(**asking).options("/v1/conversations").status_code

    assert (before, after) == (403, 204)
    assert opening(service, key, Origin=fresh).headers["access-control-allow-origin"] == fresh


async def _revoke_the_newest(settings: Settings) -> None:
    async with open_records(settings) as records:
        await records.keys.revoke((await records.keys.list())[-1].id)


async def _token_key(settings: Settings) -> bytes:
    async with open_records(settings) as records:
        return records.vault.secret("tokens")
