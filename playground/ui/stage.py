"""The stage of the Train page: the points in their plane, or the grid of images, and a line that explains them."""

from __future__ import annotations

import streamlit as st

from playground.engine.messages import View
from playground.grid import by_class
from playground.i18n import _
from playground.ui import session
from playground.ui.components.grid import grid
from playground.ui.components.plane import plane
from playground.ui.display import Display

GRID = "grid"  # the key of the table of images


def draw(view: View | None, settings: Display) -> int | None:
    """Draw the stage, or what takes its place while there is nothing to show.

    Gives the index of the fixed z whose image was clicked just now, else None.
    """
    if view is None or view.status == "loading":
        st.html(f'<div class="empty">{_("The engine is starting …")}</div>')
    elif view.samples is None:
        st.html(f'<div class="empty">{_("There is nothing to show yet.")}</div>')
    elif view.kind == "points":
        plane(view, key="plane", alt=_alt(view), playing=session.playing())
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
        )
    return None


def asks_saliency() -> bool:
    """Whether the visitor wants to see what D looks at."""
    return bool(st.session_state.get(GRID, {}).get("saliency"))


def _caption(view: View, settings: Display) -> tuple[str, str]:
    """What the images are."""
    source = _("Average of G (EMA)") if view.weights == "ema" else _("G as it is")
    in_columns = _("classes in columns") if view.classes <= settings.columns else _("one class after the other")
    return _("Samples"), f"{source}, {in_columns if view.classes else _('from fixed z')}"


def _alt(view: View) -> str:
    return _("Samples that G makes at step {step}").format(step=view.step)
