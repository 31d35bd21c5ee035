"""Web addresses given to `heedful ingest`: read into folders of pages, which are then followed like any folder."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heedful.cli.progress import How, progress
from heedful.settings import Settings

if TYPE_CHECKING:
    from heedful.knowledge.site.mirror import Mirrored

MAX_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites that were read, and the folders that hold their pages."""

    read: tuple[Mirrored, ...]
    folders: tuple[Path, ...]
    is_dry: bool

    def told(self, summary: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a sync's summary with the pages' addresses for their files, and what the sites themselves left out.

        After a dry run, what would change on the shelf of pages counts too: page for page, since none was read.
        """
        from heedful.knowledge.site.shelf import addresses_of

        if not self.read:
            return summary
        named = {file: address for site in self.read for file, address in addresses_of(site.folder.parent).items()}
        skipped = [(named.get(source, source), _without_files(why, named)) for source, why in summary["skipped"]]
        told = {
            **summary,
            "skipped": (*(row for site in self.read for row in site.skipped), *skipped),
            "seconds": summary["seconds"] + sum(site.seconds for site in self.read),
            "sites": [_row(site) for site in self.read],
        }
        return _as_if_done(told, self.read) if self.is_dry else told


def is_site(argument: str) -> bool:
    """Return whether an argument is a web address and no path."""
    return argument.strip().lower().startswith(("http://", "https://"))


@asynccontextmanager
async def mirrored(
    addresses: Sequence[str], settings: Settings, how: How, *, max_pages: int, is_dry: bool
) -> AsyncIterator[Sites]:
    """Give the sites at these addresses, as they are now.

    Raises:
        HeedfulError: One of them can't be read; the knowledge is as it was.
    """
    if not addresses:
        yield Sites((), (), is_dry)
        return
    from heedful.knowledge.site.limits import Limits
    from heedful.knowledge.site.mirror import mirror

    limits = Limits(pages=max_pages)
    with progress(how) as tell:

        def told(done: int, total: int) -> None:
            tell({"stage": "fetching", "done": done, "total": total})

        read = [await mirror(one, settings.data_dir, limits=limits, progress=told, is_dry=is_dry) for one in addresses]
    folders = [site.folder for site in read if site.folder.is_dir()]
    if folders or not is_dry:
        yield Sites(tuple(read), tuple(folders), is_dry)
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix="dry-run-") as empty:  # nothing is kept so far
        yield Sites(tuple(read), (Path(empty),), is_dry)


def _row(site: Mirrored) -> dict[str, Any]:
    counts = {name: len(getattr(site, name)) for name in ("added", "changed", "removed")}
    return {"address": site.address, "pages": site.pages, **counts, "left_out": site.left_out}


def _as_if_done(summary: Mapping[str, Any], sites: Sequence[Mirrored]) -> Mapping[str, Any]:
    signs = [("added", site.added) for site in sites]
    signs += [("changed", site.changed) for site in sites] + [("removed", site.removed) for site in sites]
    touched = [
        {"what": what, "id": address.partition("://")[2].strip("/"), "source": address}
        for what, addresses in signs
        for address in addresses
    ]
    counts = {name: sum(one["what"] == name for one in touched) for name in ("added", "changed", "removed")}
    unchanged = max(0, summary["unchanged"] - counts["changed"] - counts["removed"])
    more = {name: summary[name] + count for name, count in counts.items()}
    return {**summary, **more, "unchanged": unchanged, "touched": (*summary.get("touched", ()), *touched)}


def _without_files(why: str, named: Mapping[str, str]) -> str:
    for file, address in named.items():
        if file in why:
            why = why.replace(file, address)
    return why
