"""Counting tokens: exact with a vocabulary, on the safe side without, and never waiting for a network."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.adapters import tokens
from heedful.errors import UpstreamError

ENGLISH = "You can return opened bedding within 30 days; the lamp's shade (₩3,000) isn't covered."
KOREAN = "개봉한 침구도 30일 이내에 반품하실 수 있습니다. 배송비 ₩3,000은 고객님이 부담합니다."
SCRIPT = "import sys; from heedful.adapters import tokens; "


@pytest.fixture(scope="session")
def vocabulary(shared_data: Path) -> Path:
    """A folder in the layout of tiktoken's cache."""
    folder = shared_data / "tiktoken"
    if not folder.is_dir():
        pytest.skip("the vocabularies are not in the shared data folder")
    return folder


def _run(script: str, **environment: str) -> str:
    """Run a script in a process of its own, with nothing in its environment but what is said."""
    outcome = subprocess.run(
        [sys.executable, "-c", SCRIPT + script], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return outcome.stdout.strip()


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_our_reading_of_a_vocabulary_is_tiktokens(vocabulary: Path, name: str) -> None:
    """An encoding built from the folder cuts any text exactly as tiktoken's own."""
    ours = tokens._from_folder(name, vocabulary)
    theirs = _run(
        f"import tiktoken; theirs = tiktoken.get_encoding({name!r}); "
        f"print(theirs._pat_str, theirs.encode_ordinary({ENGLISH + KOREAN!r}))",
        TIKTOKEN_CACHE_DIR=str(vocabulary),
        PYTHONIOENCODING="utf-8",
    )

    assert ours is not None
    assert theirs == f"{ours._pat_str} {ours.encode_ordinary(ENGLISH + KOREAN)}"


def test_it_counts_as_the_model_does(vocabulary: Path) -> None:
    """Each model is counted with its own encoding, an unknown one with o200k_base; special words are plain text."""
    new, old = tokens.counter("openai:gpt-4o", vocabulary), tokens.counter("gpt-4-0613", vocabulary)
    unknown = tokens.counter("house-brand/model-7b", vocabulary)

    assert new(KOREAN) < old(KOREAN)
    assert unknown(KOREAN) == new(KOREAN)
    assert new("<|endoftext|>") > 1
    assert new("") == 0


def test_the_cache_folder_of_tiktoken_is_honoured(vocabulary: Path) -> None:
    """With TIKTOKEN_CACHE_DIR and without a folder of ours, the counts are exact."""
    counted = _run(
        f"print(tokens.counter('gpt-4o')({KOREAN!r}), tokens.available())", TIKTOKEN_CACHE_DIR=str(vocabulary)
    )
    expected = tokens.counter("gpt-4o", vocabulary)(KOREAN)

    assert counted == f"{expected} True"


@pytest.mark.parametrize("text", [ENGLISH, KOREAN, KOREAN + ENGLISH, "김미나"])
@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4"])
def test_an_estimate_is_not_too_low(vocabulary: Path, text: str, model: str) -> None:
    """Without a vocabulary a prompt is judged longer than it is, never shorter."""
    exact = tokens.counter(model, vocabulary)(text)

    assert exact <= tokens.estimate(text)


@given(st.text())
def test_an_estimate_exists_for_any_text(text: str) -> None:
    """Any text has a count, which is 0 for nothing and grows with what is added."""
    assert (tokens.estimate(text) == 0) == (text == "")
    assert tokens.estimate(text + "a") >= tokens.estimate(text)


def test_a_silent_network_keeps_nobody_waiting(tmp_path: Path) -> None:
    """When the vocabulary's server takes the call and says nothing, counting goes on with estimates at once."""
    script = (
        "import socket, time; server = socket.create_server(('127.0.0.1', 0)); "
        "import os; os.environ['HTTPS_PROXY'] = os.environ['https_proxy'] = "
        "f'http://127.0.0.1:{server.getsockname()[1]}'; "
        "began = time.monotonic(); count = tokens.counter('gpt-4o', patience_s=0.2); "
        f"print(count({KOREAN!r}), tokens.available(patience_s=0), time.monotonic() - began < 10)"
    )

    began = time.monotonic()
    said = _run(script, TIKTOKEN_CACHE_DIR=str(tmp_path))

    assert said == f"{tokens.estimate(KOREAN)} False True"
    assert time.monotonic() - began < 30  # the process ends, too, although the call is still open


def test_installing_puts_verified_vocabularies_where_counting_finds_them(vocabulary: Path, tmp_path: Path) -> None:
    """After the installation no cache and no network is needed; a damaged vocabulary is fetched again."""
    script = "from pathlib import Path; print(*tokens.install_vocabulary(Path(sys.argv[1])))"
    run = [sys.executable, "-c", SCRIPT + script, str(tmp_path / "vocabulary")]
    environment = {"TIKTOKEN_CACHE_DIR": str(vocabulary)}

    first = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout.split()
    Path(first[0]).write_bytes(b"damaged")
    second = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout.split()
    counted = tokens.counter("gpt-4o", tmp_path / "vocabulary")(KOREAN)

    assert first == second
    assert sorted(path.name for path in (tmp_path / "vocabulary").iterdir()) == sorted(Path(p).name for p in first)
    assert counted == tokens.counter("gpt-4o", vocabulary)(KOREAN)


def test_a_vocabulary_that_cannot_be_had_is_an_error_that_helps(tmp_path: Path) -> None:
    """Without a network the installation fails with what to do; nothing half-written stays."""
    script = (
        "from pathlib import Path\n"
        "try: tokens.install_vocabulary(Path(sys.argv[1]))\n"
        "except tokens.UpstreamError as error: print(error.retryable, error)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", SCRIPT + "\n" + script, str(tmp_path / "v")],
        env={"TIKTOKEN_CACHE_DIR": str(tmp_path / "empty"), "HTTPS_PROXY": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert outcome.stdout.startswith("True ")
    assert "TIKTOKEN_CACHE_DIR" in outcome.stdout
    assert list((tmp_path / "v").iterdir()) == []
    assert issubclass(UpstreamError, Exception)
