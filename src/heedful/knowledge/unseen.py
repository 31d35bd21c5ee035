"""What stands around the words of Markdown: comments, boxes, elements that no reader sees. Each in linear time."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")
_COMMENT_OR_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)|<!--")  # whichever comes first in a line
_UNSEEN = re.compile(r"<(script|style|iframe|form|svg|template|noscript|del|s|strike)\b", re.IGNORECASE)
_BOX = re.compile(r"^([ \t]*)(?:(?:!!!|\?\?\?\+?)[ \t]+[\w-]+|===)(?:[ \t]+\"([^\"\n]*)\")?[ \t]*$")


def opened(markdown: str) -> str:
    """Return the text with what stands indented in a box or tab (`!!! note "Title"`) at the margin of its mark."""
    lines = markdown.split("\n")
    opened: list[str] = []
    fence, margin = "", -1  # of the open code block; of the open box
    for i, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        box = None if fence else _BOX.match(line)
        if box and _indent(next((other for other in lines[i + 1 : i + 4] if other.strip()), "")) >= _indent(line) + 4:
            margin = _indent(line)
            opened.append(f"{box.group(1)}{box.group(2)}:" if box.group(2) else "")
            continue
        if line.strip() and _indent(line) < margin + 4:
            margin = -1
        opened.append(line[4:] if margin >= 0 and line.strip() else line)
    return "\n".join(opened)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def without_elements(text: str) -> str:
    """Return the text without elements that no reader sees, or that are struck out; one never closed stays."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that has two in lower case would shift all behind it
        lowered = text
    parts: list[str] = []
    last: dict[str, int] = {}  # where each is closed for the last time
    at = 0
    for opening in _UNSEEN.finditer(text):
        if opening.start() < at:
            continue
        closing = f"</{opening.group(1).lower()}"
        if closing not in last:
            last[closing] = lowered.rfind(closing)
        end = lowered.find(closing, opening.end()) if last[closing] >= opening.end() else -1
        if end >= 0:
            parts.append(text[at : opening.start()])
            at = lowered.find(">", end) + 1 or len(text)
    return "".join([*parts, text[at:]])


def without_comments(markdown: str) -> str:
    """Return the text without comments, but not without code that shows one; one never closed runs to the end."""
    parts: list[str] = []
    fence, at = "", 0
    while at < len(markdown):
        end = markdown.find("\n", at) + 1 or len(markdown)
        line = markdown[at:end]
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        found = (match.start() for match in _COMMENT_OR_CODE.finditer(line) if match.group(0) == "<!--")
        start = None if fence or mark else next(found, None)
        if start is None:
            parts.append(line)
            at = end
        else:
            parts.append(line[:start])
            at = (markdown.find("-->", at + start + 4) + 3) if "-->" in markdown[at + start + 4 :] else len(markdown)
    return "".join(parts)
