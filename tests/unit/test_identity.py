"""Whose tokens are believed: the company's for its customers, ours for one conversation, and no others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from heedful.errors import AccessError, IdentityError, SettingsError
from heedful.identity import CONVERSATION_TOKEN_S, Identity

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TOKEN_KEY = bytes(range(32))
SECRET = "the company's own secret, long enough"
SOON = int(NOW.timestamp()) + 60


def identity(now: datetime = NOW, **configured: Any) -> Identity:
    """Return one that believes tokens of SECRET, where nothing else is said."""
    return Identity(token_key=TOKEN_KEY, now=lambda: now, **({"secret": SECRET} | configured))


def signed(claims: Mapping[str, Any], key: Any = SECRET, algorithm: str = "HS256") -> str:
    """Return a token as a company's system would sign it."""
    return jwt.encode(dict(claims), key, algorithm=algorithm)


def by_hand(head: Mapping[str, Any], claims: Mapping[str, Any], key: bytes = b"") -> str:
    """Return a token with any head; without a key the signature is left empty."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    start = f"{part(json.dumps(head).encode())}.{part(json.dumps(claims).encode())}"
    return f"{start}.{part(hmac.digest(key, start.encode(), hashlib.sha256)) if key else ''}"


def pem(private: Any) -> str:
    """Return the public key of a private one as settings hold it."""
    text: str = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return text


def refused(whose: Identity, token: str) -> str:
    """Return the code with which a customer's token is refused."""
    with pytest.raises(IdentityError) as caught:
        whose.customer(token)
    return caught.value.code


def test_a_token_under_the_shared_secret_names_its_customer() -> None:
    """HS256 with `sub` and `exp` is all it takes; other claims do no harm, ids may be Korean."""
    assert identity().customer(signed({"sub": "c-1", "exp": SOON})) == "c-1"
    more = {"sub": "고객-7", "exp": SOON, "iat": SOON - 60, "iss": "shop", "aud": "heedful", "name": "미나"}
    assert identity().customer(signed(more)) == "고객-7"


def test_a_token_under_the_companys_own_key_names_its_customer() -> None:
    """EdDSA is verified with the public key alone; its lines may be written with a backslash and an n."""
    private = Ed25519PrivateKey.generate()
    token = signed({"sub": "c-1", "exp": SOON}, private, "EdDSA")

    assert identity(secret=None, public_key=pem(private)).customer(token) == "c-1"
    assert identity(secret=None, public_key=pem(private).replace("\n", "\\n")).customer(token) == "c-1"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": "c-1", "exp": SOON - 60 - 31}, "token_expired"),
        ({"sub": "c-1", "exp": float("nan")}, "token_expired"),
        ({"sub": "c-1", "exp": SOON, "nbf": SOON}, "token_early"),
        ({"sub": "c-1"}, "token_incomplete"),
        ({"exp": SOON}, "token_incomplete"),
        ({"sub": "c-1", "exp": str(SOON)}, "token_malformed"),
        ({"sub": "c-1", "exp": True}, "token_malformed"),
        ({"sub": "", "exp": SOON}, "identity_rejected"),
        ({"sub": 7, "exp": SOON}, "identity_rejected"),
        ({"sub": ["c-1"], "exp": SOON}, "identity_rejected"),
        ({"sub": "c" * 201, "exp": SOON}, "identity_rejected"),
        ({"sub": "c-1\x00", "exp": SOON}, "identity_rejected"),
    ],
)
def test_a_token_that_says_too_little_or_too_late_is_refused(claims: Mapping[str, Any], code: str) -> None:
    """However well it is signed: expired, not yet valid, without `sub` or `exp`, or naming nobody."""
    token = by_hand({"alg": "HS256", "typ": "JWT"}, claims, SECRET.encode())

    assert refused(identity(), token) == code


def test_two_clocks_may_differ_a_little() -> None:
    """A token that expired, or begins, within half a minute is still good."""
    assert identity().customer(signed({"sub": "c-1", "exp": SOON - 60 - 29})) == "c-1"
    assert identity().customer(signed({"sub": "c-1", "exp": SOON, "nbf": SOON - 31})) == "c-1"


def test_a_token_that_somebody_else_signed_is_refused() -> None:
    """Another secret, another company's key, a signature cut off or changed in one place."""
    good = signed({"sub": "c-1", "exp": SOON})
    other = signed({"sub": "c-1", "exp": SOON}, "another secret, just as long as that")
    private = Ed25519PrivateKey.generate()
    theirs = signed({"sub": "c-1", "exp": SOON}, Ed25519PrivateKey.generate(), "EdDSA")
    head, claims, signature = good.split(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]

    assert refused(identity(), other) == "token_forged"
    assert refused(identity(), f"{head}.{claims}.{flipped}") == "token_forged"
    assert refused(identity(), f"{head}.{claims}.") == "token_forged"
    assert refused(identity(secret=None, public_key=pem(private)), theirs) == "token_forged"


