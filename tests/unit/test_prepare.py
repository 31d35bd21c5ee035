"""What `serve --setup` makes ready: the company's own content in, the sample's out, the demo's customers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heedful.assemble import assemble
from heedful.prepare import prepare
from heedful.settings import Settings, read

pytestmark = pytest.mark.anyio

ARTICLE = "---\ntitle: {title}\nurl: https://shop.example/{slug}\nlang: {lang}\n---\n{text}\n"


def settings(data: Path, content: Path, **more: Any) -> Settings:
    """Return settings over a data folder of the test's own."""
    environ = {"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_EMBEDDER": "none", "HEEDFUL_KNOWLEDGE_DIR": str(content)}
    return read(environ, **more)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A folder as the sample company's would be, elsewhere."""
    folder = tmp_path / "sample"
    folder.mkdir()
    text = ARTICLE.format(title="Fees", slug="fees", lang="en", text="Delivery costs ₩3,000.")
    (folder / "fees.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of somebody's own help content."""
    folder = tmp_path / "own"
    folder.mkdir()
    text = ARTICLE.format(title="배송비", slug="ko-fees", lang="ko", text="배송비는 4,000원입니다.")
    (folder / "fees.md").write_text(text, encoding="utf-8")
    (folder / "empty.md").write_text("", encoding="utf-8")
    return folder


async def test_content_is_read_and_what_was_skipped_is_named(tmp_path: Path, own: Path) -> None:
    """The folder of the settings is read; a file that can't be is said, with the reason."""
    said: list[str] = []
    async with assemble(settings(tmp_path / "data", own)) as ours:
        await prepare(ours, say=said.append)
        articles = [article.url for article in await ours.knowledge.articles()]
        customers = await ours.profiles.customers()

    assert articles == ["https://shop.example/ko-fees"]
    assert customers == ()
    assert any("empty.md: it is empty" in line for line in said)
    assert any(line.startswith("1 articles, 1 passages (1 new") for line in said)


async def test_another_start_with_nothing_changed_reads_nothing(tmp_path: Path, own: Path) -> None:
    """The second start finds everything as it was."""
    said: list[str] = []
    for _ in range(2):
        said.clear()
        async with assemble(settings(tmp_path / "data", own)) as ours:
            await prepare(ours, say=said.append)

    assert any("(0 new or changed)" in line for line in said)


async def test_ones_own_content_takes_the_place_of_the_samples(tmp_path: Path, sample: Path, own: Path) -> None:
    """Whoever tried the sample first and then serves their own content never hears the sample answer."""
    said: list[str] = []
    async with assemble(settings(tmp_path / "data", sample)) as ours:
        await prepare(ours, say=said.append, sample=sample)
    async with assemble(settings(tmp_path / "data", own)) as ours:
        await prepare(ours, say=said.append, sample=sample)
        articles = [article.url for article in await ours.knowledge.articles()]
        found = await ours.retriever.retrieve("What does delivery cost?", language="en")

    assert articles == ["https://shop.example/ko-fees"]
    assert all("3,000" not in passage.text for passage in found.passages)
    assert any(line.startswith("Took the 1 articles of the sample company out") for line in said)


async def test_the_demo_brings_its_customers(tmp_path: Path, own: Path) -> None:
    """In the demo the invented customers are there to be."""
    async with assemble(settings(tmp_path / "data", own, demo=True)) as ours:
        await prepare(ours, say=lambda _words: None)
        customers = await ours.profiles.customers()

    assert {"demo-mina", "demo-jun"} <= set(customers)
