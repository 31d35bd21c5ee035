"""`heedful ingest --watch` follows edits until it is told to end, and leaves the data folder free in between."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.processes import PATIENCE_S, answer, environment


def test_edits_are_followed_until_interrupted(tmp_path: Path) -> None:
    """A new file and a deleted one are in force after the line that says so; Ctrl-C is a clean end."""
    content, data = tmp_path / "content", tmp_path / "data"
    content.mkdir()
    (content / "lamp.md").write_text("# Lamps\n\nThe lamp is round.\n", "utf-8")
    command = [sys.executable, "-m", "heedful", "ingest", "--watch", "--json", str(content)]
    with subprocess.Popen(
        command, env=environment(data), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        (content / "bulb.md").write_text("# Bulbs\n\nThe bulb lasts for 900 hours.\n", "utf-8")
        second = json.loads(process.stdout.readline())
        beside = answer(data, "doctor")  # nobody has the folder
        (content / "lamp.md").unlink()
        third = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE_S)

    assert [(one["added"], one["removed"], one["proved"]) for one in (first, second, third)] == [
        (1, 0, 0),
        (1, 0, 0),
        (0, 1, 1),
    ]
    assert beside["parts"]["knowledge"].startswith("ok, 2 articles")
    assert code == 0
