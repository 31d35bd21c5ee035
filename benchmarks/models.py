"""The English embedder for the benchmarks: the installed one, installed first where it can be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import ROOT
from heedful.adapters import minilm
from heedful.ports import Embedder

MISSING = "the weights are not installed and could not be fetched; run `heedful models install` and name its folder \
in HEEDFUL_MODELS_DIR"


def folder() -> Path:
    """Return the folder of models: `HEEDFUL_MODELS_DIR`, or where `make run` puts them."""
    return Path(os.environ.get("HEEDFUL_MODELS_DIR") or ROOT / ".heedful" / "models")


def load() -> Embedder:
    """Return the embedder, fetched first when it is not there.

    Raises:
        RuntimeError: It can't be had.
    """
    place = folder() / "minilm"
    if not minilm.installed(place):
        command = [sys.executable, "-m", "heedful", "models", "install"]
        environ = {**os.environ, "HEEDFUL_MODELS_DIR": str(folder())}
        subprocess.run(command, check=False, capture_output=True, env=environ, cwd=ROOT)
    if not minilm.installed(place):
        raise RuntimeError(MISSING)
    return minilm.MiniLM.load(place)
