"""The processes a benchmark needs: the paced model, the service, the alternative; each pinned where there are two.

Model and load share one processor; what is measured, heedful's service or the alternative, has the other to itself.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
PACE_MS = 20.0
START_S = 180.0
LOAD_CPU, MEASURED_CPU = 1, 0


@contextmanager
def paced_model(answer: str, work: Path, *, pace_ms: float = PACE_MS) -> Iterator[str]:
    """Give the address of a model on loopback that says `answer`, a piece every `pace_ms`."""
    script = work / "answer.toml"
    script.write_text(f"[[script]]\ntext = {json.dumps(answer)}\npace_s = {pace_ms / 1000}\n", encoding="utf-8")
    with process([sys.executable, "-m", "tests.loopback", "--script", str(script)], cpu=LOAD_CPU) as model:
        yield said(model)


@contextmanager
def service(data: Path, environ: Mapping[str, str], *, cpu: int | None = MEASURED_CPU) -> Iterator[Service]:
    """Run `heedful serve` until the block ends; it is ready when the block begins."""
    port = free_port()
    unlimited = {"HEEDFUL_MESSAGES_PER_MINUTE": "100000", "HEEDFUL_REQUESTS_PER_MINUTE": "100000"}
    environ = {"HEEDFUL_DATA_DIR": str(data), **unlimited, **environ}
    began = time.perf_counter()
    command = [sys.executable, "-m", "heedful", "serve", "--port", str(port)]
    with process(command, environ, cpu=cpu) as serving:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + START_S
        while not _answers(url):
            if serving.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the service did not start")
            time.sleep(0.02)
        yield Service(url, serving.pid, began)


class Service:
    """A running service: its address, its process, and when it was started."""

    def __init__(self, url: str, pid: int, began: float) -> None:
        self.url = url
        self.pid = pid
        self.began = began  # time.perf_counter()

    @property
    def resident_mb(self) -> float:
        """How much memory it holds, in MB."""
        return resident_mb(self.pid)


def heedful(environ: Mapping[str, str], *words: str) -> dict[str, Any]:
    """Return what a command of ours prints with `--json`."""
    command = [sys.executable, "-m", "heedful", *words, "--json"]
    done = subprocess.run(command, env={**os.environ, **environ}, check=True, capture_output=True, text=True, cwd=ROOT)
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def resident_mb(pid: int) -> float:
    """Return how much memory a process holds, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def worked_s(pid: int) -> float:
    """Return how much processor time a process has used, in seconds: steadier than the clock on a busy machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def said(process: subprocess.Popen[bytes]) -> str:
    """Return the next line that a process prints."""
    out: IO[bytes] | None = process.stdout
    assert out is not None
    line = out.readline().decode().strip()
    if not line:
        raise RuntimeError(f"{process.args!r} ended without a word")
    return line


@contextmanager
def process(
    command: list[str], environ: Mapping[str, str] | None = None, *, cpu: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the block ends, on one processor where there are two."""
    pinned = ["taskset", "-c", str(cpu), *command] if cpu is not None and (os.cpu_count() or 1) > 1 else command
    running = subprocess.Popen(
        pinned,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def on_one_processor(cpu: int) -> Iterator[None]:
    """Keep this process on one processor, where there are two, until the block ends."""
    before = os.sched_getaffinity(0)
    if len(before) > 1:
        os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False
