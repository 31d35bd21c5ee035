"""The master key, what is derived from it, and origins."""

from __future__ import annotations

import copy
import pickle
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from heedful.errors import InputError, SettingsError
from heedful.keys import MasterKey, keyed_digest, origin

HEX = "00112233445566778899aabbccddeeff" * 2


def test_a_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """The first start makes the file with mode 0600 and nothing else; the next start reads the same key."""
    path = tmp_path / "data" / "master.key"
    first = MasterKey.load_or_create(path)
    again = MasterKey.load_or_create(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.derive("audit chain") == again.derive("audit chain")
    assert [file.name for file in path.parent.iterdir()] == ["master.key"]


def test_processes_starting_at_once_get_one_key(tmp_path: Path) -> None:
    """Six processes that start on an empty folder all hold the same key."""
    path = tmp_path / "master.key"
    script = (
        "import sys, pathlib; from heedful.keys import MasterKey\n"
        "print(MasterKey.load_or_create(pathlib.Path(sys.argv[1])).derive('x').hex())"
    )
    command = [sys.executable, "-c", script, str(path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]

    assert len({process.communicate()[0] for process in started}) == 1
    assert all(process.returncode == 0 for process in started)


def test_purposes_share_nothing() -> None:
    """Each purpose has a key of 32 bytes of its own, the same each time, different under another master key."""
    master, other = MasterKey.from_text(HEX), MasterKey.from_text(HEX.replace("0", "1"))

    assert len(master.derive("a")) == 32
    assert len({master.derive("a"), master.derive("b"), other.derive("a")}) == 3
    assert master.derive("a") == MasterKey.from_text(HEX).derive("a")


def test_hex_and_base64_are_read() -> None:
    """The same 32 bytes in hex, base64 and base64url, padded or not, are the same key."""
    import base64

    secret = bytes.fromhex(HEX)
    texts = [HEX, HEX.upper() + "\n", base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()[:-1]]

    assert len({MasterKey.from_text(text).derive("x") for text in texts}) == 1


@pytest.mark.parametrize("text", ["", "비밀번호", "password", HEX[:-2], HEX + "00", "g" * 64, "=" * 44])
def test_a_key_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    """Anything but 32 bytes is refused, with how to make one, and the text itself is not in the message."""
    with pytest.raises(SettingsError, match="openssl rand -hex 32") as refused:
        MasterKey.from_text(text)
    assert not text or text not in str(refused.value)


def test_a_damaged_or_unreadable_file_is_a_setting_to_mend(tmp_path: Path) -> None:
    """A file that is not a key, not text, or a folder is never replaced; the message names it."""
    short, binary, folder = tmp_path / "short", tmp_path / "binary", tmp_path / "folder"
    short.write_text("abc")
    binary.write_bytes(b"\xff" * 32)
    folder.mkdir()

    for path in (short, binary, folder, short / "below a file"):
        with pytest.raises(SettingsError, match=path.name):
            MasterKey.load_or_create(path)
    assert short.read_text() == "abc"


def test_a_master_key_shows_itself_to_nobody() -> None:
    """Neither repr, str, vars, a copy nor a pickle gives it away."""
    master = MasterKey.from_text(HEX)

    assert HEX[:8] not in repr(master) + str(master) + f"{master}"
    assert not hasattr(master, "__dict__")
    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            take(master)


def test_equal_values_have_equal_digests_under_one_key_only() -> None:
    """A keyed digest finds the same value again, and says nothing without the key."""
    assert keyed_digest(b"k" * 32, "mina@example.com") == keyed_digest(b"k" * 32, "mina@example.com")
    assert keyed_digest(b"k" * 32, "김미나") != keyed_digest(b"j" * 32, "김미나")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://달빛.example", "https://xn--bk1bw0t.example"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(text: str, wanted: str) -> None:
    """Case, default ports, a closing slash and Korean hosts are written the one way that a browser writes them."""
    assert origin(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "shop.example",
        "https://",
        "https://*.example",
        "https://shop.example/page",
        "https://shop.example?x",
        "https://a@shop.example",
        "https://shop.example:99999",
        "ftp://shop.example",
        "javascript:alert(1)",
        "https://shop.example https://b",
        "file:///etc",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """Wildcards, paths, other schemes and `null` are no origins."""
    with pytest.raises(InputError, match="not an origin"):
        origin(text)
