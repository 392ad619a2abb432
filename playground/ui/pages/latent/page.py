"""The Latent page: explore the latent space of the run that the Train page trains. No tool changes the training."""

from __future__ import annotations

import time

import streamlit as st

from playground.config.games import TRANSLATIONS
from playground.config.run_config import KNOBS
from playground.engine.messages import Mark, Play, View
from playground.ui import calls, glossary, lesson_panel, model_source, projector, session, sharing, transport
from playground.ui.components.keys import keys
from playground.ui.pages.latent.tools import GROUPS, TOOLS
from playground.ui.pages.page import Page
from playground.ui.style import escape_markdown
from playground.utils.errors import UserError
from playground.utils.translation import _, number

LIVE = 0  # in place of a moment: the present weights
TICK_WORKING, TICK_PLAYING, TICK_PAUSED = 0.4, 2.0, 3.0  # seconds
TOOL = "latent_tool"
_WORKS = "_latent_works"


def render() -> None:
    """Draw the page."""
    view = session.view()
    tick = _tick(view)
    lesson_panel.look(view, "latent", tool=_opened(view))
    lesson_panel.sidebar("latent")
    sharing.dialog(sharing.run)
    sharing.corner(session.watchers())
    st.fragment(_live, run_every=tick)((tick, *_drawn()))


def _drawn() -> tuple[object, ...]:
    """What the parts outside the fragment are drawn by."""
    return sharing.asked(), session.watching(), session.watchers(), projector.on(), lesson_panel.version()


def _tick(view: View | None) -> float:
    """Seconds until the page looks again."""
    if st.session_state.get(_WORKS):
        return TICK_WORKING
    return TICK_PAUSED if view and view.status == "paused" else TICK_PLAYING


def _live(drawn: tuple[object, ...]) -> None:
    """What is drawn again at each tick; `drawn` is what the whole page is drawn by, as the rate of the ticks."""
    view = session.view()
    lesson_panel.look(view, "latent", tool=_opened(view))
    if notice := calls.notice() or (view.notice if view else "") or session.findings():
        st.warning(escape_markdown(notice))
    if said := session.said():
        st.toast(said, icon=":material/grid_view:")
    if view is not None and view.config["game"] in TRANSLATIONS:
        _no_latents(view)
    elif view is None or view.samples is None or view.fixed_z is None:
        if view is None or view.status != "failed":
            transport.waits(view)
    else:
        _explore(view)
    st.session_state[_WORKS] = model_source.working()
    session.drawn()
    if (_tick(view), *_drawn()) != drawn:
        st.rerun()


