"""What is added to the objective of D, or done to what D sees and to its weights.

`gradient` is the per-sample gradient of D's logit with respect to its input, any shape (batch, ...). The norm runs over
everything but the batch, so a penalty does not depend on the batch size. The Train page shows these functions as they
stand here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn.functional import cross_entropy

from playground.utils.random_streams import RandomStreams

DRAGAN_SPREAD = 0.5  # of the data's standard deviation


def input_gradient(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """g(x) = grad_x D(x), same shape as `x`, differentiable. D must not mix the samples of a batch."""
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient


def zero_centred(gradient: torch.Tensor) -> torch.Tensor:
    """1/2 E ||g||^2, a scalar: R1 on real, R2 on generated samples, before gamma (Mescheder et al., 2018)."""
    return gradient.flatten(1).square().sum(1).mean() / 2


def one_centred(gradient: torch.Tensor) -> torch.Tensor:
    """E (||g|| - 1)^2, a scalar, finite also where g = 0 (Gulrajani et al., 2017)."""
    norm = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()
    return (norm - 1).square().mean()


def interpolate(real: torch.Tensor, fake: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """eps x + (1 - eps) G(z), one eps ~ U(0, 1) a sample; a leaf that requires a gradient."""
    eps = draws.uniform(draws.batch_per_replica(real), *[1] * (real.dim() - 1)).to(real.dtype)
    return torch.lerp(fake, real, eps).requires_grad_()


def gradient_penalty(
    D: Callable[[torch.Tensor], torch.Tensor], real: torch.Tensor, fake: torch.Tensor, draws: RandomStreams
) -> torch.Tensor:
    """E (||grad D(xhat)|| - 1)^2 on interpolates, a scalar, before lambda (Gulrajani et al., 2017)."""
    x = interpolate(real.detach(), fake.detach(), draws)
    return draws.per_replica(one_centred, input_gradient(D(x), x))


def dragan(D: Callable[[torch.Tensor], torch.Tensor], real: torch.Tensor, draws: RandomStreams) -> torch.Tensor:
    """E (||grad D(x + alpha delta)|| - 1)^2, delta = std(X) / 2 * U(0, 1), a scalar, before lambda.

    alpha ~ U(0, 1) is one number a sample (Kodali et al., 2017).
    """
    n = draws.batch_per_replica(real)
    replicas = real.detach().view(-1, n, *real.shape[1:])
    std = replicas.flatten(1).std(1).repeat_interleave(n).view(-1, *[1] * (real.dim() - 1))
    alpha = draws.uniform(n, *[1] * (real.dim() - 1))
    x = (real.detach() + alpha * DRAGAN_SPREAD * std * draws.uniform(n, *real.shape[1:])).requires_grad_()
    return draws.per_replica(one_centred, input_gradient(D(x), x))


@dataclass(frozen=True)
class Judged:
    """What a penalty looks at in one update of D: real and generated samples as D sees them, and D's slope at them.

    `D` gives the logits of samples like these. A gradient is None where no penalty that is due needs it.
    """

    D: Callable[[torch.Tensor], torch.Tensor]
    real: torch.Tensor
    fake: torch.Tensor
    g_real: torch.Tensor | None
    g_fake: torch.Tensor | None
    draws: RandomStreams


@dataclass(frozen=True)
class Penalty:
    """A term of D's loss: `value` times the knob `key`.

    `slope_at` says at which samples it needs D's slope. A `lazy` one is due in every n-th update, n times as strong.
    """

    key: str
    value: Callable[[Judged], torch.Tensor]
    slope_at: Literal["real", "fake", "elsewhere"]
    lazy: bool = False


def r1(judged: Judged) -> torch.Tensor:
    """1/2 E ||grad D(x)||^2 at real samples, before gamma (Mescheder et al., 2018)."""
    assert judged.g_real is not None
    return judged.draws.per_replica(zero_centred, judged.g_real)


def r2(judged: Judged) -> torch.Tensor:
    """1/2 E ||grad D(G(z))||^2 at generated samples, before gamma (Mescheder et al., 2018)."""
    assert judged.g_fake is not None
    return judged.draws.per_replica(zero_centred, judged.g_fake)


PENALTIES = (
    Penalty("r1", r1, "real", lazy=True),
    Penalty("r2", r2, "fake", lazy=True),
    Penalty("gp", lambda judged: gradient_penalty(judged.D, judged.real, judged.fake, judged.draws), "elsewhere"),
    Penalty("dragan", lambda judged: dragan(judged.D, judged.real, judged.draws), "elsewhere"),
)


def label_smoothing(d: torch.Tensor) -> torch.Tensor:
    """E d: times s, it turns the target 1 of real samples into 1 - s (Salimans et al., 2016).

    (1 - s) sp(-d) + s sp(d) = sp(-d) + s d. The target of generated samples stays 0.
    """
    return d.mean(-1)


def code_loss(guess: torch.Tensor, code: torch.Tensor, categories: int) -> torch.Tensor:
    """-E log Q(c | G(z)) of codes (n, codes) up to a constant, a scalar, before lambda (Chen et al., InfoGAN, 2016).

    The first `categories` numbers are one-hot, and `guess` (n, codes) has their logits: a cross-entropy. Of the others
    it has the means of Gaussians of variance 1: half the squared error, summed over the codes.
    """
    errors = (guess[:, categories:] - code[:, categories:]).square().sum(1) / 2
    return (
        errors.mean() if not categories else errors.mean() + cross_entropy(guess[:, :categories], code[:, :categories])
    )


def clip_(parameters: Iterable[torch.Tensor], c: float) -> None:
    """Every weight to [-c, c], after an update of D (Arjovsky et al., 2017)."""
    for p in parameters:
        p.clamp_(-c, c)


def pack(x: torch.Tensor, m: int) -> torch.Tensor:
    """m samples as one: points (n, 2) to (n / m, 2 m), images (n, c, h, w) to (n / m, m c, h, w) (Lin et al., 2018)."""
    return x.reshape(len(x) // m, -1, *x.shape[2:]) if m > 1 else x


def annealed(start: float, step: int, steps: int) -> float:
    """`start` at step 0, falling evenly to 0 at `steps`; constant where `steps` is 0."""
    return start * max(0.0, 1 - step / steps) if steps else start


def clip_gradients_(parameters: Sequence[torch.Tensor], limit: float) -> None:
    """Scale all gradients of one network down to a joint norm of at most `limit` (Pascanu et al., 2013)."""
    torch.nn.utils.clip_grad_norm_(parameters, limit, foreach=True)
