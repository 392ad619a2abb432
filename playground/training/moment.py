"""The state of a trainer at one step, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from playground.training import optimizers

if TYPE_CHECKING:
    from playground.training.trainer import Trainer


def state(trainer: Trainer) -> dict[str, Any]:
    """Everything that the next step depends on, as tensors and primitives."""
    return {
        "config": trainer.config.model_dump(),
        "step": trainer.step_count,
        **{name: net.state_dict() for name, net in trainer.modules().items()},
        **{f"opt_{name.lower()}": found.state_dict()["state"] for name, found in trainer.optimizers.items()},
        "device": trainer.device.type,
        "rng": trainer.draws.generators[0].get_state(),
        "statistics": trainer.statistics.state(),
        "fixed_z": trainer.fixed_z,
        "fixed_y": trainer.fixed_y,
        "scores": list(trainer.scores),
        **trainer.extras(),
    }


def load(trainer: Trainer, state: dict[str, Any]) -> bool:
    """Continue from `state`; gives whether it was on the same kind of device. Raises many kinds of errors."""
    for name, net in trainer.modules().items():
        net.load_state_dict(state[name])
    for name, optimizer in trainer.optimizers.items():
        optimizers.load(optimizer, state[f"opt_{name.lower()}"])
    [rng] = trainer.draws.generators
    same_device = bool(state["device"] == trainer.device.type)
    if same_device:
        rng.set_state(state["rng"])
    else:
        rng.manual_seed(trainer.config.seed + int(state["step"]))
    trainer.statistics.load_state(state["statistics"])
    trainer.fixed_z = _like(trainer.fixed_z, state["fixed_z"])
    if trainer.fixed_y is not None:
        trainer.fixed_y = _like(trainer.fixed_y, state["fixed_y"])
        if not 0 <= int(trainer.fixed_y.min()) <= int(trainer.fixed_y.max()) < trainer.classes:
            raise ValueError("labels")
    d, f = state["scores"]
    trainer.scores = (d.to(trainer.device), f.to(trainer.device))
    trainer.load_extras(state)
    trainer.step_count = int(state["step"])
    if not 0 <= trainer.step_count < 2**53:
        raise ValueError("step")
    return same_device


def _like(present: torch.Tensor, loaded: torch.Tensor) -> torch.Tensor:
    """`loaded` on the device of `present`. Raises ValueError if it has another shape or dtype, or is not finite."""
    if loaded.shape != present.shape or loaded.dtype != present.dtype or not bool(loaded.isfinite().all()):
        raise ValueError("shape")
    return loaded.to(present.device)
