"""The server as it starts: what its first visitor sees, and an address of its own behind another server."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from playwright.sync_api import Browser, expect

from core.demo.study import prepare
from tests.e2e.conftest import PATIENCE, Visit
from tests.serving import drawn, serving

LISTED = """
window.listed = new Set()
new MutationObserver(() => {
  for (const link of document.querySelectorAll('[data-testid="stSidebarNavLink"]'))
    window.listed.add(link.innerText)
}).observe(document, { childList: true, subtree: true, characterData: true })
"""


def answer(address: str, path: str, **headers: str) -> HTTPResponse:
    """What the server says of exactly this path; a browser would tidy it up first."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE / 1000)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def test_tiles_are_handed_out_and_nothing_else(chromium: Browser, tmp_path: Path) -> None:
    tile = tmp_path / "public" / "demo" / "thumb" / "a.webp"
    with serving(PATIENCE / 1000, TYPISCOPE_CACHE=str(tmp_path)) as address:
        assert answer(address, "/tiles/demo/thumb/a.webp").status == 202
        assert answer(address, "/tiles/demo/thumb/a.jpg").status == 404
        tile.parent.mkdir(parents=True)
        tile.write_bytes(b"tile")
        (tmp_path / "secret").write_bytes(b"secret")
        found = answer(address, "/tiles/demo/thumb/a.webp")
        kept = {"If-None-Match": found.headers["etag"]}
        assert (found.read(), found.headers["content-type"]) == (b"tile", "image/webp")
        assert answer(address, "/tiles/demo/thumb/a.webp", **kept).status == 304
        (tmp_path / "secret.webp").write_bytes(b"secret")
        for outside in ("../secret", "%2e%2e/secret", "demo/%2e%2e/%2e%2e/secret", "demo", ""):
            assert answer(address, f"/tiles/{outside}").status in (400, 404)
        assert answer(address, "/tiles/%2e%2e/secret.webp").read() != b"secret"


def test_the_first_visitor_is_shown_no_file_names(chromium: Browser, tmp_path: Path) -> None:
    with serving(PATIENCE / 1000, TYPISCOPE_CACHE=str(tmp_path / "cache")) as address:
        page = chromium.new_context().new_page()
        page.add_init_script(LISTED)
        page.goto(f"{address}/studies")
        expect(page.locator("h1").first).to_have_text("Which pictures, and what is asked of them?")
        seen = page.evaluate("[...window.listed].map((name) => name.split('\\n').at(-1))")
        page.context.close()
    assert "Studies" in seen and not [name for name in seen if name and name[0].islower()], seen


def test_pictures_are_shown_behind_another_server(visit: Visit, chromium: Browser) -> None:
    for _ in prepare():
        pass
    with serving(PATIENCE / 1000, STREAMLIT_SERVER_BASE_URL_PATH="seen/by") as address:
        for page in ("", "clusters", "typicality"):
            opened = visit(f"{address}/{page}?study=demo&label=Prague")
            drawn(opened)
            opened.context.close()
