"""What is added to D's objective: gradient penalties.

`gradient` is the per-sample gradient of D's logit with respect to its input, any shape (batch, ...). The norm runs over
everything but the batch, so a penalty does not depend on the batch size.
"""

from __future__ import annotations

from collections.abc import Callable

import torch


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


def interpolate(real: torch.Tensor, fake: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """eps x + (1 - eps) G(z), one eps ~ U(0, 1) a sample; a leaf that requires a gradient."""
    shape = (len(real), *[1] * (real.dim() - 1))
    eps = torch.rand(shape, dtype=real.dtype, device=real.device, generator=generator)
    return torch.lerp(fake, real, eps).requires_grad_()


def gradient_penalty(
    D: Callable[[torch.Tensor], torch.Tensor], real: torch.Tensor, fake: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """E (||grad D(xhat)|| - 1)^2 on interpolates, a scalar, before lambda."""
    x = interpolate(real.detach(), fake.detach(), generator)
    return one_centred(input_gradient(D(x), x))
