"""One peer at work, in a Python of its own: a text a line comes in as JSON, what it finds goes out with the time taken.

`python peers_worker.py PEER [FOLDER]` imports nothing of ours but for the peer `heedful`. FOLDER is where a peer lies
that is read without its dependencies.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Find = Callable[[Mapping[str, Any]], dict[str, Any]]

SPACY = "en"  # a tokenizer without a model: no peer downloads one
ANYWHERE = (
    "US",
    "GB",
    "DE",
    "FR",
    "IL",
    "IN",
    "CA",
    "BR",
    "KR",
)  # presidio's own regions for phone numbers, and Korea's
# What no set counts: addresses of pages, and points in time.
NOT_PERSONAL = frozenset({"URL", "DATE_TIME", "url", "twitter"})


def heedful(_folder: Path) -> Find:
    """Return the recognisers that the guard's rules read with, and what it takes for an attempt to give orders."""
    from heedful.canonical import normalise
    from heedful.guard import lexicon
    from heedful.guard.orders import orders
    from heedful.guard.personal import personal

    lexicon.warm()

    def find(item: Mapping[str, Any]) -> dict[str, Any]:
        if item["kind"] == "pii":
            return _spans((one.start, one.end) for one in personal(normalise(item["text"])))
        return {"found": bool(orders(item["text"], typed=(item.get("origin") or "customer") == "customer"))}

    return find


def langchain(_folder: Path) -> Find:
    """Return the detectors of LangChain's `PIIMiddleware`, all but those of page addresses."""
    from langchain.agents.middleware import _redaction

    detectors = [detect for name, detect in _redaction.BUILTIN_DETECTORS.items() if name not in NOT_PERSONAL]
    return lambda item: _spans((one["start"], one["end"]) for detect in detectors for one in detect(str(item["text"])))


def presidio(_folder: Path) -> Find:
    """Return presidio's pattern recognisers over blank pipelines: no model; Korea's numbers and phones are on."""
    import spacy  # type: ignore[import-not-found]
    import tldextract  # type: ignore[import-not-found]
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry  # type: ignore[import-not-found]
    from presidio_analyzer import predefined_recognizers as ready
    from presidio_analyzer.nlp_engine import SpacyNlpEngine  # type: ignore[import-not-found]

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # its own list: no network
    languages = ["en", "ko"]

    class Blank(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": one, "model_name": f"blank_{one}"} for one in languages])
            self.nlp = {one: spacy.blank("en" if one == "en" else "xx") for one in languages}

        def load(self) -> None:
            """There is nothing to load."""

    registry = RecognizerRegistry(supported_languages=languages)
    registry.load_predefined_recognizers(languages=languages)
    registry.remove_recognizer("PhoneRecognizer")
    registry.remove_recognizer("UrlRecognizer")
    registry.remove_recognizer("DateRecognizer")
    for one in languages:
        registry.add_recognizer(ready.PhoneRecognizer(supported_language=one, supported_regions=ANYWHERE))
    known = {(recognizer.name, recognizer.supported_language) for recognizer in registry.recognizers}
    korean = [name for name in dir(ready) if name.startswith("Kr")]
    everywhere = ["CreditCardRecognizer", "EmailRecognizer", "IbanRecognizer", "IpRecognizer", "CryptoRecognizer"]
    for name in (*korean, *everywhere):
        if (name, "ko") not in known:
            registry.add_recognizer(getattr(ready, name)(supported_language="ko"))
    engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=languages)

    def find(item: Mapping[str, Any]) -> dict[str, Any]:
        results = engine.analyze(text=item["text"], language="ko" if item["lang"] == "ko" else "en")
        kept = [one for one in results if one.entity_type not in NOT_PERSONAL]
        return {"spans": [[one.start, one.end, one.score] for one in kept]}

    return find


def scrubadub(_folder: Path) -> Find:
    """Return scrubadub's detectors in the text's locale."""
    import scrubadub as peer  # type: ignore[import-not-found]

    scrubbers = {"en": peer.Scrubber(locale="en_US"), "ko": peer.Scrubber(locale="ko_KR")}

    def find(item: Mapping[str, Any]) -> dict[str, Any]:
        filth = scrubbers["ko" if item["lang"] == "ko" else "en"].iter_filth(item["text"])
        return _spans((one.beg, one.end) for one in filth if one.detector_name not in NOT_PERSONAL)

    return find


def pytector(folder: Path) -> Find:
    """Return pytector's sanitizer, the part of it that needs no model: what it would take out, but for spelling."""
    sanitizer = _module(folder / "pytector" / "sanitizer.py").PromptSanitizer(enable_unicode_normalization=False)
    return lambda item: {"found": bool(sanitizer.sanitize(item["text"])[1])}


PEERS: Mapping[str, tuple[str, Callable[[Path], Find]]] = {
    "heedful": ("heedful", heedful),
    "langchain": ("langchain", langchain),
    "presidio": ("presidio-analyzer", presidio),
    "scrubadub": ("scrubadub", scrubadub),
    "pytector": ("pytector", pytector),
}


def _spans(found: Iterable[tuple[int, int]]) -> dict[str, Any]:
    return {"spans": [[start, end, 1.0] for start, end in found]}


def _module(file: Path) -> Any:
    """Return a file of a package as a module, without the package: its other files need what is not installed."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def _who(package: str, folder: Path) -> dict[str, str]:
    places = [str(folder), *sys.path]
    found = next(iter(importlib.metadata.distributions(name=package, path=places)))
    classifiers = [one for one in found.metadata.get_all("Classifier") or () if one.startswith("License ::")]
    licence = found.metadata["License-Expression"] or found.metadata["License"] or ""
    licences = [licence.split("\n")[0][:60], *(one.split(" :: ")[-1] for one in classifiers)]
    return {"version": found.version, "licence": ", ".join(dict.fromkeys(filter(None, licences)))}


def main() -> None:
    """Say who is at work, then answer line by line."""
    package, make = PEERS[sys.argv[1]]
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()
    find = make(folder)
    for language in ("en", "ko"):  # what is slow the first time is not the peer's time for a text
        for kind in ("pii", "injection"):
            find({"kind": kind, "lang": language, "text": "hello 안녕하세요 010-0000-0000"})
    print(json.dumps(_who(package, folder)), flush=True)
    for line in sys.stdin:
        item = json.loads(line)
        began = time.process_time()
        found = find(item)
        took_ms = (time.process_time() - began) * 1000
        print(json.dumps({**found, "ms": took_ms}), flush=True)


if __name__ == "__main__":
    main()
