"""A norm-free residual pair in the manner of R3GAN (Huang et al., 2024), for images of 28 x 28 to 64 x 64.

`width` is the number of channels next to the image; it doubles with every halving of the side, up to eight times.
`depth` is the number of halvings, at most as many as the side allows. Each residual branch starts at zero, images are
resampled with a [1, 2, 1] filter, and G has no tanh. The knobs of normalisation other than "spectral" do nothing here.

A translation has none of this: its G is `translators.residual`, for whatever a U-Net can take.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from playground.models import unet
from playground.models.dcgan import stages
from playground.models.family import Family, Shape
from playground.utils.lazy_torch import torch
from playground.utils.translation import _

if TYPE_CHECKING:
    from playground.config.run_config import RunConfig


def _refuses(config: RunConfig, shape: Shape) -> str:
    if len(shape) != 3:
        return _("The residual networks make images, and this data are 2-D points. Choose the MLP.")
    height, width = shape[1:]
    if height != width or not 28 <= height <= 64 or height % 2:
        return _(
            "The residual networks need square images with an even side of 28 to 64 pixels; these are {h}×{w}."
        ).format(h=height, w=width)
    return ""


def _channels(width: int, stage: int) -> int:
    """Channels after `stage` halvings."""
    return width * min(1 << stage, 8)


def _generator(config: RunConfig, inputs: int, shape: Shape) -> torch.nn.Module:
    from playground.models import blocks, residual

    n = stages(shape[1], config.g_depth)
    side, channels = shape[1] >> n, _channels(config.g_width, n)
    layers: list[torch.nn.Module] = [
        torch.nn.Linear(inputs, channels * side * side),
        torch.nn.Unflatten(1, (channels, side, side)),
    ]
    for stage in reversed(range(n)):
        out = _channels(config.g_width, stage)
        layers += [residual.Block(channels, config.g_activation), residual.Up(channels, out)]
        channels = out
    layers += [residual.Block(channels, config.g_activation), blocks.activation(config.g_activation)]
    return torch.nn.Sequential(*layers, torch.nn.Conv2d(channels, shape[0], 3, padding=1))


def _features(config: RunConfig, shape: Shape) -> tuple[torch.nn.Sequential, int]:
    from playground.models import blocks, residual

    n = stages(shape[1], config.d_depth)
    channels = config.d_width
    layers: list[torch.nn.Module] = [torch.nn.Conv2d(shape[0], channels, 3, padding=1)]
    for stage in range(n):
        out = _channels(config.d_width, stage + 1)
        layers += [residual.Block(channels, config.d_activation), blocks.Dropout(), residual.Down(channels, out)]
        channels = out
    side = shape[1] >> n
    if config.minibatch_std:
        layers.append(blocks.MinibatchStd())
        channels += 1
    layers += [residual.Block(channels, config.d_activation), blocks.activation(config.d_activation)]
    return torch.nn.Sequential(*layers, torch.nn.Flatten()), prod((channels, side, side))


def _translator(config: RunConfig, given: Shape, shape: Shape) -> torch.nn.Module:
    from playground.models import translators

    n = unet.halvings(given, config.g_depth)
    return translators.residual(given[0], shape[0], config.g_width, n, config.g_norm, config.g_activation)


FAMILY = Family(
    key="resnet",
    label="Residual",
    why="Residual blocks without normalisation, as in R3GAN. Needs R1 and R2.",
    modalities=("images",),
    refuses=_refuses,
    generator=_generator,
    features=_features,
    translator=_translator,
    critic=unet.critic,
    refuses_given=unet.refuses,  # G is another one there: see `translators.residual`
    tanh=False,
    norms=False,
)
