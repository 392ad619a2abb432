"""The Race page: runs side by side, one transport bar for all, and who is ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from playground.engine.messages import Pause, Play, Reset, Standing, Step, View
from playground.grid import by_class
from playground.i18n import _, number
from playground.races import Race
from playground.ui import projector, raceform, racing, session, style
from playground.ui.components.chart import chart
from playground.ui.components.keys import keys
from playground.ui.figures import tiles
from playground.ui.figures.overlay import CURVES, Curve, overlay
from playground.ui.figures.plane import both
from playground.ui.pages.record import Page
from playground.ui.racing import LETTERS
from playground.ui.style import Palette, plain

TICK, IDLE_TICK = 0.5, 2.0  # seconds between two looks at the race
ROWS, COLUMNS = 6, 6  # of a lane's images; with labels as many columns as classes, up to WIDE
WIDE = 10
_RESET, _CURVE = "_race_reset", "race_curve"


def render() -> None:
    """Draw the page; only the fragment below is drawn again at each tick."""
    _race_id, race = racing.current()
    with st.sidebar:
        raceform.sidebar(race)
    projector.apply()
    standing, views = racing.look()
    busy = _busy(standing, views)
    st.fragment(_live, run_every=TICK if busy else IDLE_TICK)((busy, projector.on()))


def _busy(standing: Standing | None, views: Sequence[View | None]) -> bool:
    """Whether there is something new to see soon."""
    return racing.playing() or standing is None or standing.status == "loading" or any(v is None for v in views)


def _live(drawn: tuple[bool, bool]) -> None:
    """Everything right of the sidebar."""
    _race_id, race = racing.current()
    standing, views = racing.look()
    palette = style.palette()
    _transport(standing)
    _message(race, standing, views)
    with st.container(key="race", gap="small"):
        with st.container(key="lanes"):
            for i, column in enumerate(st.columns(len(race.lanes), gap="small")):
                with column, st.container(key=f"lane_{i}", gap=None):
                    _lane(i, race, standing, views[i], palette)
        _curves(standing, views, palette)
    if drawn != (_busy(standing, views), projector.on()):
        st.rerun(scope="app")  # only now: a fragment that ends early takes its charts off the page


# Transport


def _transport(standing: Standing | None) -> None:
    playing = racing.playing()
    with st.container(key="race_transport", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.button(
            _("Pause") if playing else _("Play"),
            icon=":material/pause:" if playing else ":material/play_arrow:",
            type="primary",
            key="race_play",
            shortcut="P",
            on_click=racing.send,
            args=(Pause() if playing else Play(),),
        )
        st.button(
            _("Step"),
            icon=":material/skip_next:",
            key="race_step",
            shortcut="S",
            help=_("One step in every lane"),
            on_click=racing.send,
            args=(Step(),),
            disabled=playing,
        )
        step = standing.step if standing else 0
        st.button(
            _("Reset"), icon=":material/replay:", key="race_reset", shortcut="0", on_click=_ask_reset, args=(step,)
        )
        st.html(_meter(standing))
        if not projector.on():
            _choice()
        keys(_keys(), key="race_keys")
        projector.button()


def _keys() -> list[tuple[str, str]]:
    """All shortcuts of the page."""
    return [
        ("P", _("Play or pause")),
        ("S", _("One step in every lane")),
        ("0", _("Reset")),
        ("L", _("Large type for a projector, and back")),
        ("?", _("This list")),
    ]


def _choice() -> None:
    """Which curves are drawn."""
    st.segmented_control(
        _("Curves"),
        list(CURVES),
        default="quality",
        required=True,
        format_func=lambda key: _(CURVES[key]),
        key=_CURVE,
        label_visibility="collapsed",
        width="content",
        persist_state="session",
    )


def _meter(standing: Standing | None) -> str:
    """The common step, and how fast each lane is."""
    step = standing.step if standing else 0
    rate = standing.steps_per_second if standing and racing.playing() else 0.0
    speed = _("{rate} steps/s").format(rate=f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}") if rate else ""
    how = ""
    if standing and rate:
        how = _("all lanes in one step") if standing.batched else _("lanes in turn")
    return (
        f'<div class="meter race"><span class="step">{_("step {n}").format(n=f"<b>{number(step)}</b>")}</span>'
        f'<span class="rate">{speed}</span><span class="device">{how}</span></div>'
    )


def _ask_reset(step: int) -> None:
    if step:
        st.session_state[_RESET] = True
    else:
        racing.send(Reset())


def _reset() -> None:
    st.session_state.pop(_RESET, None)
    racing.send(Reset())


def _keep() -> None:
    st.session_state.pop(_RESET, None)


# The sentence


def _message(race: Race, standing: Standing | None, views: Sequence[View | None]) -> None:
    """One line: a question that waits for an answer, a warning, or who is ahead."""
    notices = [_("{letter}: {notice}").format(letter=LETTERS[i], notice=view.notice) for i, view in enumerate(views)
               if view is not None and view.notice]  # fmt: skip
    notice = session.notice() or (notices[0] if notices else "")
    waiting = next((view.waiting for view in views if view is not None and view.waiting), "")
    if st.session_state.get(_RESET) and standing and standing.step:
        text = _("The race is at step {n}. Reset starts every lane over.").format(n=number(standing.step))
        _question(text, _reset, _keep)
    elif notice:
        _line(plain(notice), "warning", ":material/warning:")
    elif waiting:
        _line(plain(waiting), "findings", ":material/hourglass_top:")
    elif findings := racing.findings():
        _line(plain(findings), "findings", ":material/info:")
    else:
        _line(_sentence(race, standing, views), "sentence", "")


def _line(text: str, kind: str, icon: str) -> None:
    with st.container(key=kind):
        st.markdown(f"{icon} {text}")


def _question(text: str, yes: Callable[[], None], no: Callable[[], None]) -> None:
    with st.container(key="race_question", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/help: {plain(text)}", width="stretch")
        st.button(_("Start over"), type="primary", key="race_yes", on_click=yes)
        st.button(_("Keep the race"), key="race_no", on_click=no)


def _sentence(race: Race, standing: Standing | None, views: Sequence[View | None]) -> str:
    """Who is ahead, in Markdown."""
    if standing is None or standing.status == "loading":
        return _("The lanes are being made ready.")
    if standing.step == 0:
        return _("Same data, different knobs. Press Play. {why}").format(why=plain(_(race.why)))
    if standing.leader is None:
        return _("Nobody is clearly ahead.")
    i = standing.leader
    ahead = _("Ahead: {lane}").format(lane=f"**{LETTERS[i]} · {plain(_(race.lanes[i].name))}**")
    return f"{ahead} · {_quality(standing, views[i], i)}"


def _quality(standing: Standing, view: View | None, lane: int) -> str:
    """How good a lane's samples are, in words."""
    if standing.metric == "modes":
        if view is None or view.modes is None or view.high_quality is None:
            return ""
        modes = _("{modes} of {count} modes").format(modes=view.modes, count=view.mode_count)
        return modes + " · " + _("{share} within 3σ").format(share=f"{100 * view.high_quality:.0f} %")
    quality = standing.history.get("quality")
    if quality is None or not len(quality):
        return ""
    return _("distance to real samples {d}").format(d=f"{quality[-1, lane]:.3g}")


