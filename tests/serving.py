"""The real app on a free port, and a real browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a camera that shows a pattern, and nobody who has to allow it
    "--use-fake-ui-for-media-stream",
]


@contextmanager
def serving(patience: float = 60, port: int = 0, **environment: str) -> Iterator[str]:
    """Start `streamlit run app.py`, on a free port if none is named; yields its address once it answers."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    server = subprocess.Popen(
        [*command, *options], cwd=ROOT, env={**os.environ, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = environment.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    address = f"http://127.0.0.1:{port}/{base}".rstrip("/")
    try:
        _wait(f"{address}/_stcore/health", server, patience)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, without a screen."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield opened
        opened.close()


def drawn(page: Page) -> None:
    """Wait until a page has its title and its first tile, or the first frame of a reel, is loaded."""
    page.wait_for_selector("h1", timeout=90_000)
    tile = page.locator(".tile img, .reels img").first
    tile.wait_for(timeout=60_000)
    for _ in range(600):
        # A tile below the screen is loaded only when somebody scrolls there.
        if tile.evaluate("image => (image.loading = 'eager', image.complete && image.naturalWidth > 8)"):
            return
        page.wait_for_timeout(100)
    raise RuntimeError("no tile was loaded")


def _wait(address: str, server: subprocess.Popen[bytes], patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and server.poll() is None:
        try:
            urlopen(address, timeout=2).read()
            return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError("the app did not start")