def _explore(view: View) -> None:
    """The training in one line, then the chosen tool on the chosen weights."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="latent_transport"):
        if session.watching():
            sharing.watching("latent_", sharing.copies_of_run())
        else:
            transport.buttons(session.send, session.playing(), None, _("Train exactly one step"), "latent_")
        st.html(transport.meter(view))
        moment = _weights(view)
        keys(transport.shortcuts(), key="latent_keys")
        if projector.on():
            tool = _tool_in_list(view.kind)
    if not projector.on():
        tool = _tool(view.kind)
        st.caption(escape_markdown(_(TOOLS[tool].learns)), help=glossary.tip(TOOLS[tool].term))
    # A place for each tool: what another one drew goes at once, also where the new one takes its time.
    places = {name: st.container(key=f"latent_{name}") if name == tool else st.empty() for name in TOOLS}
    with places[tool]:
        if missing := TOOLS[tool].missing(view.kind):
            st.info(missing, icon=":material/info:")
            return
        if view.step == 0:
            _untrained(TOOLS[tool].trained)
            if TOOLS[tool].trained:
                return
        try:
            TOOLS[tool].draw(model_source.of(view, moment))
        except UserError as error:
            st.warning(escape_markdown(str(error)))


def _no_latents(view: View) -> None:
    """That a translation has no latent space, and where to go instead."""
    game = KNOBS["game"].written(view.config["game"])
    with st.container(border=True, key="latent_none", width=640):
        gan = KNOBS["game"].written("gan")
        st.markdown(
            "**" + _("“{game}” has no latent space to explore.").format(game=game) + "**  \n"
            + _("Its G is given pictures or points, and no random numbers z.") + " "
            + _("On the Train page you see what it makes of its inputs, and you can try inputs of your own.") + " "
            + _("To explore a latent space, train a run whose game is “{gan}”.").format(gan=gan)
        )  # fmt: skip
        _link_to_train()


def _untrained(alone: bool) -> None:
    """That there is not much to see yet, and what changes that; `alone`: there is nothing else to see."""
    said = _("G has learned nothing yet: its samples are noise.")
    if session.watching():
        st.caption(said)
        return
    if not alone:
        with st.container(horizontal=True, vertical_alignment="center", key="latent_noise"):
            st.caption(said, width="content")
            _begin()
        return
    with st.container(border=True, key="latent_noise", width=560):
        st.markdown(f"**{said}**  \n" + _("Train it for a minute or two, and there is something to explore here."))
        with st.container(horizontal=True, vertical_alignment="center"):
            _begin()
            _link_to_train()


def _begin() -> None:
    """The button that begins the training from here."""
    playing = session.playing()
    st.button(
        _("It trains …") if playing else _("Train it now"),
        icon=":material/play_arrow:",
        key="latent_begin",
        disabled=playing,
        on_click=session.press,
        args=(session.send, Play()),
    )


def _tool(kind: str) -> str:
    """The chosen tool. One control a group; what is chosen in one is not chosen in the others.

    A control that loses its choice to another one is drawn under a new key: a browser that has not heard of that yet
    sends the old choice, which would take the place of the new one.
    """
    place = f"{TOOL}_{kind}"
    turns: dict[str, int] = st.session_state.setdefault(f"{place}_turns", dict.fromkeys(GROUPS, 0))
    if st.session_state.get(place) not in TOOLS:
        st.session_state[place] = next(iter(TOOLS))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="latent_tools"):
        for group, title in GROUPS.items():
            key = f"latent_{group}_{kind}_{turns[group]}"
            tools = [name for name, tool in TOOLS.items() if tool.group == group]
            _set(key, st.session_state[place] if st.session_state[place] in tools else None)
            with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
                st.html(f'<span class="group">{_(title)}</span>', width="content")
                st.segmented_control(
                    _(title),
                    tools,
                    format_func=lambda name: _(TOOLS[name].title),
                    key=key,
                    on_change=_choose,
                    args=(place, key, group, turns[group]),
                    label_visibility="collapsed",
                    width="content",
                )
    chosen: str = st.session_state[place]
    return chosen


def _opened(view: View | None) -> str | None:
    """The tool that is on the page; None where the run has no latent space."""
    if view is None or view.config["game"] in TRANSLATIONS:
        return None
    chosen = st.session_state.get(f"{TOOL}_{view.kind}")
    return chosen if chosen in TOOLS else None


def _tool_in_list(kind: str) -> str:
    """On a projector: all tools in one list."""
    place = f"{TOOL}_{kind}"
    if st.session_state.get(place) not in TOOLS:
        st.session_state[place] = next(iter(TOOLS))
    key = f"{place}_in_list"
    _set(key, st.session_state[place])

    def choose() -> None:
        st.session_state[place] = st.session_state[key]

    st.selectbox(
        _("Tool"),
        list(TOOLS),
        format_func=lambda name: _(TOOLS[name].title),
        key=key,
        on_change=choose,
        label_visibility="collapsed",
        width=260,
    )
    chosen: str = st.session_state[place]
    return chosen


def _set(key: str, value: str | None) -> None:
    """Give a control this value if it has another one: what is sent to a browser undoes what is pressed meanwhile."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _choose(place: str, key: str, group: str, turn: int) -> None:
    """Take over what was pressed; what is pressed again stays chosen, and what comes under an old key is old."""
    old, new = TOOLS[st.session_state[place]].group, st.session_state[key]
    turns: dict[str, int] = st.session_state[f"{place}_turns"]
    if new is None or turn != turns[group]:
        return
    if group != old:
        turns[old] += 1
    st.session_state[place] = new


# Which weights


def _weights(view: View) -> int | None:
    """The moment whose weights are shown; None for those of the present."""
    key = model_source.weights_key(view)
    marks = {mark.id: mark for mark in reversed(view.moments) if mark.whole}
    if st.session_state.get(key) not in (None, LIVE, *marks):
        st.session_state[key] = LIVE
        st.toast(_("The weights of that moment are no longer kept: the page follows the training."))
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        chosen: int = st.selectbox(
            _("Weights"),
            [LIVE, *marks],
            format_func=lambda moment: _name(marks.get(moment)),
            key=key,
            label_visibility="collapsed",
            width=280 if projector.on() else 200,
            persist_state="session",
        )
        if not projector.on():
            st.button(
                _("Hold"),
                icon=":material/keep:",
                help=_("Keep exploring the present weights, while the training goes on."),
                disabled=chosen != LIVE or session.watching(),
                on_click=_pin,
                args=(key,),
            )
    return None if chosen == LIVE else chosen


def _name(mark: Mark | None) -> str:
    return _("Follow the training") if mark is None else _("Weights of step {n}").format(n=number(mark.step))


def _pin(key: str) -> None:
    """Hold the present weights, once the View knows of their moment."""
    moment = calls.call("pin", session.run_id())
    end = time.monotonic() + session.PATIENCE
    while moment is not None and time.monotonic() < end:
        view = session.view()
        if view is not None and any(mark.id == moment for mark in view.moments):
            st.session_state[key] = moment
            return
        time.sleep(0.02)


def _link_to_train() -> None:
    from playground.ui.pages import PAGES  # the registry imports this module

    page = PAGES["train"]
    st.page_link(
        st.Page(page.render, title=_(page.title), url_path="train"),
        label=_("Open the Train page"),
        icon=page.icon,
        width="content",
    )


PAGE = Page("Latent", ":material/route:", 3, render)