# Lanes


def _lane(i: int, race: Race, standing: Standing | None, view: View | None, palette: Palette) -> None:
    """One lane: its name, its samples, how good they are, and the way to its run."""
    name = escape(_(race.lanes[i].name))
    ahead = f"<i>{_('ahead')}</i>" if standing is not None and standing.leader == i else ""
    with st.container(key=f"lane_head_{i}", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.html(f'<div class="lane" title="{name}">{racing.badge(i, palette)}<span>{name}</span>{ahead}</div>')
        if view is not None and st.button(
            _("Open"), key=f"race_open_{i}", type="tertiary", help=_("Go on with this lane on the Train page")
        ):
            from playground.ui.pages import entry  # which imports this page

            session.take(view.run)
            st.switch_page(entry("train"))
    if view is None or view.samples is None:
        text = _("It cannot be trained.") if view is not None and view.status == "failed" else ""
        st.html(f'<div class="empty lane_empty">{text}</div>')
        return
    alt = _("{letter}, {name}: samples at step {step}").format(
        letter=LETTERS[i], name=_(race.lanes[i].name), step=view.step
    )
    if view.kind == "points":
        chart(both(view, palette), key=f"lane_plane_{i}", alt=alt)
    else:
        wide = 1 <= len(view.names) <= WIDE
        columns = len(view.names) if wide else COLUMNS
        places, heads = by_class(view.labels, view.names, ROWS, columns, len(view.samples))
        st.html(tiles.html(view.samples, places, True, heads, alt))
    if standing is not None:
        long, short = _quality(standing, view, i), _in_short(standing, view, i)
        st.html(f'<div class="key lane_foot" title="{escape(long)}">{escape(short)}</div>')


def _in_short(standing: Standing, view: View, lane: int) -> str:
    """`_quality` for a narrow place."""
    if standing.metric == "modes" and view.modes is not None and view.high_quality is not None:
        share = f"{100 * view.high_quality:.0f} %"
        return _("{modes}/{count} modes · {share}").format(modes=view.modes, count=view.mode_count, share=share)
    return _quality(standing, view, lane)


def _curves(standing: Standing | None, views: Sequence[View | None], palette: Palette) -> None:
    """The curves of all lanes over the same steps."""
    curve: Curve = st.session_state.get(_CURVE) or "quality"
    shown = standing or Standing("", (), "loading")
    alt = _("{curve} of all lanes over the steps").format(curve=_(CURVES[curve]))
    chart(overlay(curve, shown, views, LETTERS[: len(views)], palette), key="race_curves", alt=alt)


PAGE = Page("Race", ":material/sports_score:", 1, render)
