"""Web pages: the main content and nothing around it, with what the page says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedful.errors import IngestError
from heedful.knowledge.load import read
from heedful.knowledge.split import split
from heedful.values import Article

PAGE = """<!doctype html><html lang="en-US"><head><meta charset="utf-8">
<title>Return an opened item – Dalbit Help</title>
<link rel="canonical" href="https://help.dalbit.example/en/return-opened-item">
<meta property="article:modified_time" content="2026-03-05T10:00:00Z"><meta name="heedful:trust" content="internal">
<script>var a = "</div>";</script><style>.x { color: red }</style></head><body>
<a class="skip-navigation" href="#main">Skip to main content</a>
<header><nav><a href="/">Home</a></nav><h1 hidden>Dalbit</h1></header>
<main><ol class="breadcrumbs"><li>Help</li></ol><article><header><h1>Return an opened item</h1></header>
<p>You have&nbsp;<strong>14 days</strong>.
See <a href="/fees">fees</a> or <a href="mailto:help@dalbit.example">write</a>.</p>
<h2 id="how">How to return<a class="headerlink" href="#how">¶</a></h2>
<ol start="2"><li>Open <b>Orders</b>.<ul><li>On the phone</li></ul></li><li><p>Press <kbd>Return</kbd>.</p></li></ol>
<h3>Fees</h3>
<table><thead><tr><th>Region</th><th>Fee</th></tr></thead><tbody><tr><td>Seoul</td><td>₩3,000</td></tr>
<tr><td>Jeju</td><td><ul><li>₩6,000</li><li>free over ₩50,000</li></ul></td></tr></tbody></table>
<pre><code>a = 1
  b = 2</code></pre><details><summary>What if it is broken?</summary><p>Then we pay. <del>Not</del></p></details>
<dl><dt>Weight</dt><dd>3 kg</dd></dl>
<div class="article-votes">Was this helpful? <button>Yes</button></div></article>
<section class="related-articles"><h3>Related</h3><a href="/x">Refund times</a></section></main>
<footer>© Dalbit</footer></body></html>"""

TEXT = """You have 14 days. See fees or write (help@dalbit.example).

## How to return {#how}

2. Open Orders.
  - On the phone
3. Press Return.

### Fees {#:~:text=Fees}

- Region: Seoul; Fee: ₩3,000
- Region: Jeju; Fee: ₩6,000, free over ₩50,000

    a = 1
      b = 2

#### What if it is broken? {#:~:text=What%20if%20it%20is%20broken?}

Then we pay.

Weight: 3 kg"""


def page(folder: Path, content: str | bytes, name: str = "a.html") -> Article:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path, root=folder)


def test_a_page_gives_its_main_content(tmp_path: Path) -> None:
    """Headings, lists, tables, code and questions that unfold survive; menus, votes and related links do not."""
    assert page(tmp_path, PAGE).text == TEXT


def test_a_page_says_what_it_is(tmp_path: Path) -> None:
    """Title, address, language, day and trust come from the page."""
    article = page(tmp_path, PAGE)

    assert (article.title, article.lang, article.trust, article.updated) == (
        "Return an opened item",
        "en",
        "internal",
        "2026-03-05",
    )
    assert article.id == "help.dalbit.example/en/return-opened-item"


def test_a_citation_opens_the_page_at_its_heading(tmp_path: Path) -> None:
    """By the heading's own id; without one by a text fragment, which browsers scroll to."""
    urls = {passage.headings[-1]: passage.url for passage in split(page(tmp_path, PAGE)) if passage.headings}

    assert urls["How to return"] == "https://help.dalbit.example/en/return-opened-item#how"
    assert urls["Fees"] == "https://help.dalbit.example/en/return-opened-item#:~:text=Fees"


def test_a_page_without_marks_loses_its_menus_and_imprint(tmp_path: Path) -> None:
    """Old shop pages mark no main content: blocks of links and the imprint go, the fee table stays."""
    article = page(
        tmp_path,
        "<html lang='en'><head><title>배송 안내 | 달빛 고객센터</title></head><body>"
        "<div id='top'><ul><li><a href='/'>홈</a></li><li><a href='/b'>베스트</a></li></ul></div>"
        "<div class='cont'><h3>배송 안내</h3><p>결제가 확인되면 평일 기준 1~2일 안에 상품을 보내 드립니다.</p>"
        "<h4 id='fee'>배송비는 얼마인가요?</h4><table><tr><th>지역</th><th>배송비</th></tr><tr><td>서울</td>"
        "<td>3,000원</td></tr><tr><td>제주</td><td>6,000원</td></tr></table>"
        "<p>고객센터 1588-0000으로 전화해 주세요.</p></div>"
        "<div><p>상호 달빛 | 사업자등록번호 000-00-00000</p><p>Copyright Dalbit</p></div></body></html>",
    )

    assert (article.title, article.lang) == ("배송 안내", "ko")  # the page says `en`, as its template does
    assert article.text == (
        "결제가 확인되면 평일 기준 1~2일 안에 상품을 보내 드립니다.\n\n#### 배송비는 얼마인가요? {#fee}\n\n"
        "- 지역: 서울; 배송비: 3,000원\n- 지역: 제주; 배송비: 6,000원\n\n고객센터 1588-0000으로 전화해 주세요."
    )


