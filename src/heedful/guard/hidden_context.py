"""Text never meant for a customer: the prompt, its canary, passages for staff; nearly word for word too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import regex

from heedful.canonical import normalise, squash
from heedful.canonical.text import PATIENCE_S
from heedful.canonical.wording import tokens
from heedful.guard.case import Case
from heedful.guard.running import Scope
from heedful.values import Action, Finding

CODE = "hidden_context"
SCOPE: Scope = "unit"
ACTION = Action.BLOCK

RUN = 6  # words in a row: two people write the same six by chance only in set phrases, which published text clears
RUN_KO = 10  # letters in a row, spaces aside: about four Korean words
SHARE = 0.7  # of a sentence's pairs of words (letters in Korean) that stand in one hidden text
ENOUGH = 8  # words in the sentence for a share to mean something
ENOUGH_KO = 16  # letters
_CANARY = regex.compile(
    r"(?=[\w-]*\d)(?=[\w-]*\p{L})[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)+|(?=\w*\d)(?=\w*[A-Za-z])[A-Za-z0-9_]{10,}"
)
_PLACEHOLDER = regex.compile("‹[^‹›\\n]{0,60}›")
_MARKED = regex.compile(r"(?:canary|marker|카나리아|표식|표지)\s*[:=]?\s*(?:is\s+)?([\w\-]{5,})", regex.IGNORECASE)
_TELLS = regex.compile(
    r"\bmy (?:system |hidden |internal |initial )?(?:prompt|instructions|guidelines"
    r"|rules)\s+(?:say|says|are|is|state|states|tell|tells|read|reads|require|include|begin"
    r"|start)\b(?! (?:not|private|confidential|internal))"
    r"|\bI(?:'ve| have| was|'m| am) (?:been )?(?:told|instructed|configured|programmed|ordered"
    r"|directed) (?:to|not to|never to)\b"
    r"|\b(?:here (?:is|are)|this is) (?:my|the) (?:system |full |hidden )?(?:prompt"
    r"|instructions)\b|\bmy system (?:prompt|message)\s*:"
    r"|\b(?:according to|as per) (?:our|my) (?:internal|staff|confidential) (?:guidelines?"
    r"|polic(?:y|ies)|notes?|instructions?)\b"
    r"|(?:제|저의|내)\s?(?:시스템\s?)?(?:프롬프트|지침|지시문|지시\s?사항)(?:은|는|에는|에)\s(?!(?:공개|말씀|알려))|시스템\s?프롬프트(?:는|에는)\s"
    r"|(?:라고|라는|하라는|하도록|말라는|않도록)\s?(?:지시|지침|명령)(?:을|를)?\s?(?:받|되어|돼)|(?:내부|직원용?)\s?(?:지침|규정|매뉴얼"
    r"|안내)(?:에|상|에는)\s?(?:따르면|의하면|따라)",
    regex.IGNORECASE,
)
_HINTS = regex.compile(
    "prompt|instruct|guideline|rules|told|configur|programm|ordered|directed|internal|staff"
    "|confidential|지침|프롬프트|지시|내부|직원|명령",
    regex.IGNORECASE,
)
# Saying who answers is wanted, and the prompt says it too.
_INTRODUCTION = regex.compile(
    r"^\W*(?:(?:안녕하세요|저는|여기는|hello|hi|I'm|I am|this is)[\s,.!]+){1,2}(?:\S+\s){0,5}(?:AI|인공지능|챗봇"
    r"|virtual|automated)[^.!?\n]{0,30}[.!?]?$",
    regex.IGNORECASE,
)
_SENTENCE = regex.compile(r"[^.!?。\n]+[.!?。]*")


def rule(case: Case) -> Iterator[Finding]:
    """Yield where the draft repeats hidden or internal text, says a canary, or tells of its instructions."""
    text = case.text
    hidden = [secret for secret in map(_secret, (*case.hidden, *_internal(case))) if secret.squashed]
    plain = squash(text.text) if hidden else ""
    for secret in hidden:
        for canary in secret.canaries:
            if canary in plain and not any(canary in index.squashed for index in case.support.all):
                yield _found(case, (0, len(text.text)), "the canary of a prompt")
    for m in _TELLS.finditer(text.text, timeout=PATIENCE_S) if _HINTS.search(text.text) else ():
        if not _is_theirs(case, m[0]):
            yield _found(case, m.span(), "tells of its own instructions")
    if hidden:
        yield from _repeated(case, hidden)


def _internal(case: Case) -> Iterator[str]:
    return (passage.text for passage in case.passages if passage.trust == "internal")


def _found(case: Case, span: tuple[int, int], why: str) -> Finding:
    return case.finding(CODE, ACTION, case.place(*span), why, mend="answer from published passages alone")


def _is_theirs(case: Case, words: str) -> bool:
    """Whether the customer, or a published passage, uses these very words: "I was told to return it here"."""
    return any(squash(words) in index.squashed for index in case.support.published)


class _Secret:
    """One hidden text, cut up for comparison once."""

    __slots__ = ("canaries", "pairs", "pairs_ko", "runs", "runs_ko", "squashed")

    def __init__(self, text: str) -> None:
        normalised = normalise(text)
        words = [token.stem for token in tokens(normalised)]
        self.squashed = squash(normalised.text)
        hangul = "".join(c for c in normalised.text if "가" <= c <= "힣")
        self.runs = frozenset(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
        self.runs_ko = frozenset(hangul[i : i + RUN_KO] for i in range(len(hangul) - RUN_KO + 1))
        self.pairs = frozenset(pairwise(words))
        self.pairs_ko = frozenset(hangul[i : i + 2] for i in range(len(hangul) - 1))
        bare = _PLACEHOLDER.sub(" ", normalised.text)  # `‹order-1›` is not a secret: "per order. [1]" would say it
        found = [m[0] for m in _CANARY.finditer(bare)] + [m[1] for m in _MARKED.finditer(bare)]
        self.canaries = frozenset(key for key in map(squash, found) if len(key) >= 6 and any(c.isdigit() for c in key))


@lru_cache(maxsize=256)  # prompts and staff passages are the company's own words, and the same for every reply
def _secret(text: str) -> _Secret:
    return _Secret(text)


def _repeated(case: Case, hidden: list[_Secret]) -> Iterator[Finding]:
    """Yield each sentence that repeats a hidden text: a run of words, or most of its pairs, that no open text has."""
    text = case.text
    for m in _SENTENCE.finditer(text.text):
        if _INTRODUCTION.search(m[0]):
            continue
        piece = normalise(m[0])
        words = [token.stem for token in tokens(piece)]
        hangul = "".join(c for c in piece.text if "가" <= c <= "힣")
        if (len(words) >= RUN or len(hangul) >= RUN_KO) and _repeats(case, words, hangul, hidden):
            yield _found(case, m.span(), "repeats text that is not for customers")


def _repeats(case: Case, words: list[str], hangul: str, hidden: list[_Secret]) -> bool:
    runs = {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}
    runs_ko = {hangul[i : i + RUN_KO] for i in range(len(hangul) - RUN_KO + 1)}
    pairs = set(pairwise(words))
    pairs_ko = {hangul[i : i + 2] for i in range(len(hangul) - 1)}
    for secret in hidden:
        said = (runs & secret.runs) | ({(run,) for run in runs_ko & secret.runs_ko})
        if said and any(not _is_open(case, "".join(run)) for run in said):
            return True
        share = len(pairs & secret.pairs) / len(pairs) if len(words) >= ENOUGH and not hangul else 0.0
        share_ko = len(pairs_ko & secret.pairs_ko) / len(pairs_ko) if len(hangul) >= ENOUGH_KO else 0.0
        if max(share, share_ko) >= SHARE and not _mostly_open(case, words, hangul):
            return True
    return False


def _open_texts(case: Case) -> list[_Secret]:
    """Return what the customer may read or has written, cut up the same way."""
    texts = [part for passage in case.published() for part in (passage.text, passage.title)]
    return [_secret(text) for text in (*texts, "\n".join(case.policy.promises))] + [
        _Secret(said) for said in (*case.said, case.question)
    ]


def _is_open(case: Case, run: str) -> bool:
    return any(
        run in "".join(token for pair in sorted(text.runs) for token in pair) or run in text.squashed
        for text in _open_texts(case)
    )


def _mostly_open(case: Case, words: list[str], hangul: str) -> bool:
    pairs = set(pairwise(words))
    pairs_ko = {hangul[i : i + 2] for i in range(len(hangul) - 1)}
    for text in _open_texts(case):
        if not hangul and pairs and len(pairs & text.pairs) / len(pairs) >= SHARE:
            return True
        if hangul and pairs_ko and len(pairs_ko & text.pairs_ko) / len(pairs_ko) >= SHARE:
            return True
    return False
