"""How a command finds the server over a data folder, takes its turn with others, and hands its work over."""

from __future__ import annotations

import fcntl
import json
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from heedful import running
from heedful.errors import ConflictError, HeedfulError, InputError, SettingsError, UpstreamError

Answer = tuple[int, str, str]  # status, media type, body


@contextmanager
def listening(answer: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Give the address of a server that answers `/livez`, and everything else as the script has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._give((200, "application/json", "{}") if self.path == "/livez" else answer(self.path, b""))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._give(answer(f"{self.path} {self.headers.get('Authorization')}", body))

        def _give(self, given: Answer) -> None:
            status, kind, text = given
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def silent(_path: str, _body: bytes) -> Answer:
    """Answer nothing of use."""
    return 404, "application/json", '{"status": 404, "code": "not_found", "detail": "nothing here"}'


def test_an_empty_folder_is_the_callers(tmp_path: Path) -> None:
    """Without a server a command does the work itself, also where there is no folder yet."""
    with running.turn(tmp_path / "new") as server:
        assert server is None
        with pytest.raises(UpstreamError):
            running.find(tmp_path / "new")

    assert running.find(tmp_path / "new") is None
    assert running.find(tmp_path / "never made") is None


def test_a_running_server_gets_the_work(tmp_path: Path) -> None:
    """While a server holds the folder and answers, a command gets its address and key at once."""
    with listening(silent) as url, running.hold(tmp_path):
        announced = running.Server(url, "hk_live_x", 4711)
        running.announce(tmp_path, announced)
        with running.turn(tmp_path) as found:
            seen = found
        alone = running.find(tmp_path)

    assert seen == alone == announced


def test_a_file_that_a_crash_left_is_not_believed(tmp_path: Path) -> None:
    """Without the lock a server's file says nothing, even when something listens there."""
    with listening(silent) as url:
        running.announce(tmp_path, running.Server(url, "hk_live_x", 4711))
        with running.turn(tmp_path) as found:
            assert found is None


def test_a_command_waits_for_the_one_before_it(tmp_path: Path) -> None:
    """Two commands over one folder come one after the other, and the second one says why it waits."""
    told: list[str] = []
    has_begun, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with running.turn(tmp_path):
            has_begun.set()
            may_end.wait(120)

    thread = threading.Thread(target=first)
    thread.start()
    has_begun.wait(120)

    def waiting(words: str) -> None:
        told.append(words)
        may_end.set()

    with running.turn(tmp_path, waiting=waiting) as server:
        assert server is None
    thread.join()

    assert len(told) == 1
    assert "waiting for process" in told[0]


def test_a_folder_that_stays_taken_is_an_error_in_time(tmp_path: Path) -> None:
    """Whoever waits too long is told which process has the folder."""
    taken = pytest.raises(UpstreamError, match=r"process \d+ has the data folder")

    with running.turn(tmp_path), taken, running.turn(tmp_path, patience_s=0):
        pass


def test_two_servers_cannot_hold_one_folder(tmp_path: Path) -> None:
    """A second server is told where the first one is."""
    with listening(silent) as url, running.hold(tmp_path):
        running.announce(tmp_path, running.Server(url, "hk_live_x", 4711))
        with pytest.raises(SettingsError, match=f"process 4711, {url}"), running.hold(tmp_path):
            pass


def test_the_lock_is_free_after_an_error(tmp_path: Path) -> None:
    """Whatever happens inside, the next one gets the folder."""
    with pytest.raises(KeyError), running.hold(tmp_path):
        raise KeyError

    with (tmp_path / running.LOCK).open("r") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_data_folder_that_is_a_file_says_what_to_do(tmp_path: Path) -> None:
    """A folder that can't be used is a matter of the settings."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(SettingsError, match="HEEDFUL_DATA_DIR"), running.turn(tmp_path / "file"):
        pass


def test_the_file_is_private_and_goes_with_its_server(tmp_path: Path) -> None:
    """Only the own user reads the key; a server takes away its own file and nobody else's."""
    mine, other = running.Server("http://127.0.0.1:1", "k", 1), running.Server("http://127.0.0.1:2", "k", 2)
    running.announce(tmp_path, mine)
    mode = stat.S_IMODE((tmp_path / running.FILE).stat().st_mode)
    running.withdraw(tmp_path, other)
    still = running.announced(tmp_path)
    running.withdraw(tmp_path, mine)

    assert mode == 0o600
    assert still == mine
    assert running.announced(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "http://x"}', '{"url": "u", "key": "k", "pid": "many"}'])
def test_a_broken_file_is_no_file(tmp_path: Path, text: str) -> None:
    """What can't be read as a server's file is passed over."""
    (tmp_path / running.FILE).write_text(text, encoding="utf-8")

    assert running.announced(tmp_path) is None


def test_work_goes_with_the_key_and_comes_back_as_json() -> None:
    """`post` sends JSON with the key, Korean as it is, and gives the JSON of the answer."""
    seen: list[tuple[str, bytes]] = []

    def answer(path: str, body: bytes) -> Answer:
        seen.append((path, body))
        return 201, "application/json", '{"id": "c_1"}'

    with listening(answer) as url:
        content = running.Server(url, "hk_live_x", 1).post("/v1/conversations", {"text": "안녕하세요"})

    assert content == {"id": "c_1"}
    assert seen == [("/v1/conversations Bearer hk_live_x", '{"text": "안녕하세요"}'.encode())]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(422, InputError), (404, InputError), (413, InputError), (409, ConflictError), (503, UpstreamError)],
)
def test_a_refusal_keeps_its_words_and_its_code(status: int, kind: type[HeedfulError]) -> None:
    """A problem of the server's is raised as what it was, so that the command ends with the right exit code."""
    problem = {"status": status, "code": "some_code", "detail": "so it is"}

    answering, refusing = (
        listening(lambda _path, _body: (status, "application/problem+json", json.dumps(problem))),
        pytest.raises(kind, match="so it is"),
    )
    with answering as url, refusing as raised:
        running.Server(url, "k", 1).post("/v1/x", {})

    assert raised.value.code == "some_code"


