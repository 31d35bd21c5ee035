"""A real HTTP server on loopback that speaks OpenAI's wire protocol, word by word as scripted, faults included."""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import math
import re
import socket
import struct
import sys
import threading
import time
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

Fault = Literal[
    "unauthorised",  # 401
    "forbidden",  # 403
    "bad_request",  # 400, the message in `pieces[0]`
    "rate_limited",  # 429, with `retry_after` (seconds or an HTTP date) where given
    "server_error",  # 500
    "unavailable",  # 503, with `retry_after` where given
    "reset",  # the connection closes before a byte has come; for one refused outright see `nobody()`
    "no_first_byte",  # takes the request and never answers
    "no_first_piece",  # answers 200 and the role, and no words
    "stall",  # `after` pieces, then silence
    "cut",  # `after` pieces, then the connection is gone
    "ended",  # `after` pieces, then a clean end without finish_reason or [DONE]
    "malformed",  # `after` pieces, then a chunk that is no JSON
    "error_chunk",  # `after` pieces, then {"error": …}
    "empty_chunks",  # all pieces, with chunks between them that hold nothing: harmless
    "empty",  # a whole answer without a word
    "refusal",  # delta.refusal
    "length",  # all pieces, finish_reason length
    "content_filter",  # `after` pieces, finish_reason content_filter
    "endless",  # the pieces again and again until the client goes
    "wrong_type",  # 200 with a page of HTML
]
STATUS: Mapping[str | None, int] = {
    "unauthorised": 401,
    "forbidden": 403,
    "bad_request": 400,
    "rate_limited": 429,
    "server_error": 500,
    "unavailable": 503,
}
CUT_SHORT = frozenset({"stall", "cut", "ended", "malformed", "error_chunk", "content_filter"})


@dataclass(frozen=True, slots=True)
class Script:
    """What one request gets: its pieces, the pause before each in seconds, and what goes wrong."""

    pieces: Sequence[str] = ("You", " can", " return", " it", ".")
    pace_s: float = 0.0
    fault: Fault | None = None
    after: int = 2  # pieces before a fault in the middle
    retry_after: str | None = None
    first_s: float = 0.0  # pause before anything is answered


def spoken(text: str, *, pace_s: float = 0.0) -> Script:
    """Return a script that says `text` in pieces about as long as tokens."""
    return Script(tuple(re.findall(r"\s?[^\s]{1,5}|\s+", text)), pace_s)


Answer = Script | Callable[[Mapping[str, Any]], Script]


@dataclass(slots=True)
class Request:
    """One request as it came, and what became of it."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    at: float  # time.monotonic()
    sent: int = 0  # pieces written
    client_left: threading.Event = field(default_factory=threading.Event)  # set when it went before the end

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON; empty when there was none."""
        content: dict[str, Any] = json.loads(self.body) if self.body else {}
        return content

    @property
    def prompt(self) -> str:
        """All messages of a chat completion, joined: what the model read."""
        return "\n\n".join(str(message.get("content")) for message in self.json.get("messages", ()))


class _Reader(asyncio.StreamReader):
    """A reader that knows at once when the other side has gone, whether or not anybody is reading."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=2**24, loop=loop)
        self.gone = asyncio.Event()

    def feed_eof(self) -> None:
        self.gone.set()
        super().feed_eof()

    def set_exception(self, exc: Exception) -> None:
        self.gone.set()
        super().set_exception(exc)


class Loopback:
    """The server, in a thread with a loop of its own: `with Loopback(Script(…)) as model: model.url`.

    Scripts are used in order, the last one again and again; a callable is given the request's JSON and returns a
    script, so that a test's model can depend on its prompt.
    """

    def __init__(self, *scripts: Answer, port: int = 0, dimensions: int = 256) -> None:
        self.requests: list[Request] = []
        self._scripts: list[Answer] = list(scripts) or [Script()]
        self._dimensions = dimensions
        self._port = port
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="loopback", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """The base URL an OpenAI client wants, ending in /v1."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def chats(self) -> list[Request]:
        """The requests for chat completions so far."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    def script(self, *scripts: Answer) -> None:
        """Give the next requests these scripts; the last one repeats."""
        self._scripts = list(scripts)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talk = self._loop.create_task(self._talk(reader, writer))
            self._talks.add(talk)
            talk.add_done_callback(self._talks.discard)

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(_Reader(self._loop), connected, loop=self._loop)

        server = await self._loop.create_server(protocol, "127.0.0.1", self._port, backlog=1024)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(reader, _Reader)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                if not await self._answer(request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, request: Request, reader: _Reader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection may be used again."""
        if request.path.endswith("/models"):
            models = [{"id": "loopback", "object": "model", "created": 0, "owned_by": "tests"}]
            return await _whole(writer, 200, {"object": "list", "data": models})
        if request.path.endswith("/embeddings"):
            return await _whole(writer, 200, _embeddings(request.json, self._dimensions))
        if not request.path.endswith("/chat/completions"):
            return await _whole(writer, 404, _error(404, f"no such path: {request.path}"))
        answer = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        script = answer if isinstance(answer, Script) else answer(request.json)
        work = asyncio.ensure_future(self._chat(request, script, writer))
        left = asyncio.ensure_future(reader.gone.wait())
        try:
            await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            request.client_left.set()
        except ConnectionError:
            request.client_left.set()
            raise
        finally:
            work.cancel()
            left.cancel()
        return False

    async def _chat(self, request: Request, script: Script, writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(script.first_s)
        if script.fault == "no_first_byte":
            await self._over.wait()
        if script.fault == "reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        if script.fault == "wrong_type":
            return await _whole(writer, 200, b"<!doctype html><p>It works!", kind="text/html")
        if script.fault in STATUS:
            said = script.pieces[0] if script.fault == "bad_request" else f"scripted {script.fault}"
            headers = {} if script.retry_after is None else {"Retry-After": script.retry_after}
            status = STATUS[script.fault]
            return await _whole(writer, status, _error(status, said), headers=headers)
        if not request.json.get("stream"):
            return await _whole(writer, 200, _completion(script))
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        async for chunk in self._chunks(request, script):
            content = chunk if isinstance(chunk, bytes) else json.dumps(chunk, ensure_ascii=False).encode()
            line = b"data: " + content + b"\n\n"
            writer.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            await writer.drain()
        if script.fault == "cut":
            writer.transport.abort()
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _chunks(self, request: Request, script: Script) -> AsyncIterator[dict[str, Any] | bytes]:
        fault = script.fault
        yield _chunk({"role": "assistant", "content": ""})
        if fault == "no_first_piece":
            await self._over.wait()
        if fault == "refusal":
            for piece in script.pieces:
                yield _chunk({"refusal": piece})
            yield _chunk({}, "stop")
            yield b"[DONE]"
            return
        pieces = () if fault == "empty" else script.pieces[: script.after] if fault in CUT_SHORT else script.pieces
        while True:
            for piece in pieces:
                if script.pace_s:
                    await asyncio.sleep(script.pace_s)
                if fault == "empty_chunks":
                    for nothing in (_chunk({}), _chunk({"content": None}), {**_chunk({}), "choices": []}):
                        yield nothing
                yield _chunk({"content": piece})
                request.sent += 1
            if fault != "endless":
                break
            await asyncio.sleep(0)
        if fault == "stall":
            await self._over.wait()
        elif fault == "malformed":
            yield b'{"id": "chatcmpl-loopback", "choices": [{"delta": {"con'
        elif fault == "error_chunk":
            yield _error(500, "scripted error in the stream")
        elif fault not in ("cut", "ended"):
            yield _chunk({}, fault if fault in ("length", "content_filter") else "stop")
            yield b"[DONE]"


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path.partition("?")[0], headers, body, time.monotonic())


