"""Pictures of another look: colour, edges, thickness, ground; and other data."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING

from playground.data.tasks.record import Task
from playground.utils.lazy_torch import torch

if TYPE_CHECKING:
    from playground.data.tasks.record import Pictures
    from playground.utils.random_streams import RandomStreams

LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
RED, BLUE = (1.0, 0.15, 0.1), (0.1, 0.25, 1.0)
FINE = 24  # pixels a side from which two more of a stroke are not too many
SHADE = 0.3  # how much the brightness of a tint varies from picture to picture


def grey(x: torch.Tensor) -> torch.Tensor:
    """The brightness of pictures (n, 1 or 3, h, w); (n, 1, h, w)."""
    if x.shape[1] == 1:
        return x
    return (x * torch.tensor(LUMA, device=x.device, dtype=x.dtype).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _grey(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    return grey(x)


def _colour(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    return x if x.shape[1] == 3 else x.expand(-1, 3, -1, -1)


def _edges(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """How fast the brightness changes (Sobel), from -1 where it does not to 1."""
    rise = torch.tensor([[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]], device=x.device, dtype=x.dtype) / 4
    kernels = torch.stack([rise, rise.T])[:, None]
    padded = torch.nn.functional.pad(grey(x), (1, 1, 1, 1), mode="replicate")
    slope = torch.nn.functional.conv2d(padded, kernels).square().sum(1, keepdim=True)
    return 2 * (slope + 1e-12).sqrt().clamp(0, 1) - 1


def _inverse(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    return -x


def _tinted(colour: tuple[float, float, float]) -> Pictures:
    def tint(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
        """The brightest channel of each pixel in one colour, of a random shade for each picture."""
        light = (x.amax(1, keepdim=True) + 1) / 2
        shade = 1 - SHADE * draws.uniform(len(x), 1, 1, 1)
        paint = torch.tensor(colour, device=x.device, dtype=x.dtype).view(1, 3, 1, 1)
        return 2 * light * shade * paint - 1

    return tint


def _bold(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """Every pixel as bright as the brightest one beside it: bright strokes get thicker by two pixels.

    Of small pictures by one: there it closed the holes of letters, and the thin ones could not be told again.
    """
    small = min(x.shape[-2:]) < FINE
    if small:
        x = x.repeat_interleave(2, -2).repeat_interleave(2, -1)
    x = torch.nn.functional.max_pool2d(x, 3, stride=1, padding=1)
    return torch.nn.functional.avg_pool2d(x, 2) if small else x


def _turned(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """Points (n, 2) turned around the origin by `amount` times 180 degrees."""
    cos, sin = (pi * amount).cos(), (pi * amount).sin()
    return torch.stack([cos * x[:, 0] - sin * x[:, 1], sin * x[:, 0] + cos * x[:, 1]], 1)


def _one_and_three(c: int) -> tuple[int, int]:
    return 1, 3


TASKS = (
    Task("colourise", "Grey to colour", "G sees the brightness of a picture and paints it.",
         _grey, _colour, _one_and_three, order=10),
    Task("edges", "Edges to picture", "G sees where the brightness changes and draws the picture.",
         _edges, channels=lambda c: (1, c), order=11),
    Task("inverse", "Black to white", "G turns a picture with a dark ground into one with a bright ground.",
         b=_inverse, order=12),
    Task("red-blue", "Red to blue", "G turns red pictures into blue ones.",
         _tinted(RED), _tinted(BLUE), lambda c: (3, 3), order=13),
    Task("thin-bold", "Thin to bold", "G turns thin strokes into bold ones.", b=_bold, order=14),
    Task("between", "To other data", "G turns samples of the dataset into samples of another, or of other classes.",
         paired=False, partner=True, modality="", order=20),
    Task("turn", "Turned", "G turns points around the middle of the plane.",
         b=_turned, strength="At 0.5 a quarter turn, at 1 half a turn.", modality="points", order=21),
)  # fmt: skip
