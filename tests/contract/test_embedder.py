"""The contract of an Embedder, held by MiniLM and by OpenAI-compatible embeddings; and the faults of the latter."""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from heedful.adapters.minilm import MiniLM
from heedful.adapters.openai_embeddings import OpenAIEmbedder
from heedful.errors import SettingsError, UpstreamError
from heedful.ports import Embedder
from tests.loopback import Loopback, nobody
from tests.models import minilm_folder

pytestmark = pytest.mark.anyio

TEXTS = (
    "How do I return a blanket?",
    "Returning a blanket takes a few steps.",
    "배송은 얼마나 걸리나요?",
    "배송은 얼마나 걸립니까?",
)


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    return MiniLM.load(minilm_folder())


@pytest.fixture(params=["minilm", "openai"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    """Each embedder in turn, ready to be asked."""
    if request.param == "minilm":
        yield request.getfixturevalue("minilm")
        return
    with Loopback(dimensions=64) as server:
        remote = OpenAIEmbedder(model="small", base_url=server.url)
        yield remote
        await remote.close()


async def test_each_text_gets_a_row_of_length_one(embedder: Embedder) -> None:
    """Rows are as many as texts, float32, of length 1, and as wide as the embedder says."""
    rows = await embedder.embed(TEXTS, role="passage")

    assert rows.shape == (len(TEXTS), embedder.dimensions)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


async def test_rows_come_in_the_order_of_the_texts(embedder: Embedder) -> None:
    """Turning the list around turns the rows around; the same text always gives the same row."""
    texts = [f"{text} {'more ' * (index % 7)}" for index, text in enumerate(TEXTS * 50)]
    forward = await embedder.embed(texts, role="passage")
    backward = await embedder.embed(texts[::-1], role="passage")

    assert np.allclose(forward, backward[::-1], atol=1e-6)


async def test_like_texts_lie_nearer(embedder: Embedder) -> None:
    """In a language the embedder knows, two texts on one subject are nearer than two on different ones."""
    rows = await embedder.embed(TEXTS, role="question")
    known = embedder.languages

    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    if known is None or "ko" in known:
        assert rows[2] @ rows[3] > rows[2] @ rows[1]


async def test_any_text_can_be_embedded(embedder: Embedder) -> None:
    """Nothing, blanks, control characters, lone surrogate-free emoji and very long texts all give finite rows."""
    rows = await embedder.embed(["", " \n", "\x00\x07", "👩‍👩‍👧", "긴 글 " * 20_000], role="passage")

    assert np.isfinite(rows).all()
    assert len(rows) == 5


async def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    """An empty list gives an empty array."""
    assert (await embedder.embed([], role="passage")).shape[0] == 0


async def test_it_says_what_it_is(embedder: Embedder) -> None:
    """It has a name that tells it from others, and fits the protocol."""
    assert isinstance(embedder, Embedder)
    assert "@" in embedder.name
    assert embedder.in_process is isinstance(embedder, MiniLM)


@dataclass
class Answers:
    """Scripted answers, in order, the last one again and again; and what was asked."""

    url: str = ""
    script: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Answers]:
    """A real HTTP server on loopback whose answers to /embeddings a test writes down."""
    answers = Answers()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answers.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, headers, body = answers.script.pop(0) if len(answers.script) > 1 else answers.script[0]
            if body == "silence":
                over.wait(20)
                return
            content = json.dumps(body(answers.asked[-1]["input"]) if callable(body) else body).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    answers.url = f"http://127.0.0.1:{http.server_port}/v1"
    yield answers
    over.set()
    http.shutdown()
    http.server_close()


def _vectors(width: int = 3, *, backwards: bool = False) -> Callable[[list[str]], Any]:
    def answer(texts: list[str]) -> Any:
        rows = [{"index": n, "embedding": [float(n + 1)] + [1.0] * (width - 1)} for n in range(len(texts))]
        return {"object": "list", "model": "m", "data": rows[::-1] if backwards else rows}

    return answer


async def test_texts_go_in_batches_and_rows_come_back_in_order(server: Answers) -> None:
    """300 texts are three calls; rows out of order are put in order by their index; the width asked for is sent."""
    server.script = [(200, {}, _vectors(3, backwards=True))]
    embedder = OpenAIEmbedder(model="m", base_url=server.url, dimensions=3)

    rows = await embedder.embed([f"글 {n}" for n in range(300)], role="passage")

    assert [len(asked["input"]) for asked in server.asked] == [128, 128, 44]
    assert server.asked[0]["dimensions"] == 3
    assert rows[:128, 0] / rows[:128, 1] == pytest.approx(np.arange(1, 129), rel=1e-5)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(300), abs=1e-6)


