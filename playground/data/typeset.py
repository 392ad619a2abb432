"""Typeset digits and letters, 28 x 28: Pillow's built-in font (Aileron) in many sizes, slants, weights and warps.

Each glyph is drawn once in every weight, large; a sample looks one of these up through a grid of its own, which is
turned, scaled, slanted, shifted and bent by a smooth random field (the elastic distortion of Simard et al., 2003).
The digits are there with 16 x 16 pixels, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from string import ascii_uppercase, digits

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from playground.data.cache import Images, cached
from playground.data.dataset import Dataset, Progress, Samples
from playground.utils.lazy_torch import torch

SIDE, SIZE = 28, {digits: 20_000, ascii_uppercase: 26_000}
SMALL = 16  # pixels a side of the small digits
DIGITS = "typeset-digits"
CANVAS, FONT, WEIGHTS = 112, 80, (0, 1, 2, 3)  # pixels of a large drawing; added around a stroke
BLOCK = 1000  # samples made at once: bounds the memory


def glyphs(characters: str) -> torch.Tensor:
    """Large drawings in [0, 1], centred: (characters, weights, CANVAS, CANVAS)."""
    font = ImageFont.load_default(size=FONT)
    drawings = []
    for character in characters:
        for weight in WEIGHTS:
            left, top, right, bottom = font.getbbox(character)
            picture = Image.new("L", (CANVAS, CANVAS))
            place = (CANVAS - left - right) / 2, (CANVAS - top - bottom) / 2
            ImageDraw.Draw(picture).text(place, character, fill=255, font=font, stroke_width=weight)
            drawings.append(np.array(picture))
    stack = torch.from_numpy(np.stack(drawings)).float() / 255
    return stack.view(len(characters), len(WEIGHTS), CANVAS, CANVAS)


def render(characters: str, n: int, progress: Progress) -> Images:
    """The first `n` samples; the class of a sample is the place of its character. The same in every call.

    `progress` is told how many of the `n` are drawn; what it raises ends the drawing.
    """
    g, drawings = torch.Generator().manual_seed(0), glyphs(characters)
    blocks = []
    for start in range(0, n, BLOCK):
        progress(start, n)
        blocks.append(_block(drawings, g))
    progress(n, n)
    images, labels = (torch.cat(parts)[:n].numpy() for parts in zip(*blocks, strict=True))
    return images, labels.astype(np.uint8)


def _block(drawings: torch.Tensor, g: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """BLOCK images, uint8 (BLOCK, 1, SIDE, SIDE), and their classes."""

    def between(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(BLOCK, generator=g)

    y = torch.randint(len(drawings), (BLOCK,), generator=g)
    weight = torch.randint(len(WEIGHTS), (BLOCK,), generator=g)
    # From a place in the sample to the place in the drawing, both in [-1, 1]: the inverse of what one sees.
    turn, slant = between(-0.12, 0.12), between(-0.1, 0.4)
    wide, high, right, down = between(0.9, 1.2), between(1, 1.3), between(-0.1, 0.1), between(-0.1, 0.1)
    back = torch.stack([turn.cos(), turn.sin(), -turn.sin(), turn.cos()], 1).view(-1, 2, 2)
    upright = torch.stack([1 / wide, slant / wide, 0 * wide, 1 / high], 1).view(-1, 2, 2)
    inverse = upright @ back
    shift = -inverse @ torch.stack([right, down], 1)[:, :, None]
    fine = 2 * SIDE  # twice as fine as the sample, then averaged: smooth edges
    grid = torch.nn.functional.affine_grid(torch.cat([inverse, shift], 2), [BLOCK, 1, fine, fine], align_corners=False)
    bend = 0.05 * torch.randn(BLOCK, 2, 5, 5, generator=g)
    bend = torch.nn.functional.interpolate(bend, (fine, fine), mode="bicubic", align_corners=True)
    x = torch.nn.functional.grid_sample(drawings[y, weight][:, None], grid + bend.movedim(1, 3), align_corners=False)
    x = torch.nn.functional.avg_pool2d(x, 2)
    return (x * 255).round().to(torch.uint8), y


def _read(name: str, characters: str, source: str, progress: Progress) -> Samples:
    n, classes = SIZE[characters], len(characters)
    images, labels = cached(name, (n, 1, SIDE, SIDE), classes, lambda tell: render(characters, n, tell), progress)
    return Samples(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)), classes)


def _small(source: str, progress: Progress) -> Samples:
    """The digits with a border, each 2 x 2 pixels as one."""
    samples = _read(f"{DIGITS}-1", digits, source, progress)
    wide = torch.nn.functional.pad(samples.x, ((2 * SMALL - SIDE) // 2,) * 4)
    return replace(samples, x=torch.nn.functional.avg_pool2d(wide.float(), 2).round().to(torch.uint8))


def _dataset(
    key: str, label: str, characters: str, side: int = SIDE, read: Callable[[str, Progress], Samples] | None = None
) -> Dataset:
    return Dataset(
        key=key,
        label=label,
        kind="images",
        read=read or partial(_read, f"{key}-1", characters),  # the number changes with what is rendered
        source="Rendered from Pillow's built-in font, Aileron Regular by Sora Sagano",
        licence="CC0 1.0",
        shape=(1, side, side),
        classes=len(characters),
        names=() if characters == digits else tuple(characters),
    )


DATASETS = (
    _dataset(DIGITS, "Typeset digits, 28×28", digits),
    _dataset("typeset-digits-16", "Typeset digits, 16×16", digits, SMALL, _small),
    _dataset("typeset-letters", "Typeset letters, 28×28", ascii_uppercase),
)
