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

from heedful import mail, synonyms, terms, voice
from heedful.adapters import extractive, tokens
from heedful.assistant import Assistant, Clock, Frame, Limits
from heedful.conversations import Conversations
from heedful.customers import WORDS, Customers, Stores, customers_of
from heedful.drafts import Drafts, mail_layout
from heedful.errors import HeedfulError, StoreError
from heedful.following import FollowingRetriever
from heedful.guard import Guard
from heedful.guard.case import Case
from heedful.guard.judge import CONTROLS, Judge, checked
from heedful.guard.judge_prompt import Asking
from heedful.identity import Identity
from heedful.joined_profiles import JoinedProfiles
from heedful.knowledge.sync import Knowledge
from heedful.library import Library, embedder_of, library_of
from heedful.phrases import Phrases
from heedful.policy import Policy, in_language, load
from heedful.ports import ChatModel, Embedder, ProfileStore
from heedful.prompts import Prompts
from heedful.records import Records, open_records
from heedful.retrieve import Retriever
from heedful.rewriting import Rewriter
from heedful.settings import Settings
from heedful.store.keys import ApiKeys
from heedful.store.profiles import Profiles
from heedful.tending import tend
from heedful.values import Conversation, ModelName, Verdict

__all__ = ["CLOCK", "Heedful", "Records", "Report", "assemble", "open_records", "vocabulary_folder"]

Report = Callable[[BaseException], None]
OWN_TURN = 0.4  # of the time a check may take, waiting included: behind a rule that hangs others still have theirs
CLOCK = Clock(now=lambda: datetime.now(UTC), tick=time.perf_counter)


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
    held: ProfileStore  # what is known of customers, the company's own system included; `profiles` is what is kept here
    customers: Customers
    judge: Judge | None = None

    async def check(self, case: Case) -> Verdict:
        """Return the verdict on a draft of anyone's, a judge's findings included where there is one."""
        return await checked(self.guard, self.judge, case)

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
        if isinstance(self.held, JoinedProfiles):
            parts["crm"] = self.held.state()
        return parts


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
        records = await stack.enter_async_context(open_records(settings, now=CLOCK.now))
        prompts, phrases = Prompts(settings.prompts_dir), Phrases.load(settings.prompts_dir / "phrases")
        policy = load(settings.policy)
        embedder = embedder_of(settings, stack)
        library = library_of(settings, records.database, embedder, policy, stack)
        knowledge, retriever = await _started(settings, library, stack)
        guard = Guard(deadline_s=settings.check_timeout_s * OWN_TURN)
        stack.callback(guard.close)
        built_in = extractive.ExtractiveWriter(phrases)
        writer: ChatModel = built_in if settings.model == "extractive" else writer_of(settings, stack)
        count = tokens.counter(settings.model, vocabulary_folder(settings))
        judge = judge_of(settings, stack, report=report)
        held = _held(settings, policy, records.profiles, report, stack)
        words, stores = Phrases.load(settings.prompts_dir / WORDS), _stores(records, held)
        readers = _readers(writer.model, judge)
        doors = customers_of(stores, policy=policy, words=words, model=readers, now=CLOCK.now).control
        assistant = Assistant(
            passages=retriever,
            profiles=held,
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
            doors=doors,
            judge=judge,
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
            await asyncio.to_thread(voice.warm)
            await asyncio.to_thread(guard.warm)
            tending = asyncio.create_task(tend(records.erasures, policy.retention, now=CLOCK.now, report=report))
            stack.push_async_callback(_ended, tending)
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
            judge=judge,
            drafts=Drafts(conversations, policy, prompts, now=CLOCK.now),
            identity=Identity(
                token_key=records.vault.secret("tokens"),
                now=CLOCK.now,
                secret=settings.identity_secret,
                public_key=settings.identity_public_key,
                demo=settings.demo,
            ),
            embedder=embedder,
            writer=writer,
            held=held,
            customers=customers_of(
                stores,
                policy=policy,
                words=words,
                model=readers,
                now=CLOCK.now,
                replying=conversations,
            ),
        )


