"""What G makes of the visitor's picture: what it is given of it, and what comes out, after each step anew."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from playground.config.run_config import RunConfig
from playground.data import drawing
from playground.data.tasks import TASKS, Task
from playground.data.tasks.record import same
from playground.engine.messages import OwnInput, Translation, View
from playground.export import before_after
from playground.export.frame import step_text
from playground.ui import calls, exports, projector, style
from playground.ui.charts import pictures
from playground.ui.components.drawer import drawer
from playground.ui.drawn import once, strokes_of
from playground.ui.pages.translate.own_picture import Own
from playground.ui.style import escape_markdown
from playground.utils.csv_json import config_json
from playground.utils.errors import UserError
from playground.utils.translation import _

DIRECTION, APPLY, HIDE, BRUSH = "translate_direction", "translate_apply", "translate_hide", "translate_brush"
_MADE = "_translate_made"


def task_of(view: View) -> Task:
    """The task of the run."""
    return TASKS[view.config["task"]]


def direction(view: View) -> bool:
    """Draw the choice of the direction of a CycleGAN; whether it is that from B to A."""
    if view.translation is None or view.translation.reverse is None:
        return False
    names = {"there": _("A to B and back"), "back": _("B to A and back")}
    chosen: str = st.segmented_control(
        _("Direction"),
        list(names),
        default="there",
        format_func=names.__getitem__,
        required=True,
        key=DIRECTION,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen == "back"


def render(view: View, own: Own | None, reverse: bool) -> None:
    """Draw the controls, and below them the pictures."""
    task = task_of(view)
    hide, direct = "nothing", task.masked
    bar = st.container(key="translate_controls", horizontal=True, vertical_alignment="center", gap="small")
    with bar:
        if task.masked:
            hide = _hide()
            direct = hide == "nothing"
        elif (task.b if reverse else task.a) is not same:
            direct = not st.toggle(
                _("Apply the task to my picture"),
                value=True,
                key=APPLY,
                persist_state="session",
                help=_("Off: your picture is G's input as it is."),
            )
    if own is None:
        _example(view, reverse)
        return
    with st.container(key="translate_row", horizontal=True, gap="small"):
        hidden = _painted(view, own)[None] if hide == "brush" else None
        given = OwnInput(own.picture[None], hidden, reverse, direct)
        found = _translated(view, given)
        if found is not None:
            _pictures(found, brush=hide == "brush")
    st.caption(escape_markdown(f"{own.done} {_applied(task, given, hide)}".strip()))
    if found is not None:
        with bar:
            _take_home(view, found)


def _hide() -> str:
    """What of the picture G does not see."""
    names = {"task": _("As in training"), "brush": _("Brush"), "nothing": _("Nothing")}
    st.html(f'<span class="group">{_("Hide")}</span>', width="content")
    chosen: str = st.segmented_control(
        _("What is hidden"),
        list(names),
        default="task",
        format_func=names.__getitem__,
        required=True,
        key=HIDE,
        label_visibility="collapsed",
        persist_state="session",
    )
    return chosen


def _painted(view: View, own: Own) -> np.ndarray:
    """Let the visitor paint over the picture; bool (h, w): what is painted."""
    height, width = own.picture.shape[:2]
    token = f"translate-hide:{view.run}"
    with st.container(key="translate_paint", width=270, gap="xsmall"):
        drawer(
            key=BRUSH,
            token=token,
            on_change=lambda: None,
            plane=False,
            picture=pictures.address(own.picture, _smooth()),
            size="broad",
            empty=_("Paint to hide a part"),
        )
        st.html(f'<div class="under">{_("Your picture")}</div>')
    strokes = strokes_of(BRUSH, token)
    if not strokes:
        return np.zeros((height, width), bool)
    return once("translate_hide", (strokes, height, width), lambda: drawing.shown(strokes, height, width))


def _translated(view: View, given: OwnInput) -> Translation | None:
    """What the engine says; asked again when the weights may be others. If it declines, the latest, and why."""
    asked = tuple(None if x is None else x.tobytes() for x in (given.samples, given.hidden))
    of = view.run, view.generation, asked, given.reverse, given.direct
    version = view.version, view.weights
    kept: tuple[Any, Any, Translation | None] = st.session_state.get(_MADE, (None, None, None))
    if kept[:2] == (of, version):
        return kept[2]
    try:
        kept = of, version, calls.host().translate(view.run, given, view.weights)
    except UserError as error:
        st.warning(escape_markdown(str(error)))
        return kept[2] if kept[0] == of else None
    st.session_state[_MADE] = kept
    return kept[2]


def _pictures(found: Translation, brush: bool) -> None:
    """With the `brush`, what G sees stands beside them already."""
    assert found.samples is not None
    shown = [] if brush else [(before_after.covered(found)[0], _("What G sees"))]
    shown.append((found.samples[0], _("What G makes of it")))
    if found.truth is not None:
        shown.append((found.truth[0], _("What it should be")))
    if found.back is not None:
        shown.append((found.back[0], _("Back again")))
    st.html(pictures.html(shown, _smooth(), "translated"))


def _applied(task: Task, given: OwnInput, hide: str) -> str:
    """In a sentence, what was done to the picture for G."""
    if task.masked:
        words = {"task": _("G does not see the chequered part."), "brush": _("G does not see what is painted over.")}
        return words.get(hide, _("G sees all of it."))
    if given.direct:
        return _("G is given it as it is.")
    if (task.b if given.reverse else task.a) is same:
        return ""
    return _("Then it was made as in the task “{task}”.").format(task=_(task.label))


def _take_home(view: View, found: Translation) -> None:
    """The pictures as one file."""
    if projector.on():
        return
    dark = style.palette().neutral == style.DARK.neutral
    note = config_json(RunConfig.checked(view.config).model_dump()).decode()
    make = partial(before_after.sheet, [("", before_after.columns(found))], step_text(view.step), note, dark)
    st.download_button(
        _("Take home"),
        exports.in_turn(make),
        f"translation-step-{view.step}.png",
        icon=":material/download:",
        key="translate_take",
        on_click="ignore",
        help=_("Input and output beside each other, as one PNG."),
    )


def _example(view: View, reverse: bool) -> None:
    """What to do, and until then what G makes of a sample that it was never trained on."""
    st.info(
        _("Draw a picture, or bring one: G translates it at once, and again while it trains."), icon=":material/draw:"
    )
    shown = view.translation
    assert shown is not None
    columns = before_after.columns(shown.reverse if reverse and shown.reverse else shown, view.samples)
    if columns and len(columns[0][1]):
        st.html(pictures.html([(some[0], head) for head, some in columns], _smooth(), "translated"))
        st.caption(_("A picture of the data that G is never trained on."))


def _smooth() -> bool:
    return bool(st.session_state.get("smooth", True))
