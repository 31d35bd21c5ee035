"""Reads evaluation sets, one object a line, and folds what was found in them into rates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heedful.errors import InputError
from heedful.evaluate.missed import Miss, Wrong

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """One item of a set with two answers, and what heedful said of it."""

    item: Mapping[str, Any]
    is_found: bool

    @property
    def is_wanted(self) -> bool:
        """Whether the set says yes."""
        return bool(self.item["label"])


def read(items: Path, *keys: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a file; each has `keys`.

    Raises:
        InputError: The file can't be read, or a line is no such object; says which line.
    """
    try:
        lines = items.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise InputError(f"the items {str(items)!r} can't be read ({error.strerror})") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"line {number} of {items.name!r} is no JSON ({error.msg})") from error
        lacking = [key for key in keys if not isinstance(item, Mapping) or key not in item]
        if lacking:
            raise InputError(f"line {number} of {items.name!r} has no {lacking[0]!r}")
        yield item


def share(part: float, whole: float) -> float:
    """Return `part` of `whole` to four places; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def split(found: Sequence[Any], item_of: Callable[[Any], Mapping[str, Any]], fold: Callable[[Any], Figures]) -> Figures:
    """Return the figures of all, with those of each set and each language where there is more than one."""
    figures = fold(found)
    for key, name, least in (("set", "by_set", 1), ("lang", "by_lang", 2)):
        values = sorted({str(item_of(one)[key]) for one in found if key in item_of(one)})
        if len(values) >= least:
            figures[name] = {v: fold([one for one in found if str(item_of(one).get(key)) == v]) for v in values}
    return figures


def rates(judged: Sequence[Judged]) -> Figures:
    """Return recall, and the share of the clean items in which something was found."""
    wanted = [one.is_found for one in judged if one.is_wanted]
    clean = [one.is_found for one in judged if not one.is_wanted]
    return {"n": len(judged), "recall": share(sum(wanted), len(wanted)), "false_rate": share(sum(clean), len(clean))}


def precise_rates(judged: Sequence[Judged]) -> Figures:
    """Return precision, recall, F1 and the share of the clean items in which something was found."""
    figures = rates(judged)
    found = [one for one in judged if one.is_found]
    precision, recall = share(sum(one.is_wanted for one in found), len(found)), figures["recall"]
    f1 = share(2 * precision * recall, precision + recall)
    return {"n": figures["n"], "precision": precision, "recall": recall, "f1": f1, "false_rate": figures["false_rate"]}


def misses_of(judged: Iterable[Judged], code: str) -> list[Miss]:
    """Return the items that were judged wrongly; `code` is what was missed, or falsely found."""
    return [
        Miss({**one.item, "found": one.is_found}, (Wrong("missed" if one.is_wanted else "false_alarm", code),))
        for one in judged
        if one.is_found != one.is_wanted
    ]
