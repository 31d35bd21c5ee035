"""A customer's message: whether it can be taken, and what had been said when it came."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from heedful.errors import InputError, TooLargeError
from heedful.values import Event, Turn

_LAYOUT = frozenset("\n\r\t")


def readable(text: str, max_chars: int) -> str:
    """Return a message without surrounding white space.

    Raises:
        TooLargeError: It is longer than `max_chars`.
        InputError: There are no words in it, or it holds control characters.
    """
    if len(text) > max_chars:
        raise TooLargeError(
            f"the message has {len(text):,} characters; at most {max_chars:,} are taken", code="message_too_long"
        )
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in _LAYOUT for char in text):
        raise InputError("the message holds control characters; send plain text", code="control_characters")
    text = text.strip()
    if not any(unicodedata.category(char)[0] in "LNPS" for char in text):  # zero-width characters say nothing
        raise InputError("the message is empty; write what you would like to know", code="empty_message")
    return text


def turns_until(events: Sequence[Event], event_id: int) -> tuple[Turn, ...]:
    """Return what had been said up to the message with this event id, that message last.

    A reply stands after the message it answers, also when another message came before it was finished. An offer that
    was shown under it is a part of it.
    """
    texts: dict[str, list[str]] = {}
    for event in events:
        if event.type in ("text", "offer"):
            gap = "\n\n" if event.type == "offer" else ""
            texts.setdefault(event.reply_id, []).append(f"{gap}{event.content['text']}")
    turns: list[Turn] = []
    for event in events:
        if event.type == "customer" and (event.id or 0) <= event_id:
            speaker = event.content.get("speaker", "customer")
            turns.append(Turn(speaker, str(event.content["text"]), event.at))
            if event.id != event_id and event.reply_id in texts:
                turns.append(Turn("assistant", "".join(texts[event.reply_id]).strip(), event.at))
    return tuple(turns)