@asynccontextmanager
async def open_customers(settings: Settings) -> AsyncIterator[tuple[Customers, Records]]:
    """Open what is kept about customers, without help content: for the command line.

    Raises:
        SettingsError, PolicyError, PromptError, StoreError: As `assemble`.
    """
    async with AsyncExitStack() as stack:
        records = await stack.enter_async_context(open_records(settings, now=CLOCK.now))
        policy = load(settings.policy)
        held = _held(settings, policy, records.profiles, lambda _error: None, stack)
        is_built_in = settings.model == "extractive"
        model = extractive.NAME if is_built_in else writer_of(settings, stack).model
        model = _readers(model, judge_of(settings, stack))
        words = Phrases.load(settings.prompts_dir / WORDS)
        yield customers_of(_stores(records, held), policy=policy, words=words, model=model, now=CLOCK.now), records


def _stores(records: Records, held: ProfileStore) -> Stores:
    stores = Stores(held=held, kept=records.profiles, log=records.log, erasures=records.erasures)
    return replace(stores, drop=held.drop) if isinstance(held, JoinedProfiles) else stores


def _held(
    settings: Settings, policy: Policy, profiles: Profiles, report: Report, stack: AsyncExitStack
) -> ProfileStore:
    """Return where a reply looks up a customer: the database, and the company's own system where there is one."""
    if not settings.crm_url:
        return profiles
    from heedful.adapters.crm_http import CrmProfiles

    outside = CrmProfiles(
        settings.crm_url,
        token=settings.crm_token,
        timeout_s=settings.crm_timeout_s,
        cache_s=settings.crm_cache_s,
        categories=policy.categories,
    )
    stack.push_async_callback(outside.close)
    return JoinedProfiles(profiles, outside, report=report)


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


def writer_of(settings: Settings, stack: AsyncExitStack) -> ChatModel:
    """Return the model that writes."""
    calls: dict[str, Any] = {
        "timeout_s": settings.model_timeout_s,
        "max_retries": settings.model_retries,
        "where": settings.model_where,
    }
    return _chat(settings.model, settings.model_base_url, settings.openai_api_key, calls, stack)


def judge_of(settings: Settings, stack: AsyncExitStack, *, report: Report = lambda _error: None) -> Judge | None:
    """Return the judge of the settings, to be closed with `stack`; `None` where there is none.

    Raises:
        SettingsError, PromptError: It can't be set up; the message says what to do.
    """
    if settings.judge == "none":
        return None
    calls: dict[str, Any] = {"timeout_s": settings.judge_timeout_s, "max_retries": 0, "where": settings.judge_place}
    model = _chat(settings.judge, settings.judge_address, settings.judge_key, calls, stack)
    controls = Phrases.load(settings.prompts_dir / CONTROLS)
    count = tokens.counter(settings.judge, vocabulary_folder(settings))
    asking = Asking(Prompts(settings.prompts_dir), controls, count, max_prompt_tokens=settings.max_prompt_tokens)
    return Judge(model, asking, wait_s=settings.judge_timeout_s, report=report)


def _readers(model: ModelName, judge: Judge | None) -> ModelName:
    """Return the model that writes with all who read the same: customers are told whom their data goes to."""
    return model if judge is None else replace(model, also=(judge.model,))


def _chat(
    name: str, address: str | None, key: str | None, calls: Mapping[str, Any], stack: AsyncExitStack
) -> ChatModel:
    """Return a model by its name; `calls` is how it is called: time-outs, retries, its place."""
    kind, _, model = name.partition(":")
    if kind == "openai":
        from heedful.adapters.openai_chat import OpenAIChat

        chat = OpenAIChat(model=model, base_url=address, api_key=key, **calls)
        stack.push_async_callback(chat.close)
        return chat
    from heedful.adapters.langchain_chat import LangChainChat

    more: dict[str, Any] = {"base_url": address} if address else {}
    return LangChainChat(name, **calls, **more)


async def _ended(task: asyncio.Task[None]) -> None:
    """Stop a task of the background, or take note of how it ended."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, HeedfulError):
        await task
