"""Plain text of a mail → what was newly written, what was quoted or forwarded, and the signature."""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE_MOST = 400  # characters; a longer line is prose, no header of a quotation
HEADER_LINES = 4  # over so many lines a mail program may wrap "On …, … wrote:"

# "On 3 May 2024 at 10:00, Mina <m@a.example> wrote:" and what other programs and languages make of it.
_WROTE = re.compile(r"[\s>]*-{0,4}\s*On\b.*\d.*\bwrote\s*(?::|-{2,4})?\s*$", re.IGNORECASE)
_ADDRESS = re.compile(r"[<(\[]\s*(?:mailto:)?[^\s<>()\[\]]+@[^\s<>()\[\]]+\s*[>)\]]")
_WHEN = re.compile(r"\b\d{4}\b|\d{1,4}[./-]\s?\d{1,2}[./-]|\d{1,2}[:.]\d{2}")
_KOREAN_WROTE = re.compile(
    r"(?:님이\s*(?:다음과 같이\s*)?(?:작성함|썼습니다|쓴\s*글|보낸\s*(?:메일|메시지))|작성)\s*:\s*$"
)
_BEGINS_WITH_DATE = re.compile(r"\s*(?:On|Am|Le|El|Il|Op|Em|Den|W dniu|Dnia|In data)\s.*\d", re.IGNORECASE)

# A block of "From: … Sent: … Subject: …", in the words of the programs' languages.
_FROM = "From|De|Von|Van|Da|Fra|Från|От|Message du|보낸\\s?사람|보낸\\s?이|발신인?|발신자|差出人|发件人"
_OTHER = (
    "Sent|Date|To|Cc|Subject|Reply-To|Envoyé(?: le)?|À|A|Objet|Sujet|Copie à|Gesendet|An|Betreff|Datum|Verzonden|Aan|"
    "Onderwerp|Inviato|Oggetto|Dato|Til|Emne|Skickat|Till|Ämne|Enviado(?: el)?|Para|Asunto|Fecha|Data|Assunto|"
    "Отправлено|Кому|Тема|"
    "받는\\s?사람|받는\\s?이|수신인?|수신자|참조|보낸\\s?날짜|날짜|일시|보낸\\s?시간|제목"
)
_LABEL = re.compile(
    rf"\s*[*_]{{0,2}}(?:(?P<from>{_FROM})|(?P<other>{_OTHER}))[*_]{{0,2}}\s?:[*_]{{0,2}}(?:\s|$|.)", re.IGNORECASE
)

_ORIGINAL = re.compile(
    r"\s*(?:[-_=*]{2,}\s*(?:original (?:message|appointment)|forwarded message|원본\s?(?:메시지|메일)|"
    r"전달된?\s?(?:메시지|메일)|원문|ursprüngliche nachricht|weitergeleitete nachricht|message (?:d'origine|transféré)|"
    r"mensaje original|mensagem original|messaggio originale|oprindelig besked|oorspronkelijk bericht)\s*[-_=*]{2,}"
    r"|begin forwarded message\s*:|전달된 메시지의? 시작\s*:)\s*$",
    re.IGNORECASE,
)
_BETWEEN_DASHES = re.compile(r"\s*-{4,}\s*[^-\s][^-]{2,40}-{4,}\s*$")

_DEVICE = re.compile(
    r"\s*(?:(?:sent|get|gesendet|envoyé|enviado|inviato|verzonden|wysłane|skickat|sendt)\s+"
    r"(?:from|with|via|using|von|mit|à partir|de|depuis|desde|da|vanaf|met|outlook|z|från|fra)\b.{0,60}"
    r"|(?:나의|내)?\s*[\w .]{1,30}에서\s*(?:보냄|보낸 메일|보냈습니다)|.{1,40}(?:을|를)\s*사용하여\s*보냄)\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*(?:[-_=*~]{2,}|[—–―]+)\s*$")
_SIGNATURE_LINES = 15  # after "--", most of which have lost the space by which RFC 3676 knows them
_SHORT_SIGNATURE_LINES = 5  # after any other line of dashes, which people use for other things as well
_SENTENCE_ENDS = (".", "!", "?", "다", "요", "까", ",", ";")  # of lines that no signature has
_WRAPPED_AT = 65  # characters; a quoted line at least this long may go on, without its mark, on the next


@dataclass(frozen=True, slots=True)
class Cut:
    """One mail's text in three; `new` and `signature` as written, `quoted` with its headers."""

    new: str
    quoted: str = ""
    signature: str = ""


def cut(text: str) -> Cut:
    """Return `text` cut into what its sender newly wrote, what is quoted or forwarded, and the signature.

    Answers between quoted lines are kept; where nothing tells quotation from answer, the rest counts as quoted.
    """
    lines = text.split("\n")
    new: list[str] = []
    quoted: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.lstrip().startswith(">") or _goes_on(lines, at):
            quoted.append(line)
            at += 1
            continue
        header = _wrote(lines, at)
        header = header or _said(lines, at)
        if header and _quotes_next(lines, at + header):
            quoted += lines[at : at + header]
            at += header
            continue
        if header or _original(lines, at) or _block(lines, at) or _device(lines, at):
            quoted += lines[at:]
            break
        new.append(line)
        at += 1
    kept, signature = _signed(new)
    return Cut(kept, _tidy(quoted), signature)


