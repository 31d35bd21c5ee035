"""How each part is, for `heedful doctor`: looks, makes nothing, calls no paid model, and disturbs no running server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heedful import models, running
from heedful.adapters.bm25 import BM25Index
from heedful.adapters.chroma import ChromaIndex
from heedful.adapters.crm_http import CrmProfiles
from heedful.assemble import vocabulary_folder
from heedful.errors import HeedfulError, UpstreamError
from heedful.guard.judge import CONTROLS
from heedful.guard.judge_prompt import Asking
from heedful.keys import MasterKey
from heedful.knowledge import reconcile
from heedful.knowledge.reconcile import Tell, Wanted
from heedful.knowledge.sync import Repaired
from heedful.library import minilm_folder, open_knowledge
from heedful.phrases import Phrases
from heedful.policy import load
from heedful.ports import VectorIndex
from heedful.prompts import Prompts
from heedful.settings import Settings
from heedful.store import migrate
from heedful.store.database import Database
from heedful.store.knowledge import KnowledgeStore

REPAIR = "`heedful doctor --repair` brings the indexes to what the database has"
OK, MISSING, FAILED = "ok", "missing", "failed"  # missing: heedful does without, or makes it when it starts


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Each setting with its origin, the state of each part (`ok…`, `missing: …`, `failed: …`), and what would help."""

    settings: Mapping[str, tuple[str, str]]
    parts: Mapping[str, str]
    advice: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        """Whether replies can be written; parts that heedful does without may be missing."""
        return not any(state.startswith(FAILED) for state in self.parts.values())

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "well": self.is_well,
            "parts": dict(self.parts),
            "advice": list(self.advice),
            "settings": {name: {"value": value, "origin": origin} for name, (value, origin) in self.settings.items()},
        }


@dataclass(slots=True)
class _Findings:
    parts: dict[str, str] = field(default_factory=dict)
    advice: list[str] = field(default_factory=list)

    def ok(self, part: str, what: str = "") -> None:
        self.parts[part] = f"{OK}, {what}" if what else OK

    def missing(self, part: str, what: str, advice: str = "") -> None:
        self.parts[part] = f"{MISSING}: {what}"
        if advice and advice not in self.advice:
            self.advice.append(advice)

    def failed(self, part: str, what: object) -> None:
        self.parts[part] = f"{FAILED}: {what}"


async def examine(settings: Settings) -> Diagnosis:
    """Return how everything is that these settings name."""
    found = _Findings()
    is_open = await _server(settings, found)
    _master_key(settings, found)
    async with _knowledge(settings, found) as (store, wanted):
        if store is not None:
            await _words(settings, wanted, found)
            await _vectors(settings, wanted, found, is_open=is_open)
    await _fetched(settings, found)
    _model(settings, found)
    _judge(settings, found)
    _texts(settings, found)
    if settings.crm_url and "crm" not in found.parts:
        await _crm(settings, found)
    return Diagnosis(settings.shown(), found.parts, tuple(found.advice))


async def repair(settings: Settings, progress: Tell) -> Repaired:
    """Bring the indexes to what the database has, looked at closely; say what was wrong. For a folder that is free.

    Raises:
        SettingsError, UpstreamError, StoreError: It can't be done, or not to its end; the message says why.
    """
    async with open_knowledge(settings) as knowledge:
        return await knowledge.repair(progress=progress)


async def _server(settings: Settings, found: _Findings) -> bool:
    """Find the running server, and take what it says of itself; return whether somebody has the data folder open."""
    try:
        server = await asyncio.to_thread(running.find, settings.data_dir)
    except UpstreamError as error:
        found.missing("server", str(error))
        return True
    except HeedfulError as error:
        found.failed("server", error)
        return True
    if server is None:
        found.parts["server"] = "not running over this data folder"
        return False
    try:
        ready = await asyncio.to_thread(server.get, "/readyz")
    except HeedfulError as error:
        found.failed("server", error)
        return True
    bad = {name: state for name, state in ready.get("parts", {}).items() if str(state).startswith(FAILED)}
    found.ok("server", f"{server.url}, process {server.pid}")
    if "crm" in ready.get("parts", {}):  # it knows what came of many looks
        found.parts["crm"] = str(ready["parts"]["crm"])
    if bad:
        found.failed("server", "; ".join(f"{name} {state}" for name, state in bad.items()))
    return True


