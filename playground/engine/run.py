"""A run: a trainer and its story."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from playground import data, models
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.engine import limits, run_state, sandbox
from playground.engine.failures import NO_MEMORY, NOT_FINITE, Failure
from playground.engine.history import History
from playground.engine.knob_events import KnobEvents
from playground.engine.messages import Event, Status, View, Weights
from playground.engine.observer import Observer
from playground.engine.run_models import Models
from playground.engine.snapshot import snapshot
from playground.engine.studies import Studies
from playground.engine.timeline import Moment, Story, Timeline, label
from playground.engine.untrusted import MAX_EVENTS, config_in
from playground.training import checkpoint, games
from playground.training.model import pixels
from playground.utils.errors import UserError
from playground.utils.step_record import Record
from playground.utils.translation import _, joined, number

MAX_PINNED = 3  # models of moments in memory
DRAIN_EVERY = 100  # steps between two looks at whether all is finite
KEEP_EVERY, KEEP_SHARE = 0.2, 0.02  # seconds between two moments at least; what they may cost beside the training


class Run:
    """One training. Not thread-safe: one worker owns it. Raises UserError if it cannot be built."""

    def __init__(self, run_id: str, config: RunConfig) -> None:
        self.id = run_id
        self.generation = 0
        self.status: Status = "paused"
        self.notice = ""
        self.by = ""  # who sent the command that is carried out, where that is to be said
        self.recorded = 0  # steps
        self.timeline = Timeline()
        self.origin: tuple[str, int] | None = None
        self.studies = Studies()
        self.observer = Observer()
        self.saved_branch: int | None = None  # on which the run was when it was saved
        self._build(config)
        self.moment = self.to_bytes()  # the last good one
        self._kept, self._kept_step = 0.0, -1
        self._keep_cost = self._worked = 0.0  # seconds: of the last moment; of training since

    def _build(self, config: RunConfig) -> None:
        """New networks at step 0; leaves the run as it was if that fails."""
        samples = data.load(config.dataset, config.source, config.choice)
        self.size = limits.admitted(config, samples)
        self.trainer = games.start(config, samples)
        self.history = History(self.trainer.columns)
        self.events: list[Event] = []
        self._knob_events = KnobEvents()
        self.models = Models(self)
        self.record: Record | None = None  # of the latest step that was recorded
        self.steps_per_second = 0.0
        self._finite = True
        self._clock = time.perf_counter()  # the end of the latest advance while playing
        self.samples = samples

    @property
    def memory(self) -> int:
        """About how many bytes the run keeps while it rests: networks, optimizers, moments."""
        return 4 * models.COPIES * self.size.weights + sum(len(m.state or b"") for m in self.timeline.moments)

    @property
    def config(self) -> RunConfig:
        return self.trainer.config

    @property
    def step(self) -> int:
        return self.trainer.step_count

    @property
    def shown(self) -> tuple[object, ...]:
        """What a View shows and a person or a failure changes: two of them differ if anything did, but for steps."""
        diagnosis = self.observer.diagnosis and self.observer.diagnosis.key
        return (
            self.generation, self.status, self.notice, self.config, self.recorded, len(self.events), self.events[-1:],
            self.timeline.kept, diagnosis,
        )  # fmt: skip

    # What commands do

    def play(self) -> None:
        """Let the engine's worker advance this run."""
        self.status = "playing"
        self._clock = time.perf_counter()

    def pause(self) -> None:
        """Let it rest."""
        self.status = "paused"

    def set_knobs(self, values: dict[str, Any]) -> None:
        """Change knobs; a structural one starts the run over. Raises UserError and changes nothing."""
        old = self.config
        new = old.changed(**values)
        changed = new.differences(old)
        if any(not KNOBS[name].live for name in changed):
            names = joined(", ", (_(KNOBS[name].label) for name in changed if not KNOBS[name].live))
            self._restart(new, _("Before another {knob}").format(knob=names))
        elif changed:
            if "batch_size" in changed:
                self.size = limits.admitted(new, self.samples)
            self.trainer.tune(new)
            for name, value in changed.items():
                self._knob_events.note(self, name, getattr(old, name), value)

    def reset(self, values: dict[str, Any] | None = None) -> None:
        """Start over with the same config but for `values`. Raises UserError and changes nothing."""
        new = self.config.changed(**(values or {}))
        preset = next((p.label for p in PRESETS.values() if values and p.config == new), "")
        why = _("Before the preset “{preset}”").format(preset=_(preset)) if preset else _("Before the reset")
        self._restart(new, why)

    def _restart(self, config: RunConfig, why: str) -> None:
        """New networks; the past stays on the timeline, with a moment at its end."""
        step, story, last = self.step, self.story(), self._taken() if self.step else None
        self._build(config)
        if last is not None:
            self.timeline.add("change", why, *last)
        if self.timeline.line():  # new networks have no past, not even at step 0
            self.timeline.branch_off(None, 0, step, story)
        self.generation += 1
        self._kept_step = -1
        self.notice = ""
        self.status = "paused"
        self.moment = self.to_bytes()

    def use_fixed_z(self, z: np.ndarray, y: np.ndarray | None) -> None:
        """Put latents (n, z_dim), and labels (n,), in front of the fixed z. Raises UserError if they do not fit."""
        n = self.models.use_fixed_z(z, y)
        self.note("z", _("{n} fixed z replaced").format(n=n))

    def note(self, kind: str, text: str) -> None:
        if self.by and kind != "failure":
            text = _("{who}: {text}").format(who=self.by, text=text)
        self.events.append(Event(self.step, kind, text))
        del self.events[:-MAX_EVENTS]

    # Training

    def advance(self, steps: int, stop: Callable[[], bool] = lambda: False) -> int:
        """Make at most `steps` steps, looking at `stop` before each; gives the number made."""
        torch.set_num_threads(limits.threads(self.trainer.modality))
        first, start = self.step, time.perf_counter()
        try:
            while self.step - first < steps and not stop():
                self.trainer.step()
                if self.step % DRAIN_EVERY == 0:
                    self.read()
                    if not self._finite:
                        break
        except torch.OutOfMemoryError:
            self._fall_back(NO_MEMORY)
        made = self.step - first
        self._worked += time.perf_counter() - start
        if made > 0 and self.status == "playing":
            self._measure(made)
        if not self._finite:
            self._fall_back(NOT_FINITE)
        return made

    def _measure(self, made: int) -> None:
        """Steps per second by the clock on the wall, smoothed over about two seconds."""
        now = time.perf_counter()
        seconds, self._clock = now - self._clock, now
        weight = min(1.0, seconds / 2) if self.steps_per_second else 1.0
        self.steps_per_second += (made / seconds - self.steps_per_second) * weight

    def count(self, made: int, seconds: float) -> bool:
        """Take in steps made as one of several replicas, in so many seconds of its own; gives whether all is finite."""
        self._worked += seconds
        if made > 0 and self.status == "playing":
            self._measure(made)
        self.read()
        return self._finite

    def read(self) -> None:
        """Bring the statistics from the device into the history: one transfer."""
        rows, finite = self.trainer.statistics.drain()
        if self._finite:  # of a run that breaks, all that came before: it shows how that went
            whole = rows.isfinite().all(1).cumprod(0).bool()
            self.history.add(rows[whole].numpy())
        self._finite = self._finite and finite

    def settle(self) -> None:
        """Look whether the last steps broke the run, and fall back if they did."""
        self.read()
        if not self._finite or not self.trainer.finite():
            self._fall_back(NOT_FINITE)

    def _fall_back(self, failure: Failure) -> None:
        """Back to the last good moment, paused, and say so."""
        failed_at, story = self.step, self.story()
        run_state.restore(self, checkpoint.from_bytes(self.moment))
        self.timeline.branch_off(self.timeline.branch, self.step, failed_at, story)
        self._finite = True
        self.status = "paused"
        where = _("The run went back to step {back} and is paused.").format(back=number(self.step))
        self.notice = _("Step {step}: {what} {where} {advice}").format(
            step=number(failed_at), what=failure.what, where=where, advice=failure.advice
        )
        self.note("failure", failure.event.format(step=number(failed_at)))
        if failure is NOT_FINITE:
            self.observer.failed = failed_at
        self.observer.consult(self)

    # Moments

    def keep_moment(self) -> bytes | None:
        """Remember the present state if it is good; gives it, or None if it is not."""
        self.read()
        if not self._finite or not self.trainer.finite():
            return None
        self.moment = self.to_bytes()
        return self.moment

    def remember(self, kind: str = "kept", text: str = "") -> Moment | None:
        """Put the present on the timeline if it is good; gives the moment, or None if it is not."""
        start = time.perf_counter()
        taken = self._taken()
        if taken is None:
            return None
        moment = self.timeline.add(kind, text or label(self.step), *taken)
        self._kept, self._kept_step = time.perf_counter(), self.step
        # The first one is taken while nobody trains and everything is cold: it says nothing about the next.
        self._keep_cost, self._worked = 0.0 if kind == "start" else self._kept - start, 0.0
        return moment

    def remember_in_time(self) -> None:
        """Put the present on the timeline if the last moment lies back far enough."""
        rested = time.perf_counter() - self._kept > KEEP_EVERY and self._worked > self._keep_cost / KEEP_SHARE
        if self._kept_step < 0:
            self.remember("auto" if self.step else "start")
        elif self.step != self._kept_step and rested:
            self.remember("auto")

    def _taken(self) -> tuple[View, int, bytes] | None:
        """What a moment holds: the look, how many rows there were, the state. None if it is not good."""
        self.read()
        if not self._finite or not self.trainer.finite():
            return None
        return snapshot(self, 0, "ema"), self.history.count, checkpoint.to_bytes({"trainer": self.trainer.state()})

    def story(self) -> Story:
        return Story(self.history, self.events)

    def recall(self, past: Timeline | None) -> None:
        """Take over a past that was kept apart from the run; None if it cannot be read.

        Where they were not written together, and the run left the branch in between, that branch ends.
        """
        if past is None:
            self.note("restored", _("The moments could not be read"))
            return
        self.timeline = past
        left = self.saved_branch not in (None, past.branch)
        if left or past.reach > self.step:
            story = Story(self.history.until(self.history.count), list(self.events))
            past.branch_off(None if left else past.branch, self.step, past.reach, story)

    def rewind(self, id: int) -> None:
        """Go on from a moment, with its knobs; what came after it is kept as a branch. Raises UserError."""
        moment, state = self.timeline.find(id), self.state_of(id)
        step, last, old = self.step, self._taken(), self.story()
        story = self.timeline.stories.get(moment.branch, old).until(moment)
        trainer, samples, config, size = self.trainer, self.samples, self.config, self.size
        try:
            self._take_over(state)
        except UserError:
            self.trainer, self.samples, self.size = trainer, samples, size
            self.trainer.tune(config)
            if last is not None:
                self.trainer.load_state(checkpoint.from_bytes(last[-1])["trainer"])
            raise
        if last is not None and step != self._kept_step:
            self.timeline.add("end", _("Before going back"), *last)
        self.timeline.branch_off(moment.branch, moment.step, step, old)
        self.history, self.events = story.history, story.events
        self.generation += 1
        self._kept, self._kept_step = time.perf_counter(), self.step
        self.note("rewind", _("Back from step {n}").format(n=number(step)))
        self.moment = self.to_bytes()

    def state_of(self, id: int) -> dict[str, Any]:
        """The trainer's state at a moment. Raises UserError."""
        content = self.timeline.whole(id)
        config_in(content)
        state: dict[str, Any] = checkpoint.from_bytes(content)["trainer"]
        return state

    def _take_over(self, state: dict[str, Any]) -> None:
        """Another state, with its knobs, in the same networks or in new ones. Raises UserError."""
        config = RunConfig(**state["config"])
        if any(not KNOBS[name].live for name in self.config.differences(config)):
            self.samples = data.load(config.dataset, config.source, config.choice)
            self.size = limits.admitted(config, self.samples)
            self.trainer = games.start(config, self.samples)
        else:
            self.trainer.tune(config)
        run_state.load(self.trainer, state)
        self._finite = True

    def to_bytes(self) -> bytes:
        """The whole run as a checkpoint."""
        self.read()
        return checkpoint.to_bytes(run_state.state(self))

    @classmethod
    def from_bytes(cls, run_id: str, content: bytes) -> Run:
        """The run in a checkpoint, also in one of an earlier version. Raises UserError for anything else."""
        content = sandbox.modern(content)
        config, state = config_in(content), checkpoint.from_bytes(content)
        state["trainer"]["config"] = config.model_dump()
        run = cls(run_id, config)
        run_state.restore(run, state)
        run_state.check_finite(run.trainer)
        run.timeline = Timeline(run.step)
        run.moment = content
        return run

    def mark_restored(self, opened: bool) -> None:
        """Say that the run came back from disk, or from a file that a person opened."""
        if opened:
            self.status = "paused"
            self.note("restored", _("Opened from a file"))
        else:
            self.notice = _("The engine was restarted. This run is back from step {step}.").format(
                step=number(self.step)
            )
            self.note("restored", _("Back from disk"))

    # What others see

    def images(self, weights: Weights = "ema") -> np.ndarray:
        """The samples from the fixed z: images (n, h, w, c) uint8 or points (n, 2) float32."""
        return pixels(self.trainer.sample(self.trainer.fixed_z, self.trainer.fixed_y, weights == "raw"))
