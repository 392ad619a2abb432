"""A run: a trainer and its story."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from playground import checkpoint, data
from playground.coach import announced
from playground.config import KNOBS, RunConfig
from playground.engine.history import SCREEN, History
from playground.engine.look import look, spread
from playground.engine.messages import Event, Film, Source, Status, View, Weights
from playground.engine.observer import Observer
from playground.engine.studies import Key, Studies
from playground.engine.timeline import Moment, Story, Timeline, label
from playground.errors import UserError
from playground.i18n import _, number
from playground.model import Model, pixels
from playground.phases import Part, Record, Recorder
from playground.trainer import Trainer

MAX_EVENTS = 500
MAX_PINNED = 3  # models of moments in memory
MAX_TEXT = 300  # letters of a word or a sentence in a file
MAX_STEP = 2**53  # that a page can count
BROKEN = _("A number became infinite or undefined (NaN)."), _("Lower a learning rate or raise R1.")
DAMAGED = _("The checkpoint does not fit its own config: it is damaged.")
WRONG = (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, RuntimeError)
DRAIN_EVERY = 100  # steps between two looks at whether all is finite
KEEP_EVERY, KEEP_SHARE = 0.2, 0.02  # seconds between two moments at least; what they may cost beside the training


class Run:
    """One training. Not thread-safe: one worker owns it. Raises UserError if it cannot be built."""

    def __init__(self, run_id: str, config: RunConfig) -> None:
        self.id = run_id
        self.generation = 0
        self.status: Status = "paused"
        self.notice = ""
        self.changes = 0  # grows with everything but a step that a View shows
        self.recorded = 0  # steps
        self.timeline = Timeline()
        self.origin: tuple[str, int] | None = None
        self.studies = Studies()
        self.observer = Observer()
        self._branch: int | None = None  # on which the run was when it was saved
        self._build(config)
        self.moment = self.to_bytes()  # the last good one
        self._kept, self._kept_step = 0.0, -1
        self._keep_cost = self._worked = 0.0  # seconds: of the last moment; of training since

    def _build(self, config: RunConfig) -> None:
        """New networks at step 0; leaves the run as it was if that fails."""
        samples = data.load(config.dataset, config.source, config.choice)
        self.trainer = Trainer(config, samples)
        self.history = History()
        self.events: list[Event] = []
        self._pinned: dict[int, Model] = {}
        self.record: Record | None = None  # of the latest step that was recorded
        self.steps_per_second = 0.0
        self._finite = True
        self._clock = time.perf_counter()  # the end of the latest advance while playing
        self.samples = samples

    @property
    def config(self) -> RunConfig:
        return self.trainer.config

    @property
    def step(self) -> int:
        return self.trainer.step_count

    # What commands do

    def play(self) -> None:
        """Let the engine's worker advance this run."""
        self.status = "playing"
        self._clock = time.perf_counter()

    def set_knobs(self, values: dict[str, Any]) -> None:
        """Change knobs; a structural one starts the run over. Raises UserError and changes nothing."""
        old = self.config
        new = old.changed(**values)
        changed = new.differences(old)
        if any(not KNOBS[name].live for name in changed):
            names = ", ".join(_(KNOBS[name].label) for name in changed if not KNOBS[name].live)
            self._restart(new, _("Before another {knob}").format(knob=names))
        elif changed:
            self.trainer.tune(new)
            for name, value in changed.items():
                knob = KNOBS[name]
                text = _("{label}: {old} → {new}").format(
                    label=_(knob.label), old=knob.written(getattr(old, name)), new=knob.written(value)
                )
                if name == "objective":
                    text += " " + _("(D's optimiser restarted)")
                self._note("knob", text)
        self.changes += 1

    def reset(self) -> None:
        """Start over with the same config."""
        self._restart(self.config, _("Before the reset"))

    def _restart(self, config: RunConfig, why: str) -> None:
        """New networks; the past stays on the timeline, with a moment at its end."""
        step, story, last = self.step, self._story(), self._taken() if self.step else None
        self._build(config)
        if last is not None:
            self.timeline.add("change", why, *last)
            self.timeline.branch_off(None, 0, step, story)
        self.generation += 1
        self._kept_step = -1
        self.notice = ""
        self.status = "paused"
        self.moment = self.to_bytes()
        self.changes += 1

    def use_fixed_z(self, z: np.ndarray, y: np.ndarray | None) -> None:
        """Put latents (n, z_dim), and labels (n,), in front of the fixed z. Raises UserError if they do not fit."""
        fixed_z, fixed_y = self.trainer.fixed_z, self.trainer.fixed_y
        new_z, new_y = self.model("ema").latents(z, y)
        n = min(len(new_z), len(fixed_z))
        if fixed_y is not None and new_y is not None:
            if new_y.is_floating_point():
                raise UserError(_("Fixed z have one class each."))
            fixed_y[:n] = new_y[:n]
        fixed_z[:n] = new_z[:n]
        self._note("z", _("{n} fixed z replaced").format(n=n))
        self.changes += 1

    def _note(self, kind: str, text: str) -> None:
        self.events.append(Event(self.step, kind, text))
        del self.events[:-MAX_EVENTS]

    def note_diagnosis(self, key: str) -> None:
        """Put what the coach begins to say on the timeline."""
        self._note("coach", announced(key))

    # Training

    def advance(self, steps: int, stop: Callable[[], bool] = lambda: False) -> int:
        """Make at most `steps` steps, looking at `stop` before each; gives the number made."""
        torch.set_num_threads(threads(self.trainer.images))
        first, start = self.step, time.perf_counter()
        try:
            while self.step - first < steps and not stop():
                self.trainer.step()
                if self.step % DRAIN_EVERY == 0:
                    self.read()
                    if not self._finite:
                        break
        except torch.OutOfMemoryError:
            self._fall_back(_("The device ran out of memory."), _("Choose a smaller batch or narrower networks."))
        made = self.step - first
        self._worked += time.perf_counter() - start
        if made > 0 and self.status == "playing":
            self._measure(made)
        if not self._finite:
            self._fall_back(*BROKEN)
        return made

    def step_through(self, part: Part) -> None:
        """Make one step, or what it does to D or to G alone, and record it; paused, and no knob is another one then."""
        self.status = "paused"
        old, before, trainer = self.config, self.step, self.trainer
        config = old.changed(**_alone(old, part))
        trainer.tune(config)
        trainer.recorder = recorder = Recorder()
        try:
            self.advance(1)
        finally:
            trainer.recorder = None
            trainer.tune(old)
        self.settle()
        if self.step == before + 1:  # else it broke the run
            self.record = Record(before, part, config.model_dump(), tuple(recorder.phases))
            self.recorded += 1
            if part != "both":
                self._note("part", _("D alone learned") if part == "d" else _("G alone learned"))
        self.changes += 1

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
        self._finite = self._finite and finite
        if self._finite:
            self.history.add(rows.numpy())

    def settle(self) -> None:
        """Look whether the last steps broke the run, and fall back if they did."""
        self.read()
        if not self._finite or not self.trainer.finite():
            self._fall_back(*BROKEN)

    def _fall_back(self, what: str, advice: str) -> None:
        """Back to the last good moment, paused, and say so."""
        failed_at, story = self.step, self._story()
        self._restore(checkpoint.from_bytes(self.moment))
        self.timeline.branch_off(self.timeline.branch, self.step, failed_at, story)
        self._finite = True
        self.status = "paused"
        where = _("The run went back to step {back} and is paused.").format(back=number(self.step))
        self.notice = _("Step {step}: {what} {where} {advice}").format(
            step=number(failed_at), what=what, where=where, advice=advice
        )
        self._note("failure", _("{what} at step {step}").format(what=what.rstrip("."), step=number(failed_at)))
        if what == BROKEN[0]:
            self.observer.failed = failed_at
        self.observer.consult(self)
        self.changes += 1

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
        if kind != "auto":
            self.changes += 1
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
        return look(self, 0, "ema"), self.history.count, checkpoint.to_bytes({"trainer": self.trainer.state()})

    def _story(self) -> Story:
        return Story(self.history, self.events)

    def past(self, id: int) -> View:
        """The run as it was at a moment, with the curves and events until then. Raises UserError."""
        moment = self.timeline.find(id)
        self.read()
        story = self.timeline.stories.get(moment.branch, self._story()).until(moment)
        view = moment.view
        if view.fixed_z is None and view.config["z_dim"] == self.config.z_dim:  # of a run that came from a file
            view = replace(view, fixed_z=self.trainer.fixed_z.cpu().numpy())
        if view.real is None and view.kind == "points" and view.config["dataset"] == self.config.dataset:
            view = replace(view, real=spread(self.samples)[1])
        return replace(
            view,
            run=self.id,
            history=story.history.columns(SCREEN),
            events=tuple(story.events),
            moments=self.timeline.marks(),
            branches=self.timeline.shown_branches(self.step),
        )

    def recall(self, past: Timeline | None) -> None:
        """Take over a past that was kept apart from the run; None if it cannot be read.

        Where they were not written together, and the run left the branch in between, that branch ends.
        """
        if past is None:
            self._note("restored", _("The moments could not be read"))
            return
        self.timeline = past
        left = self._branch not in (None, past.branch)
        if left or past.reach > self.step:
            story = Story(self.history.until(self.history.count), list(self.events))
            past.branch_off(None if left else past.branch, self.step, past.reach, story)

    def rewind(self, id: int) -> None:
        """Go on from a moment, with its knobs; what came after it is kept as a branch. Raises UserError."""
        moment, state = self.timeline.find(id), self._state_of(id)
        step, last, old = self.step, self._taken(), self._story()
        story = self.timeline.stories.get(moment.branch, old).until(moment)
        trainer, samples, config = self.trainer, self.samples, self.config
        try:
            self._take_over(state)
        except UserError:
            self.trainer, self.samples = trainer, samples
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
        self._note("rewind", _("Back from step {n}").format(n=number(step)))
        self.moment = self.to_bytes()
        self.changes += 1

    def fork(self, run_id: str, id: int, values: dict[str, Any]) -> Run:
        """Another run that goes on from a moment with other live knobs. Raises UserError."""
        moment, state = self.timeline.find(id), self._state_of(id)
        config = RunConfig(**state["config"])
        if any(not KNOBS[name].live for name in config.changed(**values).differences(config)):
            raise UserError(_("A fork keeps the networks. Choose a knob that acts live."))
        run = Run(run_id, config)
        _load(run.trainer, state)
        story = self.timeline.stories.get(moment.branch, self._story()).until(moment)
        run.history, run.events = story.history, story.events
        run.timeline = Timeline(run.step)
        run.origin = (self.id, run.step)
        run._note("fork", _("Forked"))
        run.set_knobs(values)
        run.moment = run.to_bytes()
        return run

    def _state_of(self, id: int) -> dict[str, Any]:
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
            self.trainer = Trainer(config, self.samples)
        else:
            self.trainer.tune(config)
        _load(self.trainer, state)
        self._finite = True

    def film(self) -> list[View]:
        """The run at its moments, from its first step to the present one, branches that were left aside."""
        past = [m.view for m in self.timeline.line() if m.step < self.step]
        return [*past, look(self, 0, "ema")]

    def strip(self, index: int) -> Film:
        """One of the fixed z in that film. Raises UserError."""
        views = self.film()
        samples = [view.samples for view in views if view.samples is not None]
        if not 0 <= index < min(map(len, samples)):
            raise UserError(_("There is no such sample."))
        return Film(tuple(view.step for view in views), np.stack([some[index] for some in samples]))

    def to_bytes(self) -> bytes:
        """The whole run as a checkpoint."""
        self.read()
        return checkpoint.to_bytes(
            {
                "trainer": self.trainer.state(),
                "history": self.history.state(),
                "events": [[e.step, e.kind, e.text] for e in self.events],
                "generation": self.generation,
                "playing": self.status == "playing",
                "origin": self.origin and list(self.origin),
                "branch": self.timeline.branch,
            }
        )

    @classmethod
    def from_bytes(cls, run_id: str, content: bytes) -> Run:
        """The run in a checkpoint. Raises UserError for anything that is not one."""
        state, config = checkpoint.from_bytes(content), config_in(content)
        state["trainer"]["config"] = config.model_dump()
        run = cls(run_id, config)
        run._restore(state)
        _check_finite(run.trainer)
        run.timeline = Timeline(run.step)
        run.moment = content
        return run

    def _restore(self, state: dict[str, Any]) -> None:
        """Take over a state; live knobs stay as they are now if the structure is the same."""
        config = self.config
        saved = RunConfig(**state["trainer"]["config"])
        self.trainer.tune(saved)
        same_device = self.trainer.load_state(state["trainer"])
        if all(KNOBS[name].live for name in config.differences(saved)):
            self.trainer.tune(config)
        try:
            self.history = History.from_state(state["history"])
            self.events = events_in(state["events"])
            self.generation = int(state["generation"])
            origin = state.get("origin")
            self.origin = origin and (*words_in(origin[0]), int(origin[1]))
            self.status = "playing" if state["playing"] else "paused"
            self._branch = state.get("branch")
            if not same_device:
                self._note("restored", _("On another kind of device: goes on, but not bit-exactly"))
        except WRONG as error:
            raise UserError(DAMAGED) from error

    def mark_restored(self, opened: bool) -> None:
        """Say that the run came back from disk, or from a file that a person opened."""
        if opened:
            self.status = "paused"
            self._note("restored", _("Opened from a file"))
        else:
            self.notice = _("The engine was restarted. This run is back from step {step}.").format(
                step=number(self.step)
            )
            self._note("restored", _("Back from disk"))
        self.changes += 1

    # What others see

    def images(self, weights: Weights = "ema") -> np.ndarray:
        """The samples from the fixed z: images (n, h, w, c) uint8 or points (n, 2) float32."""
        return pixels(self.trainer.sample(self.trainer.fixed_z, self.trainer.fixed_y, weights == "raw"))

    def model(self, source: Source) -> Model:
        """The present networks, which training goes on to change, or those of a moment. Raises UserError."""
        if not isinstance(source, int):
            return Model(self.trainer, source == "raw")
        model = self._pinned.get(source)
        if model is None:
            state = self._state_of(source)
            self._fits(RunConfig(**state["config"]))
            while len(self._pinned) >= MAX_PINNED:
                del self._pinned[next(iter(self._pinned))]
            model = self._pinned[source] = Model(self.trainer.frozen(state))
        self._fits(model.config)
        return model

    def _fits(self, config: RunConfig) -> None:
        """Raises UserError unless a moment with `config` has the networks and the data of the present."""
        if any(not KNOBS[name].live for name in self.config.differences(config)):
            raise UserError(_("This moment has other networks. Choose a later one."))

    def sample(self, z: np.ndarray, y: np.ndarray | None, source: Source) -> np.ndarray:
        """G at latents (n, z_dim) and labels, see `Model.latents`, in the form of `images`. Raises UserError."""
        model = self.model(source)
        return pixels(model.sample(*model.latents(z, y)))

    def pin(self) -> int:
        """The id of a moment that has the present weights. Raises UserError if they cannot be kept."""
        latest = self.timeline.moments[-1] if self.timeline.moments else None
        if latest is None or (latest.branch, latest.step, latest.kind) != (self.timeline.branch, self.step, "kept"):
            latest = self.remember()
        if latest is None:
            raise UserError(_("A number of this run is infinite or undefined (NaN): nothing to remember."))
        self.timeline.whole(latest.id)
        return latest.id

    def study(self, key: Key, question: Any, source: Source) -> None:
        """Begin to answer a question, unless that was begun; see `playground.studies`."""
        from playground import studies

        def make() -> Any:
            self.read()
            model = self.model(source)
            return studies.answer(model if isinstance(source, int) else model.frozen(), question)

        step = self.step
        with suppress(UserError):  # `make` meets it again
            step = self.model(source).step
        self.studies.begin(key, step, make)


