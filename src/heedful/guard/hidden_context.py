"""Text never meant for a customer: the prompt, its canary, passages for staff; nearly word for word too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from operator import add

import regex

from heedful.canonical import Normalised, normalise, squash
from heedful.canonical.disguises import READABLE
from heedful.canonical.glance import glance
from heedful.canonical.text import PATIENCE_S
from heedful.canonical.wording import content, tokens
from heedful.guard.case import Case
from heedful.guard.disguised import read_again, rows
from heedful.guard.running import Scope
from heedful.values import Action, Finding

CODE = "hidden_context"
SCOPE: Scope = "unit"
ACTION = Action.BLOCK

RUN = 6  # words in a row: two people write the same six by chance only in set phrases, which published text clears
RUN_KO = 10  # letters in a row, spaces aside: about four Korean words
SHARE = 0.7  # of a sentence's pairs of words (letters in Korean) that stand in one hidden text
SHARED = 3  # different pairs that a run, or most of a sentence, has at least; a sign may have cut two of them
ENOUGH = 8  # words in the sentence for a share to mean something
ENOUGH_KO = 16  # letters
SHORTEST = 6  # letters and digits of a canary
ROW = 20  # letters in a row, spaces aside, in a text that is read letter by letter
TELLING = 6  # words with a meaning in a sentence whose words are looked for in any order
MOST = 0.85  # of them that a text has to hold
FEW = 4  # of them that the unit itself holds
WORDED = frozenset({"pig Latin", "words backwards", "marks", "asides", "pieces", "fillers", "cipher"})
_NO_VOWELS = str.maketrans("", "", "aeiou")
REACH = 500  # characters in which they stand
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
_HINTS = (
    "prompt", "instruct", "guideline", "rules", "told", "configur", "programm", "ordered", "directed", "internal",
    "staff", "confidential", "지침", "프롬프트", "지시", "내부", "직원", "명령",
)  # fmt: skip
# Saying who answers is wanted, and the prompt says it too.
_INTRODUCTION = regex.compile(
    r"^\W*(?:(?:안녕하세요|저는|여기는|hello|hi|I'm|I am|this is)[\s,.!]+){1,2}(?:\S+\s){0,5}(?:AI|인공지능|챗봇"
    r"|virtual|automated)[^.!?\n]{0,30}[.!?]?$",
    regex.IGNORECASE,
)
_SYLLABLES = regex.compile(r"[가-힣]+")
_SENTENCE = regex.compile(r"[^.!?。\n]+[.!?。]*")


def rule(case: Case) -> Iterator[Finding]:
    """Yield where the draft repeats hidden or internal text, says a canary, or tells of its instructions."""
    text = case.text
    hidden = [secret for secret in map(_secret, (*case.hidden, *_internal(case))) if secret.squashed]
    said = [row for row, _ in rows(case)] if hidden else []
    for secret in hidden:
        for canary in secret.canaries:
            if any(canary in row for row in said) and not any(canary in index.squashed for index in case.support.all):
                yield _found(case, (0, len(text.text)), "the canary of a prompt")
    for m in _TELLS.finditer(text.text, timeout=PATIENCE_S) if glance(text.text).has(_HINTS) else ():
        if not _is_theirs(case, m[0]):
            yield _found(case, m.span(), "tells of its own instructions")
    if hidden:
        yield from _repeated(case, hidden)
        yield from _scattered(case, hidden)
        yield from _disguised(case, hidden)


def _internal(case: Case) -> Iterator[str]:
    return (passage.text for passage in case.passages if passage.trust == "internal")


def _found(case: Case, span: tuple[int, int], why: str) -> Finding:
    return _found_at(case, case.place(*span), why)


def _found_at(case: Case, span: tuple[int, int], why: str) -> Finding:
    return case.finding(CODE, ACTION, span, why, mend="answer from published passages alone")


def _is_theirs(case: Case, words: str) -> bool:
    """Whether the customer, or a published passage, uses these very words: "I was told to return it here"."""
    return any(squash(words) in index.squashed for index in case.support.published)


class _Secret:
    """One hidden text, cut up for comparison once."""

    __slots__ = ("canaries", "lines", "lines_of", "pairs", "pairs_ko", "rows", "runs", "runs_ko", "squashed")

    def __init__(self, text: str) -> None:
        normalised = normalise(text)
        words = [token.stem for token in tokens(normalised)]
        self.squashed = squash(normalised.text)
        hangul = _hangul(normalised.text)
        self.runs = frozenset(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
        self.runs_ko = frozenset(hangul[i : i + RUN_KO] for i in range(len(hangul) - RUN_KO + 1))
        self.pairs = frozenset(pairwise(words))
        self.pairs_ko = frozenset(hangul[i : i + 2] for i in range(len(hangul) - 1))
        self.rows = frozenset(self.squashed[i : i + ROW] for i in range(len(self.squashed) - ROW + 1))
        told = (_telling(normalise(m[0])) for m in _SENTENCE.finditer(normalised.text))
        self.lines = [line for line in told if len(line) >= TELLING]
        self.lines_of: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines):
            for stem in line:
                self.lines_of.setdefault(stem, []).append(number)
        bare = _PLACEHOLDER.sub(" ", normalised.text)  # `‹order-1›` is not a secret: "per order. [1]" would say it
        found = [m[0] for m in _CANARY.finditer(bare)] + [m[1] for m in _MARKED.finditer(bare)]
        self.canaries = frozenset(
            key for key in map(squash, found) if len(key) >= SHORTEST and any(c.isdigit() for c in key)
        )


@lru_cache(maxsize=256)  # prompts and staff passages are the company's own words, and the same for every reply
def _secret(text: str) -> _Secret:
    return _Secret(text)


def _repeated(case: Case, hidden: list[_Secret]) -> Iterator[Finding]:
    """Yield each sentence that repeats a hidden text: a run of words, or most of its pairs, that no open text has."""
    text = case.text
    words = [token.stem for token in tokens(text)]
    for row in (words, words[::-1]):
        if not _shares_pairs(row, hidden):
            continue
        runs = set(zip(*(row[at:] for at in range(RUN)), strict=False))
        if any(not _is_open(case, "".join(run)) for secret in hidden for run in runs & secret.runs):
            yield _found(case, (0, len(text.text)), "repeats text that is not for customers")
            return
    if not _shares_pairs(words, hidden) and not _shares_letters(_hangul(text.text), hidden):
        return
    for m in _SENTENCE.finditer(text.text):
        if not case.touches(*case.place(*m.span())) or _INTRODUCTION.search(m[0]):
            continue
        piece = normalise(m[0])
        words = [token.stem for token in tokens(piece)]
        hangul = _hangul(piece.text)
        if (len(words) >= RUN or len(hangul) >= RUN_KO) and _repeats(case, words, hangul, hidden):
            yield _found(case, m.span(), "repeats text that is not for customers")


def _hangul(text: str) -> str:
    """Return the Hangul of a text without what separates it."""
    return "" if text.isascii() else "".join(_SYLLABLES.findall(text))


def _shares_pairs(words: list[str], hidden: list[_Secret]) -> bool:
    """Whether so many pairs of words stand in one hidden text that a sentence of them may repeat it."""
    pairs = set(pairwise(words))
    return any(len(pairs & secret.pairs) >= SHARED for secret in hidden)


def _shares_letters(hangul: str, hidden: list[_Secret]) -> bool:
    """Whether so many pairs of letters stand in one hidden text that a sentence of them may repeat it."""
    pairs = set(map(add, hangul, hangul[1:]))
    return any(len(pairs & secret.pairs_ko) >= SHARED for secret in hidden) if hangul else False


def _telling(text: Normalised) -> frozenset[str]:
    """Return the stems of a text that carry meaning."""
    return frozenset(stem for stem in content(text) if len(stem) > 1)


def _scattered(case: Case, hidden: list[_Secret]) -> Iterator[Finding]:
    """Yield the unit where its words, in any order and with others between them, are those of a hidden sentence."""
    own = case.unit.once(_telling)

    def around() -> frozenset[str]:
        return normalise(case.draft[max(0, case.end - REACH) : case.end]).once(_telling)

    if any(_says_line(case, secret, own, around) for secret in hidden):
        yield _found(case, (0, len(case.text.text)), "says the words of a text that is not for customers")


def _says_line(case: Case, secret: _Secret, own: frozenset[str], around: Callable[[], frozenset[str]]) -> bool:
    """Whether some words are those of a sentence, and `around` holds most of it, which no open text does."""
    hits = Counter(number for stem in own for number in secret.lines_of.get(stem, ()))
    for number, times in hits.items():
        line = secret.lines[number]
        if times >= min(FEW, len(line) * MOST):
            known = line & around()
            if len(known) >= MOST * len(line) and not any(known <= text for text in _open_stems(case)):
                return True
    return False


def _open_stems(case: Case) -> Iterator[frozenset[str]]:
    """Yield the stems of each text that the customer may read or has written."""
    for passage in case.published():
        yield _stems_of_page(f"{passage.title}\n{passage.text}")
    yield _telling(normalise("\n".join((*case.said, case.question))))


@lru_cache(maxsize=1024)  # passages are few and read again and again; they are the company's own words
def _stems_of_page(text: str) -> frozenset[str]:
    return _telling(normalise(text))


def _disguised(case: Case, hidden: list[_Secret]) -> Iterator[Finding]:
    """Yield what a disguise hides of a hidden text: its canary, a row of its letters, its words."""
    for seen in read_again(case):
        row, how = seen.row, seen.reading.how
        if len(row) < SHORTEST:
            continue
        stems = normalise(seen.text).once(_telling) if how in WORDED else frozenset()
        words = [token.stem for token in tokens(normalise(seen.text))] if how in READABLE else []
        hangul = _hangul(normalise(seen.text).text) if len(row) >= RUN_KO and not row.isascii() else ""
        is_long = len(words) >= RUN or len(hangul) >= RUN_KO
        for secret in hidden:
            if (
                _says_row(case, secret, row, bare=how == "no vowels")
                or (is_long and _repeats(case, words, hangul, [secret]))
                or (stems and _says_line(case, secret, stems, lambda stems=stems: stems))  # type: ignore[misc]
            ):
                yield _found_at(case, seen.span, f"text that is not for customers, in disguise ({how})")
                return


def _says_row(case: Case, secret: _Secret, row: str, *, bare: bool) -> bool:
    """Whether a row of letters holds the canary of a hidden text or a row of its letters; `bare` without vowels."""
    if any(key in row for key in secret.canaries):
        return True
    if bare:
        skeleton, size = row.translate(_NO_VOWELS), ROW - 4
        known = secret.squashed.translate(_NO_VOWELS)
        found = [skeleton[at : at + size] for at in range(0, len(skeleton) - size + 1, 2)]
        open_ = [text.squashed.translate(_NO_VOWELS) for text in _open_texts(case)]
        return any(chunk in known and not any(chunk in text for text in open_) for chunk in found)
    chunks = {row[at : at + ROW] for at in range(len(row) - ROW + 1)} & secret.rows if len(row) >= ROW else ()
    return any(not _is_open(case, chunk) for chunk in chunks)


def _repeats(case: Case, words: list[str], hangul: str, hidden: list[_Secret]) -> bool:
    pairs, pairs_ko = set(pairwise(words)), set(map(add, hangul, hangul[1:]))
    for secret in hidden:
        if len(pairs & secret.pairs) < SHARED and len(pairs_ko & secret.pairs_ko) < SHARED:
            continue
        runs = {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}
        runs_ko = {hangul[i : i + RUN_KO] for i in range(len(hangul) - RUN_KO + 1)}
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
