"""The Data page: what the run learns from, and everything else that it could learn from."""

from __future__ import annotations

import streamlit as st

from playground.data import DATASETS
from playground.data.classics import CLASSICS, present
from playground.data.modality import MODALITIES
from playground.ui import calls, lesson_panel, projector, session, sharing
from playground.ui.pages.data import create, dataset_card, selection
from playground.ui.pages.data.selection import MAKERS, Shown
from playground.ui.pages.page import Page
from playground.ui.style import escape_markdown
from playground.utils.translation import _

TICK, BUSY_TICK = 2.0, 0.5  # seconds between two looks


def render() -> None:
    """Draw the page; the sidebar chooses what the rest shows."""
    lesson_panel.look(session.view(), "data")
    lesson_panel.sidebar("data")
    if projector.on():
        with st.container(key="data_at_hand"):
            _choice()
    else:
        with st.sidebar:
            _lists()
    tick = BUSY_TICK if selection.busy() else TICK
    st.fragment(_live, run_every=tick)(tick, (selection.shown(), lesson_panel.version()))


def _live(tick: float, drawn: tuple[Shown, tuple[object, ...]]) -> None:
    """Everything right of the sidebar. Each look keeps the run awake and this session's sets alive."""
    lesson_panel.look(session.view(), "data")
    if drawn != (shown := selection.shown(), lesson_panel.version()):
        st.rerun(scope="app")
    selection.keep_mine()
    if notice := calls.notice() or session.findings():
        st.warning(escape_markdown(notice))
    if shown.maker:
        create.render(shown.maker)
    else:
        dataset_card.render(shown)
    if tick != (BUSY_TICK if selection.busy() else TICK):
        st.rerun(scope="app")


# The sidebar


def _lists() -> None:
    """Ways to add a dataset, then every dataset as a button; the one on show is marked."""
    if session.watching():
        sharing.watching("data_", sharing.copies_of_run())
    with st.container(key="dataset_lists"):
        st.caption(_("Add your own"))
        with st.container(key="makers", horizontal=True, gap="small"):
            for maker, (name, icon) in MAKERS.items():
                _button(Shown(maker=maker), _(name), icon)
            folder = selection.of_run() if DATASETS[session.config()["dataset"]].asks == "folder" else Shown("idx")
            _button(folder, escape_markdown(selection.label(folder)), ":material/folder:")
        if made := selection.mine():
            _list("yours", _("Made here"), [Shown(about.dataset, about.id) for about in made])
        here = [d for d in DATASETS.values() if d.origin == "here"]
        for key, modality in MODALITIES.items():
            title = _("{samples}, built in").format(samples=_(modality.title))
            _list(key, title, [Shown(d.key) for d in here if d.kind == key])
        _list("download", _("Images to download once"), [Shown(key) for key in CLASSICS])


def _choice() -> None:
    """On a projector: every dataset and every way to make one in one list, in place of the sidebar."""
    own_sets = [Shown(about.dataset, about.id) for about in selection.mine()]
    sets = [*own_sets, *(Shown(key) for key, dataset in DATASETS.items() if not dataset.asks), selection.of_run()]
    now = selection.shown()
    options = list(dict.fromkeys([now, *sets, *(Shown(maker=maker) for maker in MAKERS)]))
    key = f"data_choice_{now.maker}_{now.key}"
    st.selectbox(
        _("Dataset"),
        options,
        index=options.index(now),
        format_func=_entry,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: selection.show(st.session_state[key]),
    )


def _entry(what: Shown) -> str:
    if what.maker:
        return f"{_('Add your own')}: {_(MAKERS[what.maker][0])}"
    return selection.label(what)


def _list(key: str, title: str, entries: list[Shown]) -> None:
    st.caption(title)
    with st.container(key=f"list_{key}", horizontal=True, gap="small"):
        for entry in entries:
            missing = entry.dataset in CLASSICS and not present(entry.dataset)
            _button(entry, escape_markdown(selection.label(entry)), ":material/download:" if missing else None)


def _button(what: Shown, text: str, icon: str | None) -> None:
    current = selection.shown()
    marked = what == current or (what.dataset == current.dataset == "idx")
    st.button(
        text,
        icon=":material/play_circle:" if what == selection.of_run() else icon,
        key=f"show_{what.maker}_{what.key}",
        type="primary" if marked else "secondary",
        on_click=selection.show,
        args=(what,),
    )


PAGE = Page("Data", ":material/dataset:", 2, render)
