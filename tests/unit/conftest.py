"""What the tests of the knowledge share."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedful.adapters.bm25 import BM25Index
from heedful.evaluate.memory import MemoryVectors
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore
from tests.place import LetterEmbedder, Place


@pytest.fixture
async def place(database: Database, tmp_path: Path) -> Place:
    """Four articles on disk, none of them read yet."""
    files = tmp_path / "kb"
    place = Place(files, KnowledgeStore(database), BM25Index(tmp_path / "words"), MemoryVectors(), LetterEmbedder())
    place.write("en/opened.md", "You can return an opened item within 7 days.", title="Opened items")
    place.write("en/fees.md", "Delivery to Jeju costs 3,000 won more.", title="Delivery fees")
    place.write("ko/opened.md", "개봉한 상품은 7일 안에 반품하실 수 있습니다.", title="개봉한 상품 반품")
    place.write("ko/staff.md", "상담원은 만 원까지 보상할 수 있습니다.", title="보상 한도", trust="internal")
    return place
