"""Renders prompt files: strict about variables, and able to say exactly which text was rendered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from heedful.errors import PromptError

SUFFIXES = (".md", ".j2", ".txt")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered prompt, and the SHA-256 (hex) of every file that went into it, by file name."""

    text: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _File:
    variables: frozenset[str]
    digests: Mapping[str, str]


class Prompts:
    """The prompt files of one folder, as they were when it was opened: what is digested is what is rendered.

    Raises:
        PromptError: There is no such folder, or a file in it is not UTF-8.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts = _read(folder)
        self._files: dict[str, _File] = {}
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader(self._texts),
            undefined=StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith((".html", ".html.j2")),
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            auto_reload=False,
        )

    def names(self) -> tuple[str, ...]:
        """Return the names of the files, as `chat.md` or `mail/text.j2`."""
        return tuple(sorted(self._texts))

    def variables(self, name: str) -> frozenset[str]:
        """Return the variables that the file and its includes ask for.

        Raises:
            PromptError: There is no such file, or it can't be parsed.
        """
        return self._file(name).variables

    def render(self, name: str, /, **variables: Any) -> Rendered:
        """Return the file rendered with exactly the variables that it and its includes ask for.

        Raises:
            PromptError: There is no such file, it can't be parsed, a variable is missing, or one is unknown.
        """
        file = self._file(name)
        if missing := file.variables - variables.keys():
            raise PromptError(f"the prompt {name!r} asks for {_listed(missing)}, which was not given to it")
        if unknown := variables.keys() - file.variables:
            raise PromptError(f"the prompt {name!r} was given {_listed(unknown)}, which it never uses")
        try:
            text = self._environment.get_template(name).render(**variables)
        except (TemplateError, TypeError, ValueError, AttributeError) as error:
            raise PromptError(f"the prompt {name!r} can't be rendered ({type(error).__name__})") from error
        return Rendered(text.strip() + "\n", file.digests)

    def _file(self, name: str) -> _File:
        if name not in self._files:
            self._files[name] = self._parsed(name, ())
        return self._files[name]

    def _parsed(self, name: str, above: tuple[str, ...]) -> _File:
        if name not in self._texts:
            raise PromptError(
                f"there is no prompt {name!r} in {str(self._folder)!r}; put it there or set HEEDFUL_PROMPTS_DIR"
            )
        if name in above:
            raise PromptError(f"the prompt {name!r} includes itself, by way of {' → '.join(above)}")
        text = self._texts[name]
        try:
            tree = self._environment.parse(text, name=name)
        except TemplateError as error:
            raise PromptError(f"the prompt {name!r} can't be parsed: {error}") from error
        variables = set(meta.find_undeclared_variables(tree))
        digests = {name: hashlib.sha256(text.encode()).hexdigest()}
        for included in meta.find_referenced_templates(tree):
            if included is None:
                raise PromptError(f"the prompt {name!r} includes a file by a variable; name the file itself")
            inner = self._parsed(included, (*above, name))
            variables |= inner.variables
            digests.update(inner.digests)
        return _File(frozenset(variables), digests)


def _read(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise PromptError(f"there is no prompt folder {str(folder)!r}; set HEEDFUL_PROMPTS_DIR to the one to use")
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix not in SUFFIXES:
            continue
        name = path.relative_to(folder).as_posix()
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PromptError(
                f"the prompt {name!r} can't be read ({type(error).__name__}); save it as UTF-8"
            ) from error
    return texts


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))
