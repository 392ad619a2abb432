"""U-Net and patch critic (Isola et al., pix2pix, 2017), for pictures whose sides can be halved.

`width` is the number of channels after the first halving; it doubles with each. `depth` is the number of halvings, at
most as many as both sides allow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.models.dcgan import stages
from playground.models.family import Family, Shape
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig


def refuses(config: RunConfig, shape: Shape) -> str:
    """Why samples of this shape cannot be translated by halving their sides; "" if they can."""
    if len(shape) != 3:
        return _("These networks translate images, and this data are 2-D points. Choose the MLP.")
    if not halvings(shape, 1):
        words = _("These networks need images with even sides of at least 8 pixels; these are {h}×{w}. Choose the MLP.")
        return words.format(h=shape[1], w=shape[2])
    return ""


def halvings(shape: Shape, depth: int) -> int:
    """How often both sides of pictures are halved."""
    return min(stages(side, depth) for side in shape[1:])


def _translator(config: RunConfig, given: Shape, shape: Shape) -> torch.nn.Module:
    from playground.models import translators

    n = halvings(given, config.g_depth)
    return translators.UNet(given[0], shape[0], config.g_width, n, config.g_norm, config.g_activation)


def critic(config: RunConfig, shape: Shape) -> torch.nn.Module:
    """A critic of patches, or of the whole picture."""
    from playground.models import translators

    n, side = halvings(shape, config.d_depth), (shape[1], shape[2])
    return translators.patches(shape[0], config.d_width, n, config.d_norm, config.d_activation, side, config.d_patches)


FAMILY = Family(
    key="unet",
    label="U-Net",
    why="For translations: down and up again, with short cuts that keep what is sharp. D judges patches.",
    modalities=("images",),
    refuses=refuses,
    translator=_translator,
    critic=critic,
)
