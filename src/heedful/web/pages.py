"""Pages and the files they load: the demo, the agents' page, the widget; everything under a strict policy."""

from __future__ import annotations

import json
import stat
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import NotModifiedResponse

from heedful.errors import NotFoundError
from heedful.policy import in_language
from heedful.web import help_pages
from heedful.web.callers import Ours

router = APIRouter(include_in_schema=False)

HERE = Path(str(resources.files("heedful"))) / "web"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
TYPES = {".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
TONGUES = {"en": "English", "ko": "한국어"}  # the languages that the pages speak, by their own names

templates = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, auto_reload=False
)


class Who(BaseModel):
    """Which invented customer to be; `None` for nobody."""

    customer: Literal["demo-mina", "demo-jun", "demo-grace"] | None


@router.get("/")
async def demo(request: Request, ours: Ours) -> HTMLResponse:
    """Show the demo; without `--demo`, a page that says how to open it."""
    return _page("demo.html" if ours.settings.demo else "closed.html", request, ours)


@router.get("/assist")
async def assist(request: Request, ours: Ours) -> HTMLResponse:
    """Show the page for a contact centre's people."""
    return _page("assist.html", request, ours)


@router.get("/widget.js")
async def widget(request: Request) -> Response:
    """Give the script that a website's tag names."""
    return _file("widget.js", request)


@router.get("/static/{name:path}")
async def static(name: str, request: Request) -> Response:
    """Give a file that a page or the widget loads."""
    return _file(name, request)


@router.get("/favicon.ico")
async def icon(request: Request) -> Response:
    """Give the icon that browsers ask every site for."""
    return _file("icon.svg", request)


@router.get("/demo/session")
async def demo_session(request: Request, ours: Ours) -> dict[str, Any]:
    """Give the demo pages their keys: only in the demo."""
    _only_in_demo(ours)
    policy = ours.policy
    return {
        "key": await request.app.state.demo_keys.publishable(str(request.base_url)),
        "assist_key": await request.app.state.demo_keys.assist(),
        "customers": [
            {"id": "demo-mina", "name": {"en": "Kim Mina", "ko": "김미나"}},
            {"id": "demo-jun", "name": {"en": "Park Jun", "ko": "박준"}},
            {"id": "demo-grace", "name": {"en": "Grace Demo-Bennett", "ko": "그레이스 데모베넷"}},
        ],
        "company": dict(policy.company),
        "ai_name": dict(policy.ai_name),
        "languages": sorted(policy.company),
        "help": {help_pages.ADDRESS: help_pages.PLACE},
    }


@router.post("/demo/identity")
async def demo_identity(who: Who, ours: Ours) -> dict[str, str | None]:
    """Sign an invented customer's token: only in the demo."""
    _only_in_demo(ours)
    return {"token": ours.identity.demo_token(who.customer) if who.customer else None}


@router.get(help_pages.PLACE + "{language}/{slug}")
async def help_article(language: str, slug: str, ours: Ours) -> HTMLResponse:
    """Show an article of the sample company, which a source of a reply opens: only in the demo."""
    _only_in_demo(ours)
    words = help_pages.words(await ours.knowledge.articles(), language, slug)
    if words is None:
        raise NotFoundError("there is no such article")
    company = in_language(ours.policy.company, language)
    spoken = language if language in TONGUES else "en"
    page = templates.get_template("article.html")
    return HTMLResponse(
        page.render(words, company=company, language=spoken, t=_strings(spoken), names=TONGUES), headers=PAGE_HEADERS
    )


def _only_in_demo(ours: Ours) -> None:
    if not ours.settings.demo:
        raise NotFoundError("this is only there with `heedful serve --demo`")


def _page(name: str, request: Request, ours: Ours) -> HTMLResponse:
    wanted = request.query_params.get("lang") or request.headers.get("accept-language", "en")[:2].lower()
    language = wanted if wanted in ours.policy.company else "en"
    words = {
        "language": language,
        "company": in_language(ours.policy.company, language),
        "ai_name": in_language(ours.policy.ai_name, language),
        "notice": in_language(ours.policy.notices.get("chat", {}), language),
        "demo": ours.settings.demo,
    }
    return HTMLResponse(templates.get_template(name).render(words), headers=PAGE_HEADERS)


@cache
def _strings(language: str) -> dict[str, str]:
    """Return the words of the interface, as the scripts of the other pages load them."""
    words: dict[str, str] = json.loads((HERE / "static" / "strings" / f"{language}.json").read_text("utf-8"))
    return words


def _file(name: str, request: Request) -> Response:
    """Return a file of ours; `304` when the browser has it as it is."""
    root = (HERE / "static").resolve()
    try:
        path = (root / name).resolve()
        found = path.stat() if path.is_relative_to(root) and path.suffix in (*TYPES, ".png", ".ico", ".woff2") else None
    except (OSError, ValueError):
        found = None
    if found is None or not stat.S_ISREG(found.st_mode):
        raise NotFoundError("there is no such file")
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    answer = FileResponse(path, media_type=TYPES.get(path.suffix), headers=headers, stat_result=found)
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return NotModifiedResponse(answer.headers) if answer.headers["etag"] in known else answer
