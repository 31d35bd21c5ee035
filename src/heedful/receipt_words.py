"""A receipt in plain words: what a reply was made of, sentence by sentence, in the customer's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from heedful.phrases import Phrases
from heedful.policy import Policy, in_language

BUILT_IN = "extractive"
NO_MODEL = "none"
HERE = "this machine"
STYLE = "style"  # how a reply sounds is no matter of the customer's data; it stands in the JSON


def receipt_words(receipt: Mapping[str, Any], *, words: Phrases, policy: Policy, language: str) -> tuple[str, ...]:
    """Return the sentences that say what a receipt (its JSON, as recorded) says; names of facts, never values."""
    said = _Saying(words, policy, language)
    return (
        *said.head(receipt),
        *said.sources(receipt.get("passages", ())),
        *said.facts(receipt),
        *said.withheld(receipt.get("withheld", ())),
        *said.checks(receipt),
        *said.writer(receipt),
    )


def fact_label(words: Phrases, language: str, name: str) -> str:
    """Return what a fact is called; its own name where nobody has given it one."""
    return words.get(language, f"fact.{name}") if words.has(f"fact.{name}") else name.replace("_", " ")


def day(text: str) -> str:
    """Return the day of a time as JSON has it; the text itself where it is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).date().isoformat()
    except ValueError:
        return text


def minute(at: datetime) -> str:
    """Return a time to the minute, with its zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


class _Saying:
    """The sentences, part by part."""

    def __init__(self, words: Phrases, policy: Policy, language: str) -> None:
        self._words = words
        self._policy = policy
        self._language = language

    def head(self, receipt: Mapping[str, Any]) -> Iterator[str]:
        yield self._get("receipt.head", time=minute(datetime.fromisoformat(str(receipt["at"]))))
        if not receipt.get("verified"):
            yield self._get("receipt.unverified")
            return
        purpose = self._purpose(str(receipt.get("purpose", "")))
        if kinds := [self._kind(str(kind)) for kind in receipt.get("kinds", ())]:
            yield self._get("receipt.about", kinds=self._list(kinds), purpose=purpose)
        else:
            yield self._get("receipt.about_nothing", purpose=purpose)

    def sources(self, passages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        for one in {str(one["url"]): one for one in passages}.values():
            page = {"title": str(one["title"]), "url": str(one["url"])}
            if one.get("updated"):
                yield self._get("receipt.source_dated", **page, date=str(one["updated"]))
            else:
                yield self._get("receipt.source", **page)
        if not passages:
            yield self._get("receipt.no_source")

    def facts(self, receipt: Mapping[str, Any]) -> Iterator[str]:
        for fact in receipt.get("facts", ()):
            said = {
                "fact": fact_label(self._words, self._language, str(fact["name"])),
                "purpose": self._purpose(str(fact["purpose"])),
                "date": day(str(fact["given_at"])),
                "consent": str(fact["consent_id"]),
            }
            source = str(fact.get("source", ""))
            if source == "customer":
                yield self._get("receipt.fact_yours", **said)
            elif source:
                yield self._get("receipt.fact_from", **said, source=source)
            else:
                yield self._get("receipt.fact", **said)
        if receipt.get("verified") and not receipt.get("facts"):
            yield self._get("receipt.no_fact")

    def withheld(self, names: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        by_why: dict[str, list[str]] = {}
        for one in names:
            by_why.setdefault(str(one["why"]), []).append(fact_label(self._words, self._language, str(one["name"])))
        for why, facts in by_why.items():
            yield self._get(f"withheld.{why}", facts=self._list(list(dict.fromkeys(facts))))

    def checks(self, receipt: Mapping[str, Any]) -> Iterator[str]:
        checks = [check for check in receipt.get("checks", ()) if not str(check["rule"]).startswith(STYLE)]
        passed = sum(check["result"] in ("passed", "found") for check in checks)
        if not passed:
            yield self._get("receipt.no_check")
        else:
            yield self._get("receipt.check") if passed == 1 else self._get("receipt.checks", count=str(passed))
        if changed := [self._rule(str(code)) for code in receipt.get("changed", ()) if not str(code).startswith(STYLE)]:
            yield self._get("receipt.found", what=self._list(changed))
        if observed := [self._rule(str(one["rule"])) for one in checks if one["result"] == "observed"]:
            yield self._get("receipt.observed", what=self._list(observed))
        if absent := [self._rule(str(one["rule"])) for one in checks if one["result"] in ("absent", "failed")]:
            yield self._get("receipt.absent", what=self._list(absent))

    def writer(self, receipt: Mapping[str, Any]) -> Iterator[str]:
        model = receipt.get("model", {})
        name, where = str(model.get("name", NO_MODEL)), str(model.get("where", HERE))
        if name in (NO_MODEL, BUILT_IN):
            yield self._get("receipt.fixed" if name == NO_MODEL else "receipt.built_in")
        elif where == HERE:
            yield self._get("receipt.here", model=name)
        else:
            yield self._get("receipt.model", model=name, where=where)
        if judge := receipt.get("judge"):
            name, where = str(judge["name"]), str(judge["where"])
            here = self._get("receipt.judge_here", model=name)
            yield here if where == HERE else self._get("receipt.judge", model=name, where=where)
        if count := len(receipt.get("prompts", ())):
            yield self._get("receipt.prompt") if count == 1 else self._get("receipt.prompts", count=str(count))
        if (position := receipt.get("chain", {}).get("position")) is not None:
            yield self._get("receipt.chain", position=f"{position:,}")

    def _get(self, key: str, /, **values: str) -> str:
        return self._words.get(self._language, key, **values)

    def _purpose(self, purpose: str) -> str:
        known = self._policy.purposes.get(purpose)
        return in_language(known.label, self._language) if known else purpose

    def _kind(self, kind: str) -> str:
        known = self._policy.kinds.get(kind)
        return in_language(known.label, self._language) if known else kind

    def _rule(self, rule: str) -> str:
        return self._words.get(self._language, f"rule.{rule}") if self._words.has(f"rule.{rule}") else rule

    def _list(self, items: Sequence[str]) -> str:
        if self._language == "ko" or len(items) < 2:
            return ", ".join(items)
        return f"{', '.join(items[:-1])} and {items[-1]}"
