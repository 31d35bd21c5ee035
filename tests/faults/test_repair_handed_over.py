"""`doctor --repair` and `ingest --dry-run` beside a running server are its work, and disturb no question."""

from __future__ import annotations

from pathlib import Path

from tests.faults.test_handover import write
from tests.processes import answer, serving


def test_a_running_server_repairs_its_own_indexes(tmp_path: Path) -> None:
    """Files damaged under a server are named, rebuilt by it, and the next question is answered from them."""
    content, data = tmp_path / "content", tmp_path / "data"
    content.mkdir()
    write(content, "fees", title="Delivery fees", text="Delivery costs ₩3,000 for each order below ₩50,000.")
    write(content, "care", title="Washing linen", text="Wash linen bedding at 40 degrees and dry it flat.")
    with serving(data) as server:
        answer(data, "ingest", str(content))
        write(content, "silk", title="Washing silk", text="Wash silk by hand.")
        dry = answer(data, "ingest", "--dry-run", str(content))
        for file in (data / "words").glob("en.published.*/*/rows.npy"):
            file.unlink()
        repaired = answer(data, "doctor", "--repair")
        again = answer(data, "doctor", "--repair")
        reply = answer(data, "ask", "What does delivery cost?")

        assert server.process.poll() is None
    assert [(one["what"], one["id"].rpartition("/")[2]) for one in dry["touched"]] == [("added", "silk")]
    assert dry["articles"] == 3
    assert ["damaged; rebuilt" in one for one in repaired["repaired"]["found"]] == [True]
    assert (repaired["repaired"]["passages"], again["repaired"]["found"]) == (2, [])
    assert "₩3,000" in reply["text"]
