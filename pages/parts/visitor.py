"""Who looks: what this visitor may do, and the way to sign in where that decides it."""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitAuthError

from core import config
from core.config import Settings
from pages.parts.text import plain

NO_PROVIDER = (
    "Nobody can sign in yet: whoever runs this Typiscope has to name a provider under \\[auth\\] in "
    "`.streamlit/secrets.toml`."
)


def settings() -> Settings:
    """The settings as they hold for this visitor: read-only for one who has yet to sign in."""
    known = config.known()
    if not known.sign_in or _signed_in():
        return known
    return known.model_copy(update={"read_only": True})


def why_not() -> str | None:
    """Why a button that writes or computes is switched off for this visitor; None where it is not."""
    known = settings()
    if not known.read_only:
        return None
    return (
        "Sign in first, in the sidebar." if known.sign_in else "Switched off here: this Typiscope only shows."
    )


def draw() -> None:
    """In the sidebar: sign in, or who is signed in; nothing where nobody needs to."""
    if not config.known().sign_in:
        return
    with st.sidebar:
        if not _signed_in():
            st.button("Sign in", icon=":material/login:", on_click=_sign_in, width="stretch")
            st.caption("Anybody may look; to start jobs or bring pictures, sign in.")
            return
        st.caption(f"Signed in as {plain(str(st.user.get('name') or st.user.get('email') or 'somebody'))}")
        st.button("Sign out", icon=":material/logout:", on_click=st.logout, width="stretch")


def _sign_in() -> None:
    try:
        st.login()
    except StreamlitAuthError:
        st.toast(NO_PROVIDER, icon=":material/no_accounts:")


def _signed_in() -> bool:
    return bool(st.user.get("is_logged_in", False))
