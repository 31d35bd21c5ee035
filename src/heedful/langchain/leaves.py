"""What a program's value holds in words: its texts and numbers, and the names a model may have chosen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any


def leaves(value: Any) -> list[str]:
    """Return the texts and numbers in a value, however deep: of dicts, lists and pydantic models."""
    if isinstance(value, Mapping):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list | tuple | set | frozenset):
        return [leaf for inner in value for leaf in leaves(inner)]
    if value is None or isinstance(value, bool):
        return []
    if isinstance(value, bytes):
        return [value.decode("utf-8", "replace")]
    if isinstance(value, Enum):
        return leaves(value.value)
    fields = _fields(value)
    return leaves(fields) if fields else [str(value)]


def keys(value: Any) -> list[str]:
    """Return the names in a value, however deep: a model may choose those of a dict."""
    if isinstance(value, list | tuple | set | frozenset):
        return [key for inner in value for key in keys(inner)]
    fields = value if isinstance(value, Mapping) else _fields(value)
    return [*map(str, fields), *(key for inner in fields.values() for key in keys(inner))]


def _fields(value: Any) -> Mapping[str, Any]:
    """Return what an object holds, with what a pydantic model took in besides its own fields."""
    if isinstance(value, type | Enum):  # these hold themselves
        return {}
    return {**(getattr(value, "__dict__", None) or {}), **(getattr(value, "__pydantic_extra__", None) or {})}
