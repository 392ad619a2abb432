"""Named configs, each with the reason it is worth seeing. `python -m playground list presets` prints them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.config import RunConfig


@dataclass(frozen=True)
class Preset:
    """`values` are the knobs that differ from RunConfig's defaults."""

    key: str
    label: str
    why: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> RunConfig:
        return RunConfig(**self.values)


_DIGITS: dict[str, Any] = {
    "dataset": "digits",
    "z_dim": 64,
    "batch_size": 64,
    "g_width": 128,
    "g_depth": 2,
    "d_width": 128,
    "d_depth": 2,
    "g_norm": "batch",
    "d_activation": "leaky-relu",
    "g_lr": 1e-3,
    "d_lr": 1e-3,
    "beta1": 0.5,
    "penalty_every": 8,
    "ema_half_life": 350.0,
}
_TUTORIAL: dict[str, Any] = {
    "dataset": "idx",
    "z_dim": 100,
    "batch_size": 64,
    "g_lr": 1e-3,
    "d_lr": 1e-3,
    "beta1": 0.5,
    "r1": 0.02,
    "penalty_every": 16,
    "ema_half_life": 350.0,
    "d_activation": "leaky-relu",
}

PRESETS: dict[str, Preset] = {
    preset.key: preset
    for preset in (
        Preset("digits", "Digits", "Ten classes of real handwritten digits; G is told which one to draw.",
               {**_DIGITS, "conditional": True}),
        Preset("digits-unlabelled", "Digits without labels", "The same digits, but G must find the ten classes itself.",
               _DIGITS),
        Preset("ring", "Ring of 8", "Watch G find eight modes, one after the other."),
        Preset("grid", "Grid of 25", "Many modes: a plain GAN forgets some, R1 keeps them all.", {"dataset": "grid"}),
        Preset("mlp-28", "MLP, 28×28", "The first GAN of most tutorials: 100-256-784, on a folder of IDX files.",
               {**_TUTORIAL, "g_width": 256, "g_depth": 1, "d_width": 256, "d_depth": 1,
                "dropout": 0.3, "r1": 0.1, "beta1": 0.0}),
        Preset("dcgan-28", "DCGAN, 28×28",
               "The DCGAN of the tutorials: 7×7×256 and 5×5 kernels. Wants a GPU or patience.",
               {**_TUTORIAL, "network": "dcgan-5x5", "g_width": 64, "d_width": 64,
                "g_norm": "batch", "g_activation": "leaky-relu"}),
    )
}  # fmt: skip

DEFAULT = "digits"
