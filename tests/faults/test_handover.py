"""One data folder and several processes: work is handed to the server that runs, and a crash leaves nothing locked."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from heedful import running
from tests.processes import PATIENCE_S, Serving, answer, environment, heedful, serving

ARTICLE = """---
title: {title}
url: https://help.dalbit.example/{lang}/{slug}
lang: {lang}
---

{text}
"""


def write(folder: Path, slug: str, *, title: str, text: str, lang: str = "en") -> Path:
    """Write an article into the folder."""
    path = folder / f"{slug}.md"
    path.write_text(ARTICLE.format(slug=slug, title=title, text=text, lang=lang), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small help centre."""
    folder = tmp_path_factory.mktemp("content")
    write(folder, "fees", title="Delivery fees", text="Delivery costs ₩3,000 for each order below ₩50,000.")
    write(folder, "care", title="Washing linen", text="Wash linen bedding at 40 degrees and dry it flat.")
    write(folder, "ko-fees", title="배송비", text="50,000원 미만 주문의 배송비는 3,000원입니다.", lang="ko")
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the server."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data: Path, content: Path) -> Iterator[Serving]:
    """A server that has read the content."""
    with serving(data, "--setup", HEEDFUL_KNOWLEDGE_DIR=str(content)) as server:
        yield server


def test_the_next_question_finds_what_ingest_added_and_never_what_was_deleted(
    server: Serving, data: Path, content: Path
) -> None:
    """Beside a running server `ingest` hands its work over: an added article answers, a deleted one is gone."""
    question = "How long does a violin that came by post have to rest?"
    added = write(
        content, "violin", title="Tuning a violin", text="A violin that came by post has to rest for 24 hours."
    )
    first = answer(data, "ingest", str(content))
    with_it = answer(data, "ask", question)
    added.unlink()
    second = answer(data, "ingest", str(content))
    without_it = answer(data, "ask", question)

    assert (first["added"], first["removed"], first["articles"]) == (1, 0, 4)
    assert "24 hours" in with_it["text"]
    assert [one["url"] for one in with_it["citations"]] == ["https://help.dalbit.example/en/violin"]
    assert (second["added"], second["removed"], second["articles"]) == (0, 1, 3)
    assert "24 hours" not in without_it["text"]
    assert without_it["citations"] == []
    assert server.process.poll() is None


def test_a_korean_question_goes_to_the_running_server(server: Serving, data: Path) -> None:
    """`ask` beside a server is answered by it, in the customer's language."""
    reply = answer(data, "ask", "배송비가 얼마인가요?")

    assert "3,000원" in reply["text"]
    assert reply["language"] == "ko"
    assert reply["receipt"]["chain"]["position"] > 0


def test_a_file_that_is_not_there_is_the_callers_mistake(server: Serving, data: Path, tmp_path: Path) -> None:
    """What the server refuses about the call ends as a usage error, in its own words."""
    done = heedful(data, "ingest", str(tmp_path / "nothing"))

    assert done.returncode == 2
    assert "nothing" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_server_over_the_same_folder_says_so(server: Serving, data: Path) -> None:
    """Only one process may own a data folder; the second one ends with one line that names the first."""
    done = heedful(data, "serve", "--port", "0")

    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(server.process.pid) in done.stderr
    assert server.url in done.stderr
    assert "HEEDFUL_DATA_DIR" in done.stderr


def test_a_port_in_use_says_so(server: Serving, tmp_path: Path) -> None:
    """A port that something listens on ends `serve` with one line."""
    done = heedful(tmp_path, "serve", "--port", server.url.rpartition(":")[2])

    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "--port" in done.stderr


def test_doctor_beside_a_server_disturbs_nothing(server: Serving, data: Path) -> None:
    """`doctor` finds the server, and looks only at what can be looked at beside it."""
    found = answer(data, "doctor")

    assert found["well"] is True
    assert server.url in found["parts"]["server"]
    assert found["parts"]["words"] == "ok, as the database has it"
    assert found["settings"]["HEEDFUL_DATA_DIR"] == {"value": str(data), "origin": "environment"}


def test_the_servers_file_is_for_its_own_user(server: Serving, data: Path) -> None:
    """The file with the key can be read by nobody else."""
    mode = stat.S_IMODE((data / running.FILE).stat().st_mode)

    assert mode == stat.S_IRUSR | stat.S_IWUSR


def test_after_a_kill_the_folder_is_free_and_the_old_key_is_worth_nothing(content: Path, tmp_path: Path) -> None:
    """After `kill -9` the next server starts, answers, and revokes the key that was left behind."""
    with serving(tmp_path, "--setup", HEEDFUL_KNOWLEDGE_DIR=str(content)) as first:
        old = running.announced(tmp_path)
        first.end(signal.SIGKILL)
    left = running.announced(tmp_path)
    with serving(tmp_path) as second:
        beside = answer(tmp_path, "ask", "What does delivery cost?")
        assert old is not None
        refused = httpx.get(
            f"{second.url}/v1/knowledge/articles", headers={"Authorization": f"Bearer {old.key}"}, trust_env=False
        )
    verified = answer(tmp_path, "audit", "verify")

    assert left == old
    assert "₩3,000" in beside["text"]
    assert refused.status_code == 401
    assert verified["ok"] is True


def test_told_to_end_it_ends_cleanly_while_somebody_follows_a_conversation(tmp_path: Path) -> None:
    """SIGTERM ends a server with an open stream with exit 0, takes its file away and revokes its key."""
    with serving(tmp_path) as server:
        own = running.find(tmp_path)
        assert own is not None
        opened = own.post("/v1/conversations", {"channel": "chat", "language": "en"})
        follower = _Follower(f"{server.url}/v1/conversations/{opened['id']}/events", opened["token"])
        follower.start()
        assert follower.has_begun.wait(60)
        code = server.end()
        follower.join(60)
    keys = answer(tmp_path, "keys", "list")

    assert code == 0
    assert not follower.is_alive()
    assert not (tmp_path / running.FILE).exists()
    assert keys["keys"] == []
    assert [line for line in server.said if "ERROR" in line or "Traceback" in line] == []


def test_told_to_end_while_it_starts_it_leaves_the_folder_free(tmp_path: Path) -> None:
    """A server that is ended before it listens lets go of everything, and the next command does its own work."""
    command = [sys.executable, "-m", "heedful", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment(tmp_path), stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "master.key").exists():  # it is opening everything, and holds the folder
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    said = process.communicate(timeout=PATIENCE_S)[1]
    reply = answer(tmp_path, "ask", "What does delivery cost?")

    assert "Traceback" not in said
    assert not (tmp_path / running.FILE).exists()
    assert reply["citations"] == []


def test_what_needs_no_index_does_not_wait(tmp_path: Path) -> None:
    """Keys, profiles and the record can be looked at whoever has the folder."""
    with running.turn(tmp_path) as nobody:
        assert nobody is None
        keys = answer(tmp_path, "keys", "list")
        verified = answer(tmp_path, "audit", "verify")

    assert keys == {"keys": []}
    assert verified["ok"] is True


class _Follower(threading.Thread):
    """Reads a conversation's events until the stream ends."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self._url, self._token = url, token
        self.has_begun = threading.Event()

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            with httpx.stream("GET", self._url, headers=headers, timeout=120, trust_env=False) as stream:
                for _ in stream.iter_lines():
                    self.has_begun.set()
        except httpx.HTTPError:
            return