def _master_key(settings: Settings, found: _Findings) -> None:
    path = settings.data_dir / "master.key"
    try:
        if settings.master_key:
            MasterKey.from_text(settings.master_key)
            found.ok("master key", "from HEEDFUL_MASTER_KEY")
        elif path.exists():
            MasterKey.load_or_create(path)
            found.ok("master key", "in the data folder; keep a copy of it apart from the database's")
        else:
            found.missing("master key", "made at the first start")
    except HeedfulError as error:
        found.failed("master key", error)


@asynccontextmanager
async def _knowledge(settings: Settings, found: _Findings) -> AsyncIterator[tuple[KnowledgeStore | None, Wanted]]:
    """Look into the database, without making or upgrading it; give the passages there ought to be in the indexes."""
    async with AsyncExitStack() as stack:
        try:
            database = Database(settings.database_url) if _is_there(settings) else None
            if database is None:
                found.missing("database", "made at the first start")
            else:
                stack.push_async_callback(database.close)
                version = await migrate.version(database)
                if version == migrate.NEWEST:
                    found.ok("database", f"{database.url.get_backend_name()}, tables of version {version}")
                else:
                    found.missing("database", f"tables of version {version}; made {migrate.NEWEST} at the next start")
                    database = None
            store = KnowledgeStore(database) if database else None
            wanted = await store.passage_ids() if store else {}
            counts = await store.counts() if store else {}
            unproved = {one.article_id for one in await store.deleted()} if store else ()
        except HeedfulError as error:
            found.failed("database", error)
            store, wanted, counts, unproved = None, {}, {}, ()
        if counts:
            each = ", ".join(f"{count} {lang} {trust}" for (lang, trust), count in sorted(counts.items()))
            passages = sum(map(len, wanted.values()))
            found.ok("knowledge", f"{sum(counts.values())} articles ({each}), {passages} passages")
        else:
            found.missing("knowledge", "no articles", "`heedful ingest FOLDER` reads your help content")
        if unproved:
            found.missing("deletions", f"of {len(unproved)} articles not yet proved in the indexes", REPAIR)
        yield store, wanted


def _is_there(settings: Settings) -> bool:
    """Whether there is a database to look at; SQLite would make an empty one."""
    kind, _, path = settings.database_url.partition(":///")
    return not kind.startswith("sqlite") or Path(path.partition("?")[0]).exists()


async def _words(settings: Settings, wanted: Wanted, found: _Findings) -> None:
    index = BM25Index(settings.data_dir / "words")
    try:
        differ = [
            f"{' '.join(name.split('.')[:2])} {flaw and f'({flaw}) '}not as the database has it"
            for name, one in (await reconcile.words_differ(index, wanted)).items()
            if (flaw := await index.flaw(name)) or one.missing or one.surplus
        ]
    except HeedfulError as error:
        found.failed("words", error)
        return
    if differ:
        found.missing("words", f"{', '.join(differ)}; mended at the next start", REPAIR)
    else:
        found.ok("words", "as the database has it")


async def _vectors(settings: Settings, wanted: Wanted, found: _Findings, *, is_open: bool) -> None:
    if settings.embedder == "none":
        found.parts["vectors"] = "switched off (HEEDFUL_EMBEDDER=none)"
        return
    folder = settings.data_dir / "vectors"
    if is_open and not settings.chroma_url:
        found.ok("vectors", "open in another process: not looked at")
        return
    if not settings.chroma_url and not folder.exists():
        found.missing("vectors", "made when help content is read")
        return
    try:
        async with models.open_embedder(settings) as embedder, AsyncExitStack() as stack:
            if embedder is None:
                found.missing("vectors", "not looked at without the embedder")
                return
            url = settings.chroma_url
            index: VectorIndex = ChromaIndex.server(url) if url else ChromaIndex.in_process(folder)
            stack.push_async_callback(index.close)
            differ = await reconcile.vectors_differ(index, embedder, wanted)
            away = sum(len(one.missing) for one in differ.values())
            extra = sum(len(one.surplus) for one in differ.values())
    except HeedfulError as error:
        found.failed("vectors", error)
        if REPAIR not in found.advice:
            found.advice.append(REPAIR)
        return
    if away or extra:
        found.missing("vectors", f"{away} too few, {extra} too many; mended at the next start", REPAIR)
    else:
        found.ok("vectors", "as the database has it")


