"""Images on pages: as tiles in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from playground.data.modality import IMAGES
from playground.engine.messages import Card, View
from playground.ui.charts import tiles
from playground.ui.components.grid import grid
from playground.ui.modalities.on_page import OnPage
from playground.utils.sample_grid import by_class
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.ui.pages.train.display import Display

GRID = "grid"  # the key of the table on the stage
ROWS, COLUMNS = 6, {2: 10, 3: 8}  # in a lane, by the number of lanes; else as many columns as rows
WIDE = 10  # with labels as many columns as classes, up to so many


def asks_saliency() -> bool:
    """Whether the visitor wants to see what D looks at."""
    return bool(st.session_state.get(GRID, {}).get("saliency"))


def _stage(view: View, settings: Display, alt: str, source: dict[str, Any], turn: Callable[[str], None]) -> int | None:
    assert view.samples is not None
    return grid(
        view,
        by_class(view.labels, view.names, settings.rows, settings.columns, len(view.samples)),
        key=GRID,
        smooth=settings.smooth,
        caption=_caption(view, settings),
        alt=alt,
        asked=asks_saliency(),
        source=source,
        on_weights=lambda: turn(GRID),
    )


def _caption(view: View, settings: Display) -> tuple[str, str]:
    """What the images are."""
    in_columns = _("classes in columns") if view.classes <= settings.columns else _("one class after the other")
    return _("Samples"), in_columns if view.classes else _("from fixed z")


def _compared(unseen: bool) -> str:
    if unseen:
        return _("{n} generated images, {n} real ones from which G does not learn.")
    return _("{n} generated images, {n} real ones: training images, as G learns from all of the data.")


def _lane(view: View, key: str, alt: str, lanes: int, playing: bool) -> None:
    assert view.samples is not None
    wide = 1 <= len(view.names) <= WIDE
    columns = len(view.names) if wide else COLUMNS.get(lanes, ROWS)
    places, heads = by_class(view.labels, view.names, ROWS, columns, len(view.samples))
    st.html(tiles.html(view.samples, places, True, heads, alt))


def _sheet(card: Card, name: str) -> None:
    assert card.sheet is not None
    places, heads = by_class(card.sheet_labels, card.names, 10, 10, len(card.sheet))
    places = places[(places >= 0).any(1)]
    alt = _("Samples of {name}").format(name=name)
    st.html(tiles.html(card.sheet, places, True, heads, alt))


def _shape(shape: tuple[int, ...]) -> str:
    colour = _("grey") if shape[0] == 1 else _("RGB")
    return f"{shape[2]}×{shape[1]}, {colour}"


ON_PAGE = OnPage(
    key=IMAGES.key,
    here="Images, built in",
    tiled=True,
    stage=_stage,
    shortcut=lambda: ("Enter", _("On a sample: follow it through time, as a click does")),
    prepares="A small network learns first what is in these images: {n} %. It works while you train.",
    compared=_compared,
    lane=_lane,
    sheet=_sheet,
    shape=_shape,
    planes=lambda view: None,
    pool=40,
    stops=13,
    finer=1,
    truncated=16,
)
