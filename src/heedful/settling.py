"""What a reply was made of: its receipt."""

from __future__ import annotations

from datetime import datetime

from heedful.canonical import matcher, normalise
from heedful.gathered import Outcome
from heedful.values import Check, FactInView, ModelName, Receipt
from heedful.work import Work


def receipt(work: Work, outcome: Outcome, *, at: datetime, quotes: bool) -> Receipt:
    """Return the receipt of a reply that came to `outcome`.

    `quotes`: the built-in writer wrote it, which reads the passages and no prompt, and tells facts as they are.
    """
    checks = outcome.checks
    if work.profile_missing:
        checks = (*checks, Check("profile", "absent"))
    return Receipt(
        id=f"receipt_{work.reply_id.removeprefix('r_')}",
        at=at,
        kinds=work.reading.kinds,
        purpose=work.reading.purpose,
        verified=work.conversation.verified,
        facts=_used(work, outcome.text, quotes=quotes),
        withheld=work.view.withheld,
        passages=outcome.passages,
        checks=checks,
        changed=outcome.changed,
        model=work.writer.model if work.prompt else ModelName("none", "this machine"),
        prompts={
            **work.rewritten.digests,
            **(work.prompt.digests if work.prompt and not quotes else {}),
            **work.judge_prompts,
        },
        judge=work.judge,
    )


def _used(work: Work, text: str, *, quotes: bool) -> tuple[FactInView, ...]:
    """Return the facts that the reply rests on: all a model has read; of the built-in writer's, those it says."""
    if quotes:
        said = normalise(text)
        return tuple(
            fact
            for fact in work.view.facts
            if fact.value in text or matcher(fact.name, fact.category, fact.value).find(said)
        )
    read = {fact.name for fact in work.prompt.material.facts} if work.prompt else set()
    return tuple(fact for fact in work.view.facts if fact.name in read)
