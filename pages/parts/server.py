"""What the web server does besides drawing pages: it hands out tiles, and opens the browser."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import streamlit as st
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server.server_util import get_url

from core.store.layout import Layout
from core.store.tiles import ADDRESS
from pages.parts import visitor


def routes() -> list[BaseRoute]:
    """Tiles, as plain files: a browser keeps them, and no rerun sends them again."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    folder = Layout(visitor.settings().cache).public
    with suppress(OSError):  # where nothing can be written, there will be no tiles
        folder.mkdir(parents=True, exist_ok=True)
    files = StaticFiles(directory=folder, check_dir=False)
    return [Mount(f"/{base}/{ADDRESS}" if base else f"/{ADDRESS}", files)]


@asynccontextmanager
async def opening(_app: st.App) -> AsyncIterator[None]:
    """Open the browser where a person started the server, as Streamlit itself does for a mere script."""
    # Streamlit finds out at the first page it draws, and lists the files of pages/ to that visitor till then.
    PagesManager.uses_pages_directory = False
    if not st.get_option("server.headless"):
        address = str(st.get_option("browser.serverAddress"))
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, get_url(address))
    yield
