"""What is sealed at rest: AES-256-GCM under one key, bound to the very place it is kept in."""

from __future__ import annotations

import secrets
from typing import NoReturn

from heedful.errors import SealError
from heedful.keys import KEY_BYTES

VERSION = b"\x01"
NONCE_BYTES = 12  # random: one key may seal 2**32 things (NIST SP 800-38D, section 8.3), and a customer has far fewer


class ContentKey:
    """One key and its name. It shows itself to nobody: not in `repr`, a copy or a pickle."""

    __slots__ = ("__cipher", "id")

    def __init__(self, name: str, secret: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self.id = name
        self.__cipher = AESGCM(secret)

    def seal(self, content: bytes, *place: str | int) -> bytes:
        """Return `content` sealed for one place (a table and what names the row); elsewhere it does not open."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return VERSION + nonce + self.__cipher.encrypt(nonce, content, _bound(place))

    def open(self, sealed: bytes, *place: str | int) -> bytes:
        """Return what was sealed for this place.

        Raises:
            SealError: It was sealed under another key, for another place, or a byte of it was changed.
        """
        from cryptography.exceptions import InvalidTag

        if sealed[:1] != VERSION or len(sealed) <= NONCE_BYTES:
            raise SealError("what is sealed here was not sealed by this heedful; run `heedful audit verify`")
        try:
            return self.__cipher.decrypt(sealed[1 : NONCE_BYTES + 1], sealed[NONCE_BYTES + 1 :], _bound(place))
        except InvalidTag:
            raise SealError(
                "what is sealed here was changed, moved, or sealed under another key; run `heedful audit verify`"
            ) from None

    def __repr__(self) -> str:
        return "ContentKey(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is neither copied nor pickled")


def fresh_secret() -> bytes:
    """Return a new random key."""
    return secrets.token_bytes(KEY_BYTES)


def _bound(place: tuple[str | int, ...]) -> bytes:
    """Each part goes in behind its length: no two different places give the same bytes."""
    parts = [str(part).encode("utf-8", "surrogatepass") for part in place]
    return VERSION + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
