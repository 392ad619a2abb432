"""The Train page: transport, stage, curves, and one sentence about what is happening."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from playground.config.run_config import RunConfig
from playground.engine.messages import Event, Reset, View
from playground.ui import knobs, link, past, projector, session, sharing, style, transport, undo
from playground.ui.charts.scores import scores
from playground.ui.components.chart import Switch, asked, chart
from playground.ui.modalities import ON_PAGES
from playground.ui.modalities.tiled import asks_saliency
from playground.ui.pages.page import Page
from playground.ui.pages.train import (
    coach_line,
    display,
    filmstrip,
    gallery,
    metrics_panel,
    networks_panel,
    objective_panel,
    preset_panel,
    samples_view,
    slow_step,
    timeline,
)
from playground.ui.pages.train.charts.answers import answers, recorded
from playground.ui.pages.train.charts.losses import losses
from playground.ui.pages.train.display import Display
from playground.ui.style import Palette, escape_markdown
from playground.utils.translation import _, number

TICK, IDLE_TICK = 0.5, 2.0  # seconds between two looks at the run
CURVES, METRICS, OBJECTIVE, NETWORKS, WALK = "curves", "metrics", "objective", "networks", "walk"  # beside the stage
_RESET, _COST, _SIDE, _BESIDE = "_reset", "_cost", "side", "_beside"
BATCH, STEPS = "batch", "steps"  # of what D says
ASKED = "_scores_of"


def render() -> None:
    """Draw the page; only the fragment below is drawn again at each tick."""
    latest = session.view(asks_saliency())
    with st.sidebar:
        preset_panel.render()
        knobs.sidebar()
        settings = display.sidebar(latest is None or ON_PAGES[latest.kind].tiled)
    timeline.dialogs(latest)
    gallery.dialog()
    if timeline.asked():
        sharing.close()  # there is room for one dialog
    sharing.dialog(sharing.run)
    sharing.corner(session.watchers())
    if said := session.said():
        st.toast(said, icon=":material/info:")
    projector.apply()
    busy = session.playing() or latest is None or latest.status == "loading"
    st.fragment(_live, run_every=TICK if busy else IDLE_TICK)(settings, _drawn(latest))


def _drawn(view: View | None) -> tuple[object, ...]:
    """What the parts outside the fragment show of the run; when it changes, they are drawn again."""
    shown = None if view is None else (view.status == "loading", view.generation, view.kind)
    return (
        session.playing(),
        session.config() | knobs.staged(),
        shown,
        (timeline.asked(), sharing.asked(), session.watchers(), session.watching()),
        projector.on(),
        undo.version(),
    )


def _live(settings: Display, drawn: tuple[object, ...]) -> None:
    """Everything right of the sidebar."""
    start = time.thread_time()
    view = session.view(asks_saliency())
    palette = style.palette()
    side = _transport(view)
    _message(view)
    shown = past.view() or view
    left, right = st.columns([11, 9], gap="small")
    with left, st.container(key="stage", gap=None):
        if (clicked := samples_view.render(shown, settings)) is not None:
            past.follow_tile(clicked)
    with right:
        _beside(side, view if side in (METRICS, NETWORKS, WALK) else shown, settings, palette)
    timeline.render(view)
    cost = 1000 * (time.thread_time() - start)
    st.session_state[_COST] = 0.8 * st.session_state.get(_COST, cost) + 0.2 * cost
    session.drawn()
    if _drawn(view) != drawn:  # only now: a fragment that ends early takes its charts off the page
        st.rerun(scope="app")


def _beside(side: str, view: View | None, settings: Display, palette: Palette) -> None:
    """The curves, the metrics, the objective behind them, the networks, or one step in slow motion."""
    if side == METRICS:
        with st.container(key="measures", gap=None):
            metrics_panel.render(view, palette)
        return
    if side == OBJECTIVE:
        with st.container(key="card"):
            objective_panel.render(view, palette)
        return
    if side == NETWORKS:
        with st.container(key="game", gap=None):
            networks_panel.render(view)
        return
    if side == WALK:
        with st.container(key="walk"):
            slow_step.render(view, settings, palette)
        return
    with st.container(key="curves", gap=None):
        if view is None or view.status == "loading":
            st.html('<div class="empty"></div>')
        else:
            chart(losses(view, palette), key="losses", alt=_("Losses of D and G over the steps"))
            if ON_PAGES[view.kind].tiled and (film := past.strip(view)) is not None:
                filmstrip.render(film, settings)
            else:
                _scores(view, palette)


def _scores(view: View, palette: Palette) -> None:
    """What D says: of the latest batch or, where the game records that, over the steps."""
    if not recorded(view):
        chart(scores(view, palette), key="scores", alt=_("How D scores real and generated samples"))
        return
    over = st.session_state.get(ASKED) == STEPS

    def choose() -> None:
        st.session_state[ASKED] = asked("scores")

    options = {BATCH: _("Latest"), STEPS: _("Over time")}
    switch = Switch(_("When"), options, STEPS if over else BATCH, choose)
    if over:
        alt = _("D's mean score of real and generated samples over the steps")
        chart(answers(view, palette), key="scores", alt=alt, switch=switch)
    else:
        chart(scores(view, palette), key="scores", alt=_("How D scores real and generated samples"), switch=switch)


# Transport


def _transport(view: View | None) -> str:
    """Play or Pause, one step, Reset; the meter; and the choice of what stands beside the stage, which it gives."""
    playing = session.playing()
    with st.container(key="transport", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if session.watching():
            sharing.watching("", sharing.copies_of_run())
        else:
            transport.buttons(session.send, playing, _ask_reset, _("Train exactly one step"))
        st.html(_meter(view))
        return _in_large() if projector.on() else _choice()


def _in_large() -> str:
    """On a projector: the curves, the metrics or the networks, and the button for the next of them."""
    names = {CURVES: _("Curves"), METRICS: _("Metrics"), NETWORKS: _("Networks")}
    turns = list(names)
    now = st.session_state.setdefault(_BESIDE, CURVES)
    shown: str = now if now in names else CURVES
    after = turns[(turns.index(shown) + 1) % len(turns)]

    def turn() -> None:
        st.session_state[_BESIDE] = after

    st.button(names[after], icon=":material/swap_horiz:", key="turn", shortcut="V", on_click=turn)
    return shown


def _choice() -> str:
    """The five of them, and which is chosen. That is also the default: a control that is built anew starts with it."""

    def choose() -> None:
        st.session_state[_BESIDE] = st.session_state[_SIDE]
        if st.session_state[_SIDE] == WALK:
            slow_step.fill()

    labels = {
        CURVES: _("Curves"),
        METRICS: _("Metrics"),
        OBJECTIVE: _("Objective"),
        NETWORKS: _("Networks"),
        WALK: _("Inside a step"),
    }
    st.segmented_control(
        _("Beside the stage"),
        list(labels),
        default=st.session_state.setdefault(_BESIDE, CURVES),
        required=True,
        format_func=lambda key: labels[key],
        key=_SIDE,
        on_change=choose,
        label_visibility="collapsed",
        width="content",
    )
    side: str = st.session_state[_BESIDE]
    return side


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
    notice = session.notice() or (view.notice if view else "")
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
        return _("The engine is starting. You can already set knobs and press Play.")
    if view.user_events:
        return _latest(view.user_events)
    if session.playing():
        return _("D learns to tell real samples from generated ones; G learns to fool D.")
    if view.step == 0:
        why = link.why(RunConfig.checked(view.config))
        if session.watching():
            return why
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
