"""The Race page: runs side by side, one transport bar for all, and who is ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape

import streamlit as st

from playground.config.races import Race
from playground.engine.messages import RaceView, Reset, View
from playground.ui import calls, lesson_panel, projector, session, sharing, style, terms, transport
from playground.ui.components.chart import chart
from playground.ui.components.keys import keys
from playground.ui.modalities import ON_PAGES
from playground.ui.pages.page import Page
from playground.ui.pages.race import download, form, state, verdict
from playground.ui.pages.race.overlay import CURVES, Curve, overlay
from playground.ui.pages.race.state import LETTERS
from playground.ui.style import Palette, escape_markdown
from playground.utils.translation import _, number

TICK, IDLE_TICK = 0.5, 2.0  # seconds between two looks at the race
_RESET, _CURVE = "_race_reset", "race_curve"


def render() -> None:
    """Draw the page; only the fragment below is drawn again at each tick."""
    race_id, race = state.current()
    lesson_panel.look(session.latest(), "race")
    lesson_panel.sidebar("race")
    if projector.on():
        with st.container(key="race_at_hand"):
            form.choice(race)
    else:
        with st.sidebar:
            form.sidebar(race)
    sharing.dialog(state.shared)
    race_view, views = state.latest()
    with st.sidebar:
        download.popover(race_id, race)
    sharing.corner(state.watchers())
    busy = _busy(race_view, views)
    st.fragment(_live, run_every=TICK if busy else IDLE_TICK)(_drawn(busy))


def _drawn(busy: bool) -> tuple[object, ...]:
    """What the parts outside the fragment are drawn by."""
    return busy, projector.on(), sharing.asked(), state.watching(), state.watchers(), lesson_panel.version()


def _busy(race_view: RaceView | None, views: Sequence[View | None]) -> bool:
    """Whether there is something new to see soon."""
    return state.playing() or race_view is None or race_view.status == "loading" or any(v is None for v in views)


def _live(drawn: tuple[object, ...]) -> None:
    """Everything right of the sidebar."""
    _race_id, race = state.current()
    race_view, views = state.latest()
    lesson_panel.look(session.latest(), "race")
    palette = style.palette()
    _transport(race_view)
    _message(race, race_view, views)
    with st.container(key="race_room"), st.container(key="race", gap="small"):
        with st.container(key="lanes"):
            for i, column in enumerate(st.columns(len(race.lanes), gap="small")):
                with column, st.container(key=f"lane_{i}", gap=None):
                    _lane(i, race, race_view, views[i], palette)
        _curves(race_view, views, palette)
    session.drawn()
    if drawn != _drawn(_busy(race_view, views)):
        st.rerun(scope="app")  # only now: a fragment that ends early takes its charts off the page


# Transport


def _transport(race_view: RaceView | None) -> None:
    playing = state.playing()
    with st.container(key="race_transport", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        step = race_view.step if race_view else 0
        if state.watching():
            sharing.watching("race_", _copies())
        else:
            transport.buttons(state.send, playing, partial(_ask_reset, step), _("One step in every lane"), "race_")
        st.html(_meter(race_view))
        if not projector.on():
            _choice()
        keys(_keys(), key="race_keys")


def _copies() -> dict[str, Callable[[], None]]:
    """The ways to a copy of the race."""
    return {
        _("From this moment, with its weights"): state.copy_moment,
        _("The same race, from the start"): state.own_copy,
    }


def _keys() -> list[tuple[str, str]]:
    """All shortcuts of the page."""
    steering = [("P", _("Play or pause")), ("S", _("One step in every lane")), ("0", _("Reset"))]
    return [
        *([] if state.watching() else steering),
        ("H", _("Share: links to watch, copy or steer")),
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


def _meter(race_view: RaceView | None) -> str:
    """The common step, and how fast each lane is."""
    step = race_view.step if race_view else 0
    rate = race_view.steps_per_second if race_view and state.playing() else 0.0
    speed = _("{rate} steps/s").format(rate=f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}") if rate else ""
    how = ""
    if race_view and rate:
        how = _("all lanes in one step") if race_view.batched else _("lanes take turns")
    playing = " playing" if race_view and race_view.status == "playing" else ""
    return (
        f'<div class="meter race{playing}"><span class="step">{_("step {n}").format(n=f"<b>{number(step)}</b>")}</span>'
        f'<span class="rate">{speed}</span><span class="device">{how}</span></div>'
    )


def _ask_reset(step: int) -> None:
    if step:
        st.session_state[_RESET] = True
    else:
        state.send(Reset())


def _reset() -> None:
    st.session_state.pop(_RESET, None)
    state.send(Reset())


def _keep() -> None:
    st.session_state.pop(_RESET, None)


# The sentence


def _message(race: Race, race_view: RaceView | None, views: Sequence[View | None]) -> None:
    """One line: a question that waits for an answer, a warning, or who is ahead."""
    notices = [_("{letter}: {notice}").format(letter=LETTERS[i], notice=view.notice) for i, view in enumerate(views)
               if view is not None and view.notice]  # fmt: skip
    notice = calls.notice() or (notices[0] if notices else "")
    waiting = next((view.waiting for view in views if view is not None and view.waiting), "")
    if st.session_state.get(_RESET) and race_view and race_view.step:
        text = _("The race is at step {n}. Reset starts every lane over.").format(n=number(race_view.step))
        _question(text, _reset, _keep)
    elif notice:
        _line(escape_markdown(notice), "warning", ":material/warning:")
    elif waiting:
        _line(escape_markdown(waiting), "waiting", ":material/hourglass_top:")
    elif findings := state.findings():
        _line(escape_markdown(findings), "findings", ":material/info:")
    else:
        _line(_sentence(race, race_view, views), "sentence", "")


def _line(text: str, kind: str, icon: str) -> None:
    with st.container(key=kind):
        st.markdown(f"{icon} {text}", unsafe_allow_html=kind == "sentence")


def _question(text: str, yes: Callable[[], None], no: Callable[[], None]) -> None:
    with st.container(key="race_question", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/help: {escape_markdown(text)}", width="stretch")
        st.button(_("Start over"), type="primary", key="race_yes", on_click=yes)
        st.button(_("Keep the race"), key="race_no", on_click=no)


def _sentence(race: Race, race_view: RaceView | None, views: Sequence[View | None]) -> str:
    """Who is ahead, in Markdown."""
    if race_view is None or race_view.status == "loading":
        return _("The lanes are being made ready.")
    if race_view.step == 0:
        return _("Same data, different knobs. Press Play. {why}").format(why=escape_markdown(_(race.why)))
    first = race_view.ahead[0] if len(race_view.ahead) == 1 else None
    names = [f"**{letter}**" for letter in LETTERS[: len(race.lanes)]]
    if first is not None:
        names[first] = f"**{LETTERS[first]} · {escape_markdown(_(race.lanes[first].name))}**"
    about = escape_markdown(verdict.why(race_view, LETTERS)) if len(race_view.history["quality"]) else ""
    said = verdict.sentence(race_view.ahead, names, terms.with_tip(_("ahead"), about) if about else _("ahead"))
    return said if first is None else f"{said} · {_quality(race_view, views[first], first)}"


def _quality(race_view: RaceView, view: View | None, lane: int) -> str:
    """How good a lane's samples are, in words."""
    if race_view.metric == "modes":
        if view is None or not view.coverage:
            return ""
        modes, share = _pairs(view)
        words = _("{modes} of {count} modes").format(modes=modes, count=view.mode_count)
        words += " · " + _("{share} within 3σ").format(share=share)
        return _("EMA / raw: {numbers}").format(numbers=words) if len(view.coverage) > 1 else words
    quality = race_view.history.get("quality")
    if quality is None or not len(quality):
        return ""
    if race_view.metric == "ssim":
        return _("SSIM {d}").format(d=f"{quality[-1, lane]:z.3f}".replace("-", "−"))
    return _("distance to real samples {d}").format(d=f"{quality[-1, lane]:.3g}")


