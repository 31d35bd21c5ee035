"""Reads what is written in a cipher of letters: shifted, mirrored, on the wrong keyboard, upside down, in leet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import regex

from heedful.canonical.disguises.reading import Reading
from heedful.canonical.text import PATIENCE_S

# Words that any six words of these languages hold one of.
Table = Mapping[int, int | str]  # as `str.translate` takes it
COMMON = frozenset(
    (
        "the of and to in is you that it he was for on are as with his they at be this have from or had by but not "
        "what all were we when your can said there use an each which she do "
        "how their if will up other about out many then "
        "them these so some her would make like him into time has look more go see no way could my than been who its "
        "now find down did get may just any our also here please after only within days order orders a i us don't it's "
        "you're we'll am per via below under free one two delivery page return refund support help contact thank sorry "
        "el la los las de que y en un una por con para su es se no lo al del como pero sus le ya este sí porque esta "
        "der die das und ist nicht ein eine sie ihr ihre wir zu den mit von für auf im dem des sich auch es an werden "
        "le les des du et est pas vous nous votre vos une pour dans avec sur ce au aux ne je il qui que sont plus "
        "di che non il lo gli per una sono con si da come più anche nel della het van een niet dat met je zijn op te "
        "voor aan o os as um uma não com para seu sua mais dos das por em na no"
    ).split()
)
_BACKWARDS = frozenset(word[::-1] for word in COMMON if len(word) > 2) - COMMON
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_EVERY = _LETTERS + _LETTERS.upper()
_VOWELS = frozenset("aeiouy")
_ODD_PAIRS = regex.compile(
    r"[bcdfghjklmnpqrstvwxz]{5}|[jqvz][bcdfghjkmnpqrstwx]|[bcfghklmnprstvwz][jqx]|(?<![a-z])(?:[bdfgjklmnpqrtvxz]{3}|[aeiou]{3})"
)
_WORD = regex.compile(r"[a-z]+")


def _sorts(**of: str) -> dict[int, str]:
    """Return the table that turns each letter into its sort, and any other ASCII character into a space."""
    sorts = {ord(letter): sort for sort, letters in of.items() for letter in letters}
    return {code: sorts.get(code, " ") for code in range(128)}


_CONSONANT = _sorts(c="bcdfghjklmnpqrstvwxz")
_BEGUN = _sorts(c="bdfgjklmnpqrtvxz", v="aeiou", o="chswy")
_RARE = _sorts(q="jq", v="vz", c="bcdfghkmnprstwx")
_BEFORE_RARE = _sorts(c="bcfghklmnprstvwz", x="jqx")
_WITHOUT_ODD = {ord(sign): None for sign in "[]<>=?;^`|{}@:_\\%$#"}
_LATIN_RUN = regex.compile(r"[!-~]+(?:\s+[!-~]+)*")
LONGEST = 300  # characters of one stretch that are read in every cipher: each of them costs thirty times
PAIRS = 2  # places where letters stand together that no language puts together
AY = 4  # words that end in `ay`, from which a text may be pig Latin
_FEW = 0.12  # share of common words in a text below which it may be a cipher; help text has 0.3 and more
_VOWELLED = 0.33  # share of vowels in a language's letters, at least
_SHIFTS: list[Table] = [
    str.maketrans(_EVERY, (_LETTERS[n:] + _LETTERS[:n]) + (_LETTERS[n:] + _LETTERS[:n]).upper()) for n in range(1, 26)
]
_MIRROR = str.maketrans(_EVERY, _LETTERS[::-1] + _LETTERS[::-1].upper())
_ROWS = "1234567890 qwertyuiop asdfghjkl zxcvbnm"
_BESIDE = [(left, right) for left, right in pairwise(_ROWS) if " " not in (left, right)]
_LEFT = str.maketrans({right: left for left, right in _BESIDE})
_RIGHT = str.maketrans(dict(_BESIDE))
_QWERTY = "`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./"
_DVORAK = "`1234567890[]',.pyfgcrl/=aoeuidhtns-;qjkxbmwvz"
_DVORAKED, _UNDVORAKED = str.maketrans(_DVORAK, _QWERTY), str.maketrans(_QWERTY, _DVORAK)
_FORTY_SEVEN = {33 + n: chr(33 + (n + 47) % 94) for n in range(94)}
_UPSIDE = {
    ord(pair[0]): pair[1]
    for pair in (
        "ɐa qb ɔc pd ǝe ɟf ƃg ɓg ɥh ᴉi ıi ɾj ɹr ʞk ɯm".split()
        + "un nu bq dp ʇt ʌv ʍw ʎy ⇂1 ᄅ2 Ɛ3 ㄣ4 ϛ5 96 ㄥ7 69".split()
    )
}
_LEET = {ord(pair[0]): pair[1] for pair in "4a @a 8b 3e 9g 1i !i 0o 5s $s 7t +t 2z".split()}
_LEET_L = {**_LEET, ord("1"): "l", ord("!"): "l", ord("|"): "l"}
_LEETED = regex.compile(r"[A-Za-z][0-9$!|][A-Za-z]|[0-9$][A-Za-z]+[0-9$][A-Za-z]")
# The two-set keyboard: which key types which letter of Hangul.
_KEYS = dict(
    zip(
        "rRseEfaqQtTdwWczxvgkoiOjpuPhynbml",
        "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣ",
        strict=True,
    )
)
_HANGUL = str.maketrans({**{key.upper(): sign for key, sign in _KEYS.items() if key.upper() not in _KEYS}, **_KEYS})
_BACK = {sign: key for key, sign in _KEYS.items()}
_TYPED = regex.compile(r"(?:[qwertasdfgzxcvQWERT](?:[yuiopHhjklbnmOP]{1,2})[qwertasdfgzxcvQWERT]{0,2})+")
_JAMO = {
    **dict(zip("ㅘㅙㅚㅝㅞㅟㅢ", "ㅗㅏ ㅗㅐ ㅗㅣ ㅜㅓ ㅜㅔ ㅜㅣ ㅡㅣ".split(), strict=True)),
    **dict(
        zip("ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄ", "ㄱㅅ ㄴㅈ ㄴㅎ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅂㅅ".split(), strict=True)
    ),
}
_PAIRS = {parts: sign for sign, parts in _JAMO.items()}
_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MIDDLES = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_LONE_JAMO = regex.compile(r"[ㄱ-ㅣ]")
_TURNED = regex.compile(r"(?:^|\s)[.?!][A-Za-z가-힣]{2,}(?![\w.])")
_AY = regex.compile(r"(?<![A-Za-z])([A-Za-z]{3,})ay(?![A-Za-z])")
_ENDINGS = frozenset("com net org edu gov info biz app dev shop store site online example test invalid email".split())
_NOT_TYPED = frozenset({*map(chr, range(0x3131, 0x3164)), *"ɐǝɥɯʇʌʍɹ"})


def is_hinted(text: str, _words: list[str], plain: list[str]) -> bool:
    """Whether a text may hold a cipher: few common words among many, letters that no language puts together."""
    if not text.isascii() and not _NOT_TYPED.isdisjoint(text):
        return True
    if (" ." in text or text[:1] == ".") and _TURNED.search(text):
        return True
    rest = [word for word in plain if word.isascii() and word not in COMMON]
    if not rest:
        return False
    if not _BACKWARDS.isdisjoint(rest) and len([word for word in rest if word in _BACKWARDS]) >= 2:
        return True
    row = " ".join(rest)
    if not row.replace(" ", "").isalpha() and (
        _LEETED.search(row) or (len(row) - len(row.translate(_WITHOUT_ODD)) >= 2 and any(map(_is_odd, rest)))
    ):
        return True
    if "@" in row and any(map(_is_strange, rest)):
        return True
    if _has_odd_pairs(row) or row.count("ay ") >= AY:
        return True
    latin = [word for word in rest if word.isalpha()]
    if len(latin) < 3 or len([word for word in plain if word in COMMON]) >= _FEW * len(plain):
        return False
    letters = "".join(latin)
    return sum(map(letters.count, "aeiouy")) < _VOWELLED * len(letters)


def _is_strange(word: str) -> bool:
    """Whether a word has the shape of a mail address at a host that there is none of."""
    name, at, host = word.partition("@")
    ending = host.rpartition(".")[2]
    return bool(name and at and ending.isalpha()) and len(ending) > 2 and ending not in _ENDINGS


def _has_odd_pairs(lower: str) -> bool:
    """Whether letters stand together in several places that no language puts together.

    The pattern is asked only where runs of sorts of letters, which cost next to nothing to find, allow it.
    """
    if not lower.isascii():
        return len(_ODD_PAIRS.findall(lower)) >= PAIRS
    begun = " " + lower.translate(_BEGUN)
    rare, before = lower.translate(_RARE), lower.translate(_BEFORE_RARE)
    most = lower.translate(_CONSONANT).count("ccccc") + begun.count(" ccc") + begun.count(" vvv") + before.count("cx")
    if most + sum(map(rare.count, ("qc", "qq", "vc", "vq"))) < PAIRS:
        return False
    return len(_ODD_PAIRS.findall(lower)) >= PAIRS


def _is_odd(word: str) -> bool:
    """Whether a word holds signs where only letters are expected, as ROT47 makes them."""
    return len(word) >= 6 and "/" not in word and sum(c in "[]<>=?;^`|{}@:_\\%$#" for c in word) >= 2


def read(text: str) -> Iterator[Reading]:
    """Yield what a text says in every cipher at once, one below the other; what is surely words is said to be code."""
    for m in _LATIN_RUN.finditer(text, timeout=PATIENCE_S):
        run = m[0][:LONGEST]
        if sum(c.isalpha() for c in run) * 3 >= len(run) >= 5:
            yield from _letters(run, *m.span())
            if _LEETED.search(run):
                for table in (_LEET, _LEET_L):
                    yield Reading("leet", run.translate(table), m.start(), m.end(), places=tuple(range(*m.span())))
    if any(c in "ɐǝɥɯʇʌʍɹ" for c in text):
        yield Reading("upside down", text.translate(_UPSIDE)[::-1], 0, len(text))
    typed = "".join(map(_key, text)) if any("가" <= c <= "힣" or "ㄱ" <= c <= "ㅣ" for c in text) else ""
    if typed and _LONE_JAMO.search(text):
        yield Reading("keyboard", typed, 0, len(text))
    turned = " ".join(word[::-1] for word in text.split())
    yield Reading("words backwards", turned, 0, len(text))
    if len(_AY.findall(text)) >= AY:
        yield Reading("pig Latin", " ".join(_unpigged(text)), 0, len(text))
    if _has_odd_pairs(text.lower()):
        yield Reading("no vowels", text, 0, len(text))
    yield Reading("backwards", text[::-1], 0, len(text), places=tuple(range(len(text) - 1, -1, -1)))


def _unpigged(text: str) -> Iterator[str]:
    """Yield what each word may have been before its beginning was put at its end."""
    for m in _AY.finditer(text):
        core = m[1].lower()
        yield from (core[len(core) - n :] + core[: len(core) - n] for n in range(4) if n < len(core))


def _letters(run: str, start: int, end: int) -> Iterator[Reading]:
    """Yield the run in each cipher; one whose words are common where the run's own are not is surely one."""
    lower = run.lower()
    tables: list[Table] = [*_SHIFTS, _MIRROR, _LEFT, _RIGHT, _DVORAKED, _UNDVORAKED, _FORTY_SEVEN]
    sources = [run] * 26 + [lower] * 4 + [run]
    said = [source.translate(table) for source, table in zip(sources, tables, strict=True)]
    words = _WORD.findall(lower)
    own = sum(word in COMMON for word in words)
    best = max(said, key=_common)
    if len(words) >= 6 and _common(best) >= max(3, len(words) // 4, 3 * own):
        yield Reading("cipher", best, start, end, is_code=True)
    yield Reading("ciphers", "\n".join(said), start, end)
    hangul = " ".join(_hangul(word) for word in run.split())
    if any("가" <= c <= "힣" for c in hangul):
        yield Reading("keyboard", hangul, start, end)


def _common(text: str) -> int:
    return sum(word in COMMON for word in _WORD.findall(text.lower()) if len(word) > 1)


def _hangul(word: str) -> str:
    """Return what a word typed in Latin letters is on the two-set keyboard; other words as they are."""
    core = word.strip(".,;:!?()\"'")
    if len(core) < 2 or not _TYPED.fullmatch(core, timeout=PATIENCE_S):
        return word
    signs = core.translate(_HANGUL)
    out, at = "", 0
    while at < len(signs):
        syllable, taken = _syllable(signs, at)
        out, at = out + syllable, at + taken
    return out


def _syllable(signs: str, at: int) -> tuple[str, int]:
    """Return the syllable that starts at a place and how many keys it takes."""
    lead, vowel = signs[at : at + 1], signs[at + 1 : at + 2]
    if lead not in _LEADS or not vowel or vowel not in _MIDDLES:
        return lead, 1
    taken = 2
    both = _PAIRS.get(signs[at + 1 : at + 3], "")
    if both in _MIDDLES and both:
        vowel, taken = both, 3
    tail, rest = signs[at + taken : at + taken + 1], signs[at + taken + 1 : at + taken + 2]
    if tail in _TAILS[1:] and not (rest and rest in _MIDDLES):
        taken += 1
        pair, after = _PAIRS.get(tail + rest, ""), signs[at + taken + 1 : at + taken + 2]
        if pair in _TAILS[1:] and not (after and after in _MIDDLES):
            tail, taken = pair, taken + 1
    else:
        tail = ""
    return chr(0xAC00 + (_LEADS.index(lead) * 21 + _MIDDLES.index(vowel)) * 28 + _TAILS.index(tail)), taken


def _key(char: str) -> str:
    """Return the keys that type a letter or a syllable of Hangul; other characters as they are."""
    place = ord(char) - 0xAC00
    parts = (_LEADS[place // 588], _MIDDLES[place % 588 // 28], _TAILS[place % 28]) if 0 <= place < 11172 else (char,)
    signs = "".join(parts)
    apart = "".join(_JAMO.get(sign, sign) for sign in signs)
    return "".join(_BACK.get(sign, sign) for sign in apart)
