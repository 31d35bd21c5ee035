"""Who is writing: customers' tokens signed by the company, and the short-lived tokens of one conversation.

A customer's token is a JWT (RFC 7519) with `sub` and `exp`, signed with HS256 under a secret the company shares with
heedful, or with EdDSA (Ed25519, RFC 8037) under the company's own key. Which of the two is decided by the settings,
never by the token. `iss` and `aud` are not looked at: the key is what says whose token it is.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt

from heedful.errors import AccessError, IdentityError, SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONVERSATION_TOKEN_S = 2 * 60 * 60
DEMO_TOKEN_S = 60 * 60
LEEWAY_S = 30  # clocks of two machines differ
MIN_SECRET_BYTES = 32  # RFC 7518, section 3.2: a key of at least the size of the hash
MAX_ID_CHARS = 200
OUR_TOKEN = "this conversation's token"  # noqa: S105 - words of a message
THEIR_TOKEN = "the identity token"  # noqa: S105 - the same


@dataclass(frozen=True, slots=True)
class Proof:
    """Whom an identity token names, what else it claims of them, and when it was signed, where it says so."""

    customer_id: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None

    def __repr__(self) -> str:
        return "Proof(…)"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A token for one conversation, and how many seconds it is good for."""

    token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Holder:
    """What a conversation's token says: the conversation, and the origin of the page it was given to."""

    conversation_id: str
    origin: str | None


