"""What stands beside the stage: the curves, the metrics, the objective, the networks, or one step in slow motion.

On a projector there is room for one chart at a time.
"""

from __future__ import annotations

import streamlit as st

from playground.engine.messages import View
from playground.ui import past, projector
from playground.ui.charts.scores import scores
from playground.ui.components.chart import Switch, asked, chart
from playground.ui.modalities import ON_PAGES, tiled
from playground.ui.pages.train import filmstrip, metrics_panel, networks_panel, objective_panel, slow_step
from playground.ui.pages.train.charts import errors
from playground.ui.pages.train.charts.answers import answers, recorded
from playground.ui.pages.train.charts.losses import losses
from playground.ui.pages.train.display import Display
from playground.ui.style import Palette
from playground.utils.translation import _

CURVES, METRICS, OBJECTIVE, NETWORKS, WALK = "curves", "metrics", "objective", "networks", "walk"
LOSSES, SCORES = "losses", "scores"  # on a projector, in place of both curves
_SIDE, _BESIDE, _LARGE = "side", "_beside", "in_large"
BATCH, STEPS, ERRORS = "batch", "steps", "errors"  # of what D says, and of how far G is from the truth
ASKED = "_scores_of"


def choice() -> str:
    """Draw the choice of what stands there, and give it."""
    return _in_large() if projector.on() else _beside()


def _labels() -> dict[str, str]:
    """What may stand there, by its names."""
    return {
        CURVES: _("Curves"),
        METRICS: _("Metrics"),
        OBJECTIVE: _("Objective"),
        NETWORKS: _("Networks"),
        WALK: _("Inside a step"),
    }


def _show(side: str) -> None:
    """Have one of them stand there; a step is recorded if that is needed to show one."""
    st.session_state[_BESIDE] = side
    if side == WALK:
        slow_step.fill()


def _beside() -> str:
    """The five of them, and which is chosen. That is also the default: a control that is built anew starts with it."""
    labels = _labels()
    now = st.session_state.setdefault(_BESIDE, CURVES)
    if now not in labels:  # of a projector
        now = st.session_state[_BESIDE] = CURVES
    st.segmented_control(
        _("Beside the stage"),
        list(labels),
        default=now,
        required=True,
        format_func=lambda key: labels[key],
        key=_SIDE,
        on_change=lambda: _show(st.session_state[_SIDE]),
        label_visibility="collapsed",
        width="content",
    )
    side: str = st.session_state[_BESIDE]
    return side


def _in_large() -> str:
    """On a projector one chart or picture, and the button for the next of them."""
    labels = {LOSSES: _("Losses"), SCORES: _("Scores"), **_labels()}
    del labels[CURVES]
    turns = list(labels)
    now: str = st.session_state.setdefault(_BESIDE, LOSSES)
    now = now if now in labels else LOSSES
    after = turns[(turns.index(now) + 1) % len(turns)]
    st.session_state[_LARGE] = now
    with st.container(key="large_turns", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.selectbox(
            _("Beside the stage"),
            turns,
            format_func=lambda key: labels[key],
            key=_LARGE,
            on_change=lambda: _show(st.session_state[_LARGE]),
            label_visibility="collapsed",
        )
        name = _("Next: {name}").format(name=labels[after])
        st.button(
            _("Next"),
            icon=":material/navigate_next:",
            key="turn",
            shortcut="V",
            help=name,
            on_click=_show,
            args=(after,),
        )
    return now


def needs_room(side: str) -> bool:
    """Whether it is more than a chart: on a projector it stands in the large half, and the stage in the small one."""
    return side in (OBJECTIVE, NETWORKS, WALK)


def of_present(side: str) -> bool:
    """Whether it shows the run as it is now, whatever moment is on the stage."""
    return side in (METRICS, NETWORKS, WALK)


def render(side: str, view: View | None, settings: Display, palette: Palette) -> None:
    """Draw what was chosen."""
    if side == METRICS:
        with st.container(key="measures", gap=None):
            metrics_panel.render(view, palette)
    elif side == OBJECTIVE:
        with st.container(key="card"):
            objective_panel.render(view, palette)
    elif side == NETWORKS:
        with st.container(key="game", gap=None):
            networks_panel.render(view)
    elif side == WALK:
        with st.container(key="walk"):
            slow_step.render(view, settings, palette)
    else:
        with st.container(key="curves", gap=None):
            _curves(side, view, settings, palette)


def _curves(side: str, view: View | None, settings: Display, palette: Palette) -> None:
    """The losses, and what D says or the sample that is followed; on a projector one of the two."""
    if view is None or view.status == "loading":
        st.html('<div class="empty"></div>')
        return
    if side != SCORES:
        chart(losses(view, palette), key="losses", alt=_("Losses of D and G over the steps"))
    if side == LOSSES:
        return
    if ON_PAGES[view.kind].tiled and (film := past.strip(view, tiled.backwards())) is not None:
        filmstrip.render(film, view.translation, tiled.backwards(), settings)
    else:
        _scores(view, palette)


def _scores(view: View, palette: Palette) -> None:
    """What D says: of the latest batch or, where the game records that, over the steps."""
    if not recorded(view):
        chart(scores(view, palette), key="scores", alt=_("How D scores real and generated samples"))
        return
    options = {BATCH: _("Latest"), STEPS: _("Over time")}
    if errors.recorded(view):
        options = {ERRORS: errors.option(view), **options}
    shown = st.session_state.get(ASKED)
    shown = shown if shown in options else next(iter(options))

    def choose() -> None:
        st.session_state[ASKED] = asked("scores")

    switch = Switch(_("When"), options, shown, choose)
    if shown == ERRORS:
        alt = _("{name} over the steps").format(name=errors.name(view))
        chart(errors.errors(view, palette), key="scores", alt=alt, switch=switch)
    elif shown == STEPS:
        alt = _("D's mean score of real and generated samples over the steps")
        chart(answers(view, palette), key="scores", alt=alt, switch=switch)
    else:
        chart(scores(view, palette), key="scores", alt=_("How D scores real and generated samples"), switch=switch)
