"""How heedful fares with a hundred thousand passages: taken in, searched, started, and rebuilt while it answers.

Passages are made of the sample's sentences (one article in twenty Korean) and of rare names; their vectors are blended
from those of the sentences and seeded random ones. How fast real text is embedded is the row of `ingest`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks import corpus, models, ready
from benchmarks.corpus import QUESTION
from benchmarks.processes import ROOT, START_S, Service, free_port, heedful, process, service
from benchmarks.rows import Row, at, median

PASSAGES = 100_000
SMALLER = (1_000, 10_000)  # how it grows
GROWN = corpus.Grown(korean_every=20, rare=6)
ALONE_S = 10.0  # of answers before the rebuild, to compare with
PING_S = 0.01


def run(work: Path, passages: int = PASSAGES) -> list[Row]:
    """Return the rows: for each size what a search takes, and for the largest the rest."""
    rows: list[Row] = []
    for size in [*(one for one in SMALLER if one < passages), passages]:
        place = work / f"{size}"
        folder, data = place / "help", place / "data"
        folder.mkdir(parents=True)
        corpus.write(folder, size, grown=GROWN)
        taken = _step("ingest", folder, data)
        theirs = _step("chain", folder)
        searched = _step("ask", data)
        with _chroma(data / "vectors") as url:
            remote = _step("ask", data, url)
        largest = size == passages
        rows += _taking_in(size, taken, theirs) + _searching(size, searched, remote, theirs, hold=largest)
        if largest:
            rows += _serving(folder, data)
    return rows


def _taking_in(size: int, ours: Mapping[str, float], theirs: Mapping[str, float]) -> list[Row]:
    rate, rate_beside = ours["passages"] / ours["seconds"], theirs["passages"] / theirs["seconds"]
    return [
        Row(f"{size:,} passages taken in, vectors given", rate, "/s", rate_beside, more=True, digits=0),
        Row("memory at its peak meanwhile", ours["peak_mb"], "MB", theirs["peak_mb"], hold=2000, digits=0),
    ]


def _searching(
    size: int, ours: Mapping[str, float], remote: Mapping[str, float], theirs: Mapping[str, float], *, hold: bool
) -> list[Row]:
    bound = 60 if hold else None
    of = f"of {size:,}, question embedded"
    return [
        Row(f"English search {of}, p50", ours["en_p50"], "ms", theirs["en_p50"]),
        Row(f"English search {of}, p95", ours["en_p95"], "ms", theirs["en_p95"], hold=bound),
        Row(f"Korean search {of}, p95", ours["ko_p95"], "ms", hold=bound),
        Row(f"English search {of}, Chroma server, p50", remote["en_p50"], "ms"),
        Row(f"English search {of}, Chroma server, p95", remote["en_p95"], "ms", hold=bound),
        Row(f"indexes of {size:,} opened", ours["ready_s"], "s"),
    ]


def _serving(folder: Path, data: Path) -> list[Row]:
    """Return the rows of a service over the largest index: start, memory, and a rebuild while it answers."""
    settings = {"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_MODELS_DIR": str(models.folder())}
    key = heedful(settings, "keys", "create", "--scopes", "chat")["key"]
    _say("starting the service")
    started = ready.rows(data, settings, key)
    with service(data, settings, cpu=None) as serving:
        with _asking(serving, key):  # the first answers load what is loaded late
            time.sleep(ALONE_S / 2)
        with _asking(serving, key) as before:
            time.sleep(ALONE_S)
        at_rest = serving.resident_mb
        _forget_peak(serving)
        fresh = folder / "99" / "fresh.md"
        fresh.parent.mkdir(exist_ok=True)
        fresh.write_text("# A fresh article\n\nA passage that nobody has read yet, about gorse.\n", encoding="utf-8")
        next(path for path in sorted(folder.glob("0*/a*.md"))).unlink()
        _say("rebuilding while it answers")
        with _asking(serving, key) as meanwhile:
            done = heedful(settings, "ingest", str(folder))
        peak = _peak_mb(serving)
    if not done["added"] or not done["removed"]:
        raise RuntimeError(f"nothing was rebuilt: {done}")
    return [
        *started,
        Row("memory at rest", at_rest, "MB", hold=1500, digits=0),
        Row("memory at its peak, one article in and one out", peak, "MB", hold=2000, digits=0),
        Row("until that change is searched", done["seconds"], "s"),
        Row("an answer before the rebuild, p50", median(before.answers) * 1000, "ms"),
        Row("an answer before the rebuild, slowest", max(before.answers) * 1000, "ms"),
        Row("an answer during the rebuild, p50", median(meanwhile.answers) * 1000, "ms"),
        Row("an answer during the rebuild, p95", at(meanwhile.answers, 0.95) * 1000, "ms"),
        Row("an answer during the rebuild, slowest", max(meanwhile.answers) * 1000, "ms"),
        Row("the longest that nobody was heard before", max(before.pings) * 1000, "ms"),
        Row("the longest that nobody was heard during the rebuild", max(meanwhile.pings) * 1000, "ms"),
    ]


@dataclass(slots=True)
class _Heard:
    """Seconds of whole answers, one after the other, and of the smallest requests, at the same time."""

    answers: list[float] = field(default_factory=list)
    pings: list[float] = field(default_factory=list)


@contextmanager
def _asking(serving: Service, key: str) -> Iterator[_Heard]:
    """Ask without end, until the block ends."""
    heard, stop = _Heard(), threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=serving.url, timeout=60, trust_env=False) as http:
            while not stop.is_set():
                opened = http.post("/v1/conversations", json={}, headers={"Authorization": f"Bearer {key}"}).json()
                headers = {"Authorization": f"Bearer {opened['token']}"}
                began = time.perf_counter()
                path = f"/v1/conversations/{opened['id']}/messages"
                http.post(path, json={"text": QUESTION}, headers=headers).raise_for_status()
                heard.answers.append(time.perf_counter() - began)

    def ping() -> None:
        with httpx.Client(base_url=serving.url, timeout=60, trust_env=False) as http:
            while not stop.wait(PING_S):
                began = time.perf_counter()
                http.get("/livez")
                heard.pings.append(time.perf_counter() - began)

    threads = [threading.Thread(target=ask), threading.Thread(target=ping)]
    for thread in threads:
        thread.start()
    try:
        yield heard
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _step(*words: object) -> dict[str, float]:
    """Return the figures of one step, done in a process of its own."""
    _say(" ".join([str(words[0]), *(Path(str(word)).parent.name for word in words[1:2])]))
    command = [sys.executable, "-m", "benchmarks.scale_work", *map(str, words)]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    printed: dict[str, float] = json.loads(done.stdout)
    _say(f"  {time.perf_counter() - began:.0f} s { ({name: round(value, 1) for name, value in printed.items()}) }")
    return printed


@contextmanager
def _chroma(folder: Path) -> Iterator[str]:
    """Give the address of a Chroma server over a folder that nobody else has open."""
    port = free_port()
    command = str(Path(sys.executable).with_name("chroma"))
    arguments: list[str] = [command, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    with process(arguments) as running:
        # It tells a lot, and would wait for ever for somebody to read it.
        assert running.stdout is not None
        threading.Thread(target=running.stdout.read, daemon=True).start()
        until, url = time.monotonic() + START_S, f"http://127.0.0.1:{port}"
        while not _answers(f"{url}/api/v2/heartbeat"):
            if running.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the Chroma server did not start")
            time.sleep(0.1)
        yield url


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _forget_peak(serving: Service) -> None:
    Path(f"/proc/{serving.pid}/clear_refs").write_text("5")


def _peak_mb(serving: Service) -> float:
    lines: dict[str, Any] = dict(
        line.split(":", 1) for line in Path(f"/proc/{serving.pid}/status").read_text().splitlines() if ":" in line
    )
    return int(lines["VmHWM"].split()[0]) / 1024


def _say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)
