"""Readings of translations that are in trouble, and of some that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from playground.utils.readings import Reading, Signals, Value

PAIRED: dict[str, Any] = {"game": "paired", "task": "denoise", "dataset": "digits-16", "network": "unet", "r1": 0.2}
CYCLE: dict[str, Any] = PAIRED | {"game": "cycle", "task": "thin-bold", "objective": "lsgan"}
FLOORS = {"sharpness": 1.0, "label_kept": 0.98, "change": 0.2, "frechet": 10.0, "ssim": 1.0, "sliced_wasserstein": 0.04}
BEFORE: dict[str, dict[str, float]] = {  # what takes no learning
    "psnr": {"input": 9.0, "mean": 12.0}, "frechet": {"input": 500.0, "mean": 1400.0},
    "sliced_wasserstein": {"input": 0.6},
}  # fmt: skip
GOOD: dict[str, float] = {
    "psnr": 16.0, "ssim": 0.74, "sharpness": 0.98, "label_kept": 0.9, "change": 0.19, "frechet": 40.0, "drift": 0.02,
}  # fmt: skip
CYCLED = {key: value for key, value in GOOD.items() if key not in ("psnr", "ssim")} | {"cycle_error": 0.02}


def read(*rows: Mapping[str, float]) -> list[Reading]:
    """A reading every 100 steps; rows have metrics, and signals where they differ from those of a calm run."""
    made = []
    for n, row in enumerate(rows, 1):
        calm = {f.name: 0.3 for f in fields(Signals) if f.type == "float"} | {"auc": 0.6}
        names = {f.name for f in fields(Signals)}
        signals = calm | {key: value for key, value in row.items() if key in names}
        values = {
            key: Value(value, FLOORS.get(key, float("nan")), baselines=BEFORE.get(key, {}))
            for key, value in row.items()
            if key not in names
        }
        quiet: dict[str, Any] = {"step": 100 * n, "real_scores": (0.0,) * 3, "fake_scores": (0.0,) * 3, "layers": ()}
        made.append(Reading(100 * n, Signals(**{**signals, **quiet, "clipped": float("nan")}), values))
    return made


def steady(row: Mapping[str, float], n: int = 10, **more: float) -> list[Reading]:
    return read(*[{**row, **more}] * n)


TRANSLATED: dict[str, tuple[list[Reading], dict[str, Any]]] = {
    "blur": (steady(GOOD, sharpness=0.6, frechet=150.0), PAIRED | {"adversarial_weight": 0.0}),
    "invention": (
        steady(GOOD, psnr=13.0, label_kept=0.4, frechet=230.0, ssim=0.5), PAIRED | {"reconstruction_weight": 0.0}
    ),
    "identity": (steady(CYCLED, change=0.02, frechet=480.0), CYCLE | {"cycle_weight": 100.0}),
    "hidden-code": (steady(CYCLED, label_kept=0.12), CYCLE),
    "patches": (steady(GOOD, auc=1.0, frechet=900.0, psnr=9.0, ssim=0.2, sharpness=1.4), PAIRED | {"r1": 0.0}),
}  # fmt: skip
