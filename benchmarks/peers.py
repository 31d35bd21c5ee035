"""Other people's recognisers beside heedful's, on the same texts and by the same scoring: personal data, and orders."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.processes import ROOT
from benchmarks.rows import Row, at
from heedful.errors import InputError
from heedful.evaluate import pii
from heedful.evaluate.items import Figures, Judged, rates, read

WORKER = Path(__file__).with_name("peers_worker.py")
PACKAGES = ("presidio-analyzer==2.2.366", "scrubadub==2.0.1")
BARE = ("pytector==0.4.0",)  # one file of it is read, which needs no model
PATIENCE_S = 60.0  # for one peer and one set; a slower one is scored on those it has come to, in a shuffled order
SURE = 0.4  # presidio's documentation filters weak matches at about this; its default keeps them all

OURS = "heedful"
FIGURES = (  # what is said of it, the key of `heedful eval`, whether more is better
    ("found", "recall", True),
    ("right", "precision", True),
    ("clean texts flagged", "clean_false_rate", False),
    ("heard in vain", "false_rate", False),
)
FINDERS = ("langchain", "presidio", "scrubadub")
JUDGES = ("pytector",)
IN_THIS_PYTHON = frozenset({OURS, "langchain"})


@dataclass(frozen=True, slots=True)
class Installed:
    """Where the peers are: the Python of their environment, and the folder of those that are read as files."""

    python: Path
    bare: Path


@dataclass(frozen=True, slots=True)
class Answers:
    """What one peer said of one set: the items it came to, what it found in each, and how long each took."""

    items: Sequence[Mapping[str, Any]]
    found: Sequence[Mapping[str, Any]]

    @property
    def ms(self) -> list[float]:
        """Processor time of each text, in ms."""
        return [one["ms"] for one in self.found]

    def personal(self, at_least: float = 0.0) -> Figures:
        """Return the figures of `heedful eval pii`, of the spans whose score is at least this."""
        kept = [[(start, end) for start, end, score in one["spans"] if score >= at_least] for one in self.found]
        return pii.figures(pii.Found(item, tuple(spans)) for item, spans in zip(self.items, kept, strict=True))

    def ordering(self) -> Mapping[str, Any]:
        """Return the figures of `heedful eval injection`."""
        return rates([Judged(item, one["found"]) for item, one in zip(self.items, self.found, strict=True)])


@dataclass(frozen=True, slots=True)
class _Line:
    """One peer's figures on one set."""

    set: str
    peer: str
    figures: Mapping[str, Any]
    answers: Answers

    def says(self, key: str) -> bool:
        """Return whether the set says anything of a figure: there are texts of the sort it is a share of."""
        wanted = [bool(item["spans"] if "spans" in item else item["label"]) for item in self.answers.items]
        return key in self.figures and (not all(wanted) if key in ("clean_false_rate", "false_rate") else any(wanted))


def run(work: Path, sets: Path) -> list[Row]:
    """Return recall, precision, false alarms and processor time of a text, by language and set, beside each peer's.

    `sets` holds `pii/*/items.jsonl` and `injection/*/items.jsonl`, as `heedful eval` reads them.

    Raises:
        RuntimeError: The peers can't be installed, there is no set, or a peer broke down; says which.
    """
    try:
        found = {kind: _sets(sets, kind) for kind in ("pii", "injection")}
    except InputError as error:
        raise RuntimeError(str(error)) from error
    if not any(found.values()):
        raise RuntimeError(f"{str(sets)!r} holds neither pii/*/items.jsonl nor injection/*/items.jsonl; see --sets")
    installed = install(work)
    rows: list[Row] = []
    for kind, peers in (("pii", FINDERS), ("injection", JUDGES)):
        rows += compared(kind, found[kind], peers, installed)
    return rows


def compared(
    kind: str, sets: Mapping[str, Sequence[Mapping[str, Any]]], peers: Sequence[str], installed: Installed
) -> list[Row]:
    """Print what every peer came to on the same texts, and return our figures beside the best of theirs.

    Raises:
        RuntimeError: A peer broke down.
    """
    lines: list[_Line] = []
    rows: list[Row] = []
    with _peers((OURS, *peers), installed) as workers:
        for name, items in sets.items():
            of_set = _table(kind, name, {peer: _answers(worker, kind, items) for peer, worker in workers.items()})
            lines += of_set
            rows += _rows(of_set)
    print(f"{_printed(lines)}\n")
    return rows


