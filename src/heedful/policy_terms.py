"""What the policy says about customers' own data: who is responsible, the notice they are asked with, how long."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from heedful.policy_table import Table

RETAINED = ("conversations", "unverified_conversations")  # what a number of days can be given for
NOTICE_NAMES = frozenset(
    {"company", "contact", "purpose", "data", "recipients", "kept_for", "withdraw", "refusing", "version"}
)
LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Controller:
    """Who is responsible for the data, and how to reach them about it; texts are by language."""

    name: Mapping[str, str] = field(default_factory=dict)
    address: Mapping[str, str] = field(default_factory=dict)
    contact: Mapping[str, str] = field(default_factory=dict)
    country: str = ""  # ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True)
class ConsentTexts:
    """What a customer is told when they are asked; texts are by language.

    `notice` is a template of the names in `NOTICE_NAMES`. `kept_for` stands where a purpose has a validity (`{days}`),
    `kept_for_ever` where it has none.
    """

    version: str = ""
    notice: Mapping[str, str] = field(default_factory=dict)
    refusing: Mapping[str, str] = field(default_factory=dict)
    withdraw: Mapping[str, str] = field(default_factory=dict)
    kept_for: Mapping[str, str] = field(default_factory=dict)
    kept_until_withdrawn: Mapping[str, str] = field(default_factory=dict)
    stays_here: Mapping[str, str] = field(default_factory=dict)  # in place of recipients, where nobody else reads it
    unknown_country: Mapping[str, str] = field(default_factory=dict)


def read_controller(table: Table, languages: tuple[str, ...]) -> Controller:
    """Take the table `controller`.

    Raises:
        PolicyError: A key is missing, misspelt or of another form.
    """
    country = table.text("country")
    if len(country) != 2 or not country.isascii() or not country.isupper():
        raise table.wrong("country", "has to be a country's two letters, as KR (ISO 3166-1)")
    controller = Controller(
        name=table.texts("name", languages),
        address=table.texts("address", languages),
        contact=table.texts("contact", languages),
        country=country,
    )
    table.finish()
    return controller


def read_consent(table: Table, languages: tuple[str, ...]) -> ConsentTexts:
    """Take the table `consent`: the notice has to say all that a notice has to say.

    Raises:
        PolicyError: A key is missing, misspelt or of another form, or a text leaves out a name it has to hold.
    """
    texts = ConsentTexts(
        version=table.text("version"),
        notice=_template(table, "notice", languages, NOTICE_NAMES),
        refusing=table.texts("refusing", languages),
        withdraw=table.texts("withdraw", languages),
        kept_for=_template(table, "kept_for", languages, {"days"}),
        kept_until_withdrawn=table.texts("kept_until_withdrawn", languages),
        stays_here=table.texts("stays_here", languages),
        unknown_country=table.texts("unknown_country", languages),
    )
    table.finish()
    return texts


def read_retention(table: Table) -> Mapping[str, int]:
    """Take the table `retention`: days by kind, 0 for as long as nobody erases it.

    Raises:
        PolicyError: A kind is missing or unknown, or a number is no number of days.
    """
    days = {kind: table.whole_number(kind, most=LONGEST_DAYS) for kind in RETAINED}
    table.finish()
    return days


def read_claims(table: Table, categories: Collection[str], never: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Take the table `identity_claims`: which claim of an identity token is which fact, as (fact, category).

    Raises:
        PolicyError: A value is not `category.fact` with a category of the policy, or of one that no model may see.
    """
    claims: dict[str, tuple[str, str]] = {}
    for claim in table.left():
        category, dot, fact = table.text(claim).partition(".")
        if not dot or not fact.strip() or category not in categories:
            raise table.wrong(claim, "has to be category.fact, the category one of " + ", ".join(sorted(categories)))
        if category in never:
            raise table.wrong(claim, f"is of {category!r}, which is never taken from a token")
        claims[claim] = (fact.strip(), category)
    return claims


def _template(table: Table, key: str, languages: tuple[str, ...], names: Collection[str]) -> Mapping[str, str]:
    texts = table.texts(key, languages)
    for text in texts.values():
        try:
            found = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        except ValueError:
            raise table.wrong(key, "has a brace that is not closed") from None
        if found != set(names):
            wanted = ", ".join(f"{{{name}}}" for name in sorted(names))
            raise table.wrong(key, f"has to hold each of {wanted}, and no other name in braces")
    return texts
