"""Inside a step, phase by phase: a caption, the line that ran, the tensors it made."""

from __future__ import annotations

from html import escape

import streamlit as st

from playground.engine.messages import Play, View
from playground.ui import past, session
from playground.ui.components.chart import chart
from playground.ui.components.scatter import scatter
from playground.ui.pages.train import objective_panel, step_picture
from playground.ui.pages.train.charts import phase as figures
from playground.ui.pages.train.display import Display
from playground.ui.pages.train.step_captions import NUMBERS, caption, tensor_name, turn
from playground.ui.style import Palette, escape_markdown
from playground.utils.step_record import Part, Phase, Record
from playground.utils.translation import _, number

_PLACE = "_walk"  # (which record, which of its phases)


def render(view: View | None, settings: Display, palette: Palette) -> None:
    """Draw the phase of the recorded step at which the visitor is, or the question what to record."""
    ready = view is not None and view.status not in ("loading", "failed")
    record = past.record(view) if ready and view is not None else None
    if record is None or view is None:
        st.html(step_picture.strip(None, palette, "gan" if view is None else view.config["game"]))
        st.markdown(_("Make one step in slow motion: every phase with its line of Python and the numbers it made."))
        _buttons(ready)
        return
    i = _place(record, view)
    phase = record.phases[i]
    _bar(record, i)
    st.html(step_picture.strip(phase, palette, record.config["game"]))
    with st.container(key="walk_body"):
        _phase(phase, record, view, settings, palette)
    _buttons(ready, _("Another step"))


def fill() -> None:
    """Record a step if there is none to show yet; a run that trains goes on after it."""
    latest = session.latest()
    if session.watching() or past.looking() is not None:
        return
    if latest is None or latest.status in ("loading", "failed") or latest.recorded:
        return
    trains = session.playing()
    past.step_through("both")
    if trains:
        session.send(Play())


def _place(record: Record, view: View) -> int:
    """Which phase is shown; a new record starts with its first."""
    mark = (view.run, view.generation, view.recorded, record.step)
    if st.session_state.get(_PLACE, (None, 0))[0] != mark:
        st.session_state[_PLACE] = (mark, 0)
    place: int = st.session_state[_PLACE][1]
    return place


def _go(by: int) -> None:
    mark, place = st.session_state[_PLACE]
    st.session_state[_PLACE] = (mark, place + by)


def _bar(record: Record, i: int) -> None:
    """Back, Next, and where in the step this is."""
    n = len(record.phases)
    with st.container(key="walk_bar", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.button(
            _("Back"), icon=":material/chevron_left:", key="walk_back", shortcut="J", on_click=_go, args=(-1,),
            disabled=i == 0,
        )  # fmt: skip
        st.button(
            _("Next"), icon=":material/chevron_right:", key="walk_next", shortcut="K", type="primary", on_click=_go,
            args=(1,), disabled=i == n - 1,
        )  # fmt: skip
        step = _("step {n}").format(n=number(record.step + 1))
        st.html(f'<div class="meter"><span class="wide">{step}</span><b>{i + 1} / {n}</b></div>')


def _buttons(ready: bool, text: str = "") -> None:
    """The three steps that can be recorded, and `text` before them where there is room."""
    labels: dict[Part, str] = {"both": _("Both"), "d": _("D only"), "g": _("G only")}
    helps: dict[Part, str] = {
        "both": _("An ordinary step: D learns, then G"),
        "d": _("D learns, G stays as it is"),
        "g": _("G learns, D stays as it is"),
    }
    with st.container(key="walk_parts", horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if text:
            st.html(f'<span class="again">{text}</span>', width="content")
        for part, label in labels.items():
            st.button(
                label, key=f"walk_{part}", help=helps[part], on_click=past.step_through, args=(part,),
                disabled=not ready or session.watching(),
            )  # fmt: skip


def _phase(phase: Phase, record: Record, view: View, settings: Display, palette: Palette) -> None:
    """Everything about one phase."""
    words = caption(phase, record)
    color = palette.discriminator if phase.side == "D" else palette.generated
    head = f'<div class="turn" style="--own:{color}">{turn(phase, record)}</div>'
    st.html(f'{head}<div class="phase">{escape(words.title)}</div>')
    st.markdown(escape_markdown(words.text))
    _picture(phase, record, view, settings, palette)
    if phase.key == "loss":
        st.markdown(f"${objective_panel.formula(record.config['objective'], phase.side, palette)}$")
    if phase.key in ("sum", "sum_identity"):
        st.markdown(f"$$\n{objective_panel.sum_of_g(record.config, palette)}\n$$")
    if numbers := _numbers(phase):
        st.html(f'<div class="numbers">{numbers}</div>')
    st.code(_code(phase, record), language="python", wrap_lines=True)
    tables = [
        figures.table(tensor, figures.color(phase, tensor, palette), tensor_name(tensor.name, record))
        for tensor in phase.tensors
    ]
    if phase.layers:
        tables.append(figures.bars(phase.layers, color))
    if tables:
        st.html("".join(tables))


def _picture(phase: Phase, record: Record, view: View, settings: Display, palette: Palette) -> None:
    """What the tensors of a phase look like, before their numbers: in sight without scrolling. A plane of points stands
    beside the words."""
    pack = record.config["pack"] if phase.key not in ("draw_x", "generate", "augment", "noise") else 1
    names = {tensor.name: tensor_name(tensor.name, record) for tensor in phase.tensors}
    if images := figures.images(phase, pack, settings.smooth, names):
        with st.container(key="walk_picture"):
            st.html(images)
    elif (picture := figures.chart(phase, pack, view.extent, palette)) is not None:
        points = picture.data[0]["mode"] == "markers"
        with st.container(key="walk_points" if points else "walk_picture"):
            (scatter if points else chart)(picture, key="walk_chart", alt=caption(phase, record).title)


def _numbers(phase: Phase) -> str:
    """The numbers of a phase that have a name of their own."""
    found = ((NUMBERS[name], value) for name, value in phase.numbers.items() if name in NUMBERS)
    return "".join(f"<span>{name} <b>{value:.4g}</b></span>" for name, value in found).replace("-", "−")


def _code(phase: Phase, record: Record) -> str:
    """The line that ran, and the loss that it called."""
    if phase.key != "loss":
        return phase.code
    return f"{phase.code}\n\n{objective_panel.objective_code(record.config['objective'])[phase.side == 'G']}"
