"""Customers' data for a company's own systems: facts in, consents it collected, erasures, holds, corrections."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from heedful.company import Collected
from heedful.errors import InputError, NotFoundError
from heedful.keys import ApiKey
from heedful.my_data import erased_json, hold_json
from heedful.profile_lines import UNSAID, read_line
from heedful.values import Fact
from heedful.web import examples_data as examples
from heedful.web.callers import Ours, needs
from heedful.web.examples import answers
from heedful.web.me import Tongue, accepted, exported, private
from heedful.web.problems import REFUSALS

allowed = needs("profiles")
router = APIRouter(
    prefix="/v1/profiles",
    tags=["customers"],
    responses=REFUSALS,
    dependencies=[Depends(private), Depends(allowed)],
)
OF_ONE = "/{customer_id:path}"  # ids may hold a slash


def named(customer_id: Annotated[str, Path(max_length=200)]) -> str:
    """Return the customer's id of the path."""
    if not customer_id.strip() or not customer_id.isprintable():
        raise InputError("a customer's id is a text of 1 to 200 printable characters")
    return customer_id


Whose = Annotated[str, Depends(named)]


class Facts(BaseModel):
    """All that the company holds about a customer: `name`, `value`, `category`, and where it is known `source`, `at`,
    `collected_for` (a purpose) and `expires` of each fact.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.FACTS]})

    facts: list[dict[str, Any]] = Field(max_length=2000)


class Collection(BaseModel):
    """One answer that the company collected. `notice` is what the customer was told, word for word."""

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field(max_length=200)
    state: Literal["given", "refused", "withdrawn"]
    category: str | None = Field(default=None, min_length=1, max_length=200)
    fact: str | None = Field(default=None, min_length=1, max_length=200)
    at: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    notice: str | None = Field(default=None, min_length=1, max_length=20_000)
    notice_version: str = Field(default="", max_length=200)
    language: str = Field(default="en", pattern=r"^[a-z]{2}$")


class Consents(BaseModel):
    """Answers that the company collected."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.COLLECTED]})

    consents: list[Collection] = Field(min_length=1, max_length=100)


class Holding(BaseModel):
    """Why nothing of a customer may be erased for the time being; they can read it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.HOLDING]})

    reason: str


class Settle(BaseModel):
    """What became of a request: the company has changed the fact in its own system, or says why not."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.SETTLE]})

    state: Literal["done", "declined"]
    note: str = Field(default="", max_length=2000)


@router.get("/corrections", responses={200: answers(examples.CORRECTIONS)})
async def corrections(ours: Ours) -> dict[str, Any]:
    """List the requests for corrections that wait, oldest first."""
    return {"items": await ours.customers.company.corrections()}


@router.post("/corrections/{correction_id}", responses={200: answers(examples.SETTLED)})
async def settle(correction_id: str, wish: Settle, ours: Ours) -> dict[str, Any]:
    """Close a request."""
    return await ours.customers.company.settle(correction_id, wish.state, wish.note)


@router.get("/holds", responses={200: answers(examples.HOLDS)})
async def holds(ours: Ours) -> dict[str, Any]:
    """List the legal holds, oldest first."""
    found = await ours.customers.company.holds()
    return {"items": [{"customer_id": one.customer_id, **(hold_json(one) or {})} for one in found]}


@router.post(OF_ONE + "/consents", status_code=201, responses={201: answers(examples.CONSENTS, says="They are kept.")})
async def record(
    customer_id: Whose,
    wish: Consents,
    request: Request,
    ours: Ours,
    key: Annotated[ApiKey, Depends(allowed)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> dict[str, Any]:
    """Record consents that the company collected; they are added to those there are."""
    work = ours.customers.company.record(customer_id, [_collected(one) for one in wish.consents])
    if idempotency_key is None:
        return {"items": await work}
    said = f"{customer_id}\n{wish.model_dump_json()}"
    return {"items": await request.app.state.openings.once(key.id, idempotency_key, said, work)}


@router.get(OF_ONE + "/consents", responses={200: answers(examples.CONSENTS)})
async def consents(customer_id: Whose, ours: Ours) -> dict[str, Any]:
    """Read every answer of a customer (ISO/IEC TS 27560), oldest first."""
    return {"items": await ours.customers.control.consents(customer_id)}


@router.get(OF_ONE + "/export", response_model=None, responses={200: answers(examples.EXPORTED)})
async def export(
    customer_id: Whose,
    request: Request,
    ours: Ours,
    language: Tongue,
    format: Annotated[Literal["json", "html"] | None, Query()] = None,  # noqa: A002 - its name in the query
) -> Response:
    """Take out everything that is held about a customer, as they can themselves."""
    await _known(ours, customer_id)
    content = await ours.customers.export(customer_id, language)
    return exported(content, ours, as_page=(format or accepted(request)) == "html")


@router.put(OF_ONE + "/hold", responses={200: answers(examples.HOLD)})
async def hold(customer_id: Whose, wish: Holding, ours: Ours) -> dict[str, Any]:
    """Have nothing of a customer erased until the hold is released; the customer is told."""
    return hold_json(await ours.customers.company.hold(customer_id, wish.reason)) or {}


@router.delete(OF_ONE + "/hold", responses={200: answers({"released": True})})
async def release(customer_id: Whose, ours: Ours) -> dict[str, bool]:
    """End a legal hold."""
    await ours.customers.company.release(customer_id)
    return {"released": True}


@router.put(OF_ONE, responses={200: answers(examples.SEEN)})
async def put(customer_id: Whose, wish: Facts, ours: Ours, language: Tongue) -> dict[str, Any]:
    """Hold exactly these facts of the company; what the customer told us themselves stays."""
    await ours.customers.company.put_facts(customer_id, _facts(customer_id, wish.facts))
    return await ours.customers.control.seen(customer_id, language)


@router.get(OF_ONE, responses={200: answers(examples.SEEN)})
async def see(customer_id: Whose, ours: Ours, language: Tongue) -> dict[str, Any]:
    """See what is held about a customer, as they see it themselves."""
    await _known(ours, customer_id)
    return await ours.customers.control.seen(customer_id, language)


@router.delete(OF_ONE, responses={200: answers(examples.ERASED, says="The receipt of the erasure; it names nobody.")})
async def erase(customer_id: Whose, ours: Ours) -> dict[str, Any]:
    """Erase everything that is kept about a customer; their replies under way end first."""
    return erased_json(await ours.customers.control.erase(customer_id, "company"))


async def _known(ours: Ours, customer_id: str) -> None:
    if not await ours.customers.control.is_known(customer_id):
        raise NotFoundError("nothing is held about this customer")


def _facts(customer_id: str, entries: list[dict[str, Any]]) -> tuple[Fact, ...]:
    _, facts, agreed = read_line({"customer_id": customer_id, "facts": entries}, at=UNSAID)
    if agreed:
        raise InputError("a fact says `consent`; consents are recorded by POST /v1/profiles/{customer_id}/consents")
    return facts


def _collected(one: Collection) -> Collected:
    return Collected(
        purpose=one.purpose,
        state=one.state,
        category=one.category,
        fact=one.fact,
        at=one.at,
        valid_until=one.valid_until,
        notice=one.notice,
        notice_version=one.notice_version,
        language=one.language,
    )
