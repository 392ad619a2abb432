"""What D says of one sample where it judges several at once: a pack, or a minibatch whose spread it sees.

In the game D never judges a sample alone: it sees it with other samples of its kind, real or generated. On show the
sample must be judged in the same company, and not with whatever is shown beside it. So the others are samples of the
run that stay the same from call to call, in sets of as many as the game has. A set has a place for the sample:

    pack of m:               m - 1 partners
    minibatch std, groups g: g - 1 other samples, or packs of m
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from playground.config.run_config import RunConfig
from playground.models.blocks import Discriminator, Spread, std_group

SHARED = 8  # sets in which every sample is judged where all have the same company
MOST = 8192  # other samples at most, in all sets together


class Company(NamedTuple):
    """Sets of other samples for one sample: its partners (sets, m - 1, c, ...), and the spread of the rest."""

    partners: torch.Tensor
    spread: Spread | None


def others(config: RunConfig) -> int:
    """How many other samples one sample is judged with in the game; 0 where D judges each by itself."""
    return config.pack * _group(config) - 1


def own_sets(config: RunConfig, most: int) -> int:
    """How many sets there are where each sample has its own; after so many samples they repeat."""
    return max(1, min(most, MOST // others(config)))


def company(D: Discriminator, x: torch.Tensor, y: torch.Tensor | None, config: RunConfig) -> Company:
    """Sets made of the samples x (sets * others(config), c, ...) with labels y."""
    each, m, shape = others(config), config.pack, x.shape[1:]
    x = x.view(-1, each, *shape)
    if not config.minibatch_std:
        return Company(x, None)
    n, count = len(x), _group(config) - 1
    packs = x[:, m - 1 :].reshape(n * count, m * shape[0], *shape[1:])
    h = D.begin(packs, None if y is None else y.view(n, each).flatten())  # labels are there for packs of one only
    h = h.view(n, count, *h.shape[1:])
    if not count:  # a batch of one pack, which varies by nothing
        return Company(x[:, : m - 1], Spread(h.new_zeros(n, *h.shape[2:]), h.new_zeros(n, *h.shape[2:]), 0))
    return Company(x[:, : m - 1], Spread(h.mean(1), h.var(1, correction=0), count))


def each_in_its_own(D: Discriminator, x: torch.Tensor, y: torch.Tensor | None, company: Company) -> torch.Tensor:
    """D's logits (n,) of samples x (n, c, ...), the i-th judged in set i: they spread as the scores of the game do."""
    place = torch.arange(len(x), device=x.device) % len(company.partners)
    return D.finish(D.begin(_packed(x, company.partners, place), y), y, _of(company.spread, place)).logits


def each_in_all(D: Discriminator, x: torch.Tensor, y: torch.Tensor | None, company: Company) -> torch.Tensor:
    """D's logits (n,) of samples x (n, c, ...), each the mean over all sets: they depend on the sample alone."""
    m = company.partners.shape[1] + 1
    h = D.begin(x, y) if m == 1 else x
    logits = []
    for k in range(len(company.partners)):
        place = torch.full((len(x),), k, device=x.device)
        inside = h if m == 1 else D.begin(_packed(x, company.partners, place), y)
        logits.append(D.finish(inside, y, _of(company.spread, place)).logits)
    return torch.stack(logits).mean(0)


def _group(config: RunConfig) -> int:
    """How many packs of a batch D compares."""
    return std_group(config.batch_size // config.pack) if config.minibatch_std else 1


def _packed(x: torch.Tensor, partners: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
    """Packs (n, m c, ...) of each sample with the partners in its set; first in set 0, second in set 1, ..."""
    m = partners.shape[1] + 1
    if m == 1:
        return x
    together = torch.cat([x.unsqueeze(1), partners[place]], 1)
    at, slot = (place % m).unsqueeze(1), torch.arange(m, device=x.device)
    order = torch.where(slot < at, slot + 1, torch.where(slot == at, 0, slot))
    together = together[torch.arange(len(x), device=x.device).unsqueeze(1), order]
    return together.flatten(1, 2)


def _of(spread: Spread | None, place: torch.Tensor) -> Spread | None:
    return None if spread is None else Spread(spread.mean[place], spread.variance[place], spread.size)
