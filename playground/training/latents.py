"""Latents of a run from its own random numbers. `utils.priors.sample` draws from the same distribution."""

from __future__ import annotations

import torch

from playground.config.run_config import RunConfig
from playground.utils.random_streams import RandomStreams

Code = torch.Tensor | None  # (n, codes), see `draw_code`


def draw_code(config: RunConfig, n: int, draws: RandomStreams) -> Code:
    """What `n` latents begin with, (n, codes), as `utils.priors.Codes` has it; None where the run has no codes."""
    codes, parts = config.codes, []
    if codes.categories:
        parts.append(one_hot(draws.index(codes.categories, n), codes.categories))
    if codes.continuous:
        parts.append(draws.uniform(n, codes.continuous).mul_(2).sub_(1))
    return torch.cat(parts, 1) if parts else None


def draw_z(config: RunConfig, n: int, draws: RandomStreams, code: Code = None) -> torch.Tensor:
    """z (n, z_dim) from N(0, 1) or U(-1, 1), on the device of `draws`; it begins with `code`, or with a new one."""
    if code is None:
        code = draw_code(config, n, draws)
    rest = config.z_dim - config.codes.size
    z = draws.uniform(n, rest).mul_(2).sub_(1) if config.z_distribution == "uniform" else draws.normal(n, rest)
    return z if code is None else torch.cat([code, z], 1)


def draw_fixed_z(config: RunConfig, n: int, draws: RandomStreams) -> torch.Tensor:
    """z (n, z_dim) for the samples on show: the categories in turn, as the labels are; all else is drawn."""
    z = draw_z(config, n, draws)
    if k := config.codes.categories:
        z[:, :k] = one_hot(torch.arange(n, device=z.device) % k, k)
    return z


def one_hot(category: torch.Tensor, categories: int) -> torch.Tensor:
    """Codes (n, categories) of whole numbers (n,); torch's own function looks at the numbers and waits for them."""
    return (category[:, None] == torch.arange(categories, device=category.device)).float()