# Lanes


def _lane(i: int, race: Race, race_view: RaceView | None, view: View | None, palette: Palette) -> None:
    """One lane: its name, its samples, how good they are, and the way to its run."""
    name = escape(_(race.lanes[i].name))
    ahead = f"<i>{_('ahead')}</i>" if race_view is not None and i in race_view.ahead else ""
    with st.container(key=f"lane_head_{i}", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.html(f'<div class="lane" title="{name}">{state.badge(i, palette)}<span>{name}</span>{ahead}</div>')
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
    ON_PAGES[view.kind].lane(view, f"lane_plane_{i}", alt, len(race.lanes), state.playing())
    if race_view is not None:
        long, short = _quality(race_view, view, i), _in_short(race_view, view, i)
        st.html(f'<div class="key lane_foot" title="{escape(long)}">{escape(short)}</div>{_bars(race_view, view)}')


def _in_short(race_view: RaceView, view: View, lane: int) -> str:
    """`_quality` for a narrow place."""
    if race_view.metric == "modes" and view.coverage:
        modes, share = _pairs(view)
        words = _("{modes} of {count} modes · {share}").format(modes=modes, count=view.mode_count, share=share)
        return _("{numbers} (EMA\u00a0/\u00a0raw)").format(numbers=words) if len(view.coverage) > 1 else words
    return _quality(race_view, view, lane)


def _bars(race_view: RaceView, view: View) -> str:
    """The same as bars, where lanes have room for them; "" where it is no share of a whole."""
    if race_view.metric != "modes" or not view.coverage:
        return ""
    (modes, share), (modes_said, share_said) = view.coverage[0], _pairs(view)
    rows = (
        (_("modes"), modes / view.mode_count, _("{modes} of {count}").format(modes=modes_said, count=view.mode_count)),
        (_("within 3σ"), share, share_said),
    )
    cells = (
        f'<span>{escape(name)}</span><span class="bar"><i style="width:{100 * part:.0f}%"></i></span>'
        f'<span class="n">{escape(said)}</span>'
        for name, part, said in rows
    )
    return f'<div class="key lane_bars">{"".join(cells)}</div>'


def _pairs(view: View) -> tuple[str, str]:
    """The modes covered and the share of good samples, of the average of G and of G as it is."""
    modes, shares = zip(*view.coverage, strict=True)
    return " / ".join(map(str, modes)), " / ".join(f"{100 * share:.0f} %" for share in shares)


def _curves(race_view: RaceView | None, views: Sequence[View | None], palette: Palette) -> None:
    """The curves of all lanes over the same steps."""
    curve: Curve = st.session_state.get(_CURVE) or "quality"
    shown = race_view or RaceView("", (), "loading")
    alt = _("{curve} of all lanes over the steps").format(curve=_(CURVES[curve]))
    chart(overlay(curve, shown, views, LETTERS[: len(views)], palette), key="race_curves", alt=alt)


PAGE = Page("Race", ":material/sports_score:", 1, render)
