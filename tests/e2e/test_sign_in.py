"""Anybody may look; who signed in, with a real OpenID Connect provider, may also start jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PATIENCE, Visit
from tests.e2e.provider import CLIENT, NAME, providing
from tests.pages.conftest import make_study
from tests.serving import free_port, serving

SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret of this test alone, of some length"
client_id = "{client}"
client_secret = "another"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture
def guarded(chromium: Browser, tmp_path: Path) -> Iterator[str]:
    """The address of an app that lets only those who signed in start jobs."""
    home, port = tmp_path / "home", free_port()
    (home / ".streamlit").mkdir(parents=True)
    make_study(tmp_path / "cache")
    with providing() as provider:
        secrets = SECRETS.format(port=port, client=CLIENT, provider=provider)
        (home / ".streamlit" / "secrets.toml").write_text(secrets, encoding="utf-8")
        environment = {"HOME": str(home), "TYPISCOPE_CACHE": str(tmp_path / "cache")}
        with serving(PATIENCE / 1000, port, TYPISCOPE_SIGN_IN="1", **environment) as address:
            yield address


def test_who_signs_in_may_start_jobs(guarded: str, visit: Visit) -> None:
    page = visit(f"{guarded}/studies")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(f"Signed in as {NAME}")).to_be_visible()
    page.get_by_role("link", name="Studies").click()
    expect(page.get_by_role("button", name="Start")).to_be_enabled()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="Studies").click()
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
