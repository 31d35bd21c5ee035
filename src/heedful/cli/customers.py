"""`heedful export`, `erase`, `consents`, `profiles`, `hold`, `corrections`: customers' own data, as over the API."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from heedful import running
from heedful.cli.output import NO, AsJson, note, run, say, show
from heedful.errors import InputError, NotFoundError
from heedful.settings import Settings

if TYPE_CHECKING:
    from heedful.assemble import Records
    from heedful.customers import Customers

Given = TypeVar("Given")
Customer = Annotated[str, typer.Argument(metavar="ID", help="The customer's id.")]
Tongue = Annotated[str, typer.Option("--language", help="en or ko.")]
profiles = typer.Typer(help="What is held about customers, and what they agreed to.", no_args_is_help=True)
holds = typer.Typer(help="Legal holds: nothing of these customers is erased.", no_args_is_help=True)
corrections = typer.Typer(help="What customers asked to have corrected.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(export)
    app.command()(erase)
    app.command()(consents)
    app.add_typer(profiles, name="profiles")
    app.add_typer(holds, name="hold")
    app.add_typer(corrections, name="corrections")


def export(
    customer: Customer,
    html: Annotated[bool, typer.Option("--html", help="One readable page instead of JSON.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write it here.")] = None,
    language: Tongue = "en",
    as_json: AsJson = False,
) -> None:
    """Print everything that is held about a customer: what they would get themselves. It is JSON but for --html."""

    async def work(customers: Customers) -> str:
        if html and as_json:
            raise InputError("--html and --json are two forms; give one of them")
        await _must_be_known(customers, customer)
        content = await customers.export(customer, _spoken(customers, language))
        if not html:
            return json.dumps(content, ensure_ascii=False, indent=2)
        from heedful.web.export_page import export_page

        return export_page(content, customers.words)

    made = run(_over(work), as_json=as_json).rstrip("\n") + "\n"
    if out is None:
        sys.stdout.write(made)
        return
    try:
        out.expanduser().write_text(made, encoding="utf-8")
    except OSError as error:
        note(f"heedful: {str(out)!r} can't be written ({error.strerror})")
        raise typer.Exit(NO) from error
    note(f"It is in {out}; keep it as carefully as what it tells.")


def erase(
    customer: Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Really: there is no way back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase everything that is kept about a customer, by the running server where there is one."""

    async def work(settings: Settings) -> Mapping[str, Any]:
        if not yes:
            raise InputError("this erases everything that is kept about the customer, for good; add --yes to do it")
        with running.turn(settings.data_dir, waiting=note) as server:
            if server is not None:  # it ends the replies under way first
                return server.delete(f"/v1/profiles/{_in_path(customer)}")
            from heedful.assemble import open_customers
            from heedful.my_data import erased_json

            async with open_customers(settings) as (customers, _):
                return erased_json(await customers.control.erase(customer, "company"))

    erased = run(work, as_json=as_json)
    if as_json:
        show(erased)
        return
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in erased["counts"].items())
    say(f"erased: {counts or 'nothing was held'}")
    say(f"receipt {erased['id']}, {erased['at']}, entry {erased['chain'].get('position')} of the audit chain")


def consents(customer: Customer, as_json: AsJson = False) -> None:
    """List every answer a customer has given, oldest first, with what they were told (ISO/IEC TS 27560)."""

    async def work(customers: Customers) -> Any:
        await _must_be_known(customers, customer)
        return await customers.control.consents(customer)

    found = run(_over(work), as_json=as_json)
    if as_json:
        show({"items": found})
        return
    for one in found:
        purpose = one["pii_processing"]["purposes"][0]
        of = purpose["pii_information"][0] if purpose["pii_information"] else {}
        what = of.get("pii_attribute_id") or of.get("pii_type") or "all of it"
        version = one["pii_processing"]["privacy_notice_version"] or "–"
        when = one["event"]["event_time"]
        say(f"{when}  {one['event']['event_state']:<9}  {purpose['purpose']}: {what}   notice {version}")
    if not found:
        note("Nothing has been recorded.")


