"""The adversarial objectives: what D and G minimise.

Notation: `d` = D(x) and `f` = D(G(z)) are logits of shape (batch,), sp = softplus, E = mean over the batch. Losses are
means, so they do not depend on the batch size. G's loss also gets `d`, which only the relativistic objectives use.
The last dimension is the batch; replicas of a run may be stacked in front of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

from playground.utils.lazy_torch import torch

LN2 = log(2)

Loss = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]


def sp(x: torch.Tensor) -> torch.Tensor:
    """softplus(x) = log(1 + exp(x)), stable for every x."""
    return torch.nn.functional.softplus(x)


def relu(x: torch.Tensor) -> torch.Tensor:
    """max(x, 0)."""
    return x.relu()


def E(x: torch.Tensor) -> torch.Tensor:
    """The mean over the batch, kept as a dimension so that it can be subtracted from logits."""
    return x.mean(-1, keepdim=True)


# The losses. The Train page shows them as they stand here.


def logistic_d(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return sp(-d).mean(-1) + sp(f).mean(-1)


def non_saturating_g(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return sp(-f).mean(-1)


def minimax_g(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return -sp(f).mean(-1)


def lsgan_d(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return ((d - 1).square().mean(-1) + f.square().mean(-1)) / 2


def lsgan_g(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return (f - 1).square().mean(-1) / 2


def wgan_d(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return f.mean(-1) - d.mean(-1)


def critic_g(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return -f.mean(-1)


def hinge_d(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return relu(1 - d).mean(-1) + relu(1 + f).mean(-1)


def ragan_d(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return (sp(-(d - E(f))).mean(-1) + sp(f - E(d)).mean(-1)) / 2


def ragan_g(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return (sp(d - E(f)).mean(-1) + sp(-(f - E(d))).mean(-1)) / 2


def rpgan_d(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return sp(-(d - f)).mean(-1)


def rpgan_g(d: torch.Tensor, f: torch.Tensor) -> torch.Tensor:
    return sp(-(f - d)).mean(-1)


@dataclass(frozen=True)
class Objective:
    """One pair of losses, with what a person wants to know about it.

    `d_loss(d, f)` and `g_loss(d, f)` map logits of shape (..., batch) to losses of shape (...). `equilibrium` holds the
    values of both losses where G matches the data, or None where theory gives none. `settings` are the knobs of the
    experiments that `settings_from` names: optimizers, updates, and what is added to the losses, or that nothing is.
    """

    key: str
    label: str
    d_loss: Loss
    g_loss: Loss
    d_formula: str
    g_formula: str
    paper: str
    why: str
    output: str  # what D(x) means
    watch: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    settings_from: str = ""
    equilibrium: tuple[float, float] | None = None
    probability: bool = False  # sigmoid(D(x)) is the probability that x is real
    centred: bool = False  # D(x) = 0 says that D cannot tell
    needs_real: bool = False  # G's loss needs D's logits of a real batch


_LOGISTIC_D = r"\mathbb{E}\,\mathrm{sp}(-d) + \mathbb{E}\,\mathrm{sp}(f)"
_PROBABILITY = "The sigmoid of D(x) is the probability that x is real."
_GOODFELLOW = "Goodfellow et al., Generative Adversarial Nets, 2014"
_JOLICOEUR = "Jolicoeur-Martineau, The relativistic discriminator, 2018"
# No experiment below adds to its losses what is not named: a run's own default has R1.
_PLAIN: dict[str, Any] = {"d_steps": 1, "r1": 0.0, "r2": 0.0, "gp": 0.0, "dragan": 0.0, "clip": 0.0}
_MOMENTUM: dict[str, Any] = {
    **_PLAIN,
    "g_optimiser": "sgd",
    "d_optimiser": "sgd",
    "g_lr": 0.1,
    "d_lr": 0.1,
    "beta1": 0.5,  # SGD's momentum
}
_DCGAN: dict[str, Any] = {
    **_PLAIN,
    "g_optimiser": "adam",
    "d_optimiser": "adam",
    "g_lr": 2e-4,
    "d_lr": 2e-4,
    "beta1": 0.5,
    "beta2": 0.999,
}
_SPECTRAL: dict[str, Any] = {"d_norm": "spectral", "sn_gain": 1.0}

OBJECTIVES: dict[str, Objective] = {
    objective.key: objective
    for objective in (
        Objective(
            key="non-saturating",
            label="Non-saturating",
            d_loss=logistic_d,
            g_loss=non_saturating_g,
            d_formula=_LOGISTIC_D,
            g_formula=r"\mathbb{E}\,\mathrm{sp}(-f)",
            paper=_GOODFELLOW,
            why="G maximises log D(G(z)): its gradient stays strong while D is winning.",
            output=_PROBABILITY,
            watch="D's loss near 0: D wins. Near 1.39: D cannot tell, or does not learn.",
            settings=_DCGAN,
            settings_from="Of DCGAN (Radford et al., 2016, section 4). The paper's own are with “Minimax”.",
            equilibrium=(2 * LN2, LN2),
            probability=True,
            centred=True,
        ),
        Objective(
            key="minimax",
            label="Minimax",
            d_loss=logistic_d,
            g_loss=minimax_g,
            d_formula=_LOGISTIC_D,
            g_formula=r"-\mathbb{E}\,\mathrm{sp}(f)",
            paper=_GOODFELLOW,
            why="The original game. G's gradient vanishes while D is winning.",
            output=_PROBABILITY,
            watch="G's loss stuck near 0 with generated scores far left: the gradient has vanished.",
            settings=_MOMENTUM,
            settings_from="Of the paper's code for MNIST: SGD with momentum, there from 0.5 to 0.7 in 250 epochs.",
            equilibrium=(2 * LN2, -LN2),
            probability=True,
            centred=True,
        ),
        Objective(
            key="lsgan",
            label="Least squares",
            d_loss=lsgan_d,
            g_loss=lsgan_g,
            d_formula=r"\tfrac12\mathbb{E}(d-1)^2 + \tfrac12\mathbb{E} f^2",
            g_formula=r"\tfrac12\mathbb{E}(f-1)^2",
            paper="Mao et al., Least Squares Generative Adversarial Networks, 2017",
            why="D's score is pulled to 1 on real and to 0 on generated samples.",
            output="A score: 1 says real, 0 says generated, ½ that D cannot tell.",
            watch="Scores far outside 0 to 1 pull hard: a high learning rate makes them swing.",
            settings=_DCGAN,
            settings_from="Of DCGAN (Radford et al., 2016), on whose code that of the paper is built.",
            equilibrium=(0.25, 0.125),
        ),
        Objective(
            key="wgan",
            label="Wasserstein",
            d_loss=wgan_d,
            g_loss=critic_g,
            d_formula=r"\mathbb{E} f - \mathbb{E} d",
            g_formula=r"-\mathbb{E} f",
            paper="Arjovsky et al., Wasserstein GAN, 2017",
            why="D estimates a distance. Its slope must be limited: clipping, gradient penalty or spectral norm.",
            output="A score without a scale or an origin: only differences count.",
            watch="Minus D's loss estimates the distance and should fall. Without a limit on D's slope it runs away.",
            settings={**_PLAIN, "d_optimiser": "rmsprop", "g_optimiser": "rmsprop", "d_lr": 5e-5, "g_lr": 5e-5,
                      "beta2": 0.99, "d_steps": 5, "clip": 0.01},
            settings_from="Of the paper's algorithm 1; β₂ of RMSProp is that of its code.",
        ),
        Objective(
            key="hinge",
            label="Hinge",
            d_loss=hinge_d,
            g_loss=critic_g,
            d_formula=r"\mathbb{E}\max(0, 1-d) + \mathbb{E}\max(0, 1+f)",
            g_formula=r"-\mathbb{E} f",
            paper="Lim & Ye, Geometric GAN, 2017; Miyato et al., Spectral normalization, 2018",
            why="D stops caring about samples that it tells apart by a margin of 1.",
            output="A score: above 1 surely real, below −1 surely generated.",
            watch="D's loss at 0: all samples lie beyond the margin and D no longer learns.",
            settings={**_DCGAN, **_SPECTRAL, "beta1": 0.0, "beta2": 0.9, "d_steps": 5},
            settings_from="Of Miyato et al.'s residual networks; each layer has a spectral norm of 1.",
            equilibrium=(2.0, 0.0),
            centred=True,
        ),
        Objective(
            key="ragan",
            label="Relativistic average",
            d_loss=ragan_d,
            g_loss=ragan_g,
            d_formula=r"\tfrac12[\mathbb{E}\,\mathrm{sp}(-(d-\mathbb{E}f)) + \mathbb{E}\,\mathrm{sp}(f-\mathbb{E}d)]",
            g_formula=r"\tfrac12[\mathbb{E}\,\mathrm{sp}(d-\mathbb{E}f) + \mathbb{E}\,\mathrm{sp}(-(f-\mathbb{E}d))]",
            paper=_JOLICOEUR,
            why="D asks how much more real a sample is than the average of the other kind.",
            output="A score: the difference to the other kind's average counts.",
            watch="Both losses near 0.69: D sees no difference. G's loss far above: D wins.",
            settings={**_DCGAN, **_SPECTRAL},
            settings_from="Of the paper's code for CIFAR-10, one update of D a step; D has a spectral norm of 1.",
            equilibrium=(LN2, LN2),
            needs_real=True,
        ),
        Objective(
            key="rpgan",
            label="Relativistic pairing",
            d_loss=rpgan_d,
            g_loss=rpgan_g,
            d_formula=r"\mathbb{E}\,\mathrm{sp}(-(d-f))",
            g_formula=r"\mathbb{E}\,\mathrm{sp}(-(f-d))",
            paper=f"{_JOLICOEUR}; with R1 and R2: Huang et al., The GAN is dead; long live the GAN! (R3GAN), 2024",
            why="D compares a real with a generated sample. With R1 and R2 it is the loss of R3GAN.",
            output="A score: the difference between a real and a generated sample counts.",
            watch="Both losses near 0.69: D sees no difference. G's loss far above: D wins.",
            settings={**_DCGAN, "beta1": 0.0, "beta2": 0.9, "r1": 0.05, "r2": 0.05, "penalty_every": 1},
            settings_from="Those with which R3GAN (Huang et al., 2024) starts on CIFAR-10; there, in training, the "
            "learning rates fall to 5e-5 and γ to 0.005, and β₂ rises to 0.99.",
            equilibrium=(LN2, LN2),
            needs_real=True,
        ),
    )
}  # fmt: skip
