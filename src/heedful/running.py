"""A server that runs over this data folder: how another command finds it, and hands its work over.

Whoever opens all of a data folder has its lock, which ends with the process however that ends: a server for as long as
it runs, a command for a moment. Where a server listens, and a key for it, stand in a file as soon as it answers.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from heedful.errors import SettingsError, StoreError, UpstreamError
from heedful.problems import error_of

FILE = "serve.json"
LOCK = "serve.lock"
STARTING_S = 180.0  # the longest to wait for a server that is starting: it may be reading the help content first
COMMAND_S = 20.0  # the longest that a server which is to start waits for a command
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and a key that may do what the command line does."""

    url: str
    key: str
    pid: int

    def get(self, path: str) -> dict[str, Any]:
        """Return the JSON it answers, whatever the status.

        Raises:
            UpstreamError: It did not answer.
        """
        import httpx

        with _reaching(self.url):
            return _content(httpx.get(self.url + path, headers=self._headers(), timeout=30, trust_env=False))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the JSON it answers.

        Raises:
            HeedfulError: It refused, in its own words; an `InputError` when it is what was sent.
            UpstreamError: It did not answer.
        """
        return self.send(path, json.dumps(body, ensure_ascii=False).encode(), "application/json")

    def send(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """Return the JSON it answers to a body of any type; raises as `post`."""
        import httpx

        headers = {**self._headers(), "Content-Type": media_type}
        with _reaching(self.url):
            answer = httpx.post(self.url + path, content=body, headers=headers, timeout=300, trust_env=False)
        if answer.is_error:
            raise error_of(_content(answer))
        return _content(answer)

    def delete(self, path: str) -> dict[str, Any]:
        """Return the JSON it answers to a DELETE; raises as `post`."""
        import httpx

        with _reaching(self.url):
            answer = httpx.delete(self.url + path, headers=self._headers(), timeout=300, trust_env=False)
        if answer.is_error:
            raise error_of(_content(answer))
        return _content(answer)

    def stream(self, path: str, body: Mapping[str, Any], told: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Return the last event's JSON; `told` gets each `progress` on the way.

        Raises:
            HeedfulError, UpstreamError: As `post`.
        """
        import httpx

        headers = {**self._headers(), "Accept": "text/event-stream"}
        patience = httpx.Timeout(30, read=None)  # reading a help centre takes as long as it takes
        with (
            _reaching(self.url),
            httpx.Client(timeout=patience, trust_env=False) as client,
            client.stream("POST", self.url + path, json=dict(body), headers=headers) as answer,
        ):
            if answer.is_error:
                answer.read()
                raise error_of(_content(answer))
            for name, content in _events(answer.iter_lines()):
                if name == "progress":
                    told(content)
                elif name == "error":
                    raise error_of(content)
                else:
                    return content
        raise UpstreamError("the running server stopped before it was finished; run the command again")

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


@contextmanager
def turn(
    folder: Path, *, patience_s: float = STARTING_S, waiting: Callable[[str], None] = lambda _: None
) -> Iterator[Server | None]:
    """Give the server that runs over this data folder, to hand the work to; `None`: the folder is the caller's now.

    A server that is starting, and a command that has the folder, are waited for; `waiting` is told so.

    Raises:
        UpstreamError: Somebody has had it for `patience_s` and answers nobody.
        SettingsError: The folder can't be used.
        StoreError: Where the server is can't be read.
    """
    file = _opened(folder)
    with file:
        until, has_told = time.monotonic() + patience_s, False
        while not _taken(file, fcntl.LOCK_EX):
            found = announced(folder)
            if found is not None and answers(found):
                yield found
                return
            if time.monotonic() >= until:
                raise UpstreamError(
                    f"process {_owner(file)} has the data folder {str(folder)!r} open and answers nobody; wait for it, "
                    "stop it, or set HEEDFUL_DATA_DIR to another folder",
                    retryable=True,
                )
            if not has_told:
                waiting(f"waiting for process {_owner(file)}, which has the data folder open …")
                has_told = True
            time.sleep(LOOK_S)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield None


@contextmanager
def hold(folder: Path, *, waiting: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """Be the one that serves over this data folder.

    Raises:
        SettingsError: Another one does, or the folder can't be used.
        UpstreamError, StoreError: As `turn`.
    """
    with turn(folder, patience_s=COMMAND_S, waiting=waiting) as server:
        if server is not None:
            raise SettingsError(
                f"a `heedful serve` (process {server.pid}, {server.url}) runs over the data folder {str(folder)!r}; "
                "stop that one, or set HEEDFUL_DATA_DIR to another folder"
            )
        yield


def announce(folder: Path, server: Server) -> None:
    """Write where the server is, readable by its own user only.

    Raises:
        StoreError: The data folder can't be written.
    """
    path = folder / FILE
    fresh = path.with_suffix(f".{server.pid}")
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"url": server.url, "key": server.key, "pid": server.pid}, file)
        fresh.replace(path)
    except OSError as error:
        raise StoreError(f"{FILE!r} can't be written into the data folder ({error.strerror})") from error


def withdraw(folder: Path, server: Server) -> None:
    """Remove the file again, unless another server has written it since."""
    found = announced(folder)
    if found is not None and found.pid == server.pid:
        with contextlib.suppress(OSError):
            (folder / FILE).unlink(missing_ok=True)


def announced(folder: Path) -> Server | None:
    """Return what the file says, whether or not that server still runs; `None` when there is none.

    Raises:
        StoreError: The file can't be read.
    """
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Server(str(content["url"]), str(content["key"]), int(content["pid"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{FILE!r} in the data folder can't be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError):
        return None


def find(folder: Path) -> Server | None:
    """Return the server that runs over this folder, without waiting; `None` when nobody has it open.

    Raises:
        UpstreamError: Somebody has, and answers nobody: a server that is starting, or another command.
        StoreError: Where it is can't be read.
    """
    try:
        file = (folder / LOCK).open("r", encoding="ascii")
    except OSError:
        return None
    with file:
        if _taken(file, fcntl.LOCK_SH):
            return None
        found = announced(folder)
        if found is not None and answers(found):
            return found
        raise UpstreamError(f"process {_owner(file)} has it open: it is starting, or a command", retryable=True)


def _opened(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("a+", encoding="ascii")
    except OSError as error:
        raise SettingsError(
            f"the data folder {str(folder)!r} can't be used ({error.strerror}); set HEEDFUL_DATA_DIR to one that can"
        ) from error
    return file


def _owner(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "unknown"


def _taken(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def answers(server: Server) -> bool:
    """Return whether it answers now."""
    import httpx

    try:
        return httpx.get(server.url + "/livez", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (name, content) of each server-sent event whose data is one line of JSON, as ours are."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def _content(answer: Any) -> dict[str, Any]:
    try:
        content: dict[str, Any] = answer.json()
    except ValueError as error:
        raise UpstreamError(
            f"what answered at {answer.url.host}:{answer.url.port} is not heedful; is another program on that port?"
        ) from error
    return content


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    """Turn what an HTTP client says of a server that does not answer into words of ours."""
    import httpx

    try:
        yield
    except httpx.HTTPError as error:
        raise UpstreamError(f"the running server at {url} did not answer; is it busy?", retryable=True) from error
