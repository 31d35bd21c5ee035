"""Saved runs of an evaluation: written by `--save`, read by `--against`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from heedful.errors import InputError
from heedful.evaluate.items import read
from heedful.evaluate.scores import RANKING, Scored

KEYS = ("id", "lang", "relevant", "answerable", "found", "likely")


def save(scored: Sequence[Scored], file: Path) -> None:
    """Write a run, one question a line; without the questions' words.

    Raises:
        InputError: The file can't be written.
    """
    lines = []
    for one in scored:
        kept = {key: value for key, value in asdict(one).items() if key in KEYS}
        kept |= {"relevant": sorted(one.relevant), "likely": round(one.likely, 6)}
        kept |= {name: round(of(one), 4) for name, of in RANKING.items()}
        lines.append(json.dumps(kept, ensure_ascii=False) + "\n")
    try:
        file.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"the run can't be saved as {str(file)!r} ({error.strerror}); name another file") from error


def load(file: Path) -> tuple[Scored, ...]:
    """Return a saved run.

    Raises:
        InputError: The file is no saved run; says which line.
    """
    return tuple(_scored(number, line, file) for number, line in enumerate(read(file, *KEYS), start=1))


def _scored(number: int, line: Mapping[str, Any], file: Path) -> Scored:
    try:
        return Scored(
            id=str(line["id"]),
            lang=str(line["lang"]),
            relevant=frozenset(map(str, line["relevant"])),
            answerable=bool(line["answerable"]),
            found=tuple(map(str, line["found"])),
            likely=float(line["likely"]),
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"question {number} of {file.name!r} is not of a saved run; make one with --save") from error


def misses(scored: Sequence[Scored], titles: Mapping[str, str], threshold: float) -> Iterator[dict[str, Any]]:
    """Yield the questions that went wrong: the right article not first, refused though there, answered though not."""
    for one in scored:
        wrong = []
        if one.is_ranked and not one.relevant.intersection(one.found[:1]):
            wrong.append("not_first")
        if one.answerable != (one.likely >= threshold):
            wrong.append("refused" if one.answerable else "answered")
        if wrong:
            yield {
                "id": one.id,
                "lang": one.lang,
                "question": one.text,
                "wrong": wrong,
                "relevant": [{"id": id_, "title": titles.get(id_, "")} for id_ in sorted(one.relevant)],
                "found": [{"id": id_, "title": titles.get(id_, "")} for id_ in one.found],
                "ndcg": round(one.ndcg, 4),
                "likely": round(one.likely, 3),
            }
