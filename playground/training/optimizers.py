"""PyTorch's optimisers with live settings, and D's next updates as a differentiable function of its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from playground.config.run_config import RunConfig

EPS = 1e-8
Params = dict[str, torch.Tensor]

_AVERAGES: dict[type[torch.optim.Optimizer], set[str]] = {
    torch.optim.SGD: {"momentum_buffer"},
    torch.optim.RMSprop: {"step", "square_avg"},
    torch.optim.Adam: {"step", "exp_avg", "exp_avg_sq"},
    torch.optim.AdamW: {"step", "exp_avg", "exp_avg_sq"},
}


def build(kind: str, parameters: Sequence[nn.Parameter], lr: torch.Tensor, config: RunConfig) -> torch.optim.Optimizer:
    """An optimiser, `kind` as in the knobs g_optimiser and d_optimiser, that reads its rate from the tensor `lr`."""
    if kind == "sgd":
        optimiser: torch.optim.Optimizer = torch.optim.SGD(parameters, lr=lr, fused=True)
    elif kind == "rmsprop":
        optimiser = torch.optim.RMSprop(parameters, lr=lr, foreach=True, capturable=lr.is_cuda)
    elif kind == "adamw":
        optimiser = torch.optim.AdamW(parameters, lr=lr, fused=True)
    else:
        optimiser = torch.optim.Adam(parameters, lr=lr, fused=True)
    tune(optimiser, config)
    return optimiser


def tune(optimiser: torch.optim.Optimizer, config: RunConfig) -> None:
    """Take over beta1 (SGD's momentum), beta2 (RMSprop's alpha) and weight_decay; what was averaged so far stays."""
    [group] = optimiser.param_groups
    if isinstance(optimiser, torch.optim.SGD):
        group["momentum"] = config.beta1
    elif isinstance(optimiser, torch.optim.RMSprop):
        group["alpha"] = config.beta2
    else:
        group["betas"] = (config.beta1, config.beta2)
    if isinstance(optimiser, torch.optim.AdamW):
        group["weight_decay"] = config.weight_decay


def load(optimiser: torch.optim.Optimizer, state: Mapping[int, Mapping[str, Any]]) -> None:
    """Take over a copy of what was averaged. Raises ValueError where it is not what this optimiser averages."""
    [group] = optimiser.param_groups
    names = next(names for kind, names in _AVERAGES.items() if isinstance(optimiser, kind))
    for i, p in enumerate(group["params"]):
        memory = state.get(i, {})
        if memory and memory.keys() != names:
            raise ValueError(", ".join(map(str, memory)))
        for name, value in memory.items():
            if value is None and name == "momentum_buffer":  # of SGD that has not had momentum yet
                continue
            if value.shape != (() if name == "step" else p.shape) or value.dtype != p.dtype:
                raise ValueError(name)
    lr = group["lr"]
    copies = {i: {k: None if v is None else v.clone() for k, v in memory.items()} for i, memory in state.items()}
    optimiser.load_state_dict({"state": copies, "param_groups": optimiser.state_dict()["param_groups"]})
    optimiser.param_groups[0]["lr"] = lr  # the live tensor, not its copy


def look_ahead(
    net: nn.Module, optimiser: torch.optim.Optimizer, loss: Callable[[Params], torch.Tensor], updates: int
) -> Params:
    """The parameters of `net` after so many more updates by `optimiser`'s rule, differentiable; `net` stays as it is.

    `loss` maps parameters to a scalar (unrolled GAN, Metz et al., 2017).
    """
    params: Params = dict(net.named_parameters())
    memory = [optimiser.state.get(p, {}) for p in params.values()]
    averages = {
        key: [m[key] for m in memory]
        for key in ("momentum_buffer", "square_avg", "exp_avg", "exp_avg_sq")
        if all(m.get(key) is not None for m in memory)
    }
    t = memory[0].get("step", torch.zeros((), device=next(iter(params.values())).device))
    for _ in range(updates):
        gradients = torch.autograd.grad(loss(params), tuple(params.values()), create_graph=True, materialize_grads=True)
        t = t + 1
        new = _updated(list(params.values()), list(gradients), averages, t, optimiser)
        params = dict(zip(params, new, strict=True))
    return params


def _updated(
    params: list[torch.Tensor],
    g: list[torch.Tensor],
    averages: dict[str, list[torch.Tensor]],
    t: torch.Tensor,
    optimiser: torch.optim.Optimizer,
) -> list[torch.Tensor]:
    """The parameters after update number `t` by their gradients `g`; `averages` gets new tensors, none is changed.

    The root is smoothed by eps^2, so that its derivative is finite where a gradient is 0.
    """
    [group] = optimiser.param_groups
    lr: torch.Tensor = group["lr"]

    def average(key: str, beta: float, values: list[torch.Tensor]) -> list[torch.Tensor]:
        if beta == 0:
            return values
        old = averages.get(key) or [torch.zeros_like(p) for p in params]
        averages[key] = [torch.lerp(v, a, beta) for a, v in zip(old, values, strict=True)]
        return averages[key]

    if isinstance(optimiser, torch.optim.SGD):
        momentum, buffer = group["momentum"], averages.get("momentum_buffer")
        if momentum:
            g = averages["momentum_buffer"] = (
                [momentum * b + x for b, x in zip(buffer, g, strict=True)] if buffer else g
            )
        return [p - lr * x for p, x in zip(params, g, strict=True)]
    squares = [x.square() for x in g]
    if isinstance(optimiser, torch.optim.RMSprop):
        v = average("square_avg", group["alpha"], squares)
        return [p - lr * x / (s + EPS**2).sqrt() for p, x, s in zip(params, g, v, strict=True)]
    beta1, beta2 = group["betas"]
    m, v = average("exp_avg", beta1, g), average("exp_avg_sq", beta2, squares)
    rate, scale = lr / (1 - beta1**t), 1 / (1 - beta2**t)
    if isinstance(optimiser, torch.optim.AdamW) and group["weight_decay"]:
        params = [p * (1 - lr * group["weight_decay"]) for p in params]
    return [p - rate * x / (s * scale + EPS**2).sqrt() for p, x, s in zip(params, m, v, strict=True)]
