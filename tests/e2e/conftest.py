"""The real app in a real Chromium: its servers, one browser, and visits that remember what went wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from core.config import Settings
from core.demo.study import prepare
from core.store.jobs import JobStore
from core.store.layout import Layout
from core.study import Study
from tests.serving import CHROMIUM, ROOT, browser, serving

PATIENCE = 240_000
"""Milliseconds: a machine of two cores may have much else to do. Nothing waits for them to pass."""
EXPECTED = ("/_stcore/", "fonts.gstatic.com")
"""What may be missing: Streamlit looks for its server at several addresses, and for a page's icon on the
net."""
SLOWDOWN = float(os.environ.get("E2E_SLOWDOWN", "1"))
"""How many times slower the browser is made: a test that only a fast machine passes is found by it."""

expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Page]
Workshop = tuple[str, Settings]
"""The address of an app that may be written to, and its settings."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser all visits share."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def demo(chromium: Browser) -> Iterator[str]:
    """The address of the app with the shipped demo."""
    for _ in prepare():
        pass
    with serving(PATIENCE / 1000) as address:
        yield address


@pytest.fixture(scope="session")
def shown(chromium: Browser) -> Iterator[str]:
    """The same, read-only."""
    for _ in prepare():
        pass
    with serving(PATIENCE / 1000, TYPISCOPE_READ_ONLY="1") as address:
        yield address


@pytest.fixture(scope="session")
def workshop(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """The app on a copy of the demo that may be written to, with a worker."""
    for _ in prepare():
        pass
    cache, real = tmp_path_factory.mktemp("workshop"), Layout(Settings().cache)
    shutil.copytree(real.study("demo"), cache / "demo", ignore=shutil.ignore_patterns("looks"))
    (cache / "models").mkdir()  # a folder of its own: it may be trained in
    for name in ("models/demo", "demo_pictures"):
        (cache / name).symlink_to(real.cache.absolute() / name)
    with (
        working(cache, "-m", "core", "worker"),
        serving(PATIENCE / 1000, TYPISCOPE_CACHE=str(cache)) as address,
    ):
        yield address, Settings(cache=cache)


@contextmanager
def working(cache: Path, *command: str, **environment: str) -> Iterator[None]:
    """A worker for a cache, which the app then finds alive."""
    known = {**os.environ, "PYTHONPATH": str(ROOT), "TYPISCOPE_CACHE": str(cache), **environment}
    worker = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=known, stdout=subprocess.DEVNULL)
    try:
        while not JobStore(Layout(cache)).worker_lives():
            assert worker.poll() is None, "the worker did not start"
            time.sleep(0.05)
        yield
    finally:
        worker.kill()
        worker.wait()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Opens a link and waits until its page is drawn; at the end no console may hold an error."""
    contexts, faults = [], []

    def open_(link: str, width: int = 1440, theme: str = "light", **more: object) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, accept_downloads=True, **more
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        if SLOWDOWN > 1:
            session = context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})

        def heard(message: ConsoleMessage) -> None:
            where = message.location.get("url", "")
            if message.type == "error" and not any(part in where for part in EXPECTED):
                faults.append(f"{message.text} ({where})")

        page.on("console", heard)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(link)
        settled(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not faults


def settled(page: Page) -> None:
    """Wait until a page has its title, its script has come to its end, and all its parts are alive."""
    page.locator("h1").first.wait_for()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    # What the app draws itself is busy until its own script has run; the list of keys comes last.
    page.locator('.opener[aria-busy="false"]').wait_for()
    expect(page.locator('[aria-busy="true"]')).to_have_count(0)


def frames_sent(page: Page, do: Callable[[], object]) -> int:
    """How often the browser spoke to the server while something was done: a rerun begins so."""
    page.evaluate(COUNTING)
    before = page.evaluate("window.sent")
    do()
    # Two frames later everything a handler began has been sent.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(page.evaluate("window.sent")) - int(before)


COUNTING = """() => {
  if (window.sent !== undefined) return
  window.sent = 0
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (...all) {
    window.sent++
    return send.apply(this, all)
  }
}"""


@pytest.fixture(scope="session")
def demo_study() -> Study:
    """The demo as it is stored."""
    return Study.open("demo")
