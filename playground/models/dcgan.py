"""DCGAN with 4 x 4 kernels and stride 2 (Radford et al., 2016), for images of 8 x 8 to 64 x 64.

`width` is the number of channels next to the image; it doubles with every halving of the side. `depth` is the number of
halvings, at most as many as the side allows (never below 4, never from an odd side).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from playground.models.family import Family, Shape
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig


def stages(side: int, depth: int) -> int:
    """How often `side` is halved: `depth` times at most, not below 4, and only while it is even."""
    n = 0
    while n < depth and side % 2 == 0 and side // 2 >= 4:
        side, n = side // 2, n + 1
    return n


def _refuses(config: RunConfig, shape: Shape) -> str:
    if len(shape) != 3:
        return _("DCGAN makes images, and this data are 2-D points. Choose the MLP.")
    height, width = shape[1:]
    if height != width or not 8 <= height <= 64 or height % 2:
        return _(
            "DCGAN needs square images with an even side of 8 to 64 pixels; these are {h}×{w}. Choose the MLP."
        ).format(h=height, w=width)
    return ""


def _generator(config: RunConfig, inputs: int, shape: Shape) -> torch.nn.Module:
    from playground.models import blocks

    n = stages(shape[1], config.g_depth)
    side = shape[1] >> n
    channels = config.g_width << (n - 1)
    layers: list[torch.nn.Module] = [
        torch.nn.Linear(inputs, channels * side * side),
        torch.nn.Unflatten(1, (channels, side, side)),
    ]
    for _stage in range(n):
        layers += blocks.norm(config.g_norm, channels, images=True)
        layers.append(blocks.activation(config.g_activation))
        out = channels // 2 if _stage < n - 1 else shape[0]
        layers.append(torch.nn.ConvTranspose2d(channels, out, 4, stride=2, padding=1))
        channels = out
    return torch.nn.Sequential(*layers)


def _features(config: RunConfig, shape: Shape) -> tuple[torch.nn.Sequential, int]:
    from playground.models import blocks

    channels, out = shape[0], config.d_width
    layers: list[torch.nn.Module] = []
    n = stages(shape[1], config.d_depth)
    for stage in range(n):
        if config.minibatch_std and stage == n - 1:
            layers.append(blocks.MinibatchStd())
            channels += 1
        layers.append(torch.nn.Conv2d(channels, out, 4, stride=2, padding=1))
        if stage:  # no normalisation next to the image
            layers += blocks.norm(config.d_norm, out, images=True)
        layers += [blocks.activation(config.d_activation), blocks.Dropout()]
        channels, out = out, 2 * out
    side = shape[1] >> n
    return torch.nn.Sequential(*layers, torch.nn.Flatten()), prod((channels, side, side))


FAMILY = Family(
    key="dcgan",
    label="DCGAN",
    why="Strided 4×4 convolutions: neighbouring pixels share weights.",
    modalities=("images",),
    refuses=_refuses,
    generator=_generator,
    features=_features,
)
