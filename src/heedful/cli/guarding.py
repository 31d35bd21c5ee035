"""`heedful guard`: what each check does under your policy, and what those that only observe would have done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heedful.cli.output import NO, AsJson, run, say, show
from heedful.errors import InputError
from heedful.settings import Settings

if TYPE_CHECKING:
    from heedful.observed import Observed

guard = typer.Typer(help="The checks that every reply passes.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(guard, name="guard")


@guard.command("rules")
def rules(as_json: AsJson = False) -> None:
    """List the checks with what each does on each channel, as your policy has it."""

    async def work(settings: Settings) -> list[dict[str, Any]]:
        from heedful.policy import CHANNELS, load
        from heedful.reason_codes import CODES, THRESHOLDS

        policy = load(settings.policy).guard
        return [
            {
                "code": code,
                "what": known.what,
                "usual": known.usual.value,
                "does": {channel: policy.of(channel).get(code, known.usual.value) for channel in CHANNELS},
                "can_be": list(known.allowed),
            }
            | ({"threshold": {one: policy.threshold(code, one) for one in CHANNELS}} if code in THRESHOLDS else {})
            for code, known in CODES.items()
        ]

    found = run(work, as_json=as_json)
    if as_json:
        show({"rules": found})
        return
    width = max(len(one["code"]) for one in found)
    for one in found:
        does = sorted(set(one["does"].values()))
        shown = does[0] if len(does) == 1 else ", ".join(f"{where} {what}" for where, what in one["does"].items())
        usual = "" if does == [one["usual"]] else f" (usually {one['usual']})"
        say(f"{one['code']:<{width}}  {shown}{usual}: {one['what']}")


@guard.command("observed")
def observed(
    since: Annotated[str, typer.Option(help="How far back: 7d, 24h, 2w, or a day as 2026-11-01.")] = "7d",
    words: Annotated[bool, typer.Option("--words", help="Show the words, too. They may be about customers.")] = False,
    as_json: AsJson = False,
) -> None:
    """Count what the checks that only observe found in the replies that were sent, and what they would have done."""

    async def work(settings: Settings) -> Observed:
        from heedful.assemble import open_records
        from heedful.observed import observed
        from heedful.observed import since as begin

        start = begin(since, datetime.now(UTC))
        async with open_records(settings) as records:
            return await observed(records.replies(start), start, with_words=words)

    found = run(work, as_json=as_json)
    if as_json:
        show(found.as_json())
    else:
        _print_observed(found)


def _print_observed(found: Observed) -> None:
    say(f"{found.replies:,} replies since {found.since:%Y-%m-%d %H:%M} UTC")
    if not found.seen:
        say("No check that only observes found anything in them.")
    for one in found.seen:
        counted = f"{one.findings:,} in {one.replies:,} replies"
        say(f"{one.code}, {one.channel}: {counted}; as findings that act: {one.action}")
        for why, count in sorted(one.whys.items(), key=lambda item: -item[1]):
            say(f"  {count:,} × {why}")
        for item in one.words:
            say(f"    {item['at'][:16]}  {' '.join(item['text'].split())}")


def check_cases(path: Path, *, as_json: bool) -> None:
    """Decide cases that say what is expected of them; exit 1 when one is decided otherwise."""

    path = path.expanduser()

    async def work(settings: Settings) -> list[dict[str, Any]]:
        from heedful.evaluate.guard import decided
        from heedful.policy import load
        from heedful.wire import verdict_json

        decisions = await decided(path, load(settings.policy).guard)
        if not decisions:
            raise InputError(f"{str(path)!r} holds no case; docs/guard.md shows how one is written")
        return [
            {
                "id": one.id,
                "as_expected": one.is_right,
                "expect": {"action": one.action, "reasons": sorted(one.reasons)},
                **verdict_json(one.verdict),
            }
            for one in decisions
        ]

    found = run(work, as_json=as_json)
    wrong = [one for one in found if not one["as_expected"]]
    if as_json:
        show({"n": len(found), "as_expected": len(found) - len(wrong), "cases": found})
    else:
        for one in wrong:
            expected = " ".join((one["expect"]["action"], *one["expect"]["reasons"]))
            say(f"{one['id']}: {one['action']}, expected {expected}")
            print_findings(one)
        say(f"{len(found) - len(wrong):,} of {len(found):,} cases are decided as expected")
    if wrong:
        raise typer.Exit(NO)


def print_findings(verdict: Mapping[str, Any]) -> None:
    """Print what was found, and what was only observed."""
    for kind, note in (("findings", ""), ("observed", ", only observed")):
        for one in verdict[kind]:
            where = f"characters {one['start']}–{one['end']}"
            say(f"  {one['code']} ({one['action']}{note}), {where}: {one['why']}")
