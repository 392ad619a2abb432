"""What a modality registers in this room, and what holds for one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playground.engine.messages import Card, View
from playground.ui.modalities import tiled as by_tiles
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.ui.components.board import Miniature
    from playground.ui.components.scrubber import Planes
    from playground.ui.pages.train.display import Display

Stage = Callable[[View, "Display", str, dict[str, Any], Callable[[str], None]], int | None]


def _compared(unseen: bool) -> str:
    if unseen:
        return _("{n} generated samples, {n} real ones from which G does not learn.")
    return _("{n} generated samples, {n} real ones: training samples.")


@dataclass(frozen=True)
class OnPage:
    """How pages show samples of one modality, by which components, and how many.

    `stage(view, settings, alt, source, turn)` draws the stage of the Train page and gives the index of the sample that
    was clicked just now; `source` is of `frames.source`, and `turn` is to be called with the key of its widget.
    `lane(view, key, alt, lanes, playing)` draws samples in one of so many lanes, `sheet(card, name)` those of a dataset
    of that name; `miniature(view)` is a small picture of few bytes. `shape` says what samples of a shape are.
    `compared` says which {n} samples are compared with which {n} real ones, told whether G does not learn from these.
    `planes` is what surrounds the frames of a walk, None around tiles, as which all tools of the Latent page can draw
    what has them.
    """

    key: str
    stage: Stage = by_tiles.stage
    tiled: bool = True  # whether the stage shows tiles, which a visitor may enlarge and follow through time
    shortcut: Callable[[], tuple[str, str]] = by_tiles.shortcut  # keys of the stage, and what they do
    prepares: str = ""  # what the metrics wait for, with the share {n} that is done; "" for nothing
    compared: Callable[[bool], str] = _compared
    distance: str = "Sliced Wasserstein distance; less is better"  # by which lanes of a race are compared
    lane: Callable[[View, str, str, int, bool], None] = by_tiles.lane
    miniature: Callable[[View], Miniature] = by_tiles.miniature
    sheet: Callable[[Card, str], None] = by_tiles.sheet
    shape: Callable[[tuple[int, ...]], str] = lambda shape: "×".join(map(str, shape))
    planes: Callable[[View], Planes | None] = lambda view: None
    pool: int = 40  # samples to pick from
    stops: int = 13  # of a slider of one number of z
    finer: int = 1  # times as many frames of a walk as of a walk of images
    truncated: int = 16  # samples at each value of a truncation
