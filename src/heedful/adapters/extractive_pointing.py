"""Which blocks are no answer: those that only point elsewhere, lead to nothing, or list what the article holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from heedful.adapters.extractive_reading import LEAD_IN, Block
from heedful.sections import NUMBERED

MOSTLY = 0.6  # of the items

_POINTS = re.compile(
    r"^(?:Learn (?:how|more|about|what|why|when|where|to)|In this (?:article|guide|section|tutorial)"
    r"|This (?:article|guide|page|(?:quick )?tutorial)|See (?:also|the|this)|Read (?:the|more)|Find out"
    r"|For (?:more|further|detailed) (?:information|details|instructions)|Still need help|Note that this article)\b"
    r"|\b(?:see|read) (?:this article|here|below)\b|\b[Ss]ee (?:If|How|About|What)\b"
    r"|\brefer to (?:If|How|About|this article)\b"
    r"|^(?:이 (?:문서|글|페이지|가이드)(?:에서는|는|은)|자세한 (?:내용|사항)은|더 알아보)|참(?:조|고)하(?:세요|십시오)",
)
_CONTENTS = re.compile(
    r"^(?:In this (?:article|guide|section|page|tutorial)|On this page|(?:Table of )?Contents|Jump to|목차"
    r"|이 (?:글|문서|페이지)(?:의|에 있는) (?:내용|순서))",
    re.IGNORECASE,
)
_PROBLEM = re.compile(r"^(?:If|When|Error|Fix|Troubleshoot)\b|(?:경우|때|않(?:을|는)|오류|문제)", re.IGNORECASE)
_DO = re.compile(
    r"(?:Avoid|Change|Check|Clear|Close|Confirm|Connect|Contact|Delete|Disable|Disconnect|Download|Enable|Ensure|Find"
    r"|Install|Look|Make|Open|Press|Reboot|Reconnect|Reinstall|Remove|Replace|Reset|Restart|Review|Run|Select|Test|Try"
    r"|Turn|Uninstall|Unplug|Update|Upload|Use|Verify|Wait)\b|.*(?:하기|확인|기)$",
)
_SENTENCE = re.compile(r"[.!?…。:][\"'”’)\]」』]*$")


def says_nothing(block: Block) -> bool:
    """Tell whether a block only points elsewhere, or is no sentence at all but a label or a link."""
    if block.items or block.is_row:
        return False
    return only_points(block) or not _SENTENCE.search(block.sentences[0])


def only_points(block: Block) -> bool:
    """Tell whether a block sends the reader elsewhere instead of answering."""
    return not block.items and not block.is_row and bool(_POINTS.search(block.sentences[0]))


def answering(block: Block, title: str) -> Block | None:
    """Return the block without what leads to nothing and without items that only point; `None` when nothing is left.

    The contents of an article about a problem are what to do about it, and stay as a list; other contents go.
    """
    if block.items and block.sentences and _CONTENTS.match(block.sentences[0]):
        to_do = sum(bool(_DO.match(item)) for item in block.items)
        is_plan = _PROBLEM.search(title) and to_do >= MOSTLY * len(block.items) and len(block.items) > 1
        return replace(block, sentences=(), first=1) if is_plan else None
    if block.items:
        items = block.items if block.ordered else tuple(item for item in block.items if not _POINTS.search(item))
        return replace(block, items=items) if items else None
    if not block.is_row and LEAD_IN.search(block.sentences[-1]):
        return replace(block, sentences=block.sentences[:-1]) if len(block.sentences) > 1 else None
    return block


def is_step(headings: tuple[str, ...]) -> int:
    """Return the number of a numbered section ("2. Check the cable"), 0 for any other."""
    if not headings or not NUMBERED.match(headings[-1]):
        return 0
    return next(_numbers(headings[-1]), 0)


def _numbers(heading: str) -> Iterator[int]:
    return (int(digits) for digits in re.findall(r"\d{1,2}", heading))
