"""Samples on pages as tiles in a table, see `tiles_of`."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from PIL import Image

from playground.data.modality import tiles_of
from playground.engine.messages import Card, View
from playground.ui import past
from playground.ui.charts import tiles
from playground.ui.components.board import Miniature
from playground.ui.components.grid import grid
from playground.ui.components.pairs import pairs, small_pairs
from playground.utils.sample_grid import by_class
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.ui.pages.train.display import Display

GRID, PAIRS = "grid", "pairs"  # the keys of the table on the stage, and of that of a translation
ROWS, COLUMNS = 6, {2: 10, 3: 8}  # in a lane, by the number of lanes; else as many columns as rows
SIDE = 3  # tiles in a row of a small picture
FEW, SMALL = SIDE**2, 16  # tiles of it, and the most pixels of a side of one
WIDE = 10  # with labels as many columns as classes, up to so many


def asks_saliency() -> bool:
    """Whether the visitor wants to see what D looks at."""
    return bool(st.session_state.get(GRID, {}).get("saliency"))


def stage(
    view: View,
    settings: Display,
    alt: str,
    source: dict[str, Any],
    turn: Callable[[str], None],
    saliency: bool = False,
) -> int | None:
    """The stage of the Train page. `saliency`: whether an engine can say what D looks at in a sample."""
    assert view.samples is not None
    if view.translation is not None:
        return _translations(view, settings, alt, source, turn)
    return grid(
        replace(view, samples=tiles_of(view.samples)),
        by_class(view.labels, view.names, settings.rows, settings.columns, len(view.samples)),
        key=GRID,
        smooth=settings.smooth,
        caption=_caption(view, settings),
        alt=alt,
        asked=asks_saliency() if saliency else None,
        source=source,
        on_weights=lambda: turn(GRID),
    )


def backwards() -> bool:
    """Whether the visitor looks at the way from B to A, where there is one."""
    return bool(st.session_state.get(PAIRS, {}).get("backwards"))


def _translations(
    view: View, settings: Display, alt: str, source: dict[str, Any], turn: Callable[[str], None]
) -> int | None:
    """The same for a run whose G is given samples."""
    return pairs(
        view,
        key=PAIRS,
        alt=alt,
        smooth=settings.smooth,
        most=(settings.rows, settings.columns),
        followed=past.tile(),
        backwards=backwards(),
        source=source,
        on_weights=lambda: turn(PAIRS),
    )


def _caption(view: View, settings: Display) -> tuple[str, str]:
    """What the tiles are."""
    in_columns = _("classes in columns") if view.classes <= settings.columns else _("one class after the other")
    return _("Samples"), in_columns if view.classes else _("from fixed z")


def shortcut() -> tuple[str, str]:
    """Keys of the stage, and what they do."""
    return "Enter", _("On a sample: follow it through time, as a click does")


def lane(view: View, key: str, alt: str, lanes: int, playing: bool) -> None:
    """Samples in one of so many lanes."""
    assert view.samples is not None
    if view.translation is not None:
        small_pairs(view, key=key, alt=alt)
        return
    wide = 1 <= len(view.names) <= WIDE
    columns = len(view.names) if wide else COLUMNS.get(lanes, ROWS)
    places, heads = by_class(view.labels, view.names, ROWS, columns, len(view.samples))
    st.html(tiles.html(tiles_of(view.samples), places, True, heads, alt))


def miniature(view: View) -> Miniature:
    """A few samples, as the board of a class shows them: about one kilobyte."""
    if view.samples is None:
        return Miniature()
    images = tiles_of(view.samples)
    images = images[np.linspace(0, len(images) - 1, min(len(images), FEW)).round().astype(int)]
    coarse = max(1, -(-max(images.shape[1:3]) // SMALL))
    places = np.resize(np.arange(len(images)), (SIDE, SIDE))
    whole, _pitch = tiles.sheet(images[:, ::coarse, ::coarse], places, smooth=False)
    file = io.BytesIO()
    Image.fromarray(whole if whole.shape[2] == 3 else whole[..., 0]).save(file, "JPEG", quality=60)
    return Miniature(file.getvalue())


def sheet(card: Card, name: str) -> None:
    """Samples of a dataset of that name."""
    assert card.sheet is not None
    places, heads = by_class(card.sheet_labels, card.names, 10, 10, len(card.sheet))
    places = places[(places >= 0).any(1)]
    alt = _("Samples of {name}").format(name=name)
    st.html(tiles.html(tiles_of(card.sheet), places, True, heads, alt))
