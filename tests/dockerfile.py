"""Reads a Dockerfile and a .dockerignore as far as ours go; what it does not know is refused by name."""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

KNOWN = frozenset({"CMD", "COPY", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "USER", "VOLUME", "WORKDIR"})


@dataclass(frozen=True, slots=True)
class Line:
    """One instruction: `RUN`, and what follows it."""

    word: str
    rest: str

    @property
    def listed(self) -> list[str]:
        """The words, where they are given as a list."""
        try:
            found = json.loads(self.rest.partition("CMD ")[2] if self.word == "HEALTHCHECK" else self.rest)
        except ValueError:
            return []
        return [str(word) for word in found] if isinstance(found, list) else []

    @property
    def command(self) -> list[str]:
        """What RUN, CMD or HEALTHCHECK starts: the words listed, or a shell with the text."""
        return self.listed or ["/bin/sh", "-c", self.rest]


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A COPY line taken apart; `stage` is `None` where it copies from the project's folder."""

    stage: str | None
    sources: tuple[str, ...]
    target: str


def read(path: Path) -> tuple[Stage, ...]:
    """Return the stages in order.

    Raises:
        ValueError: An instruction is one that this reader does not know.
    """
    stages: list[Stage] = []
    for line in _lines(path.read_text(encoding="utf-8")):
        if line.word not in KNOWN:
            raise ValueError(f"{line.word!r} is not known here yet; teach this reader, and what carries it out")
        if line.word == "FROM":
            _, *named = re.split(r"\s+as\s+", line.rest, flags=re.IGNORECASE)
            stages.append(Stage(named[0] if named else str(len(stages)), ()))
        else:
            stages[-1] = Stage(stages[-1].name, (*stages[-1].lines, line))
    return tuple(stages)


def copy_of(line: Line) -> Copy:
    """Return a COPY line taken apart.

    Raises:
        ValueError: It has a flag that this reader does not know.
    """
    words = shlex.split(line.rest)
    flags = [word for word in words if word.startswith("--")]
    stage = flags[0].removeprefix("--from=") if flags else None
    if flags and (len(flags) > 1 or not flags[0].startswith("--from=")):
        raise ValueError(f"no flag of COPY but --from is known here yet: {line.rest!r}")
    *sources, target = words[len(flags) :]
    return Copy(stage, tuple(sources), target)


def environment(line: Line, so_far: Mapping[str, str]) -> dict[str, str]:
    """Return what an ENV line adds to the environment so far."""
    pairs = (word.partition("=") for word in shlex.split(line.rest))
    return {name: string.Template(value).substitute(so_far) for name, _, value in pairs}


def context(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, relative to it, that its .dockerignore lets an image see."""
    rules = [rule for rule in (folder / ".dockerignore").read_text(encoding="utf-8").splitlines() if rule]
    for top in sorted(folder.iterdir()):
        if _ignored(top.relative_to(folder), rules):
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and not _ignored(path.relative_to(folder), rules):
                yield path.relative_to(folder)


def _ignored(path: Path, rules: list[str]) -> bool:
    """Tell whether the last rule that speaks of this path, or of a folder it is in, leaves it out."""
    ignored = False
    names = [path, *path.parents[:-1]]
    for rule in rules:
        pattern = rule.removeprefix("!")
        anywhere = pattern.startswith("**/")
        if any(_fits(name.name if anywhere else str(name), pattern.removeprefix("**/")) for name in names):
            ignored = not rule.startswith("!")
    return ignored


def _fits(name: str, pattern: str) -> bool:
    """Tell whether they match; a `*` stays within one name of a path."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))


def _lines(text: str) -> Iterator[Line]:
    without_comments = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in without_comments.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield Line(word.upper(), rest.strip())
