"""Vendors don't report this machine to their makers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.models import minilm_folder

EMBED = """
import asyncio, sys
from pathlib import Path
from heedful.adapters.minilm import MiniLM
print(asyncio.run(MiniLM.load(Path(sys.argv[1])).embed(["a lamp"], role="question")).shape)
"""


def test_the_embedders_runtime_reports_nothing(tmp_path: Path) -> None:
    """ONNX Runtime numbers the machine and queues a report at its import, unless told not to before that."""
    off = ("ORT_DISABLE_TELEMETRY", "CI", "XDG_CACHE_HOME")  # each would keep it quiet, or put its queue elsewhere
    environ = {name: value for name, value in os.environ.items() if name not in off} | {"HOME": str(tmp_path)}
    command = [sys.executable, "-c", EMBED, str(minilm_folder())]

    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout

    assert said.strip() == "(1, 384)"
    assert list(tmp_path.rglob("*")) == []
