"""Images on pages: as tiles, with what D looks at."""

from __future__ import annotations

from functools import partial

from playground.data.modality import IMAGES
from playground.ui.modalities import tiled
from playground.ui.modalities.on_page import OnPage
from playground.utils.translation import _


def _compared(unseen: bool) -> str:
    if unseen:
        return _("{n} generated images, {n} real ones from which G does not learn.")
    return _("{n} generated images, {n} real ones: training images, as G learns from all of the data.")


def _shape(shape: tuple[int, ...]) -> str:
    colour = _("grey") if shape[0] == 1 else _("RGB")
    return f"{shape[2]}×{shape[1]}, {colour}"


ON_PAGE = OnPage(
    IMAGES.key,
    stage=partial(tiled.stage, saliency=True),
    prepares="The metrics need a small network that knows these images. It learns while you train: {n} %.",
    compared=_compared,
    distance="Sliced Wasserstein distance of pixels; less is better",
    shape=_shape,
)
