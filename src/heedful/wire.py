"""How replies, receipts, citations and verdicts look as JSON: on the wire, on the command line, in the record."""

from __future__ import annotations

import hashlib
from typing import Any

from heedful.values import Citation, Finding, Passage, Receipt, Reply, Verdict

VERSION_LENGTH = 16  # hex digits of SHA-256: enough to tell every wording there will ever be from another
SNIPPET_LENGTH = 200  # characters of a passage shown under a reply


def cited(n: int, passage: Passage) -> Citation:
    """Return the citation that marker `[n]` stands for."""
    words = " ".join(passage.text.split())
    snippet = words if len(words) <= SNIPPET_LENGTH else words[: SNIPPET_LENGTH - 1].rstrip() + "…"
    return Citation(n=n, id=passage.id, title=passage.title, url=passage.url, snippet=snippet, lang=passage.lang)


def version_of(passage: Passage) -> str:
    """Return which wording of a passage this is: another one has another version."""
    return hashlib.sha256(passage.text.encode("utf-8", "surrogatepass")).hexdigest()[:VERSION_LENGTH]


def citation_json(citation: Citation) -> dict[str, Any]:
    """Return one source as JSON."""
    return {
        "n": citation.n,
        "id": citation.id,
        "title": citation.title,
        "url": citation.url,
        "snippet": citation.snippet,
        "lang": citation.lang,
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON; what was only observed stands apart, with what it would have led to."""
    return {
        "action": str(verdict.action),
        "findings": [finding_json(finding) for finding in verdict.findings],
        "observed": [finding_json(finding) for finding in verdict.observed],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON."""
    return {
        "code": finding.code,
        "action": str(finding.action),
        "start": finding.start,
        "end": finding.end,
        "why": finding.why,
        "mend": finding.mend,
    }


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as JSON: names of facts, never their values."""
    return {
        "id": receipt.id,
        "at": receipt.at.isoformat(),
        "kinds": list(receipt.kinds),
        "purpose": receipt.purpose,
        "verified": receipt.verified,
        "facts": [
            {
                "name": fact.name,
                "category": fact.category,
                "purpose": fact.purpose,
                "consent_id": fact.consent_id,
                "given_at": fact.given_at.isoformat(),
                "source": fact.source,
            }
            for fact in receipt.facts
        ],
        "withheld": [{"name": one.name, "category": one.category, "why": one.why} for one in receipt.withheld],
        "passages": [
            {"id": one.id, "title": one.title, "url": one.url, "updated": one.updated, "version": version_of(one)}
            for one in receipt.passages
        ],
        "checks": [{"rule": check.rule, "result": check.result} for check in receipt.checks],
        "changed": list(receipt.changed),
        "model": {"name": receipt.model.name, "where": receipt.model.where},
        **({"judge": {"name": receipt.judge.name, "where": receipt.judge.where}} if receipt.judge else {}),
        "prompts": dict(receipt.prompts),
        "salt": receipt.salt,
        "chain": dict(receipt.chain),
    }


def reply_json(reply: Reply) -> dict[str, Any]:
    """Return a reply as JSON, with its citations, receipt and verdict."""
    return {
        "text": reply.text,
        "language": reply.language,
        "handed_off": reply.handed_off,
        "citations": [citation_json(citation) for citation in reply.citations],
        "receipt": receipt_json(reply.receipt),
        "verdict": verdict_json(reply.verdict),
        "timings_ms": dict(reply.timings_ms),
        "confidence": reply.confidence,
    }
