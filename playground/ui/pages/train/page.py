"""The Train page: transport, stage, curves, and one sentence about what is happening."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.config.games import TRANSLATIONS
from playground.config.run_config import RunConfig
from playground.engine.messages import Event, Reset, View
from playground.ui import calls, knobs, lesson_panel, link, past, projector, session, sharing, style, transport, undo
from playground.ui.modalities import ON_PAGES
from playground.ui.modalities.tiled import asks_saliency
from playground.ui.pages.page import Page
from playground.ui.pages.train import (
    at_hand,
    beside,
    coach_line,
    display,
    gallery,
    lesson_choice,
    preset_panel,
    samples_view,
    timeline,
)
from playground.ui.pages.train.display import Display
from playground.ui.style import escape_markdown
from playground.utils.translation import _, number

TICK, IDLE_TICK = 0.5, 2.0  # seconds between two looks at the run
_RESET, _COST = "_reset", "_cost"
PLAYING = {
    "gan": _("D learns to tell real samples from generated ones; G learns to fool D."),
    "paired": _("D learns to tell real pairs from generated ones; G learns to fool D and to come near the truth."),
    "cycle": _("Each D learns to tell real samples from translations; both G learn to fool them and to find back."),
}  # what happens, by game


def render() -> None:
    """Draw the page; only the fragment below is drawn again at each tick."""
    latest = session.view(asks_saliency())
    lesson_panel.look(latest, "train")
    if not projector.on():
        with st.sidebar:
            preset_panel.history()
    lesson_panel.sidebar("train")
    with st.sidebar:  # which a projector does not show
        if not projector.on():
            preset_panel.render()
            knobs.sidebar()
        settings = display.sidebar(latest is None or ON_PAGES[latest.kind].tiled)
    timeline.dialogs(latest)
    gallery.dialog()
    lesson_choice.dialog()
    if timeline.asked():
        sharing.close()  # there is room for one dialog
    sharing.dialog(sharing.run)
    sharing.corner(session.watchers())
    if said := session.said():
        st.toast(said, icon=":material/info:")
    busy = session.playing() or latest is None or latest.status == "loading"
    st.fragment(_live, run_every=TICK if busy else lesson_panel.TICK if lesson_panel.waits() else IDLE_TICK)(
        settings, _drawn(latest)
    )
    if projector.on():
        at_hand.render()


def _drawn(view: View | None) -> tuple[object, ...]:
    """What the parts outside the fragment show of the run; when it changes, they are drawn again."""
    shown = None if view is None else (view.status == "loading", view.generation, view.kind)
    return (
        session.playing(),
        session.config() | knobs.staged(),
        shown,
        (timeline.asked(), timeline.turn(), sharing.asked(), session.watchers(), session.watching()),
        projector.on(),
        (undo.version(), lesson_panel.version()),
    )


def _live(settings: Display, drawn: tuple[object, ...]) -> None:
    """Everything right of the sidebar."""
    start = time.thread_time()
    view = session.view(asks_saliency())
    lesson_panel.look(view, "train")
    (_large if projector.on() else _usual)(view, settings)
    cost = 1000 * (time.thread_time() - start)
    st.session_state[_COST] = 0.8 * st.session_state.get(_COST, cost) + 0.2 * cost
    session.drawn()
    if _drawn(view) != drawn:  # only now: a fragment that ends early takes its charts off the page
        st.rerun(scope="app")


def _usual(view: View | None, settings: Display) -> None:
    """The transport bar and the sentence, the stage with what stands beside it, the timeline."""
    with _transport(view):
        side = beside.choice()
    _message(view)
    left, right = st.columns([11, 9], gap="small")
    with left:
        _stage(view, settings)
    with right:
        _side(side, view, settings)
    timeline.render(view)


def _large(view: View | None, settings: Display) -> None:
    """On a projector the stage has its half of the window from top to foot, the rest stands in the other half.

    What needs so much room itself, as the networks do, takes the place of the stage, which is then the small one.
    """
    left, right = projector.halves()
    with right:
        _transport(view)
        _message(view)
        side = beside.choice()
    large, small = (right, left) if beside.needs_room(side) else (left, right)
    with large:
        _stage(view, settings)
    with small:
        _side(side, view, settings)
    with left:
        timeline.render(view)


def _stage(view: View | None, settings: Display) -> None:
    with st.container(key="stage", gap=None):
        if (clicked := samples_view.render(past.view() or view, settings)) is not None:
            past.follow_tile(clicked)


def _side(side: str, view: View | None, settings: Display) -> None:
    beside.render(side, view if beside.of_present(side) else past.view() or view, settings, style.palette())


# Transport


def _transport(view: View | None) -> DeltaGenerator:
    """Play or Pause, one step, Reset; and the meter. Gives the bar, for what else stands in it."""
    playing = session.playing()
    bar = st.container(key="transport", horizontal=True, vertical_alignment="center", gap="small", wrap=False)
    with bar:
        if session.watching():
            sharing.watching("", sharing.copies_of_run())
        else:
            transport.buttons(session.send, playing, _ask_reset, _("Train exactly one step"))
        st.html(_meter(view))
    return bar


def _meter(view: View | None) -> str:
    """Step, speed, device and the cost of a redraw."""
    cost = _("drawn in {ms} ms").format(ms=f"{st.session_state.get(_COST, 0):.0f}")
    return transport.meter(view, ("cost", cost))


def _ask_reset() -> None:
    knobs.keep()
    if session.step():
        st.session_state[_RESET] = True
    else:
        session.send(Reset())


# The sentence


def _message(view: View | None) -> None:
    """One line: a question that waits for an answer, a warning, or what is happening."""
    notice = calls.notice() or (view.notice if view else "")
    if view is not None and view.waiting:
        _line(view.waiting, "waiting", ":material/hourglass_top:")
    if findings := session.findings():
        _line(findings, "findings", ":material/info:")
    if notice:
        _line(notice, "warning", ":material/warning:")
    if not session.step() or knobs.question():
        _keep()  # a newer question, or nothing left to lose
    if question := knobs.question():
        _question(question, knobs.start_over, knobs.keep, ready=not knobs.lacks_source())
    elif st.session_state.get(_RESET):
        n = number(session.step())
        _question(_("The run is at step {n}. Reset starts it over.").format(n=n), _reset, _keep)
    elif sentence := timeline.sentence(view):
        _line(sentence, "moment", ":material/history:")
    elif notice or findings or (view and view.waiting):
        return
    elif preset_panel.offers(view):
        preset_panel.offer()
    elif view is not None and coach_line.speaks(view):
        coach_line.render(view)
    else:
        _line(_sentence(view), "sentence", "")


def _line(text: str, kind: str, icon: str) -> None:
    with st.container(key=kind):
        st.markdown(f"{icon} {escape_markdown(text)}")


def _question(text: str, yes: Callable[[], None], no: Callable[[], None], ready: bool = True) -> None:
    with st.container(key="question", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/help: {escape_markdown(text)}", width="stretch")
        st.button(_("Start over"), type="primary", key="yes", on_click=yes, disabled=not ready)
        st.button(_("Keep the run"), key="no", on_click=no)


def _reset() -> None:
    st.session_state.pop(_RESET, None)
    session.send(Reset())


def _keep() -> None:
    st.session_state.pop(_RESET, None)


def _sentence(view: View | None) -> str:
    """What is happening, in words."""
    if view is None or view.status == "loading":
        return f"{session.not_ready(view)} {_('You can already set knobs and press Play.')}"
    if view.user_events:
        return _latest(view.user_events)
    if session.playing():
        return PLAYING.get(view.config["game"], PLAYING["gan"])
    if view.step == 0:
        why = link.why(RunConfig.checked(view.config))
        if session.watching():
            return why
        if view.config["game"] in TRANSLATIONS:
            return _("G translates; D, the discriminator, judges. Press Play. {why}").format(why=why)
        return _("G, the generator, draws; D, the discriminator, judges. Press Play. {why}").format(why=why)
    if session.watching():
        return _("Paused.")
    return _("Paused. Change a knob, make one step, or go on.")


def _latest(events: tuple[Event, ...]) -> str:
    """The latest event in a sentence, and how many other knobs were changed at the same step."""
    event = events[-1]
    text = _("Step {step}: {text}").format(step=number(event.step), text=event.text)
    same = sum((other.step, other.kind) == (event.step, "knob") for other in events)
    if event.kind == "knob" and same > 1:
        text += " " + (_("(and 1 more knob)") if same == 2 else _("(and {n} more knobs)").format(n=same - 1))
    return text


PAGE = Page("Train", ":material/play_circle:", 0, render)
