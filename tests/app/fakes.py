"""A host without an engine, whose runs "train" one step at each look; for tests of the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from playground import data
from playground.coach import Diagnosis
from playground.config.presets import PRESETS
from playground.config.run_config import KNOBS, RunConfig
from playground.data import ALL, DATASETS, Choice
from playground.data.digits import FILE
from playground.engine.messages import (
    Branch,
    Card,
    Command,
    Event,
    Film,
    Mark,
    Pause,
    Play,
    RaceView,
    Remember,
    Reset,
    Rewind,
    SetKnobs,
    Source,
    Status,
    Step,
    StepThrough,
    UseFixedZ,
    View,
)
from playground.latent.questions import Study
from playground.utils.errors import UserError
from playground.utils.readings import Measured
from playground.utils.step_record import Record


@dataclass
class FakeRun:
    """What the host knows of a run."""

    config: dict[str, Any]
    status: Status = "paused"
    step: int = 0
    generation: int = 0
    version: int = 0
    notice: str = ""
    events: list[Event] = field(default_factory=list)
    recorded: int = 0
    record: Record | None = None
    marks: list[Mark] = field(default_factory=list)
    origin: tuple[str, int] | None = None
    diagnosis: Diagnosis | None = None
    readings: dict[str, np.ndarray] = field(default_factory=dict)
    floors: dict[str, float] = field(default_factory=dict)
    floor_stds: dict[str, float] = field(default_factory=dict)
    measured: Measured | None = None
    prepared: float = 0.0


class FakeHost:
    """Has the methods of `playground.engine.host.Host`; `commands` lists what was sent, `runs` what was created."""

    def __init__(self, steps_per_look: int = 10, loading: bool = False) -> None:
        self.notice = ""
        self.loading = loading  # the engine has not started yet
        self.steps_per_look = steps_per_look
        self.runs: dict[str, FakeRun] = {}
        self.races: dict[str, tuple[str, ...]] = {}
        self.race_configs: dict[str, list[dict[str, Any]]] = {}
        self.exact: dict[str, bool] = {}  # of each race
        self.leader: int | None = None
        self.commands: list[Command] = []
        self.questions: list[Any] = []  # that were asked
        self.dropped: list[Any] = []
        self.models: dict[str, Any] = {}
        self.cards: dict[str, Card] = {}  # what to say of a dataset in place of the truth
        self.asked: list[tuple[str, str, Choice, bool]] = []
        self.cancelled: list[tuple[str, str]] = []

    def exists(self, run_id: str) -> bool:
        return run_id in self.runs

    def create(self, run_id: str, config: Mapping[str, Any]) -> None:
        self.runs.setdefault(run_id, FakeRun(dict(config)))

    def send(self, run_id: str, command: Command) -> None:
        self.commands.append(command)
        for lane in self.races.get(run_id, (run_id,)):
            self._apply(lane, command)

    def _apply(self, run_id: str, command: Command) -> None:
        run = self.runs[run_id]
        run.version += 1
        match command:
            case Play():
                run.status = "playing"
            case Pause():
                run.status = "paused"
            case Step():
                run.step += 1
            case StepThrough(part):
                from playground.engine.run import Run  # which imports torch, as the next one
                from playground.engine.slow_step import step_through

                real = Run(run_id, RunConfig(**run.config))
                step_through(real, part)
                run.status, run.step, run.recorded, run.record = "paused", run.step + 1, run.recorded + 1, real.record
            case Reset():
                self._restart(run)
            case SetKnobs(values):
                run.config |= values
                if all(KNOBS[name].live for name in values):
                    run.events += [Event(run.step, "knob", f"{KNOBS[k].label} → {v}") for k, v in values.items()]
                else:
                    self._restart(run)
            case UseFixedZ(z):
                run.events.append(Event(run.step, "z", f"{len(z)} fixed z replaced"))

            case Remember():
                run.marks.append(Mark(len(run.marks) + 1, run.step, 0, "kept", f"Step {run.step}", True, data_of(run)))
            case Rewind(moment, values):
                run.step = self._mark(run, moment).step
                run.config |= values

    @staticmethod
    def _mark(run: FakeRun, moment: int) -> Mark:
        found = [mark for mark in run.marks if mark.id == moment]
        if not found:
            raise UserError("This moment is no longer kept. Choose another one.")
        return found[0]

    def past(self, run_id: str, moment: int) -> View:
        run = self.runs[run_id]
        return make_view(run_id, replace(run, step=self._mark(run, moment).step))

    def film(self, run_id: str) -> tuple[View, ...]:
        run = self.runs[run_id]
        steps = [*(mark.step for mark in run.marks), run.step]
        return tuple(replace(make_view(run_id, replace(run, step=step)), history={}) for step in steps)

    def strip(self, run_id: str, index: int) -> Film:
        views = self.film(run_id)
        return Film(tuple(v.step for v in views), np.stack([v.samples[index] for v in views if v.samples is not None]))

    def fork(self, run_id: str, moment: int, values: dict[str, Any], new_id: str) -> None:
        run = self.runs[run_id]
        step = self._mark(run, moment).step
        self.runs[new_id] = FakeRun(run.config | values, step=step, origin=(run_id, step))

    def pack(self, run_id: str) -> bytes:
        return f"zip of step {self.runs[run_id].step}".encode()

    def open(self, new_id: str, content: bytes) -> None:
        if not content.startswith(b"zip of step "):
            raise UserError("This is not a run of GAN Playground. Choose a zip that “The run” made.")
        config = PRESETS["digits"].config.model_dump()
        self.runs[new_id] = FakeRun(config, step=int(content.split()[-1]))

    def cancel_open(self, new_id: str) -> None:
        self.cancelled.append(("open", new_id))

    @staticmethod
    def _restart(run: FakeRun) -> None:
        run.status, run.step, run.generation, run.events = "paused", 0, run.generation + 1, []

    def view(self, run_id: str, weights: str = "ema", saliency: bool = False) -> View | None:
        run = self.runs.get(run_id)
        if run is None:
            return None
        if self.loading:
            return View(run_id, 0, 0, dict(run.config), "loading", weights)  # type: ignore[arg-type]
        if run.status == "playing":
            run.step += self.steps_per_look
            run.version += 1
        return make_view(run_id, run, weights, saliency)

    def record(self, run_id: str) -> Record | None:
        return self.runs[run_id].record

    def race(self, race_id: str, configs: list[dict[str, Any]], exact: bool = False) -> bool:
        lanes = tuple(f"{race_id}-{n}" for n in range(1, len(configs) + 1))
        for lane, config in zip(self.races.setdefault(race_id, lanes), configs, strict=False):
            self.create(lane, config)
        same = self.race_configs.setdefault(race_id, configs) == configs
        return self.exact.setdefault(race_id, exact) == exact and same

    def race_view(self, race_id: str) -> RaceView | None:
        if race_id not in self.races:
            return None
        lanes = self.races[race_id]
        if self.loading:
            return RaceView(race_id, lanes, "loading")
        runs = [self.runs[lane] for lane in lanes]
        step, points = min(run.step for run in runs), DATASETS[runs[0].config["dataset"]].kind == "points"
        steps = np.arange(0, step + 1, 10)
        quality = np.stack([(i + 1) / 10 + steps / (steps + 500) / 2 for i in range(len(lanes))], 1)
        return RaceView(
            race_id, lanes, runs[0].status, step, 412.3, True, "modes" if points else "pixels",
            {"step": steps, "quality": quality}, self.leader,
        )  # fmt: skip

    def card(self, who: str, dataset: str, source: str, choice: Choice = ALL, fetch: bool = False) -> Card:
        self.asked.append((dataset, source, choice, fetch))
        if dataset in self.cards:
            return self.cards[dataset]
        from playground.engine.snapshot import card  # imports torch

        return card(data.load(dataset, source, choice))

    def cancel(self, who: str, dataset: str, source: str) -> None:
        self.cancelled.append((dataset, source))

    def sample(self, run_id: str, z: np.ndarray, y: np.ndarray | None = None, source: Source = "ema") -> np.ndarray:
        run = self.runs[run_id]
        if DATASETS[run.config["dataset"]].kind == "points":
            return np.ascontiguousarray(z[:, :2], np.float32)
        labels = y if y is not None else np.abs(z[:, 0] * 3).astype(int) % 10
        return _images(labels if labels.ndim == 1 else labels.argmax(1), z, run.step)

    def pin(self, run_id: str) -> int:
        self._apply(run_id, Remember())
        return self.runs[run_id].marks[-1].id

    def study(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> Study:
        """What the untrained networks of the run's config answer, at once."""
        from playground.latent import studies
        from playground.training.games.gan import GAN
        from playground.training.model import Model

        run = self.runs[run_id]
        config = RunConfig(**run.config)
        key = config.model_dump_json()
        if key not in self.models:
            samples = data.load(config.dataset, config.source, config.choice)
            self.models[key] = Model(GAN(config, samples)).frozen()
        self.questions.append(question)
        try:
            return Study(run.step, result=studies.answer_now(self.models[key], question))
        except UserError as error:
            return Study(run.step, problem=str(error))

    def drop(self, run_id: str, question: Any, source: Source = "ema", since: int = 0) -> None:
        self.dropped.append(question)


