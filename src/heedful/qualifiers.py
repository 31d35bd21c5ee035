"""Words that take back or narrow what was said just before: a unit that begins with one leaves with the one before."""

from __future__ import annotations

import regex

_ENGLISH = (
    "but|unless|except(?:ing|ions?)?|however|only|not|although|though|yet|still|otherwise|provided|providing|excluding"
    "|nevertheless|nonetheless|conversely|barring|if not|even so|that said|having said that|in that case|apart from"
    "|aside from|other than|(?:as|so) long as|on (?:the )?condition|on the other hand|with (?:the|one|some) exceptions?"
)
_KOREAN = (
    "단|단지|다만|하지만|그러나|그렇지만|그런데|그래도|그렇더라도|그럼에도|허나|오직|대신|반면에?|반대로|아니면"
    "|그렇지 않으면|예외는?|예외로|예외적으로|(?:이를 )?제외하(?:고|고는|면|되)|제외|그 외에는|이외에는|이 경우"
)
# What may stand before the first word: a bullet, a list number, brackets, quotes, emphasis.
BEFORE_A_WORD = r"[\s\-*•·–—>#(\[{\"'“‘（「『_※…,]*(?:\d{1,2}[.)]\s)?[\s(\[\"'“‘（「『*_]*"
_QUALIFIER = regex.compile(rf"{BEFORE_A_WORD}(?:{_ENGLISH}|{_KOREAN})(?=\W)", regex.IGNORECASE)


def begins_with_qualifier(text: str, *, ended: bool) -> bool | None:
    """Tell whether `text` begins with a qualifier; `None` while more of it has to come to know.

    `ended` says that nothing will be added to `text`. It is known as early as possible: mostly after one character.
    """
    found = _QUALIFIER.match(f"{text}\n" if ended else text, partial=not ended)
    if found is None:
        return False
    return None if found.partial else True
