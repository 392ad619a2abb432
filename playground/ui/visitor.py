"""Who looks at a page: whether on the server's own machine, and which of its folders they may read of."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.data import DATASETS
from playground.engine.messages import Card, Mark, View
from playground.utils import files

HERE = ("localhost", "127.0.0.1", "::1")
PROXIES = (
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Real-IP",
    "Via",
)  # the visitor's own address is another
HIDDEN = "…"
_WHO, _NAMED, _MASKED = "_who", "_named_folders", "_masked"


def who() -> str:
    """An id of this visitor that says nothing else."""
    name: str = st.session_state.setdefault(_WHO, secrets.token_urlsafe(12))
    return name


def address() -> str:
    """The address of the page in the visitor's browser, as a proxy or a path of the server makes it; "" if unknown."""
    context = get_script_run_ctx()
    url = (context and context.context_info and context.context_info.url) or ""
    return urlsplit(url)._replace(query="", fragment="").geturl()


def only_here(address: str) -> bool:
    """Whether an address means the machine on which it is opened, whichever that is."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return host in HERE or host.endswith(".localhost")


def local() -> bool:
    """Whether the browser is on the machine of the server; in doubt it is not."""
    headers, ip = st.context.headers, st.context.ip_address
    if ip not in (None, *HERE) or any(name in headers for name in PROXIES):
        return False
    return all(only_here(url) for url in (headers.get("Origin"), address()) if url)


# Folders of the server


def names(values: dict[str, Any]) -> None:
    """Note that the visitor named a folder: they know it."""
    if folder := values.get("folder"):
        st.session_state.setdefault(_NAMED, set()).add(str(folder))


def masked() -> bool:
    """Whether the run reads a folder that this visitor must not read of."""
    return bool(st.session_state.get(_MASKED))


def may_see(result: Any) -> Any:
    """What the engine said, without folders of the server unless the visitor is there or named them."""
    if not isinstance(result, View | Card) or local():
        return result
    if isinstance(result, Card):
        return replace(result, sentence=hide(result.sentence), findings=tuple(map(hide, result.findings)))
    folder = str(result.config.get("folder", ""))
    hidden = bool(folder) and folder not in st.session_state.get(_NAMED, set())
    st.session_state[_MASKED] = hidden
    config = result.config | {"folder": ""} if hidden else result.config
    events = tuple(replace(event, text=hide(event.text, folder if hidden else "")) for event in result.events)
    notice, waiting = (hide(text, folder if hidden else "") for text in (result.notice, result.waiting))
    moments = tuple(map(_may_see_moment, result.moments))
    return replace(result, config=config, events=events, moments=moments, notice=notice, waiting=waiting)


def _may_see_moment(mark: Mark) -> Mark:
    key, source = mark.data
    hidden = key in DATASETS and DATASETS[key].asks == "folder" and source not in st.session_state.get(_NAMED, set())
    return replace(mark, data=(key, ""), text=hide(mark.text, source)) if hidden else mark


def hide(sentence: str, folder: str = "") -> str:
    """A sentence without the folder, and without where the app or its user keeps files, for who is elsewhere."""
    if not sentence or local():
        return sentence
    for name in st.session_state.get(_NAMED, set()):
        sentence = sentence.replace(os.path.expanduser(name), name)
    places = [folder, os.path.expanduser(folder), str(files.home()), os.path.expanduser("~")]
    for place in places:
        if len(place) > 1:
            sentence = sentence.replace(place, HIDDEN)
    return sentence.replace(str(Path(__file__).resolve().parents[2]), HIDDEN)
