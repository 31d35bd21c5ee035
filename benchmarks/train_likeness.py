"""`python -m benchmarks.train_likeness`: what pressure, orders and the like read like, learned from texts of our own.

Learns from `benchmarks/training`, and as harmless texts half the sentences of our own help centre; for what customers
write, our own questions too. Nothing else is looked at. Writes `guard/weights/*.npz` and prints how well they do on
texts that were left out.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.processes import ROOT
from heedful.guard.likeness import FOLDER, SORTS, Likeness, features, is_korean
from heedful.knowledge.load import files, read
from heedful.settings import shipped
from heedful.units import sentences

APART = ("sensitive", "recital")  # what is harmless as the one may be the other
ASKED = ("injection", "rights")  # sorts of what customers write; the others are of what replies say
FOLDS = 5
ROUNDS = 15
RATE = 0.2
RIDGE = 1e-5
SEEN = 2  # texts in which a feature has to stand: one alone says nothing of another text
KEPT = 12_000  # features, those that weigh most
# Share of harmless texts left out that may read like the sort, for `likely`: less where a finding costs the reply more.
FALSE = {"injection": 0.01, "pressure": 0.004, "rights": 0.003, "promise": 0.003, "sensitive": 0.003, "recital": 0.003}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Text:
    """One text, and whether it is of the sort."""

    lang: str
    text: str
    label: int


def texts(name: str) -> list[Text]:
    """Return what is learned from, in a fixed order."""
    found = given(name)
    own = {one.text for one in found}
    beside = [other for other in SORTS if other not in APART and other != name and (other in ASKED) == (name in ASKED)]
    found += [one for other in beside for one in given(other) if not one.label and one.text not in own]
    found += [Text(lang, text, 0) for lang, text in harmless()]
    found += [Text(lang, text, 0) for lang, text in questions()] if name in ASKED else []
    return list({one.text: one for one in found}.values())


def given(name: str) -> list[Text]:
    """Return what was written for one sort, both labels."""
    lines = (ROOT / "benchmarks" / "training" / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    read_in = [json.loads(line) for line in lines if line.strip()]
    return [Text(one["lang"], one["text"], int(one["label"])) for one in read_in]


def harmless() -> Iterator[tuple[str, str]]:
    """Yield every other sentence of our own help centre."""
    root = shipped("knowledge_base")
    for path in sorted(files([root])):
        article = read(path, root=root)
        for unit in sentences(article.text)[::2]:
            if len(unit.strip()) > 12:
                yield article.lang, unit.strip()


def questions() -> Iterator[tuple[str, str]]:
    """Yield what customers ask in our own sets about help centres: none is an order or a wish about data."""
    for path in sorted((ROOT / "benchmarks" / "questions").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                one = json.loads(line)
                yield one["lang"], one["text"]


def learn(examples: Sequence[Text]) -> Likeness:
    """Return a logistic regression over log-count ratios, both classes in balance, by AdaGrad; the same each time.

    The ratios are those of Wang and Manning, "Baselines and Bigrams" (ACL 2012): good where texts are few and short.
    """
    of = [features(one.text) for one in examples]
    counts = Counter(feature for found in of for feature in found)
    names = sorted(feature for feature, count in counts.items() if count >= SEEN)
    place = {feature: at for at, feature in enumerate(names)}
    rows = [np.array(sorted(place[f] for f in found if f in place), dtype=np.int64) for found in of]
    labels = np.array([one.label for one in examples], dtype=np.float64)
    ratio = _ratios(rows, labels, len(names))
    weights, bias = _fitted(rows, [1 / sqrt(len(found) or 1) for found in of], labels, ratio)
    heaviest = np.argsort(-np.abs(weights), kind="stable")[:KEPT]
    kept = {names[at]: (float(np.float16(weights[at])),) for at in sorted(heaviest)}
    return Likeness(("",), kept, (bias,), ((0.5, 0.5),))


def _ratios(rows: Sequence[npt.NDArray[np.int64]], labels: Floats, count: int) -> Floats:
    """Return by feature the logarithm of how much more often it stands in texts of the sort than in others."""
    of_sort, others = np.ones(count), np.ones(count)
    for row, label in zip(rows, labels, strict=True):
        (of_sort if label else others)[row] += 1
    ratios: Floats = np.log((of_sort / of_sort.sum()) / (others / others.sum()))
    return ratios


def _fitted(
    rows: Sequence[npt.NDArray[np.int64]], scale: Sequence[float], labels: Floats, ratio: Floats
) -> tuple[Floats, float]:
    """Return the weights, ratios included, and the bias."""
    share = labels.mean()
    counted = np.where(labels > 0, 0.5 / share, 0.5 / (1 - share))
    weights, seen, bias = np.zeros(len(ratio)), np.full(len(ratio), 1e-8), 0.0
    order, draw = list(range(len(rows))), random.Random(7)  # noqa: S311 - the same order each time
    for _ in range(ROUNDS):
        draw.shuffle(order)
        for at in order:
            row = rows[at]
            found = ratio[row] * scale[at]
            slope = (1 / (1 + np.exp(-(weights[row] @ found + bias))) - labels[at]) * counted[at]
            step = slope * found + RIDGE * len(rows) * weights[row]
            seen[row] += step * step
            weights[row] -= RATE * step / np.sqrt(seen[row])
            bias -= 0.02 * float(slope)
    return weights * ratio, bias


def left_out(examples: Sequence[Text]) -> Floats:
    """Return the chance of each text, by what was learned without it."""
    order = list(range(len(examples)))
    random.Random(11).shuffle(order)  # noqa: S311 - the same folds each time
    chances = np.zeros(len(examples))
    for fold in range(FOLDS):
        out = set(order[fold::FOLDS])
        learned = learn([one for at, one in enumerate(examples) if at not in out])
        for at in out:
            chances[at] = learned.chances(examples[at].text)[0]
    return chances


def threshold(chances: Floats, labels: Floats, false: float) -> float:
    """Return the chance that few harmless texts reach."""
    return float(min(0.99, max(0.5, np.quantile(chances[labels == 0], 1 - false))))


def main() -> None:
    """Learn, say how well, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train_likeness", description=__doc__)
    parser.add_argument("sorts", nargs="*", default=SORTS, metavar="SORT", help=f"any of {', '.join(SORTS)}")
    parser.add_argument("--to", type=Path, default=FOLDER, metavar="FOLDER", help="where to write [the guard's own]")
    asked = parser.parse_args()
    for name in asked.sorts:
        examples = texts(name)
        likely = _measured(name, examples)
        learned = learn(examples)
        asked.to.mkdir(exist_ok=True)
        np.savez_compressed(
            asked.to / f"{name}.npz",
            features=np.frombuffer("\n".join(learned.weights).encode(), dtype=np.uint8),
            weights=np.array([weight for (weight,) in learned.weights.values()], dtype=np.float16),
            numbers=np.array([learned.bias[0], *likely]),
        )
        size = (asked.to / f"{name}.npz").stat().st_size
        print(f"{name}: {len(examples)} texts, likely from {likely[0]:.3f} and {likely[1]:.3f}, {size:,} bytes")


def _measured(name: str, examples: Sequence[Text]) -> tuple[float, float]:
    """Return from which chance on a text is of the sort, without Hangul and with it; print what that finds."""
    labels = np.array([one.label for one in examples], dtype=np.float64)
    chances = left_out(examples)
    likely = []
    for lang, korean in (("en", False), ("ko", True)):
        mine = np.array([is_korean(one.text) is korean for one in examples])
        likely.append(threshold(chances[mine], labels[mine], FALSE[name]))
        found = chances[mine & (labels == 1)] >= likely[-1]
        false = chances[mine & (labels == 0)] >= likely[-1]
        print(f"{name} {lang}: {found.mean():.3f} of {len(found)} found, {false.mean():.4f} of {len(false)} falsely")
    return likely[0], likely[1]


if __name__ == "__main__":
    main()