def data_of(run: FakeRun) -> tuple[str, str]:
    """The data that a run learns from, as a moment has it."""
    config = RunConfig(**run.config)
    return config.dataset, config.source


def make_view(run_id: str, run: FakeRun, weights: str = "ema", saliency: bool = False) -> View:
    """A plausible View of `run`."""
    config = RunConfig(**run.config)
    dataset = DATASETS[config.dataset]
    rng = np.random.default_rng(config.seed)
    classes = (dataset.classes or 0) if config.conditional else 0
    points = dataset.kind == "points"
    n = 2500 if points else 100
    z = rng.normal(size=(n, config.z_dim)).astype(np.float32)
    labels = np.arange(n) % classes if classes else None
    noise = 1 / (1 + run.step / 100)
    plane, extent, modes = None, 1.0, None
    if points:
        real, samples = _ring(rng, 600, 0.02), _ring(rng, n, 0.02 + noise)
        side = np.linspace(-2.5, 2.5, 48)
        x, y = np.meshgrid(side, side)
        plane, extent = (3 - 6 * np.abs(np.hypot(x, y) - 1)).astype(np.float32), 2.5
        modes = min(8, run.step // 50) if run.step else 0
    else:
        real = _images(np.arange(100) % 10, z, 10**9)
        samples = _images(labels if labels is not None else rng.integers(10, size=n), z, run.step)
    return View(
        run=run_id,
        generation=run.generation,
        version=run.version,
        config=dict(run.config),
        status=run.status,
        weights=weights,  # type: ignore[arg-type]
        step=run.step,
        notice=run.notice,
        steps_per_second=412.3 if run.status == "playing" else 0.0,
        device="CPU",
        history=_history(rng, run.step),
        events=tuple(run.events),
        kind=dataset.kind,
        classes=classes,
        names=tuple(str(k) for k in range(classes)),
        samples=samples,
        labels=labels,
        fixed_z=z,
        real=real,
        plane=plane,
        extent=extent,
        scores_real=rng.normal(1, 1, config.batch_size if run.step else 0).astype(np.float32),
        scores_fake=rng.normal(-1, 1, config.batch_size if run.step else 0).astype(np.float32),
        modes=modes,
        mode_count=8 if points else 0,
        high_quality=1 - noise if points else None,
        other_modes=None if modes is None else modes // 2,
        other_high_quality=0.25 if points else None,
        recorded=run.recorded,
        scores=rng.normal(size=500 if points else n).astype(np.float32),
        push=rng.normal(size=(150, 2)).astype(np.float32) if points else None,
        mesh=_ring(rng, 21 * 21, 0.02).reshape(21, 21, 2) if points else None,
        saliency=samples[..., 0] if saliency and not points else None,
        moments=tuple(run.marks),
        branches=(Branch(0, None, 0, run.step),),
        origin=run.origin,
        diagnosis=run.diagnosis,
        readings=run.readings,
        floors=run.floors,
        floor_stds=run.floor_stds,
        measured=run.measured,
        prepared=run.prepared,
    )


def _history(rng: np.random.Generator, step: int) -> dict[str, np.ndarray]:
    rows = min(step // 10, 600)
    wave = np.sin(np.arange(rows) / 20)
    noisy = {name: rng.normal(scale=0.1, size=rows) + wave * 0.1 for name in ("d_loss", "g_loss", "d_real", "d_fake")}
    centres = {"d_loss": 1.2, "g_loss": 0.8, "d_real": 0.5, "d_fake": -0.5}
    return {"step": np.linspace(10, max(step, 10), rows)} | {k: v + centres[k] for k, v in noisy.items()}


def _ring(rng: np.random.Generator, n: int, std: float) -> np.ndarray:
    angle = 2 * np.pi * rng.integers(8, size=n) / 8
    centres = np.stack([np.cos(angle), np.sin(angle)], 1)
    return (centres + rng.normal(scale=std, size=(n, 2))).astype(np.float32)


def _images(labels: np.ndarray, z: np.ndarray, step: int) -> np.ndarray:
    """(n, 8, 8, 1) uint8: a real digit of each label under noise that fades with the steps."""
    with np.load(FILE) as file:
        by_class = [file["images"][file["labels"] == k] for k in range(10)]
    clean = np.stack([by_class[k][i % len(by_class[k])] for i, k in enumerate(labels)]) * (255 / 16)
    noise = 255 * np.random.default_rng(0).random(clean.shape)
    share = 1 / (1 + step / 200)
    mixed = clean * (1 - share) + noise * share + 5 * np.tanh(z[:, :1, None])
    return np.clip(mixed, 0, 255).astype(np.uint8)[..., None]
