"""One row of `bench translate`: a translation is trained and judged by samples that it has not seen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from playground import data
from playground.config.presets import PRESETS
from playground.config.races import RACES
from playground.config.run_config import RunConfig
from playground.metrics import features
from playground.metrics.frechet import frechet
from playground.metrics.psnr import psnr
from playground.metrics.sharpness import gradient_energy
from playground.metrics.similarity import ssim
from playground.metrics.sliced import sliced_wasserstein
from playground.training.games.cycle import Cycle
from playground.training.games.paired import Paired
from playground.training.games.translation import Translation

INPUT, BICUBIC, MEAN, TRUTH = "Input", "Bicubic", "Mean image", "Truth"
BASELINES = (INPUT, BICUBIC, MEAN, TRUTH)
FACTORS = {"superres-2": 2, "superres-4": 4}  # pixels a side of a block of the input
CHUNK = 1000  # pictures made at once
Figures = dict[str, float]


@dataclass(frozen=True)
class Case:
    """The preset `key`, trained for so many steps in each lane (a name, and the knobs that differ).

    `digits`: whether other pictures of digits can stand in for the preset's. Where `paired`, the truth is known.
    """

    key: str
    steps: int
    lanes: Mapping[str, Mapping[str, Any]]
    digits: bool = False

    @property
    def config(self) -> RunConfig:
        return PRESETS[self.key].config

    @property
    def paired(self) -> bool:
        return self.config.game == "paired"


def _raced(key: str) -> dict[str, dict[str, Any]]:
    return {lane.name: lane.values for lane in RACES[key].lanes}


CYCLES = {"λ = 10": {"cycle_weight": 10.0}, "Without the cycle": {"cycle_weight": 0.0}}
CASES = {
    case.key: case
    for case in (
        Case("superres", 300, _raced("superres"), digits=True),
        Case("inpaint-half", 400, _raced("inpaint-half"), digits=True),
        Case("denoise", 400, _raced("denoise"), digits=True),
        Case("colourise", 400, _raced("colourise")),
        Case("red-blue", 300, {"CycleGAN": {}}),
        Case("thin-bold", 300, {"CycleGAN": {}}),
        Case("black-white", 200, {"CycleGAN": {}}),
        Case("moons-to-circle", 1000, CYCLES),
        Case("clouds", 800, CYCLES),
    )
}


def measure(row: dict[str, Any], folder: str = "") -> dict[str, Any]:
    """`row` with the figures of its run, its seconds of one core, and its knobs; `folder` holds IDX files, if any."""
    torch.set_num_threads(1)
    case = CASES[row["case"]]
    config = case.config.changed(seed=row["seed"], device="cpu", **case.lanes.get(row["lane"], {}))
    where = ("idx", folder) if row["data"] else (config.dataset, config.source, config.choice)
    samples = data.load(*where)
    trainer = (Paired if case.paired else Cycle)(config, samples)
    start = time.process_time()
    for _step in range(row["steps"]):
        trainer.step()
    seconds = time.process_time() - start
    trainer.statistics.drain()
    values = config.differences(RunConfig()) | ({"dataset": row["data"]} if row["data"] else {})
    return row | {"figures": figures(trainer, row["lane"]), "seconds": round(seconds, 2), "config": values}


def figures(trainer: Translation, lane: str) -> Figures:
    """What the averages of G make of held-out samples; where `lane` is a baseline, what that makes of them."""
    if isinstance(trainer, Paired):
        return of_pairs(trainer, lane)
    assert isinstance(trainer, Cycle)
    return of_points(trainer) if len(trainer.samples.shape) == 1 else of_pictures(trainer)


# Pictures with a truth


def of_pairs(trainer: Paired, lane: str) -> Figures:
    """PSNR (dB), SSIM, Frechet distance to the truth, sharpness and colour by those of the truth, label kept."""
    x = trainer.x[trainer.held_out]
    a, b = trainer.a(x, trainer.looking()), trainer.b(x, trainer.looking())
    out = baseline(trainer, lane, a, b) if lane in BASELINES else trainer.sample(a, None)
    if out is None:
        return {}
    found = judge(trainer, "b")
    y = _labels(trainer)
    seen = found.classify(out).argmax(1)
    values = {
        "psnr": float(psnr(out, b).mean()),
        "ssim": float(ssim(out, b).mean()),
        "frechet": frechet(found(out), found(b)),
        "sharpness": float(gradient_energy(out).mean() / gradient_energy(b).mean()),
        "kept": float((seen == y).float().mean()),
    }
    if b.shape[1] == 3:
        values["saturation"] = float(_saturation(out) / _saturation(b))
    return values


def _saturation(x: torch.Tensor) -> torch.Tensor:
    """The mean over pixels of the difference between the brightest and the darkest channel."""
    return (x.amax(1) - x.amin(1)).mean()


def baseline(trainer: Paired, lane: str, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor | None:
    """What is there without a network, for inputs a and truths b; None where the task has no such thing."""
    seen = trainer.seen(a).expand(-1, b.shape[1], -1, -1)
    factor = FACTORS.get(trainer.task.key, 0)
    if lane == TRUTH:
        return b
    if lane == INPUT:
        return seen.clamp(-1, 1)
    if lane == MEAN:
        return learned_from(trainer, "b").mean(0, keepdim=True).expand_as(b)
    if not factor:
        return None
    small = torch.nn.functional.avg_pool2d(seen, factor)
    large = torch.nn.functional.interpolate(small, b.shape[-2:], mode="bicubic", antialias=False, align_corners=False)
    return large.clamp(-1, 1)


# Pictures without pairs


def of_pictures(trainer: Cycle) -> Figures:
    """Labels kept on both ways and there and back, as classifiers of A and of B see them; how far there and back is.

    Beside them what a classifier sees in pictures of its own domain and in inputs that nobody translated.
    """
    x, y = trainer.x[trainer.held_out], _labels(trainer)
    a, b = trainer.a(x, trainer.looking()), trainer.b(x, trainer.looking())
    in_a, in_b = judge(trainer, "a"), judge(trainer, "b")
    there, here = trainer.sample(a, None), trainer.sample_back(b)

    def kept(found: features.Features, pictures: torch.Tensor) -> float:
        return float((found.classify(pictures).argmax(1) == y).float().mean())

    return {
        "kept_ab": kept(in_b, there),
        "kept_ba": kept(in_a, here),
        "untranslated_ab": kept(in_b, a),
        "untranslated_ba": kept(in_a, b),
        "real_b": kept(in_b, b),
        "real_a": kept(in_a, a),
        "back": kept(in_a, trainer.sample_back(there)),
        "cycle": float((trainer.sample_back(there) - a).abs().mean()),
        "frechet_ab": frechet(in_b(there), in_b(b)),
        "frechet_ba": frechet(in_a(here), in_a(a)),
        "off_ab": float((there - b).abs().mean()),
        "off_ba": float((here - a).abs().mean()),
    }


# Points


@torch.no_grad()
def of_points(trainer: Cycle) -> Figures:
    """Sliced Wasserstein distance to B, and that of other samples of B; how far points end from where they began.

    Of clouds, the share of points that end nearest to the cloud that theirs is turned into.
    """
    x = trainer.x[trainer.held_out]
    a = trainer.a(x, trainer.looking())
    if trainer.x_b is None:
        first, second = trainer.b(x, trainer.looking()), trainer.b(trainer.x[: len(x)], trainer.looking())
    else:
        first, second = trainer.x_b[trainer.held_out_b], trainer.x_b[: len(x)]
    there = trainer.sample(a, None)
    back = (trainer.sample_back(there) - a).norm(dim=1)
    values = {
        "sliced": sliced_wasserstein(there.numpy(), first.numpy()),
        "floor": sliced_wasserstein(second.numpy(), first.numpy()),
        "back": float(back.mean()),
        "back_max": float(back.max()),
    }
    if trainer.x_b is None and trainer.samples.classes:
        y = _labels(trainer)
        centres = [trainer.b(x[y == k], trainer.looking()).mean(0) for k in range(trainer.samples.classes)]
        values["right"] = float((torch.cdist(there, torch.stack(centres)).argmin(1) == y).float().mean())
    return values


# What judges


def judge(trainer: Translation, side: str) -> features.Features:
    """A classifier of the pictures a or b that a run learns from, which gives features too; it sees no held-out ones.

    It is trained once for all runs of a case, and then read from its file.
    """
    samples = trainer.samples
    assert samples.y is not None
    pictures = ((learned_from(trainer, side) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return features.learned_now(replace(samples, x=pictures, y=samples.y[_kept(trainer)], partner=None))


def learned_from(trainer: Translation, side: str) -> torch.Tensor:
    """The pictures a or b of all samples that are not held out, (n, c, h, w) in [-1, 1]."""
    draws, make = trainer.looking(), trainer.a if side == "a" else trainer.b
    return torch.cat([make(some, draws) for some in torch.split(trainer.x[_kept(trainer)], CHUNK)])


def _kept(trainer: Translation) -> torch.Tensor:
    out = torch.ones(len(trainer.x), dtype=torch.bool)
    out[trainer.held_out] = False
    return out


def _labels(trainer: Translation) -> torch.Tensor:
    assert trainer.samples.y is not None
    return trainer.samples.y[trainer.held_out]