async def _fetched(settings: Settings, found: _Findings) -> None:
    there = await asyncio.to_thread(models.installed, settings)
    advice = "`heedful models install` fetches the embedder's weights and the vocabulary"
    if settings.embedder == "none":
        found.parts["embedder"] = "switched off: words alone are searched"
    elif settings.embedder != "minilm":
        found.ok("embedder", settings.embedder)
    elif there["minilm"]:
        found.ok("embedder", f"MiniLM in {minilm_folder(settings)}; English")
    else:
        found.missing("embedder", "MiniLM's weights; words alone are searched", advice)
    if there["vocabulary"]:
        found.ok("vocabulary", "tokens are counted")
    else:
        found.missing("vocabulary", f"not in {vocabulary_folder(settings)}; tokens are estimated", advice)


def _model(settings: Settings, found: _Findings) -> None:
    """Say who writes, without asking it anything."""
    if settings.model == "extractive":
        found.ok("model", "extractive: no model is called")
    elif settings.model.startswith("openai:"):
        key = "a key is set" if settings.openai_api_key else "no key is set"
        found.ok("model", f"{settings.model} at {settings.model_base_url or 'the provider'}, {key}; not called")
    else:
        found.ok("model", f"{settings.model} by its LangChain package; not called")


def _judge(settings: Settings, found: _Findings) -> None:
    """Say who reads drafts besides the rules, without asking it anything."""
    if settings.judge == "none":
        found.parts["judge"] = "none: the rules alone decide"
        return
    where = settings.judge_address or settings.judge_place or "its provider"
    found.ok("judge", f"{settings.judge} at {where}, at most {settings.judge_timeout_s:g} s; not called")
    with contextlib.suppress(HeedfulError):  # a policy or prompts that can't be read have a row of their own
        if load(settings.policy).judge.on_judge_failure == "send":
            found.advice.append(
                "the policy sends what the rules have passed while the judge can't be reached; "
                'on_judge_failure = "hand_off" has a person look at it'
            )
    try:
        Asking(Prompts(settings.prompts_dir), Phrases.load(settings.prompts_dir / CONTROLS), len, max_prompt_tokens=0)
    except HeedfulError as error:
        found.failed("judge", error)


async def _crm(settings: Settings, found: _Findings) -> None:
    """Ask the company's own system for a customer whom nobody has."""
    outside = CrmProfiles(settings.crm_url or "", token=settings.crm_token, timeout_s=settings.crm_timeout_s)
    try:
        await outside.probe()
        found.ok("crm", "answers")
    except UpstreamError as error:
        found.missing("crm", f"{error}; replies are written without its facts")
    finally:
        await outside.close()


def _texts(settings: Settings, found: _Findings) -> None:
    try:
        policy = load(settings.policy)
        found.ok("policy", f"{len(policy.kinds)} kinds, {len(policy.categories)} categories, {policy.on_model_failure}")
        weaker = tuple(policy.guard.weaker())
        found.ok("guard", f"{len(weaker)} warnings, see below" if weaker else "no check does less than usual")
        found.advice.extend(f"{settings.policy.name}: {one}" for one in weaker)
    except HeedfulError as error:
        found.failed("policy", error)
    try:
        prompts = Prompts(settings.prompts_dir)
        for name in prompts.names():
            prompts.variables(name)
        phrases = Phrases.load(settings.prompts_dir / "phrases")
        found.ok("prompts", f"phrases in {', '.join(sorted(phrases.languages))}")
    except HeedfulError as error:
        found.failed("prompts", error)
