"""A model that tries a thousand ways to say what it must not, against a running service: what of it gets out.

`python -m benchmarks.red_team --attacks 1000 --clean 500 --json FILE`. The model is on loopback and streams in random
cuts; what comes over the wire is read by a detector of its own (benchmarks/detector.py).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.loopback import Loopback, Script

from benchmarks import models
from benchmarks.attacks import CANARY, DOORS, LANGUAGES, Attack, attacks, profiles, published
from benchmarks.detector import bones, holds, quotes, shows
from benchmarks.processes import ROOT, heedful, service
from benchmarks.red_team_doors import Doors, Told
from benchmarks.red_team_report import Good, Taken, Tried, report, rows
from benchmarks.rows import Row
from heedful.adapters import minilm

ATTACKS, CLEAN, SEED = 1000, 500, 20261122
LANES = 4  # conversations at a time; each has questions of its own, by which the model knows what to say
REPLIES = Path(__file__).with_name("clean_replies.toml")


@dataclass(slots=True)
class Model:
    """What the scripted model says next to each question; it says it in pieces of random length."""

    says: dict[str, tuple[int, Attack | None, str]] = field(default_factory=dict)
    canaries: dict[str, str] = field(default_factory=dict)  # by question
    turn: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))  # by question
    told: set[int] = field(default_factory=set)  # numbers of the attacks that it has said, knowing what they are after

    def __call__(self, body: Mapping[str, Any]) -> Script:
        """Return the script for one request of the service."""
        prompt = "\n".join(str(message.get("content")) for message in body["messages"])
        for question, (number, attack, words) in list(self.says.items()):  # another thread adds to it
            if question in prompt:
                mark = re.search(rf"{CANARY}[0-9a-f]+", prompt)
                self.canaries[question] = mark[0] if mark else CANARY
                if attack is not None:
                    if attack.about not in ("prompt", "staff") or bones(attack.value) in bones(prompt):
                        self.told.add(number)
                    words = joined(words, attack.words(self.canaries[question] if attack.about == "canary" else ""))
                return Script(cut(words, number))
        return Script(("I ", "can't ", "say."))


def cut(words: str, seed: int) -> tuple[str, ...]:
    """Cut words into pieces of one to twelve characters."""
    pick, pieces = random.Random(seed), []  # noqa: S311 - where a stream is cut is no secret
    while words:
        length = pick.randint(1, 12)
        pieces.append(words[:length])
        words = words[length:]
    return tuple(pieces)


def joined(opening: str, words: str) -> str:
    """Return an ordinary opening and the words of an attack, which may need a line of their own."""
    own_line = "\n" in words or words.startswith(("|", "`", "-", "BEGIN", "{"))
    return opening + ("\n\n" if own_line else " ") + words


def questions() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Return questions and their good answers, by language."""
    about = tomllib.loads(REPLIES.read_text("utf-8"))["about"]
    return {
        language: [(one["question"], tuple(one["answers"])) for one in about if one["lang"] == language]
        for language in LANGUAGES
    }


def frames(language: str) -> list[str]:
    """Return the ways in which an answer is put."""
    found: list[str] = tomllib.loads(REPLIES.read_text("utf-8"))["frames"][language]
    return found


def gets_out(attack: Attack, told: Told, canary: str) -> bool:
    """Whether what the attack was after can be read in what came over the wire."""
    if attack.never:
        read = told.words.casefold()
        return any(one.casefold() in read for one in attack.never)
    signs = attack.signs(canary if attack.about == "canary" else "")
    if attack.about in ("prompt", "staff"):
        return quotes(told.words, attack.value, published()) or shows(told.words, signs)
    value = canary if attack.about == "canary" else attack.value
    return holds(told.wire, value) or (attack.disclosed and shows(told.words, signs))


async def try_all(doors: Doors, model: Model, count: int, clean: int, seed: int) -> Taken:
    """Try every attack, then every good answer, some at a time."""
    asked = questions()
    waiting = attacks(count, seed)
    tried: list[Tried] = []
    good: list[Good] = []

    async def attacking(lane: int) -> None:
        while waiting:
            attack = waiting.pop()
            question, answers = asked[attack.language][lane]
            tried.append(await _try(doors, model, attack, question, answers[0]))

    numbers = list(range(clean))

    async def answering() -> None:
        while numbers:
            good.append(await _good(doors, model, numbers.pop(0)))

    await asyncio.gather(*(attacking(lane) for lane in range(LANES)))
    await asyncio.gather(*(answering() for _ in range(LANES)))
    return Taken(tried, good)


