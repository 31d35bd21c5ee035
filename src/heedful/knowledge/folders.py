"""Which folders hold what only staff may read: trust by where a file stands, besides what it says of itself."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from heedful.values import Trust

ALWAYS = "internal/**"  # whatever the policy says: a folder of that name is not for customers
STRICTER: tuple[Trust, ...] = ("published", "untrusted", "internal")  # the later holds against the earlier


@dataclass(frozen=True, slots=True)
class Folders:
    """Patterns of paths, matched from any folder on: `staff/**` is all that stands in a folder of that name."""

    internal: tuple[str, ...] = ()
    untrusted: tuple[str, ...] = ()

    def trust_of(self, path: Path, said: Trust = "published", *, root: Path | None = None) -> Trust:
        """Return the stricter of what the file says of itself and what its place says of it.

        Its place is counted from `root`, whose own name counts: nobody named what lies above for this.
        """
        whole = path.absolute()
        if root is not None and whole.is_relative_to(above := root.absolute().parent):
            whole = whole.relative_to(above)
        place = unicodedata.normalize("NFC", whole.as_posix())  # some disks keep 내부 in its letters
        by_place: Trust = (
            "internal"
            if any(_pattern(one).search(place) for one in (ALWAYS, *self.internal))
            else "untrusted"
            if any(_pattern(one).search(place) for one in self.untrusted)
            else "published"
        )
        return max(said, by_place, key=STRICTER.index)


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """`**` is any number of folders, `*` and `?` stay within one name; case does not matter."""
    parts = re.split(r"(\*\*/?|\*|\?)", unicodedata.normalize("NFC", glob.strip("/")))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("(?:^|/)" + "".join(meaning.get(part, re.escape(part)) for part in parts) + "$", re.IGNORECASE)