def test_questions_that_unfold_are_headings(tmp_path: Path) -> None:
    """A question on a button stays, and so does its answer that the page hides until then."""
    article = page(
        tmp_path,
        "<html><head><title>FAQ</title></head><body><form><h1>자주 묻는 질문</h1>"
        "<div id='q1'><button aria-expanded='false'>반품은 어떻게 하나요?</button></div>"
        "<div role='region' style='display:none'><p>주문 목록에서 누르세요.</p></div>"
        "<dl><dt>교환도 되나요?</dt><dd>네, 14일 안에 됩니다.</dd></dl><p hidden>안 보이는 글</p></form></body></html>",
    )

    assert article.title == "자주 묻는 질문"
    assert article.text == (
        "## 반품은 어떻게 하나요? {#q1}\n\n주문 목록에서 누르세요.\n\n## 교환도 되나요?\n\n네, 14일 안에 됩니다."
    )


def test_tables_that_only_arrange_a_page_are_no_tables(tmp_path: Path) -> None:
    """One cell a row, or headings in cells: the cells come one after the other."""
    article = page(
        tmp_path, "<table><tr><td><h2>One</h2><p>Text.</p></td><td><h2>Two</h2><p>More.</p></td></tr></table>"
    )

    assert article.text == "## One\n\nText.\n\n## Two\n\nMore."


@pytest.mark.parametrize("declared", ["euc-kr", "ks_c_5601-1987", "utf-8", ""])
def test_korean_pages_are_read_in_their_own_encoding(tmp_path: Path, declared: str) -> None:
    """The page's own word is believed where its bytes agree."""
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""

    article = page(
        tmp_path, f"<html><head>{head}</head><body><p>똠방각하도 교환은 됩니다.</p></body></html>".encode("cp949")
    )

    assert article.text == "똠방각하도 교환은 됩니다."


def test_a_page_with_one_broken_byte_is_read_as_browsers_do(tmp_path: Path) -> None:
    """A page that says it is UTF-8 loses the byte, not the page; it is never read as another encoding."""
    content = "<meta charset=utf-8><p>교환은 “14일” 안에 됩니다.</p>".encode()

    assert page(tmp_path, content.replace(b"14", b"1\xff4")).text == "교환은 “14일” 안에 됩니다."


def test_an_address_that_runs_code_is_not_taken(tmp_path: Path) -> None:
    """Only a full http address is the page's own; anything else leaves the place of the file."""
    article = page(tmp_path, "<head><link rel=canonical href='javascript:alert(1)'></head><body><p>Text.</p></body>")

    assert (article.id, article.url) == ("a", "/articles/a")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("<body>" + "<div>" * 10_000 + "text", "nested more than"),
        ("<body>" + "<ul><li>" * 5_000 + "text", "nested more than"),
        ("<body><table>" + "<tr><td><table>" * 5_000 + "text", "nested more than"),
        ("<title>App</title><script src='a.js'></script><div id='root'></div>", "put together by scripts"),
        ("<script src='a.js'></script><div id='root'>Loading…</div>", "put together by scripts"),
        ("<html><head><title>App</title></head><script>var a = 1</script></html>", "put together by scripts"),
        ("<html><body><nav>Menu</nav><h1>Title</h1></body></html>", "no text in it"),
        ("<p>" + "x" * 6_000_000, "over the limit"),
        ("", "empty"),
        ("\0" * 1_000, "zero bytes"),
    ],
    ids=["div", "ul", "table", "script", "loading", "bodiless", "menu", "large", "empty", "zeros"],
)
def test_a_page_that_cannot_be_read_says_why(tmp_path: Path, content: str, why: str) -> None:
    """Deep, scripted, empty and endless pages are named as what they are."""
    with pytest.raises(IngestError, match=why):
        page(tmp_path, content)


@pytest.mark.parametrize("piece", ["<p>", "<!--", "<script>", "<a ", "<li>a\n", "<td>a", "</div>", "&#", "<![CDATA["])
def test_broken_markup_ends(tmp_path: Path, piece: str) -> None:
    """A hundred thousand characters of it are read, or refused, and come back."""
    try:
        article = page(tmp_path, f"<p>Text.</p>{piece * (100_000 // len(piece))}")
    except IngestError:
        return
    assert article.text.startswith("Text.")
