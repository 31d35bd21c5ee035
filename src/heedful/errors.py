"""Every error raised on purpose.

HeedfulError                 something heedful can say what to do about
├── SettingsError            a setting is missing, unknown or contradicts another
├── PolicyError              policy.toml says something that can't be used
├── PromptError              a prompt file or one of its variables is missing
├── InputError               what came in can't be taken: too large, empty, malformed      → 4xx
│   ├── TooLargeError        over a limit that the message names                            → 413
│   ├── ConflictError        it contradicts what is already recorded                        → 409
│   │   └── LegalHoldError   a company's legal hold: nothing of this customer is erased      → 409
│   └── NotFoundError        there is nothing under that id (or it is not yours)            → 404
├── AccessError              who is calling may not do this                                 → 401
│   ├── ForbiddenError       known caller, missing scope, origin or ownership               → 403
│   └── IdentityError        a customer's identity token can't be believed                  → 401
├── BusyError                too much at once; `retry_after_s` says when to come back        → 429
├── UpstreamError            something outside did not answer; `retryable` says if waiting may help
│   ├── ModelError           the model: no key, refused, timed out, cut off, empty
│   └── IndexUnavailableError  vectors or words can't be searched
├── StoreError               the database did not take or give what it should: nothing leaves
│   ├── SealError            what is sealed at rest can't be opened: another key or place, or a changed byte
│   └── ChainError           the audit chain does not verify; `position` names the first bad record
└── IngestError              a file can't be read as help content; reported and skipped
"""

from __future__ import annotations


class HeedfulError(Exception):
    """Something heedful can say what to do about. `code` is stable, for programs."""

    code = "heedful_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class SettingsError(HeedfulError):
    """A setting is missing, unknown or contradicts another."""

    code = "settings"


class PolicyError(HeedfulError):
    """policy.toml says something that can't be used."""

    code = "policy"


class PromptError(HeedfulError):
    """A prompt file or one of its variables is missing."""

    code = "prompt"


class InputError(HeedfulError):
    """What came in can't be taken."""

    code = "invalid_input"


class TooLargeError(InputError):
    """Over a limit that the message names."""

    code = "too_large"


class ConflictError(InputError):
    """It contradicts what is already recorded."""

    code = "conflict"


class LegalHoldError(ConflictError):
    """A company's legal hold stands: nothing of this customer is erased until it is released."""

    code = "legal_hold"


class NotFoundError(InputError):
    """There is nothing under that id, or it is not the caller's."""

    code = "not_found"


class AccessError(HeedfulError):
    """Who is calling is not known."""

    code = "unauthenticated"


class ForbiddenError(AccessError):
    """A known caller lacks the scope, the origin or the ownership."""

    code = "forbidden"


class IdentityError(AccessError):
    """A customer's identity token can't be believed."""

    code = "identity_rejected"


class BusyError(HeedfulError):
    """Too much at once."""

    code = "rate_limited"

    def __init__(self, message: str, *, retry_after_s: float, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class UpstreamError(HeedfulError):
    """Something outside did not answer. `retryable` when waiting may help; `retry_after_s` when it said how long."""

    code = "upstream"

    def __init__(
        self, message: str, *, retryable: bool = False, retry_after_s: float | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class ModelError(UpstreamError):
    """The model: no key, refused, timed out, cut off, empty."""

    code = "model"


class IndexUnavailableError(UpstreamError):
    """Vectors or words can't be searched."""

    code = "index_unavailable"


class StoreError(HeedfulError):
    """The database did not take or give what it should: nothing leaves."""

    code = "store"


class SealError(StoreError):
    """What is sealed at rest can't be opened: it was changed, moved, or sealed under another key."""

    code = "sealed"


class ChainError(StoreError):
    """The audit chain does not verify; `position` names the first bad record."""

    code = "chain_broken"

    def __init__(self, message: str, *, position: int) -> None:
        super().__init__(message)
        self.position = position


class IngestError(HeedfulError):
    """A file can't be read as help content; reported and skipped."""

    code = "unreadable"
