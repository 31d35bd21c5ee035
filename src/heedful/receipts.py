"""A customer's receipts as they read them: newest first, page by page, with plain words beside the JSON."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from heedful.control_stores import Spoken
from heedful.errors import InputError
from heedful.phrases import Phrases
from heedful.policy import Policy
from heedful.receipt_words import receipt_words
from heedful.values import Event

MOST = 200  # on one page


class Receipts:
    """Reads receipts from the record."""

    def __init__(self, log: Spoken, *, policy: Policy, words: Phrases) -> None:
        self._log = log
        self._policy = policy
        self._words = words

    async def page(self, customer_id: str, language: str, *, limit: int, cursor: str | None) -> dict[str, Any]:
        """Return `{items, next}`; `next` is the cursor of the page after it, `None` behind the oldest.

        Raises:
            InputError: The cursor is none of ours.
        """
        before = _place(cursor) if cursor else None
        found = await self._log.receipts(customer_id, before=before, limit=min(limit, MOST) + 1)
        shown = found[: min(limit, MOST)]
        following = _cursor(shown[-1]) if len(found) > len(shown) else None
        return {"items": [self._item(event, language) for event in shown], "next": following}

    async def one(self, customer_id: str, receipt_id: str, language: str) -> dict[str, Any]:
        """Return one receipt.

        Raises:
            NotFoundError: This customer has none under that id.
        """
        return self._item(await self._log.receipt(customer_id, receipt_id), language)

    async def all(self, customer_id: str, language: str) -> list[dict[str, Any]]:
        """Return every receipt, newest first."""
        page = await self.page(customer_id, language, limit=MOST, cursor=None)
        found: list[dict[str, Any]] = page["items"]
        while page["next"]:
            page = await self.page(customer_id, language, limit=MOST, cursor=page["next"])
            found += page["items"]
        return found

    def _item(self, event: Event, language: str) -> dict[str, Any]:
        said = receipt_words(event.content, words=self._words, policy=self._policy, language=language)
        return {**event.content, "words": list(said)}


def _cursor(event: Event) -> str:
    place = f"{event.at.isoformat() if event.at else ''}~{event.content['chain']['position']}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        at, _, position = text.partition("~")
        return datetime.fromisoformat(at).astimezone(UTC), int(position)
    except (ValueError, OverflowError, binascii.Error):
        raise InputError("this cursor is none of ours; send the `next` of the page before") from None
