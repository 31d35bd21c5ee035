"""Retention runs on its own: again and again, whatever goes wrong, and in a service from its start."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from heedful.agreements import Erased
from heedful.assemble import assemble, open_records
from heedful.errors import StoreError
from heedful.settings import read
from heedful.tending import tend
from tests.unit.test_store_conversations import opened

pytestmark = pytest.mark.anyio

AT = datetime(2026, 3, 17, tzinfo=UTC)
PATIENCE_S = 120


class Failing:
    """Erases nothing: its database does not answer, and it counts who asked."""

    def __init__(self, enough: int) -> None:
        self.asked: list[tuple[Mapping[str, int], datetime]] = []
        self.enough = enough
        self.done = asyncio.Event()

    async def expire(self, retention: Mapping[str, int], now: datetime) -> tuple[Erased, ...]:
        self.asked.append((retention, now))
        if len(self.asked) >= self.enough:
            self.done.set()
        raise StoreError("the database did not answer")


async def test_it_goes_on_whatever_goes_wrong() -> None:
    """An error is reported each time, and the next time comes all the same."""
    erasures, told = Failing(3), list[BaseException]()
    days = {"conversations": 365, "unverified_conversations": 0}
    task = asyncio.create_task(tend(erasures, days, now=lambda: AT, report=told.append, every_s=0))
    with anyio.fail_after(PATIENCE_S):
        await erasures.done.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert erasures.asked[:3] == [(days, AT)] * 3
    assert len(told) >= 2
    assert {type(error) for error in told} == {StoreError}


async def test_where_everything_is_kept_there_is_nothing_to_do() -> None:
    """With 0 days for every kind it ends at once."""
    erasures = Failing(1)
    with anyio.fail_after(PATIENCE_S):
        await tend(erasures, {"conversations": 0}, now=lambda: AT, report=lambda _error: None)

    assert erasures.asked == []


async def test_a_service_erases_what_ran_out_from_its_start(tmp_path: Path) -> None:
    """A conversation older than the policy allows is gone a while after a service has started; a young one stays."""
    settings = read({"HEEDFUL_DATA_DIR": str(tmp_path / "data"), "HEEDFUL_EMBEDDER": "none"})
    now = datetime.now(UTC)
    async with open_records(settings) as records:
        await opened(records.log, customer_id="demo-old", at=now - timedelta(days=3000))
        await opened(records.log, customer_id="demo-new", at=now)
    async with assemble(settings, warm=True) as ours:
        with anyio.fail_after(PATIENCE_S):
            while await ours.records.log.of_customer("demo-old"):  # noqa: ASYNC110 - who erases it tells nobody
                await asyncio.sleep(0.05)

        assert len(await ours.records.log.of_customer("demo-new")) == 1
        assert await ours.records.profiles.customers() == ("demo-new",)
