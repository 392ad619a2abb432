"""PyTorch's optimizers, but they do not import its compiler.

On their first use they import it only to keep themselves out of it. That takes two seconds of the first run of every
process, and nothing here is compiled.
"""

from __future__ import annotations

import inspect
from functools import cache

import torch

Optimizer = torch.optim.Optimizer
_MARK = "__dynamo_disable"  # where PyTorch looks for what it would call in place of a method

for _method in (Optimizer.add_param_group, Optimizer.state_dict, Optimizer.load_state_dict, Optimizer.zero_grad):
    if _plain := getattr(_method, "__wrapped__", None):
        setattr(_plain, _MARK, _plain)


def without_compiler(optimizer: Optimizer) -> Optimizer:
    """The same optimizer; its `step` makes the same numbers."""
    optimizer.__class__ = _uncompiled(type(optimizer))  # type: ignore[arg-type]
    return optimizer


@cache
def _uncompiled(kind: type[Optimizer]) -> type[Optimizer]:
    return type(kind.__name__, (kind,), {"step": torch.no_grad()(inspect.unwrap(kind.step))})
