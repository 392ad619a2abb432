"""Seeds that are trained, checked densely and read as the coach reads them, for `bench coach`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from playground.benchmarks.scenarios import Check
from playground.config.run_config import RunConfig
from playground.data import DATASETS, Samples
from playground.data.modality import POINTS
from playground.engine.observer import EVERY, EXPENSIVE_EVERY, Probe, held_out, read_now
from playground.metrics.modes import Modes, mode_statistics
from playground.metrics.sliced import sliced_wasserstein
from playground.training.games.gan import GAN
from playground.training.latents import draw_z
from playground.training.replicas import Replicas
from playground.utils.random_streams import RandomStreams
from playground.utils.readings import Reading

DENSE = 50  # steps between two checks
FEW, MANY = 500, 1000  # samples that a check looks at; many of points


class Lane:
    """One seed while it is trained. `since` is the step of the last change of a knob."""

    def __init__(self, trainer: GAN, samples: Samples) -> None:
        self.trainer, self.eye, self.since = trainer, Probe(), 0
        n = MANY if trainer.modality is POINTS else FEW
        i = torch.randint(len(samples.x), (n,), generator=torch.Generator().manual_seed(2))
        self.real, self.real_y = trainer.normalise(samples.x[i]), None if trainer.y is None else trainer.y[i]
        self.others = held_out(trainer.config, samples, n)
        self.z = draw_z(trainer.config, n, RandomStreams(torch.Generator().manual_seed(3)))
        self.y = torch.arange(n) % trainer.classes if trainer.classes else None
        self.centre: torch.Tensor | None = None
        self.checks: list[Check] = []
        self.readings: list[Reading] = []

    def go_back(self, config: RunConfig, step: int) -> None:
        """Be at `step` of a run that began with `config`; what came after it is forgotten."""
        self.trainer, self.eye, self.centre = GAN(config, self.trainer.samples), Probe(), None
        for _step in range(step):
            self.trainer.step()
        self.checks = [check for check in self.checks if check.step <= step]
        self.readings = [reading for reading in self.readings if reading.step <= step]

    def look(self, peak: tuple[float, float]) -> None:
        """A check, and at every other one a reading."""
        self.checks.append(self.check(peak))
        if self.trainer.step_count % EVERY == 0 and self.trainer.finite():
            expensive = len(self.readings) % EXPENSIVE_EVERY == 0
            self.readings.append(read_now(self.eye.look(self.trainer, expensive)))

    def check(self, peak: tuple[float, float]) -> Check:
        """One look; `peak` are the greatest gradient norms of G and D since the last one."""
        t, x = self.trainer, self.trainer.sample(self.z, self.y)
        flat, real = x.flatten(1), self.real.flatten(1)
        spread = float(real.var(0).sum().sqrt())
        d, f = t.logits(self.real, self.real_y, "real"), t.logits(x, self.y, "generated")
        before, self.centre = self.centre, flat.mean(0)
        return Check(
            t.step_count,
            **_modes(flat.numpy(), t.config.dataset),
            distance=sliced_wasserstein(flat.numpy(), real.numpy()) / spread,
            g_gradient=peak[0],
            d_gradient=peak[1],
            real=float(d.median()),
            fake=float(f.median()),
            auc=ranked(d, f),
            gap=self._gap(d, f),
            clipped=_at_limit(t),
            spread=float(flat.var(0).sum().sqrt()) / spread,
            moved=0.0 if before is None else float((self.centre - before).norm()) / spread,
            near=np.nan if self.others is None else self._distance(x) / self._distance(self.others),
        )

    def marks(self, raw: bool) -> Modes:
        """How the run's fixed z cover the modes, by G itself or by its EMA."""
        trainer, dataset = self.trainer, DATASETS[self.trainer.config.dataset]
        points = trainer.sample(trainer.fixed_z, trainer.fixed_y, raw=raw)
        return mode_statistics(points.numpy(), dataset.centres, dataset.std)

    def _gap(self, d: torch.Tensor, f: torch.Tensor) -> float:
        """How far the scores of what D never saw lie below those d of what it did, by how far those f do."""
        if self.others is None or self.y is not None:
            return np.nan
        unseen = self.trainer.logits(self.others, None, "real")
        return float((d.mean() - unseen.mean()) / (d.mean() - f.mean()).clamp_min(1e-6))

    def _distance(self, x: torch.Tensor) -> float:
        """The median distance of samples to the nearest training sample."""
        known = self.trainer.normalise(self.trainer.x).flatten(1)
        return float(torch.cdist(x.flatten(1), known).min(1).values.median())


def follow(replicas: GAN, lanes: Sequence[Lane], steps: int) -> None:
    """Make steps of all lanes, as replicas or of the only one, and look at them."""
    peaks = torch.zeros(2, len(lanes))
    for _step in tqdm(range(steps), leave=False):
        replicas.step()
        peaks = torch.maximum(peaks, _gradients(replicas))
        if replicas.step_count % DENSE:
            continue
        replicas.statistics.drain()
        if isinstance(replicas, Replicas):
            replicas.hand_out()
        for lane, peak in zip(lanes, peaks.T.tolist(), strict=True):
            lane.look((peak[0], peak[1]))
        peaks.zero_()


def _gradients(trainer: GAN) -> torch.Tensor:
    """The norms of the latest gradients of G and of D, (2, lanes)."""
    if isinstance(trainer, Replicas):
        return torch.stack([trainer.gradient_norm(net) for net in "GD"]).nan_to_num(torch.inf)
    norms = [[p.grad.norm() for p in net.parameters() if p.grad is not None] for net in (trainer.G, trainer.D)]
    return torch.stack([torch.stack([*some, torch.zeros(())]).norm() for some in norms])[:, None].nan_to_num(torch.inf)


def _modes(points: np.ndarray, name: str) -> dict[str, Any]:
    """What a check says of modes; nothing where the data has none."""
    dataset = DATASETS[name]
    if not dataset.centres:
        return {"dominant": 0, "share": 0.0, "covered": 0, "modes": 0, "high_quality": 0.0}
    marks = mode_statistics(points, dataset.centres, dataset.std)
    nearest = np.linalg.norm(points[:, None] - np.asarray(dataset.centres, np.float32)[None], axis=2).argmin(1)
    counts = np.bincount(nearest, minlength=len(dataset.centres))
    return {
        "dominant": int(counts.argmax()),
        "share": float(counts.max() / len(points)),
        "covered": marks.covered,
        "modes": len(dataset.centres),
        "high_quality": marks.high_quality,
    }


def ranked(d: torch.Tensor, f: torch.Tensor) -> float:
    """How often a score d is above a score f; equal scores count half."""
    d, f = d.nan_to_num(), f.nan_to_num().sort().values
    below, up_to = torch.searchsorted(f, d), torch.searchsorted(f, d, right=True)
    return float((below + up_to).double().mean() / (2 * len(f)))


def _at_limit(trainer: GAN) -> float:
    """The share of D's weights that are clipped; 0 without a limit."""
    weights = torch.cat([p.detach().flatten() for p in trainer.D.parameters()]).abs()
    return float((weights >= 0.99 * trainer.config.clip).float().mean()) if trainer.config.clip else 0.0
