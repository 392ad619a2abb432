"""Looks at a run beside its training: readings now and then, in pieces, within a share of the time; and the coach.

Nothing here changes the training: a shadow of the run is looked at, see `playground.training.probe`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import torch

from playground import data
from playground.coach import EARLY, UNKNOWN, Diagnosis, announced, diagnose, recalled
from playground.config.run_config import RunConfig
from playground.data import Samples
from playground.engine.modalities import IN_VIEWS
from playground.metrics.evaluate import work
from playground.training.model import Model
from playground.training.probe import LOOKED_AT, probe
from playground.training.trainer import Trainer
from playground.utils.chunked import Progress
from playground.utils.readings import RAW, Reading, Signals, Value

if TYPE_CHECKING:
    from playground.engine.run import Run

SHARE = 0.1  # of the training's time
FIRST = 0.4  # until there is a reading: on new images a classifier learns first, once for all runs on them
EVERY = 100  # steps between two readings, at least
EXPENSIVE_EVERY = 10  # readings
MOST, DENSE = 240, 120  # readings that are kept, and how many of the latest never thinned
CHANGES = ("knob", "failure", "rewind", "fork", "restored")  # kinds of events after which the coach begins anew
DRIFT = "drift"

log = logging.getLogger(__name__)
Pieces = Generator[None, None, Reading]


class Probe:
    """What looking at one trainer needs from one time to the next."""

    def __init__(self) -> None:
        self._shadow: Trainer | None = None
        self._held_out: torch.Tensor | None = None
        self._of: Samples | None = None
        self._centre: np.ndarray | None = None

    def look(self, trainer: Trainer, expensive: bool, raw: bool = False) -> Pieces:
        """A reading, in pieces; with `raw` also of G as it is, where its average differs from it.

        The trainer's statistics must have been drained; it may go on between two pieces.
        """
        if self._of is not trainer.samples:
            self._of, self._centre = trainer.samples, None
            latents = trainer.from_latents  # a critic of translations sees other samples than those that are stored
            self._held_out = held_out(trainer.config, trainer.samples) if latents else None
        signals, self._shadow = probe(trainer, self._shadow, self._held_out)
        yield
        model = Model(self._shadow)  # two steps ahead of the signals: where the run will be
        drift = self._drift(model)
        values = yield from _quietly(work(model, expensive))
        found: dict[str, Value] = {}
        if raw and trainer.config.ema_half_life:
            found = yield from _quietly(work(Model(self._shadow, raw=True), expensive=False))
        plain = {key: value.value for key, value in found.items()}
        return Reading(signals.step, signals, {**values, **drift}, plain)

    def _drift(self, model: Model) -> dict[str, Value]:
        """How far the mean of the samples moved since the last look, by the spread of the data; {} at the first."""
        trainer = model.trainer
        n = IN_VIEWS[trainer.modality.key].drift
        x = model.sample(trainer.fixed_z[:n], None if trainer.fixed_y is None else trainer.fixed_y[:n])
        before, self._centre = self._centre, x.flatten(1).mean(0).cpu().numpy()
        if before is None or before.shape != self._centre.shape:
            return {}
        i = torch.linspace(0, len(trainer.x) - 1, min(len(trainer.x), 2500), device=trainer.device).long()
        spread = float(trainer.real(i)[0].flatten(1).var(0, correction=0).sum().sqrt())
        moved = float(np.linalg.norm(self._centre - before))
        return {DRIFT: Value(moved / max(spread, 1e-12), 0.0)}


def _quietly(pieces: Generator[Progress, None, dict[str, Value]]) -> Generator[None, None, dict[str, Value]]:
    """The same work, piece by piece, without saying how far it is."""
    while True:
        yield
        try:
            next(pieces)
        except StopIteration as end:
            found: dict[str, Value] = end.value
            return found


def read_now(pieces: Pieces) -> Reading:
    """The reading, for scripts and tests."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found: Reading = end.value
            return found


def held_out(config: RunConfig, samples: Samples, most: int = LOOKED_AT) -> torch.Tensor | None:
    """At most so many samples (n, *shape), in the range of G, that a run on some of a dataset does not learn from.

    Of the classes that it does learn. None for a run on all of it.
    """
    if not config.size:
        return None
    rest = data.load(config.dataset, config.source, data.Choice(config.classes)).x
    if len(rest) <= len(samples.x):
        return None
    known = {row.tobytes() for row in samples.x.flatten(1).numpy()}
    order = torch.randperm(len(rest), generator=torch.Generator().manual_seed(1))[: most + len(known)]
    new = [int(i) for i in order if rest[i].flatten().numpy().tobytes() not in known][:most]
    if not new:
        return None
    found = rest[new]
    return samples.modality.normalise(found)


