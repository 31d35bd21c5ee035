"""Real `heedful` processes over a data folder of a test's own: started, asked, ended."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE_S = 120.0  # for a machine with much else to do
READY = re.compile(r"heedful is ready: (http://\S+)")


def environment(data: Path, **more: str) -> dict[str, str]:
    """Return an environment without anybody's settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEEDFUL_", "OPENAI_"))}
    return {**kept, "HEEDFUL_DATA_DIR": str(data), "HEEDFUL_EMBEDDER": "none", "NO_COLOR": "1", **more}


def heedful(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "heedful", *arguments]
    return subprocess.run(
        command, env=environment(data, **more), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def answer(data: Path, *arguments: str, **more: str) -> Any:
    """Return the JSON that a command prints; it must end well."""
    done = heedful(data, *arguments, "--json", **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@dataclass
class Serving:
    """A running `heedful serve`."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    url: str = ""
    _ready: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Keep what it says, and note when it is ready."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if found := READY.search(line):
                self.url = found[1]
                self._ready.set()
        self._ready.set()

    def wait(self) -> None:
        """Return when it answers."""
        assert self._ready.wait(PATIENCE_S), "".join(self.said)
        assert self.url, "".join(self.said)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Return how it ended after this signal."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_S)


@contextmanager
def serving(data: Path, *arguments: str, **more: str) -> Iterator[Serving]:
    """Give a `heedful serve` that answers, on a port of its own; it is gone afterwards."""
    command = [sys.executable, "-m", "heedful", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, env=environment(data, **more), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    server = Serving(process)
    listener = threading.Thread(target=server.listen)
    listener.start()
    try:
        server.wait()
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        listener.join()
        if process.stderr is not None:
            process.stderr.close()
