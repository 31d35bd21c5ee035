"""The sample company's help centre: pairs of languages that say the same, quotable, and without sales talk."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "knowledge_base"
QUESTIONS = ROOT / "tests" / "cases" / "sample_questions.toml"
LANGUAGES = ("en", "ko")
KEYS = ["title", "url", "updated", "lang", "trust"]
CATEGORIES = {
    "identity",
    "contact",
    "order",
    "payment",
    "preference",
    "behaviour",
    "location",
    "unique_identifier",
    "special",
}

FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
STEP = re.compile(r"^\d+\.\s", re.MULTILINE)
SHAPES = {
    "steps": STEP,
    "headings": re.compile(r"^## ", re.MULTILINE),
    "list items": re.compile(r"^- ", re.MULTILINE),
    "table rows": re.compile(r"^\|", re.MULTILINE),
}
SALES = re.compile(
    r"limited time|hurry|don.t miss|buy now|order now|act now|best price|special offer|exclusive|only \d+ left"
    r"|while stocks|you (?:may|might) also like|discount|bargain|% off"
    r"|서두르|놓치지|한정 수량|지금 바로 구매|구매하세요|특가|마감 임박|품절 임박|추천 상품|할인|혜택|단독 특전",
    re.IGNORECASE,
)
NOT_HAPSYO = re.compile(r"(?:[가-힣]요|[가-힣]께|한다|된다|있다|없다|이다|[가-힣]음)[.?!]")
TRANSLATIONESE = re.compile(r"되어지|되어졌|보여지|에 의해|에 의하여|으로부터의|당신|가지고 계시는|하시게 될")
LEANS_ON_BEFORE = re.compile(
    r"see above|as above|mentioned above|see below|위에서 말|앞에서 말|위와 같이|상기|아래 참조", re.IGNORECASE
)


@dataclass(frozen=True)
class Page:
    """One article file as written."""

    slug: str
    topic: str
    front: dict[str, Any]
    body: str

    @property
    def text(self) -> str:
        """Title and body."""
        return f"{self.front['title']}\n{self.body}"


def read(path: Path) -> Page:
    """Return the article in `path`."""
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    return Page(path.stem, path.parent.name, yaml.safe_load(front), body)


def pages(language: str) -> dict[str, Page]:
    """Return the articles of one language by slug."""
    return {path.stem: read(path) for path in sorted((FOLDER / language).rglob("*.md"))}


def figures(text: str) -> Counter[str]:
    """Return every figure of the text and how often it comes; the numbers of a list are not figures."""
    return Counter(FIGURE.findall(STEP.sub("", text)))


ENGLISH, KOREAN = pages("en"), pages("ko")
ALL = [*ENGLISH.values(), *KOREAN.values()]
BY_PAGE = pytest.mark.parametrize("page", ALL, ids=lambda page: f"{page.front['lang']}-{page.slug}")
BY_SLUG = pytest.mark.parametrize("slug", sorted(ENGLISH))


def sample_questions() -> list[dict[str, Any]]:
    """Return the sample questions."""
    questions: list[dict[str, Any]] = tomllib.loads(QUESTIONS.read_text("utf-8"))["questions"]
    return questions


def test_every_article_is_there_in_both_languages() -> None:
    """Each article exists in English and Korean, in the same topic, under a slug of its own."""
    files = sorted(FOLDER.rglob("*.md"))

    assert {slug: page.topic for slug, page in ENGLISH.items()} == {slug: page.topic for slug, page in KOREAN.items()}
    assert len(files) == len(ENGLISH) + len(KOREAN) + 1  # the README; no slug is used in two topics
    assert sum(page.front["trust"] == "published" for page in ENGLISH.values()) >= 34
    assert sum(page.front["trust"] == "internal" for page in ENGLISH.values()) >= 4


@BY_PAGE
def test_front_matter_is_whole(page: Page) -> None:
    """Front matter holds exactly what is needed, and the address is that of the language and the slug."""
    language = page.front["lang"]

    assert list(page.front) == KEYS
    assert page.front["url"] == f"https://help.dalbit.example/{language}/{page.slug}"
    assert isinstance(page.front["updated"], date)
    assert page.front["updated"].year == 2026
    assert page.front["trust"] in ("published", "internal")
    assert (page.front["trust"] == "internal") == (page.topic == "staff")


@BY_SLUG
def test_both_languages_give_the_same_figures(slug: str) -> None:
    """Every amount, period, time and number comes equally often in both languages of an article."""
    english, korean = figures(ENGLISH[slug].text), figures(KOREAN[slug].text)

    assert english == korean


@BY_SLUG
def test_both_languages_have_the_same_shape(slug: str) -> None:
    """Steps, headings, list items and table rows are as many in both languages, and so are front matter's facts."""
    english, korean = ENGLISH[slug], KOREAN[slug]

    for shape, pattern in SHAPES.items():
        assert len(pattern.findall(english.body)) == len(pattern.findall(korean.body)), shape
    assert [english.front[key] for key in ("updated", "trust")] == [korean.front[key] for key in ("updated", "trust")]


