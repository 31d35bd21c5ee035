"""A page's tree → the part that is the article: without menus, headers, related links and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from heedful.knowledge.formats.html_tree import drop, words

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOSTLY = 0.5  # of the words of the page: what has more is no furniture, whatever it is called
ENOUGH = 0.25  # of the words of a page: when less is left it was no furniture that was taken out
LINKS = 0.6  # of a block's characters within links: it leads elsewhere
SHORTEST_QUESTION = 6  # characters; a button with less opens a menu
LONGEST_IMPRINT = 600  # characters
_FURNITURE = (
    ".//nav | .//aside | .//button[not(ancestor::p) and not(ancestor::li)] | .//menu"
    " | .//*[self::footer or self::header][not(ancestor::main) and not(ancestor::article)]"
)
_BLOCKS = ("div", "ul", "ol", "dl", "section", "table", "td", "p", "address")
_IMPRINT = re.compile(r"©|copyright|all rights reserved|사업자 ?등록 ?번호|통신 ?판매업", re.IGNORECASE)
_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "menu", "menubar", "toolbar", "alertdialog"}
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:breadcrumbs?|cookies?|consent-banner|share|sharing|social|sidebar|side-?nav|navbar|topbar|"
    r"pagination|pager|newsletter|subscribe|skip-?(?:link|to|nav)\S*|toc|table-of-contents|on-this-page|comments?|"
    r"article-(?:votes?|relatives|footer|comments|subscribe|sidebar)|recent-articles|related-(?:articles?|posts|links)|"
    r"recently-viewed-\S+|was-this-helpful|feedback|headerlink|edit-(?:page|link)|visually-hidden|sr-only|"
    r"article-meta|entry-meta|post-meta|byline|gnb|lnb|snb|location|quick-?menu|foot(?:er)?|"
    r"back-to-top|promo|advertisement|ads?|intercom-reaction-picker|site-(?:header|footer))(?:$|[\s_-])",
    re.IGNORECASE,
)
# Where an article is marked, and the share of the words around it (of `main`, or else of the page) it must have.
_PLACES = (
    (".//*[@itemprop='articleBody']", 0.0),
    (".//main//article | .//*[@role='main']//article", 0.5),
    (".//main", 0.0),
    (".//*[@role='main']", 0.0),
    (".//article", 0.3),
    (".//*[@id='main-content' or @id='content' or @id='main']", 0.3),
)


def main_of(root: HtmlElement) -> HtmlElement:
    """Return the element whose words are the article; changes the tree."""
    for head in root.xpath("//head"):  # lxml makes no body where a page has none
        drop(head)
    bodies = root.xpath("//body")
    body = bodies[0] if bodies else root
    _without_furniture(body)
    whole = len(words(body))
    mains = body.xpath(".//main | .//*[@role='main']")
    around = len(words(mains[0])) if len(mains) == 1 else whole
    for place, share in _PLACES:
        found = [element for element in body.xpath(place) if words(element)]
        if len(found) == 1 and len(words(found[0])) >= share * around:
            return found[0]
    return _guessed(body, whole)


def _without_furniture(body: HtmlElement) -> None:
    whole = len(words(body))
    _unfold(body)
    for element in body.xpath(_FURNITURE):
        drop(element)
    for element in list(body.iter()):
        if not isinstance(element.tag, str) or element is body or element.tag in ("main", "article"):
            continue
        is_furniture = element.get("role") in _ROLES or (_is_named(element) and len(words(element)) < MOSTLY * whole)
        if is_furniture and not element.xpath(".//main | .//h1"):
            drop(element)


def _unfold(body: HtmlElement) -> None:
    """Make headings of the questions that a page unfolds when they are pressed."""
    for element in body.xpath(".//*[@aria-expanded or self::button[@aria-controls]][not(ancestor::nav)]"):
        is_question = len(words(element)) >= SHORTEST_QUESTION and not element.xpath(".//ul | .//li")
        is_inline = element.xpath(
            "ancestor::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::summary]"
        )
        if is_question and element.tag in ("button", "a", "div", "span", "p", "dt"):
            element.tag = "span" if is_inline else "summary"


def _is_named(element: HtmlElement) -> bool:
    return any(_NAMES.search(said) for name in ("class", "id") if (said := element.get(name)))


def _guessed(body: HtmlElement, whole: int) -> HtmlElement:
    """The article of a page that marks none: all but blocks of links and the company's imprint.

    A page that is mostly links stays as it is.
    """
    from copy import deepcopy

    rest = deepcopy(body)
    for block in list(rest.iter(*_BLOCKS)):
        length = len(words(block))
        if length < MOSTLY * whole and (_is_links(block, length) or _is_imprint(block, length)):
            drop(block)
    return rest if len(words(rest)) >= ENOUGH * whole else body


def _is_links(block: HtmlElement, length: int) -> bool:
    links = block.xpath(".//a[@href]")
    return len(links) > 1 and sum(len(words(link)) for link in links) > LINKS * length


def _is_imprint(block: HtmlElement, length: int) -> bool:
    return length < LONGEST_IMPRINT and bool(_IMPRINT.search(words(block)))
