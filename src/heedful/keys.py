"""Secrets: the master key and what is derived from it, API keys and their scopes, origins of web pages."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from heedful.errors import InputError, SettingsError

KEY_BYTES = 32
# Random keys that are made once and kept wrapped under the master key: a new master key changes none of them.
SECRETS = ("audit chain", "holders of values", "names of customers", "names of messages", "questions", "tokens")
SCOPES = ("chat", "assist", "email", "profiles", "knowledge", "check", "desk", "audit", "admin")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who may call, and for what. A publishable key may stand in a web page, and works from its `origins` only."""

    id: str
    scopes: frozenset[str]
    publishable: bool
    origins: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None


class MasterKey:
    """The one secret that all others come from. It shows itself to nobody: not in `repr`, a copy or a pickle."""

    __slots__ = ("__secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise SettingsError(f"a master key has {KEY_BYTES} bytes, this one has {len(secret)}; {MAKE_ONE}")
        self.__secret = secret

    @classmethod
    def from_text(cls, text: str) -> MasterKey:
        """Read a key of 32 bytes written as 64 hex digits or in base64.

        Raises:
            SettingsError: It is neither.
        """
        return cls(_read(text, "HEEDFUL_MASTER_KEY"))

    @classmethod
    def load_or_create(cls, path: Path) -> MasterKey:
        """Read the key of a file; make the file, for its owner's eyes only, where there is none.

        Two processes at once get the same key.

        Raises:
            SettingsError: The file can't be read, made, or used.
        """
        try:
            with contextlib.suppress(FileNotFoundError):
                return cls(_read(path.read_text(encoding="ascii"), repr(str(path))))
            path.parent.mkdir(parents=True, exist_ok=True)
            _create(path, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            return cls(_read(path.read_text(encoding="ascii"), repr(str(path))))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"the master key {str(path)!r} can't be read or made ({type(error).__name__}); give this account "
                "the right to read it, restore it from your backup, or set HEEDFUL_MASTER_KEY"
            ) from error

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose (HKDF-SHA256, RFC 5869); different purposes share nothing."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"heedful/{purpose}".encode()).derive(
            self.__secret
        )

    def __repr__(self) -> str:
        return "MasterKey(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a master key is neither copied nor pickled")


def fresh_master() -> str:
    """Return a new master key as text."""
    return secrets.token_hex(KEY_BYTES)


MAKE_ONE = "`openssl rand -hex 32` makes one"


def keyed_digest(key: bytes, text: str) -> str:
    """Return HMAC-SHA256 of `text` in hex: equal values give equal digests, and only to those who hold the key."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def origin(text: str) -> str:
    """Return an origin of web pages as browsers send it: `scheme://host[:port]`, lower case, default port left out.

    Raises:
        InputError: It is not an origin; a path, a `*` and `null` are none.
    """
    wrong = InputError(f"{text!r} is not an origin; write it as https://shop.example or http://localhost:8000")
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise wrong from error
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-:")
    if parts.scheme not in ("http", "https") or not host or not set(host) <= allowed:
        raise wrong
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise wrong
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")


def _read(text: str, where: str) -> bytes:
    text = text.strip()
    with contextlib.suppress(ValueError, binascii.Error):
        if len(text) == 2 * KEY_BYTES:
            return bytes.fromhex(text)
        padded = text.replace("+", "-").replace("/", "_").rstrip("=")
        secret = base64.b64decode(padded + "=" * (-len(padded) % 4), altchars=b"-_", validate=True)
        if len(secret) == KEY_BYTES:
            return secret
    raise SettingsError(
        f"the master key in {where} is not {KEY_BYTES} bytes in hex or base64; restore the one you had, "
        f"or, where nothing has been recorded yet, make a new one: {MAKE_ONE}"
    )


def _create(path: Path, content: bytes) -> None:
    """Make a whole file or none: written beside, then linked, which fails when another process was first."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()
