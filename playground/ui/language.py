"""The language in which a visitor reads the pages: what the address says, else the server, else the browser.

It goes with them from page to page, and stands in the address once they chose it.
"""

from __future__ import annotations

import threading

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.utils import translation
from playground.utils.translation import _

LANGUAGE = "lang"  # query parameter of all pages
_KEY, _CHOSEN, _FINDING = "_language", "_language_chosen", "_language_finding"
_thread = threading.local()  # each thread of Streamlit's draws for one visitor


def of_visitor() -> str:
    """The language of the visitor for whom this thread draws; English in a thread that draws for nobody."""
    known: str | None = getattr(_thread, "language", None)
    if known is None:
        if get_script_run_ctx(suppress_warning=True) is None:
            return translation.ENGLISH
        known = _thread.language = st.session_state.get(_KEY) or _of_browser()
    return known


translation.language_of = of_visitor


def begin() -> None:
    """Take over what the address says, the first time that a page is drawn for a visitor."""
    if _KEY not in st.session_state:
        asked = st.query_params.get(LANGUAGE, "")
        found = translation.match(asked)
        st.session_state[_KEY] = found or _of_browser()
        st.session_state[_CHOSEN] = bool(found)
        st.session_state[_FINDING] = asked if asked and not found else ""
    _thread.language = st.session_state[_KEY]
    translation.language_of = of_visitor


def _of_browser() -> str:
    """The language of whoever has chosen none: what the server was told, or the first one that the browser asks for."""
    if translation.is_set():
        return translation.of_environment()
    wanted = [st.context.locale or "", *(st.context.headers.get("Accept-Language") or "").split(",")]
    return next(filter(None, (translation.match(tag.partition(";")[0].strip()) for tag in wanted)), translation.ENGLISH)


def choose(language: str) -> None:
    """Go on in another language."""
    st.session_state[_KEY] = _thread.language = language
    st.session_state[_CHOSEN] = True
    settle()


def tag() -> str:
    """The language as HTML names it."""
    return of_visitor().replace("_", "-")


def finding() -> str:
    """What has to be said about the language in the link; "" if nothing."""
    asked: str = st.session_state.get(_FINDING, "")
    if not asked:
        return ""
    names = ", ".join(translation.languages())
    return _("There is no language “{language}” here, but: {names}.").format(language=asked[:20], names=names)


def settle() -> None:
    """Say it no longer."""
    st.session_state[_FINDING] = ""


def query() -> dict[str, str]:
    """The query parameter of a language that was chosen; a browser that asks for one says so itself."""
    return {LANGUAGE: of_visitor()} if st.session_state.get(_CHOSEN) else {}


def corner() -> None:
    """In the corner of every page, each other language by its own name; the styles leave room for as many."""
    with st.container(key="language_corner", horizontal=True, gap="xsmall"):
        for language in translation.languages():
            if language != of_visitor():
                st.button(
                    translation.name_of(language),
                    key=f"language_{language}",
                    type="tertiary",
                    on_click=choose,
                    args=(language,),
                )
