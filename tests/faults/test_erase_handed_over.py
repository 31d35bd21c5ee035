"""`heedful erase` beside a running server: the server does it, and whoever reads a reply there hears of its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from heedful import running
from tests.loopback import Loopback
from tests.processes import Serving, answer, heedful, serving
from tests.web.customers import profile
from tests.web.reading import SILENTLY, answering, stream_of, until


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one article and two customers in it."""
    folder = tmp_path_factory.mktemp("erase")
    article = "---\ntitle: When it comes\nurl: https://help.dalbit.example/en/when\nlang: en\n---\n"
    text = "Standard delivery takes 2 to 3 business days. You can follow your parcel under My page > Orders.\n"
    (folder / "when.md").write_text(article + text, encoding="utf-8")
    people = "\n".join(json.dumps(profile(name)) for name in ("shop/7", "c-after"))
    (folder / "people.jsonl").write_text(people, encoding="utf-8")
    data = folder / "data"
    answer(data, "ingest", str(folder / "when.md"))
    answer(data, "profiles", "import", str(folder / "people.jsonl"))
    return data


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Serving]:
    """A server whose model falls silent in the middle of an answer."""
    with Loopback(answering) as model:
        environ = {"HEEDFUL_MODEL": "openai:scripted", "HEEDFUL_MODEL_BASE_URL": model.url}
        with serving(data, **environ) as server:
            yield server


def test_the_running_server_erases(server: Serving, data: Path) -> None:
    """A reply being written ends, its conversation is gone at once, and the command prints the receipt."""
    found = running.announced(data)
    assert found is not None
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {found.key}"}, timeout=90) as client:
        wish = {"customer_id": "shop/7", "language": "en"}
        conversation_id = client.post("/v1/conversations", json=wish).json()["id"]
        with stream_of(client, conversation_id, SILENTLY) as events:
            seen = until(events, "text")
            erased = answer(data, "erase", "shop/7", "--yes")
            seen += list(events)
        gone = client.get(f"/v1/conversations/{conversation_id}/transcript")

    assert seen[-1].type == "done"
    assert erased["why"] == "company"
    assert erased["counts"]["conversations"] == 1
    assert gone.status_code == 404
    assert heedful(data, "profiles", "show", "shop/7").returncode == 2
    assert answer(data, "profiles", "list") == {"customers": ["c-after"]}


def test_what_the_server_refuses_is_said_by_the_command(server: Serving, data: Path) -> None:
    """A legal hold set beside it stops the server's erasure: the command ends with 2 and the server's own words."""
    answer(data, "hold", "set", "c-after", "--reason", "A court asked us to.")
    refused = heedful(data, "erase", "c-after", "--yes", "--json")

    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"]["code"] == "legal_hold"
    assert server.process.poll() is None
