"""Markdown as authors write it → the words a reader would see, with headings, lists and code still in place."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from heedful.knowledge import unseen

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")
_INCLUDE = re.compile(
    r"^[ \t>]*\[!(?:INCLUDE|DIV|VIDEO|CODE)\b.*$|\[!INCLUDE\s*\[[^\]\n]*\]\([^)\n]*\)\s*\]"
    r"|^[ \t]*\[(?:TOC|\[_TOC_\])\][ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_ADMONITION = re.compile(r"^[ \t]*(?:>[ \t]*)*\[!\w+\][+-]?[ \t]*$\n?|^[ \t]*:::.*$\n?", re.MULTILINE)
_MARKED = re.compile(r"^([ \t]*(?:>[ \t]*)*)\[!\w+\][+-]?[ \t]+", re.MULTILINE)  # words follow on the same line
_LIQUID = re.compile(  # of bounded length: what is never closed would take the square of it
    r"\{%-?[ \t]*comment\b.{0,5000}?\{%-?[ \t]*endcomment[ \t]*-?%\}"
    r"|\{%(?:(?!\n\n).){0,1000}?%\}|\{\{(?:(?!\n\n).){0,1000}?\}\}",
    re.DOTALL,
)
_ANCHORED_HEADING = re.compile(
    r"^[ \t]{0,3}(#{1,6})[ \t]*<a[ \t]+(?:name|id)=[\"']([^\"'>]+)[\"'][ \t]*/?>(?:[ \t]*</a>)?[ \t]*(.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_ID = re.compile(r"^(#{1,6}[ \t].*?)[ \t]*\{[^}#\n]*#([\w.:-]+)[^}\n]*\}[ \t]*$", re.MULTILINE)  # `{#id .class}`
_ATTRIBUTES = re.compile(r"\{:?[ \t]*\.[^}\n]*\}|\{:[^}\n]*\}")
_LINKED_IMAGE = re.compile(r"\[!\[[^\]]{0,1000}\]\([^)]{0,2000}\)\]\([^)]{0,2000}\)")
_IMAGE = re.compile(r"!\[((?:[^\[\]]|\[[^\[\]]{0,200}\]){0,1000})\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])")
_CALLED = re.compile(r"\b(?:buttons?|icons?|symbols?|logos?|tabs?)\b|아이콘|단추|버튼|기호", re.IGNORECASE)
LONGEST_ICON = 30  # characters of what an image within a sentence is called; a longer one describes a picture
_LEADING_IMAGE = re.compile(r"(?<![\w*_])([*_]{1,2})!\[[^\]]{0,1000}\]\([^()]{0,2000}\)[ \t]*(?=\S)")  # within emphasis
_LINK = re.compile(
    r"(?<!!)\[((?:[^\[\]\n]|\[[^\[\]\n]*\]|\n(?!\s*\n))+)\]\(((?:[^()\n]|\([^()\n]*\))*)\)(?:\{[^}\n]*\})?"
)
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|\n]+\|)?([^\[\]|\n]+)\]\]")
_CONTACT = re.compile(r"\s*<?(?:mailto|tel):([^?>\s]+)", re.IGNORECASE)
_SAYS_NOTHING = re.compile(  # without its address
    r"(?:click |press )?here|(?:this|the following) (?:link|page|site|address)|link"
    r"|여기|이곳|(?:이 |다음 )?링크|바로 ?가기",
    re.IGNORECASE,
)
LONGEST_ADDRESS = 120  # characters; a longer one is made of tracking
_FOOTNOTE = re.compile(r"^[ ]{0,3}\[\^[^\]\s]+\]:[ \t]*(?:<?https?://\S+$)?|\[\^[^\]\s]+\]", re.MULTILINE)
_TASK = re.compile(r"^([ \t]*(?:[-*+]|\d+[.)])[ \t]+)\[[ xX]\][ \t]+", re.MULTILINE)
_STRUCK = re.compile(r"~~(?=\S)[^\n]+?(?<=\S)~~")
# A word in bold with a space before its particle, as Korean help centres write it for Markdown's sake.
_GAP = re.compile(
    r"(?:(?<=[\w)\]\"'’”…+])|(?<=\.\.\.)) (?=(?:을|를|은|는|과|와|으로|로|에서|에|의)(?=[ \t.,;:)]|$))", re.MULTILINE
)
_REFERENCE = re.compile(r"(?<!!)\[([^\[\]\n]+)\][ ]?\[[^\[\]\n]*\]")
_DEFINITION = re.compile(r"^[ ]{0,3}\[[^\]\n]+\]:[ \t]+\S+.*$", re.MULTILINE)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^>\s]+|[^<>\s@]+@[^<>\s@]+\.[^<>\s@]+)>")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.{1,500}?)(?<=\S)\1")
_ITALIC = re.compile(
    r"(?<![A-Za-z0-9_*\\])\*(?![\s*])([^*\n]+?)(?<![\s*])\*(?![A-Za-z0-9_*])"
    r"|(?<![\w\\])_(?![\s_])([^_\n]+?)(?<![\s_])_(?![A-Za-z0-9_])"
)
_QUOTE = re.compile(r"^([ \t]*)(?:>[ \t]?)+", re.MULTILINE)
_RULE_LINE = re.compile(r"^[ \t]*(?:[-*_][ \t]*){3,}$|^={3,}[ \t]*$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(?![ \t]*[-*+#>|])(.+)\n(=+|-{3,})[ \t]*$", re.MULTILINE)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~<&])")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ITEM = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
_CELL_END = re.compile(r"</t[dh]\s*>\s*(?=<t[dh]\b)", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|div|ul|ol|table|tr|thead|tbody|h[1-6]|blockquote|details|summary|figure|figcaption|section|dl|dt|dd|hr)\b[^<>]*>",
    re.IGNORECASE,
)
_HTML_HEADING = re.compile(r"<h([1-6])\b([^>]*)>(.{0,2000}?)</h\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:a|abbr|b|i|u|s|em|strong|span|code|kbd|sup|sub|small|mark|img|input|td|th|li|font|label|button|video|source|"
    r"picture|center|caption|col|colgroup|del|ins|q|cite|pre|tt|var|samp)\b[^<>]*>",
    re.IGNORECASE,
)
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
# A cell that holds more than words (a list, a picture) leaves its separator at the end of a line.
_INDENTED_BLOCK = re.compile(
    r"^[ \t]+(?=</?(?:table|tbody|thead|tr|td|th|ul|ol|li|div|section|h[1-6])\b)", re.MULTILINE | re.IGNORECASE
)
_EMPTY_CELLS = re.compile(r"^[ \t]*;[ \t;]*(?=\S|$)", re.MULTILINE)
_LABEL_CELL = re.compile(r"^([ \t]*[A-Z가-힣][^\n;:(){}=]{0,60}?)[ \t]*;[ \t]*$", re.MULTILINE)
_POINTING_LINE = re.compile(
    r"^[ \t]*(?:[-*][ \t]+)?(?:Back to top|Back to the top|Top of page|맨 위로)[ \t]*\.?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_TWO_COLONS = re.compile(r"(?<=[^\W\d_])::(?=[ \t\n])")  # `_Note:_:`
_ICON = re.compile(r"(?<=\w)\{[a-z]+(?:-[a-z]+)+\}")
_PAIRED = re.compile(r"</([A-Za-z][\w.-]*)[ \t]*>")
_ALONE = re.compile(r"<[A-Z][\w.]*(?:[ \t\n][^<>]*)?/>")  # a component of a page
_CODE_SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_KEPT = re.compile("\ue000(\\d+)\ue001")


def clean(markdown: str) -> str:
    """Return the text without comments, tags, template code, images and emphasis; headings, lists and code stay.

    Link text stays, addresses go. A table row becomes a list item that names each column. A code block is indented by
    four spaces. A heading's own anchor stays as `{#anchor}` behind it.
    """
    kept: list[str] = []
    text = unseen.without_comments(unseen.opened(re.sub("[\ue000\ue001]", "", markdown)))
    text = "".join(_code(block, kept) if is_code else _prose(block, kept) for is_code, block in _blocks(text))
    text = _KEPT.sub(lambda match: kept[int(match.group(1))], text)
    text = re.sub(r"[ \t\u00a0]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def slug(heading: str) -> str:
    """Return the anchor of a heading as GitHub makes it: lower case, letters of any script, spaces as hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _blocks(text: str) -> Iterator[tuple[bool, str]]:
    """Yield (is code, block) in order; a fence that is never closed runs to the end, as Markdown has it."""
    block: list[str] = []
    fence = ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        mark = _FENCE.match(line)
        if mark and not fence:
            yield False, "".join(block)
            block, fence = [], mark.group(1)
        elif mark and mark.group(1).startswith(fence) and not line.strip().strip("`~>"):
            yield True, "".join(block)
            block, fence = [], ""
        else:
            block.append(line)
    yield bool(fence), "".join(block)