async def test_the_width_is_discovered(server: Answers) -> None:
    """Without a width asked for, none is sent, and the first answer says it; another width later is refused."""
    server.script = [(200, {}, _vectors(5)), (200, {}, _vectors(6))]
    embedder = OpenAIEmbedder(model="m", base_url=server.url)
    before = embedder.dimensions
    await embedder.embed(["a"], role="passage")

    assert "dimensions" not in server.asked[0]
    assert (before, embedder.dimensions) == (0, 5)
    with pytest.raises(UpstreamError, match="6 wide, not 5"):
        await embedder.embed(["a"], role="passage")


async def test_a_busy_server_is_asked_again_when_it_says(server: Answers) -> None:
    """429 with Retry-After and 503 are followed by another call, and then the rows come."""
    server.script = [(429, {"Retry-After": "0.05"}, {}), (503, {"Retry-After": "0.05"}, {}), (200, {}, _vectors())]
    embedder = OpenAIEmbedder(model="m", base_url=server.url, max_retries=2)

    rows = await embedder.embed(["a"], role="question")

    assert rows.shape == (1, 3)
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "headers", "code", "retryable", "wait_s"),
    [
        (401, {}, "embedder_unauthorised", False, None),
        (404, {}, "embedder_unknown", False, None),
        (400, {}, "embedder_rejected", False, None),
        (429, {"Retry-After": "7"}, "embedder_unavailable", True, 7.0),
        (500, {}, "embedder_unavailable", True, None),
    ],
)
async def test_a_refusal_says_what_to_do_and_repeats_nothing(
    server: Answers, status: int, headers: dict[str, str], code: str, retryable: bool, wait_s: float | None
) -> None:
    """Each status has its error; what the server said, which may hold key or text, is not in it."""
    server.script = [(status, headers, {"error": {"message": "sk-secret and the customer's words"}})]
    embedder = OpenAIEmbedder(model="m", base_url=server.url, max_retries=0)

    with pytest.raises(UpstreamError) as raised:
        await embedder.embed(["a"], role="question")

    assert (raised.value.code, raised.value.retryable, raised.value.retry_after_s) == (code, retryable, wait_s)
    assert "sk-secret" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {},
        [],
        "words",
        {"data": [{"index": 0, "embedding": "????"}]},
        {"data": [{"index": 0, "embedding": [float("nan")]}]},
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}]},
    ],
)
async def test_an_answer_without_vectors_is_an_error(server: Answers, body: Any) -> None:
    """Too few, too many, none at all, or not numbers: an error of ours, never a wrong row."""
    server.script = [(200, {}, body)]

    with pytest.raises(UpstreamError):
        await OpenAIEmbedder(model="m", base_url=server.url, max_retries=0).embed(["a"], role="passage")


async def test_a_silent_server_is_given_up(server: Answers) -> None:
    """No answer in time is an error that waiting may mend."""
    server.script = [(200, {}, "silence")]

    with pytest.raises(UpstreamError, match="did not come") as raised:
        await OpenAIEmbedder(model="m", base_url=server.url, timeout_s=0.2).embed(["a"], role="question")

    assert raised.value.retryable


async def test_nobody_there_is_an_error_that_waiting_may_mend() -> None:
    """A refused connection is told apart from a refusal."""
    with pytest.raises(UpstreamError, match="is the server running") as raised:
        await OpenAIEmbedder(model="m", base_url=nobody(), max_retries=0).embed(["a"], role="question")

    assert raised.value.retryable


def test_openai_itself_needs_a_key() -> None:
    """Without a key and without another server, the error names the setting."""
    with pytest.raises(SettingsError, match="OPENAI_API_KEY"):
        OpenAIEmbedder(model="text-embedding-3-small")