class Identity:
    """Believes tokens, or says why not. `token_key` is derived from the master key, `now` is UTC."""

    def __init__(
        self,
        *,
        token_key: bytes,
        now: Callable[[], datetime],
        secret: str | None = None,
        public_key: str | None = None,
        demo: bool = False,
    ) -> None:
        """Get ready to look at tokens.

        Raises:
            SettingsError: The secret is too short, the key is none of Ed25519, or both are set.
        """
        if secret and public_key:
            raise SettingsError("HEEDFUL_IDENTITY_SECRET and HEEDFUL_IDENTITY_PUBLIC_KEY are both set; keep one")
        if secret is not None and len(secret.encode()) < MIN_SECRET_BYTES:
            raise SettingsError(
                f"HEEDFUL_IDENTITY_SECRET has {len(secret.encode())} bytes; HS256 wants at least {MIN_SECRET_BYTES}"
            )
        self._token_key = token_key
        self._demo_key = hmac.digest(token_key, b"demo customers", hashlib.sha256) if demo else None
        self._now = now
        self._secret = secret
        self._public_key = _ed25519(public_key) if public_key else None

    def customer(self, token: str) -> str:
        """Return the id of the customer whom a token names; raises as `proof`."""
        return self.proof(token).customer_id

    def proof(self, token: str) -> Proof:
        """Return whom a token names and what else it says of them.

        Raises:
            IdentityError: `code` says why: `token_malformed`, `token_incomplete` (no `sub` or `exp`),
                `token_algorithm`, `token_forged`, `token_expired`, `token_early` (before its `nbf`),
                `identity_rejected` (`sub` is no customer's id), or `identity_not_configured`: no secret or key is
                set, so nobody can be verified here.
        """
        if self._demo_key is not None and (invented := self._demo_customer(token)):
            return Proof(invented)
        key, algorithm = self._company_key()
        claims = self._claims(token, key, algorithm, IdentityError, THEIR_TOKEN)
        customer_id = claims["sub"]
        if (
            not isinstance(customer_id, str)
            or not 0 < len(customer_id) <= MAX_ID_CHARS
            or not customer_id.isprintable()
        ):
            raise IdentityError(
                f"{THEIR_TOKEN} names nobody: 'sub' has to be a text of at most {MAX_ID_CHARS} printable characters",
                code="identity_rejected",
            )
        return Proof(customer_id, claims, _moment(claims.get("iat")))

    def ticket(self, conversation_id: str, *, origin: str | None) -> Ticket:
        """Return a token that lets its holder go on with this conversation and with no other."""
        claims = {"sub": conversation_id, "exp": self._until(CONVERSATION_TOKEN_S), "origin": origin}
        return Ticket(jwt.encode(claims, self._token_key, algorithm="HS256"), CONVERSATION_TOKEN_S)

    def holder(self, token: str) -> Holder:
        """Return what a conversation's token says.

        Raises:
            AccessError: It is none of ours, or has expired (`code` is `token_expired`).
        """
        claims = self._claims(token, self._token_key, "HS256", AccessError, OUR_TOKEN)
        return Holder(str(claims["sub"]), claims.get("origin"))

    def holder_of(self, token: str) -> Holder | None:
        """Return what a conversation's token says; `None` when it is none of ours, and may be a customer's.

        Raises:
            AccessError: It is ours and has expired.
        """
        try:
            return self.holder(token)
        except AccessError as error:
            if error.code == "token_expired":
                raise
            return None

    def demo_token(self, customer_id: str) -> str:
        """Return a customer's token for trying heedful.

        Raises:
            IdentityError: This is no demo.
        """
        if self._demo_key is None:
            raise IdentityError("demo customers are only there with `heedful serve --demo`", code="no_demo")
        claims = {"sub": customer_id, "exp": self._until(DEMO_TOKEN_S)}
        return jwt.encode(claims, self._demo_key, algorithm="HS256")

    def _until(self, seconds: int) -> datetime:
        return self._now() + timedelta(seconds=seconds)

    def _demo_customer(self, token: str) -> str | None:
        """Return the invented customer whom a token of ours names; `None` when it is not one of ours."""
        try:
            claims = self._claims(token, self._demo_key or b"", "HS256", IdentityError, THEIR_TOKEN)
        except IdentityError as error:
            if error.code == "token_expired":
                raise
            return None
        return str(claims["sub"])

    def _company_key(self) -> tuple[str | Ed25519PublicKey, str]:
        if self._secret:
            return self._secret, "HS256"
        if self._public_key:
            return self._public_key, "EdDSA"
        raise IdentityError(
            "no customer can be verified here: set HEEDFUL_IDENTITY_SECRET or HEEDFUL_IDENTITY_PUBLIC_KEY",
            code="identity_not_configured",
        )

    def _claims(
        self,
        token: str,
        key: str | bytes | Ed25519PublicKey,
        algorithm: str,
        error: type[AccessError],
        named: str,
    ) -> Mapping[str, Any]:
        """Return what a token says, its signature and times looked at."""
        # The times are looked at below, by our own clock.
        times = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        others = {"verify_aud": False, "verify_iss": False, "verify_sub": False}
        options: Any = {**times, **others, "require": ["sub", "exp"]}
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=options)
        except jwt.InvalidSignatureError as forged:
            raise error(f"{named} has a signature that is not right", code="token_forged") from forged
        except jwt.InvalidAlgorithmError as other:
            raise error(f"{named} has to be signed with {algorithm}", code="token_algorithm") from other
        except jwt.MissingRequiredClaimError as missing:
            raise error(f"{named} has no {missing.claim!r}", code="token_incomplete") from missing
        except (jwt.PyJWTError, ValueError, RecursionError) as malformed:
            raise error(f"{named} can't be read", code="token_malformed") from malformed
        self._in_time(claims, error, named)
        return claims

    def _in_time(self, claims: Mapping[str, Any], error: type[AccessError], named: str) -> None:
        now = self._now().timestamp()
        expires, begins = claims["exp"], claims.get("nbf", 0)
        if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in (expires, begins)):
            raise error(f"{named} has an 'exp' or 'nbf' that is no number", code="token_malformed")
        if not now < expires + LEEWAY_S:  # so that NaN has expired
            raise error(f"{named} has expired; get a new one", code="token_expired")
        if begins > now + LEEWAY_S:
            raise error(f"{named} is not valid yet", code="token_early")


def _moment(seconds: Any) -> datetime | None:
    """Return the time that a token's number stands for; `None` for what is none."""
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _ed25519(pem: str) -> Ed25519PublicKey:
    """Return the key that a PEM text holds; in an environment variable its lines may be written with `\\n`.

    Raises:
        SettingsError: It holds none.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.replace("\\n", "\n").strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(
            "HEEDFUL_IDENTITY_PUBLIC_KEY is no Ed25519 public key in PEM; "
            "`openssl pkey -in key.pem -pubout` prints the one of a private key"
        )
    return key