def _code(block: str, kept: list[str]) -> str:
    lines = (re.sub(r"^[ \t]*>[ \t]?", "", line) for line in block.split("\n"))
    return _keep("\n" + "\n".join(f"    {line}" if line.strip() else "" for line in lines) + "\n", kept)


def _keep(text: str, kept: list[str]) -> str:
    """Put `text` aside where no later step changes it; `clean` puts it back."""
    kept.append(text)
    return f"\ue000{len(kept) - 1}\ue001"


def _prose(text: str, kept: list[str]) -> str:
    text = _CODE_SPAN.sub(lambda match: _keep(match.group(2).strip(), kept), text)
    text = _ESCAPE.sub(lambda match: _keep(match.group(1), kept), text)
    text = unseen.without_elements(_LIQUID.sub("", text))
    text = _ADMONITION.sub("", _INCLUDE.sub("", text))
    text = _ID.sub(r"\1 {#\2}", _TASK.sub(r"\1", _MARKED.sub(r"\1", text)))
    text = _ANCHORED_HEADING.sub(r"\1 \3 {#\2}", text)
    text = _LEADING_IMAGE.sub(r"\1", text)
    for pattern in (_ATTRIBUTES, _ICON, _LINKED_IMAGE):
        text = pattern.sub("", text)
    text = _IMAGE.sub(_icon, text)
    text = _FOOTNOTE.sub("", text)
    text = _DEFINITION.sub("", text)
    text = _AUTOLINK.sub(lambda match: match.group(1).removeprefix("mailto:"), text)
    text = _WIKI_LINK.sub(r"\1", _LINK.sub(_linked, _LINK.sub(_linked, text)))
    text = _STRUCK.sub("", _REFERENCE.sub(r"\1", text))
    text = _UNDERLINED.sub(_underlined, text)
    text = _tags(_QUOTE.sub(r"\1", text))
    text = "\n".join(_rows(_POINTING_LINE.sub("", _RULE_LINE.sub("", text)).split("\n")))
    plain = _BOLD.sub(r"\2", _BOLD.sub(r"\2", text))
    plain = _TWO_COLONS.sub(":", _ITALIC.sub(lambda match: match.group(1) or match.group(2), plain))
    return _GAP.sub("", plain)


