"""What the web server does besides drawing pages: it hands out tiles, and opens the browser."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
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
    files = Tiles(directory=folder, check_dir=False)
    return [Mount(f"/{base}/{ADDRESS}" if base else f"/{ADDRESS}", files)]


class Tiles(StaticFiles):
    """Tiles there are, and of those that are still being made, that they are not there yet."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; 202 where a tile may be soon: to a browser that is no error, and it asks again."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as problem:
            if problem.status_code == HTTPStatus.NOT_FOUND and path.endswith(".webp"):
                return Response(status_code=HTTPStatus.ACCEPTED, headers={"Cache-Control": "no-store"})
            raise


@asynccontextmanager
async def opening(_app: st.App) -> AsyncIterator[None]:
    """Open the browser where a person started the server, as Streamlit itself does for a mere script."""
    # Streamlit finds out at the first page it draws, and lists the files of pages/ to that visitor till then.
    PagesManager.uses_pages_directory = False
    if not st.get_option("server.headless"):
        address = str(st.get_option("browser.serverAddress"))
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, get_url(address))
    yield