@profiles.command("show")
def show_profile(customer: Customer, language: Tongue = "en", as_json: AsJson = False) -> None:
    """Show what is held about a customer, as they see it themselves."""

    async def work(customers: Customers) -> Mapping[str, Any]:
        await _must_be_known(customers, customer)
        return await customers.control.seen(customer, _spoken(customers, language))

    seen = run(_over(work), as_json=as_json)
    if as_json:
        show(seen)
        return
    width = max((len(fact["name"]) for fact in seen["facts"]), default=0)
    for fact in seen["facts"]:
        source = f", from {fact['source']}" if fact["source"] else ""
        say(f"{fact['name']:<{width}}  {fact['value']}   ({fact['category']}{source})")
    for one in seen["purposes"]:
        say(f"{one['id']}: {one['state']}")
    for one in seen["corrections"]:
        say(f"asked to correct {one['fact']}: {one['value']}   ({one['state']}, {one['id']})")
    if seen["hold"]:
        say(f"legal hold since {seen['hold']['since']}: {seen['hold']['reason']}")


@profiles.command("list")
def list_profiles(as_json: AsJson = False) -> None:
    """Name the customers something is held about; nothing of what is held."""

    async def work(_customers: Customers, records: Records) -> list[str]:
        found: list[str] = []
        while some := await records.profiles.customers(after=found[-1] if found else ""):
            found.extend(some)
        return sorted(found)

    found = run(_with_records(work), as_json=as_json)
    if as_json:
        show({"customers": found})
    else:
        for customer_id in found:
            say(customer_id)


@holds.command("set")
def set_hold(
    customer: Customer,
    reason: Annotated[str, typer.Option(help="Why, in words that the customer may read.")],
    as_json: AsJson = False,
) -> None:
    """Have nothing of a customer erased, by themselves or by age, until it is released."""

    async def work(customers: Customers) -> Any:
        from heedful.my_data import hold_json

        return hold_json(await customers.company.hold(customer, reason))

    held = run(_over(work), as_json=as_json)
    show(held) if as_json else say(f"held since {held['since']}: {held['reason']}")


@holds.command("release")
def release_hold(customer: Customer, as_json: AsJson = False) -> None:
    """End a hold."""

    async def work(customers: Customers) -> None:
        await customers.company.release(customer)

    run(_over(work), as_json=as_json)
    show({"released": True}) if as_json else say("the hold is released")


@holds.command("list")
def list_holds(as_json: AsJson = False) -> None:
    """List the holds there are, oldest first."""

    async def work(customers: Customers) -> list[dict[str, Any]]:
        from heedful.my_data import hold_json

        return [{"customer_id": one.customer_id, **(hold_json(one) or {})} for one in await customers.company.holds()]

    found = run(_over(work), as_json=as_json)
    if as_json:
        show({"items": found})
    else:
        for one in found:
            say(f"{one['customer_id']}  since {one['since']}: {one['reason']}")


@corrections.command("list")
def list_corrections(as_json: AsJson = False) -> None:
    """List the requests that wait, oldest first."""

    async def work(customers: Customers) -> list[dict[str, Any]]:
        return await customers.company.corrections()

    found = run(_over(work), as_json=as_json)
    if as_json:
        show({"items": found})
    else:
        for one in found:
            say(f"{one['id']}  {one['at']}  {one['customer_id']}: {one['fact']} should be {one['value']}")


@corrections.command("settle")
def settle_correction(
    correction: Annotated[str, typer.Argument(metavar="ID", help="As `heedful corrections list` shows it.")],
    declined: Annotated[bool, typer.Option("--declined", help="It was not changed; say why with --note.")] = False,
    message: Annotated[str, typer.Option("--note", help="What the customer may read about it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Close a request: the fact has been changed in your own system, or is not going to be."""

    async def work(customers: Customers) -> dict[str, Any]:
        return await customers.company.settle(correction, "declined" if declined else "done", message)

    done = run(_over(work), as_json=as_json)
    show(done) if as_json else say(f"{done['id']}: {done['state']}")


def _over(work: Callable[[Customers], Awaitable[Given]]) -> Callable[[Settings], Any]:
    """Return `work` over what is kept about customers."""

    async def opened(customers: Customers, _records: Records) -> Given:
        return await work(customers)

    return _with_records(opened)


def _with_records(work: Callable[[Customers, Records], Awaitable[Given]]) -> Callable[[Settings], Any]:
    async def opened(settings: Settings) -> Given:
        from heedful.assemble import open_customers

        async with open_customers(settings) as (customers, records):
            return await work(customers, records)

    return opened


async def _must_be_known(customers: Customers, customer: str) -> None:
    if not await customers.control.is_known(customer):
        raise NotFoundError("nothing is held about this customer")


def _spoken(customers: Customers, language: str) -> str:
    if language not in customers.policy.company:
        raise InputError(f"--language is {language!r}; use one of {', '.join(sorted(customers.policy.company))}")
    return language


def _in_path(customer: str) -> str:
    from urllib.parse import quote

    return quote(customer, safe="")
