"""Real samples to compare generated ones with, and others of them that tell what can be reached."""

from __future__ import annotations

import torch

from playground.data import Samples


def halves(samples: Samples, most: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The places of two sets (n,) of real samples that share none, always the same; n <= `most`.

    Samples that a run draws several times as often are there so often, all in one of the sets.
    """
    order = torch.randperm(len(samples.x), generator=torch.Generator().manual_seed(0))
    sets = order[::2], order[1::2]
    if samples.index is not None:
        times = torch.bincount(samples.index, minlength=len(samples.x))
        sets = _repeated(sets[0], times), _repeated(sets[1], times)
    n = min(most, *map(len, sets))
    return sets[0][:n], sets[1][:n]


def _repeated(places: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
    drawn = places.repeat_interleave(times[places])
    return drawn[torch.randperm(len(drawn), generator=torch.Generator().manual_seed(1))]
