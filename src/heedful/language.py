"""Which language is this? Decided by script first, then by the commonest little words of each language."""

from __future__ import annotations

import re

HANGUL_HEAVY = 0.3  # weighted share of Hangul; Korean support questions are full of English product names
LOOK_AT = 4_000  # characters; the beginning of a text says which language it is in
WORDS_TO_BE_SURE = 2  # little words of another Latin-script language before English is given up

_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]")
_LETTER = re.compile(r"[^\W\d_]")
_NOT_PROSE = re.compile(r"https?://\S+|\S+@\S+|`[^`]*`")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),  # before Chinese: Japanese mixes kana with the same ideographs
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("uk", re.compile(r"[іїєґІЇЄҐ]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
)
SCRIPT_SHARE = 0.2  # of the letters; less is a name or a quotation

_LITTLE_WORDS = {
    "en": _words(
        "the a an and or is are was were be i you he she it we they my your his its our their to of in on at for "
        "with from by not no do does did can could will would have has had this that these those what when where "
        "which who why how please if but so me there any all get got just hello hi thanks"
    ),
    "de": _words(
        "der die das den dem des ein eine einen einem und oder ist sind war ich du er wir ihr sie mein meine nicht "
        "kein keine zu von mit auf für aus bei wie wo wann warum kann habe haben wird bitte wenn aber noch"
    ),
    "fr": _words(
        "le la les un une des du de et ou est sont je tu il elle nous vous mon ma mes votre vos ne pas que qui quoi "
        "quand où comment pourquoi pour avec dans sur ce cette ai avez bonjour merci mais si au aux"
    ),
    "es": _words(
        "el la los las un una unos y o es son está yo tú mi mis su sus no que qué quién cuando cuándo dónde cómo por "
        "para con en de del al se me lo he ha hola gracias pero si puedo tengo"
    ),
    "it": _words(
        "il lo la gli le un una e o è sono io tu mio mia mie non che chi quando dove come perché per con in di del "
        "della al alla si mi ho ha ciao grazie ma se posso"
    ),
    "pt": _words(
        "o a os as um uma e ou é são eu você meu minha meus não que quem quando onde como porque por para com em de "
        "do da no na ao se me tenho obrigado olá mas posso"
    ),
    "nl": _words(
        "de het een en of is zijn was ik jij je hij wij we mijn niet geen te van met op voor uit bij hoe waar wanneer "
        "waarom kan heb hebben wordt maar als dat dit deze"
    ),
}


def detect(text: str, *, default: str = "en") -> str:
    """Return the ISO 639-1 code of the language of `text`; `default` when nothing in it tells."""
    prose = _NOT_PROSE.sub(" ", text[:LOOK_AT]) or text[:LOOK_AT]
    if is_hangul_heavy(prose):
        return "ko"
    letters = len(_LETTER.findall(prose))
    if not letters:
        return default
    for code, script in _SCRIPTS:
        if len(script.findall(prose)) >= SCRIPT_SHARE * letters:
            return code
    return _latin(prose, default)


def is_hangul_heavy(text: str) -> bool:
    """Whether the words are Korean, English names among them or not; a syllable counts as two letters."""
    hangul = 2 * len(_HANGUL.findall(text))
    others = len(_LETTER.findall(text)) - hangul // 2
    return hangul > 0 and hangul >= HANGUL_HEAVY * (hangul + others)


def _latin(prose: str, default: str) -> str:
    words = re.findall(r"[^\W\d_]+", prose.lower())
    counts = {code: sum(word in little for word in words) for code, little in _LITTLE_WORDS.items()}
    favourite = default if default in counts else "en"
    best = max(counts, key=lambda code: (counts[code], code == favourite))
    # A Spanish "no" or a French "a" stands in English as well: another language needs more than one such word.
    if best != favourite and counts[best] - counts[favourite] < WORDS_TO_BE_SURE:
        return favourite if counts[favourite] or default not in counts else default
    return best if counts[best] else default
