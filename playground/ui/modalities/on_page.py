"""What a modality registers in this room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.engine.messages import Card, View

if TYPE_CHECKING:
    from playground.ui.components.scrubber import Planes
    from playground.ui.pages.train.display import Display

Stage = Callable[[View, "Display", str, dict[str, Any], Callable[[str], None]], int | None]


@dataclass(frozen=True)
class OnPage:
    """How pages show samples of one modality, and how many.

    `stage(view, settings, alt, source, turn)` draws the stage of the Train page and gives the index of the sample that
    was clicked just now; `source` is of `frames.source`, and `turn` is to be called with the key of its widget.
    `lane(view, key, alt, lanes, playing)` draws samples in one of so many lanes, `sheet(card, name)` those of a dataset
    of that name. `shape` says what samples of a shape are. `compared` says which {n} samples are compared with which
    {n} real ones, told whether G does not learn from these. `planes` is what surrounds the frames of a walk, None
    around tiles.
    """

    key: str
    here: str  # the title of the datasets that are always there
    tiled: bool  # whether samples are tiles, which a visitor may enlarge and follow through time
    stage: Stage
    shortcut: Callable[[], tuple[str, str]]  # keys of the stage, and what they do
    prepares: str  # what the metrics wait for, with the share {n} that is done; "" for nothing
    compared: Callable[[bool], str]
    lane: Callable[[View, str, str, int, bool], None]
    sheet: Callable[[Card, str], None]
    shape: Callable[[tuple[int, ...]], str]
    planes: Callable[[View], Planes | None]
    pool: int  # samples to pick from
    stops: int  # of a slider of one number of z
    finer: int  # times as many frames of a walk as of a walk of images
    truncated: int  # samples at each value of a truncation
