"""`python -m benchmarks`: every figure as a row, beside what people would use instead, measured in the same run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import gate_lag, guard_time, ingest, overhead, peers, privacy, red_team, scale, voice
from benchmarks.rows import Row, table

PASSAGES = 10_000
PARTS: dict[str, Callable[[Path, int | None], list[Row]]] = {
    "guard": lambda _work, _passages: guard_time.run(),
    "privacy": lambda work, _passages: privacy.run(work),
    "gate": lambda work, _passages: gate_lag.run(work),
    "overhead": lambda work, passages: overhead.run(work, passages or PASSAGES),
    "ingest": lambda work, _passages: ingest.run(work),
    "scale": lambda work, passages: scale.run(work, passages or scale.PASSAGES),
}
KNOWN = f"{', '.join(PARTS)}, peers, red_team, voice"
NOTE = (
    "Beside it: LangChain (prompt, retriever on Chroma, the same model and embedder); it checks and records nothing. "
    "The model is on loopback, 20 ms a token. Both answer a verified customer's question from the same help content."
)


def main() -> None:
    """Run what was asked for and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {KNOWN}; all but the last three by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    sizes = f"of the help centre [{PASSAGES:,}; for scale {scale.PASSAGES:,}]"
    parser.add_argument("--passages", type=int, help=sizes)
    parser.add_argument("--sets", type=Path, help="for peers: a folder with pii/*/items.jsonl, injection/*/items.jsonl")
    given = parser.parse_args()
    parts = {**PARTS, "peers": lambda work, _passages: peers.run(work, given.sets)} if given.sets else dict(PARTS)
    if "peers" in given.parts and not given.sets:
        parser.error("peers needs --sets FOLDER: texts of anyone's with what is to be found in them")
    if "red_team" in given.parts:  # figures about what gets out, not about time, and many minutes of them
        parts["red_team"] = lambda work, _passages: red_team.run(work)
    if "voice" in given.parts:  # replies are for reading; it runs by name only
        parts["voice"] = lambda work, _passages: voice.run(work)
    if unknown := set(given.parts) - parts.keys():
        parser.error(f"there is no part {min(unknown)!r}; there are {KNOWN}")
    before, began = os.getloadavg()[0], time.monotonic()
    rows: list[Row] = []
    failed: list[str] = []
    for name in given.parts or parts:
        print(f"{name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory() as work:
            try:
                rows += parts[name](Path(work), given.passages)
            except RuntimeError as error:
                failed.append(name)
                print(f"{name} did not come to its end: {str(error)[:2000]}", file=sys.stderr, flush=True)
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    busy = f"load {before:.1f} when it began{'; on a busy machine figures are only indicative' if before > 0.5 else ''}"
    print(f"{machine}; {busy}; {time.monotonic() - began:.0f} s.\n{NOTE}\n\n{table(rows)}")
    if given.json:
        given.json.write_text(json.dumps(_as_json(rows, machine, before), indent=1, ensure_ascii=False) + "\n", "utf-8")
    if failed:
        sys.exit(f"without {', '.join(failed)}")


def _as_json(rows: Sequence[Row], machine: str, load: float) -> dict[str, object]:
    return {"machine": machine, "load_at_start": load, "rows": [row.as_json() for row in rows]}


if __name__ == "__main__":
    main()
