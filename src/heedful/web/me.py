"""A customer's own data over HTTP: see, switch, correct, have forgotten, export, erase; receipts in plain words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse

from heedful.control import Switch
from heedful.my_data import erased_json
from heedful.web import examples_data as examples
from heedful.web.callers import Me, Ours, in_person
from heedful.web.examples import answers
from heedful.web.export_page import export_page
from heedful.web.problems import REFUSALS

PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"  # a page of words in one file


def private(response: Response) -> None:
    """Have no cache keep the answer."""
    response.headers.update(PRIVATE)


router = APIRouter(prefix="/v1/me", tags=["your data"], responses=REFUSALS, dependencies=[Depends(private)])
Mine = Annotated[Me, Depends(in_person)]


def tongue(
    request: Request,
    ours: Ours,
    language: Annotated[str | None, Query(pattern=r"^[a-z]{2}$", description="`en` or `ko`.")] = None,
) -> str:
    """Return the language that is asked for, by the query or the browser; English where the company speaks neither."""
    wanted = language or request.headers.get("accept-language", "")[:2].lower()
    return wanted if wanted in ours.policy.company else "en"


Tongue = Annotated[str, Depends(tongue)]


class Answer(BaseModel):
    """An answer for a purpose as a whole, one category of facts, or one named fact (the narrower counts)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.SWITCH]})

    state: Literal["given", "refused", "withdrawn"]
    category: str | None = Field(default=None, min_length=1, max_length=100)
    fact: str | None = Field(default=None, min_length=1, max_length=200)
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")


class Correct(BaseModel):
    """What a fact should be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.CORRECT]})

    fact: str = Field(min_length=1, max_length=200)
    value: str


class Accept(BaseModel):
    """Yes or no to an offer to remember something."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"accept": True}]})

    accept: bool


@router.get("", responses={200: answers(examples.SEEN)})
async def see(me: Mine, ours: Ours, language: Tongue) -> dict[str, Any]:
    """See what is held about you, how each purpose stands, and what you are told when you are asked."""
    return await ours.customers.control.seen(me.customer_id, language)


@router.get("/consents", responses={200: answers(examples.CONSENTS)})
async def consents(me: Mine, ours: Ours) -> dict[str, Any]:
    """Read every answer you have given, with the notice in its exact words (ISO/IEC TS 27560), oldest first."""
    return {"items": await ours.customers.control.consents(me.customer_id)}


@router.put("/consents/{purpose}", responses={200: answers(examples.PURPOSE, says="How the purpose stands now.")})
async def switch(purpose: str, answer: Answer, me: Mine, ours: Ours, language: Tongue) -> dict[str, Any]:
    """Agree, refuse or take back. It is in force from the next sentence, also of a reply being written."""
    wish = Switch(purpose, answer.state, answer.category, answer.fact)
    spoken = answer.language if answer.language in ours.policy.company else language
    return await ours.customers.control.switch(me.customer_id, wish, language=spoken or language)


@router.get("/receipts", responses={200: answers(examples.RECEIPTS)})
async def receipts(
    me: Mine,
    ours: Ours,
    language: Tongue,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Read what each reply was made of, newest first; `next` is the cursor of the page after it."""
    return await ours.customers.receipts.page(me.customer_id, language, limit=limit, cursor=cursor)


@router.get("/receipts/{receipt_id}", responses={200: answers(examples.RECEIPT)})
async def receipt(receipt_id: str, me: Mine, ours: Ours, language: Tongue) -> dict[str, Any]:
    """Read one receipt."""
    return await ours.customers.receipts.one(me.customer_id, receipt_id, language)


EXPORTED = answers(examples.EXPORTED, says="Everything, as JSON; as one readable page to those who accept text/html.")
EXPORTED["content"]["text/html"] = {"schema": {"type": "string"}, "example": "<!doctype html>…"}


@router.get("/export", response_model=None, responses={200: EXPORTED})
async def export(
    request: Request,
    me: Mine,
    ours: Ours,
    language: Tongue,
    format: Annotated[Literal["json", "html"] | None, Query()] = None,  # noqa: A002 - its name in the query
) -> Response:
    """Take away everything that is held about you."""
    content = await ours.customers.export(me.customer_id, language)
    return exported(content, ours, as_page=(format or accepted(request)) == "html")


@router.post(
    "/corrections",
    response_model=None,
    responses={
        200: answers({"state": "changed"}, says="It was your own, and is changed."),
        202: answers(examples.ASKED, says="The company has been asked."),
    },
)
async def correct(
    wish: Correct,
    request: Request,
    me: Mine,
    ours: Ours,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> Response:
    """Change what you have told us yourself; ask the company to change what is its own."""
    work = ours.customers.control.correct(me.customer_id, wish.fact, wish.value)
    if idempotency_key is None:
        done = await work
    else:
        whose = f"customer {me.customer_id}"
        done = await request.app.state.openings.once(whose, idempotency_key, wish.model_dump_json(), work)
    return JSONResponse(done, status_code=202 if done["state"] == "open" else 200, headers=PRIVATE)


@router.delete("/facts/{name:path}", responses={200: answers({"forgotten": True}, says="It is gone.")})
async def forget(name: str, me: Mine, ours: Ours, language: Tongue) -> dict[str, bool]:
    """Have something forgotten that you had asked us to remember."""
    await ours.customers.control.forget(me.customer_id, name, language)
    return {"forgotten": True}


@router.post("/offers/{offer_id}", responses={200: answers({"stored": True}, says="Whether it is remembered now.")})
async def answer_offer(offer_id: str, wish: Accept, me: Mine, ours: Ours) -> dict[str, bool]:
    """Say yes or no to an offer to remember something; a later no removes it."""
    stored = await ours.customers.control.answer_offer(
        me.customer_id, offer_id, accept=wish.accept, conversation_id=me.conversation_id
    )
    return {"stored": stored}


@router.delete("", responses={200: answers(examples.ERASED, says="The receipt of the erasure; it names nobody.")})
async def erase(me: Mine, ours: Ours) -> dict[str, Any]:
    """Erase everything that is kept about you, at once and for good."""
    return erased_json(await ours.customers.control.erase(me.customer_id))


def accepted(request: Request) -> str:
    """Return `html` for a request that prefers a page, else `json`."""
    accept = request.headers.get("accept", "")
    return "html" if "text/html" in accept and "application/json" not in accept else "json"


def exported(content: dict[str, Any], ours: Ours, *, as_page: bool) -> Response:
    """Return an export as a file to keep."""
    if not as_page:
        headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="your-data.json"'}
        return JSONResponse(content, headers=headers)
    headers = {
        **PRIVATE,
        "Content-Disposition": 'attachment; filename="your-data.html"',
        "Content-Security-Policy": PAGE_POLICY,
    }
    return HTMLResponse(export_page(content, ours.customers.words), headers=headers)
