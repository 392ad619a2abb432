"""Take home: the run as files; and the way back, a run from such a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from playground.engine.messages import Frame, View
from playground.export import before_after, film, plots, script
from playground.export.frame import Scene, step_text
from playground.losses.objectives import OBJECTIVES
from playground.ui import aside, exports, glossary, past, visitor
from playground.ui.style import escape_markdown
from playground.utils.csv_json import config_json, history_csv
from playground.utils.recipe import Recipe
from playground.utils.translation import _

File = tuple[str, str, Callable[[], bytes]]  # what a button says, how the name of its file ends, what makes it


def render(view: View, dark: bool) -> None:
    """What there is to take home, in rows."""
    take, pack = past.files()
    scene, drawn = _scene(view, dark), _curves(view, dark)
    note = config_json(view.config).decode()
    name = f"gan-step-{view.step}"

    def row(title: str, *files: File, about: str | None = None) -> None:
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            st.markdown(f"**{title}**", width=90, help=about)
            for label, ending, content in files:
                key = f"take_{label}_{ending}".lower().replace(" ", "_")
                st.download_button(label, exports.in_turn(content), f"{name}.{ending}", key=key, on_click="ignore")

    row(
        _("Film"),
        ("WebP", "webp", lambda: film.film(_frames(take()), "webp", scene, note=note)),
        ("GIF", "gif", lambda: film.film(_frames(take()), "gif", scene, note=note)),
        (_("Filmstrip"), "png", lambda: film.strip(_frames(take()), scene, note=note)),
        about=_("Its samples come from G with averaged weights (EMA).") + "\n\n" + glossary.tip("ema"),
    )
    if view.translation is not None and view.samples is not None and not before_after.on_plane(view):
        row(
            _("Pictures"),
            (_("Before and after"), "before-after.png", lambda: _before_after(view, note, dark)),
            about=_("Inputs, outputs and the truth, or what came back, beside each other."),
        )
    row(
        _("Curves"),
        ("PNG", "curves.png", lambda: plots.curves_png(drawn)),
        ("SVG", "curves.svg", lambda: plots.curves_svg(drawn)),
        ("CSV", "curves.csv", lambda: history_csv(view.history)),
    )
    _code(view, row)
    _model(view, row)
    if not visitor.masked():  # the zip names the folder that the run reads
        row(_("The run"), (_("Zip with all its moments"), "zip", pack))
        st.caption(_("“Open a run” brings the zip back, here or on another machine."))


def _code(view: View, row: Callable[..., None]) -> None:
    """The run as Python: a script and a notebook, or the sentence that says why there is none."""
    if reason := script.refuses(view.config):
        st.caption(escape_markdown(reason))
        return
    with_data = script.needs_data(view.config)
    if with_data and visitor.masked():
        return  # the data lie in a folder that this visitor must not read of
    recipe = past.recipe(with_data)
    endings = ("script.zip", "notebook.zip") if with_data else ("py", "ipynb")
    row(
        _("Code"),
        (_("Python script"), endings[0], lambda: script.packed(recipe())),
        (_("Notebook"), endings[1], lambda: script.packed(recipe(), script.NOTEBOOK)),
        about=_(
            "Plain PyTorch, made from the source that runs, with what these knobs never come to left out. It begins at "
            "step 0 with the knobs as they are now, and has the same losses as a run here. Read it from top to bottom."
        ),
    )


def _model(view: View, row: Callable[..., None]) -> None:
    """G to use elsewhere."""
    if not script.refuses(view.config):
        row(
            _("Model"),
            (_("G as safetensors"), "model.zip", partial(_model_zip, past.recipe(False, with_weights=True), view)),
            about=_("Averaged weights (EMA), the code that loads them, and a card: data, licence, metrics."),
        )


def _model_zip(recipe: Callable[[], Recipe], view: View) -> bytes:
    return script.model(recipe(), view)


def way_back(close: Callable[[], None]) -> None:
    """Open the zip of a run; `close` is called when it is open."""
    st.markdown(_("Choose the zip of a run that “Take home” made. It opens as a run of its own; this one stays."))
    file = st.file_uploader(_("Zip of a run"), type="zip", key="open_run")
    if said := aside.heard():
        st.warning(escape_markdown(said))
    if file is None or not st.button(_("Open"), key="open_yes", type="primary"):
        return
    if problem := past.open_run(file.getvalue()):
        st.warning(escape_markdown(problem), icon=":material/warning:")
    else:
        close()
        st.rerun()


def _scene(view: View, dark: bool) -> Scene:
    probability = OBJECTIVES[view.config["objective"]].probability
    return Scene(before_after.target(view), view.extent, probability, view.names, dark)


def _curves(view: View, dark: bool) -> plots.Curves:
    objective = OBJECTIVES[view.config["objective"]]
    levels = objective.equilibrium or ()
    return plots.Curves(view.history, view.user_events, "", levels, objective.probability, dark)


def _frames(views: tuple[View, ...]) -> list[Frame]:
    """What films are made of: the samples, those of a translation of pictures beside their inputs."""
    return [
        Frame(v.step, v.samples, v.labels, v.plane, v.modes, v.high_quality)
        for v in before_after.beside(views)
        if v.samples is not None
    ]


def _before_after(view: View, note: str, dark: bool) -> bytes:
    return before_after.sheet(before_after.sections(view), step_text(view.step), note, dark)
