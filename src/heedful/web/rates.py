"""How much one key, one customer and one conversation may ask for; counted in this process."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from heedful.errors import BusyError


class Rates:
    """The two limits of a service, per minute."""

    def __init__(self, *, messages_per_minute: int, requests_per_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._messages = RateLimitItemPerMinute(messages_per_minute)
        self._requests = RateLimitItemPerMinute(requests_per_minute)

    def of_conversation(self, conversation_id: str) -> None:
        """Count one message.

        Raises:
            BusyError: There were too many; `retry_after_s` says when the next one is taken.
        """
        self._count(self._messages, "conversation", conversation_id)

    def of_key(self, key_id: str) -> None:
        """Count one request.

        Raises:
            BusyError: There were too many.
        """
        self._count(self._requests, "key", key_id)

    def of_customer(self, customer_id: str) -> None:
        """Count one request of a customer about their own data.

        Raises:
            BusyError: There were too many.
        """
        self._count(self._requests, "customer", customer_id)

    def _count(self, limit: RateLimitItemPerMinute, what: str, name: str) -> None:
        if self._limiter.hit(limit, what, name):
            return
        wait = max(1.0, self._limiter.get_window_stats(limit, what, name).reset_time - time.time())
        raise BusyError(f"this {what} has asked too often; try again in {wait:.0f} s", retry_after_s=wait)