class Observer:
    """The readings of one run and what the coach says of them. The worker owns it."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.diagnosis: Diagnosis | None = None
        self._eye = Probe()
        self._pieces: Pieces | None = None
        self._generation = 0
        self._debt = 0.0  # seconds that looking may take now
        self._count = 0
        self.failed: int | None = None  # the step at which a number broke, until something is changed
        self._heard: tuple[int, ...] = ()  # what there was at the latest word of the coach

    def go_on(self, run: Run, trained: float, stop: Callable[[], bool]) -> None:
        """Do some pieces: as many as `trained` seconds of training allow."""
        self._follow(run)
        self._debt = min(self._debt + trained * (SHARE if self.readings else FIRST), SHARE)
        while self._debt > 0 and not stop():
            start = time.perf_counter()
            if not self._piece(run):
                break
            self._debt -= time.perf_counter() - start
        self.consult(run)

    def _follow(self, run: Run) -> None:
        """Forget what is no longer in the run's past."""
        if run.generation != self._generation:
            self._generation, self._pieces, self._eye = run.generation, None, Probe()
        while self.readings and self.readings[-1].step > run.step:
            self.readings.pop()

    def _piece(self, run: Run) -> bool:
        """Go on with the reading, or begin one that is due; gives whether there was something to do."""
        if self._pieces is None:
            last = self.readings[-1].step if self.readings else 0
            if run.step - last < EVERY:
                return False
            run.read()
            raw = self._count % IN_VIEWS[run.trainer.modality.key].raw_every == 0
            self._pieces = self._eye.look(run.trainer, expensive=self._count % EXPENSIVE_EVERY == 0, raw=raw)
            self._count += 1
        try:
            next(self._pieces)
        except StopIteration as end:
            self._pieces = None
            self._take(end.value)
        except Exception:
            self._pieces = None  # the next reading begins anew
            raise
        return True

    def _take(self, reading: Reading) -> None:
        self.readings.append(reading)
        if len(self.readings) > MOST:
            self.readings = self.readings[: MOST - DENSE : 2] + self.readings[MOST - DENSE :]

    def consult(self, run: Run) -> None:
        """Ask the coach, if there is anything new; what it begins to say becomes an event."""
        self._follow(run)
        changes = [event for event in run.events if event.kind in CHANGES]
        since = changes[-1].step if changes else 0
        if not changes or changes[-1].kind != "failure":
            self.failed = None
        readings = [r for r in self.readings if r.step > since]
        heard = (run.generation, len(changes), since, readings[-1].step if readings else 0, self.failed or 0)
        if heard == self._heard:
            return
        self._heard = heard
        old = self.diagnosis or recalled([(e.step, e.text) for e in run.events if e.kind == "coach"])
        nothing = not readings and not changes
        self.diagnosis = None if nothing else diagnose(readings, run.config, old, self.failed)
        if self.diagnosis is not None and self.diagnosis.key not in (EARLY, UNKNOWN, old and old.key):
            run.note("coach", announced(self.diagnosis.key))


def columns(readings: Sequence[Reading]) -> tuple[dict[str, np.ndarray], dict[str, float], dict[str, float]]:
    """Readings as columns, "step" and one a key, NaN where nothing was measured; the latest floors, and their stds.

    "raw_" before the key of a metric is that of G as it is.
    """
    if not readings:
        return {}, {}, {}
    names = [f.name for f in fields(Signals) if f.type == "float"]
    found: dict[str, np.ndarray] = {"step": np.array([r.step for r in readings], np.int64)}
    found |= {name: np.array([getattr(r.signals, name) for r in readings], np.float32) for name in names}
    for side in ("real", "fake"):
        scores = np.array([getattr(r.signals, f"{side}_scores") for r in readings], np.float32)
        found |= {f"{side}_{percent}": scores[:, i] for i, percent in enumerate((10, 50, 90))}
    latest: dict[str, Value] = {}
    for key in dict.fromkeys(key for r in readings for key in r.values):
        found[key] = np.array([r.values[key].value if key in r.values else np.nan for r in readings], np.float32)
        latest[key] = next(r.values[key] for r in reversed(readings) if key in r.values)
    for key in dict.fromkeys(key for r in readings for key in r.raw):
        found[f"{RAW}{key}"] = np.array([r.raw.get(key, np.nan) for r in readings], np.float32)
    floors = {key: value.floor for key, value in latest.items()}
    return found, floors, {key: value.floor_std for key, value in latest.items()}


def baselines(readings: Sequence[Reading]) -> dict[str, dict[str, float]]:
    """The latest baselines of each metric that has some."""
    return {key: dict(value.baselines) for r in readings for key, value in r.values.items() if value.baselines}
