"""`python -m benchmarks voice`: how the built-in writer replies to 120 messages of people in every state of mind.

Each message of questions/voice.toml goes through the real assistant, without a profile. Replies are kept as a voice set
(`python -m benchmarks.voice --out FILE`), and printed to be read: no figure says whether a reply is a good one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rows import Row, table
from heedful.assemble import Heedful, assemble
from heedful.language import detect
from heedful.phrases import Phrases
from heedful.settings import read, shipped
from heedful.states import state_of
from heedful.values import Turn

QUESTIONS = Path(__file__).resolve().parent / "questions" / "voice.toml"
SHARED = Path(os.environ.get("HEEDFUL_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
ARDUINO = Path("help_centers") / "arduino"
DUE = frozenset({"worried", "upset", "angry", "grieving", "pleased"})  # states in which a sentence of care is due
TOLD = ("sample", "arduino")


@dataclass(frozen=True, slots=True)
class Answered:
    """One message, and what was answered to it."""

    asked: Mapping[str, Any]
    reply: Mapping[str, Any]
    passages: tuple[str, ...]

    def as_item(self) -> Mapping[str, Any]:
        """Return it as a line of a voice set."""
        text, asked = str(self.reply["text"]), self.asked
        same = {name: asked[name] for name in ("id", "lang", "state")}
        return {**same, "question": asked["text"], "passages": list(self.passages), "reply": text, "expect": []}

    def as_page(self) -> str:
        """Return it to be read."""
        asked, sources = self.asked, ", ".join(one["title"] for one in self.reply["citations"])
        read_as = state_of(asked["text"], detect(asked["text"])).name
        head = f"### {asked['id']} ({asked['over']}, {asked['kind']}, {asked['state']}; read as {read_as})"
        found = ", ".join(f"{one['code']}: {one['why']}" for one in self.reply["verdict"]["findings"])
        over = f" → a person {found}".rstrip() if self.reply["handed_off"] else ""
        return f"{head}\n> {asked['text']}\n\n{self.reply['text']}\n({sources or 'no source'}){over}\n"


def run(work: Path) -> list[Row]:
    """Answer every message and return what can be counted of the replies."""
    return rows(asyncio.run(answer_all(work)))


async def answer_all(work: Path, wanted: Sequence[str] = ()) -> list[Answered]:
    """Return the answers to the messages (when ids are given, to those), over each help centre that is here."""
    questions = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]
    folders = {"sample": shipped("knowledge_base"), "arduino": SHARED / ARDUINO}
    answered = []
    for over in TOLD:
        asked = [one for one in questions if one["over"] == over and (not wanted or one["id"] in wanted)]
        if not asked:
            continue
        if not folders[over].is_dir():
            print(f"without {len(asked)} over {over}: set HEEDFUL_SHARED_DATA to its folder", file=sys.stderr)
            continue
        answered += await _answered(work / over, folders[over], asked)
    return answered


async def _answered(data: Path, folder: Path, asked: Sequence[Mapping[str, Any]]) -> list[Answered]:
    own = {"HEEDFUL_DATA_DIR": str(data), "HEEDFUL_MODEL": "extractive"}
    kept = {name: os.environ[name] for name in ("HEEDFUL_MODELS_DIR", "HEEDFUL_EMBEDDER") if name in os.environ}
    settings = read({**own, **kept})  # the embedder answers where it has been installed
    async with assemble(settings) as ours:
        await ours.knowledge.sync([folder])
        if ours.embedder is None:
            print("the embedder is not installed: words alone are searched", file=sys.stderr)
        return [await _one(ours, one) for one in asked]


async def _one(ours: Heedful, asked: Mapping[str, Any]) -> Answered:
    events = await ours.conversations.answer("chat", [Turn("customer", asked["text"])])
    reply = next((event.content for event in events if event.type == "reply"), None)
    if reply is None:
        raise RuntimeError(f"the reply to {asked['id']} did not come to its end")
    found = await ours.retriever.retrieve(asked["text"], language=reply["language"])
    return Answered(asked, reply, tuple(passage.text for passage in found.passages))


def rows(answered: Sequence[Answered]) -> list[Row]:
    """Return what can be counted without a judge."""
    phrases = Phrases.load(shipped("prompts") / "phrases")
    care = {
        lang: {phrases.get(lang, key) for key in phrases.keys if key.startswith("care.")} for lang in phrases.languages
    }
    cared = {one.asked["id"]: any(said in one.reply["text"] for said in care[one.asked["lang"]]) for one in answered}
    due = [one for one in answered if one.asked["state"] in DUE and not one.reply["handed_off"]]
    calm = [one for one in answered if one.asked["state"] not in DUE]
    states = [state_of(one.asked["text"], one.asked["lang"]).name == one.asked["state"] for one in answered]
    spoken = [one.reply["language"] == one.asked["lang"] == detect(one.reply["text"]) for one in answered]
    lengths = [len(one.reply["text"].split()) for one in answered]
    return [
        Row("voice: replies", len(answered), "", digits=0),
        Row("voice: in the customer's language", _share(spoken), "", hold=1, more=True, digits=3),
        Row("voice: state of mind read as meant", _share(states), "", more=True, digits=3),
        Row("voice: a sentence of care where it is due", _share([cared[one.asked["id"]] for one in due]), "", digits=3),
        Row("voice: one where none is", _share([cared[one.asked["id"]] for one in calm]), "", digits=3),
        Row("voice: with a source", _share([bool(one.reply["citations"]) for one in answered]), "", digits=3),
        Row("voice: to a person", _share([bool(one.reply["handed_off"]) for one in answered]), "", digits=3),
        Row("voice: words of a reply, on average", sum(lengths) / max(1, len(lengths)), "", digits=1),
    ]


def _share(yes: Sequence[bool]) -> float:
    return sum(yes) / len(yes) if yes else 0.0


def main() -> None:
    """Answer, print the replies to be read, and write them down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voice", description=__doc__)
    parser.add_argument("ids", nargs="*", metavar="ID", help="these messages only")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the replies there, as a voice set")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the indexes there, for another run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        answered = asyncio.run(answer_all(given.data or Path(work), given.ids))
    if given.out:
        lines = (json.dumps(one.as_item(), ensure_ascii=False) + "\n" for one in answered)
        given.out.write_text("".join(lines), encoding="utf-8")
    print("\n".join(one.as_page() for one in answered))
    print(table(rows(answered)))


if __name__ == "__main__":
    main()
