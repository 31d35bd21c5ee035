"""The comparison with other people's recognisers: the same texts, the same scoring, a clear word without a registry."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks import peers
from benchmarks.peers import Installed

TEXTS: list[Mapping[str, Any]] = [
    {"text": "Write to mina@example.com", "lang": "en", "spans": [{"start": 9, "end": 25, "type": "EMAIL_ADDRESS"}]},
    {"text": "연락처 010-1234-5678", "lang": "ko", "spans": [{"start": 4, "end": 17, "type": "PHONE_NUMBER"}]},
    {"text": "Wash it at 60 degrees.", "lang": "en", "spans": []},
]


def test_every_peer_answers_on_the_same_texts_and_is_scored_alike(capsys: pytest.CaptureFixture[str]) -> None:
    """Of two pieces of personal data heedful finds both and LangChain's detectors the e-mail address."""
    here = Installed(Path(sys.executable), Path())

    rows = {row.what.split(",")[0]: row for row in peers.compared("pii", {"own": TEXTS}, ("langchain",), here)}

    assert (rows["found"].ours, rows["found"].beside) == (100.0, 50.0)
    assert (rows["right"].ours, rows["right"].beside) == (100.0, 100.0)
    assert (rows["clean texts flagged"].ours, rows["clean texts flagged"].beside) == (0.0, 0.0)
    assert rows["a text's processor time p50"].unit == "ms"
    assert "| own | langchain | 50.0 % | 100.0 % | 0.0 % | – |" in capsys.readouterr().out


def test_a_peer_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A peer whose package is missing breaks the part off, by its name and its own last words."""
    with pytest.raises(RuntimeError, match=r"peer pytector broke down: FileNotFoundError"):
        peers.compared("injection", {"own": []}, ("pytector",), Installed(Path(sys.executable), tmp_path))


def test_without_a_registry_the_part_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be installed, one sentence says which packages are needed, and from where."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))

    with pytest.raises(RuntimeError, match=r"presidio-analyzer.* can't be installed; a package registry is needed"):
        peers.pip(Path(sys.executable), ("--target", str(tmp_path / "bare"), *peers.BARE))


def test_a_folder_without_sets_is_said_to_have_none(tmp_path: Path) -> None:
    """Nothing is installed for nothing."""
    with pytest.raises(RuntimeError, match=r"holds neither pii/\*/items.jsonl"):
        peers.run(tmp_path, tmp_path)
