"""The Translate page: the visitor's own picture through the G of this tab's run, while it trains."""

from __future__ import annotations

import streamlit as st

from playground.config.games import TRANSLATIONS
from playground.config.presets import PRESETS, Preset
from playground.data import DATASETS
from playground.engine.messages import View
from playground.ui import calls, knobs, lesson_panel, projector, session, sharing, transport
from playground.ui.components.keys import keys
from playground.ui.pages.page import Page
from playground.ui.pages.translate import own_picture, result
from playground.ui.style import escape_markdown
from playground.utils.translation import _

TICK_PLAYING, TICK_PAUSED = 1.0, 3.0  # seconds between two looks at the run


def render() -> None:
    """Draw the page; only the fragment below is drawn again at each tick."""
    view = session.view()
    tick = _tick(view)
    lesson_panel.look(view, "translate")
    lesson_panel.sidebar("translate")
    sharing.dialog(sharing.run)
    sharing.corner(session.watchers())
    st.fragment(_live, run_every=tick)((tick, *_drawn()))


def _drawn() -> tuple[object, ...]:
    """What the parts outside the fragment are drawn by."""
    return sharing.asked(), session.watching(), session.watchers(), projector.on(), lesson_panel.version()


def _tick(view: View | None) -> float:
    """Seconds until the page looks again."""
    return TICK_PAUSED if view and view.status == "paused" and not session.playing() else TICK_PLAYING


def _live(drawn: tuple[object, ...]) -> None:
    """What is drawn again at each tick; `drawn` is what the whole page is drawn by, as the rate of the ticks."""
    view = session.view()
    lesson_panel.look(view, "translate")
    if notice := calls.notice() or (view.notice if view else "") or session.findings():
        st.warning(escape_markdown(notice))
    if said := session.said():
        st.toast(said, icon=":material/info:")
    if view is None or view.samples is None:
        if view is None or view.status != "failed":
            transport.waits(view)
    elif view.translation is None:
        _none(_("This run is a GAN: its G makes pictures of random numbers z, and translates nothing."))
    elif view.kind != "images":
        _none(_("This run translates points. A picture of yours needs a run that translates pictures."))
    else:
        _try(view)
    session.drawn()
    if (_tick(view), *_drawn()) != drawn:
        st.rerun()


def _try(view: View) -> None:
    """The training in one line, then the visitor's picture and what G makes of it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="translate_transport"):
        if session.watching():
            sharing.watching("translate_", sharing.copies_of_run())
        else:
            transport.buttons(session.send, session.playing(), None, _("Train exactly one step"), "translate_")
        st.html(transport.meter(view))
        reverse = result.direction(view)
        keys(transport.shortcuts(), key="translate_keys")
    if not projector.on():
        task = result.task_of(view)
        st.caption(escape_markdown(f"{_(task.label)}: {_(task.why)}"))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        own = own_picture.choose(view)
    with right:
        result.render(view, own, reverse)


# A run that translates no pictures


def presets() -> list[Preset]:
    """Those that translate pictures and need nothing of the visitor."""
    return [
        preset
        for preset in PRESETS.values()
        if preset.config.game in TRANSLATIONS
        and DATASETS[preset.config.dataset].kind == "images"
        and DATASETS[preset.config.dataset].origin == "here"
    ]


def _none(sentence: str) -> None:
    """Why there is nothing to try here, and the ways to a run that translates pictures."""
    with st.container(border=True, key="translate_none", width=640):
        st.markdown(f"**{escape_markdown(sentence)}**")
        if session.watching():
            return
        if presets():
            st.markdown(_("Start one of these; that can be undone on the Train page."))
            with st.container(horizontal=True, gap="small"):
                for preset in presets():
                    st.button(
                        escape_markdown(_(preset.label)),
                        key=f"translate_preset_{preset.key}",
                        help=escape_markdown(_(preset.why)),
                        on_click=knobs.choose,
                        args=(preset.key,),
                    )
        else:
            st.markdown(_("On the Train page, choose another game under “All knobs”: paired translation or CycleGAN."))
        _link_to_train()


def _link_to_train() -> None:
    from playground.ui.pages import PAGES, entry  # the registry imports this module

    st.page_link(entry("train"), label=_("Open the Train page"), icon=PAGES["train"].icon, width="content")


PAGE = Page("Translate", ":material/transform:", 4, render)
