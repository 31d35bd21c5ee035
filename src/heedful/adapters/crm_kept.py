"""What a company's own system said a moment ago, by customer, and how long it is left alone when it is down."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from heedful.errors import UpstreamError
from heedful.ports import Profile

ENTRIES_MOST = 2_000  # customers; beside that many the longest unused goes
KEPT_S = 300.0  # for an answer that it says has not changed; after that it is forgotten
FAILURES = 3  # in a row, after which it is left alone
PAUSE_S = 5.0  # the first pause; each one after that is twice as long
PAUSE_MOST_S = 60.0


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """One answer: what is held (`None`: nothing), its entity tag, and the tick until which it is taken to be true."""

    profile: Profile | None
    etag: str
    at: float
    fresh_until: float

    def __repr__(self) -> str:
        return "Kept(…)"


class Answers:
    """The latest answer about each of at most `most` customers; each is only ever given for its own id."""

    def __init__(self, most: int = ENTRIES_MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._looked_through = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"Answers({len(self._kept)})"

    def about(self, customer_id: str, now: float) -> Kept | None:
        """Return the answer there is, fresh or to be asked again with its entity tag."""
        self._forget_old(now)
        kept = self._kept.get(customer_id)
        if kept is not None:
            self._kept.move_to_end(customer_id)
        return kept

    def keep(self, customer_id: str, kept: Kept) -> None:
        """Take an answer; the longest unused one goes when there are too many."""
        self._kept[customer_id] = kept
        self._kept.move_to_end(customer_id)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, customer_id: str) -> None:
        """Forget what was said about this customer."""
        self._kept.pop(customer_id, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._kept.clear()

    def _forget_old(self, now: float) -> None:
        if now - self._looked_through < 1:
            return
        self._looked_through = now
        for customer_id in [one for one, kept in self._kept.items() if now - kept.at > KEPT_S]:
            del self._kept[customer_id]


class Pause:
    """After repeated failures nobody waits for it any more: for a while each look fails at once."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0
        self._last_s = 0.0

    @property
    def is_down(self) -> bool:
        """Whether the last look failed."""
        return self._failures > 0

    def check(self, now: float) -> None:
        """Do nothing while it may be asked.

        Raises:
            UpstreamError: It is being left alone; `retry_after_s` says for how long.
        """
        if now < self._until:
            wait_s = round(self._until - now, 1)
            message = f"the company's own system does not answer; it is asked again in {wait_s:g} s"
            raise UpstreamError(message, retryable=True, retry_after_s=wait_s, code="crm_paused")

    def failed(self, now: float, wait_s: float | None) -> None:
        """Take note of a failure; `wait_s` is how long it asked to be left alone."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._last_s = min(PAUSE_MOST_S, self._last_s * 2 or PAUSE_S)
            self._until = now + self._last_s
        if wait_s:
            self._until = max(self._until, now + min(PAUSE_MOST_S, wait_s))

    def answered(self) -> None:
        """Take note of an answer."""
        self._failures, self._until, self._last_s = 0, 0.0, 0.0
