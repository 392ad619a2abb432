"""The DCGAN of the 28 x 28 tutorials: 5 x 5 kernels and a quarter-size stem of 4 x width channels.

At width 64 and 28 x 28 pixels that is 7 x 7 x 256, 7 x 7 x 128, 14 x 14 x 64, 28 x 28 x 1. The depths are fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.models.family import Family, Shape
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig


def _refuses(config: RunConfig, shape: Shape) -> str:
    if len(shape) != 3:
        return _("DCGAN makes images, and this data are 2-D points. Choose the MLP.")
    height, width = shape[1:]
    if height != width or not 8 <= height <= 64 or height % 4:
        return _(
            "The tutorial DCGAN needs square images with a side of 8 to 64 pixels that 4 divides; these are {h}×{w}."
        ).format(h=height, w=width)
    return ""


def _generator(config: RunConfig, inputs: int, shape: Shape) -> torch.nn.Module:
    from playground.models import blocks

    w, side = config.g_width, shape[1] // 4

    def hidden(channels: int) -> list[torch.nn.Module]:
        return [*blocks.norm(config.g_norm, channels, images=True), blocks.activation(config.g_activation)]

    def up(channels: int, out: int, stride: int) -> torch.nn.Module:
        return torch.nn.ConvTranspose2d(channels, out, 5, stride=stride, padding=2, output_padding=stride - 1)

    return torch.nn.Sequential(
        torch.nn.Linear(inputs, 4 * w * side * side),
        torch.nn.Unflatten(1, (4 * w, side, side)),
        *hidden(4 * w),
        up(4 * w, 2 * w, 1),
        *hidden(2 * w),
        up(2 * w, w, 2),
        *hidden(w),
        up(w, shape[0], 2),
    )


def _features(config: RunConfig, shape: Shape) -> tuple[torch.nn.Sequential, int]:
    from playground.models import blocks

    w, std = config.d_width, config.minibatch_std
    return torch.nn.Sequential(
        torch.nn.Conv2d(shape[0], w, 5, stride=2, padding=2),
        blocks.activation(config.d_activation),
        blocks.Dropout(),
        *([blocks.MinibatchStd()] if std else []),
        torch.nn.Conv2d(w + std, 2 * w, 5, stride=2, padding=2),
        *blocks.norm(config.d_norm, 2 * w, images=True),
        blocks.activation(config.d_activation),
        blocks.Dropout(),
        torch.nn.Flatten(),
    ), 2 * w * (shape[1] // 4) ** 2


FAMILY = Family(
    key="dcgan-5x5",
    label="DCGAN of the tutorials",
    why="5×5 kernels on a 7×7 stem, as in the 28×28 tutorials. Slower than 4×4.",
    modalities=("images",),
    refuses=_refuses,
    generator=_generator,
    features=_features,
)
