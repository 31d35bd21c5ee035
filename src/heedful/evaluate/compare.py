"""`heedful compare`: two sides' answers → figures side by side, and a blind draw of which stands on the left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from heedful.errors import InputError
from heedful.evaluate import voice
from heedful.evaluate.answers import SIDES, Answer, Pair, SideName, Tell, answered
from heedful.evaluate.asked import Question
from heedful.evaluate.paired import means, rates
from heedful.evaluate.sides import Side
from heedful.voice import CARE_DUE, RULES, Spoken, advise
from heedful.voice.care import is_cared_for

PAIRS, KEY = "pairs.jsonl", "key.json"
SETS: Mapping[SideName, str] = {"a": "a.jsonl", "b": "b.jsonl"}
KEY_SAYS = "heedful compare: which side stood where"


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison. `left` says by question which side stands on the left; whoever reads blind must not see it."""

    run: str  # 16 hex digits that name it: of page, key and choices
    seed: int
    names: tuple[str, str]  # of A and B, as given
    pairs: tuple[Pair, ...]
    left: Mapping[str, SideName]
    figures: Mapping[str, Any]


def drawn(seed: int, question_id: str) -> SideName:
    """Return the side that stands on the left: even odds, and the same for a seed whatever else is asked."""
    digest = hashlib.sha256(f"{seed}\0{question_id}".encode()).digest()
    return "a" if digest[0] & 1 else "b"


async def compare(
    sides: tuple[Side, Side], questions: Sequence[Question], *, run: str, seed: int, tell: Tell = lambda _step: None
) -> Compared:
    """Return what both sides answered, with figures.

    Raises:
        InputError, StoreError: As `answers.answered`.
    """
    pairs = await answered(sides, questions, first_is_b=lambda id_: drawn(seed, f"first {id_}") == "b", tell=tell)
    names = (sides[0].name, sides[1].name)
    left = {one.id: drawn(seed, one.id) for one in questions}
    return Compared(run, seed, names, pairs, left, figures(pairs))


def figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the figures of each side over the questions that both answered, and their differences by pairs."""
    whole = [pair for pair in pairs if pair.is_whole]
    found: dict[str, Any] = {
        "questions": len(pairs),
        "compared": len(whole),
        "failed": {"a": sum(bool(pair.a.failed) for pair in pairs), "b": sum(bool(pair.b.failed) for pair in pairs)},
        "differences": _differences(whole),
    }
    found |= {name: _of_side([pair.side(name) for pair in whole]) for name in SIDES}
    return found


async def with_voice(compared: Compared, folder: Path) -> dict[str, Any]:
    """Return the figures with those of `heedful eval voice` on both sides' sets, which `keep` wrote to `folder`."""
    heard = {name: await voice.evaluate(folder / file) for name, file in SETS.items()}
    return {**compared.figures, "voice": heard}


def _of_side(answers: Sequence[Answer]) -> dict[str, Any]:
    times = [one.timings_ms["total"] for one in answers if "total" in one.timings_ms]
    first = [one.timings_ms["first_unit"] for one in answers if "first_unit" in one.timings_ms]
    reasons = sorted({one.reason for one in answers if one.reason})
    return {
        "total_ms": _times(times),
        "first_words_ms": _times(first),
        "handed_off": {reason: sum(one.reason == reason for one in answers) for reason in reasons},
        "models": sorted({one.model for one in answers}),
    }


def _times(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {name: round(value, 1) for value in values for name in ("p50", "p95")}
    cuts = quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1)}


def _differences(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return by figure how A and B differ: shares by an exact test, means by a paired bootstrap."""
    spoken = [(_spoken(pair, pair.a), _spoken(pair, pair.b)) for pair in pairs]
    against = [tuple(frozenset(one.rule for one in advise(said)) for said in both) for both in spoken]
    due = [both for both in spoken if both[0].state in CARE_DUE]
    not_due = [both for both in spoken if both[0].state not in CARE_DUE]

    def told(of: Callable[[Answer], float]) -> dict[str, Any]:
        return means([of(pair.a) for pair in pairs], [of(pair.b) for pair in pairs])

    found = {
        "information_first": _shares(against, lambda rules: "answer_not_first" not in rules),
        "care_where_due": _shares(due, is_cared_for),
        "care_where_not_due": _shares(not_due, is_cared_for),
        "language_match": _shares(against, lambda rules: "wrong_language" not in rules),
        "nothing_to_advise": _shares(against, lambda rules: not rules),
        "handed_off": _shares([(pair.a, pair.b) for pair in pairs], lambda one: one.handed_off),
        "with_a_source": _shares([(pair.a, pair.b) for pair in pairs], lambda one: bool(one.citations)),
        "rules_broken": means([len(a) for a, _ in against], [len(b) for _, b in against]),
        "citations": told(lambda one: len(one.citations)),
        "characters": told(lambda one: len(one.text)),
        "tokens": told(lambda one: one.tokens),
        "total_ms": told(lambda one: one.timings_ms.get("total", 0.0)),
    }
    broken = {rule.id for both in against for rules in both for rule in RULES if rule.id in rules}
    rules = {rule.id: rule.id for rule in RULES if rule.id in broken}
    found["rules"] = {id_: _shares(against, lambda rules, id_=id_: id_ in rules) for id_ in rules}
    return found


def _shares(both: Sequence[Any], holds: Callable[..., bool]) -> dict[str, Any]:
    return rates([bool(holds(a)) for a, _ in both], [bool(holds(b)) for _, b in both])


def _spoken(pair: Pair, answer: Answer) -> Spoken:
    asked = pair.question
    return Spoken(asked.text, asked.lang, answer.text, state=asked.state, passages=pair.passages)


def failures(pairs: Sequence[Pair], name: SideName) -> list[str]:
    """Return why answers of a side failed, each reason once."""
    return sorted({pair.side(name).failed for pair in pairs} - {""})


def keep(compared: Compared, folder: Path) -> None:
    """Write both sides' answers as voice sets, all pairs with what they were made of, and the key to the page.

    Raises:
        InputError: The folder can't be written.
    """
    rows = {PAIRS: [_pair_json(compared, pair) for pair in compared.pairs]}
    whole = [pair for pair in compared.pairs if pair.is_whole]
    for name, file in SETS.items():
        rows[file] = [_item(pair, pair.side(name)) for pair in whole]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, lines in rows.items():
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (folder / file).write_text(text, encoding="utf-8")
        key = json.dumps(key_json(compared), ensure_ascii=False, indent=1)
        (folder / KEY).write_text(key + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"the folder {str(folder)!r} can't be written ({error.strerror}); name another") from error


def key_json(compared: Compared) -> dict[str, Any]:
    """Return what opens the page: which side stood where, and the figures, which would give it away before."""
    asked = {one.question.id: one.question for one in compared.pairs}
    return {
        "key": KEY_SAYS,
        "run": compared.run,
        "seed": compared.seed,
        "a": compared.names[0],
        "b": compared.names[1],
        "left": dict(compared.left),
        "questions": {id_: {"lang": one.lang, "state": one.state, "kind": one.kind} for id_, one in asked.items()},
        "figures": compared.figures,
    }


def _pair_json(compared: Compared, pair: Pair) -> dict[str, Any]:
    return {**asdict(pair.question), "left": compared.left[pair.question.id], "a": asdict(pair.a), "b": asdict(pair.b)}


def _item(pair: Pair, answer: Answer) -> dict[str, Any]:
    asked = pair.question
    return {
        "id": asked.id,
        "lang": asked.lang,
        "state": asked.state,
        "question": asked.text,
        "passages": list(pair.passages),
        "reply": answer.text,
    }