def test_another_program_on_the_port_is_named_as_that() -> None:
    """What doesn't answer in JSON is not heedful."""
    answering, refusing = (
        listening(lambda _path, _body: (200, "text/html", "<html>")),
        pytest.raises(UpstreamError, match="is not heedful"),
    )
    with answering as url, refusing:
        running.Server(url, "k", 1).post("/v1/x", {})


def test_a_server_that_does_not_answer_is_said_to_be_so() -> None:
    """No connection: one sentence, that waiting may help."""
    with listening(silent) as url:
        pass

    with pytest.raises(UpstreamError, match="did not answer") as raised:
        running.Server(url, "k", 1).post("/v1/x", {})

    assert raised.value.retryable


def test_progress_is_told_and_the_summary_is_given() -> None:
    """`stream` tells each progress on the way and gives the last event."""
    events = (
        'event: progress\ndata: {"done": 1}\n\n: still here\n\nevent: progress\ndata: {"done": 2}\n\n'
        'event: summary\ndata: {"articles": 2}\n\n'
    )
    told: list[dict[str, Any]] = []

    with listening(lambda _path, _body: (200, "text/event-stream", events)) as url:
        summary = running.Server(url, "k", 1).stream("/v1/knowledge/sync", {"paths": []}, told.append)

    assert summary == {"articles": 2}
    assert told == [{"done": 1}, {"done": 2}]


def test_an_error_in_the_stream_is_raised() -> None:
    """What goes wrong on the way is raised in the server's words."""
    events = 'event: error\ndata: {"status": 422, "code": "invalid_input", "detail": "no such folder"}\n\n'

    answering, refusing = (
        listening(lambda _path, _body: (200, "text/event-stream", events)),
        pytest.raises(InputError, match="no such folder"),
    )
    with answering as url, refusing:
        running.Server(url, "k", 1).stream("/v1/x", {}, lambda _step: None)


def test_a_stream_that_breaks_off_is_no_success() -> None:
    """A server that dies while it works leaves an error, not a summary."""
    answering, refusing = (
        listening(lambda _path, _body: (200, "text/event-stream", 'event: progress\ndata: {"done": 1}\n\n')),
        pytest.raises(UpstreamError, match="run the command again"),
    )
    with answering as url, refusing:
        running.Server(url, "k", 1).stream("/v1/x", {}, lambda _step: None)
