"""A translation that is trained, checked densely and read as the coach reads it, for `bench coach`."""

from __future__ import annotations

import numpy as np
import torch
from tqdm import tqdm

from playground import data
from playground.benchmarks.lanes import DENSE, ranked
from playground.benchmarks.translation_scenarios import TranslationCheck
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.data.choice import left_out
from playground.engine.observer import EVERY, EXPENSIVE_EVERY, Probe, read_now
from playground.metrics.cycle_error import apart
from playground.metrics.psnr import psnr
from playground.metrics.sharpness import gradient_energy
from playground.metrics.sliced import sliced_wasserstein
from playground.training.games.cycle import Cycle
from playground.training.games.paired import Paired
from playground.utils.readings import Reading

FEW = 300  # samples that a check looks at, at most
KNOWN = 1000  # real outputs among which the nearest is looked for


class TranslationLane:
    """One seed while it is trained. Its task must keep the shape of pictures that are labelled, and leave some out."""

    def __init__(self, config: RunConfig, samples: Samples) -> None:
        self.trainer: Paired | Cycle = (Paired if config.game == "paired" else Cycle)(config, samples)
        self.eye, self.since = Probe(), 0
        t = self.trainer
        unseen = left_out(data.load(config.dataset, config.source), config.choice)
        assert unseen.y is not None
        assert samples.y is not None
        x, self.y = unseen.x[:FEW], unseen.y[:FEW]
        self.a, self.b = t.a(x, t.looking()), t.b(x, t.looking())
        self.inputs = t.seen(self.a).clamp(-1, 1)
        self.known, self.known_y = t.b(samples.x[:KNOWN], t.looking()), samples.y[:KNOWN]
        self.checks: list[TranslationCheck] = []
        self.readings: list[Reading] = []

    def follow(self, steps: int) -> None:
        """Make so many steps, and look now and then."""
        for _step in tqdm(range(steps), leave=False):
            self.trainer.step()
            if self.trainer.step_count % DENSE == 0:
                self.trainer.statistics.drain()
                self.look()

    def look(self) -> None:
        """A check, and at every other one a reading."""
        self.checks.append(self.check())
        if self.trainer.step_count % EVERY == 0 and self.trainer.finite():
            expensive = len(self.readings) % EXPENSIVE_EVERY == 0
            self.readings.append(read_now(self.eye.look(self.trainer, expensive)))

    def check(self) -> TranslationCheck:
        """One look."""
        t, a, b = self.trainer, self.a, self.b
        x, paired = t.sample(a, None), isinstance(t, Paired)
        back, told = t.back(x), a if paired else None
        mean = self.known.mean(0, keepdim=True).expand_as(b)
        flat = [some.flatten(1).numpy() for some in (x, b, self.inputs)]
        return TranslationCheck(
            t.step_count,
            psnr=float(psnr(x, b).mean()) if paired else np.nan,
            mean=float(psnr(mean, b).mean()) if paired else np.nan,
            sharpness=float(gradient_energy(x).mean() / gradient_energy(b).mean()),
            kept=self._recognised(x),
            real=self._recognised(b),
            change=apart(x, self.inputs),
            right=apart(b, self.inputs),
            distance=sliced_wasserstein(flat[0], flat[1]) / max(sliced_wasserstein(flat[2], flat[1]), 1e-9),
            cycle=np.nan if back is None else apart(back, a),
            auc=ranked(t.logits(b, told), t.logits(x, told)),
        )

    def _recognised(self, x: torch.Tensor) -> float:
        """The share of samples whose nearest real output, of others than these, has the right class."""
        nearest = torch.cdist(x.flatten(1), self.known.flatten(1)).argmin(1)
        return float((self.known_y[nearest] == self.y).float().mean())
