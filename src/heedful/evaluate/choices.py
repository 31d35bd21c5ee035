"""What somebody chose on the blind page, read with the key to it: which side they preferred, and how surely."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from heedful.errors import InputError
from heedful.evaluate.compare import KEY, KEY_SAYS
from heedful.evaluate.paired import SURE, sign_test

CHOICES = ("left", "right", "same", "both_bad")


def result(file: Path, folder: Path) -> dict[str, Any]:
    """Return how often each side was chosen, of all and by language, state and kind, with a sign test each.

    Questions without a choice are left out; so are choices made after the page was opened with the key.

    Raises:
        InputError: A file can't be read, or they are not of one run.
    """
    chosen, key = _object(file, "choices"), _key(folder)
    if chosen.get("run") != key["run"]:
        raise InputError(
            f"{file.name!r} is of run {chosen.get('run')!r} and {str(folder)!r} holds run {key['run']!r}; give the "
            "folder that was written with the page"
        )
    made = chosen.get("choices")
    if not isinstance(made, Mapping):
        raise InputError(f"{file.name!r} holds no choices; download them again from the page")
    unblind = chosen.get("after_reveal", [])
    if not isinstance(unblind, list):
        raise InputError(f"{file.name!r}: 'after_reveal' is a list of questions")
    sides = {}
    for id_, choice in made.items():
        if id_ not in key["left"] or choice not in CHOICES:
            raise InputError(f"{file.name!r}: {id_!r}: {choice!r} is no choice of this run; download them again")
        if id_ not in unblind:
            sides[id_] = _side(choice, key["left"][id_])
    found: dict[str, Any] = {"run": key["run"], "sides": {"a": key["a"], "b": key["b"]}}
    found |= {"asked": len(key["left"]), "after_reveal": len(unblind), **_tally(sides.values())}
    for name in ("lang", "state", "kind"):
        values = sorted({one[name] for one in key["questions"].values() if one[name]})
        if len(values) > 1:
            found[f"by_{name}"] = {
                value: _tally(side for id_, side in sides.items() if key["questions"][id_][name] == value)
                for value in values
            }
    return found


def _side(choice: str, left: str) -> str:
    """Return the side that was chosen; `same` and `both_bad` as they are."""
    if choice == "left":
        return left
    return ("b" if left == "a" else "a") if choice == "right" else choice


def _tally(sides: Iterable[str]) -> dict[str, Any]:
    chosen = list(sides)
    counts = {name: chosen.count(name) for name in ("a", "b", "same", "both_bad")}
    p = sign_test(counts["a"], counts["b"])
    return {"n": len(chosen), **counts, "p": round(p, 4), "sure": p < SURE}


def _key(folder: Path) -> Mapping[str, Any]:
    key = _object(folder / KEY, "key")
    if key.get("key") != KEY_SAYS or not {"run", "a", "b", "left", "questions"} <= key.keys():
        raise InputError(f"{str(folder / KEY)!r} is no key of a comparison; give the folder of --items")
    return key


def _object(file: Path, what: str) -> Mapping[str, Any]:
    try:
        content = json.loads(file.expanduser().read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"the {what} {str(file)!r} can't be read ({error.strerror})") from error
    except ValueError as error:
        raise InputError(f"the {what} {str(file)!r} are no JSON; download or write them again") from error
    if not isinstance(content, Mapping):
        raise InputError(f"the {what} {str(file)!r} are no JSON object; download or write them again")
    return content
