"""A run of `heedful eval retrieval` → one page for people: figures, changes, and each question that went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0;width:100%}th,td{border-bottom:1px solid #8886;padding:.3rem .6rem;"
    "text-align:left;vertical-align:top}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "ol{margin:0;padding-left:1.2rem}mark{background:none;color:inherit;font-weight:600}"
)
WRONG = {"not_first": "right article not first", "refused": "not answered", "answered": "answered, though not there"}


def page(name: str, figures: Mapping[str, Any], missed: Sequence[Mapping[str, Any]]) -> str:
    """Return the whole page; `name` says what was evaluated."""
    parts = [f"<h1>{escape(name)}</h1>", *_figures(figures)]
    if "against" in figures:
        parts += ["<h2>Against the saved run</h2>", *_changes(figures["against"])]
    parts += [f"<h2>Questions that went wrong ({len(missed)})</h2>", *_misses(missed)]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(name)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body>\n{body}\n</body></html>\n"
    )


def _figures(figures: Mapping[str, Any]) -> Iterator[str]:
    by_lang: Mapping[str, Mapping[str, Any]] = figures.get("by_lang", {})
    intervals: Mapping[str, Sequence[float]] = figures.get("intervals", {})
    yield "<table><thead><tr><th>figure</th><th>all</th><th>95 % interval</th>"
    yield "".join(f"<th>{escape(lang)}</th>" for lang in by_lang) + "</tr></thead><tbody>"
    for name, value in figures.items():
        if not isinstance(value, Mapping):
            ends = intervals.get(name)
            between = f"{ends[0]} to {ends[1]}" if ends else ""
            own = "".join(f'<td class="n">{escape(str(one.get(name, "")))}</td>' for one in by_lang.values())
            yield f'<tr><td>{escape(name)}</td><td class="n">{value}</td><td class="n">{between}</td>{own}</tr>'
    yield "</tbody></table>"


def _changes(against: Mapping[str, Any]) -> Iterator[str]:
    yield f"<p>Paired over {against['questions']} questions of both runs.</p>"
    yield "<table><thead><tr><th>figure</th><th>change</th><th>95 % interval</th><th>sure</th></tr></thead><tbody>"
    for name, one in against.items():
        if isinstance(one, Mapping):
            low, high = one["interval"]
            sure = "<mark>yes</mark>" if one["sure"] else "no"
            yield f'<tr><td>{escape(name)}</td><td class="n">{one["change"]:+}</td>'
            yield f'<td class="n">{low:+} to {high:+}</td><td>{sure}</td></tr>'
    yield "</tbody></table>"


def _misses(missed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "<table><thead><tr><th>question</th><th>what is wrong</th><th>should be found</th><th>was found</th></tr>"
    yield "</thead><tbody>"
    for one in missed:
        wrong = ", ".join(WRONG[name] for name in one["wrong"])
        yield f"<tr><td>{escape(one['question'])}</td><td>{wrong}; likely {one['likely']}</td>"
        yield f"<td>{_articles(one['relevant'])}</td><td>{_articles(one['found'][:5])}</td></tr>"
    yield "</tbody></table>"


def _articles(articles: Sequence[Mapping[str, str]]) -> str:
    items = "".join(f"<li>{escape(one['title'] or one['id'])}</li>" for one in articles)
    return f"<ol>{items}</ol>" if items else ""