@BY_PAGE
def test_an_article_is_short_and_begins_with_its_answer(page: Page) -> None:
    """An article is 120 to 350 words (Korean 100 to 300, which says as much) and opens with a sentence."""
    least, most = (120, 350) if page.front["lang"] == "en" else (100, 300)
    first = page.body.strip().splitlines()[0]

    assert least <= len(page.body.split()) <= most
    assert re.search(r"[.]$", first)
    assert not re.match(r"[#\-|*\d]+\s", first)


@BY_PAGE
def test_sentences_do_not_lean_on_what_stands_elsewhere(page: Page) -> None:
    """A sentence can be quoted alone: none points to what is above or below it."""
    assert not LEANS_ON_BEFORE.search(page.text)


@BY_PAGE
def test_nothing_is_sold(page: Page) -> None:
    """No article urges, advertises or offers what nobody asked for."""
    assert not SALES.search(page.text)


@pytest.mark.parametrize("slug", sorted(KOREAN))
def test_korean_keeps_one_level_of_speech(slug: str) -> None:
    """Korean articles keep to 합쇼체 and to Korean that is not a translation's."""
    body = re.sub(r'"[^"]*"', "", KOREAN[slug].body)

    assert not NOT_HAPSYO.search(body)
    assert not TRANSLATIONESE.search(body)


@pytest.mark.parametrize(
    ("language", "slug", "words"),
    [
        ("en", "return-opened-item", ("opened", "7 days", "unused and complete", "hygiene seal")),
        ("ko", "return-opened-item", ("개봉", "7일", "반품", "위생 봉인")),
        ("en", "parcel-not-arrived", ("not arrived", "tracking", "1 business day")),
        ("ko", "parcel-not-arrived", ("아직 오지 않았", "배송 조회", "1영업일")),
    ],
)
def test_the_first_lines_answer_what_is_asked_most(language: str, slug: str, words: tuple[str, ...]) -> None:
    """The first paragraph alone answers the two questions that everybody tries first."""
    first = pages(language)[slug].body.strip().splitlines()[0]

    assert all(word in first for word in words)


def test_demo_customers_are_marked_and_cover_every_category() -> None:
    """Every demo customer is marked as invented; demo-mina has all categories and all states of consent but none."""
    lines = (FOLDER.parent / "demo_profiles.jsonl").read_text("utf-8").splitlines()
    profiles = {profile["customer_id"]: profile for profile in map(json.loads, lines)}
    mina, jun = profiles["demo-mina"]["facts"], profiles["demo-jun"]["facts"]

    assert len(profiles) >= 3
    assert all(profile["demo"] is True and "invented" in profile["note"] for profile in profiles.values())
    assert {fact["category"] for fact in mina} == CATEGORIES
    assert {fact["consent"] for fact in mina} == {"given", "refused", "withdrawn", "expired"}
    assert sum(fact["consent"] == "refused" for fact in jun) > len(jun) / 2
    assert all(
        fact["value"].endswith("@example.com")
        for profile in profiles.values()
        for fact in profile["facts"]
        if fact["name"] == "email"
    )


def test_sample_questions_point_to_published_articles() -> None:
    """Thirty questions a language have an answer in the published articles, and five a language have none."""
    questions = sample_questions()
    published = {slug for slug, page in ENGLISH.items() if page.front["trust"] == "published"}

    for language in LANGUAGES:
        mine = [question for question in questions if question["lang"] == language]
        assert sum(bool(question["slug"]) for question in mine) >= 30
        assert sum(not question["slug"] for question in mine) >= 5
    assert {slug for question in questions for slug in question["slug"]} <= published
    assert len({question["text"] for question in questions}) == len(questions)


def test_sample_questions_are_not_the_titles() -> None:
    """Each sample question is in a customer's own words, not those of a title."""
    titles = {page.front["title"].casefold() for page in ALL}

    assert not [
        question["text"] for question in sample_questions() if question["text"].casefold().rstrip("?.") in titles
    ]