def _sets(folder: Path, kind: str) -> Mapping[str, list[Mapping[str, Any]]]:
    """Return the items by language and set, shuffled the same way each time."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for path in sorted((folder / kind).glob("*/items.jsonl")):
        for item in read(path, "text", "spans" if kind == "pii" else "label"):
            part = f" {item['set']}" if "set" in item else ""
            found.setdefault(f"{path.parent.name}{part} ({item.get('lang', 'en')})", []).append(item)
    for items in found.values():
        random.Random(0).shuffle(items)  # noqa: S311 - an order, not a secret
    return found


def install(work: Path) -> Installed:
    """Install the peers into an environment of their own.

    Raises:
        RuntimeError: They can't be had.
    """
    place = work / "peers"
    venv.create(place, with_pip=True)
    installed = Installed(place / ("Scripts" if sys.platform == "win32" else "bin") / "python", work / "bare")
    for arguments in (PACKAGES, ("--no-deps", "--target", str(installed.bare), *BARE)):
        pip(installed.python, arguments)
    return installed


def pip(python: Path, arguments: Sequence[str]) -> None:
    """Install what was asked for.

    Raises:
        RuntimeError: It can't be had; says that it takes a registry, and pip's own reason.
    """
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        why = next((line for line in reversed(done.stderr.splitlines()) if "ERROR" in line), "pip gave no reason")
        names = ", ".join((*PACKAGES, *BARE))
        raise RuntimeError(f"the peers ({names}) can't be installed; a package registry is needed for them: {why}")


@dataclass(frozen=True, slots=True)
class _Worker:
    name: str
    process: subprocess.Popen[str]
    answers: IO[str]
    texts: IO[str]
    said: IO[str]  # what it writes to its log: nobody reads it but when it breaks down

    def line(self) -> Any:
        """Return its next answer.

        Raises:
            RuntimeError: It has ended.
        """
        line = self.answers.readline()
        if not line:
            self.said.seek(0)
            last = next(reversed(self.said.read().splitlines()), "it said nothing")
            raise RuntimeError(f"the peer {self.name} broke down: {last}")
        return json.loads(line)


@contextmanager
def _peers(names: Sequence[str], installed: Installed) -> Iterator[dict[str, _Worker]]:
    """Start the peers and say who they are; end them afterwards."""
    workers: dict[str, _Worker] = {}
    try:
        for name in names:
            python = sys.executable if name in IN_THIS_PYTHON else str(installed.python)
            said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with its worker
            process = subprocess.Popen(
                [python, "-P", str(WORKER), name, str(installed.bare)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                cwd=ROOT,
            )
            assert process.stdin is not None
            assert process.stdout is not None
            workers[name] = _Worker(name, process, process.stdout, process.stdin, said)
        for name, worker in workers.items():
            who = worker.line()
            print(f"  {name} {who['version']} ({who['licence']})", file=sys.stderr, flush=True)
        yield workers
    finally:
        for worker in workers.values():
            worker.texts.close()
            worker.process.kill()
            worker.process.wait()
            worker.answers.close()
            worker.said.close()


def _answers(worker: _Worker, kind: str, items: Sequence[Mapping[str, Any]]) -> Answers:
    """Return what a peer says of each text, or of as many as it comes to."""
    began, found = time.monotonic(), []
    for item in items:
        asked = {"kind": kind, "text": item["text"], "lang": item.get("lang", "en"), "origin": item.get("origin")}
        worker.texts.write(json.dumps(asked) + "\n")
        worker.texts.flush()
        found.append(worker.line())
        if time.monotonic() - began > PATIENCE_S:
            break
    return Answers(items[: len(found)], found)


def _table(kind: str, name: str, answers: Mapping[str, Answers]) -> list[_Line]:
    """Return what each peer came to on one set, ours first."""
    lines = []
    for peer, one in answers.items():
        came_to, all_ = len(one.items), len(answers[OURS].items)
        of = f" (on {came_to} of {all_})" if came_to < all_ else ""
        figures = one.personal() if kind == "pii" else one.ordering()
        lines.append(_Line(name, peer + of, figures, one))
        if peer == "presidio":
            lines.append(_Line(name, f"presidio from {SURE}{of}", one.personal(SURE), one))
    return lines


def _rows(lines: Sequence[_Line]) -> Iterator[Row]:
    """Yield each figure of ours beside the best of the peers', and our time beside that of whoever finds most."""
    ours, *theirs = lines
    for said, key, more in FIGURES:
        if ours.says(key):
            best = (max if more else min)(theirs, key=lambda line: float(line.figures[key]))
            what = f"{said}, {ours.set}; beside the best there, {best.peer}"
            yield Row(what, 100 * ours.figures[key], "%", 100 * best.figures[key], more=more)
    finder = max(theirs, key=lambda line: float(line.figures["recall"]))
    for said, share in (("p50", 0.5), ("p95", 0.95)):
        what = f"a text's processor time {said}, {ours.set}; beside {finder.peer}"
        yield Row(what, at(ours.answers.ms, share), "ms", at(finder.answers.ms, share), digits=2)


def _printed(lines: Sequence[_Line]) -> str:
    """Return the lines as a Markdown table."""
    heads = ("set", "peer", *(said for said, _, _ in FIGURES), "p50", "p95")
    rows = [
        (
            line.set,
            line.peer,
            *(f"{100 * line.figures[key]:.1f} %" if line.says(key) else "–" for _, key, _ in FIGURES),
            *(f"{at(line.answers.ms, share):.2f} ms" for share in (0.5, 0.95)),
        )
        for line in lines
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))
