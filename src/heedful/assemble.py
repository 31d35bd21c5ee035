"""Settings → the whole: with `library`, the only place that names adapters and the store."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heedful import mail, synonyms, terms
from heedful.adapters import extractive, tokens
from heedful.assistant import Assistant, Clock, Frame, Limits
from heedful.audit import Verified
from heedful.conversations import Conversations
from heedful.drafts import Drafts, mail_layout
from heedful.errors import HeedfulError, SettingsError, StoreError
from heedful.following import FollowingRetriever
from heedful.guard import Guard
from heedful.identity import Identity
from heedful.keys import MasterKey
from heedful.knowledge.sync import Knowledge
from heedful.library import Library, embedder_of, library_of
from heedful.phrases import Phrases
from heedful.policy import Policy, in_language, load
from heedful.ports import ChatModel, Embedder
from heedful.prompts import Prompts
from heedful.retrieve import Retriever
from heedful.rewriting import Rewriter
from heedful.settings import Settings
from heedful.store import chain
from heedful.store.conversations import ConversationStore
from heedful.store.database import Database
from heedful.store.keys import ApiKeys
from heedful.store.migrate import migrate
from heedful.store.profiles import Profiles
from heedful.store.unanswered import UnansweredStore
from heedful.values import Conversation

Report = Callable[[BaseException], None]
HEAD_FILE = "audit.head"  # the chain's head outside the database
CLOCK = Clock(now=lambda: datetime.now(UTC), tick=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Records:
    """What is kept: enough for keys, profiles and the audit, without any index or model."""

    settings: Settings
    master: MasterKey
    database: Database
    keys: ApiKeys
    profiles: Profiles
    log: ConversationStore
    unanswered: UnansweredStore

    async def verify(self) -> Verified:
        """Go through the whole audit chain.

        Raises:
            ChainError: A record was changed, removed, cut off, put in or reordered; names the first place.
        """
        head_file = self.settings.data_dir / HEAD_FILE
        return await chain.verify(self.database, self.master.derive("audit chain"), head_file)


@dataclass(frozen=True, slots=True)
class Heedful:
    """All that a surface may use."""

    settings: Settings
    records: Records
    policy: Policy
    prompts: Prompts
    phrases: Phrases
    assistant: Assistant
    conversations: Conversations
    knowledge: Knowledge
    retriever: Retriever
    guard: Guard
    drafts: Drafts
    identity: Identity
    embedder: Embedder | None
    writer: ChatModel

    @property
    def keys(self) -> ApiKeys:
        """The API keys."""
        return self.records.keys

    @property
    def profiles(self) -> Profiles:
        """The customers' profiles."""
        return self.records.profiles

    async def ready(self) -> Mapping[str, str]:
        """Return the state of each part: `ok`, `missing: …` (heedful does without) or `failed: …` (it can't)."""
        parts = {"database": "ok", "knowledge": "ok", "embedder": "ok", "model": self.writer.model.name}
        try:
            async with self.records.database.read() as connection:
                await connection.exec_driver_sql("SELECT 1")
            if not await self.knowledge.counts():
                parts["knowledge"] = "missing: there are no articles yet; run `heedful ingest FOLDER`"
        except StoreError as error:
            parts["database"] = f"failed: {error}"
        if self.settings.embedder == "none":
            parts["embedder"] = "switched off: words alone are searched"
        elif self.embedder is None:
            parts["embedder"] = "missing: run `heedful models install`; until then words alone are searched"
        return parts


