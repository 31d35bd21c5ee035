"""One side of a comparison as it is named on the command line → the settings it answers with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heedful.errors import InputError, PromptError, SettingsError
from heedful.prompts import Prompts
from heedful.settings import Settings

Read = Callable[..., Settings]
ASKED_FOR = ("chat.md", "revise.md")  # what no folder of prompts does without


@dataclass(frozen=True, slots=True)
class Side:
    """How one side answers; `name` is as it was given."""

    name: str
    settings: Settings


def side_of(name: str, read: Read) -> Side:
    """Return the side: a folder of prompts, a model, or `model@folder`; what is not named comes from `read`.

    Raises:
        InputError: It is neither; says what would do.
    """
    model, folder = _parts(name)
    wishes: dict[str, Any] = {"model": model or None, "prompts_dir": folder}
    if model == "extractive":
        wishes["model_base_url"] = ""  # an address that is set is that of the other side's model
    try:
        settings = read(**wishes)
        _check_prompts(settings.prompts_dir)
    except (SettingsError, PromptError) as error:
        raise InputError(f"side {name!r}: {error}") from error
    return Side(name, replace(settings, model_base_url=settings.model_base_url or None))


def _parts(name: str) -> tuple[str, Path | None]:
    """Return the model (empty: that of the settings) and the folder that a side names."""
    if not name.strip():
        raise InputError(f"a side is empty; give {_WOULD_DO}")
    if (folder := Path(name).expanduser()).is_dir():
        return "", folder.absolute()
    model, at, rest = name.rpartition("@")
    if at and model and (_is_path(rest) or Path(rest).expanduser().is_dir()):
        folder = Path(rest).expanduser()
        if not folder.is_dir():
            raise InputError(f"side {name!r}: there is no folder {rest!r}; give {_WOULD_DO}")
        return model, folder.absolute()
    if _is_path(name) or any(character.isspace() for character in name) or name.startswith("@"):
        raise InputError(f"side {name!r}: there is no such folder; give {_WOULD_DO}")
    kind, colon, model = name.partition(":")
    if colon and not (kind and model):
        raise InputError(f"side {name!r} names half a model; give {_WOULD_DO}")
    return name, None


_WOULD_DO = "a folder of prompts (./prompts-b), a model (extractive, openai:NAME, PROVIDER:NAME) or MODEL@FOLDER"


def _is_path(name: str) -> bool:
    """Whether this is how somebody writes a folder; a model's name may hold a slash, but not in front."""
    return name.startswith((".", "/", "~")) or ("/" in name and ":" not in name)


def _check_prompts(folder: Path) -> None:
    names = Prompts(folder).names()
    lacking = [one for one in ASKED_FOR if one not in names]
    if lacking:
        raise PromptError(
            f"the folder {str(folder)!r} has no {lacking[0]!r}; copy the whole folder of prompts and change the copy"
        )
