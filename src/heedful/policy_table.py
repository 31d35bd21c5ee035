"""A strict reader of one TOML table: each key is asked for by name, and whatever nobody asked for is an error."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from heedful.errors import PolicyError


class Table:
    """The keys of one TOML table, each to be taken once; `at` is its dotted place in `file`.

    Every method raises `PolicyError`, naming key and file, when the key is missing or of another type.
    """

    def __init__(self, content: Mapping[str, Any], *, file: str, at: str = "") -> None:
        self._left = dict(content)
        self._file = file
        self._at = at

    def text(self, key: str) -> str:
        """Take a text that is not empty."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "has to be a text that is not empty")
        return value

    def choice(self, key: str, among: Collection[str]) -> str:
        """Take a text that is one of `among`."""
        value = self.text(key)
        if value not in among:
            raise self.wrong(key, f"is {value!r}; it has to be one of {', '.join(sorted(among))}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self._left.pop(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "has to be true or false")
        return value

    def whole_number(self, key: str, *, least: int = 0, most: int) -> int:
        """Take a whole number from `least` to `most`."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(key, f"has to be a whole number from {least} to {most}")
        return value

    def number(self, key: str, *, least: float, most: float) -> float:
        """Take a number from `least` to `most`."""
        value = self._take(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(key, f"has to be a number from {least:g} to {most:g}")
        return float(value)

    def has(self, key: str) -> bool:
        """Whether the key is there and has not been taken."""
        return key in self._left

    def is_table(self, key: str) -> bool:
        """Whether the key is there and holds a table."""
        return isinstance(self._left.get(key), dict)

    def left(self) -> tuple[str, ...]:
        """Return the keys that have not been taken, in the order they are written."""
        return tuple(self._left)

    def names(self, key: str, *, among: Collection[str] | None = None, optional: bool = False) -> tuple[str, ...]:
        """Take a list of texts, in order; each one of `among` where that is given."""
        value = self._left.pop(key, []) if optional else self._take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.wrong(key, "has to be a list of texts")
        for item in value:
            if among is not None and item not in among:
                raise self.wrong(key, f"names {item!r}; it has to be one of {', '.join(sorted(among))}")
        return tuple(value)

    def texts(self, key: str, languages: Collection[str]) -> Mapping[str, str]:
        """Take a text for each of `languages`, by language."""
        return self.table(key).texts_here(languages)

    def texts_here(self, languages: Collection[str]) -> Mapping[str, str]:
        """Take this table's own text for each of `languages`, and finish it."""
        texts = {language: self.text(language) for language in languages}
        self.finish()
        return texts

    def table(self, key: str, *, optional: bool = False) -> Table:
        """Take a table within this one."""
        value = self._left.pop(key, {}) if optional else self._take(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "has to be a table")
        return Table(value, file=self._file, at=self._place(key))

    def tables(self, key: str) -> Mapping[str, Table]:
        """Take a table of tables, in the order they are written."""
        return self.table(key).tables_here()

    def tables_here(self) -> Mapping[str, Table]:
        """Take every key of this table as a table, in the order they are written."""
        return {name: self.table(name) for name in tuple(self._left)}

    def finish(self) -> None:
        """Raise `PolicyError` when a key is left that nothing asked for."""
        for key in self._left:
            raise PolicyError(
                f"{self._place(key)!r} in {self._file!r} is no key that heedful knows; remove it or mend its spelling"
            )

    def wrong(self, key: str, what: str) -> PolicyError:
        """Return the error that says what is wrong with `key`."""
        return PolicyError(f"{self._place(key)!r} in {self._file!r} {what}")

    def _take(self, key: str) -> Any:
        if key not in self._left:
            raise PolicyError(f"{self._place(key)!r} is missing in {self._file!r}; add it")
        return self._left.pop(key)

    def _place(self, key: str) -> str:
        return f"{self._at}.{key}" if self._at else key