async def _whole(
    writer: asyncio.StreamWriter,
    status: int,
    content: Mapping[str, Any] | bytes,
    *,
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> bool:
    body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
    lines = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"HTTP/1.1 {status} Scripted\r\n{head}\r\n".encode() + body)
    await writer.drain()
    return True


def _chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "loopback",
        "choices": [{"index": 0, "delta": dict(delta), "finish_reason": finish}],
    }


def _completion(script: Script) -> dict[str, Any]:
    text = None if script.fault in ("empty", "refusal") else "".join(script.pieces)
    refusal = "".join(script.pieces) if script.fault == "refusal" else None
    message = {"role": "assistant", "content": text, "refusal": refusal}
    finish = script.fault if script.fault in ("length", "content_filter") else "stop"
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": 0,
        "model": "loopback",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": len(script.pieces), "total_tokens": 1 + len(script.pieces)},
    }


def _error(status: int, said: str) -> dict[str, Any]:
    return {"error": {"message": said, "type": "scripted", "param": None, "code": str(status)}}


def _embeddings(wanted: Mapping[str, Any], dimensions: int) -> dict[str, Any]:
    texts = [wanted["input"]] if isinstance(wanted["input"], str) else wanted["input"]
    width = int(wanted.get("dimensions") or dimensions)
    rows = []
    for index, text in enumerate(texts):
        vector: list[float] | str = vector_of(str(text), width)
        if wanted.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{width}f", *vector)).decode()
        rows.append({"object": "embedding", "index": index, "embedding": vector})
    usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    return {"object": "list", "data": rows, "model": "loopback", "usage": usage}


def vector_of(text: str, dimensions: int = 256) -> list[float]:
    """Return a unit vector of the text's words and Hangul pairs, hashed: the same text the same, shared words near."""
    vector = [0.0] * dimensions
    words = re.findall(r"[a-z0-9]+", text.lower())
    words += [run[i : i + 2] for run in re.findall(r"[가-힣]+", text) for i in range(max(1, len(run) - 1))]
    for word in words or [text]:
        vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big") % dimensions] += 1.0
    length = math.sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


def nobody() -> str:
    """Return a base URL on which nothing listens: the connection is refused."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


SAMPLE = (
    "You can return an opened item within 30 days of delivery as long as it is complete. [1] Pack it in its box, "
    "choose Return in your orders and hand the parcel to the driver. [1] We refund you within 3 working days after "
    "it has reached us, in the way you paid. [2] A worn or washed item can't be returned unless it was faulty. [2]"
)


def from_file(path: Path) -> Answer:
    """Return what a TOML file scripts: tables `[[script]]` of `text` or `pieces`, `pace_s`, `fault`, `after`, …

    A table with `when` answers requests whose prompt contains those words; the first that fits is used.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["script"]

    def answer(request: Mapping[str, Any]) -> Script:
        prompt = json.dumps(request.get("messages", ""), ensure_ascii=False)
        table = dict(next((table for table in tables if table.get("when", "") in prompt), {"text": SAMPLE}))
        table.pop("when", None)
        if "text" in table:
            table["pieces"] = spoken(table.pop("text")).pieces
        return Script(**table)

    return answer


def main() -> None:
    """Serve until interrupted: `python -m tests.loopback --port 9000 --script FILE.toml --pace-ms 20`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="a TOML file, see from_file; without it a sample answer")
    parser.add_argument("--pace-ms", type=float, default=20.0, help="pause before each piece of the sample answer")
    given = parser.parse_args()
    answer = from_file(given.script) if given.script else spoken(SAMPLE, pace_s=given.pace_ms / 1000)
    with Loopback(answer, port=given.port) as model:
        sys.stdout.write(model.url + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
