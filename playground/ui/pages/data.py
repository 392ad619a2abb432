"""The Data page: what the run learns from, and everything else that it could learn from."""

from __future__ import annotations

import streamlit as st

from playground.data import DATASETS
from playground.data.classics import CLASSICS, present
from playground.i18n import _
from playground.ui import datacard, datasets, makers, session
from playground.ui.datasets import MAKERS, Shown
from playground.ui.pages.record import Page
from playground.ui.style import plain

TICK, BUSY_TICK = 2.0, 0.5  # seconds between two looks


def render() -> None:
    """Draw the page; the sidebar chooses what the rest shows."""
    session.view()
    with st.sidebar:
        _lists()
    tick = BUSY_TICK if datasets.busy() else TICK
    st.fragment(_live, run_every=tick)(tick, datasets.shown())


def _live(tick: float, shown: Shown) -> None:
    """Everything right of the sidebar. Each look keeps the run awake and this session's sets alive."""
    session.view()
    if shown != datasets.shown():
        st.rerun(scope="app")
    datasets.keep_mine()
    if notice := session.notice() or session.findings():
        st.warning(plain(notice))
    if shown.maker:
        makers.draw(shown.maker)
    else:
        datacard.draw(shown)
    if tick != (BUSY_TICK if datasets.busy() else TICK):
        st.rerun(scope="app")


# The sidebar


def _lists() -> None:
    """Ways to make a dataset, then every dataset as a button; the one on show is marked."""
    st.caption(_("Make your own"))
    with st.container(key="makers", horizontal=True, gap="small"):
        for maker, (name, icon) in MAKERS.items():
            _button(Shown(maker=maker), _(name), icon)
    folder = datasets.of_run() if DATASETS[session.config()["dataset"]].asks == "folder" else Shown("idx")
    _list("yours", _("Your own"), [*(Shown(about.dataset, about.id) for about in datasets.mine()), folder])
    here = [d for d in DATASETS.values() if d.origin == "here"]
    _list("points", _("Points, always here"), [Shown(d.key) for d in here if d.kind == "points"])
    _list("images", _("Images, always here"), [Shown(d.key) for d in here if d.kind == "images"])
    _list("download", _("Images to download once"), [Shown(key) for key in CLASSICS])


def _list(key: str, title: str, entries: list[Shown]) -> None:
    st.caption(title)
    with st.container(key=f"list_{key}", horizontal=True, gap="small"):
        for entry in entries:
            missing = entry.dataset in CLASSICS and not present(entry.dataset)
            _button(entry, plain(datasets.label(entry)), ":material/download:" if missing else None)


def _button(what: Shown, text: str, icon: str | None) -> None:
    current = datasets.shown()
    marked = what == current or (what.dataset == current.dataset == "idx")
    st.button(
        text,
        icon=":material/play_circle:" if what == datasets.of_run() else icon,
        key=f"show_{what.maker}_{what.key}",
        type="primary" if marked else "secondary",
        on_click=datasets.show,
        args=(what,),
    )


PAGE = Page("Data", ":material/dataset:", 2, render)
