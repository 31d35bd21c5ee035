"""Many customers imported by the command line: broken lines are listed, nothing is half, memory stays small."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heedful.assemble import open_records
from heedful.settings import read
from tests.processes import environment

FACTS = 4
BROKEN = (  # as a company's export breaks: cut off, of another form, a misspelt key, an unknown category, no text
    lambda line: line[: len(line) // 2],
    lambda _line: '["no customer"]',
    lambda line: line.replace('"value"', '"valeu"', 1),
    lambda line: line.replace('"order"', '"gossip"'),
    lambda line: line.replace('"김', '"\\ud83d김', 1),
)
RUN = (
    "import resource, sys\n"
    "from heedful.cli import main\n"
    "try:\n    main()\n"
    "finally:\n    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
)


def profile(number: int) -> str:
    """Return the line of one customer: four facts with consent."""
    values = (
        ("full_name", f"김{number}", "identity"),
        ("email", f"c{number}@example.com", "contact"),
        ("order_id", f"DB-2026-{number:06}", "order"),
        ("order_status", "배송 중", "order"),
    )
    agreed = {"purposes": ["order_management"], "consent": "given", "given_at": "2026-01-05T09:00:00+09:00"}
    facts = [{"name": name, "value": value, "category": category, **agreed} for name, value, category in values]
    return json.dumps({"customer_id": f"c-{number:06}", "facts": facts}, ensure_ascii=False)


def lines(count: int) -> Iterator[tuple[int, str, bool]]:
    """Yield (number of the line, its text, whether it is broken): one in a hundred is."""
    for number in range(1, count + 1):
        is_broken = number % 100 == 50
        line = profile(number)
        yield number, BROKEN[number // 100 % len(BROKEN)](line) if is_broken else line, is_broken


def written(folder: Path, count: int) -> tuple[Path, list[int]]:
    """Write the file; return it with the lines that are broken."""
    file, broken = folder / "customers.jsonl", []
    with file.open("w", encoding="utf-8") as out:
        for number, line, is_broken in lines(count):
            out.write(line + "\n")
            broken += [number] if is_broken else []
    return file, broken


def imported(data: Path, file: Path) -> subprocess.Popen[str]:
    """Begin to import the file."""
    command = [sys.executable, "-c", RUN, "profiles", "import", str(file), "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=environment(data), text=True, **pipes)  # type: ignore[call-overload,no-any-return]


def finished(process: subprocess.Popen[str], patience_s: float) -> tuple[dict[str, Any], float]:
    """Return what the import said, and the most memory it had, in MB."""
    out, said = process.communicate(timeout=patience_s)
    assert process.returncode == 1, said  # there were broken lines
    return json.loads(out), int(said.strip().splitlines()[-1]) / 1024


async def whole(data: Path, numbers: list[int]) -> list[int]:
    """Return those of the customers who are in; each has to be in with all that their line said."""
    found = []
    async with open_records(read({"HEEDFUL_DATA_DIR": str(data)})) as records:
        for number in numbers:
            there = await records.profiles.profile(f"c-{number:06}")
            if there is None:
                continue
            assert [fact.value for fact in there.facts][1:3] == [f"c{number}@example.com", f"DB-2026-{number:06}"]
            assert (len(there.facts), len(there.consents)) == (FACTS, FACTS)
            found.append(number)
    return found


def test_the_good_lines_are_in_and_the_broken_ones_are_listed(tmp_path: Path) -> None:
    """Of 3,000 customers, thirty broken in five ways: the others are in, whole; each of the thirty by its line."""
    file, broken = written(tmp_path, 3_000)
    said, _ = finished(imported(tmp_path / "data", file), 300)
    good = [number for number in range(1, 3_001) if number not in broken]
    sample = good[::29]

    assert said["profiles"] == 2_970
    assert [one["line"] for one in said["broken"]] == broken
    assert not [one for one in said["broken"] if "example.com" in one["why"] or "김" in one["why"]]
    assert asyncio.run(whole(tmp_path / "data", sample)) == sample
    assert asyncio.run(whole(tmp_path / "data", broken)) == []


def test_an_import_that_is_killed_leaves_nobody_half(tmp_path: Path) -> None:
    """Killed on its way, what is in is whole; the same file again brings the rest, and nothing twice."""
    file, broken = written(tmp_path, 6_000)
    data = tmp_path / "data"
    process = imported(data, file)
    until_s = time.monotonic() + 300
    while not asyncio.run(some(data)) and time.monotonic() < until_s:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    everybody = [number for number in range(1, 6_001) if number not in broken]
    first = asyncio.run(whole(data, everybody[::10]))
    said, _ = finished(imported(data, file), 300)

    assert first
    assert said["profiles"] == len(everybody)
    assert asyncio.run(whole(data, everybody[::10])) == everybody[::10]


async def some(data: Path) -> bool:
    """Return whether anybody is in yet; the database may only just be made."""
    import sqlite3

    try:
        with sqlite3.connect(f"file:{data / 'heedful.db'}?mode=ro", uri=True, timeout=30) as database:
            return bool(database.execute("SELECT count(*) FROM profiles").fetchone()[0])
    except sqlite3.OperationalError:
        return False


@pytest.mark.soak
def test_a_hundred_thousand_customers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """100,000 lines, a thousand broken: all good ones are in, and it takes no more memory than a small file does."""
    small, _ = written(tmp_path, 2_000)
    _, little_mb = finished(imported(tmp_path / "small", small), 600)
    file, broken = written(tmp_path, 100_000)
    began = time.monotonic()
    said, most_mb = finished(imported(tmp_path / "data", file), 3_600)
    took_s = time.monotonic() - began
    sample = [number for number in range(1, 100_001) if number % 100 != 50][::199]

    with capsys.disabled():
        sys.stdout.write(f"\n100,000 customers: {took_s:.0f} s, {most_mb:.0f} MB (2,000: {little_mb:.0f} MB)\n")
    assert (said["profiles"], [one["line"] for one in said["broken"]]) == (99_000, broken)
    assert asyncio.run(whole(tmp_path / "data", sample)) == sample
    assert most_mb < little_mb + 100