def _underlined(heading: re.Match[str]) -> str:
    if not re.search(r"\w", heading.group(1)):
        return heading.group(0)
    return f"{'#' if heading.group(2)[0] == '=' else '##'} {heading.group(1).strip()}"


def _icon(image: re.Match[str]) -> str:
    """Return what an image within a sentence is called, where the sentence does not say it."""
    start = image.string.rfind("\n", 0, image.start()) + 1
    before = image.string[start : image.start()]
    after = image.string[image.end() :].partition("\n")[0].lstrip()
    name = " ".join(image.group(1).strip(" .").split())
    is_within = bool(re.search(r"\w[^\w.!?:]*$", before) and re.match(r"\W*(?![A-Z])\w", after)) and "|" not in before
    if not is_within or not 0 < len(name) <= LONGEST_ICON or re.search(r"\.\w{3,4}$|[\[\]|]", name):
        return ""
    own = _CALLED.sub("", name).casefold().split()
    beside = f"{before[-40:]} {after[:40]}".casefold()
    if not own or any(word in beside for word in own):
        return ""
    return " ".join(
        own_word for own_word in name.split() if not _CALLED.fullmatch(own_word) or not _CALLED.match(after)
    )


def _linked(link: re.Match[str]) -> str:
    """Return the words of a link, and where it leads when that is a person, or when the words alone say nothing."""
    words = " ".join(link.group(1).split())
    contact = _CONTACT.match(link.group(2))
    target = contact.group(1) if contact else link.group(2).strip().strip("<>").partition(" ")[0]
    is_page = target.startswith(("https://", "http://")) and len(target) <= LONGEST_ADDRESS
    is_wanted = contact or (is_page and _SAYS_NOTHING.fullmatch(words))
    space = "" if re.search(r"[가-힣]$", words) else " "
    return f"{words}{space}({target})" if is_wanted and target not in words else words


def _tags(text: str) -> str:
    text = _INDENTED_BLOCK.sub("", text)
    text = _BREAK.sub(lambda match: " " if _in_table(text, match.start()) else "\n", text)
    text = _CELL_END.sub("; ", _ITEM.sub("\n- ", text))
    text = _TAG.sub("", _BLOCK.sub("\n", _HTML_HEADING.sub(_heading, text)))
    for name in {match.group(1) for match in _PAIRED.finditer(text)}:
        text = re.sub(rf"</?{re.escape(name)}(?:[ \t\n][^<>]*)?>", "", text)
    text = html.unescape(_ALONE.sub("", text))
    return _LABEL_CELL.sub(r"\1:", _EMPTY_CELLS.sub("", text))


def _heading(heading: re.Match[str]) -> str:
    name = " ".join(_TAG.sub("", heading.group(3)).split())
    anchor = re.search(r"\b(?:id|name)=[\"']([^\"'>\s]+)", heading.group(0))
    own = f" {{#{anchor.group(1)}}}" if anchor else ""
    return f"\n{'#' * int(heading.group(1))} {name}{own}\n" if name else "\n"


def _in_table(text: str, at: int) -> bool:
    return text[text.rfind("\n", 0, at) + 1 : at].lstrip().startswith("|")


def _rows(lines: list[str]) -> Iterator[str]:
    """Yield the lines, each table row as a list item `- Column: cell; Column: cell`."""
    names: list[str] | None = None
    for i, line in enumerate(lines):
        following = lines[i + 1] if i + 1 < len(lines) else ""
        if names is None and "|" in line and "|" in following and _TABLE_RULE.match(following):
            names = _cells(line)
        elif names is not None and "|" not in line:
            names = None
            yield line
        elif names is None:
            yield line
        elif not _TABLE_RULE.match(line):
            cells = _cells(line)
            pairs = [*zip(names, cells, strict=False), *(("", cell) for cell in cells[len(names) :])]
            yield "- " + "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
