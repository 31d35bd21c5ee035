"""policy.toml, read strictly: what each category of facts may be used for, what the company says and promises."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, cast

from heedful.errors import PolicyError
from heedful.policy_guard import GuardPolicy, read_guard
from heedful.policy_judge import JudgePolicy, read_judge
from heedful.policy_table import Table
from heedful.policy_terms import (
    LONGEST_DAYS,
    ConsentTexts,
    Controller,
    read_claims,
    read_consent,
    read_controller,
    read_retention,
)
from heedful.values import Channel, Release

Precision = Literal["full", "hint", "none"]
OnModelFailure = Literal["extractive", "hand_off"]

CHANNELS: tuple[Channel, ...] = ("chat", "email", "assist")
CUSTOMER_CARE = "customer_care"  # the purpose when no kind of question was recognised
NEVER_SHOWN = ("unique_identifier", "special")  # categories that no policy may open to a model


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a fact is looked at. `ground` is false for a purpose that can be recorded but never allows a fact's use.

    `valid_days` is how long a consent for it holds from when it was given; `None`: until it is withdrawn. With
    `beside`, consent for it counts beside the purpose that a question has, for the facts that the question needs.
    """

    id: str
    dpv: str  # W3C Data Privacy Vocabulary, an absolute address
    label: Mapping[str, str]
    ground: bool = True
    valid_days: int | None = None
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Category:
    """What one category of facts may be used for, where, how precisely, and what a model sees of it.

    `full` names the facts that are given in full even where the channel's precision is `hint`; `plain` names
    those a model sees as they are even where the category asks for placeholders. `behaviour` tells of what customers
    do: a browser that sends `Sec-GPC: 1` closes it.
    """

    id: str
    label: Mapping[str, str]
    purposes: frozenset[str]
    channels: frozenset[str]
    precision: Mapping[str, Precision]
    to_model: bool = True  # false: never in a view, whatever the consent
    placeholder: bool = False
    full: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    behaviour: bool = False

    def precision_of(self, fact: str, channel: str) -> Precision:
        """Return how precisely the fact may be given on the channel; `none` where the channel may not carry it."""
        if channel not in self.channels:
            return "none"
        precision = self.precision.get(channel, "none")
        return "full" if precision == "hint" and fact in self.full else precision

    def hides(self, fact: str) -> bool:
        """Return whether a model sees a typed placeholder instead of this fact's value."""
        return self.placeholder and fact not in self.plain


@dataclass(frozen=True, slots=True)
class Needs:
    """Which facts a question needs: by category, all of it (`*`) or facts by name (`*address*`)."""

    facts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def categories(self) -> frozenset[str]:
        """The categories of which at least some facts are needed."""
        return frozenset(self.facts)

    def hold(self, category: str, fact: str) -> bool:
        """Return whether this fact of this category is needed."""
        return any(fnmatchcase(fact, pattern) for pattern in self.facts.get(category, ()))

    def with_those_of(self, other: Needs) -> Needs:
        """Return what one or the other needs."""
        both = {**self.facts}
        for category, patterns in other.facts.items():
            both[category] = both.get(category, frozenset()) | patterns
        return Needs(both)


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of question: the purpose it has, and the facts that answering it needs."""

    id: str
    purpose: str
    needs: Needs
    label: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the company allows, says and promises. Texts are by language (`en`, `ko`): read them with `in_language`.

    `kinds` are in order of precedence: the first one recognised decides the purpose. `promises` are in every
    language, one after the other. `links` are address prefixes. Empty `links` or `contacts`: none were named.
    `retention` is in days by kind of record, 0 for as long as nobody erases it; `claims` tells which claim of an
    identity token is which (fact, category).
    """

    company: Mapping[str, str]
    ai_name: Mapping[str, str]
    purposes: Mapping[str, Purpose]
    categories: Mapping[str, Category]
    kinds: Mapping[str, Kind]
    otherwise: Kind  # what counts when no kind was recognised
    always: Needs = field(default_factory=Needs)  # what every answer needs: how to speak with this customer
    contacts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    promises_by_language: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contact_lines: Mapping[str, str] = field(default_factory=dict)  # one readable line: how to reach a person
    notices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # channel → language → AI notice
    release: Mapping[Channel, Release] = field(default_factory=dict)
    on_model_failure: OnModelFailure = "extractive"
    internal_folders: tuple[str, ...] = ()  # patterns of paths: more help content that only staff may see
    untrusted_folders: tuple[str, ...] = ()
    controller: Controller = field(default_factory=Controller)
    consent: ConsentTexts = field(default_factory=ConsentTexts)
    retention: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    guard: GuardPolicy = field(default_factory=GuardPolicy)
    judge: JudgePolicy = field(default_factory=JudgePolicy)

    @property
    def special(self) -> frozenset[str]:
        """The categories that are never shown to a model, whatever a customer has agreed to."""
        return frozenset(category.id for category in self.categories.values() if not category.to_model)

    def notice(self, channel: str, language: str) -> str:
        """Return the sentence that says an AI answers on this channel; empty where the policy has none."""
        return in_language(self.notices.get(channel, {}), language)


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Return the text in `language`, in English where there is none; empty when there is neither."""
    return texts.get(language) or texts.get("en", "")


def purpose_for(policy: Policy, kinds: Iterable[str]) -> str:
    """Return the one purpose of a question of these kinds: that of the first kind in the policy's own order."""
    found = set(kinds)
    return next((kind.purpose for kind in policy.kinds.values() if kind.id in found), policy.otherwise.purpose)