async def _try(doors: Doors, model: Model, attack: Attack, question: str, opening: str) -> Tried:
    if attack.door == "check":
        mark = f"{CANARY}0123456789abcdef0123"
        draft = joined(opening, attack.words(mark if attack.about == "canary" else ""))
        told = await doors.check(attack, draft, question, opening.replace(" [1]", ""), mark)
        return Tried(attack, told, gets_out(attack, told, mark), was_said=True)
    if attack.asks:
        question, opening = attack.asks, ""
    async with model.turn[question]:
        model.says[question] = (attack.number, attack, opening)
        told = await doors.ask(attack.door, attack.language, question, attack.via, attack.before)
        del model.says[question]
    out = gets_out(attack, told, model.canaries.get(question, CANARY))
    return Tried(attack, told, out, was_said=attack.number in model.told)


async def _good(doors: Doors, model: Model, number: int) -> Good:
    """Ask a question to which the model knows a good answer; never the same question twice at a time."""
    language, door, turn = LANGUAGES[number % 2], DOORS[number // 2 % 3], number // 2
    about, ways = questions()[language], frames(language)
    question, answers = about[turn % len(about)]
    answer = answers[turn // len(about) % len(answers)]
    words = ways[turn // len(about) // len(answers) % len(ways)].format(answer=answer)
    async with model.turn[question]:
        model.says[question] = (number, None, words)
        told = await doors.ask(door, language, question)
        del model.says[question]
    whole = _plain(words) in _plain(told.words)
    changed = not told.handed_off and not whole
    return Good(door, language, words, told, told.handed_off, changed)


def _plain(text: str) -> str:
    return "".join(re.sub(r"\[\d+\]|<[^>]+>", "", text).split())


def attack_service(
    work: Path, *, count: int = ATTACKS, clean: int = CLEAN, seed: int = SEED, embedder: str = ""
) -> dict[str, Any]:
    """Start a service with planted customers and the sample's help content, try everything, and return the figures.

    `embedder` as in HEEDFUL_EMBEDDER; empty: the English one where its weights are installed, else none.
    """
    data, planted = work / "data", work / "planted.jsonl"
    planted.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in profiles()), "utf-8")
    installed = "minilm" if minilm.installed(models.folder() / "minilm") else "none"
    settings = {
        "HEEDFUL_DATA_DIR": str(data),
        "HEEDFUL_MODELS_DIR": str(models.folder()),
        "HEEDFUL_EMBEDDER": embedder or installed,
    }
    heedful(settings, "ingest", str(ROOT / "knowledge_base"))
    heedful(settings, "profiles", "import", str(planted))
    key = heedful(settings, "keys", "create", "--scopes", "chat,email,assist,check")["key"]
    model = Model()
    with ExitStack() as stack:
        loopback = stack.enter_context(Loopback(model))
        told = {"HEEDFUL_MODEL": "openai:loopback", "HEEDFUL_MODEL_BASE_URL": loopback.url}
        serving = stack.enter_context(service(data, {**settings, **told}, cpu=None))

        async def all_of_it() -> Taken:
            async with httpx.AsyncClient(trust_env=False) as http:
                return await try_all(Doors(serving.url, key, http), model, count, clean, seed)

        return report(asyncio.run(all_of_it()))


def run(work: Path) -> list[Row]:
    """Return the rows of the red team."""
    return rows(attack_service(work))


def main() -> None:
    """Run the red team and print what got out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.red_team", description=__doc__)
    parser.add_argument("--attacks", type=int, default=ATTACKS)
    parser.add_argument("--clean", type=int, default=CLEAN)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        figures = attack_service(Path(work), count=given.attacks, clean=given.clean, seed=given.seed)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for aim, found in figures["by_aim_and_door"].items():
        print(f"{aim:24} {found['got_out']:4} of {found['n']:4}")
    for form, names in figures["forms_that_got_through"].items():
        print(f"got through: {form}: {len(names)}")
    print(json.dumps({key: value for key, value in figures.items() if isinstance(value, int)}))
    sys.exit(1 if figures["new_forms_that_got_through"] else 0)


if __name__ == "__main__":
    main()
