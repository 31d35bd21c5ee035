"""Guard cases as people write them: TOML files of drafts to be stopped and drafts to be sent, or JSON Lines."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from heedful.errors import InputError
from heedful.reason_codes import CODES
from heedful.values import Action

GROUPS = ("stopped", "clean")
USUALLY = {"channel": "chat", "purpose": "customer_care"}  # of a case that does not say
ABOUT = ("given", "action", "code", "note", "shown")  # of a line; all else is the case itself
ASKED = (
    *("id", "lang", "channel", "purpose", "question", "draft", "verified", "notice_given", "history", "hidden"),
    *("profile", "passages", "policy", "recipients", "to", "reply_to", "verified_addresses", "other_customers"),
)
_OF_FILE = ("code", "action", "given", "cases")

Case = Mapping[str, Any]


def read(path: Path) -> Iterator[Case]:
    """Yield the cases of a file, or of every `.toml` file of a folder, each with what it `expect`s.

    Raises:
        InputError: A file can't be read, or a case is none; says which, and what is wrong.
    """
    if path.is_dir():
        files = sorted(path.rglob("*.toml"))
        if not files:
            raise InputError(f"the folder {str(path)!r} holds no .toml file with cases")
        for file in files:
            yield from of_toml(file)
    elif path.suffix == ".toml":
        yield from of_toml(path)
    else:
        yield from _of_lines(path)


def of_toml(path: Path) -> Iterator[Case]:
    """Yield the cases of one TOML file; `shown` and `note` are left out.

    Raises:
        InputError: As `read`.
    """
    for _, case in lines(path):
        yield case


def lines(path: Path) -> Iterator[tuple[Case, Case]]:
    """Yield each line of a TOML file as it is written, and the case that it comes to.

    Raises:
        InputError: As `read`.
    """
    try:
        file = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{str(path)!r} is no TOML: {error}") from error
    _only(file, _OF_FILE, path.name)
    given, groups = _table(file, "given", path.name), _table(file, "cases", path.name)
    _only(groups, GROUPS, f"{path.name}, cases")
    for name, shared in given.items():
        _only(_mapping(shared, f"{path.name}, given.{name}"), ASKED, f"{path.name}, given.{name}")
    for group in GROUPS:
        written = groups.get(group, [])
        if not isinstance(written, list):
            raise InputError(f"{path.name}: 'cases.{group}' has to be a list of cases")
        for number, line in enumerate(written, start=1):
            where = f"{path.name}, {group} case {number}"
            whole = _whole(_mapping(line, where), given, where)
            whole.setdefault("id", f"{path.stem}-{group}-{number}")
            yield line, {**whole, "expect": _expected(line, file, group, where)}


def _whole(line: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return a line with what its `given` says, and what is usual."""
    _only(line, (*ASKED, *ABOUT), where)
    name = line.get("given")
    if name is not None and (not isinstance(name, str) or name not in given):
        known = ", ".join(repr(one) for one in given) or "none"
        raise InputError(f"{where}: 'given' is {name!r}; the file has {known}")
    own = {key: value for key, value in line.items() if key not in ABOUT}
    whole = {**USUALLY, **(given[name] if name is not None else {}), **own}
    for key in ("lang", "question", "draft"):
        if not isinstance(whole.get(key), str):
            raise InputError(f"{where}: {key!r} is missing; give it, a text, here or under its 'given'")
    return whole


def _expected(line: Mapping[str, Any], file: Mapping[str, Any], group: str, where: str) -> dict[str, Any]:
    if group == "clean":
        return {"action": Action.SEND.value, "reasons": []}
    code = line.get("code", file.get("code"))
    if not isinstance(code, str) or code not in CODES:
        raise InputError(f"{where}: 'code' is {code!r}; it has to be one of {', '.join(CODES)}")
    action = line.get("action", file.get("action", CODES[code].usual.value))
    if action not in list(Action):
        raise InputError(f"{where}: 'action' is {action!r}; it has to be one of {', '.join(Action)}")
    return {"action": action, "reasons": [code]}


def _of_lines(path: Path) -> Iterator[Case]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"line {number} of {path.name!r} is no JSON ({error.msg})") from error
        if not isinstance(case, Mapping) or not isinstance(case.get("expect"), Mapping):
            raise InputError(f"line {number} of {path.name!r} is no guard case: it has no 'expect'")
        yield case


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the cases {str(path)!r} can't be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"the cases {str(path)!r} are not UTF-8 (byte {error.start}); save them as UTF-8") from error


def _table(file: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    return _mapping(file.get(key, {}), f"{where}, {key}")


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: has to be a table")
    return value


def _only(there: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in there:
        if key not in known:
            raise InputError(f"{where}: {key!r} is no key of a case; there are {', '.join(known)}")
