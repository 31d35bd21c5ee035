"""Letters of other alphabets that look like Latin ones, read as those; one for one, so that offsets hold."""

from __future__ import annotations

import regex

_PATIENCE_S = 2.0  # as in `text`, which reads this room

_PAIRS = (
    # Cyrillic
    "аa вb сc ԁd еe һh іi јj кk ӏl мm оo рp ԛq гr ѕs тt ѵv ԝw хx уy үy ѡw ьb пn "
    "АA ВB СC ЕE НH ІI ЈJ КK ӀI МM ОO РP Ԛ\u0051 ЅS ТT ѴV ԜW ХX УY ҮY ҺH ԌG ѠW "
    # Greek
    "αa βb εe ηn ιi κk νv οo ρp τt υu χx γy ϲc ϳj ωw "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX ϹC ϜF "
    # Armenian
    "ցg հh յj լl ոn օo զq ս\u0075 աw ԼL ՕO ՏS ՍU Ս\u0055 քp վu "
    # Latin look-alikes and small capitals
    "ıi ɑa ɡg ɩi ʀr ɴn ʟl ᴀa ʙb ᴄc ᴅd ᴇe ɢg ʜh ɪi ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ʏy ᴢz"
)
_LATIN = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
_OTHER = regex.compile(r"[\p{Cyrillic}\p{Greek}\p{Armenian}ıɑɡɩʀɴʟʙɢʜɪʏ\u1D00-\u1D22]")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_ASCII_LETTER = regex.compile(r"[A-Za-z]")


def folded(text: str) -> str:
    """Return `text` with look-alikes as Latin letters, in words that mix alphabets or hold look-alikes only.

    A word of look-alikes only is left alone where other words of the text show that it is written in that alphabet.
    """
    if text.isascii() or not _OTHER.search(text):
        return text
    words = [m for m in _WORD.finditer(text, timeout=_PATIENCE_S) if _OTHER.search(m[0])]
    foreign = any(not _is_alike(m[0]) and not _ASCII_LETTER.search(m[0]) for m in words)
    out = list(text)
    for m in words:
        if _ASCII_LETTER.search(m[0]) or (_is_alike(m[0]) and not foreign):
            out[m.start() : m.end()] = m[0].translate(_LATIN)
    return "".join(out)


def _is_alike(word: str) -> bool:
    return all(ord(c) in _LATIN for c in word if _OTHER.match(c))
