"""What a task of translation is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.utils.lazy_torch import torch

if TYPE_CHECKING:
    from playground.utils.random_streams import RandomStreams

Shape = tuple[int, ...]
Pictures = Callable[["torch.Tensor", "torch.Tensor", "RandomStreams"], "torch.Tensor"]


def same(x: torch.Tensor, amount: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """The samples as they are."""
    return x


@dataclass(frozen=True)
class Task:
    """`a(x, amount, draws)` makes G's input of samples x (n, *shape), `b` what its output should look like.

    Samples are as the networks see them: images (n, c, h, w) in [-1, 1], or points (n, 2). `amount` is a tensor () from
    0 to 1, the knob "Strength of the task"; `strength` says what it means, "" where it means nothing. Random numbers
    come from `draws` only. `channels` gives the channels of `a` and of `b` for images of c channels. Where `masked`,
    the last channel of `a` is 1 where the picture is hidden and 0 elsewhere. Where not `paired`, a sample of `a` has no
    partner in `b`. Where `partner`, b is made of a second set of data. Where `factor` is more than 1, each block
    of so many pixels a side of `a` is one value.
    """

    key: str
    label: str
    why: str
    a: Pictures = same
    b: Pictures = same
    channels: Callable[[int], tuple[int, int]] = lambda c: (c, c)
    strength: str = ""
    masked: bool = False
    paired: bool = True
    partner: bool = False
    factor: int = 1
    modality: str = "images"  # the key of the modality; "" for any
    order: int = 100

    def shapes(self, shape: Shape) -> tuple[Shape, Shape]:
        """The shapes of one sample of `a` and of one of `b`, made of samples of `shape`."""
        if len(shape) != 3:
            return shape, shape
        a, b = self.channels(shape[0])
        return (a, *shape[1:]), (b, *shape[1:])
