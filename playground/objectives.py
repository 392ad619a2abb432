"""The adversarial objectives: what D and G minimise.

Notation: `d` = D(x) and `f` = D(G(z)) are logits of shape (batch,), sp = softplus, E = mean over the batch. Losses are
means, so they do not depend on the batch size. G's loss also gets `d`, which only the relativistic objectives use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log

from playground.lazy import torch

LN2 = log(2)


def sp(x: torch.Tensor) -> torch.Tensor:
    """softplus(x) = log(1 + exp(x)), stable for every x."""
    return torch.nn.functional.softplus(x)


@dataclass(frozen=True)
class Objective:
    """One pair of losses, with what a person wants to know about it.

    `d_loss(d, f)` and `g_loss(d, f)` map logits of shape (batch,) to a scalar. `equilibrium` holds the values of both
    losses where G matches the data, or None where theory gives none.
    """

    key: str
    label: str
    d_loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    g_loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    d_formula: str
    g_formula: str
    paper: str
    why: str
    equilibrium: tuple[float, float] | None = None
    probability: bool = False  # sigmoid(D(x)) is the probability that x is real
    needs_real: bool = False  # G's loss needs D's logits of a real batch
    needs_penalty: bool = False  # the objective includes the 1-centred gradient penalty


_LOGISTIC_D = r"\mathbb{E}\,\mathrm{sp}(-d) + \mathbb{E}\,\mathrm{sp}(f)"

OBJECTIVES: dict[str, Objective] = {
    objective.key: objective
    for objective in (
        Objective(
            key="non-saturating",
            label="Non-saturating",
            d_loss=lambda d, f: sp(-d).mean() + sp(f).mean(),
            g_loss=lambda d, f: sp(-f).mean(),
            d_formula=_LOGISTIC_D,
            g_formula=r"\mathbb{E}\,\mathrm{sp}(-f)",
            paper="Goodfellow et al., Generative Adversarial Nets, 2014",
            why="G maximises log D(G(z)): its gradient stays strong while D is winning.",
            equilibrium=(2 * LN2, LN2),
            probability=True,
        ),
        Objective(
            key="minimax",
            label="Minimax",
            d_loss=lambda d, f: sp(-d).mean() + sp(f).mean(),
            g_loss=lambda d, f: -sp(f).mean(),
            d_formula=_LOGISTIC_D,
            g_formula=r"-\mathbb{E}\,\mathrm{sp}(f)",
            paper="Goodfellow et al., Generative Adversarial Nets, 2014",
            why="The original game. G's gradient vanishes while D is winning.",
            equilibrium=(2 * LN2, -LN2),
            probability=True,
        ),
        Objective(
            key="lsgan",
            label="Least squares",
            d_loss=lambda d, f: ((d - 1).square().mean() + f.square().mean()) / 2,
            g_loss=lambda d, f: (f - 1).square().mean() / 2,
            d_formula=r"\tfrac12\mathbb{E}(d-1)^2 + \tfrac12\mathbb{E} f^2",
            g_formula=r"\tfrac12\mathbb{E}(f-1)^2",
            paper="Mao et al., Least Squares Generative Adversarial Networks, 2017",
            why="D's score is pulled to 1 on real and to 0 on generated samples.",
            equilibrium=(0.25, 0.125),
        ),
        Objective(
            key="wgan-gp",
            label="Wasserstein with gradient penalty",
            d_loss=lambda d, f: f.mean() - d.mean(),
            g_loss=lambda d, f: -f.mean(),
            d_formula=r"\mathbb{E} f - \mathbb{E} d + \lambda\,\mathbb{E}(\lVert\nabla_{\hat x} D(\hat x)\rVert - 1)^2",
            g_formula=r"-\mathbb{E} f",
            paper="Gulrajani et al., Improved Training of Wasserstein GANs, 2017",
            why="D estimates a distance; the penalty keeps its slope near 1.",
            needs_penalty=True,
        ),
        Objective(
            key="rpgan",
            label="Relativistic pairing",
            d_loss=lambda d, f: sp(-(d - f)).mean(),
            g_loss=lambda d, f: sp(-(f - d)).mean(),
            d_formula=r"\mathbb{E}\,\mathrm{sp}(-(d-f))",
            g_formula=r"\mathbb{E}\,\mathrm{sp}(-(f-d))",
            paper="Jolicoeur-Martineau, The relativistic discriminator, 2018",
            why="D compares a real with a generated sample. With R1 and R2 it is the loss of R3GAN.",
            equilibrium=(LN2, LN2),
            needs_real=True,
        ),
    )
}
