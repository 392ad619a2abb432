"""Translations for `bench coach`: the runs, and what is true of them, told without the coach.

The dense checks look at samples that the run leaves out, others than those of the coach's readings, and see classes by
the nearest real output instead of by a classifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class TranslationCheck:
    """One look at one seed. Distances are of pictures, 1 from black to white; NaN where there is no such thing.

    `mean` is the PSNR of the mean image, `real` the share of real outputs that are seen as their class, `right` the
    change from an input to its truth, `distance` the sliced Wasserstein distance to real outputs by that of the inputs.
    """

    step: int
    psnr: float
    mean: float
    sharpness: float
    kept: float
    real: float
    change: float
    right: float
    distance: float
    cycle: float
    auc: float


Checks = Sequence[TranslationCheck]


def _typical(c: Checks, name: str) -> float:
    return float(np.median([getattr(x, name) for x in c]))


def blurred(c: Checks) -> bool:
    """The gradient energy of the outputs is below 0.75 of that of real ones and does not grow by a twentieth, and they
    are 1 dB nearer to their truth than the mean image."""
    grows = _typical(c[3:], "sharpness") - _typical(c[:3], "sharpness")
    return _typical(c, "sharpness") < 0.75 and grows < 0.05 and all(x.psnr > x.mean + 1 for x in c)


def invented(c: Checks) -> bool:
    """The truth is known and the outputs have at least 0.8 of the gradient energy of real ones, and less than 0.65 of
    the share of real ones show the class of their input."""
    known = not np.isnan(c[-1].psnr)
    return known and _typical(c, "sharpness") > 0.8 and all(x.kept < 0.65 * x.real for x in c)


def copied(c: Checks) -> bool:
    """The outputs differ from their inputs by less than 0.4 of the right change, and are at least half as far from
    real outputs as the inputs are."""
    return all(x.change < 0.4 * x.right and x.distance > 0.5 for x in c)


def hidden(c: Checks) -> bool:
    """What comes back is wrong by less than 0.06 of the way from black to white, though less than 0.6 of the share of
    real ones show the class of their input."""
    return all(x.cycle < 0.06 and x.kept < 0.6 * x.real for x in c) and not copied(c)


def overpowered(c: Checks) -> bool:
    """D ranks 98 % of the pairs right, and the outputs come no nearer to real ones."""
    return all(x.auc > 0.98 for x in c) and c[-1].distance > 0.8 * c[0].distance and c[-1].distance > 0.2


def learned(c: Checks) -> bool:
    """The second half of what `scenarios.TRUTHS["learning"]` says."""
    shows = all(x.kept > 0.8 * x.real for x in c)
    return shows and abs(_typical(c, "sharpness") - 1) < 0.25 and _typical(c, "distance") < 0.5


TRUTHS = {
    "blur": blurred, "invention": invented, "identity": copied, "hidden-code": hidden, "patches": overpowered,
}  # fmt: skip
_PAIRED: dict[str, Any] = {
    "game": "paired", "dataset": "digits", "network": "mlp", "conditional": False, "size": 1200, "batch_size": 32,
    "g_width": 64, "d_width": 64, "g_depth": 2, "d_depth": 2, "g_norm": "none", "d_norm": "none",
    "d_activation": "leaky-relu", "objective": "non-saturating", "r1": 0.2, "penalty_every": 8, "g_lr": 1e-3,
    "d_lr": 1e-3, "beta1": 0.0, "ema_half_life": 100.0,
}  # fmt: skip
_CYCLE: dict[str, Any] = {**_PAIRED, "game": "cycle", "objective": "lsgan"}
_UNET: dict[str, Any] = {
    "network": "unet", "g_width": 8, "d_width": 8, "g_depth": 1, "d_depth": 1, "batch_size": 16, "g_lr": 2e-3,
    "d_lr": 2e-3,
}  # fmt: skip


def paired(task: str, **knobs: Any) -> dict[str, Any]:
    return {**_PAIRED, "task": task, **knobs}


def cycle(task: str, **knobs: Any) -> dict[str, Any]:
    return {**_CYCLE, "task": task, **knobs}


STEPS = 1500
_COPIES: dict[str, Any] = {**_UNET, "g_norm": "group", "r1": 0.0}
_SLOW_G: dict[str, Any] = {**_UNET, "g_norm": "batch", "r1": 0.0, "g_lr": 1e-5}

# name, condition, knobs for tuning (None: for the table only), knobs for the table
ROWS: tuple[tuple[str, str, dict[str, Any] | None, dict[str, Any]], ...] = (
    ("both-inpaint", "learning", paired("inpaint-half"), paired("inpaint-half", **_UNET, g_norm="batch")),
    ("both-denoise", "learning", None, paired("denoise", task_amount=0.25)),
    ("thin-bold", "learning", None, cycle("thin-bold", identity_weight=5.0, **_UNET, g_norm="group")),
    ("l2-inpaint", "blur", paired("inpaint-half", adversarial_weight=0.0),
     paired("inpaint-square", task_amount=0.8, adversarial_weight=0.0)),
    ("l2-denoise", "blur", paired("denoise", adversarial_weight=0.0),
     paired("denoise", task_amount=1.0, adversarial_weight=0.0)),
    ("heavy-l2", "blur", None, paired("inpaint-half", task_amount=0.6, reconstruction_weight=500.0)),
    ("adversary-inpaint", "invention", paired("inpaint-half", task_amount=0.7, reconstruction_weight=0.0),
     paired("inpaint-square", task_amount=0.8, reconstruction_weight=0.0)),
    ("adversary-denoise", "invention", paired("denoise", task_amount=0.8, reconstruction_weight=0.0),
     paired("denoise", task_amount=1.0, reconstruction_weight=0.0, r1=0.5)),
    ("light-l2", "invention", None, paired("inpaint-half", task_amount=0.8, reconstruction_weight=0.001)),
    ("no-adversary", "identity", cycle("thin-bold", adversarial_weight=0.0, identity_weight=20.0, **_COPIES),
     cycle("thin-bold", adversarial_weight=0.0, identity_weight=60.0, **_COPIES | {"g_width": 16})),
    ("faint-adversary", "identity", None,
     cycle("thin-bold", adversarial_weight=0.005, identity_weight=50.0, **_COPIES)),
    ("identity-loss", "identity", None, cycle("red-blue", identity_weight=100.0, **_COPIES)),
    ("unet-inverse", "hidden-code", cycle("inverse", **_UNET, g_norm="group"),
     cycle("inverse", cycle_weight=20.0, **_UNET, g_norm="group")),
    ("wide-inverse", "hidden-code", None, cycle("inverse", **_UNET | {"g_width": 16}, g_norm="group")),
    ("unet-faint", "hidden-code", None, cycle("inverse", adversarial_weight=0.1, **_UNET, g_norm="group")),
    ("fast-d", "patches", paired("inpaint-half", **_SLOW_G | {"d_lr": 5e-3}, d_steps=2),
     paired("inpaint-square", **_SLOW_G | {"d_lr": 1e-2}, d_steps=3)),
    ("fast-d-denoise", "patches", None, paired("denoise", **_SLOW_G | {"d_lr": 5e-3}, d_steps=3)),
    ("fast-d-deblur", "patches", None, paired("deblur", **_SLOW_G | {"d_lr": 2e-2})),
)  # fmt: skip
