"""What the service writes down: where something went wrong, and nobody's words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from heedful.web import logs

WORDS = "제 주민등록번호는 900101-2000000입니다"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave every logger as it was."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logs.log.handlers[:], logs.log.level, logs.log.propagate)
    yield
    root.handlers[:], logs.log.handlers[:], logs.log.propagate = before[0], before[2], before[4]
    root.setLevel(before[1])
    logs.log.setLevel(before[3])


def broken() -> ValueError:
    """Return an error with a customer's words in it, as it comes out of some library."""
    try:
        int(WORDS)
    except ValueError as error:
        return error
    raise AssertionError


def test_an_error_is_written_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    """The kind of an error and the lines it came through are written; what it says is not."""
    logs.start("info")
    logs.report(broken())
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=broken())
    text = capsys.readouterr().err

    assert text.count("\nValueError\n") == 2
    assert "Logging error" not in text
    assert "in broken" in text
    assert WORDS not in text


def test_an_error_in_a_task_nobody_waits_for_is_written_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """asyncio would print the error as it is; here its words stay out."""
    logs.start("info")
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(logs.on_loop_error)
    loop.call_exception_handler({"message": f"Task exception was never retrieved {WORDS}", "exception": broken()})
    loop.close()
    text = capsys.readouterr().err

    assert text.endswith("\nValueError\n")
    assert WORDS not in text


def test_streams_that_end_with_the_server_are_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Ending the server while pages are open writes nothing."""
    logs.start("info")
    cancelled = (asyncio.CancelledError, asyncio.CancelledError(), None)
    logging.getLogger("uvicorn.error").error("Cancel %s running task(s), timeout graceful shutdown exceeded", 2)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=cancelled)

    assert capsys.readouterr().err == ""


def test_other_packages_are_heard_only_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """A package that sets its own level to debug is still quiet; ours is heard from the level of the settings."""
    logs.start("info")
    chatty = logging.getLogger("some.package")
    chatty.setLevel(logging.DEBUG)
    chatty.debug("building")
    chatty.warning("running out of room")
    logs.log.info("ours")
    logs.log.debug("too much")
    text = capsys.readouterr().err

    assert "building" not in text
    assert "too much" not in text
    assert "WARNING some.package: running out of room" in text
    assert "INFO heedful: ours" in text