def needed_for(policy: Policy, kinds: Iterable[str]) -> Needs:
    """Return the facts that answering a question of these kinds needs: those of all of them, and what all need."""
    found = [policy.kinds[kind].needs for kind in kinds if kind in policy.kinds] or [policy.otherwise.needs]
    needs = policy.always
    for one in found:
        needs = needs.with_those_of(one)
    return needs


def load(path: Path) -> Policy:
    """Return the policy that the file holds.

    Raises:
        PolicyError: It can't be read, a key is missing, misspelt or contradicts another; names key and file.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(f"the policy {str(path)!r} can't be read ({error.strerror}); set HEEDFUL_POLICY") from error
    except UnicodeDecodeError as error:
        raise PolicyError(f"the policy {str(path)!r} is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"the policy {str(path)!r} is no TOML: {error}") from error
    return _policy(Table(content, file=path.name))


def _policy(root: Table) -> Policy:
    languages = root.names("languages")
    if "en" not in languages:
        raise root.wrong("languages", "has to name 'en': English is what other languages fall back to")
    company = root.table("company")
    purposes = {name: _purpose(name, table, languages) for name, table in root.tables("purposes").items()}
    categories = {
        name: _category(name, table, languages, purposes) for name, table in root.tables("categories").items()
    }
    grounds = {purpose.id for purpose in purposes.values() if purpose.ground}
    kinds = {name: _kind(name, table, languages, grounds, categories) for name, table in root.tables("kinds").items()}
    otherwise = _otherwise(root.table("otherwise"), grounds, categories)
    contacts = root.table("contacts")
    always = root.table("always", optional=True)
    promises = _promises(root, languages)
    release = _release(root.table("release"))
    knowledge = root.table("knowledge", optional=True)
    never = [category.id for category in categories.values() if not category.to_model]
    failure = root.choice("on_model_failure", ("extractive", "hand_off"))
    policy = Policy(
        company=company.texts("name", languages),
        ai_name=company.texts("ai_name", languages),
        purposes=purposes,
        categories=categories,
        kinds=kinds,
        otherwise=otherwise,
        always=_needs(always, categories) if always.has("needs") else Needs(),
        contacts=contacts.names("published"),
        contact_lines=contacts.texts("line", languages),
        links=_links(root),
        promises=tuple(promise for language in languages for promise in promises[language]),
        promises_by_language=promises,
        notices=_notices(root, languages),
        release=release,
        on_model_failure=cast("OnModelFailure", failure),
        internal_folders=knowledge.names("internal", optional=True),
        untrusted_folders=knowledge.names("untrusted", optional=True),
        controller=read_controller(root.table("controller"), languages),
        consent=read_consent(root.table("consent"), languages),
        retention=read_retention(root.table("retention")),
        claims=read_claims(root.table("identity_claims", optional=True), categories, never),
        guard=read_guard(root.table("guard", optional=True), CHANNELS),
        judge=read_judge(root.table("judge", optional=True)),
    )
    for table in (company, contacts, knowledge, always, root):
        table.finish()
    return policy


def _purpose(name: str, table: Table, languages: tuple[str, ...]) -> Purpose:
    dpv = table.text("dpv")
    if not dpv.startswith("https://w3id.org/dpv"):
        raise table.wrong("dpv", "has to be an address that begins with https://w3id.org/dpv")
    valid_days = table.whole_number("valid_days", least=1, most=LONGEST_DAYS) if table.has("valid_days") else None
    purpose = Purpose(
        id=name,
        dpv=dpv,
        label=table.texts("label", languages),
        ground=table.flag("ground", default=True),
        valid_days=valid_days,
        beside=table.flag("beside", default=False),
    )
    if name == "marketing" and purpose.ground:
        raise table.wrong("ground", "has to be false: marketing is never a ground for a reply")
    if purpose.beside and not purpose.ground:
        raise table.wrong("beside", "has to be false where `ground` is: such a purpose never allows anything")
    table.finish()
    return purpose


def _category(name: str, table: Table, languages: tuple[str, ...], purposes: Mapping[str, Purpose]) -> Category:
    grounds = [purpose.id for purpose in purposes.values() if purpose.ground]
    to_model = table.flag("to_model", default=True)
    if to_model and name in NEVER_SHOWN:
        raise table.wrong("to_model", "has to be false: this category is never given to a model")
    channels = table.names("channels", among=CHANNELS)
    precision_table = table.table("precision")
    precision = {
        channel: cast("Precision", precision_table.choice(channel, ("full", "hint", "none"))) for channel in channels
    }
    precision_table.finish()
    category = Category(
        id=name,
        label=table.texts("label", languages),
        purposes=frozenset(table.names("purposes", among=grounds)),
        channels=frozenset(channels),
        precision=precision,
        to_model=to_model,
        placeholder=table.flag("placeholder", default=False),
        full=frozenset(table.names("full", optional=True)),
        plain=frozenset(table.names("plain", optional=True)),
        behaviour=table.flag("behaviour", default=False),
    )
    table.finish()
    return category


def _kind(
    name: str, table: Table, languages: tuple[str, ...], grounds: set[str], categories: Mapping[str, Category]
) -> Kind:
    kind = Kind(
        id=name,
        purpose=table.choice("purpose", grounds),
        needs=_needs(table, categories),
        label=table.texts("label", languages),
    )
    table.finish()
    return kind


def _otherwise(table: Table, grounds: set[str], categories: Mapping[str, Category]) -> Kind:
    kind = Kind(
        id="",
        purpose=table.choice("purpose", grounds),
        needs=_needs(table, categories),
    )
    table.finish()
    return kind


def _needs(table: Table, categories: Mapping[str, Category]) -> Needs:
    needs = Needs()
    for entry in table.names("needs"):
        category, dot, fact = entry.partition(".")
        if category not in categories or (dot and not fact):
            among = ", ".join(sorted(categories))
            raise table.wrong("needs", f"names {entry!r}; it has to be a category, or category.fact, of {among}")
        needs = needs.with_those_of(Needs({category: frozenset((fact or "*",))}))
    return needs


def _promises(root: Table, languages: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    by_name = [(name, table.texts_here(languages)) for name, table in root.tables("promises").items()]
    return {language: tuple(texts[language] for _, texts in by_name) for language in languages}


def _links(root: Table) -> tuple[str, ...]:
    links = root.names("links")
    for link in links:
        if not link.startswith("https://") or not link.endswith("/"):
            raise root.wrong("links", f"names {link!r}; a prefix begins with https:// and ends with /")
    return links


def _notices(root: Table, languages: tuple[str, ...]) -> Mapping[str, Mapping[str, str]]:
    table = root.table("notices")
    notices = {channel: table.texts(channel, languages) for channel in ("chat", "email")}
    table.finish()
    return notices


def _release(table: Table) -> Mapping[Channel, Release]:
    release = {channel: cast("Release", table.choice(channel, ("unit", "whole"))) for channel in CHANNELS}
    table.finish()
    return release
