"""The guard on its own: a whole decision in, a verdict out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from heedful.guard.case import case_from_json
from heedful.keys import ApiKey
from heedful.web import examples
from heedful.web.callers import Ours, needs
from heedful.web.problems import REFUSALS
from heedful.wire import verdict_json

router = APIRouter(prefix="/v1/check", tags=["check"], responses=REFUSALS)


@router.post("", responses={200: examples.answers(examples.VERDICT, says="The verdict, with every finding.")})
async def check(
    case: Annotated[dict[str, Any], Body(openapi_examples={"a clean reply": {"value": examples.CASE}})],
    ours: Ours,
    _key: Annotated[ApiKey, Depends(needs("check"))],
) -> dict[str, Any]:
    """Check a draft as it would be checked before it is sent."""
    return verdict_json(await ours.check(case_from_json(case, ours.policy.guard)))