def config_in(content: bytes) -> RunConfig:
    """The config in a checkpoint. Raises UserError."""
    trainer = checkpoint.from_bytes(content).get("trainer")
    if not isinstance(trainer, dict) or not isinstance(trainer.get("config"), dict):
        raise UserError(_("This is not a checkpoint of GAN Playground."))
    config, findings = RunConfig.read(trainer["config"])
    if findings:
        raise UserError(_("The checkpoint's config is not valid: {finding}").format(finding=findings[0]))
    return config


def _load(trainer: Trainer, state: dict[str, Any]) -> None:
    """Have a trainer go on from a moment. Raises UserError."""
    trainer.load_state(state)
    _check_finite(trainer)


def _check_finite(trainer: Trainer) -> None:
    """Raises UserError for weights that would never train again."""
    if not trainer.finite():
        raise UserError(_("The weights in this checkpoint are not finite."))


def events_in(rows: list[Any]) -> list[Event]:
    """The events in a file. Raises one of WRONG."""
    events = [Event(int(step), *words_in(kind, text)) for step, kind, text in rows[-MAX_EVENTS:]]
    if any(not 0 <= event.step <= MAX_STEP for event in events):
        raise ValueError("events")
    return events


def words_in(*words: Any) -> list[str]:
    """Words in a file, not too long. Raises ValueError."""
    if not all(isinstance(word, str) for word in words):
        raise ValueError("words")
    "".join(words).encode()  # half a letter of UTF-16 could neither be shown nor saved
    return [word[:MAX_TEXT] for word in words]


def threads(images: bool) -> int:
    """One torch thread for 2-D, cores minus one for images: more collapse when anything else runs."""
    return max(1, (os.cpu_count() or 1) - 1) if images else 1


def _alone(config: RunConfig, part: Part) -> dict[str, int]:
    """The knobs with which a step makes updates of one network only, at least one."""
    if part == "d":
        return {"d_steps": max(1, config.d_steps), "g_steps": 0}
    return {"d_steps": 0, "g_steps": max(1, config.g_steps), "d_head_start": 0} if part == "g" else {}