@asynccontextmanager
async def open_records(settings: Settings) -> AsyncIterator[Records]:
    """Open what is kept, made and migrated when it is not there.

    Raises:
        SettingsError: The data folder or the master key can't be used.
        StoreError: The database did not answer.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"the data folder {str(settings.data_dir)!r} can't be made ({error.strerror}); set HEEDFUL_DATA_DIR"
        ) from error
    master = (
        MasterKey.from_text(settings.master_key)
        if settings.master_key
        else MasterKey.load_or_create(settings.data_dir / "master.key")
    )
    database = Database(settings.database_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        await migrate(database)
        log = ConversationStore(database, master.derive("audit chain"), settings.data_dir / HEAD_FILE, now=CLOCK.now)
        stack.push_async_callback(log.close)
        yield Records(
            settings=settings,
            master=master,
            database=database,
            keys=ApiKeys(database, now=CLOCK.now),
            profiles=Profiles(database, master.derive("holders of values"), now=CLOCK.now),
            log=log,
            unanswered=UnansweredStore(database, days=settings.unanswered_days, now=CLOCK.now),
        )


@asynccontextmanager
async def assemble(
    settings: Settings, *, report: Report = lambda _error: None, settle: bool = True, warm: bool = False
) -> AsyncIterator[Heedful]:
    """Open everything; close it at the end.

    With `settle`, replies without an end are taken to have been cut off by a crash and are given one; not for one of
    several workers, since another may be writing them.

    With `warm`, what is slow to load is loaded before this gives: it takes two seconds in which nothing else gets on,
    so a service has them before it answers anybody. Without, whoever needs it first waits for it.

    Raises:
        SettingsError, PolicyError, PromptError: Something is set up wrongly; the message says what to do.
        StoreError: The database did not answer.
    """
    async with AsyncExitStack() as stack:
        records = await stack.enter_async_context(open_records(settings))
        prompts, phrases = Prompts(settings.prompts_dir), Phrases.load(settings.prompts_dir / "phrases")
        policy = load(settings.policy)
        embedder = embedder_of(settings, stack)
        library = library_of(settings, records.database, embedder, policy, stack)
        knowledge, retriever = await _started(settings, library, stack)
        guard = Guard(deadline_s=settings.check_timeout_s)
        stack.callback(guard.close)
        built_in = extractive.ExtractiveWriter(phrases)
        writer: ChatModel = built_in if settings.model == "extractive" else _writer(settings, stack)
        count = tokens.counter(settings.model, vocabulary_folder(settings))
        assistant = Assistant(
            passages=retriever,
            profiles=records.profiles,
            writer=writer,
            built_in=built_in,
            guard=guard,
            log=records.log,
            policy=policy,
            prompts=prompts,
            phrases=phrases,
            count=count,
            clock=CLOCK,
            limits=Limits(settings.max_prompt_tokens, settings.max_reply_tokens, settings.check_timeout_s),
            frame=_mail_frame(prompts, policy),
            gaps=records.unanswered,
            rewriter=_rewriter(settings, Rewriter(writer, policy, prompts, count, retriever.languages)),
            report=report,
        )
        conversations = Conversations(
            assistant,
            records.log,
            now=CLOCK.now,
            abandon_after_s=settings.abandon_after_s,
            max_message_chars=settings.max_message_chars,
        )
        stack.push_async_callback(conversations.close)
        if settle:
            await conversations.settle_unfinished()
        if warm:
            await asyncio.to_thread(terms.warm, sorted(policy.company))
        yield Heedful(
            settings=settings,
            records=records,
            policy=policy,
            prompts=prompts,
            phrases=phrases,
            assistant=assistant,
            conversations=conversations,
            knowledge=knowledge,
            retriever=retriever,
            guard=guard,
            drafts=Drafts(conversations, policy, prompts, now=CLOCK.now),
            identity=Identity(
                token_key=records.master.derive("tokens"),
                now=CLOCK.now,
                secret=settings.identity_secret,
                public_key=settings.identity_public_key,
                demo=settings.demo,
            ),
            embedder=embedder,
            writer=writer,
        )


def _rewriter(settings: Settings, rewriter: Rewriter) -> Rewriter | None:
    """Return who makes a question stand alone: the model that writes, unless there is none or it is not to be asked."""
    if settings.model == "extractive" or settings.rewrite_wait_s <= 0:
        return None
    return replace(rewriter, wait_s=settings.rewrite_wait_s)


def _mail_frame(prompts: Prompts, policy: Policy) -> Callable[[Conversation, str], Frame]:
    """Return what puts greeting and close around a mail's words."""
    layout = mail_layout(prompts)

    def frame(conversation: Conversation, language: str) -> Frame:
        if conversation.channel != "email":
            return Frame()
        company = in_language(policy.company, language)
        name = conversation.mail.sender_name if conversation.mail else ""
        return Frame(
            opening=mail.greeting(layout, language=language, company=company, name=name),
            closing=mail.close(layout, language=language, company=company, notice=policy.notice("email", language)),
        )

    return frame


async def _started(settings: Settings, ours: Library, stack: AsyncExitStack) -> tuple[Knowledge, Retriever]:
    """Start the indexes: words are ready when this returns, vectors are mended in the background."""
    await ours.knowledge.start(embed=False)
    mending = asyncio.create_task(ours.knowledge.start())
    stack.push_async_callback(_ended, mending)
    parts = (ours.store, ours.words, ours.vectors, ours.embedder)
    same = await asyncio.to_thread(synonyms.load, settings.synonyms) if settings.synonyms else synonyms.NONE
    if settings.database_url.startswith("sqlite"):
        return ours.knowledge, Retriever(*parts, synonyms=same)
    return ours.knowledge, FollowingRetriever(*parts, synonyms=same, follow=ours.knowledge.follow)


def vocabulary_folder(settings: Settings) -> Path:
    """Return where the tokenizer's vocabulary is kept."""
    return settings.models_dir / "tiktoken"


def _writer(settings: Settings, stack: AsyncExitStack) -> ChatModel:
    """Return the model that writes."""
    kind, _, name = settings.model.partition(":")
    if kind == "openai":
        from heedful.adapters.openai_chat import OpenAIChat

        model = OpenAIChat(
            model=name,
            base_url=settings.model_base_url,
            api_key=settings.openai_api_key,
            timeout_s=settings.model_timeout_s,
            max_retries=settings.model_retries,
            where=settings.model_where,
        )
        stack.push_async_callback(model.close)
        return model
    from heedful.adapters.langchain_chat import LangChainChat

    more: dict[str, Any] = {"base_url": settings.model_base_url} if settings.model_base_url else {}
    return LangChainChat(
        settings.model,
        timeout_s=settings.model_timeout_s,
        max_retries=settings.model_retries,
        where=settings.model_where,
        **more,
    )


async def _ended(task: asyncio.Task[None]) -> None:
    """Stop a task of the background, or take note of how it ended."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, HeedfulError):
        await task
