"""What a modality registers in this room, and what holds for one that does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from playground.engine.messages import Frame
from playground.export.frame import Paint, Scene
from playground.export.modalities import tiled


@dataclass(frozen=True)
class InFile:
    """How pictures and films show samples of one modality.

    `painter(scene, like, side, bands)` draws frames like this one, about `side` pixels large. Below it, `marks` are
    explained if there are any. Where samples `move`, they go in straight lines from one frame of a film to the next.
    `sheet(samples, real, extent)` is one picture of samples. `walk(samples, scene, chosen, strip)` gives the pictures
    of the chosen frames of a walk, (height, width) or (height, width, 3) uint8, small ones for a `strip`.
    """

    key: str
    painter: Callable[[Scene, Frame, int, int], Paint] = tiled.painter
    marks: bool = False
    move: bool = False
    grey: Callable[[np.ndarray], bool] = tiled.grey  # whether samples have no colour
    sheet: Callable[[np.ndarray, np.ndarray | None, float], Image.Image] = tiled.picture
    walk: Callable[[np.ndarray, Scene, Sequence[int], bool], list[np.ndarray]] = tiled.walk