def test_the_settings_decide_how_a_token_is_signed() -> None:
    """`none`, another algorithm, and the public key used as a shared secret (CVE-2015-9235) get nobody in."""
    private = Ed25519PrivateKey.generate()
    asymmetric = identity(secret=None, public_key=pem(private))
    claims = {"sub": "c-1", "exp": SOON}

    assert refused(identity(), by_hand({"alg": "none"}, claims)) == "token_algorithm"
    assert refused(identity(), by_hand({"alg": "None"}, claims)) == "token_algorithm"
    assert refused(identity(), signed(claims, SECRET * 2, "HS512")) == "token_algorithm"
    assert refused(identity(), signed(claims, private, "EdDSA")) == "token_algorithm"
    assert refused(asymmetric, signed(claims)) == "token_algorithm"
    assert refused(asymmetric, by_hand({"alg": "HS256"}, claims, pem(private).encode())) == "token_algorithm"


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_anything_that_is_no_token_is_refused_in_our_words(text: str) -> None:
    """Whatever is sent in place of a token, the answer is our error, never another one."""
    whose = identity(demo=True)

    assert refused(whose, text) in ("token_malformed", "token_algorithm")
    assert refused(whose, f"{text}.{text}.{text}") in ("token_malformed", "token_algorithm")
    with pytest.raises(AccessError):
        whose.holder(text)


def test_where_nothing_is_set_up_nobody_is_verified() -> None:
    """Without a secret or a key even a well-signed token names nobody, and the words say what to set."""
    with pytest.raises(IdentityError, match="HEEDFUL_IDENTITY_SECRET") as caught:
        identity(secret=None).customer(signed({"sub": "c-1", "exp": SOON}))

    assert caught.value.code == "identity_not_configured"


@pytest.mark.parametrize(
    "configured",
    [
        {"secret": "too short"},
        {"secret": ""},
        {"public_key": "also a key"},
        {"secret": None, "public_key": "-----BEGIN PUBLIC KEY-----\nbm90aGluZw==\n-----END PUBLIC KEY-----"},
        {"secret": None, "public_key": pem(generate_private_key(SECP256R1()))},
    ],
)
def test_a_key_that_could_not_protect_anybody_is_said_at_the_start(configured: Mapping[str, Any]) -> None:
    """A short secret, two keys, no key, a key of another kind: a settings error, before any customer comes."""
    with pytest.raises(SettingsError, match="HEEDFUL_IDENTITY_"):
        identity(**configured)


def test_a_ticket_is_for_one_conversation_and_two_hours() -> None:
    """It names the conversation and the page's origin, and ends."""
    ticket = identity().ticket("c_abc", origin="https://shop.example")
    holder = identity().holder(ticket.token)

    assert ticket.expires_in == CONVERSATION_TOKEN_S == 7200
    assert (holder.conversation_id, holder.origin) == ("c_abc", "https://shop.example")
    assert identity().holder(identity().ticket("c_abc", origin=None).token).origin is None
    with pytest.raises(AccessError) as caught:
        identity(now=NOW + timedelta(hours=2, minutes=1)).holder(ticket.token)
    assert caught.value.code == "token_expired"
    assert not isinstance(caught.value, IdentityError)


def test_the_tokens_of_one_purpose_open_nothing_else() -> None:
    """A ticket is no customer's token, a customer's token is no ticket, and another master key's ticket is forged."""
    ours = identity(demo=True)
    ticket = ours.ticket("c_abc", origin=None).token
    stranger = Identity(token_key=bytes(32), now=lambda: NOW)

    assert refused(ours, ticket) == "token_forged"
    for token in (signed({"sub": "c_abc", "exp": SOON}), ours.demo_token("demo-mina")):
        with pytest.raises(AccessError) as caught:
            ours.holder(token)
        assert caught.value.code == "token_forged"
    with pytest.raises(AccessError):
        ours.holder(stranger.ticket("c_abc", origin=None).token)


def test_demo_customers_are_there_in_the_demo_only() -> None:
    """In the demo our own token names an invented customer, beside the company's; elsewhere it can't be had."""
    ours = identity(demo=True)
    token = ours.demo_token("demo-mina")

    assert ours.customer(token) == "demo-mina"
    assert ours.customer(signed({"sub": "c-1", "exp": SOON})) == "c-1"
    assert refused(identity(now=NOW + timedelta(hours=2), demo=True), token) == "token_expired"
    assert refused(identity(), token) == "token_forged"
    with pytest.raises(IdentityError):
        identity().demo_token("demo-mina")
