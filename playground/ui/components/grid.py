"""A stage of tiles: a table of samples that answers to the pointer, with what D looks at laid over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from playground.engine.messages import View
from playground.losses.objectives import OBJECTIVES
from playground.ui.charts import tiles
from playground.ui.components import frames
from playground.ui.style import DARK
from playground.utils.sample_grid import Layout
from playground.utils.translation import _

_mount = frames.register("grid", "grid_pixels")
HEAT = DARK.discriminator  # the bright one: pictures are as dark in a light theme


def grid(
    view: View,
    table: Layout,
    *,
    key: str,
    smooth: bool,
    caption: tuple[str, str],
    alt: str,
    asked: bool | None,
    source: dict[str, Any],
    on_weights: Callable[[], None],
) -> int | None:
    """Draw the samples of `view` as `table` says; gives the index of the sample, and its fixed z, clicked just now.

    `asked`: whether the page asks for what D looks at, None where there is no such thing. After a press of its switch
    `st.session_state[key]["saliency"]` is whether it is to ask from now on. `source` is the switch between the average
    of G and G as it is, see `frames.source`; `on_weights` is called after a press of it, with what was chosen in
    `frames.heard(key, "weights")`.
    """
    data = payload(view, table, smooth, caption, alt, asked) | {"source": source}
    result = _mount(
        key=key,
        data=frames.packed(data),
        height="stretch",
        on_picked_change=_nothing,
        on_saliency_change=_nothing,
        on_weights_change=on_weights,
    )
    picked: int | None = result.picked
    return picked


def _nothing() -> None:
    """Streamlit keeps only values that somebody listens to."""


def payload(
    view: View, table: Layout, smooth: bool, caption: tuple[str, str], alt: str, asked: bool | None
) -> dict[str, Any]:
    """What the browser gets of one View."""
    assert view.samples is not None
    rows, columns = table.places.shape
    scale = tiles.scale(view.samples, table.places, smooth)
    height, width = (scale * side for side in view.samples.shape[1:3])
    gap = tiles.gap(height, width)
    places = table.places.ravel().tolist()
    heat = ""
    if asked and view.saliency is not None:
        heat = tiles.heat(view.saliency, table.places, smooth, HEAT)
    return {
        "sheet": tiles.live(view.samples, table.places, smooth),
        "heat": heat,
        "asked": asked,
        "crisp": not smooth,
        "size": [columns * (width + gap) - gap, rows * (height + gap) - gap],
        "pitch": [width + gap, height + gap],
        "gap": gap,
        "columns": columns,
        "places": places,
        "heads": table.heads,
        "names": [_name(view, i) for i in places],
        "scores": [_score(view, i) for i in places],
        "probability": OBJECTIVES[view.config["objective"]].probability,
        "caption": caption,
        "text": {
            "alt": alt,
            "keys": _("Arrow keys move, Enter chooses."),
            "switch": _("What D looks at"),
            "help": _("The pixels on which D's score of each sample hangs most"),
        },
    }


def _name(view: View, index: int) -> str:
    """The class of a sample, "" where there is none."""
    if view.labels is None or index < 0:
        return ""
    label = int(view.labels[index])
    return view.names[label] if label < len(view.names) else str(label)


def _score(view: View, index: int) -> float | None:
    if view.scores is None or not 0 <= index < len(view.scores):
        return None
    return round(float(np.nan_to_num(view.scores[index])), 4)
