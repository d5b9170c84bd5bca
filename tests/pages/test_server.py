"""The server opens the browser where a person started it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
from streamlit import config

from pages.parts import server


@pytest.fixture
def options() -> Iterator[ModuleType]:
    """Streamlit's options; whether it is headless is afterwards as it was."""
    before = config.get_option("server.headless")
    yield config
    config.set_option("server.headless", before)


@pytest.mark.parametrize("headless", [True, False])
def test_opening(options: ModuleType, monkeypatch: pytest.MonkeyPatch, headless: bool) -> None:
    opened: list[str] = []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)
    options.set_option("server.headless", headless)

    async def serve() -> None:
        async with server.opening(None):
            await asyncio.sleep(0.2)

    # In a thread of its own: where a browser is driven, this one has a loop already.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, serve()).result()
    assert opened == ([] if headless else [f"http://localhost:{config.get_option('browser.serverPort')}"])
