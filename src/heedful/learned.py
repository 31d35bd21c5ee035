"""The numbers learned from questions about our own help centre, as `benchmarks/train_ranking.py` writes them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent / "knowledge" / "ranking.toml"


@dataclass(frozen=True, slots=True)
class Order:
    """What is added to a fused score, which is up to 1."""

    coverage: float  # for an article that holds all of the question
    pairs: float  # for a passage that holds all its words side by side as it does


@dataclass(frozen=True, slots=True)
class Curve:
    """A logistic curve over signs: where it starts, and how steep it is along each; none falls."""

    start: float
    weights: Mapping[str, float]


@lru_cache(maxsize=1)
def order() -> Order:
    """Return what the order of candidates leans on beside the two legs."""
    numbers = _numbers()["order"]
    return Order(coverage=numbers["coverage"], pairs=numbers["pairs"])


@lru_cache(maxsize=8)
def curve(name: str) -> Curve:
    """Return the curve `vectors`, `crossed`, or for words alone that of a language; English stands for the others."""
    curves = _numbers()["curves"]
    numbers: dict[str, float] = dict(curves.get(name) or curves["en"])
    return Curve(numbers.pop("start"), numbers)


def forget() -> None:
    """Read the numbers anew when they are next asked for."""
    for read in (order, curve, _numbers):
        read.cache_clear()


@lru_cache(maxsize=1)
def _numbers() -> dict[str, Any]:
    numbers: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return numbers
