"""The stage of the Train page: the points in their plane, or the grid of images, and a line that explains them."""

from __future__ import annotations

import streamlit as st

from playground.engine.messages import View
from playground.ui import past, session
from playground.ui.components import frames
from playground.ui.components.grid import grid
from playground.ui.components.plane import plane
from playground.ui.pages.train.display import Display
from playground.utils.sample_grid import by_class
from playground.utils.translation import _

GRID, PLANE = "grid", "plane"  # the keys of the table of images and of the plane


def render(view: View | None, settings: Display) -> int | None:
    """Draw the stage, or what takes its place while there is nothing to show.

    Gives the index of the fixed z whose image was clicked just now, else None.
    """
    if view is None or view.status == "loading":
        st.html(f'<div class="empty">{_("The engine is starting …")}</div>')
    elif view.samples is None:
        st.html(f'<div class="empty">{_("There is nothing to show yet.")}</div>')
    elif view.kind == "points":
        plane(
            view,
            key=PLANE,
            alt=_alt(view),
            playing=session.playing(),
            source=frames.source(view, _held()),
            on_weights=lambda: _turn(PLANE),
        )
    else:
        table = by_class(view.labels, view.names, settings.rows, settings.columns, len(view.samples))
        caption = _caption(view, settings)
        return grid(
            view,
            table,
            key=GRID,
            smooth=settings.smooth,
            caption=caption,
            alt=_alt(view),
            asked=asks_saliency(),
            source=frames.source(view, _held()),
            on_weights=lambda: _turn(GRID),
        )
    return None


def asks_saliency() -> bool:
    """Whether the visitor wants to see what D looks at."""
    return bool(st.session_state.get(GRID, {}).get("saliency"))


def _held() -> str:
    """Why one cannot choose here whose samples are drawn; "" if one can."""
    return "" if past.looking() is None else _("A moment shows samples of G with averaged weights (EMA).")


def _turn(key: str) -> None:
    """Draw the samples of the weights that were chosen on the stage."""
    if chosen := frames.heard(key, "weights"):
        session.draw_from(chosen)


def _caption(view: View, settings: Display) -> tuple[str, str]:
    """What the images are."""
    in_columns = _("classes in columns") if view.classes <= settings.columns else _("one class after the other")
    return _("Samples"), in_columns if view.classes else _("from fixed z")


def _alt(view: View) -> str:
    return _("Samples that G makes at step {step}").format(step=view.step)
