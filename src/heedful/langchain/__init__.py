"""The door for LangChain users: heedful's guard as a middleware of any agent. Nothing is imported before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heedful.langchain.middleware import DataMisuseGuard

__all__ = ["DataMisuseGuard"]


def __getattr__(name: str) -> Any:
    """Return what this door gives; LangChain comes in with it.

    Raises:
        AttributeError: There is nothing of that name here.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from heedful.langchain import middleware

    return getattr(middleware, name)


def __dir__() -> list[str]:
    return __all__