def _tidy(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _wrote(lines: list[str], at: int) -> int:
    """Return over how many lines, from `at`, a program says who wrote what follows; 0 when it does not."""
    joined = ""
    for count in range(1, HEADER_LINES + 1):
        if at + count > len(lines):
            return 0
        line = lines[at + count - 1]
        marked = line.lstrip().startswith(">") and line.strip() != ">:"
        if not line.strip() or len(line) > LINE_MOST or marked:
            return 0
        joined = f"{joined} {line.strip()}".strip()
        if _is_header(joined):
            return count if count == 1 or not _begins_later(lines[at : at + count]) else 0
    return 0


def _said(lines: list[str], at: int) -> int:
    """Return 1 where a line with a date ends in a colon and marked lines follow: a header in any other language."""
    line = lines[at]
    dated = len(line) <= LINE_MOST and line.rstrip().endswith(":") and _WHEN.search(line)
    return 1 if dated and _quotes_next(lines, at + 1) else 0


def _goes_on(lines: list[str], at: int) -> bool:
    """Tell whether this line is the rest of a quoted one that a program wrapped."""
    before, line = lines[at - 1].rstrip() if at else "", lines[at]
    if not before.lstrip().startswith(">") or len(before) < _WRAPPED_AT or before[-1] in ".!?:;…\"'”’)>":
        return False
    return line[:1].islower() and (at + 1 == len(lines) or not lines[at + 1].strip() or lines[at + 1][:1] == ">")


def _begins_later(lines: list[str]) -> bool:
    """Tell whether the header is in the later of `lines` alone, the first being the sender's own last line."""
    if _BEGINS_WITH_DATE.match(lines[0]) and not lines[0].rstrip().endswith((".", "!", "?")):
        return False
    return any(_is_header(" ".join(line.strip() for line in lines[start:])) for start in range(1, len(lines)))


def _is_header(line: str) -> bool:
    if len(line) > LINE_MOST or not line.endswith((":", "wrote", "----")):
        return False
    if _WROTE.match(line):
        return True
    if _KOREAN_WROTE.search(line) and _WHEN.search(line):
        return True
    return line.endswith(":") and bool(_ADDRESS.search(line)) and bool(_WHEN.search(line))


def _quotes_next(lines: list[str], at: int) -> bool:
    """Tell whether the next line that is not blank is marked as quoted."""
    return _below(lines, at).lstrip().startswith(">")


def _below(lines: list[str], at: int) -> str:
    """Return the first line from `at` that is not blank; empty when there is none."""
    return next((lines[later] for later in range(at, len(lines)) if lines[later].strip()), "")


def _original(lines: list[str], at: int) -> bool:
    line = lines[at]
    if len(line) > LINE_MOST:
        return False
    if _ORIGINAL.match(line):
        return True
    return bool(_BETWEEN_DASHES.match(line)) and any(_LABEL.match(later) for later in lines[at + 1 : at + 4])


def _block(lines: list[str], at: int) -> bool:
    """Tell whether a block of headers begins here: three labels, of which one says from whom."""
    if not _LABEL.match(lines[at][:LINE_MOST]):
        return False
    labels: set[str] = set()
    senders = 0
    for line in lines[at : at + 8]:
        if not line.strip():
            break
        if label := _LABEL.match(line[:LINE_MOST]):
            labels.add(label.group().strip().lower())
            senders += label["from"] is not None
    return senders > 0 and len(labels) >= 3


def _device(lines: list[str], at: int) -> bool:
    """Tell whether "Sent from my phone" stands here on a line of its own, below which a program puts quotations."""
    line = re.sub(r"<[^<>]*>", "", lines[at])
    if len(line) > LINE_MOST or not _DEVICE.match(line) or line.rstrip().endswith((".", "!", "?", ",")):
        return False
    return at == 0 or not lines[at - 1].strip() or not _below(lines, at + 1)


def _signed(lines: list[str]) -> tuple[str, str]:
    """Return the text without the signature at its end and without rules left over, and the signature.

    Only "-- " is a signature for certain; below other rules it is one when it is short and no line is a sentence.
    """
    first: int | None = None
    below, certain = 0, True
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if _RULE.match(line[:LINE_MOST]):
            marked = line.rstrip() == "--"
            touching = at + 1 < len(lines) and bool(lines[at + 1].strip())
            most = _SIGNATURE_LINES if marked else _SHORT_SIGNATURE_LINES
            if line == "-- " or (certain and below <= most and (touching or marked or not below)):
                first = at
        elif line.strip():
            below += 1
            certain = certain and len(line) <= 100 and not line.rstrip().endswith(_SENTENCE_ENDS)
    if first is None:
        return _tidy(lines), ""
    return _tidy(lines[:first]), _tidy(lines[first + 1 :])
