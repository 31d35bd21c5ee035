"""A real Chromium, and the service as a real process: with the built-in writer, and with a scripted model.

Both services start at once with the first test that needs one. Browser, services and shop last as long as the tests of
this folder: while Playwright is open, its event loop runs in this thread, and no asynchronous test could run after it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from tests.browser.line import Line
from tests.browser.shop import Shop
from tests.conftest import ROOT, missing
from tests.loopback import Loopback

CHROMIUM = os.environ.get("HEEDFUL_TEST_CHROMIUM", "/usr/bin/chromium")
HEEDFUL = [sys.executable, "-m", "heedful"]
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_S = 240  # two cores, and others at work on them
PATIENCE_MS = 30_000
NO_NETWORK = {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "127.0.0.1"}  # nothing is fetched while tests run
expect.set_options(timeout=PATIENCE_MS)  # for the whole folder; the default is 5 s

OpenPage = Callable[..., Page]


@dataclass(frozen=True, slots=True)
class Service:
    """A `heedful serve --demo`."""

    port: int
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> str:
        """Return what another `heedful` command prints, run on the same data folder."""
        done = subprocess.run([*HEEDFUL, *arguments], env=self.environ, capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/livez", timeout=2)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        pytest.fail(f"the service did not start:\n{self.log.read_text(errors='replace')[-3000:]}")


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Service]:
    """Start the service on a free port, and end it with the block; `settings` are names of the environment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("HEEDFUL_", "OPENAI_"))}
    environ |= {"HEEDFUL_DATA_DIR": str(folder), "HEEDFUL_EMBEDDER": "none", "PYTHONUNBUFFERED": "1"}
    environ |= {**NO_NETWORK, **settings}
    said = folder / "serve.log"
    with said.open("wb") as log:
        command = [*HEEDFUL, "serve", "--demo", "--setup", "--port", str(port)]
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=ROOT)
    try:
        yield Service(port, environ, process, said)
    finally:
        process.kill()  # ending well is tested elsewhere, and takes its time
        process.wait()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    if not Path(CHROMIUM).exists():
        missing(f"Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        except Error as error:
            missing(f"a Chromium that starts ({error.message.splitlines()[0]})")
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def model(chromium: Browser) -> Iterator[Loopback]:
    """The model that says what a test scripts."""
    with Loopback() as talking:
        yield talking


@pytest.fixture(scope="package")
def services(model: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    """Both services, starting."""
    scripted = {
        "HEEDFUL_MODEL": "openai:scripted",
        "HEEDFUL_MODEL_BASE_URL": model.url,
        "OPENAI_API_KEY": "invented",
    }
    with ExitStack() as stack:
        yield (
            stack.enter_context(serving(tmp_path_factory.mktemp("demo"))),
            stack.enter_context(serving(tmp_path_factory.mktemp("scripted"), **scripted)),
        )


@pytest.fixture(scope="package")
def service(services: tuple[Service, Service]) -> Service:
    """The demo with the built-in writer."""
    services[0].wait()
    return services[0]


@pytest.fixture(scope="package")
def scripted(services: tuple[Service, Service]) -> Service:
    """The demo with the scripted model behind it."""
    services[1].wait()
    return services[1]


@pytest.fixture(scope="package")
def shop(service: Service) -> Iterator[Shop]:
    """A shop on an origin of its own, with a key for it."""
    with Shop() as open_:
        key = ["keys", "create", "--scopes", "chat", "--publishable", "--origin", open_.origin, "--json"]
        open_.key = str(json.loads(service.command(*key))["key"])
        yield open_


@pytest.fixture(scope="package")
def bench(chromium: Browser, service: Service) -> Iterator[Page]:
    """A page of the service that runs nothing by itself: modules are imported into it and tried one by one."""
    page = chromium.new_page()
    page.goto(f"{service.url}/demo/help/en/refunds")
    yield page
    page.close()


@pytest.fixture
def line(scripted: Service) -> Iterator[Line]:
    """A line to the scripted service that can be cut."""
    with Line(scripted.port) as relay:
        yield relay


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open pages in windows of their own; at the end, no page may have seen an error or broken its policy."""
    contexts = []
    troubles: list[str] = []

    def opened(address: str, *, width: int = 1280, height: int = 860, **settings: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: troubles.append(f"{error}"))
        page.on("dialog", lambda dialog: troubles.append(f"dialog: {dialog.message}"))
        page.on("console", lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def ask(page: Page, text: str) -> None:
    """Type a question and press Enter."""
    field = page.get_by_role("textbox")
    field.fill(text)
    field.press("Enter")


def settled(page: Page, count: int = 1) -> None:
    """Wait until this many replies have come to their end."""
    page.wait_for_function(
        "count => document.querySelectorAll('.message.theirs[aria-busy=\"false\"]').length >= count", arg=count
    )


def pass_time_until(page: Page, wanted: Locator) -> None:
    """Let the page's clock run, minutes in a moment, until `wanted` is to be seen."""
    for _ in range(60):
        if wanted.is_visible():
            return
        page.clock.run_for(3000)
        page.wait_for_timeout(20)  # what went out over the network comes back in real time
