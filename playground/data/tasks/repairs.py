"""Pictures that were damaged, and G repairs them: a hidden part, few pixels, noise, blur."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.data.tasks.record import Task
from playground.utils.lazy_torch import torch

if TYPE_CHECKING:
    from playground.data.tasks.record import Pictures
    from playground.utils.random_streams import RandomStreams

NOISE = 2.0  # the standard deviation at strength 1
BLUR = 0.16  # of the side: the standard deviation at strength 1
STROKES, POINTS = 3, 12  # lines in a picture, and discs along each
THICK = 0.16  # of the side: the radius of a line at strength 1


def hide(x: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """Pictures (n, c, h, w) whose `hidden` (n, 1, h, w) pixels are mid-grey, and the mask; (n, c + 1, h, w)."""
    return torch.cat([x * (1 - hidden), hidden], 1)


def _grid(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The heights (h, 1) and the places from left to right (1, w) of the pixels' centres, from 0 to 1."""
    h, w = x.shape[-2:]
    rows = (torch.arange(h, device=x.device) + 0.5) / h
    columns = (torch.arange(w, device=x.device) + 0.5) / w
    return rows[:, None], columns[None]


def _half(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """The lower part is hidden."""
    row, column = _grid(x)
    hidden = (row + 0 * column > 1 - amount).to(x.dtype)
    return hide(x, hidden.expand(len(x), 1, *hidden.shape))


def _square(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """A square at a random place is hidden."""
    row, column = _grid(x)
    corner = draws.uniform(len(x), 2, 1, 1) * (1 - amount)
    top, left = corner[:, :1], corner[:, 1:]
    inside = (row >= top) & (row < top + amount) & (column >= left) & (column < left + amount)
    return hide(x, inside.to(x.dtype))


def _strokes(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """Lines between random places are hidden."""
    row, column = _grid(x)
    ends = draws.uniform(len(x), STROKES, 2, 2)  # lines, ends, (row, column)
    along = torch.linspace(0, 1, POINTS, device=x.device)[:, None]
    discs = torch.lerp(ends[:, :, None, 0], ends[:, :, None, 1], along).flatten(1, 2)
    distance = (row - discs[..., 0, None, None]).square() + (column - discs[..., 1, None, None]).square()
    return hide(x, (distance.amin(1, keepdim=True) < (THICK * amount).square()).to(x.dtype))


def _fewer(factor: int) -> Pictures:
    def fewer(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
        """The mean of each block of pixels, in all of its pixels; blocks at the edge may be smaller."""
        small = torch.nn.functional.avg_pool2d(x, factor, ceil_mode=True)
        large = small.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
        return large[..., : x.shape[-2], : x.shape[-1]]

    return fewer


def _noise(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """Normal noise on every pixel."""
    return x + NOISE * amount * draws.normal(len(x), *x.shape[1:])


def _blur(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """A Gaussian blur; the edge goes on beyond the picture."""
    side = min(x.shape[-2:])
    sigma = (BLUR * side * amount).clamp_min(1e-3)
    reach = max(1, min(int(2 * BLUR * side), side - 1))
    at = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    weights = (-(at / sigma).square() / 2).exp()
    weights = weights / weights.sum()
    c = x.shape[1]
    x = torch.nn.functional.pad(x, (reach,) * 4, mode="replicate")
    x = torch.nn.functional.conv2d(x, weights.view(1, 1, 1, -1).expand(c, 1, 1, -1), groups=c)
    return torch.nn.functional.conv2d(x, weights.view(1, 1, -1, 1).expand(c, 1, -1, 1), groups=c)


def _hidden(c: int) -> tuple[int, int]:
    return c + 1, c


TASKS = (
    Task("inpaint-half", "Fill the hidden half", "G sees the upper part of a picture and draws the lower part.",
         _half, channels=_hidden, masked=True, strength="How much of the height is hidden.", order=1),
    Task("inpaint-square", "Fill a hidden square", "A square at a random place is hidden; G fills it.",
         _square, channels=_hidden, masked=True, strength="The side of the square as a share of the picture.", order=2),
    Task("inpaint-strokes", "Fill hidden strokes", "Random lines are hidden; G fills them.",
         _strokes, channels=_hidden, masked=True, strength="The thickness of the lines.", order=3),
    Task("superres-2", "Super-resolution ×2", "G sees blocks of 2×2 pixels and draws the single ones.",
         _fewer(2), factor=2, order=4),
    Task("superres-4", "Super-resolution ×4", "G sees blocks of 4×4 pixels and draws the single ones.",
         _fewer(4), factor=4, order=5),
    Task("denoise", "Remove noise", "G sees a picture with noise and draws it without.",
         _noise, strength="At 0.5 its standard deviation is half of the way from black to white.", order=6),
    Task("deblur", "Sharpen", "G sees a blurred picture and draws it sharp.",
         _blur, strength="The width of the blur.", order=7),
)  # fmt: skip
