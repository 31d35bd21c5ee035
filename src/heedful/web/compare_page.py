"""The blind page of a comparison: two answers to each question, and nothing that says whose which is.

One file that loads nothing: its script and its style are named to the browser by their digests, so that nothing
written by a model or a customer can run. Names, figures and times stay out; the key in the items folder has them.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from heedful.evaluate.answers import Answer, Pair
from heedful.evaluate.compare import Compared

SAID_BY_SCRIPT = frozenset(
    "against all both_bad chosen is_sure left_side no right_side same sure unsure wrong_key yes".split()
)


def compare_page(compared: Compared, language: str = "") -> str:
    """Return the page, in the language of most questions where none is named."""
    language = language or _most(compared)
    words = _words()[language]
    style, script = _file("compare.css"), _file("compare.js")
    return (
        _pages()
        .get_template("compare.html")
        .render(
            language=language,
            words=words,
            said_by_script={name: words[name] for name in sorted(words) if _is_scripts(name)},
            run=compared.run,
            pairs=[_shown(compared, pair) for pair in compared.pairs],
            style=Markup(style),  # noqa: S704 - our own files, which hold nothing of anybody's
            script=Markup(script),  # noqa: S704
            policy="; ".join(
                (
                    "default-src 'none'",
                    f"style-src '{_digest(style)}'",
                    f"script-src '{_digest(script)}'",
                    "base-uri 'none'",
                    "form-action 'none'",
                )
            ),
        )
    )


def _is_scripts(name: str) -> bool:
    return name in SAID_BY_SCRIPT or name.startswith("figure_")


def _most(compared: Compared) -> str:
    korean = sum(pair.question.lang == "ko" for pair in compared.pairs)
    return "ko" if 2 * korean > len(compared.pairs) else "en"


def _shown(compared: Compared, pair: Pair) -> dict[str, Any]:
    """Return what of a pair may be seen: the words, their sources, and that a person takes over."""
    left_is_a = compared.left[pair.question.id] == "a"
    both = (pair.a, pair.b) if left_is_a else (pair.b, pair.a)
    return {"question": pair.question, "sides": [_answer(one) for one in both]}


def _answer(answer: Answer) -> dict[str, Any]:
    if answer.failed:  # neither its reason, which may name the model, nor another writer's words
        return {"failed": True, "text": "", "language": "", "citations": [], "handed_off": False}
    return {
        "failed": False,
        "text": answer.text,
        "language": answer.language,
        "handed_off": answer.handed_off,
        "citations": [{**one, "href": str(one["url"]) if _opens(str(one["url"])) else ""} for one in answer.citations],
    }


def _opens(url: str) -> bool:
    """Whether an address may be made a link in a page that lies on somebody's disk."""
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_file("compare_words.toml"))


def _file(name: str) -> str:
    return (_folder() / name).read_text(encoding="utf-8")


def _folder() -> Path:
    return Path(str(resources.files("heedful"))) / "web" / "templates"


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


@cache
def _pages() -> Environment:
    return Environment(
        loader=FileSystemLoader(_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
