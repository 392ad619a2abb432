"""The quiz: be D, and tell real images from generated ones; or be G, and place points against D. No run changes."""

from __future__ import annotations

import streamlit as st

from playground.config.games import TRANSLATIONS
from playground.config.run_config import KNOBS
from playground.engine.messages import View
from playground.ui import calls, lesson_panel, projector, session, sharing, transport
from playground.ui.components.keys import keys
from playground.ui.pages.page import Page
from playground.ui.pages.quiz import discriminator, generator
from playground.ui.pages.quiz import game as games
from playground.ui.style import escape_markdown
from playground.utils.translation import _

TICK_PLAYING, TICK_PAUSED = 2.0, 3.0  # seconds between two looks at the run
GAMES = {"images": discriminator.render, "points": generator.render}


def render() -> None:
    """Draw the page; only the fragment below is drawn again at each tick."""
    view = session.view()
    tick = _tick(view)
    _look(view)
    lesson_panel.sidebar("quiz")
    sharing.dialog(sharing.run)
    sharing.corner(session.watchers())
    st.fragment(_live, run_every=tick)((tick, *_drawn()))


def _look(view: View | None) -> None:
    lesson_panel.look(view, "quiz", **games.words(games.found(view)), placed_modes=generator.modes(view))


def _drawn() -> tuple[object, ...]:
    """What the parts outside the fragment are drawn by."""
    return sharing.asked(), session.watching(), session.watchers(), projector.on(), lesson_panel.version()


def _tick(view: View | None) -> float:
    """Seconds until the page looks again."""
    return TICK_PAUSED if view and view.status == "paused" and not session.playing() else TICK_PLAYING


def _live(drawn: tuple[object, ...]) -> None:
    """What is drawn again at each tick; `drawn` is what the whole page is drawn by, as the rate of the ticks."""
    view = session.view()
    if notice := calls.notice() or (view.notice if view else "") or session.findings():
        st.warning(escape_markdown(notice))
    if said := session.said():
        st.toast(said, icon=":material/info:")
    if view is None or view.samples is None:
        if view is None or view.status != "failed":
            transport.waits(view)
    elif view.config["game"] in TRANSLATIONS or view.kind not in GAMES:
        _none(view)
    else:
        _play(view)
    _look(view)
    session.drawn()
    if (_tick(view), *_drawn()) != drawn:
        st.rerun()


def _play(view: View) -> None:
    """The training in one line, then the game that fits the samples."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="quiz_transport"):
        if session.watching():
            sharing.watching("quiz_", sharing.copies_of_run())
        else:
            transport.buttons(session.send, session.playing(), None, _("Train exactly one step"), "quiz_")
        st.html(transport.meter(view))
        keys(transport.shortcuts(), key="quiz_keys")
    GAMES[view.kind](view)


def _none(view: View) -> None:
    """Why there is no game on this run, and where to go instead."""
    from playground.ui.pages import PAGES, entry  # the registry imports this module

    if view.config["game"] in TRANSLATIONS:
        name = KNOBS["game"].written(view.config["game"])
        why = _("There is no quiz on “{game}”: its G translates samples that it is given, and makes none out of z.")
        why = why.format(game=name)
    else:
        why = _("There is no quiz on samples of this kind: it needs images, or points in a plane.")
    with st.container(border=True, key="quiz_none", width=640):
        st.markdown(
            f"**{escape_markdown(why)}**  \n"
            + _("On the Train page, choose a preset whose G makes images or points out of z.")
        )
        st.page_link(entry("train"), label=_("Open the Train page"), icon=PAGES["train"].icon, width="content")


PAGE = Page("Be D, be G", ":material/sports_esports:", 4, render)
